"""The workbook of a host comes back with what was found in it: a status, remarks and coloured cells."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from catalogue.workbooks.reader import display_name, in_child


@dataclass(frozen=True)
class Note:
    """One remark on a row or on one of its cells."""

    sheet: str | None
    row: int  # as Line.number
    column: int | None  # index in Table.header; None: the whole row
    status: str  # a key of marking.STATUSES
    message: str  # for the remarks column, in Thai and English; "" for none


def annotated(data: bytes, name: str, notes: Sequence[Note]) -> bytes:
    """The uploaded workbook, as XLSX, with two more columns and coloured cells.

    What was CSV, JSON or pasted becomes a workbook with the same rows. Formulas come back as their results, and texts
    that look like formulas with an apostrophe before them. Raises what ``read_tables`` raises.
    """
    request = {"name": display_name(name), "notes": [asdict(note) for note in notes]}
    return in_child(request, data)
