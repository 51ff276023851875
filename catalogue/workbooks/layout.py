"""Where the table of a sheet begins and what of it counts: grids become tables. Pure.

Hosts put titles, logos and empty rows above the column titles, repeat them, and keep sheets of explanations.
Tested by tests/test_workbook_reading.py.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise, zip_longest

from catalogue.vocabulary import name_key
from catalogue.workbooks import limits
from catalogue.workbooks.examples import is_example
from catalogue.workbooks.grid import Grid
from catalogue.workbooks.kinds import kind_of
from catalogue.workbooks.refusals import refused
from catalogue.workbooks.table import (
    INSTRUCTIONS,
    LISTS,
    OWN_HEADERS,
    Line,
    Scalar,
    Table,
    cell_name,
    column_letters,
)

Titles = Mapping[str, Mapping[str, str]]
"""Folded titles of columns and the keys that they mean, by kind of entry: ``headers.all_titles``."""

LOOKED_AT = 50  # filled rows among which the column titles stand
# A title or a form's head ("หน่วยงาน: …") fills a cell or two; column titles fill about as many as the rows below them.
LEAST_SHARE = 0.6
LONGEST_TITLE = 100  # characters of a title that is known
LEAST_KNOWN = 2  # columns of one kind of entry: one word may stand anywhere
EXPLANATIONS = re.compile(r"คำแนะนำ|คำอธิบาย|วิธีกรอก|วิธีใช้|instruction|read\s?me|how to", re.IGNORECASE)


def tables(file: str, grids: Iterable[Grid], ours: Titles) -> tuple[Table, ...]:
    """The tables of a file: of each sheet one for each row of column titles that has rows below it.

    After them those of sheets that were left out, without titles and rows.
    """
    found, left_out = list[Table](), list[str | None]()
    for grid in grids:
        if grid.skipped or (grid.rows and _explains(grid, ours)):
            left_out.append(grid.sheet)
        elif grid.rows:
            parts = list(_parts(file, grid, ours))
            found += parts
            # Our template's other sheets have titles and are empty; what has neither titles nor rows is named.
            if not parts and max(_known(row, ours) for row in grid.rows.values()) < LEAST_KNOWN:
                left_out.append(grid.sheet)
    read = [table for table in found if not _is_remark(table, ours)] or found
    left_out += [table.sheet for table in found if table not in read]
    return (*read, *(Table(file, sheet, (), 0, ()) for sheet in left_out))


def _is_remark(table: Table, ours: Titles) -> bool:
    """Is it a single column that gives no entries their titles? Beside real tables that is a remark or a list."""
    titles = [title for column, title in enumerate(table.header) if title not in ("", untitled(column))]
    if len(titles) > 1:
        return False
    return not _have_entries(titles, ours)


def _have_entries(titles: Iterable[str], ours: Titles) -> bool:
    """Does one of these columns give entries their titles?"""
    means = {keys.get(name_key(title), "") for title in titles for keys in ours.values()}
    return "title" in {key.partition(".")[0] for key in means}


def untitled(column: int) -> str:
    """What a column that has values and no title is called."""
    letters = column_letters(column)
    return f"(คอลัมน์ {letters} / column {letters})"


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

    Where hardly any is known: the first that is as wide as the table, all texts, each once. The head of a form
    ("หน่วยงาน | กรมชลประทาน | ปี | 2568") has known words too: what nearly all says titles comes before it.
    """
    looked_at = list(islice(sorted(rows.items()), LOOKED_AT))
    known = {number: _known(row, ours) for number, row in looked_at}
    if (most := max(known.values())) >= LEAST_KNOWN:
        likely = [number for number, found in known.items() if found >= max(LEAST_KNOWN, LEAST_SHARE * most)]
        sure = (n for n in likely if known[n] * 2 > _filled(rows[n]) and _are_texts(rows[n]))
        return next(sure, likely[0]) if _is_head(rows[likely[0]], ours) else likely[0]
    widest = max(_filled(row) for _, row in looked_at)
    wide = [(number, row) for number, row in looked_at if _filled(row) >= LEAST_SHARE * widest]
    return next((number for number, row in wide if _has_titles(row)), wide[0][0])


def _known(row: Sequence[Scalar], ours: Titles) -> int:
    """How many columns of one kind the row's cells mean, of the kind of which they mean most."""
    folded = {name_key(value) for value in row if isinstance(value, str)} - {""}
    return max(len({keys[title] for title in folded & keys.keys()}) for keys in ours.values())


def _is_head(row: Sequence[Scalar], ours: Titles) -> bool:
    """Does a word that is no title follow each one that is, as values follow their names?"""
    said = [_is_title(value, ours) for value in row if value is not None]
    return not said[-1] and not any(one and other for one, other in pairwise(said))


def _is_title(value: Scalar, ours: Titles) -> bool:
    return isinstance(value, str) and any(name_key(value) in keys for keys in ours.values())


