"""Writes remarks into a workbook with openpyxl. Runs in the child process, because it reads the upload whole."""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

from catalogue.workbooks import limits
from catalogue.workbooks.annotate import Note
from catalogue.workbooks.grid import WIDEST
from catalogue.workbooks.safe import natural, neutral
from catalogue.workbooks.table import NOT_CALCULATED, OWN_HEADERS, REMARKS_HEADER, STATUS_HEADER, Table

# What a row's remarks make of it, the gravest first: its name and its colour (a pale background).
STATUSES: dict[str, tuple[str, str]] = {
    "rejected": ("ต้องแก้ไข / Rejected", "FFC7CE"),
    "duplicate": ("อาจซ้ำกับรายการที่มีอยู่ / Probably a duplicate", "FFE699"),
    "update": ("จะปรับปรุง / Update", "DDEBF7"),
    "create": ("จะเพิ่มใหม่ / Create", "E2EFDA"),
    "unchanged": ("เหมือนเดิม / Unchanged", "EDEDED"),
}
REMARK = "FFEB9C"  # a cell that needs a look but rejects nothing
SHEET = "ข้อมูล Data"  # where the upload had no sheets
MERGED = re.compile(rb'mergeCell[^>]+ref="([A-Z]+\d+:[A-Z]+\d+)"')
STATUS_WIDTH, REMARKS_WIDTH = 24, 70  # characters


def marked(book_data: bytes | None, tables: Sequence[Table], notes: Sequence[Note]) -> bytes:
    """The workbook, or one that is made of the tables, with the notes in it."""
    tables = [table for table in tables if table.lines]
    book = _own_book(book_data) if book_data is not None else None
    if book is None:
        book = _book_of(tables)
    for table in tables:
        sheet = book[table.sheet or SHEET]
        _write_not_calculated(sheet, table)
        rows = {line.number for line in table.lines}
        _mark(sheet, table, [note for note in notes if note.sheet == table.sheet and note.row in rows])
    _disarm(book)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _own_book(data: bytes) -> Any:
    """The uploaded workbook with results instead of formulas; None where it would become too large in memory."""
    from openpyxl import load_workbook

    if _merged_cells(data) > limits.MOST_MERGED_CELLS:
        return None
    return load_workbook(io.BytesIO(data), data_only=True, keep_links=False)


def _merged_cells(data: bytes) -> int:
    """How many cells of the workbook are merged, without parsing it for that."""
    from openpyxl.utils import range_boundaries

    count = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/"):
                for area in MERGED.findall(archive.read(name)):
                    left, top, right, bottom = range_boundaries(area.decode())
                    count += (right - left + 1) * (bottom - top + 1)
    return count


def _book_of(tables: Sequence[Table]) -> Any:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for table in tables:
        name = table.sheet or SHEET
        sheet = book[name] if name in book.sheetnames else book.create_sheet(name)
        for column, title in enumerate(table.header, 1):
            sheet.cell(table.header_row, column, title or None)
        for line in table.lines:
            for column, value in enumerate(line.values, 1):
                if value is not None:
                    sheet.cell(line.number, column, value)
        sheet.freeze_panes = sheet.cell(table.header_row + 1, 1)
    return book


def _mark(sheet: Any, table: Table, notes: Iterable[Note]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    def colour(cell: Any, background: str) -> None:
        cell.fill = PatternFill("solid", start_color=background, end_color=background)

    status_column, remarks_column = _own_columns(sheet, table)
    for column, title, width in (
        (status_column, STATUS_HEADER, STATUS_WIDTH),
        (remarks_column, REMARKS_HEADER, REMARKS_WIDTH),
    ):
        head = _free_cell(sheet, table.header_row, column)
        head.value, head.font = title, Font(bold=True)
        sheet.column_dimensions[head.column_letter].width = width
        for line in table.lines:  # what an earlier check wrote
            _free_cell(sheet, line.number, column).value = None
    order = list(STATUSES)
    by_row: dict[int, list[Note]] = {}
    for note in notes:
        by_row.setdefault(note.row, []).append(note)
    for row, found in by_row.items():
        worst = min((note.status for note in found), key=lambda s: order.index(s) if s in order else len(order))
        label, background = STATUSES.get(worst, (worst, REMARK))
        status = _free_cell(sheet, row, status_column)
        status.value = label
        status.alignment = Alignment(wrap_text=True, vertical="top")
        colour(status, background)
        remarks = _free_cell(sheet, row, remarks_column)
        remarks.value = "\n".join(dict.fromkeys(note.message for note in found if note.message)) or None
        remarks.alignment = Alignment(wrap_text=True, vertical="top")
        for note in found:
            if note.column is not None:
                grave = note.status == "rejected"
                colour(_shown_cell(sheet, row, note.column + 1), STATUSES["rejected"][1] if grave else REMARK)


def _write_not_calculated(sheet: Any, table: Table) -> None:
    """Formulas without a result, which openpyxl reads as empty cells: uploaded again they would mean something else."""
    for line in table.lines:
        for column, value in enumerate(line.values, 1):
            if value == NOT_CALCULATED:
                _shown_cell(sheet, line.number, column).value = value


def _own_columns(sheet: Any, table: Table) -> tuple[int, int]:
    """Numbers of the two columns: those of an earlier check, or the first free ones."""
    titles = {sheet.cell(table.header_row, column).value: column for column in range(1, WIDEST + 1)}
    free = len(table.header) + 1
    used = [titles[title] for title in OWN_HEADERS if title in titles]
    if len(used) == 2:
        return used[0], used[1]
    return free, free + 1


def _free_cell(sheet: Any, row: int, column: int) -> Any:
    """A cell of our own columns; where it is covered by a merged one, that one ends before it."""
    if merged := _merged_range(sheet, row, column):
        left, top, _, bottom = merged.bounds
        sheet.unmerge_cells(merged.coord)
        if left < column and (top < bottom or left < column - 1):
            sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=column - 1)
    return sheet.cell(row, column)


def _shown_cell(sheet: Any, row: int, column: int) -> Any:
    """The cell in which this one's value shows; what a host merged stays so, and keeps its value for all its rows."""
    merged = _merged_range(sheet, row, column)
    return sheet.cell(merged.min_row, merged.min_col) if merged else sheet.cell(row, column)


def _merged_range(sheet: Any, row: int, column: int) -> Any:
    """The range that covers the cell, unless the cell is its first; None for others."""
    from openpyxl.cell.cell import MergedCell

    cell = sheet.cell(row, column)
    if not isinstance(cell, MergedCell):
        return None
    return next((found for found in sheet.merged_cells.ranges if cell.coordinate in found), None)


def _disarm(book: Any) -> None:
    """Leave nothing in the workbook that acts when it is opened: texts like formulas, links to other than web pages."""
    from openpyxl.cell.cell import Cell

    for sheet in book.worksheets:
        for cell in list(sheet._cells.values()):  # the filled ones; its public readers walk over every empty one
            if not isinstance(cell, Cell):
                continue
            if isinstance(cell.value, str):
                cell.value = neutral(natural(cell.value))  # natural first: it may have come back before
                cell.data_type = "s"
            if cell.hyperlink and not str(cell.hyperlink.target).startswith(("http://", "https://")):
                cell.hyperlink = None
    for name, defined in list(book.defined_names.items()):
        if "[" in str(defined.value):  # it names another workbook, whose link was dropped
            del book.defined_names[name]
