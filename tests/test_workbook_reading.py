"""What hosts upload is read as they see it: letters, delimiters, dates, merged cells, formulas."""

import codecs
import datetime
import io
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook

from catalogue.errors import FileRefused
from catalogue.headers import all_titles
from catalogue.settings import ROOT, Settings
from catalogue.workbooks import limits
from catalogue.workbooks.child import read
from catalogue.workbooks.reader import read_tables
from catalogue.workbooks.table import NOT_CALCULATED, Table

HEADER = ["ชื่อเรื่อง", "จังหวัด", "ปี"]
ROWS = [["น้ำประปาขุ่น\nหลังฝนตก", "ตาก, ขอนแก่น", "๒๕๖๖"], ['ท่อ "เก่า"', "โคราช; แปดริ้ว", "2566"], ["ฝุ่น", "กทม", "2567"]]


def delimited(delimiter: str) -> str:
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in [HEADER, *ROWS]]
    return "\r\n".join(delimiter.join(row) for row in quoted) + "\r\n"


def xlsx(book: Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def book_of(*rows: list[Any], title: str = "Sheet1") -> Workbook:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    return book


def only(data: bytes, name: str = "x.xlsx") -> Table:
    (table,) = read(data, name, all_titles())
    return table


def values(table: Table) -> list[list[Any]]:
    return [list(line.values) for line in table.lines]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (b"", "cp874"),
        (b"", "tis-620"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_csv_of_every_encoding_and_delimiter(mark: bytes, encoding: str, delimiter: str) -> None:
    table = only(mark + delimited(delimiter).encode(encoding), "x.csv")
    assert list(table.header) == HEADER
    assert values(table) == ROWS
    assert [line.number for line in table.lines] == [2, 3, 4]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark(encoding: str) -> None:
    assert values(only("title,year\nwater,2566\n".encode(encoding), "x.csv")) == [["water", "2566"]]
    assert values(only(delimited(";").encode(encoding), "x.csv")) == ROWS


def test_smart_quotes_of_the_windows_code_page() -> None:
    table = only("ชื่อ,ปี\n“น้ำ” ขุ่น…,2566\n".encode("cp874"), "x.csv")
    assert values(table) == [["“น้ำ” ขุ่น…", "2566"]]


def test_rows_of_csv_are_numbered_as_a_spreadsheet_shows_them() -> None:
    table = only('โครงการ\n\nชื่อ,ปี\n"ก\nข",1\n\nค,2\n'.encode(), "x.csv")
    assert table.header_row == 3
    assert [line.number for line in table.lines] == [4, 6]


def test_the_separator_line_of_excel_is_no_row() -> None:
    table = only("sep=;\r\nชื่อ;ปี\r\nก, ข;1\r\n".encode(), "x.csv")
    assert (table.header_row, values(table)) == (1, [["ก, ข", "1"]])


def test_a_lone_quotation_mark_inside_a_cell_is_a_letter() -> None:
    assert values(only('ชื่อ\tปี\nท่อ 5" แตก\t2566\n'.encode(), "")) == [['ท่อ 5" แตก', "2566"]]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('รหัส,ชื่อ,ปัญหา\nA1,"น้ำท่วม,ท่วมทุกปี\nA2,"ฝุ่น",หนา\nA3,ขยะ,ล้น\n', 2),
        # A harmless lone mark before it must not hide it.
        ('รหัส\tชื่อ\tปัญหา\nA0\t"ท่อ 5" แตก\tรั่ว\nA1\t"น้ำท่วม\tท่วม\nA2\t"ฝุ่น"\tหนา\n', 3),
        ('รหัส,ชื่อ,ปัญหา\nA0,"ท่อ 5" แตก,รั่ว\nA1,"น้ำท่วม,ท่วมทุกปี', 3),
    ],
)
def test_a_stray_quotation_mark_joins_no_rows_and_no_cells(text: str, row: int) -> None:
    with pytest.raises(FileRefused) as caught:
        read(text.encode(), "x.csv", all_titles())
    assert caught.value.members["code"] == "unclosed-quote"
    assert f"row {row}" in caught.value.en
    assert f"แถวที่ {row}" in caught.value.th


