"""Personal data that people write in forms, reasons and comments are told by kind and field, and kept nowhere."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import text

from catalogue import merges
from catalogue.api.parts import Parts
from catalogue.curation import Status
from catalogue.imports import Plan, Row
from catalogue.loading import SAMPLE, Upload, import_rows, sample_rows
from catalogue.privacy import cleaned, redacted
from catalogue.store import Store
from catalogue.store.tables import metadata
from catalogue.uploads import read_files, read_upload
from catalogue.vocabulary import Vocabulary
from tests.conftest import NOON
from tests.curating import BODY, OWNER, Desk
from tests.curating import desk as opened
from tests.uploading import upload

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


FORGOTTEN = ("0812345678", "0898765432", "1101700203450")


def test_a_senders_id_that_is_personal_never_makes_two_rows_one(
    store: Store, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    def commit(rows: list[Row]) -> Plan:
        more: Any = {"reason": "import", "at": NOON, "owner": OWNER, "upload": Upload("x.csv", "0" * 64)}
        return import_rows(rows, store, vocabulary, actor="a", batch="b" * 64, **more)

    for number, sent in enumerate(FORGOTTEN):
        table = f"รหัสของผู้ส่ง,ชื่อเรื่อง,ปัญหา\n{sent},น้ำไม่ไหล {number},ทุกวัน\n".encode()
        made = commit(read_upload(table, "x.csv", vocabulary, {}).rows)
        assert made.counts() == {"create": 0, "update": 0, "unchanged": 0, "rejected": 1}
        (told,) = [problem.as_dict() for problem in made.problems]
        assert (told["code"], told["cell"], told["severity"]) == ("personal-id", "A2", "error")
        file = tmp_path / "rows.jsonl"
        body = {"kind": "pain_point", "language": "th", **BODY, "external_id": sent}
        file.write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
        made = commit(read_files([file], vocabulary, {}).rows)
        assert [(p.column, p.code) for p in made.problems] == [("external_id", "personal-id")]
        assert sent not in str(made.report())
    assert store.revision() == 0
    table = "รหัสของผู้ส่ง,ชื่อเรื่อง,ปัญหา\n,น้ำไม่ไหล,ทุกวัน\n".encode()
    assert commit(read_upload(table, "x.csv", vocabulary, {}).rows).counts()["create"] == 1


def test_a_form_forgets_a_senders_id_that_is_personal(desk: Desk) -> None:
    for sent in FORGOTTEN:
        made = desk.clients["host"].post("/api/v1/entries", json={"body": BODY | {"external_id": sent}})
        assert made.status_code == 201, made.text
        assert [one["field"] for one in made.json()["removed"]] == ["external_id"]
        stored = desk.store.get(made.json()["id"])
        assert stored
        assert "external_id" not in stored.body
    assert not [sent for sent in FORGOTTEN if sent in everything(desk.store)]


def test_names_of_files_and_sheets_are_cleaned_and_told_to_those_alone_who_work_on_the_entry(desk: Desk) -> None:
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "ปัญหา 0812345678"
    sheet.append(["ชื่อเรื่อง", "ปัญหา", "หมวด"])
    sheet.append(["น้ำไม่ไหล", "ทุกวัน", BODY["theme"]])
    target = io.BytesIO()
    book.save(target)
    told = upload(desk.clients["host"], target.getvalue(), "0898765432.xlsx", commit=True).json()
    assert told["create"] == 1, told
    (entry_id,) = [stored.id for stored, _ in desk.store.latest([Status.SUBMITTED])]
    desk.done("curator", entry_id, "claim", "publish")
    kept = everything(desk.store)
    assert "0812345678" not in kept
    assert "0898765432" not in kept
    page = {who: desk.clients[who].get(f"/api/v1/entries/{entry_id}").json() for who in desk.clients}
    for who in ("host", "curator", "admin"):
        source = page[who]["provenance"]["title"]
        assert (source["file"], source["row"]) == ("[phone number removed].xlsx", 2)
        assert source["sheet"].startswith("ปัญหา [")
        assert source["actor"]
        assert source["batch"] == told["batch"]
    for who in ("visitor", "stranger"):
        source = page[who]["provenance"]["title"]
        assert {name for name, value in source.items() if value is not None} == {"revision", "at"}
        steps = desk.clients[who].get(f"/api/v1/entries/{entry_id}/history").json()["steps"]
        assert [(step["batch"], step["source"], step["name"]) for step in steps] == [(None, {}, None)]


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


@pytest.mark.parametrize("deep", [400, 900])
def test_what_is_deeper_or_longer_than_an_entry_may_be_is_told(desk: Desk, deep: int) -> None:
    """It is not looked through for personal data, which would take long or end in an error of ours."""
    host, headers = desk.clients["host"], {"Content-Type": "application/json"}
    nested = '{"body": {"title": ' + "[" * deep + "]" * deep + "}}"
    answer = host.post("/api/v1/entries", content=nested, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/body/title")
    answer = host.post("/api/v1/entries", json={"body": BODY | {"statement": {"th": "ก" * 20_001}}})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/body/statement/th")
