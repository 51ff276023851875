"""Where the table of a sheet begins and what of it counts: grids become tables. Pure.

Hosts put titles, logos and empty rows above the column titles, repeat them, and keep sheets of explanations.
Tested by tests/test_workbook_reading.py.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TypeVar

from catalogue.headers import kind_of, known_titles
from catalogue.vocabulary import name_key
from catalogue.workbooks.grid import Grid
from catalogue.workbooks.table import (
    EXAMPLE,
    INSTRUCTIONS,
    LISTS,
    REMARKS_HEADER,
    STATUS_HEADER,
    Line,
    Scalar,
    Table,
)

T = TypeVar("T")
LOOKED_AT = 50  # filled rows among which the column titles stand
# A title or a form's head ("หน่วยงาน: …") fills a cell or two; column titles fill about as many as the rows below them.
LEAST_SHARE = 0.6
LEAST_KNOWN = 2  # columns of one kind of entry: one word may stand anywhere
EXPLANATIONS = re.compile(r"คำแนะนำ|คำอธิบาย|วิธีกรอก|วิธีใช้|instruction|read\s?me|how to", re.IGNORECASE)


def tables(file: str, grids: Iterable[Grid]) -> tuple[Table, ...]:
    """The tables of a file: one for each sheet that has column titles and rows below them."""
    found = [table for grid in grids if not _explains(grid) and grid.rows and (table := _table(file, grid)) is not None]
    # Beside real tables, a single column is a remark.
    wide = [table for table in found if sum(map(bool, table.header)) > 1]
    return tuple(wide or found)


def explains(sheet: str) -> bool:
    """Does the sheet's name say that it holds explanations or lists instead of rows?"""
    return sheet in (INSTRUCTIONS, LISTS) or bool(EXPLANATIONS.search(sheet) and not kind_of(sheet))


def _explains(grid: Grid) -> bool:
    """``คำอธิบายปัญหา`` may be either: where a row has the titles of our columns, rows follow."""
    name = grid.sheet or ""
    if not EXPLANATIONS.search(name) or explains(name):
        return explains(name)
    return max(map(_known, islice(grid.rows.values(), LOOKED_AT)), default=0) < LEAST_KNOWN


def header_row(rows: dict[int, list[Scalar]]) -> int:
    """Number of the row of column titles: the first with about as many known ones as any, as forms repeat questions.

    Where hardly any is known: the first that is as wide as the table, all texts, each once.
    """
    looked_at = list(islice(sorted(rows.items()), LOOKED_AT))
    known = {number: _known(row) for number, row in looked_at}
    if (most := max(known.values())) >= LEAST_KNOWN:
        return next(number for number, found in known.items() if found >= max(LEAST_KNOWN, LEAST_SHARE * most))
    widest = max(_filled(row) for _, row in looked_at)
    wide = [(number, row) for number, row in looked_at if _filled(row) >= LEAST_SHARE * widest]
    return next((number for number, row in wide if _has_titles(row)), wide[0][0])


def _known(row: list[Scalar]) -> int:
    return known_titles(value for value in row if isinstance(value, str))


def _table(file: str, grid: Grid) -> Table | None:
    top = header_row(grid.rows)
    titles = [_title(value) for value in grid.rows[top]]
    ours = {column for column, title in enumerate(titles) if title in (STATUS_HEADER, REMARKS_HEADER)}
    below = [
        (number, [None if column in ours else value for column, value in enumerate(row)])
        for number, row in sorted(grid.rows.items())
        if number > top and not _repeats(row, titles) and EXAMPLE not in row
    ]
    filled = [(number, row) for number, row in below if _filled(row)]
    if not filled:
        return None
    header = ["" if column in ours else title for column, title in enumerate(titles)]
    used = [max(column for column, value in enumerate(row) if value is not None) for _, row in filled]
    named = [column for column, title in enumerate(header) if title]
    width = max([*used, *named]) + 1
    return Table(
        file=file,
        sheet=grid.sheet,
        header=tuple(_padded(header, width, "")),
        header_row=top,
        lines=tuple(Line(number, tuple(_padded(row, width, None))) for number, row in filled),
    )


def _padded(row: Sequence[T], width: int, filler: T) -> list[T]:
    return [*row[:width], *[filler] * (width - len(row))]


def _filled(row: Sequence[Scalar]) -> int:
    return sum(value is not None for value in row)


def _repeats(row: Sequence[Scalar], titles: Sequence[str]) -> bool:
    """Does the row say the column titles again, as the second row of two does under merged cells?"""
    said = [
        name_key(str(value)) == name_key(title) for value, title in zip(row, titles, strict=False) if value is not None
    ]
    return sum(said) * 2 > _filled(row)


def _has_titles(row: Sequence[Scalar]) -> bool:
    titles = [value for value in row if value is not None]
    return all(isinstance(title, str) for title in titles) and len(set(titles)) == len(titles)


def _title(value: Scalar) -> str:
    return "" if value is None else " ".join(str(value).split())
