"""Thai with slips in it: read as the words that explain it best."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pythainlp.util import Trie

from catalogue.search import respelling, spelling

WORDS = ("โรงงาน", "พลุ", "ระเบิด", "หนี้", "นอก", "ระบบ", "ปัญหา", "การ", "จราจร", "ติดขัด", "น้ำ", "ประปา", "ที่", "ไม่", "ไหล")
TREE = Trie(WORDS)
ENTRIES = dict.fromkeys(WORDS, 3)


def read(text: str, frequencies: dict[str, int] = ENTRIES) -> str:
    return respelling.best(text, respelling.readings(text, TREE.root, 0, len(text)), frequencies)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("โรงงานพลุะเบิด", "โรงงานพลุระเบิด"),  # a letter is missing where two words meet
        ("ปัญหาการจารจรติดขัด", "ปัญหาการจราจรติดขัด"),
        ("ปัญหากาจรราจรติดขัด", "ปัญหาการจราจรติดขัด"),  # swapped across two words
        ("นำประปาไมไหล", "น้ำประปาไม่ไหล"),  # without tones
        ("ปะปาไม่ไหล", "ประปาไม่ไหล"),
    ],
)
def test_slips_are_mended_wherever_they_are(typed: str, meant: str) -> None:
    assert read(typed) == meant


@given(st.lists(st.sampled_from(WORDS), max_size=6))
@settings(deadline=None)
def test_what_is_spelt_right_stays(words: list[str]) -> None:
    assert read("".join(words)) == "".join(words)


@given(st.lists(st.sampled_from(WORDS), max_size=2), st.sampled_from([w for w in WORDS if len(w) >= 6]), st.data())
@settings(deadline=None)
def test_one_edit_of_a_long_word_is_read(before: list[str], word: str, data: st.DataObject) -> None:
    start = len("".join(before))
    wrong = data.draw(st.sampled_from(sorted(spelling.edits(word))))
    found = respelling.readings("".join(before) + wrong, TREE.root, 0, start + len(wrong))
    assert (spelling.cost(wrong, word) > 1) == (
        (start, start + len(wrong), word) not in {(one.start, one.end, one.word) for one in found}
    )


def test_slips_are_looked_for_between_the_two_places_alone() -> None:
    text = "ประปปะปา"
    found = {(one.start, one.word) for one in respelling.readings(text, TREE.root, 4, len(text)) if one.cost}
    assert (4, "ประปา") in found
    assert all(start >= 3 for start, _ in found)


def test_a_word_that_no_entry_has_is_not_what_was_meant() -> None:
    assert read("ปะปา", {"ปัญหา": 1}) == "ปะปา"


def test_of_two_words_as_near_the_more_frequent_is_meant() -> None:
    tree = Trie(["มาก", "มาง"])
    found = respelling.readings("มาท", tree.root, 0, 3)
    assert found == []  # any letter for any other: no slip
    tree = Trie(["สาน", "สาร"])
    found = respelling.readings("สาณ", tree.root, 0, 3)
    assert respelling.best("สาณ", found, {"สาน": 1, "สาร": 50}) == "สาร"
