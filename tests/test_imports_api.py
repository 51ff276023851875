"""Uploads over the API: who, what is told of titles, what comes back, and that nobody else has to wait."""

import io
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from openpyxl import load_workbook

from catalogue.api.imports import Undone
from catalogue.api.parts import Parts
from catalogue.api.progress import MEDIA_TYPE, MOST_LINES, told_in_lines
from catalogue.errors import Conflict
from catalogue.imports import Progress
from catalogue.store import Store
from catalogue.vocabulary import Vocabulary
from catalogue.workbooks.limits import MEBIBYTE
from catalogue.workbooks.marking import REMARK, SHEET, STATUSES
from catalogue.workbooks.sized import sized_workbook
from tests.curating import OTHER_OWNER, OWNER, Desk
from tests.curating import desk as opened
from tests.serving import listening
from tests.uploading import IMPORTS, counts, upload

FORM = (
    "Timestamp,ชื่อทีมของคุณ,เรื่องที่อยากให้แก้ที่สุดคืออะไร?,เล่าให้เราฟังหน่อย\n1/2/2566 10:00:00,ทีม ก,น้ำไม่ไหล,ทุกหน้าแล้ง\n"
).encode()
MEANT = {
    "Timestamp": "",
    "ชื่อทีมของคุณ": "",
    "เรื่องที่อยากให้แก้ที่สุดคืออะไร?": "title",
    "เล่าให้เราฟังหน่อย": "statement",
}


@pytest.fixture
def desk(store: Store, parts: Parts) -> Iterator[Desk]:
    with opened(store, parts) as made:
        yield made


def test_a_form_of_google_is_explained_once_for_an_organisation(desk: Desk) -> None:
    host = desk.clients["host"]
    told = upload(host, FORM, "f.csv").json()
    assert {header["header"] for header in told["unknown_headers"]} == MEANT.keys()
    assert {"title", "statement", "kind"} <= {column["key"] for column in told["columns"]["pain_point"]}
    assert told["rejected"] == 1
    assert host.put(f"{IMPORTS}/mapping", json={"mapping": MEANT}).json()["mapping"] == MEANT
    again = upload(host, FORM, "f.csv")
    assert again.json()["unknown_headers"] == []
    assert counts(again) == (1, 0, 0, 0)
    said = host.get(f"{IMPORTS}/mapping").json()
    assert said["mapping"] == MEANT
    assert said["labels"]["title"] == {"th": "ชื่อเรื่อง", "en": "Title"}
    assert desk.clients["stranger"].get(f"{IMPORTS}/mapping").json() == {"mapping": {}, "labels": {}}


def test_a_wrong_explanation_is_changed_and_forgotten(desk: Desk) -> None:
    host, title = desk.clients["host"], "เล่าให้เราฟังหน่อย"
    host.put(f"{IMPORTS}/mapping", json={"mapping": {**MEANT, title: "affected"}})
    told = upload(host, FORM, "f.csv").json()
    read_as = {header["header"]: (header["cell"], header["key"], header["told"]) for header in told["known_headers"]}
    assert read_as[title] == ("D1", "affected", True)
    assert read_as["Timestamp"] == ("A1", "", True)
    assert {"statement", "affected"} <= {column["key"] for column in told["columns"]["pain_point"]}
    assert told["rejected"] == 1
    host.put(f"{IMPORTS}/mapping", json={"mapping": {title: "statement"}})
    assert counts(upload(host, FORM, "f.csv")) == (1, 0, 0, 0)
    left = host.put(f"{IMPORTS}/mapping", json={"mapping": {title: None, "Timestamp": None}}).json()["mapping"]
    assert left.keys() == MEANT.keys() - {title, "Timestamp"}
    asked = upload(host, FORM, "f.csv").json()["unknown_headers"]
    assert {header["header"] for header in asked} == {title, "Timestamp"}
    assert host.put(f"{IMPORTS}/mapping", json={"mapping": {title: "no such column"}}).status_code == 422


