"""What a card shows of a text: never torn words, never wrong marks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.imports import read
from catalogue.loading import SAMPLE
from catalogue.search.analysis import Analyser, trace
from catalogue.search.snippet import highlights, sections, snippet

THAI = "ชาวบ้านริมทะเลเดือดร้อนเพราะคลื่นกัดเซาะชายฝั่งทุกปี บ้านเรือนพังลงทะเล " * 12


def test_a_short_text_is_shown_whole(analyser: Analyser) -> None:
    text, marks = snippet(analyser.spans, "Villages have no water", {"village", "water"})
    assert text == "Villages have no water"
    assert [text[s:e] for s, e in marks] == ["Villages", "water"]


def test_a_long_text_is_cut_around_the_terms(analyser: Analyser) -> None:
    text = "คำนำยาวมาก " * 60 + "น้ำประปาไม่ไหล" + " ท้ายเรื่อง" * 60
    shown, marks = snippet(analyser.spans, text, {"น้ำประปา"})
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert [shown[s:e] for s, e in marks] == ["น้ำประปา"]


@pytest.mark.parametrize("length", [20, 60, 100, 240])
def test_cuts_fall_between_words(analyser: Analyser, length: int) -> None:
    words = set(analyser.tokens(THAI))
    for terms in ({"กัดเซาะ"}, set[str]()):
        shown, _ = snippet(analyser.spans, THAI, terms, length)
        assert len(shown) <= length + 2
        assert set(analyser.tokens(shown.strip("…"))) <= words


@given(st.text(max_size=600), st.sets(st.text(min_size=1, max_size=8), max_size=4), st.integers(10, 300))
def test_any_text_gives_a_stretch_of_itself_with_marks_inside(text: str, terms: set[str], length: int) -> None:
    analyser = ANALYSER
    shown, marks = snippet(analyser.spans, text, terms, length)
    inner = shown.removeprefix("…") if not text.startswith("…") else shown
    assert shown == text or inner.removesuffix("…") in text or inner in text
    assert all(0 <= s < e <= len(shown) for s, e in marks)
    assert marks == sorted(marks)


def test_the_quick_look_hides_no_term_of_the_sample(analyser: Analyser) -> None:
    texts = [
        words
        for row in read(SAMPLE / "pain_points.jsonl")
        for field in ("title", "statement", "summary")
        for words in (row.values[field].get("th"), row.values[field].get("en"))
        if words
    ]
    hidden = [
        (term, section.text)
        for text in texts
        for section in sections(text)
        for _, _, term in analyser.spans(section.text)
        if not section.may_hold({term: trace(term)})
    ]
    assert hidden == []


@given(
    st.lists(
        st.sampled_from(["น้ำท่วมหมู่บ้าน ", "flood in 2566 ", "พ.ศ. ๒๕๖๖\n", "น้ำ ้ำ ", "PM 2.5, ", "ปีพ.ศ. ", "\u200b ่ "]),
        max_size=90,
    )
)
def test_sections_hold_the_terms_of_the_whole_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    terms = {term for _, _, term in ANALYSER.spans(text)}
    assert highlights(ANALYSER.spans, text, terms) == ANALYSER.highlights(text, terms)


def test_plural_words_are_marked_whole(analyser: Analyser) -> None:
    assert highlights(analyser.spans, "Cities and villages", {"city", "village"}) == [(0, 6), (11, 19)]


ANALYSER = Analyser()
