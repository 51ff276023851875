"""Centres of languages, and the bank of texts that they are drawn from."""

import numpy as np
import pytest

from catalogue import privacy
from catalogue.api.parts import Parts
from catalogue.entries import LANGUAGES, Language
from catalogue.search.centres import bank, centred, passage_centres
from catalogue.search.judgements import JudgedSet
from catalogue.search.normalisation import language as language_of
from catalogue.search.vectors import VectorCache
from catalogue.settings import ROOT
from tests.conftest import VECTORS

GOLDEN = JudgedSet.read(ROOT / "tests" / "golden")
FEW = 2  # entries of a language that has hardly any


def test_every_role_has_as_many_texts_in_each_language() -> None:
    for role, by_language in bank().items():
        assert set(by_language) == set(LANGUAGES)
        (number,) = {len(texts) for texts in by_language.values()}
        assert number >= (40 if role == "query" else 20), role


@pytest.mark.parametrize("role", ["query", "headline", "passage"])
def test_the_bank_holds_nobodys_data_no_text_twice_and_each_in_its_language(role: str) -> None:
    for spoken, texts in bank()[role].items():
        assert len(set(texts)) == len(texts)
        assert [text for text in texts if privacy.spans(text) or language_of(text) != spoken] == []


def test_the_bank_knows_no_judged_question() -> None:
    judged = {topic.text.casefold() for topic in (*GOLDEN.topics, *GOLDEN.unanswerable)}
    assert judged.isdisjoint(text.casefold() for texts in bank()["query"].values() for text in texts)


@pytest.mark.parametrize("few", LANGUAGES)
def test_an_answer_with_few_others_in_its_language_is_nearly_as_near_as_among_many(few: Language, parts: Parts) -> None:
    embedder = VectorCache(VECTORS, parts.embedder)
    vectors = embedder.passages([passage.embedded for passage in GOLDEN.passages])
    languages = [passage.language for passage in GOLDEN.passages]
    among_many = passage_centres(zip(languages, vectors, strict=True), embedder.passages)[few]
    own = [i for i, language in enumerate(languages) if language == few]
    others = own[:: len(own) // FEW][: FEW - 1]
    cosines = []
    for topic in GOLDEN.topics:
        answers = [i for i in own if topic.grades.get(GOLDEN.passages[i].id, 0) > 1]
        asked = parts.queries.analyse(topic.text).vector
        for answer in answers[:1]:
            entries = vectors[[answer, *others]]
            among_few = passage_centres(((few, entry) for entry in entries), embedder.passages)[few]
            centres = (among_many, among_few, entries.mean(0))
            cosines.append([float(centred(vectors[answer], centre) @ asked) for centre in centres])
    many, drawn, mean_of_few = np.mean(cosines, axis=0)
    assert abs(many - drawn) < 0.03
    assert drawn > mean_of_few + 0.02
