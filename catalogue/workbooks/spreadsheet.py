"""Reads XLSX with openpyxl: values as people see them, never formulas. Runs in the child process only."""

import datetime
import io
import re
from collections.abc import Iterator
from typing import Any

from catalogue.workbooks import limits
from catalogue.workbooks.grid import WIDEST, Budget, Grid
from catalogue.workbooks.layout import explains
from catalogue.workbooks.refusals import refused
from catalogue.workbooks.table import INSTRUCTIONS, LISTS, NOT_CALCULATED, Scalar, cell_name

# Number formats such as 0000000000, which shows 0812345678 for 812345678, and "HK68-"000, which shows HK68-001 for 1.
SHOWN = re.compile(r'((?:"[^"]*"|\\.|[-/ ])*)(0+)((?:"[^"]*"|\\.|[-/ ])*)')
MIDNIGHT = datetime.time()


def read_sheets(data: bytes) -> list[Grid]:
    """The sheets of a workbook that ``check_archive`` let pass, each as its filled rows.

    Hidden sheets and those that only explain are skipped, ours are left out; hidden rows are read, because a filter
    hides rows that still belong to the table. Raises ``FileRefused``, and whatever openpyxl raises on damaged files.
    """
    from openpyxl import load_workbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    sheets = [sheet for sheet in book.worksheets if isinstance(sheet, ReadOnlyWorksheet)]
    if len(sheets) > limits.MOST_SHEETS:
        raise refused("too-many-sheets")
    budget = Budget()
    return [
        _grid(book, sheet, budget)
        if sheet.sheet_state == "visible" and not explains(sheet.title)
        else Grid(sheet.title, budget, skipped=True)
        for sheet in sheets
        if sheet.title not in (INSTRUCTIONS, LISTS)
    ]


def _grid(book: Any, sheet: Any, budget: Budget) -> Grid:
    # openpyxl's own parser under its public reader: that one pads every row to the sheet's width and height, a million
    # rows for one far cell, and does not tell which cells are merged.
    from openpyxl.worksheet._reader import WorkSheetParser

    grid = Grid(sheet.title, budget)
    formats = _number_formats(book)
    with sheet._get_source() as source:
        parser = WorkSheetParser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        _adapt(parser)
        for number, cells in parser.parse():
            grid.add(number, list(_values(number, cells, formats)))
        for merged in parser.merged_cells.mergeCell if parser.merged_cells else ():
            if merged.max_row > merged.min_row:
                grid.fill_down(merged.min_col - 1, merged.min_row, merged.max_row)
    return grid


def _adapt(parser: Any) -> None:
    """Make the parser tell a formula without a result from an empty cell, and read plain texts quickly.

    Programs other than Excel write formulas without results, and texts inside their cells: openpyxl makes five objects
    of each of those, which is half of its time.
    """
    from openpyxl.worksheet._reader import FORMULA_TAG, INLINE_STRING, VALUE_TAG

    plain_text = f"{INLINE_STRING}/{VALUE_TAG[:-1]}t"
    parse_cell = parser.parse_cell

    def parse(element: Any) -> Any:
        if element.get("t") == "inlineStr":
            text = element.find(plain_text)
            if text is not None:
                text.tag = VALUE_TAG
                element.append(text)
                element.set("t", "str")
            return parse_cell(element)
        cell = parse_cell(element)
        if cell["value"] is None and cell["data_type"] != "str" and element.find(FORMULA_TAG) is not None:
            cell["value"] = NOT_CALCULATED
        return cell

    parser.parse_cell = parse


def _number_formats(book: Any) -> dict[int, str]:
    """How numbers are shown, by style, where people read another text: "{:010d}", "HK68-{:03d}", "%"."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

    found = {}
    for style, array in enumerate(book._cell_styles):
        id = array.numFmtId
        own = id - BUILTIN_FORMATS_MAX_SIZE
        shown = book._number_formats[own] if own in range(len(book._number_formats)) else BUILTIN_FORMATS.get(id, "")
        if shown.endswith("%"):
            found[style] = "%"
        elif parts := SHOWN.fullmatch(shown):
            before, after = (re.sub(r'"([^"]*)"|\\(.)', r"\1\2", words) for words in (parts[1], parts[3]))
            if len(parts[2]) > 1 or any(map(str.isalnum, before)):  # 0" คน" shows a number and its unit
                found[style] = f"{_written(before)}{{:0{len(parts[2])}d}}{_written(after)}"
    return found


def _written(words: str) -> str:
    """The words within a pattern of ``str.format``."""
    return words.replace("{", "{{").replace("}", "}}")


def _values(number: int, cells: list[dict[str, Any]], formats: dict[int, str]) -> Iterator[Scalar]:
    """The row's values from column A on; a cell beyond the limits is refused before the row is made that wide."""
    column = 0
    for cell in cells:
        if cell["value"] is None:
            continue
        if cell["column"] > WIDEST:
            raise refused("too-many-columns", cell=cell_name(cell["column"] - 1, number))
        while column < cell["column"] - 1:
            column += 1
            yield None
        column += 1
        yield _plain(cell["value"], formats.get(cell["style_id"], ""))


def _plain(value: Any, shown: str) -> Scalar:
    if isinstance(value, datetime.datetime):
        return value.date() if value.time() == MIDNIGHT else value
    if isinstance(value, bool | str | datetime.date):
        return value
    if isinstance(value, int | float):
        if shown == "%":
            return f"{value * 100:.10g}%"
        return shown.format(int(value)) if shown and value == int(value) else value
    return str(value)  # times and durations
