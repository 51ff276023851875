"""Records: what is refused, what the hash covers, what a public id says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from catalogue.entries import ID_DIGITS, KINDS, PainPoint, Text, body_of, content_hash, parse, parse_id, public_id

BODY = {
    "id": "PP-2566-00042",
    "kind": "pain_point",
    "language": "th",
    "title": {"th": "น้ำประปาไม่ไหล", "en": "Taps run dry", "origin": {"th": "human", "en": "machine"}},
    "statement": {"th": "ทุกหน้าแล้งน้ำประปาไม่ไหล"},
}


def test_text_without_a_stated_origin_was_written_by_a_person() -> None:
    assert Text.model_validate({"th": "น้ำ"}).origin == {"th": "human"}


@pytest.mark.parametrize("empty", [{}, {"th": ""}, {"th": "   "}, {"th": None, "en": None}])
def test_text_needs_words(empty: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Text.model_validate(empty)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "PP-2566-42"},
        {"id": "42"},
        {"title": {"th": "ก\x00ข"}},
        {"unknown": 1},
        {"provinces": ["Bangkok"]},
        {"year": 2566},
        {"source": {"url": "javascript:alert(1)", "license": "x"}},
        {"kind": "idea"},
    ],
)
def test_bad_bodies_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        parse(BODY | change)


def test_body_reads_back_as_the_same_entry() -> None:
    entry = parse(BODY)
    assert parse(body_of(entry)) == entry
    assert isinstance(entry, PainPoint)


@pytest.mark.parametrize(
    "change",
    [{"title": {"th": "อื่น"}}, {"theme": "health"}, {"provinces": ["TH-50"]}, {"language": "en"}, {"sample": True}],
)
def test_content_hash_changes_with_what_a_reader_sees(change: dict[str, object]) -> None:
    assert content_hash(parse(BODY | change)) != content_hash(parse(BODY))


def test_content_hash_ignores_the_order_of_keys() -> None:
    assert content_hash(parse(dict(reversed(BODY.items())))) == content_hash(parse(BODY))


@given(st.sampled_from(sorted(KINDS)), st.integers(2500, 2999), st.integers(1, 10**7))
def test_public_ids_tell_kind_year_and_number(kind: str, year: int, number: int) -> None:
    assert parse_id(public_id(kind, year, number)) == (kind, year, number)


def test_public_ids_have_a_fixed_shape() -> None:
    assert public_id("pain_point", 2566, 42) == "PP-2566-00042"
    assert public_id("hackathon", 2566, 11) == "HK-2566-011"
    assert set(ID_DIGITS) == set(KINDS)


@pytest.mark.parametrize("text", ["", "PP-2566-1", "pp-2566-00042", "PP-2566-00042 ", "XX-2566-00042", "PP-๒๕๖๖-00042"])
def test_what_is_not_a_public_id_is_none(text: str) -> None:
    assert parse_id(text) is None
