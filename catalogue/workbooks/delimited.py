"""CSV and tables that were pasted: which letters, which delimiter, which rows. Pure, but for io."""

import codecs
import csv
import io
import re
from collections import Counter
from itertools import islice

from catalogue.workbooks.grid import Budget, Grid
from catalogue.workbooks.refusals import refused

MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
DELIMITERS = ("\t", ";", ",", "|")
NO_LIMIT = 2**31 - 1  # of csv itself, whose error does not say where; grid.Budget has ours
LOOKED_AT = 100  # records by which the delimiter is chosen
SEP_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # Excel's own first line, which it does not show
UNCLOSED = "unexpected end of data"  # csv's own words
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def decode(data: bytes) -> str:
    """The text of a file whose encoding nobody told; raises ``FileRefused`` where none fits.

    A byte order mark decides. Without one: UTF-16 shows by its high bytes, UTF-8 by its strictness; else it is the
    Thai code page of Windows, of which TIS-620 is a part.
    """
    for mark, encoding in MARKS.items():
        if data.startswith(mark):
            return _decoded(data[len(mark) :], (encoding,))
    start = data[:2000]
    # The high bytes of Latin and Thai letters, which no other text contains.
    little, big = (sum(byte in (0x00, 0x0E) for byte in start[first::2]) for first in (1, 0))
    if max(little, big) > len(start) / 3:
        return _decoded(data, ("utf-16-le" if little > big else "utf-16-be",))
    return _decoded(data, ("utf-8", "cp874"))


def read_delimited(text: str) -> Grid:
    """The rows of a CSV file or of a pasted table; raises ``FileRefused``."""
    given = SEP_LINE.match(text)
    body = text[given.end() :] if given else text
    if found := CONTROL.search(body):
        raise refused("control-characters", row=body.count("\n", 0, found.start()) + 1)
    csv.field_size_limit(NO_LIMIT)
    delimiter = given[1] if given else _delimiter(body)
    try:
        return _rows(body, delimiter, strict=True)
    except csv.Error:
        # A lone quotation mark inside a cell ('5" pipe') is no fault where it joins no rows.
        return _rows(body, delimiter, strict=False)


def _decoded(data: bytes, encodings: tuple[str, ...]) -> str:
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refused("unknown-encoding")


def _delimiter(body: str) -> str:
    """The delimiter that parts the most records into equally many cells; of equals, the first one most."""

    def fitness(delimiter: str) -> tuple[int, int, int]:
        records = list(islice(csv.reader(io.StringIO(body, newline=""), delimiter=delimiter), LOOKED_AT))
        widths = Counter(len(record) for record in records if len(record) > 1)
        return (0, 0, 0) if not widths else (*max((n, width) for width, n in widths.items()), len(records[0]))

    return max(DELIMITERS, key=fitness)


def _rows(body: str, delimiter: str, *, strict: bool) -> Grid:
    grid = Grid(None, Budget())
    lines = list(io.StringIO(body, newline=""))
    reader = csv.reader(lines, delimiter=delimiter, strict=strict)
    number = 0
    while True:
        number += 1
        first = reader.line_num
        try:
            record = next(reader)
            if not strict:
                _check_quotes(lines[first : reader.line_num], delimiter)
        except StopIteration:
            return grid
        except csv.Error as error:
            if not strict or UNCLOSED in str(error):
                raise refused("unclosed-quote", row=number) from error
            raise
        grid.add(number, [value or None for value in record])


def _check_quotes(lines: list[str], delimiter: str) -> None:
    """Raise ``csv.Error`` where only a stray quotation mark makes one record of these lines, or of the rest of one."""
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        if len(lines) > 1 or UNCLOSED in str(error):
            raise
