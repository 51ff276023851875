"""The filled rows of one sheet as they stand in the file, within the limits. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from catalogue.workbooks import limits
from catalogue.workbooks.refusals import refused
from catalogue.workbooks.safe import natural
from catalogue.workbooks.table import OWN_HEADERS, Scalar, cell_name

WIDEST = limits.MOST_COLUMNS + len(OWN_HEADERS)  # which of a row's columns are our own is known later (layout.py)
# How Excel writes control characters into XML: _x000D_ is a carriage return.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# Nothing that a person typed, and nothing that XML allows: controls but tab and line feed, and halves of pairs.
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass
class Budget:
    """What all sheets of one file may hold together."""

    rows: int = 0
    cells: int = 0
    characters: int = 0

    def spend(self, number: int, values: Sequence[Scalar]) -> None:
        """Count one row; raises ``FileRefused`` where it goes beyond the limits."""
        if len(values) > WIDEST:
            raise refused("too-many-columns", cell=cell_name(len(values) - 1, number))
        self.rows += 1
        if self.rows > limits.MOST_ROWS:
            raise refused("too-many-rows")
        for column, value in enumerate(values):
            if value is not None:
                self.spend_cell(column, number, value)

    def spend_cell(self, column: int, number: int, value: Scalar) -> None:
        """Count one filled cell; raises ``FileRefused`` where it goes beyond the limits."""
        self.cells += 1
        if isinstance(value, str):
            self.characters += len(value)
            if len(value) > limits.MOST_CELL_CHARACTERS:
                raise refused("cell-too-long", cell=cell_name(column, number))
        if self.cells > limits.MOST_CELLS or self.characters > limits.MOST_CHARACTERS:
            raise refused("too-much-text")


@dataclass
class Grid:
    """One sheet: its filled rows by their number, values from column A on, without empty cells at the end."""

    sheet: str | None
    budget: Budget
    rows: dict[int, list[Scalar]] = field(default_factory=dict)
    last: int = 0  # number of the last filled row
    skipped: bool = False  # nothing of it is read

    def add(self, number: int, values: Sequence[Scalar]) -> None:
        """Keep one row unless it is empty; raises ``FileRefused`` where it goes beyond the limits."""
        kept = [_plain(value) for value in values]
        while kept and kept[-1] is None:
            kept.pop()
        if kept:
            self.budget.spend(number, kept)
            self.rows[number] = kept
            self.last = max(self.last, number)

    def fill_down(self, column: int, first: int, last: int) -> None:
        """Give the rows of a cell that was merged downwards its value; empty rows stay out. Numbers are included."""
        above = self.rows.get(first, [])
        value = above[column] if column < len(above) else None
        if value is None:
            return
        for number in range(first + 1, min(last, self.last) + 1):
            self.budget.spend_cell(column, number, value)  # also where nothing changes: thousands of ranges may overlap
            row = self.rows.get(number)
            if row is None:
                continue
            row.extend([None] * (column + 1 - len(row)))
            if row[column] is None:
                row[column] = value


def _plain(value: Scalar) -> Scalar:
    """The value without what only the file format put there; what is left empty is None."""
    if isinstance(value, str):
        return _text(value)
    # 1669.0 is how some programs keep the number 1669; it may have been meant as text.
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _text(value: str) -> str | None:
    if "_x" in value:
        value = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    value = _NOT_TEXT.sub("", natural(value).replace("\r\n", "\n").replace("\r", "\n"))
    return value.strip() or None
