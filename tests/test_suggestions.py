"""What a question may have been meant to say: the other keyboard layout, spelling; where little is found."""

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any
from unittest.mock import ANY

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue.api.parts import Parts
from catalogue.search import keyboard, spelling
from catalogue.search.analysis import Analyser
from catalogue.search.embedding import Words
from catalogue.search.fingerprint import fingerprint
from catalogue.search.index import IndexWriter
from catalogue.search.query import QueryAnalyser, SearchQuery
from catalogue.search.retrieve import SearchResult, retrieve
from catalogue.search.suggestions import Suggestion, Suggestions, _stretches, common_words
from catalogue.settings import ROOT
from tests.engines import ANALYSER, CENTRES, FOUR, Engine, asked, entry, fill
from tests.test_retrieve import EMBEDDER, struck


def offered(parts: Parts, text: str) -> list[Suggestion]:
    return list(found(parts, text).suggestions)


def found(parts: Parts, text: str) -> SearchResult:
    return retrieve(parts.engines.main.reader, parts.queries, SearchQuery(text))


@pytest.mark.parametrize("word", ["land", "quality", "maternity", "hires", "pediatric"])
def test_an_english_word_is_known_by_the_way_the_model_reads_it(word: str) -> None:
    assert Words().is_word(word)


@pytest.mark.parametrize("word", ["qualty", "flod", "goverment", "preventoin", "polution", "kifs", "", "น้ำ ท่วม"])
def test_a_misspelt_word_is_not(word: str) -> None:
    assert not Words().is_word(word)


def test_a_neighbour_on_the_keyboard_is_a_likely_slip() -> None:
    assert "kids" in spelling.slips("kifs")
    assert spelling.cost("kifs", "kids") == spelling.SLIP
    assert spelling.cost("kips", "kids") == 1


# --- the keyboards


@given(st.text(keyboard.US + " \n"))
def test_what_the_thai_layout_wrote_goes_back_to_the_same_keys(text: str) -> None:
    assert keyboard.to_us(keyboard.to_thai(text)) == text


@given(st.text(keyboard.KEDMANEE + " \n"))
def test_what_the_us_layout_wrote_goes_back_to_the_same_keys(text: str) -> None:
    assert keyboard.to_thai(keyboard.to_us(text)) == text


@pytest.mark.parametrize(
    ("struck", "meant"),
    [
        ("l;ylfu", "สวัสดี"),
        ("ohe mj;,", "น้ำ ท่วม"),
        ("-pt", "ขยะ"),
        ("g-upo", "เขียน"),
        ("ดสนนก", "flood"),
        ("้ำสสน", "hello"),
        ("ฏพนีเ้ะ", "Drought"),
    ],
)
def test_the_other_layout_writes_what_was_meant(struck: str, meant: str) -> None:
    assert keyboard.other_layout(struck) == meant
    assert keyboard.other_layout(meant) == struck


def test_numbers_that_stand_alone_may_stay() -> None:
    assert keyboard.other_layout("2567 ohe;,12 5") == "/ถุึ น้ำวมๅ/ ถ"
    assert keyboard.other_layout("2567 ohe;,12 5", numbers=False) == "2567 น้ำวมๅ/ 5"


@pytest.mark.parametrize("text", ["", "2566", "??", "EV ในเมือง", "🙂"])
def test_text_of_both_scripts_or_none_has_no_other_layout(text: str) -> None:
    assert keyboard.other_layout(text) is None


@pytest.mark.parametrize(
    ("struck", "meant"),
    [
        ("l;ylfu", "สวัสดี"),
        ("ohemj;,", "น้ำท่วม"),
        ("ohexitxk", "น้ำประปา"),
        ("ดสนนก", "flood"),
        ("ไฟะำพ ยนสสีะรนื", "water pollution"),
        ("หะีกำืะ กำิะ", "student debt"),
        ("ohemj;, 2567", "น้ำท่วม 2567"),
        ("2567 ohemj;, -pt 99999", "2567 น้ำท่วม ขยะ 99999"),
        ("ดสนนก 2024", "flood 2024"),
    ],
)
def test_the_other_layout_is_offered_where_the_index_knows_its_words(parts: Parts, struck: str, meant: str) -> None:
    assert offered(parts, struck) == [Suggestion(meant, "keyboard")]


def test_keys_struck_at_random_are_no_words_of_the_other_layout(parts: Parts) -> None:
    texts = [struck(seed) for seed in range(60)]
    assert [text for text in texts if any(s.reason == "keyboard" for s in offered(parts, text))] == []


# --- spelling


