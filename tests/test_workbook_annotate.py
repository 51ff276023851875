"""The workbook that comes back: the same rows, what was found in them, and nothing that acts."""

import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from catalogue.errors import FileRefused
from catalogue.workbooks import limits
from catalogue.workbooks.annotate import Note, annotated
from catalogue.workbooks.marking import REMARK, SHEET, STATUSES
from catalogue.workbooks.reader import read_tables
from catalogue.workbooks.table import NOT_CALCULATED, REMARKS_HEADER, STATUS_HEADER, cell_name, column_letters
from tests import libreoffice

NOTES = (
    Note("ปัญหา", 4, None, "rejected", ""),
    Note("ปัญหา", 4, 1, "rejected", "จังหวัด: ไม่รู้จัก / Unknown province"),
    Note("ปัญหา", 4, 0, "rejected", "ชื่อเรื่อง: มีเบอร์โทร / Phone number"),
    Note("ปัญหา", 5, None, "create", ""),
    Note("ปัญหา", 5, 0, "create", "=HYPERLINK() / ตรวจดู"),
    Note("ข้อเสนอ", 2, None, "unchanged", ""),
)


def upload() -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "ปัญหา"
    sheet.append(["แฮกกาธอน"])
    sheet.append([])
    sheet.append(["ชื่อเรื่อง", "จังหวัด", "ปี"])
    sheet.append(["น้ำ", "ตากก", "=2500+66"])
    sheet.append(["ฝุ่น", "ตาก", 2566])
    sheet["A3"].font = Font(bold=True, color="FF0000")
    sheet.merge_cells("A1:F1")
    sheet["B5"].hyperlink = "file:///etc/passwd"
    other = book.create_sheet("ข้อเสนอ")
    other.append(["ชื่อ", "รางวัล"])
    other.append(["แอป", "ชนะเลิศ"])
    book.create_sheet("หมายเหตุ")["A1"] = "ไม่ใช่ตาราง"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def sheet_of(data: bytes, name: str) -> Any:
    return load_workbook(io.BytesIO(data))[name]


def test_remarks_stand_beside_the_rows() -> None:
    sheet = sheet_of(annotated(upload(), "x.xlsx", NOTES), "ปัญหา")
    assert [sheet["D3"].value, sheet["E3"].value] == [STATUS_HEADER, REMARKS_HEADER]
    assert sheet["D4"].value == STATUSES["rejected"][0]
    assert sheet["E4"].value.split("\n") == [NOTES[1].message, NOTES[2].message]
    assert sheet["D5"].value == STATUSES["create"][0]
    assert sheet["E5"].value == f"'{NOTES[4].message}"
    colours = {cell: sheet[cell].fill.start_color.rgb[-6:] for cell in ("A4", "B4", "C4", "A5", "B5")}
    rejected = STATUSES["rejected"][1]
    assert colours == {"A4": rejected, "B4": rejected, "C4": "000000", "A5": REMARK, "B5": "000000"}


def test_the_rest_of_the_workbook_stays() -> None:
    made = annotated(upload(), "x.xlsx", NOTES)
    book = load_workbook(io.BytesIO(made))
    assert book.sheetnames == ["ปัญหา", "ข้อเสนอ", "หมายเหตุ"]
    assert book["ปัญหา"]["A3"].font.color.rgb == "00FF0000"
    assert "A1:F1" in [found.coord for found in book["ปัญหา"].merged_cells.ranges]
    assert book["ปัญหา"]["B5"].hyperlink is None
    assert book["ข้อเสนอ"]["C2"].value == STATUSES["unchanged"][0]


def test_it_can_be_uploaded_again_and_is_read_the_same() -> None:
    first = upload()
    made = annotated(first, "x.xlsx", NOTES)
    again = annotated(made, "x.xlsx", NOTES[3:])
    tables = [
        [(t.sheet, t.header_row, t.header[:2], [line.values[:2] for line in t.lines]) for t in read_tables(data, "")]
        for data in (first, made, again)
    ]
    assert tables[0] == tables[1] == tables[2]
    sheet = sheet_of(again, "ปัญหา")
    assert [cell.value for cell in sheet[3]][3:5] == [STATUS_HEADER, REMARKS_HEADER]
    assert sheet["F3"].value is None
    assert sheet["E4"].value is None  # what the first check said
    assert sheet["E5"].value == f"'{NOTES[4].message}"


