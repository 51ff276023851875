"""What a spreadsheet is to the rest of the program: tables of plain values with their places. Pure.

Tested by tests/test_workbook_reading.py.
"""

import datetime
from dataclasses import dataclass
from typing import Any

NOT_CALCULATED = "#NOT-CALCULATED"  # ours: a formula nobody has calculated
# "#N/A" and the like come as text: the value of a cell is its error.
ERROR_VALUES = frozenset(
    ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", NOT_CALCULATED)
)
Scalar = str | int | float | bool | datetime.date | datetime.datetime | None

SEPARATOR = ";"  # between several values in one cell
# The mark of the template's example (examples.py).
EXAMPLE = "ตัวอย่าง ลบได้ / EXAMPLE, may be deleted"
# Headers of the columns that a workbook gets back with; readers leave them out, so it can be uploaded again.
STATUS_HEADER = "ผลการตรวจ / Status"
REMARKS_HEADER = "สิ่งที่ต้องแก้ / Remarks"
OWN_HEADERS = (STATUS_HEADER, REMARKS_HEADER)


@dataclass(frozen=True, slots=True)
class Line:
    """One row below the header, with one value for each of the header's columns."""

    number: int  # as the spreadsheet program shows it: 1 is the first row of the sheet
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet, without lines if it was left out. ``header[0]`` is column A; a column to leave out has the header "".

    What has no rows of its own (JSON) is numbered as in the workbook that it comes back as: titles in row 1.
    """

    file: str  # the upload's name, cleaned for display
    sheet: str | None  # None where the format has no sheets
    header: tuple[str, ...]
    header_row: int
    lines: tuple[Line, ...]


def column_letters(index: int) -> str:
    """``A`` for 0, ``Z`` for 25, ``AA`` for 26."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """0 for ``A``: what :func:`column_letters` made letters of."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def cell_name(column: int, row: int) -> str:
    """``C7`` for the column at index 2 in row 7."""
    return f"{column_letters(column)}{row}"


def heading(column: dict[str, Any]) -> str:
    """Title of a column of ``fields.columns`` as the template writes it: "ชื่อเรื่อง (ไทย) / Title (Thai) *"."""
    header: dict[str, str] = column["header"]
    required = column["required"] or column["required_in_a_language"]
    return f"{header['th']} / {header['en']}" + (" *" if required else "")


# Sheet of the template by kind of entry; readers know a sheet's kind by its name.
SHEETS: dict[str, str] = {
    "hackathon": "แฮกกาธอน Hackathon",
    "pain_point": "ปัญหา Pain points",
    "proposal": "ข้อเสนอ Proposals",
    "link": "ความเชื่อมโยง Links",
}
INSTRUCTIONS = "คำแนะนำ Instructions"
LISTS = "รายการ Lists"


def packed(table: Table) -> dict[str, Any]:
    """The table as JSON values; :func:`unpacked` makes it again."""
    return {
        "file": table.file,
        "sheet": table.sheet,
        "header": table.header,
        "header_row": table.header_row,
        "lines": [[line.number, [_packed(value) for value in line.values]] for line in table.lines],
    }


def unpacked(table: dict[str, Any]) -> Table:
    """The table that :func:`packed` made JSON values of."""
    lines = tuple(Line(number, tuple(map(_unpacked, values))) for number, values in table["lines"])
    return Table(table["file"], table["sheet"], tuple(table["header"]), table["header_row"], lines)


def _packed(value: Scalar) -> Any:
    # JSON has no dates, and cells are never lists.
    return [value.isoformat()] if isinstance(value, datetime.date) else value


def _unpacked(value: Any) -> Scalar:
    if not isinstance(value, list):
        return value  # type: ignore[no-any-return]  # what `_packed` let through
    moment = datetime.datetime.fromisoformat(value[0])
    return moment if "T" in value[0] else moment.date()
