"""Where the table of a sheet begins and what of it counts: grids become tables. Pure.

Hosts put titles, logos and empty rows above the column titles, repeat them, and keep sheets of explanations.
Tested by tests/test_workbook_reading.py.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, zip_longest
from typing import TypeVar

from catalogue.vocabulary import name_key
from catalogue.workbooks import limits
from catalogue.workbooks.grid import Grid
from catalogue.workbooks.kinds import kind_of
from catalogue.workbooks.refusals import refused
from catalogue.workbooks.table import (
    EXAMPLE,
    INSTRUCTIONS,
    LISTS,
    OWN_HEADERS,
    Line,
    Scalar,
    Table,
    cell_name,
)

T = TypeVar("T")
Titles = Mapping[str, Mapping[str, str]]
"""Folded titles of columns and the keys that they mean, by kind of entry: ``headers.all_titles``."""

LOOKED_AT = 50  # filled rows among which the column titles stand
# A title or a form's head ("หน่วยงาน: …") fills a cell or two; column titles fill about as many as the rows below them.
LEAST_SHARE = 0.6
LEAST_KNOWN = 2  # columns of one kind of entry: one word may stand anywhere
EXPLANATIONS = re.compile(r"คำแนะนำ|คำอธิบาย|วิธีกรอก|วิธีใช้|instruction|read\s?me|how to", re.IGNORECASE)


def tables(file: str, grids: Iterable[Grid], ours: Titles) -> tuple[Table, ...]:
    """The tables of a file: one for each sheet that has column titles and rows below them."""
    read = [grid for grid in grids if grid.rows and not _explains(grid, ours)]
    found = [table for grid in read if (table := _table(file, grid, ours)) is not None]
    # Beside real tables, a single column is a remark.
    wide = [table for table in found if sum(map(bool, table.header)) > 1]
    return tuple(wide or found)


def explains(sheet: str) -> bool:
    """Does the sheet's name say that it holds explanations or lists instead of rows?"""
    return sheet in (INSTRUCTIONS, LISTS) or bool(EXPLANATIONS.search(sheet) and not kind_of(sheet))


def _explains(grid: Grid, ours: Titles) -> bool:
    """``คำอธิบายปัญหา`` may be either: where a row has the titles of our columns, rows follow."""
    name = grid.sheet or ""
    if not EXPLANATIONS.search(name) or explains(name):
        return explains(name)
    return max((_known(row, ours) for row in islice(grid.rows.values(), LOOKED_AT)), default=0) < LEAST_KNOWN


def header_row(rows: dict[int, list[Scalar]], ours: Titles) -> int:
    """Number of the row of column titles: the first with about as many known ones as any, as forms repeat questions.

    Where hardly any is known: the first that is as wide as the table, all texts, each once.
    """
    looked_at = list(islice(sorted(rows.items()), LOOKED_AT))
    known = {number: _known(row, ours) for number, row in looked_at}
    if (most := max(known.values())) >= LEAST_KNOWN:
        return next(number for number, found in known.items() if found >= max(LEAST_KNOWN, LEAST_SHARE * most))
    widest = max(_filled(row) for _, row in looked_at)
    wide = [(number, row) for number, row in looked_at if _filled(row) >= LEAST_SHARE * widest]
    return next((number for number, row in wide if _has_titles(row)), wide[0][0])


def _known(row: Sequence[Scalar], ours: Titles) -> int:
    """How many columns of one kind the row's cells mean, of the kind of which they mean most."""
    folded = {name_key(value) for value in row if isinstance(value, str)} - {""}
    return max(len({keys[title] for title in folded & keys.keys()}) for keys in ours.values())


def _table(file: str, grid: Grid, ours: Titles) -> Table | None:
    top = header_row(grid.rows, ours)
    titles = [_title(value) for value in grid.rows[top]]
    folded = [name_key(title) for title in titles]
    remarks = {column for column, title in enumerate(titles) if title in OWN_HEADERS}
    below = [
        (number, [None if column in remarks else value for column, value in enumerate(row)])
        for number, row in sorted(grid.rows.items())
        if number > top and not _repeats(row, folded) and EXAMPLE not in row
    ]
    filled = [(number, row) for number, row in below if _filled(row)]
    if not filled:
        return None
    header = ["" if column in remarks else title for column, title in enumerate(titles)]
    used = [max(column for column, value in enumerate(row) if value is not None) for _, row in filled]
    named = [column for column, title in enumerate(header) if title]
    width = max([*used, *named]) + 1
    if width - sum(column < width for column in remarks) > limits.MOST_COLUMNS:
        farthest = next((number for (number, _), last in zip(filled, used, strict=True) if last == width - 1), top)
        raise refused("too-many-columns", cell=cell_name(width - 1, farthest))
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


def _repeats(row: Sequence[Scalar], folded: Sequence[str]) -> bool:
    """Does the row say the column titles again, as the second row of two does under merged cells?"""
    left = (_filled(row) - 1) // 2  # cells that may say something else; most rows are through after a few
    for value, title in zip_longest(row, folded):
        if left < 0:
            break
        left -= value is not None and name_key(str(value)) != title
    return left >= 0


def _has_titles(row: Sequence[Scalar]) -> bool:
    titles = [value for value in row if value is not None]
    return all(isinstance(title, str) for title in titles) and len(set(titles)) == len(titles)


def _title(value: Scalar) -> str:
    return "" if value is None else " ".join(str(value).split())
