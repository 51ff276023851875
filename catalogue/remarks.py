"""What a plan found, as remarks for the workbook that goes back to its host. Pure.

Tested by tests/test_imports_api.py.
"""

import re
from collections.abc import Iterator, Sequence

from catalogue.imports import Plan, Row, RowProblem
from catalogue.workbooks.annotate import Note
from catalogue.workbooks.kinds import LINK
from catalogue.workbooks.table import column_index


def notes_of(rows: Sequence[Row], plan: Plan) -> list[Note]:
    """A status for each row, and each problem at its cell.

    A link of a proposal is no entry of its own: its row has a status only where it is rejected.
    """
    status = {_place(planned.row): "create" for planned in plan.create}
    status |= {_place(planned.row): "update" for planned in plan.update}
    rejected = {_place(problem.row) for problem in plan.problems if problem.severity == "error"}
    notes = [
        Note(row.sheet, row.number, None, status.get(_place(row), "unchanged"), "")
        for row in rows
        if _place(row) not in rejected and row.kind != LINK
    ]
    return notes + list(_remarks(plan.problems, status))


def _remarks(problems: Sequence[RowProblem], status: dict[tuple[str | None, int], str]) -> Iterator[Note]:
    for problem in problems:
        told = problem.as_dict()
        worst = status.get(_place(problem.row), "unchanged")
        if problem.severity == "error":
            worst = "rejected"
        elif problem.code == "probable-duplicate":
            worst = "duplicate"
        column = column_index(re.sub(r"\d", "", told["cell"])) if told["cell"] else None
        said = f"{told['column']}: {problem.message_th} / {problem.message_en}"
        more = f" → {told['suggestion']}" if problem.suggestion else ""
        yield Note(problem.row.sheet, problem.row.number, column, worst, said + more)


def _place(row: Row) -> tuple[str | None, int]:
    return row.sheet, row.number