@pytest.mark.parametrize(
    ("typed", "meant", "price"),
    [
        ("ระบาท", "ระบาด", 0.5),
        ("ปะปา", "ประปา", 0.5),
        ("สมองเสือม", "สมองเสื่อม", 0.5),
        ("flod", "flood", 0.5),
        ("yeild", "yield", 0.4),
        ("procurment", "procurement", 0.5),
        ("prediciton", "prediction", 0.4),
        ("durain", "durian", 0.4),
        ("durain", "drain", 0.5),
        ("puket", "phuket", 0.5),
        ("scool", "school", 0.5),
        ("โต็ะ", "โต๊ะ", 0.5),
        ("lake", "take", 1.5),
        ("flood", "flood", 0),
        ("", "b", 1.5),
    ],
)
def test_likely_mistakes_cost_less(typed: str, meant: str, price: float) -> None:
    assert spelling.cost(typed, meant) == price


@given(st.text(spelling.LATIN_LETTERS, min_size=2, max_size=8))
def test_edits_are_one_edit_away_and_slips_are_edits(word: str) -> None:
    assert spelling.slips(word) <= spelling.edits(word)
    assert word not in spelling.edits(word)
    assert all(0 < spelling.cost(word, other) <= 1 + spelling.FIRST for other in spelling.edits(word))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("flod", "flood"),
        ("aplication", "application"),
        ("แฟลตฟอร์ม", "แพลตฟอร์ม"),
        ("ไข้เลือดออก ระบาท", "ไข้เลือดออก ระบาด"),
        ("Polution in Bangkok", "Pollution in Bangkok"),
        ("hospitls", "hospitals"),
        ("durain", "durian"),
        ("Puket", "Phuket"),
        ("Patum Thani", "Pathum Thani"),
        ("scool bus", "school bus"),
        ("low cost air qualty", "low cost air quality"),
        ("ปะปาไม่ไหล", "ประปาไม่ไหล"),
        ("บุหรี่ไฟฟา ขายใกล้โรงเรียน", "บุหรี่ไฟฟ้า ขายใกล้โรงเรียน"),
    ],
)
def test_a_misspelt_word_is_offered_as_the_index_has_it(parts: Parts, typed: str, meant: str) -> None:
    assert offered(parts, typed) == [Suggestion(meant, "spelling")]


def test_letters_at_the_end_are_read_with_the_word_before_them(parts: Parts) -> None:
    assert offered(parts, "โรงพยาบาล้") == [Suggestion("โรงพยาบาล", "spelling")]


def test_a_word_that_is_half_mended_is_not_offered(parts: Parts) -> None:
    assert offered(parts, "คอลเซนเตอ") == []  # คอน|เซน|เต|อ


@pytest.mark.parametrize(
    "text", ["tsunami warning", "whale sharks", "ride sharing for commuters", "evolution", "wives", "steam turbines"]
)
def test_a_word_that_is_spelt_right_is_not_mended(parts: Parts, text: str) -> None:
    assert offered(parts, text) == []
    query = found(parts, text).query
    assert query is not None
    assert list(query.tokens) == parts.analyser.tokens(text, keep_stopwords=False)


def test_no_common_word_is_mended_however_little_is_found(parts: Parts, analyser: Analyser) -> None:
    index = parts.engines.main.reader.open()
    suggestions = Suggestions(analyser, lambda word: False)
    for word in sorted(common_words())[::10]:
        of = suggestions.of(index, asked(word, language="en"), [False])
        assert [suggestion for suggestion in of if suggestion.reason == "spelling"] == [], word


def test_common_words_are_terms_and_say_something(analyser: Analyser) -> None:
    words = [*common_words()]
    assert len(words) > 30_000
    assert [word for word in words if analyser.tokens(word) != [word] or analyser.is_stopword(word)] == []
    assert {"commuter", "whale", "checklist"} <= common_words()
    assert common_words().isdisjoint({"goverment", "aplication", "flod", "qualty"})


def test_slips_far_apart_in_one_run_are_all_mended(parts: Parts) -> None:
    typed = "โรงพยบาลขาดแคลนหมอและพยาบาลในพื้นที่ห่างไกลทำให้ผู้ป่วยต้องรอคิวนานมากกว่าปกติทุกวันแก้ปัญหาน้ำปะปาไม่ไหล"
    (suggestion,) = offered(parts, typed)
    meant = typed.replace("โรงพยบาล", "โรงพยาบาล").replace("ปะปา", "ประปา")
    assert suggestion.text == meant


