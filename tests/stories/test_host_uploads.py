"""Story 2: a host brings the results of a hackathon: a workbook with faults, repaired, committed, corrected, undone."""

import io
from collections.abc import Callable, Iterator

import pytest
from openpyxl import load_workbook

from catalogue.api.parts import Parts
from catalogue.privacy import redacted, spans
from catalogue.store import Store
from catalogue.workbooks.limits import MEBIBYTE
from catalogue.workbooks.marking import STATUSES
from catalogue.workbooks.refusals import REFUSALS
from catalogue.workbooks.table import REMARKS_HEADER, STATUS_HEADER
from tests import attack_files
from tests.curating import Desk
from tests.curating import desk as opened
from tests.uploading import IMPORTS, changed, counts, upload
from tests.workbook_with_faults import PAIN_POINTS, Fault, workbook


@pytest.fixture
def desk(store: Store, parts: Parts) -> Iterator[Desk]:
    with opened(store, parts) as made:
        yield made


def test_a_host_uploads_repairs_commits_corrects_and_undoes(desk: Desk) -> None:
    host = desk.clients["host"]
    data, planted = workbook()

    # A look at it writes nothing and tells every fault at its cell, none that is not there.
    looked_at = upload(host, data)
    before = desk.store.revision()
    problems = looked_at.json()["problems"]
    assert {Fault(p["sheet"], p["cell"], p["code"]) for p in problems} == set(planted)
    read = load_workbook(io.BytesIO(data))
    for problem in problems:
        said = read[problem["sheet"]][problem["cell"]].value
        assert problem["value"] == (redacted(str(said)) if said else None) or problem["value"].endswith("…")
        assert spans(problem["value"] or "") == ()
    told = {problem["value"] for problem in problems}
    assert {None, "29 ก.พ. 2566"} < told
    assert counts(looked_at)[1:3] == (0, 0)
    assert looked_at.json()["batch"] is None
    assert host.get(IMPORTS).json()["items"] == []

    # The same workbook comes back with its faults marked.
    sheet = load_workbook(io.BytesIO(host.post(f"{IMPORTS}/annotated?name=x.xlsx", content=data).content))[PAIN_POINTS]
    titles = {cell.value: cell.column for row in sheet.iter_rows() for cell in row if cell.value}
    status, remarks = titles[STATUS_HEADER], titles[REMARKS_HEADER]
    rejected = {p["row"] for p in problems if p["sheet"] == PAIN_POINTS and p["severity"] == "error"}
    marked = {row for row in range(1, sheet.max_row + 1) if sheet.cell(row, status).value == STATUSES["rejected"][0]}
    assert marked == rejected
    for problem in (p for p in problems if p["sheet"] == PAIN_POINTS):
        assert problem["message_th"] in sheet.cell(problem["row"], remarks).value
        assert problem["message_en"] in sheet.cell(problem["row"], remarks).value
        assert sheet[problem["cell"]].fill.start_color.rgb[-6:] != "000000"

    # What is right is taken, what is not is left out; repaired, the rest follows and nothing comes twice.
    first = upload(host, data, commit=True)
    created = first.json()["create"]
    assert 0 < created < 52
    assert desk.store.revision() > before
    repaired = workbook(repaired=True)[0]
    second = upload(host, repaired, commit=True)
    assert second.json()["rejected"] == 0
    assert second.json()["create"] == 52 - created
    assert len(desk.store.entries(limit=100, statuses=None)) == 52
    revision = desk.store.revision()
    assert counts(upload(host, repaired, commit=True)) == (0, 0, 52, 0)
    assert desk.store.revision() == revision

    # One changed cell is one update, and undoing it restores the words.
    again = upload(host, changed(repaired, PAIN_POINTS, "C6", "น้ำประปาหมู่บ้านแดงหลังฝนตก"), commit=True)
    assert counts(again) == (0, 1, 51, 0)
    (change,) = again.json()["changes"]
    assert [field["field"] for field in change["fields"]] == ["title"]
    listed = host.get(IMPORTS).json()["items"]
    assert [batch["id"] for batch in listed] == [again.json()["batch"], second.json()["batch"], first.json()["batch"]]
    assert listed[0]["by"] == "host"
    assert host.post(f"{IMPORTS}/{listed[0]['id']}/undo").json() == {"entries": 1}
    assert counts(upload(host, repaired)) == (0, 0, 52, 0)
    assert host.get(f"{IMPORTS}/{listed[0]['id']}").json()["undone"] is True

    # Nobody else sees any of it.
    stranger = desk.clients["stranger"]
    assert stranger.get(IMPORTS).json()["items"] == []
    assert stranger.post(f"{IMPORTS}/{listed[1]['id']}/undo").status_code == 404
    assert desk.store.verify_audit().ok


def test_an_undo_is_refused_where_somebody_went_on_and_names_those_entries(desk: Desk) -> None:
    host = desk.clients["host"]
    data = "รหัสของผู้ส่ง,ชื่อเรื่อง,ปัญหา\nA1,น้ำไม่ไหล,ทุกหน้าแล้ง\nA2,ไฟดับ,ทุกคืน\n".encode()
    batch = upload(host, data, "x.csv", commit=True).json()["batch"]
    claimed = desk.store.entries(limit=1, statuses=None)[0].id
    desk.done("curator", claimed, "claim")
    refused = host.post(f"{IMPORTS}/{batch}/undo")
    assert refused.status_code == 409
    assert refused.json()["entries"] == [claimed]
    assert claimed in refused.json()["detail_th"]
    assert claimed in refused.json()["detail"]


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (attack_files.truncated, "damaged"),
        (attack_files.zip_bomb, "archive-bomb"),
        (attack_files.macros, "macros"),
        (attack_files.billion_laughs, "document-type"),
        (lambda: b"", "empty"),
    ],
)
def test_a_hostile_file_is_refused_with_a_reason_and_what_to_do(
    desk: Desk, make: Callable[[], bytes], code: str
) -> None:
    refused = upload(desk.clients["host"], make(), commit=True)
    told = refused.json()
    assert (refused.status_code, told["code"]) == (422, code)
    assert (told["detail"], told["detail_th"]) == REFUSALS[code]
    assert refused.headers["content-type"] == "application/problem+json"


def test_thirty_megabytes_are_refused_before_they_are_read(desk: Desk) -> None:
    refused = upload(desk.clients["host"], b"x" * (30 * MEBIBYTE))
    assert refused.status_code == 413
    assert refused.json()["code"] == "too-large"
    assert "10 MB" in refused.json()["detail"]
    assert "10 MB" in refused.json()["detail_th"]


def test_formulas_come_in_as_results_and_go_out_as_text(desk: Desk) -> None:
    host = desk.clients["host"]
    data = "ชื่อเรื่อง,ปัญหา\n=HYPERLINK(1),ทุกหน้าแล้ง\n".encode()
    assert counts(upload(host, data, "x.csv", commit=True)) == (1, 0, 0, 0)
    book = load_workbook(io.BytesIO(host.post(f"{IMPORTS}/annotated?name=x.csv", content=data).content))
    cell = book.worksheets[0]["A2"]
    assert (cell.value, cell.data_type) == ("'=HYPERLINK(1)", "s")
