"""Differences are marked word by word, never from the middle of a Thai word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.differences import marks, only_here
from catalogue.search.analysis import Analyser


@pytest.mark.parametrize(
    ("mine", "theirs", "differing"),
    [
        ("erosion near the town", "erosive winds near the town", ["erosion"]),
        ("น้ำไม่ไหลทุกหน้าแล้ง", "น้ำไม่ไหลถึงหน้าแล้ง", ["ทุก"]),
        # One sign differs, or the beginning is the same: the whole word is marked.
        ("ปู่ย่าตายายเล่า", "ปู้ย่าตายายเล่า", ["ปู่ย่าตายาย"]),
        ("โรงพยาบาลไม่มีหมอ", "โรงเรียนไม่มีครู", ["โรงพยาบาล", "หมอ"]),
        ("ฝุ่น PM2.5 เกินค่า", "ฝุ่น PM10 เกินค่า", ["PM2.5"]),
        ("the same", "the same", []),
        ("one  two", "one two", []),
        ("", "anything", []),
    ],
)
def test_what_differs_is_whole_words(mine: str, theirs: str, differing: list[str], analyser: Analyser) -> None:
    found = only_here(mine, theirs, analyser.spans)
    assert [mine[start:end].strip() for start, end in found] == differing


words = st.sampled_from(["น้ำ", "ประปา", "ไม่", "ไหล", " ", "the", "tap", "(", "๑๒", "\n", "pm2.5"])
texts = st.lists(words, max_size=12)


@given(texts, texts)
def test_marks_lie_in_the_text_in_order_and_the_rest_is_in_the_other(
    analyser: Analyser, one: list[str], other: list[str]
) -> None:
    mine, theirs = "".join(one), "".join(other)
    found = only_here(mine, theirs, analyser.spans)
    edges = [edge for span in found for edge in span]
    assert edges == sorted(edges)
    assert all(0 <= start < end <= len(mine) for start, end in found)
    kept = mine
    for start, end in reversed(found):
        kept = kept[:start] + " " + kept[end:]
    assert set(filter(str.isalnum, kept)) <= set(theirs)


def test_a_text_is_compared_in_the_languages_that_both_have(analyser: Analyser) -> None:
    mine = {"th": "น้ำไม่ไหล", "en": "no water", "origin": {"th": "human"}}
    assert marks(mine, [{"th": "ไฟไม่ติด"}], analyser.spans) == {"th": [(0, 3), (6, 9)]}
    assert marks(mine, [{"en": "no water"}, "words"], analyser.spans) == {}
    assert marks("TH-40", ["TH-41"], analyser.spans) == {}
    assert marks(mine, [], analyser.spans) == {}