@given(st.lists(st.sampled_from(("ปะ", "ปา", "น้ำ", "ไม่", "ไหล", "ยขะ", " ", "ab", "เะ")), max_size=24).map("".join))
@settings(deadline=None)
def test_stretches_never_overlap(text: str) -> None:
    places = [(one.start, one.end) for one in _stretches(ANALYSER.spans(text), {"ปะ", "ปา", "ยขะ", "เะ"})]
    assert all(end <= start for (_, end), (start, _) in pairwise(places))


def test_every_engine_is_asked_for_what_lies_near(engine: Engine, writer: IndexWriter, analyser: Analyser) -> None:
    fill(writer, [entry(f"PP-{i}", "agricultural predictions", "en") for i in range(2)])
    query = asked("agricutlural prediciton notinganyindex", language="en")
    found = Suggestions(analyser, lambda word: False).of(engine.reader().open(), query, [False] * len(query.tokens))
    assert found == (Suggestion("agricultural prediction notinganyindex", "spelling"),)


class Counting:
    """An index that counts the words it is asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def frequencies(self, tokens: Sequence[str]) -> dict[str, int]:
        self.asked += len(tokens)
        return dict.fromkeys(tokens, 0)


def test_nothing_is_looked_for_near_letters_run_together(analyser: Analyser) -> None:
    index, suggestions = Counting(), Suggestions(analyser, lambda word: False)
    for word in ("x" + "abcdefghij" * 6, "qualty" * 5):
        assert suggestions.of(index, asked(word, language="en"), [False]) == ()
    assert index.asked < 10
    suggestions.of(index, asked("uncharacterisicaly", language="en"), [False])
    assert index.asked > 1_000


def test_words_of_an_entry_that_is_gone_are_not_offered(engine: Engine, writer: IndexWriter) -> None:
    name = writer.create(fingerprint(EMBEDDER), CENTRES)
    writer.write(name, [entry("PP-1", "agricultural predictions", "en"), *FOUR[1:]], (), 1)
    writer.promote(name)
    search, queries = SearchQuery("agricutlural"), QueryAnalyser(ANALYSER, EMBEDDER)
    assert [one.text for one in retrieve(engine.reader(), queries, search).suggestions] == ["agricultural"]
    writer.write(name, (), ["PP-1"], 2)
    index = engine.reader().open()
    assert index.frequencies(["agricultural"]) == {"agricultural": 1}, "an engine counts what is deleted for a while"
    assert retrieve(engine.reader(), queries, search).suggestions == ()


def golden() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (ROOT / "tests/golden/queries.jsonl").read_text(encoding="utf-8").splitlines()]


# Golden's questions of type f have misspelt words, and abbreviations.
def test_a_question_that_is_spelt_right_gets_no_suggestion(parts: Parts) -> None:
    texts = [query["text"] for query in golden() if query["type"] not in ("f", "none")]
    assert len(texts) > 130
    wrong = [text for text in texts if offered(parts, text)]
    assert wrong == []


def test_what_was_probably_meant_counts_beside_what_was_typed(parts: Parts) -> None:
    typed, meant = (found(parts, text) for text in ("flod in the south", "flood in the south"))
    assert typed.query is not None
    assert (typed.query.text, typed.instead) == ("flod in the south", False)
    assert "flood" in typed.query.tokens
    assert [s.text for s in typed.suggestions] == ["flood in the south"]
    first, same = ([hit.id for hit in page.hits] for page in (typed, meant))
    assert len(set(first) & set(same)) >= 8
    assert typed.hits[0].meaning != meant.hits[0].meaning  # what was typed still counts


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("พนฟก หฟดำะั", "road safety"),
        ("ohemj;,", "น้ำท่วม"),
        ("ภุเก็ต", "ภูเก็ต"),
        ("ratuchaburi", "ratchaburi"),
        ("อุบัตเหต", "อุบัติเหตุ"),
    ],
)
def test_where_nothing_answers_what_was_typed_the_suggestion_is_answered_and_that_is_said(
    parts: Parts, typed: str, meant: str
) -> None:
    instead, plain = found(parts, typed), found(parts, meant)
    assert instead.query is not None
    assert (instead.query.text, instead.instead, plain.instead) == (meant, True, False)
    assert instead.hits == plain.hits
    assert instead.hits


def test_what_lies_further_from_all_entries_was_not_meant(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = found(parts, "น้ำท่วมกรุงเทพ")
    further = Suggestion("zebra embroidery", "spelling")
    monkeypatch.setattr("catalogue.search.retrieve.SAYS_WELL", 2)
    monkeypatch.setattr(Suggestions, "of", lambda *asked: (further,))
    assert found(parts, "น้ำท่วมกรุงเทพ") == replace(plain, engine_ms=ANY, embedding_ms=ANY)
