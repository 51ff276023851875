"""Rows become a plan: what is created, updated, left alone, rejected."""

import datetime
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from catalogue.entries import KINDS, content_hash, parse
from catalogue.errors import OTHER, FileRefused, worded
from catalogue.imports import Key, Known, Row, batch_id, read
from catalogue.loading import SAMPLE, SAMPLE_FILES
from catalogue.planning import NO_ID, plan

BODY: dict[str, Any] = {
    "id": "PP-2566-00001",
    "kind": "pain_point",
    "language": "th",
    "title": {"th": "น้ำประปาไม่ไหล"},
    "statement": {"th": "ทุกหน้าแล้ง"},
}


def rows(*bodies: dict[str, Any]) -> list[Row]:
    return [Row("file.jsonl", number, body) for number, body in enumerate(bodies, 1)]


def known(body: dict[str, Any]) -> dict[Key, Known]:
    entry = parse(body)
    return {entry.id: Known(entry.id, content_hash(entry))}


def nobody(name: str) -> str | None:
    return None


def never(kind: str) -> str:
    raise AssertionError("no id should be allocated")


def test_new_known_and_changed_rows() -> None:
    changed = BODY | {"id": "PP-2566-00002", "theme": "health"}
    have = known(BODY) | known(BODY | {"id": "PP-2566-00002"})
    made = plan(rows(BODY, changed, BODY | {"id": "PP-2566-00003"}), have, nobody, never)
    assert made.unchanged == ["PP-2566-00001"]
    assert [p.entry.id for p in made.update] == ["PP-2566-00002"]
    assert [p.entry.id for p in made.create] == ["PP-2566-00003"]
    assert made.counts() == {"create": 1, "update": 1, "unchanged": 1, "rejected": 0}


def test_rows_without_id_are_known_by_their_external_id() -> None:
    body = {name: value for name, value in BODY.items() if name != "id"} | {"external_id": "row-1"}
    fresh = plan(rows(body), {}, nobody, lambda kind: "PP-2569-00009")
    entry = fresh.create[0].entry
    assert entry.id == "PP-2569-00009"
    again = plan(rows(body), {("pain_point", "row-1"): Known(entry.id, content_hash(entry))}, nobody, never)
    assert again.unchanged == ["PP-2569-00009"]


def test_every_problem_of_every_row_is_found_in_one_pass() -> None:
    bad = {"id": "PP-2566-00002", "kind": "pain_point", "language": "fr", "title": {}, "year": 99}
    made = plan(rows(bad, {}, BODY, BODY, BODY | {"id": "PR-2566-00001"}), {}, nobody, never)
    found = {(p.row.number, p.code) for p in made.problems}
    assert {n for n, _ in found} == {1, 2, 4, 5}
    assert len([p for p in made.problems if p.row.number == 1]) >= 4
    assert (4, "row-repeated") in found
    assert (5, "id-of-another-kind") in found
    assert made.rejected == 4
    assert all(p.message_th and p.message_en for p in made.problems)
    assert [p.entry.id for p in made.create] == ["PP-2566-00001"]


def test_what_is_wrong_is_said_in_our_own_words_in_both_languages() -> None:
    odd: list[Any] = [None, 1, 1.5, True, "", "x" * 30_000, "\0", "\ud800", "9999-99-99", -1, [], [1], {}, {"th": ""}]
    odd += [{"th": "ก", "x": 1}, datetime.datetime(2026, 1, 1, 5), object()]
    seen = set()
    for kind in KINDS:
        told = BODY if kind == "pain_point" else {name: BODY[name] for name in ("language", "title")}
        body = {**told, "kind": kind, "id": NO_ID[kind]}
        for name in (*KINDS[kind].model_fields, "no_such_field"):
            for value in odd:
                try:
                    parse(body | {name: value})
                except ValidationError as error:
                    for e in error.errors():
                        seen.add(e["type"])
                        en, th = worded(e)
                        assert en != e["msg"], e
                        assert (en, th) != OTHER, e
                        assert re.search("[ก-๛]", th), e
    assert {"missing", "value_error", "int_parsing", "date_from_datetime_parsing", "literal_error"} <= seen
    (problem,) = plan(rows({k: v for k, v in BODY.items() if k != "statement"}), {}, nobody, never).problems
    assert (problem.message_en, problem.message_th) == ("This is required.", "ต้องระบุ")


def test_a_file_that_is_not_unicode_is_refused_at_its_line(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_bytes(b"{}\n" + '{"title": {"th": "น้ำ"}}'.encode("cp874"))
    with pytest.raises(FileRefused, match="line 2") as refused:
        read(file)
    assert "บรรทัดที่ 2" in refused.value.th
    file.write_text("[" * 100_000, encoding="utf-8")
    assert [row.values for row in read(file)] == [{}]


def test_organisations_are_found_by_any_of_their_names() -> None:
    body = BODY | {"owners": [{"name": {"th": "สพร."}}, {"name": {"th": "ใครก็ไม่รู้"}}]}
    made = plan(rows(body), {}, {"สพร.": "OG-2569-002"}.get, never)
    owners = made.create[0].entry.owners  # type: ignore[attr-defined]
    assert [o.id for o in owners] == ["OG-2569-002", None]
    assert owners[0].name.th == "สพร."


def test_a_broken_line_is_a_rejected_row_at_its_place(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text('{"kind": \n\n[1]\n', encoding="utf-8")
    made = plan(read(file), {}, nobody, never)
    assert [p.row.number for p in made.problems] == [1, 3]


def test_the_sample_is_accepted_whole_with_fixed_ids() -> None:
    found = [row for name in SAMPLE_FILES for row in read(SAMPLE / name)]
    made = plan(found, {}, nobody, never)
    assert made.problems == []
    assert len(made.create) == 622
    assert all(p.entry.sample and p.entry.source for p in made.create)


def test_a_batch_is_named_by_its_content(tmp_path: Path) -> None:
    one, two = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    one.write_text("{}")
    two.write_text("{}")
    assert batch_id([one]) == batch_id([two])
    two.write_text("{} ")
    assert batch_id([one]) != batch_id([two])


def test_a_line_of_json_ends_at_a_line_feed_alone(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_bytes('{"a": "น้ำ\u2028ไหล"}\r\n\n{"a": "ไฟ"}\n'.encode())
    assert [(row.number, row.values) for row in read(file)] == [(1, {"a": "น้ำ\u2028ไหล"}), (3, {"a": "ไฟ"})]