def test_a_pasted_table() -> None:
    table = only("ชื่อเรื่อง\tปี\nน้ำขุ่น\t2566".encode(), "")
    assert (table.sheet, table.header, values(table)) == (None, ("ชื่อเรื่อง", "ปี"), [["น้ำขุ่น", "2566"]])


@pytest.mark.parametrize("lines", [True, False])
def test_json_and_json_lines(lines: bool) -> None:
    items = [
        {"title": {"th": "น้ำ"}, "provinces": ["ตาก", "กทม"], "year": 2566, "nationwide": False},
        {"title": {"en": "Dust"}, "phone": 81234567890123456},
    ]
    text = "\n".join(json.dumps(item) for item in items) if lines else json.dumps(items, indent=1)
    table = only(text.encode(), "x.json")
    assert table.header == ("title.th", "provinces", "year", "nationwide", "title.en", "phone")
    assert values(table) == [
        ["น้ำ", "ตาก; กทม", 2566, False, None, None],
        [None, None, None, None, "Dust", "81234567890123456"],
    ]
    assert (table.header_row, [line.number for line in table.lines]) == (1, [2, 3])


def test_values_are_what_people_see() -> None:
    book = book_of(["ชื่อ", "ค่า"])
    sheet = book.active
    assert sheet is not None
    cases = {
        datetime.datetime(2023, 2, 28): datetime.date(2023, 2, 28),
        datetime.datetime(2023, 2, 28, 9, 30): datetime.datetime(2023, 2, 28, 9, 30),
        1669.0: 1669,
        0.5: 0.5,
        True: True,
        "1669": "1669",
        "  ช่องว่าง  ": "ช่องว่าง",
        "'=1+1": "=1+1",
        "ก_x000D_\nข": "ก\nข",
        "#N/A": "#N/A",
    }
    for value in cases:
        sheet.append(["x", value])
    sheet.append(["x", 812345678])
    sheet.cell(sheet.max_row, 2).number_format = "0000000000"
    formats = {'"HK68-"000': "HK68-007", r"\P\-0": "P-7", '"{"00"}"': "{07}", '0" คน"': 7, "# ?/?": 7}
    for shown in formats:
        sheet.append(["x", 7])
        sheet.cell(sheet.max_row, 2).number_format = shown
    sheet.append(["x", 0.35])
    sheet.cell(sheet.max_row, 2).number_format = "0.00%"
    sheet.append(["x", "=1+1"])
    read_values = [row[1] for row in values(only(xlsx(book)))]
    assert read_values == [*cases.values(), "0812345678", *formats.values(), "35%", NOT_CALCULATED]


def test_a_title_above_the_table_and_empty_rows_and_columns() -> None:
    book = book_of(
        ["สรุปผลแฮกกาธอน พ.ศ. 2566"],
        [],
        [None, "หน่วยงาน", "สพร."],
        [None, "ชื่อเรื่อง", "ปัญหา", "จังหวัด", "ปี", None, None],
        [None, "น้ำ", "ขุ่น", "ตาก", 2566, None, None],
        [],
        [None, "ฝุ่น", "หนา", None, None, "ไม่มีหัวตาราง"],
        [None, " ", ""],
    )
    table = only(xlsx(book))
    assert table.header_row == 4
    assert table.header == ("", "ชื่อเรื่อง", "ปัญหา", "จังหวัด", "ปี", "(คอลัมน์ F / column F)")
    assert [line.number for line in table.lines] == [5, 7]
    assert table.lines[1].values == (None, "ฝุ่น", "หนา", None, None, "ไม่มีหัวตาราง")


