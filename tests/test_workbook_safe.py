"""Nothing that leaves as a spreadsheet calculates, and nothing is lost on the way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.workbooks.safe import natural, neutral

DANGEROUS = [
    "=1+1",
    "+1-2",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\rx",
    "  =1",
    "\uff1d1",
    "\uff0bx",
    "\uff0dx",
    "\uff20x",
    "\u200b=1",
    "- ข้อ",
]
HARMLESS = ["", "น้ำ", "1669", "-5", "+66 81 234 5678", "+66812345678", "-1,234.5", "ก=ข", "'quoted'", "a@b"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_formulas_are_neutralised(text: str) -> None:
    assert neutral(text) == f"'{text}"
    assert natural(neutral(text)) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_other_texts_stay(text: str) -> None:
    assert neutral(text) == natural(text) == text


@given(st.text() | st.from_regex(r"\A['\s]*[=+@'\t-].*\Z"))
def test_round_trip(text: str) -> None:
    assert natural(neutral(text)) == text
    assert neutral(text)[:1] not in {"=", "@", "\t", "\r", "\uff1d", "\uff20"}
