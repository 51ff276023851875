"""What a card shows of a text: never torn words, never wrong marks."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.imports import read
from catalogue.loading import SAMPLE
from catalogue.search.analysis import Analyser, trace
from catalogue.search.excerpts import LENGTH, cut
from catalogue.search.snippet import highlights, sections, snippet
from tests.engines import ANALYSER

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


@pytest.mark.parametrize("mark", ["…", " … …", "...", " …… "])
def test_an_ellipsis_of_the_text_where_it_is_cut_is_not_said_twice(analyser: Analyser, mark: str) -> None:
    before, after = "Wells are dry" + mark, " " + "since the rains did not come " * 4
    cut_after, marks = snippet(analyser.spans, before + after, {"well"}, len(before) + 2)
    assert (cut_after, marks) == ("Wells are dry…", [(0, 5)])


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


# --- the excerpts of a long text

LONG_TEXT = "".join(
    f"Passage {n} tells of village {n} and its well. " + "Nothing else happens there. " * 7 for n in range(12)
)


def test_a_long_text_is_shown_from_the_excerpt_that_is_nearest(analyser: Analyser) -> None:
    excerpts = cut(LONG_TEXT)
    for nearest, (begin, end) in enumerate(excerpts):
        cosines = [float(n == nearest) for n in range(len(excerpts))]
        shown, marks = snippet(analyser.spans, LONG_TEXT, set(), cosines=cosines)
        assert shown.removeprefix("…").startswith(LONG_TEXT[begin:end].rstrip())
        assert shown.startswith("…") == (begin > 0)
        assert len(shown) <= LENGTH + 2
        assert marks == []


def test_terms_decide_between_excerpts_that_are_as_near(analyser: Analyser) -> None:
    shown, marks = snippet(analyser.spans, LONG_TEXT, {"village", "7"}, cosines=[0.3] * len(cut(LONG_TEXT)), asked=2)
    assert "village 7" in shown
    assert "village" in [shown[s:e] for s, e in marks]
    far = [0.3 + (n == 0) for n in range(len(cut(LONG_TEXT)))]
    assert snippet(analyser.spans, LONG_TEXT, {"village", "7"}, cosines=far, asked=2)[0].startswith("Passage 0")


def test_cosines_of_another_version_of_the_text_are_ignored(analyser: Analyser) -> None:
    plain = snippet(analyser.spans, LONG_TEXT, {"7"})
    assert snippet(analyser.spans, LONG_TEXT, {"7"}, cosines=[0.0, 9.0]) == plain
    assert snippet(analyser.spans, "short", {"short"}, cosines=[0.5]) == ("short", [(0, 5)])


def test_an_excerpt_in_the_middle_of_a_thai_phrase_is_shown_from_a_word(analyser: Analyser) -> None:
    words = ["กัดเซาะ", "ชายฝั่ง", "เดือดร้อน", "น้ำท่วม"]
    text = "".join(words * 80)
    excerpts = cut(text)
    assert any(text[begin - 1 : begin + 1] not in "".join(words) or begin % 29 for begin, _ in excerpts[1:])
    for nearest in range(len(excerpts)):
        cosines = [float(n == nearest) for n in range(len(excerpts))]
        shown, _ = snippet(analyser.spans, text, set(), cosines=cosines)
        assert set(analyser.tokens(shown.strip("…"))) <= set(analyser.tokens(text))


@given(st.text(min_size=1, max_size=90), st.sets(st.text(min_size=1, max_size=8), max_size=4), st.randoms())
def test_any_long_text_gives_a_stretch_of_itself(part: str, terms: set[str], random: Random) -> None:
    text = part * (2400 // len(part))
    cosines = [random.uniform(-1, 1) for _ in cut(text)]
    shown, marks = snippet(ANALYSER.spans, text, terms, cosines=cosines, asked=3)
    assert shown.removeprefix("…").removesuffix("…") in text or shown.strip("…") in text
    assert all(0 <= s < e <= len(shown) for s, e in marks)
    assert marks == sorted(marks)
