"""Tables as hosts lay them out: groups of titles, several tables in a sheet, sums and notes; exchanged dates."""

import datetime
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from catalogue.loading import dry_run
from catalogue.remarks import notes_of
from catalogue.store import Store
from catalogue.uploads import read_upload
from catalogue.vocabulary import Vocabulary
from catalogue.workbooks.annotate import annotated
from catalogue.workbooks.table import STATUS_HEADER
from tests.test_column_titles import planned
from tests.test_messy_workbooks import P1, PAINS, book, lines, told
from tests.test_upload_planning import HOST

MADE = (datetime.datetime(2568, 2, 3), datetime.datetime(2025, 10, 5), datetime.datetime(2025, 3, 3))


@pytest.mark.parametrize(
    ("texts", "doubtful"),
    [
        (("14/2/2568", "25/12/2568"), ["D3", "D4"]),
        (("2/14/2025",), ["D3", "D4"]),
        (("14 ก.พ. 2568", "2568-02-14", "2/3/2568"), []),
        ((datetime.datetime(2025, 2, 14), "14/2/2568"), []),
    ],
)
def test_dates_that_a_spreadsheet_made_of_some_texts_of_a_column_are_doubtful(
    store: Store, vocabulary: Vocabulary, texts: tuple[Any, ...], doubtful: list[str]
) -> None:
    dates = (*texts[:1], *MADE, *texts[1:])
    rows = [[f"A{n}", f"ปัญหา{n}", "ก", day] for n, day in enumerate(dates)]
    made = planned(book(ปัญหา=[[*PAINS, "วันที่"], *rows]), store, vocabulary)
    assert told(made) == [("ปัญหา", cell, "mixed-date-order", "error") for cell in doubtful]
    assert [one.suggestion for one in made.problems] == ["2 มี.ค. 2568", "10 พ.ค. 2568"][: len(doubtful)]


FORM = ["รหัส", "ชื่อผลงาน", "สรุปข้อเสนอ"]


def merged(rows: list[list[Any]], *cells: str) -> bytes:
    made, target = load_workbook(io.BytesIO(book(ปัญหา=rows))), io.BytesIO()
    for one in cells:
        made["ปัญหา"].merge_cells(one)
    made.save(target)
    return target.getvalue()


def read(data: bytes, vocabulary: Vocabulary) -> list[tuple[str, int, Any]]:
    rows = read_upload(data, "x.xlsx", vocabulary, {}).rows
    return [(row.kind, row.number, (row.values.get("title") or {}).get("th")) for row in rows]


def test_a_row_of_other_titles_begins_another_table(store: Store, vocabulary: Vocabulary) -> None:
    rows = [["ผลการแข่งขัน 2568"], [], PAINS, P1, [], FORM, ["R1", "แอปน้ำ", "แจ้ง"], FORM, ["R2", "แอปฝุ่น", "วัด"]]
    data = book(ผลการแข่งขัน=rows)
    found = [("pain_point", 4, "น้ำท่วม"), ("proposal", 7, "แอปน้ำ"), ("proposal", 9, "แอปฝุ่น")]
    assert read(data, vocabulary) == found
    assert read("\n".join(",".join(row) for row in rows).encode(), vocabulary) == found
    # With remarks beside each of them they are read again.
    rows = read_upload(data, "x.xlsx", vocabulary, {}).rows
    back = annotated(data, "x.xlsx", notes_of(rows, dry_run(rows, store, vocabulary, 2569, HOST)))
    assert read(back, vocabulary) == found
    sheet = load_workbook(io.BytesIO(back)).worksheets[0]
    assert [row for row in range(1, 10) if sheet.cell(row, 4).value] == [3, 4, 6, 7, 9]
    assert (sheet["D3"].value, sheet["D6"].value) == (STATUS_HEADER, STATUS_HEADER)
    text = lines(*(",".join(row) for row in (PAINS, P1, FORM, ["R1", "แอปน้ำ", "แจ้ง"])))
    assert len(read(annotated(text, "x.csv", []), vocabulary)) == 2


def test_groups_may_be_called_like_a_column(vocabulary: Vocabulary) -> None:
    upper = ["ลำดับ", "ปัญหา", None, "หน่วยงาน", "จังหวัด"]
    lower = [None, "ชื่อปัญหา", "รายละเอียดปัญหา", None, None]
    row = [1, "น้ำท่วม", "ท่วม", "กรมชลประทาน", "น่าน"]
    found = read_upload(
        merged([upper, lower, row, upper, lower, row], "A1:A2", "B1:C1", "D1:D2", "E1:E2"), "x", vocabulary, {}
    )
    assert [(one.number, one.values["title"], one.values["statement"]) for one in found.rows] == [
        (number, {"th": "น้ำท่วม"}, {"th": "ท่วม"}) for number in (3, 6)
    ]
    assert found.unknown == []


@pytest.mark.parametrize("numbers", [["(1)", "(2)", "(3)"], [1, 2, 3], ["๑", "๒", "๓"]])
def test_a_row_that_counts_the_columns_is_no_entry(vocabulary: Vocabulary, numbers: list[Any]) -> None:
    assert read(book(ปัญหา=[PAINS, numbers, P1]), vocabulary) == [("pain_point", 3, "น้ำท่วม")]
    links = [["ลำดับ", "ข้อเสนอ", "ปัญหา"], numbers]
    assert len(read(book(เชื่อมโยง=links), vocabulary)) == 1


@pytest.mark.parametrize(
    "row",
    [
        [None, "รวม 2 โครงการ", None],
        ["รวม", None, "2 เรื่อง"],
        ["หมายเหตุ", "ข้อมูล ณ วันที่ 30 ก.ย. 2568"],
        [None, "ที่มา: สำนักงาน ก.พ.ร."],
        [None, "Total"],
    ],
)
def test_a_sum_or_a_note_below_a_table_is_told_and_no_entry(
    store: Store, vocabulary: Vocabulary, row: list[Any]
) -> None:
    rows = [["ลำดับ", *FORM[1:]], [1, "แอปน้ำ", "แจ้ง"], row, [3, "รวมพลังชุมชน", None], [4, "รวม", "ทุกเรื่อง"]]
    made = planned(book(ข้อเสนอ=rows), store, vocabulary)
    assert {p.row.number for p in made.problems} == {3}
    assert (made.problems[0].code, made.counts()["rejected"]) == ("no-entry", 1)
    assert [one.entry.title.th for one in made.create] == ["แอปน้ำ", "รวมพลังชุมชน", "รวม"]


def test_a_sheet_of_which_nothing_could_be_read_is_named(vocabulary: Vocabulary) -> None:
    others = {"ทีมแดง": [["น้ำท่วมตลาด", "ท่วมทุกปี", "น่าน"]], "ทีมเขียว": [["สรุป"], ["ฝุ่น", "หนา", "ตาก", "ร้าน"]]}
    found = read_upload(book(ปัญหา=[PAINS, P1], **others, ข้อเสนอ=[FORM], ว่าง=[]), "x.xlsx", vocabulary, {})
    assert found.left_out == ["ทีมแดง", "ทีมเขียว"]  # not what has titles and is not filled in