def test_no_cell_of_a_merged_range_and_no_formula_is_lost_on_the_way() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["ชื่อเรื่อง", "จังหวัด", "หน่วยงาน"],
        ["น้ำ", "=B9", "ชมรมคนรักน้ำ"],
        ["ฝุ่น", "ตาก", None],
        ["ขยะ", "ตาก", None],
    ):
        sheet.append(row)
    sheet.merge_cells("C2:F4")  # also where our own columns come
    target = io.BytesIO()
    book.save(target)
    (before,) = read_tables(target.getvalue(), "x.xlsx")
    assert [line.values for line in before.lines] == [
        ("น้ำ", NOT_CALCULATED, "ชมรมคนรักน้ำ"),
        ("ฝุ่น", "ตาก", "ชมรมคนรักน้ำ"),
        ("ขยะ", "ตาก", "ชมรมคนรักน้ำ"),
    ]
    notes = [Note("Sheet", row, 2, "create", "ไม่รู้จัก / unknown") for row in (2, 3, 4)]
    made = annotated(target.getvalue(), "x.xlsx", notes)
    (after,) = read_tables(made, "x.xlsx")
    assert [line.values[:3] for line in after.lines] == [line.values for line in before.lines]
    marked = sheet_of(made, "Sheet")
    assert marked["C2"].fill.start_color.rgb[-6:] == REMARK
    assert [marked[f"D{row}"].value for row in (2, 3, 4)] == [STATUSES["create"][0]] * 3


def test_as_many_columns_as_are_allowed_come_back_and_are_read_again() -> None:
    def table_of(columns: int) -> bytes:
        return "\n".join(",".join(f"{cell}{n}" for n in range(columns)) for cell in "hx").encode()

    with pytest.raises(FileRefused) as caught:
        read_tables(table_of(limits.MOST_COLUMNS + 1), "x.csv")
    assert (caught.value.members["code"], "BI2" in caught.value.en) == ("too-many-columns", True)
    text = table_of(limits.MOST_COLUMNS)
    made = annotated(text, "x.csv", [Note(None, 2, 0, "create", "=x / x")])
    (table,) = read_tables(annotated(made, "x.xlsx", [Note(SHEET, 2, 0, "create", "y / y")]), "x.xlsx")
    assert table.lines[0].values[: limits.MOST_COLUMNS] == tuple(f"x{n}" for n in range(limits.MOST_COLUMNS))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.csv", "ชื่อ,ปี\n=1+1,2566\n".encode("cp874")),
        ("x.json", '[{"ชื่อ": "=1+1", "ปี": "2566"}]'.encode()),
        ("", "ชื่อ\tปี\n=1+1\t2566".encode()),
    ],
)
def test_other_formats_come_back_as_a_workbook(name: str, data: bytes) -> None:
    made = annotated(data, name, [Note(None, 2, 1, "rejected", "ปี / Year")])
    sheet = sheet_of(made, SHEET)
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["ชื่อ", "ปี", STATUS_HEADER, REMARKS_HEADER],
        ["'=1+1", "2566", STATUSES["rejected"][0], "ปี / Year"],
    ]
    (table,), (before,) = read_tables(made, "x.xlsx"), read_tables(data, name)
    assert [line.values for line in table.lines] == [line.values for line in before.lines] == [("=1+1", "2566")]


def test_it_opens_in_libreoffice(tmp_path: Path) -> None:
    shown = libreoffice.opened(annotated(upload(), "x.xlsx", NOTES), tmp_path)
    assert shown["ปัญหา"][2][:5] == ["ชื่อเรื่อง", "จังหวัด", "ปี", STATUS_HEADER, REMARKS_HEADER]
    assert shown["ปัญหา"][3][3] == STATUSES["rejected"][0]
    assert shown["ปัญหา"][4][4] == f"'{NOTES[4].message}"
    assert shown["หมายเหตุ"] == [["ไม่ใช่ตาราง"]]


def test_cells_are_named_as_spreadsheets_name_them() -> None:
    from openpyxl.utils import get_column_letter

    assert cell_name(2, 7) == "C7"
    assert [column_letters(index) for index in range(800)] == [get_column_letter(index + 1) for index in range(800)]
