"""Tables as hosts lay them out: groups over titles, one below the other, with sums and notes; dates a program exchanged."""

import datetime
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from catalogue.loading import dry_run
from catalogue.remarks import notes_of
from catalogue.store import Store
from catalogue.uploads import read_upload
from catalogue.vocabulary import Vocabulary
from catalogue.workbooks.annotate import annotated
from catalogue.workbooks.table import STATUS_HEADER
from tests.test_column_titles import planned
from tests.test_messy_workbooks import P1, PAINS, book, lines, told
from tests.test_upload_planning import HOST, commit

MADE = (datetime.datetime(2568, 2, 3), datetime.datetime(2025, 10, 5), datetime.datetime(2025, 3, 3))


@pytest.mark.parametrize(
    ("texts", "doubtful"),
    [
        (("14/2/2568", "25/12/2568"), ["D3", "D4"]),
        (("2/14/2025",), ["D3", "D4"]),
        (("14 ก.พ. 2568", "2568-02-14", "2/3/2568"), []),
        ((datetime.datetime(2025, 2, 14), "14/2/2568"), []),
    ],
)
def test_dates_that_a_spreadsheet_made_of_some_texts_of_a_column_are_doubtful(
    store: Store, vocabulary: Vocabulary, texts: tuple[Any, ...], doubtful: list[str]
) -> None:
    dates = (*texts[:1], *MADE, *texts[1:])
    rows = [[f"A{n}", f"ปัญหา{n}", "ก", day] for n, day in enumerate(dates)]
    made = planned(book(ปัญหา=[[*PAINS, "วันที่"], *rows]), store, vocabulary)
    assert told(made) == [("ปัญหา", cell, "mixed-date-order", "error") for cell in doubtful]
    assert [one.suggestion for one in made.problems] == ["2 มี.ค. 2568", "10 พ.ค. 2568"][: len(doubtful)]
