"""What speaks for two entries being one, and the measure of it on labelled pairs."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.duplicates import (
    DUPLICATE,
    JUDGED,
    TITLES,
    Evidence,
    Information,
    Level,
    Profile,
    Suggestion,
    Verdict,
    best_first,
    compare,
    is_open,
    judgement,
    pair_of,
    verdicts,
    widest_first,
)
from catalogue.search.analysis import Analyser
from catalogue.search.engines import throw_away
from catalogue.search.judgements import BadJudgedSet, Passage, labelled_pairs
from catalogue.search.pairs import evaluate, measured, table, thresholds
from catalogue.settings import Settings
from tests.small_catalogue import HashedEmbedder

TERMS = st.frozensets(st.sampled_from(["น้ำ", "ท่วม", "แล้ง", "bus", "late"]), max_size=5)
KNOWN = Information({"น้ำ": 90, "ท่วม": 5, "แล้ง": 5, "bus": 2, "late": 40}, 100)


TITLE = np.array([1, 0], np.float32)


def one(entry_id: str, *terms: str, language: str = "th", theme: str | None = None, place: str = "") -> Profile:
    return Profile(entry_id, "pain_point", language, frozenset(terms), TITLE, theme, frozenset(place.split()))


def test_rare_words_in_common_count_more_than_usual_ones() -> None:
    rare = compare(one("A", "น้ำ", "ท่วม"), one("B", "late", "ท่วม"), 0.3, KNOWN)
    usual = compare(one("A", "น้ำ", "ท่วม"), one("B", "น้ำ", "late"), 0.3, KNOWN)
    assert rare.score > usual.score
    assert rare.terms == ("ท่วม",)


def test_reasons_are_what_the_evidence_holds() -> None:
    found = compare(
        one("A", "ท่วม", theme="water", place="TH-50 TH-51"), one("B", "ท่วม", theme="water", place="TH-50"), 0.5, KNOWN
    )
    assert found.reasons == ("meaning", "words", "same_theme", "same_place")
    assert (found.theme, found.provinces, found.level) == ("water", ("TH-50",), Level.PROBABLE)
    nothing = compare(one("A", "ท่วม"), one("B", "bus"), 0.1, KNOWN)
    assert (nothing.reasons, nothing.level) == ((), Level.UNLIKELY)


def test_two_provinces_or_one_theme_make_no_duplicates() -> None:
    here, there = one("A", "ท่วม", place="TH-50"), one("B", "ท่วม", place="TH-90")
    alike = compare(here, there, 0.9, KNOWN)
    assert (alike.apart, alike.level) == (True, Level.SIMILAR)
    assert compare(here, one("B", "ท่วม"), 0.9, KNOWN).level == Level.PROBABLE
    edge = DUPLICATE - TITLES - 0.02  # beside the titles, which are equal here
    themed = compare(one("A", "ท่วม", theme="water"), one("B", "bus", theme="water"), edge, KNOWN)
    assert (themed.score > DUPLICATE, themed.level) == (True, Level.SIMILAR)


def test_of_a_catalogue_what_is_neither_entrys_closest_comes_later() -> None:
    def alike(a: str, b: str, meaning: float) -> Suggestion:
        return Suggestion((a, b), Evidence(meaning, 0, 0, (), None, ()))

    one_subject = [alike("A", "B", 0.9), alike("A", "C", 0.85), alike("B", "C", 0.8)]
    another, far = alike("D", "E", 0.78), alike("F", "G", 0.3)
    # B and C are each other's second.
    assert widest_first([far, another, *reversed(one_subject)]) == [*one_subject[:2], another, one_subject[2], far]
    assert best_first([another, *one_subject, far]) == [*one_subject, another, far]


def test_a_title_that_tells_what_the_other_text_says_counts_in_the_list_of_a_catalogue_alone() -> None:
    alike = compare(one("A", "ท่วม"), one("B", "ท่วม"), 0.5, KNOWN)
    told = compare(one("C", "ท่วม"), one("D", "ท่วม"), 0.5, KNOWN, crosswise=0.2)
    assert told.score == alike.score
    plain, crosswise = Suggestion(("A", "B"), alike), Suggestion(("C", "D"), told)
    assert best_first([crosswise, plain]) == [plain, crosswise]
    assert widest_first([plain, crosswise]) == [crosswise, plain]


def test_two_languages_are_not_held_against_each_other() -> None:
    same = compare(one("A", "ท่วม"), one("B", "bus"), 0.5, KNOWN)
    across = compare(one("A", "ท่วม"), one("B", "bus", language="en"), 0.5, KNOWN)
    assert across.score > same.score
    assert across.level == Level.PROBABLE


@given(TERMS, TERMS, st.floats(-1, 1))
def test_the_evidence_is_the_same_from_either_side(mine: frozenset[str], other: frozenset[str], meaning: float) -> None:
    there = compare(one("A", *mine), one("B", *other), meaning, KNOWN)
    back = compare(one("B", *other), one("A", *mine), meaning, KNOWN)
    assert there == back
    assert 0 <= there.words <= 1


def test_the_latest_verdict_of_a_pair_counts() -> None:
    told = [judgement("B", "A", Verdict.SAME), judgement("A", "B", Verdict.RELATED)]
    assert verdicts(told) == {("A", "B"): Verdict.RELATED}


@pytest.mark.parametrize("verdict", [None, *Verdict])
def test_a_pair_stays_open_until_somebody_tells_the_two_apart(verdict: Verdict | None) -> None:
    assert is_open(("A", "B"), {("A", "B"): verdict} if verdict else {}) == (verdict in (None, Verdict.SAME))
    assert not JUDGED.startswith("entry.")
    with pytest.raises(ValueError, match="itself"):
        pair_of("A", "A")


def suggestion(a: str, b: str) -> Suggestion:
    return Suggestion((a, b), Evidence(0.5, 0.5, 0.5, (), None, ()))


def test_shares_count_the_labelled_pairs_that_come_early() -> None:
    order = [suggestion("A", other) for other in "BCDEF"] + [suggestion("G", "H")]
    found = measured(order, order, [("A", "B"), ("A", "F"), ("G", "H"), ("X", "Y")])
    # F is A's fifth partner, but A is F's first.
    assert (found["share@3"], found["share@5"], found["first@300"]) == (0.75, 0.75, 0.75)


def test_labelled_pairs_name_what_is_wrong_with_them(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    known = {name: Passage(name, "th", "ชื่อ", "เรื่อง") for name in "AB"}
    other_words = '{"a": "A", "b": "B", "told": {"lang": "fr", "title": "t", "text": "t"}}'
    unknown_label = '{"a": "A", "b": "B", "label": "perhaps"}'
    for bad in ('{"a": "A"}', '{"a": "A", "b": "A"}', '{"a": "A", "b": "Z"}', other_words, unknown_label, "[]", ""):
        file.write_text(bad, encoding="utf-8")
        with pytest.raises(BadJudgedSet, match=r"line 1[\s\S]*บรรทัดที่ 1"):
            labelled_pairs(file, known)


def test_thresholds_are_measured_among_judged_pairs() -> None:
    judged = [
        (Level.PROBABLE, Verdict.SAME),
        (Level.PROBABLE, Verdict.RELATED),
        (Level.SIMILAR, Verdict.SAME),
        (Level.SIMILAR, Verdict.DISTINCT),
        (Level.UNLIKELY, Verdict.RELATED),
    ]
    found = thresholds(judged)
    assert found["duplicate"] == {"precision": 0.5, "recall": 0.5}
    assert found["similar"] == {"precision": 0.75, "recall": 0.75}
    assert thresholds([])["similar"] == {"precision": None, "recall": None}


def test_the_measure_takes_the_products_own_path(tmp_path: Path, analyser: Analyser) -> None:
    rows = [
        {"id": "A", "kind": "pain_point", "lang": "th", "title": "น้ำท่วมบ้าน", "text": "น้ำท่วมบ้านทุกปี"},
        {"id": "B", "kind": "pain_point", "lang": "th", "title": "น้ำท่วมบ้าน", "text": "บ้านน้ำท่วมทุกปี"},
        {"id": "C", "kind": "pain_point", "lang": "th", "title": "รถติด", "text": "รถติดทุกเช้า"},
        {"id": "D", "kind": "proposal", "lang": "th", "title": "น้ำท่วมบ้าน", "text": "น้ำท่วมบ้านทุกปี"},
    ]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (tmp_path / "queries.jsonl").write_text("", encoding="utf-8")
    (tmp_path / "qrels.tsv").write_text("", encoding="utf-8")
    told = {"lang": "en", "title": "Flooded homes", "text": "Homes are flooded every year"}
    labels = [{"a": "B", "b": "A"}, {"a": "A", "b": "C", "label": "distinct"}]
    labels.append({"a": "A", "b": "B", "label": "same", "told": told})
    (tmp_path / "pairs.jsonl").write_text("\n".join(map(json.dumps, labels)), encoding="utf-8")
    with throw_away(Settings(state_dir=tmp_path), "embedded", analyser) as index:
        report = evaluate(tmp_path, tmp_path / "pairs.jsonl", HashedEmbedder(), analyser, index)
    assert (report["pairs"], report["entries"]) == (3, 3)
    assert report["ours"]["share@3"] == 1
    assert set(report["judged"]) == {"tuned on", "held back", "two languages"}
    assert report["judged"]["two languages"]["similar"]["recall"] in (0, 1)
    assert "3 labelled pairs, 3 entries" in table(report)
