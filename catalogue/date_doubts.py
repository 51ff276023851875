"""Dates that other dates of their column make doubtful: day and month may be exchanged. Pure.

Tested by tests/test_tables_of_hosts.py.
"""

import datetime
from collections.abc import Iterable

from catalogue.cells import Cell, CellFault
from catalogue.thai_dates import could_be_american, date_of, is_american, short, tells_its_order
from catalogue.workbooks.table import Table


def doubts(table: Table, columns: Iterable[int]) -> dict[tuple[int, int], Cell]:
    """What is told of the doubtful cells of these columns, by column and row.

    A spreadsheet that expects the month first makes a date of 2/3/2568, the third of February, and leaves 14/2/2568 as
    text.
    """
    found = {}
    for column in columns:
        cells = [(line.number, line.values[column]) for line in table.lines]
        made = [value for _, value in cells if isinstance(value, datetime.date)]
        american = any(is_american(str(value)) for _, value in cells)
        guessed = all(day.day <= 12 for day in made) and any(tells_its_order(v) for _, v in cells if isinstance(v, str))
        for number, value in cells:
            if american and could_be_american(str(value)):
                found[column, number] = _of_two_days()
            elif guessed and isinstance(value, datetime.date) and value.day != value.month:
                found[column, number] = _exchanged(value)
    return found


def _of_two_days() -> Cell:
    return Cell(
        faults=(
            CellFault(
                "mixed-date-order",
                "คอลัมน์นี้มีวันที่ซึ่งเขียนเดือนนำหน้า วันที่นี้จึงอ่านได้สองแบบ โปรดเขียนชื่อเดือน เช่น 2 มี.ค. 2568",
                "This column has dates with the month first: this one can be read in two ways. Write the month's name.",
            ),
        )
    )


def _exchanged(value: datetime.date) -> Cell:
    meant = date_of(value.replace(month=value.day, day=value.month))
    return Cell(
        faults=(
            CellFault(
                "mixed-date-order",
                "วันที่อื่นในคอลัมน์นี้เป็นข้อความซึ่งโปรแกรมตารางอ่านไม่ได้ โปรแกรมจึงอาจอ่านวันที่นี้สลับวันกับเดือน โปรดเขียนชื่อเดือน",
                "A spreadsheet left other dates of this column as text: it may have read this one with day and month "
                "exchanged. Write the month's name.",
                short(meant) if isinstance(meant, datetime.date) else "",
            ),
        )
    )
