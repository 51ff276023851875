"""JSON: an array of objects, or one object a line (JSON Lines). Pure.

Rows are numbered as in the workbook that comes back: names in row 1, the first object in row 2.
"""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from catalogue.workbooks.grid import Budget, Grid
from catalogue.workbooks.refusals import refused
from catalogue.workbooks.table import SEPARATOR, Scalar

LONGEST_INTEGER = 15  # digits; longer ones were meant as text, and spreadsheets cut them


def read_objects(text: str) -> Grid:
    """The objects as rows below their names; raises ``FileRefused``.

    ``{"title": {"th": …}}`` fills the column ``title.th``; a list fills one cell, its values parted by ";".
    """
    try:
        found = list(_objects(text.lstrip("\ufeff")))
    except RecursionError as error:
        raise refused("json-deep") from error
    rows = [dict(_cells(number, item)) for number, item in enumerate(found, 1)]
    names = list(dict.fromkeys(name for row in rows for name in row))
    grid = Grid(None, Budget())
    grid.add(1, names)
    for number, row in enumerate(rows, 2):
        grid.add(number, [row.get(name) for name in names])
    return grid


def _objects(text: str) -> Iterator[Any]:
    try:
        whole = _parsed(text)
    except json.JSONDecodeError as error:
        # One object a line: as a whole, the text has more than one value.
        if error.msg != "Extra data" or text.lstrip().startswith("["):
            raise refused("json-syntax", row=error.lineno) from error
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield _parsed_line(line, number)
    else:
        yield from whole if isinstance(whole, list) else [whole]


def _parsed_line(line: str, number: int) -> Any:
    try:
        return _parsed(line)
    except json.JSONDecodeError as error:
        raise refused("json-syntax", row=number) from error


def _parsed(text: str) -> Any:
    return json.loads(
        text, object_pairs_hook=_without_repeats, parse_int=_integer, parse_float=_number, parse_constant=_constant
    )


def _cells(number: int, item: Any) -> Iterator[tuple[str, Scalar]]:
    if not isinstance(item, dict):
        raise refused("json-shape", row=number)
    for name, value in item.items():
        if isinstance(value, dict):
            for part, inner in value.items():
                yield f"{name}.{part}", _cell(number, inner)
        else:
            yield name, _cell(number, value)


def _cell(number: int, value: Any) -> Scalar:
    if isinstance(value, list):
        if any(isinstance(inner, dict | list) for inner in value):
            raise refused("json-shape", row=number)
        return f"{SEPARATOR} ".join(str(inner) for inner in value if inner is not None)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise refused("json-shape", row=number)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise refused("json-repeated-key")
    return found


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits.lstrip("-")) <= LONGEST_INTEGER else digits


def _number(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise refused("json-number")
    return value


def _constant(name: str) -> NoReturn:
    raise refused("json-number")