def _parts(file: str, grid: Grid, ours: Titles) -> Iterator[Table]:
    """The tables of one sheet, one below the other."""
    rows = sorted(grid.rows.items())
    tops = [header_row(grid.rows, ours)]
    titles, every = _known_titles(grid.rows[tops[0]], ours), frozenset[str]().union(*ours.values())
    for number, row in rows:
        if number <= tops[-1] or _says_titles(row, titles) or not _begins(row, every, ours):
            continue
        known = _known_titles(row, ours)
        if any(tops[-1] < between < number for between, _ in rows) or not _under_groups(row, titles, known):
            tops.append(number)
        titles = known
    for top, end in pairwise((*tops, grid.last + 1)):
        if table := _table(file, grid, top, [(number, row) for number, row in rows if top < number < end], ours):
            yield table


def _begins(row: Sequence[Scalar], every: frozenset[str], ours: Titles) -> bool:
    """Are most of the row's cells titles of columns, two or more of one kind?"""
    left = (sum(value is not None and value not in OWN_HEADERS for value in row) - 1) // 2  # cells that may be others
    for value in row:
        if value is not None and value not in OWN_HEADERS:
            left -= not (isinstance(value, str) and len(value) <= LONGEST_TITLE and name_key(value) in every)
        if left < 0:
            return False
    return _known(row, ours) >= LEAST_KNOWN


def _known_titles(row: Sequence[Scalar], ours: Titles) -> dict[int, str]:
    return {column: name_key(str(value)) for column, value in enumerate(row) if _is_title(value, ours)}


def _table(file: str, grid: Grid, top: int, rows: Sequence[tuple[int, list[Scalar]]], ours: Titles) -> Table | None:
    titles = [_title(value) for value in grid.rows[top]]
    known = upper = _known_titles(titles, ours)
    if rows and _under_groups(rows[0][1], known, lower := _known_titles(rows[0][1], ours)):
        pairs = enumerate(zip_longest(titles, rows[0][1], fillvalue=None))
        titles = [_title(value) if column in lower else title or _title(value) for column, (title, value) in pairs]
        rows, known = rows[1:], _known_titles(titles, ours)
    if rows and _counts_columns(rows[0][1]) and _have_entries(titles, ours):
        rows = rows[1:]
    folded = [name_key(title) for title in titles]
    remarks = {column for column, title in enumerate(titles) if title in OWN_HEADERS}
    below = [
        (number, [None if column in remarks else value for column, value in enumerate(row)])
        for number, row in rows
        if not (_repeats(row, folded) or _says_titles(row, known) or _says_titles(row, upper) or is_example(row))
    ]
    filled = [(number, row) for number, row in below if _filled(row)]
    if not filled:
        return None
    named = [column for column, title in enumerate(titles) if title and column not in remarks]
    used = [max(column for column, value in enumerate(row) if value is not None) for _, row in filled]
    width = max([*used, *named]) + 1
    if width - sum(column < width for column in remarks) > limits.MOST_COLUMNS:
        farthest = next((number for (number, _), last in zip(filled, used, strict=True) if last == width - 1), top)
        raise refused("too-many-columns", cell=cell_name(width - 1, farthest))
    nameless = {column for _, row in filled for column, value in enumerate(row) if value is not None} - {*named}
    header = [titles[n] if n in named else untitled(n) if n in nameless else "" for n in range(width)]
    return Table(
        file=file,
        sheet=grid.sheet,
        header=tuple(header),
        header_row=top,
        lines=tuple(Line(number, (*row[:width], *[None] * (width - len(row)))) for number, row in filled),
    )


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


def _says_titles(row: Sequence[Scalar], known: Mapping[int, str]) -> bool:
    """Does the row say the known titles again, whatever else it says? So does the lower of two rows with groups."""
    found = 0
    for column, title in known.items():
        if column < len(row) and (value := row[column]) is not None:
            if name_key(str(value)) != title:
                return False
            found += 1
    return found >= LEAST_KNOWN


def _under_groups(row: Sequence[Scalar], known: Mapping[int, str], lower: Mapping[int, str]) -> bool:
    """Are these the titles of columns, under those of groups? They say the known ones again, or others below them."""
    below = [column for column in known if column < len(row) and row[column] is not None]
    return len(lower) >= LEAST_KNOWN and all(column in lower for column in below)


def _counts_columns(row: Sequence[Scalar]) -> bool:
    """Does the row number the columns, 1, 2, 3 or (1), (2), (3)?"""
    said = [name_key(str(value)) for value in row if value is not None]
    return len(said) > LEAST_KNOWN and said == [str(number) for number in range(1, len(said) + 1)]


def _are_texts(row: Sequence[Scalar]) -> bool:
    return all(isinstance(value, str) for value in row if value is not None)


def _has_titles(row: Sequence[Scalar]) -> bool:
    titles = [value for value in row if value is not None]
    return _are_texts(row) and len(set(titles)) == len(titles)


def _title(value: Scalar) -> str:
    return "" if value is None else " ".join(str(value).split())