def test_a_title_that_everybody_knows_is_read_as_its_organisation_says(desk: Desk) -> None:
    host, file = desk.clients["host"], "ชื่อเรื่อง,รายละเอียด\nน้ำไม่ไหล,ทุกหน้าแล้ง\n".encode()
    read_as = {one["header"]: (one["key"], one["told"]) for one in upload(host, file, "f.csv").json()["known_headers"]}
    assert read_as == {"ชื่อเรื่อง": ("title", False), "รายละเอียด": ("statement", False)}
    host.put(f"{IMPORTS}/mapping", json={"mapping": {"รายละเอียด": "evidence"}})
    (problem,) = upload(host, file, "f.csv").json()["problems"]
    assert (problem["field"], problem["code"]) == ("statement", "missing")
    host.put(f"{IMPORTS}/mapping", json={"mapping": {"รายละเอียด": None}})
    assert counts(upload(host, file, "f.csv")) == (1, 0, 0, 0)


def test_a_column_that_does_not_exist_is_refused_in_both_languages(desk: Desk) -> None:
    refused = desk.clients["host"].put(f"{IMPORTS}/mapping", json={"mapping": {"ก": "titel"}})
    assert refused.status_code == 422
    assert "statement" in refused.json()["detail"]
    assert refused.json()["detail_th"].startswith("ไม่มีคอลัมน์นี้")


def test_a_column_that_the_file_lacks_is_named_in_both_languages(desk: Desk) -> None:
    (problem,) = upload(desk.clients["host"], "รหัสของผู้ส่ง,ปัญหา\nA1,ทุกคืน\n".encode(), "x.csv").json()["problems"]
    assert (problem["field"], problem["cell"], problem["code"]) == ("title", None, "missing")
    assert (problem["column_th"], problem["column_en"]) == ("ชื่อเรื่อง", "Title")
    assert problem["column"] == "ชื่อเรื่อง / Title"
    assert problem["suggestion"] == "เพิ่มคอลัมน์ “ชื่อเรื่อง” แล้วกรอก / Add the column “Title” and fill it"


def test_a_combined_sheet_of_a_pasted_table(desk: Desk) -> None:
    pasted = (
        "ประเภท\tรหัส\tชื่อเรื่อง\tรายละเอียดปัญหา\tสรุปข้อเสนอ\tปัญหาในคลัง\n"
        "ปัญหา\tP1\tน้ำไม่ไหล\tทุกหน้าแล้ง\t\t\n"
        "ข้อเสนอ\tS1\tถังน้ำร่วม\t\tถังเดียวใช้ทั้งหมู่บ้าน\tP1\n"
    ).encode()
    answer = upload(desk.clients["host"], pasted, "pasted.txt", commit=True)
    assert counts(answer) == (2, 0, 0, 0), answer.text
    assert desk.store.entry_counts(None) == {"pain_point": 1, "proposal": 1}
    proposal = next(stored for stored in desk.store.entries(statuses=None) if stored.kind == "proposal")
    assert len(proposal.body["pain_points"]) == 1


def test_json_and_a_hackathon_with_what_was_posed_at_it(desk: Desk) -> None:
    data = (
        '[{"ประเภท": "แฮกกาธอน", "external_id": "H1", "title": {"th": "แฮกน้ำ"}, "start_date": "1 มี.ค. 2566"},'
        '{"ประเภท": "ปัญหา", "external_id": "P1", "title": {"th": "น้ำไม่ไหล"}, "statement": {"th": "ทุกวัน"},'
        ' "provinces": ["ตาก", "โคราช"], "hackathon": "H1"}]'
    ).encode()
    answer = upload(desk.clients["host"], data, "x.json", commit=True)
    assert counts(answer) == (2, 0, 0, 0), answer.text
    stored = {one.kind: one for one in desk.store.entries(statuses=None)}
    assert stored["pain_point"].body["hackathon"] == stored["hackathon"].id
    assert stored["pain_point"].body["provinces"] == ["TH-63", "TH-30"]
    assert stored["hackathon"].body["start_date"] == "2023-03-01"


