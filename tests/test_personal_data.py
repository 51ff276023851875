"""Personal data that people write in forms, reasons and comments are told by kind and field, and kept nowhere."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from catalogue import merges
from catalogue.api.parts import Parts
from catalogue.loading import SAMPLE, sample_rows
from catalogue.privacy import cleaned, redacted
from catalogue.store import Store
from catalogue.store.tables import metadata
from catalogue.uploads import read_files
from catalogue.vocabulary import Vocabulary
from tests.curating import BODY, Desk
from tests.curating import desk as opened

WRITTEN = {
    "phone-number": ("0812345678", "๐๘๑-๒๓๔-๕๖๗๘", "081 234 5678", "08\u200b12\u200b345678"),
    "identity-number": ("1-1017-00203-45-0", "๑๑๐๑๗๐๐๒๐๓๔๕๐"),
    "e-mail": ("somchai.j@example.com",),
    "line-id": ("Line ID: somchai99",),
}
CASES = [(kind, value) for kind, values in WRITTEN.items() for value in values]


@pytest.fixture
def desk(store: Store, parts: Parts) -> Iterator[Desk]:
    with opened(store, parts) as made:
        yield made


def everything(store: Store) -> str:
    """All that the database holds of entries, events and notices."""
    kept = [table for table in metadata.sorted_tables if table.name in ("entry", "event", "notice")]
    assert len(kept) == 3
    with store.database.reading() as connection:
        return "\n".join(str(tuple(row)) for t in kept for row in connection.execute(text(f"SELECT * FROM {t.name}")))


@pytest.mark.parametrize(("kind", "value"), CASES)
def test_what_is_taken_out_of_a_form_is_told_by_kind_and_field(desk: Desk, kind: str, value: str) -> None:
    host = desk.clients["host"]
    said = {"th": f"น้ำไม่ไหล ติดต่อ {value} ได้ทุกวัน"}
    body = BODY | {"statement": said, "evidence": {"en": f"ask {value} please"}}
    made = host.post("/api/v1/entries", json={"body": body})
    assert made.status_code == 201, made.text
    assert [(one["field"], one["kind"]) for one in made.json()["removed"]] == [("statement", kind), ("evidence", kind)]
    assert all(one["message_th"] and one["message_en"] for one in made.json()["removed"])
    entry_id, read = made.json()["id"], {"If-Match": made.headers["ETag"]}
    changed = host.put(f"/api/v1/entries/{entry_id}", json={"body": body, "reason": f"โทร {value}"}, headers=read)
    assert [one["field"] for one in changed.json()["removed"]] == ["statement", "evidence", "reason"]
    sent = desk.decide("host", entry_id, "submit", body=body)
    assert [one["field"] for one in sent.json()["removed"]] == ["statement", "evidence"]
    assert value not in made.text + changed.text + sent.text + everything(desk.store)
    stored = desk.store.get(entry_id)
    assert stored
    assert "น้ำไม่ไหล" in stored.body["statement"]["th"]
    assert stored.body["evidence"]["en"].startswith("ask [")


@pytest.mark.parametrize(("kind", "value"), CASES)
def test_reasons_comments_and_judgements_hold_none(desk: Desk, kind: str, value: str) -> None:
    entry_id, other = desk.create(), desk.create()
    desk.done("curator", entry_id, "claim")
    comments = [{"field": "title", "text": f"โทรหาเรา {value} นะ"}]
    asked = desk.decide("curator", entry_id, "request_edits", comments=comments, reason=f"ถาม {value} ก่อน")
    assert [(one["field"], one["kind"]) for one in asked.json()["removed"]] == [("reason", kind), ("comments", kind)]
    held = desk.store.get(other)
    assert held
    withdrawn = {
        "action": "withdraw",
        "entries": [{"id": other, "revision": held.revision}],
        "reason": value,
        "preview": False,
    }
    assert desk.clients["host"].post("/api/v1/decisions", json=withdrawn).json()["done"] == 1
    merges.judge(desk.store, entry_id, other, merges.Verdict.SAME, actor="c", reason=value)
    desk.done("curator", other, "restore", reason="x")
    desk.done("curator", other, "claim", "publish")
    desk.done("host", entry_id, "answer")
    desk.done("curator", entry_id, "claim", "publish")
    batch = merges.merge(desk.store, entry_id, [other], {}, actor="c", reason=f"เหมือนกัน {value}")
    merges.undo(desk.store, batch, actor="c", reason=f"ไม่เหมือน {value}")
    assert value not in everything(desk.store)
    assert desk.store.verify_audit().ok


def test_rows_of_whole_entries_are_cleaned_too(tmp_path: Path, vocabulary: Vocabulary) -> None:
    row: dict[str, Any] = {"kind": "pain_point", "language": "th", **BODY, "affected": {"th": "โทร ๐๘๑ ๒๓๔ ๕๖๗๘"}}
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    (read,) = read_files([file], vocabulary, {}).rows
    assert read.values["affected"] == {"th": "โทร [ลบเบอร์โทรศัพท์แล้ว]"}
    assert [(key, fault.code, fault.severity) for key, fault in read.faults] == [
        ("affected", "phone-number", "warning")
    ]


def test_the_sample_has_no_personal_data(vocabulary: Vocabulary) -> None:
    rows = [dict(row.values) for row in sample_rows(vocabulary)]
    rows += [json.loads(line)["entry"] for line in (SAMPLE / "submissions.jsonl").read_text("utf-8").splitlines()]
    found = {(row["id"], one.kind) for row in rows for one in cleaned(row)[1]}
    assert found == {("PP-2569-00177", "line-id")}  # a ministry's public account in the words of its own press release


def test_addresses_of_documents_stay_whole() -> None:
    source = {"url": "https://example.go.th/0812345678", "title": "โทร 0812345678"}
    kept, removed = cleaned({"source": source})
    assert kept == {"source": {"url": source["url"], "title": redacted(source["title"])}}
    assert [(one.field, one.kind) for one in removed] == [("source", "phone-number")]