def test_cells_merged_downwards_count_for_each_of_their_rows() -> None:
    book = book_of(["งาน", "ชื่อ", "ปี"], ["แฮก", "ก", 1], [None, "ข", 2], [None, "ค", 3])
    sheet = book.active
    assert sheet is not None
    sheet.merge_cells("A2:A4")
    assert values(only(xlsx(book))) == [["แฮก", "ก", 1], ["แฮก", "ข", 2], ["แฮก", "ค", 3]]


def test_several_sheets_without_hidden_empty_and_explaining_ones() -> None:
    book = book_of(["ชื่อ", "ปี"], ["ก", 1], title="ปัญหา")
    for title in ("ข้อเสนอ", "ซ่อน", "คำแนะนำการกรอก", "ว่าง"):
        sheet = book.create_sheet(title)
        if title != "ว่าง":
            sheet.append(["ชื่อ", "ปี"])
            sheet.append([title, 2])
    book["ซ่อน"].sheet_state = "hidden"
    book["ข้อเสนอ"].row_dimensions[2].hidden = True
    assert [(table.sheet, values(table)) for table in read(xlsx(book), "x.xlsx", all_titles())] == [
        ("ปัญหา", [["ก", 1]]),
        ("ข้อเสนอ", [["ข้อเสนอ", 2]]),
        ("ซ่อน", []),
        ("คำแนะนำการกรอก", []),
    ]


@pytest.mark.parametrize("data", [b"a,b\n", b"\n\n", xlsx(book_of(["ชื่อ", "ปี"])), b"[]"])
def test_a_file_without_rows_is_refused(data: bytes) -> None:
    with pytest.raises(FileRefused) as caught:
        read(data, "x", all_titles())
    assert caught.value.members["code"] in {"no-rows", "empty"}


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8"), max_size=9), min_size=2, max_size=5), min_size=1, max_size=9
    )
)
@example([["", "\t0"], ["", "\t"]])
def test_no_cell_of_csv_is_lost_or_moved(rows: list[list[str]]) -> None:
    import csv

    titles = [f"h{column}" for column in range(5)]
    target = io.StringIO()
    csv.writer(target, quoting=csv.QUOTE_ALL).writerows([titles, *rows])
    clean = [[_seen(cell) for cell in row] + [None] * (5 - len(row)) for row in rows]
    if any(
        ("\0" <= ch < " " and ch not in "\t\n\r\x0b\x0c") or ch == "\x7f" for row in rows for cell in row for ch in cell
    ):
        return  # refused, as tests/attack_files.py says
    try:
        found = {line.number: list(line.values) for line in only(target.getvalue().encode(), "x.csv").lines}
    except FileRefused:
        found = {}
    assert found == {number: row for number, row in enumerate(clean, 2) if any(row)}


def _seen(cell: str) -> str | None:
    from catalogue.workbooks.grid import _plain

    seen = _plain(cell)
    assert seen is None or isinstance(seen, str)
    return seen


def test_hosts_are_told_the_limits() -> None:
    page = (ROOT / "docs" / "howto" / "upload-a-workbook.md").read_text(encoding="utf-8")
    for limit in (limits.MOST_ROWS, limits.MOST_COLUMNS, limits.MOST_SHEETS, limits.MOST_CELL_CHARACTERS):
        assert f"{limit:,}" in page
    assert f"{Settings().upload_mb} MB" in page


def test_five_thousand_rows_come_back_from_the_child() -> None:
    rows = [[f"น้ำท่วม {i}", "น้ำท่วมทุกปี " * 20, "เชียงใหม่", datetime.date(2023, 1, 5), 2566] for i in range(5000)]
    data = xlsx(book_of(["ชื่อ", "ปัญหา", "จังหวัด", "วันที่", "ปี"], *rows))
    (table,) = read_tables(data, "../ผลงาน.xlsx")
    assert table.file == "ผลงาน.xlsx"
    assert len(table.lines) == 5000
    assert table.lines[-1].number == 5001
    assert table.lines[0].values[3:] == (datetime.date(2023, 1, 5), 2566)