def test_personal_data_are_told_and_never_kept(desk: Desk) -> None:
    data = "ชื่อเรื่อง,ปัญหา\nไฟดับ,โทร ๐๘๑-๒๓๔-๕๖๗๘\n".encode()
    answer = upload(desk.clients["host"], data, "x.csv", commit=True)
    assert [problem["code"] for problem in answer.json()["problems"]] == ["phone-number"]
    kept = desk.store.events_of_batch(answer.json()["batch"])
    assert len(kept) == 2
    assert "๐๘๑" not in str([event.payload for event in kept])
    assert "๐๘๑" not in answer.text


def test_what_comes_back_has_a_status_for_each_row(desk: Desk) -> None:
    host = desk.clients["host"]
    rows = ("A1,น้ำไม่ไหล,ทุกวัน\n", "A2,ไฟดับ,ทุกคืน\n", "A3,,ไม่มีชื่อ\n", "A4,ไฟดับ,โทร 081-234-5678\n")
    upload(host, ("รหัสของผู้ส่ง,ชื่อเรื่อง,ปัญหา\n" + "".join(rows[:2])).encode(), "x.csv", commit=True)
    changed = ("รหัสของผู้ส่ง,ชื่อเรื่อง,ปัญหา\n" + "".join((rows[0].replace("ทุกวัน", "ทุกเดือน"), *rows[1:]))).encode()
    sheet = load_workbook(io.BytesIO(host.post(f"{IMPORTS}/annotated?name=x.csv", content=changed).content))[SHEET]
    shown = [sheet.cell(row, 4).value for row in range(2, 6)]
    assert shown == [STATUSES[name][0] for name in ("update", "unchanged", "rejected", "duplicate")]
    assert sheet["B4"].fill.start_color.rgb[-6:] == STATUSES["rejected"][1]
    assert sheet["C5"].fill.start_color.rgb[-6:] == REMARK


def test_the_template_is_a_workbook_that_brings_nothing(desk: Desk) -> None:
    host = desk.clients["host"]
    template = host.get(f"{IMPORTS}/template.xlsx")
    assert template.headers["content-disposition"] == 'attachment; filename="template.xlsx"'
    assert upload(host, template.content, "template.xlsx").json()["code"] == "no-rows"


def test_an_administrator_imports_for_any_known_organisation(desk: Desk) -> None:
    admin, data = desk.clients["admin"], "ชื่อเรื่อง,ปัญหา\nไฟดับ,ทุกคืน\n".encode()
    batch = upload(admin, data, "x.csv", commit=True, owner=OTHER_OWNER).json()["batch"]
    assert [one["id"] for one in desk.clients["stranger"].get(IMPORTS).json()["items"]] == [batch]
    assert desk.clients["host"].get(f"{IMPORTS}/{batch}").status_code == 404
    assert [one["owner"] for one in admin.get(IMPORTS).json()["items"]] == [OTHER_OWNER]
    assert upload(admin, data, owner="OG-2500-999").status_code == 422
    assert admin.post(IMPORTS, params={"name": "x.csv"}, content=data).status_code == 403


def test_too_large_is_told_before_and_while_reading(desk: Desk) -> None:
    host = desk.clients["host"]
    params = {"name": "x.csv", "organisation": OWNER}

    def pieces() -> Iterator[bytes]:
        for _ in range(12):
            yield b"x" * MEBIBYTE

    assert host.post(IMPORTS, params=params, content=pieces()).status_code == 413  # no size is told
    lied = host.post(IMPORTS, params=params, content=b"x", headers={"Content-Length": str(11 * MEBIBYTE)})
    assert lied.status_code == 413


def test_others_are_answered_while_a_large_file_is_read(desk: Desk, vocabulary: Vocabulary) -> None:
    data, app = sized_workbook(800, vocabulary), desk.clients["host"].app
    headers = {name: desk.clients["host"].headers[name] for name in ("X-CSRF-Token",)}
    cookies = dict(desk.clients["host"].cookies)
    answers: list[httpx.Response] = []
    with listening(app) as url:  # type: ignore[arg-type]  # the app that the client serves

        def send() -> None:
            params = {"name": "x.xlsx", "organisation": OWNER}
            asked = httpx.post(
                f"{url}{IMPORTS}", params=params, content=data, headers=headers, cookies=cookies, timeout=120
            )
            answers.append(asked)

        uploading = threading.Thread(target=send)
        uploading.start()
        meanwhile: list[float] = []
        while uploading.is_alive():
            started = time.monotonic()
            assert httpx.get(f"{url}/api/v1/themes", timeout=60).status_code == 200
            meanwhile.append(time.monotonic() - started)
        uploading.join()
    assert answers[0].json()["create"] == 800, answers[0].text
    assert len(meanwhile) > 5


def test_a_file_of_nobody_is_not_read(desk: Desk) -> None:
    for who, status in (("visitor", 401), ("curator", 403), ("stranger", 403)):
        refused = upload(desk.clients[who], b"x" * (11 * MEBIBYTE))
        assert refused.status_code == status
        assert refused.json()["detail_th"]


def test_a_long_file_tells_how_far_it_is_and_ends_with_the_usual_answer(desk: Desk) -> None:
    host, rows = desk.clients["host"], 3 * MOST_LINES
    data = "ชื่อเรื่อง,ปัญหา\n".encode() + b"".join(f"น้ำไม่ไหล {n},ทุกวัน\n".encode() for n in range(rows))
    plain = upload(host, data, "x.csv").json()
    for commit, states in ((False, {"planning", "comparing"}), (True, {"planning", "comparing", "writing"})):
        params: dict[str, Any] = {"name": "x.csv", "progress": True, "commit": commit}
        answer = host.post(IMPORTS, params=params, content=data)
        assert answer.headers["content-type"].startswith(MEDIA_TYPE)
        *told, last = map(json.loads, answer.text.splitlines())
        assert {line["state"] for line in told} == states
        for state in states:
            done = [line["done"] for line in told if line["state"] == state]
            assert done == ([100, 200, 300] if state == "comparing" else [*range(3, rows + 1, 3)]), state
        assert {line["total"] for line in told} == {rows}
        assert last["state"] == "done"
        assert last["result"] | {"batch": None} == plain
    assert last["result"]["batch"] == host.get(IMPORTS).json()["items"][0]["id"]
    refused = host.post(IMPORTS, params={"name": "x.csv", "progress": True}, content=b"\0")
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")


def test_lines_come_while_the_work_goes_on_and_say_how_it_failed() -> None:
    app, go_on = FastAPI(), threading.Event()

    @app.get("/{end}")
    def work(end: str) -> StreamingResponse:
        def at_work(told: Progress) -> Undone:
            told("planning", 1, 1)
            assert go_on.wait(60)
            if end == "conflict":
                raise Conflict("Somebody was quicker.", "มีผู้อื่นทำก่อน")
            return Undone(entries=1 // (end != "bug"))

        return told_in_lines(at_work)

    ended = {}
    with listening(app) as url:
        for end in ("well", "conflict", "bug"):
            go_on.clear()
            with httpx.stream("GET", f"{url}/{end}", timeout=60) as answer:
                lines = answer.iter_lines()
                assert json.loads(next(lines)) == {"state": "planning", "done": 1, "total": 1}
                go_on.set()
                (ended[end],) = map(json.loads, lines)
    assert ended["well"] == {"state": "done", "result": {"entries": 1}}
    assert ended["conflict"]["problem"]["detail_th"] == "มีผู้อื่นทำก่อน"
    assert ended["bug"]["problem"]["status"] == 500
