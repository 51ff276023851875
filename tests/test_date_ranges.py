"""Two dates in one cell: every form in which hosts write them, and what is told instead of guessed."""

import datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from catalogue.date_ranges import days_of
from catalogue.store import Store
from catalogue.table_rows import TableRows
from catalogue.thai_dates import LONGEST, MONTHS, SHORT_MONTHS, DateFault, date_of
from catalogue.uploads import read_upload
from catalogue.vocabulary import Vocabulary
from tests.test_upload_planning import commit

FEB_12, FEB_14 = datetime.date(2025, 2, 12), datetime.date(2025, 2, 14)


@pytest.mark.parametrize(
    "written",
    [
        "12-14 ก.พ. 2568", "12–14 กุมภาพันธ์ 2568", "12 — 14 ก.พ. 68", "12~14 ก.พ. 2568", "๑๒ - ๑๔ ก.พ. ๒๕๖๘",  # noqa: RUF001
        "12 ถึง 14 ก.พ. 2568", "12ถึง14 ก.พ. 2568", "12 จนถึง 14 ก.พ. พ.ศ. 2568", "12-14ก.พ.68", "12-14/2/2568",
        "12 - 14.02.2568", "12/2 - 14/2/2568", "12.02-14.02.2568", "12.2.68 - 14.02.68", "12/2/2568 - 14/2/2568",
        "12-2-2568 - 14-2-2568", "12-2-2568-14-2-2568", "12 - 14-2-2568", "2025-02-12 ถึง 2025-02-14",
        "2568-02-12 - 2568-02-14", "12/2/2025 - 14 ก.พ. 2568", "12 ก.พ. - 14 ก.พ. 2568", "12 ก.พ. 68 - 14 กุมภา 2568",
        "12 to 14 February 2025", "12th-14th Feb 2025", "12 until 14 Feb 2025", "12 Feb through 14 Feb 2025",
        "February 12-14, 2025", "Feb 12th – 14th 2025", "Feb. 12 - Feb. 14, 2025", "12-14-Feb-2025",  # noqa: RUF001
        "ระหว่างวันที่ 12 - 14 กุมภาพันธ์ พ.ศ. 2568", "ตั้งแต่ 12 ถึงวันที่ 14 ก.พ. 2568", "from 12 to 14 Feb 2025",
        "วันพุธที่ 12 - วันศุกร์ที่ 14 กุมภาพันธ์ 2568", "พุธ-ศุกร์ 12-14 ก.พ. 2568", "Wed - Fri, 12-14 Feb 2025",
        "12/2/2568 09:00 - 14/2/2568 16:30 น.", "2025-02-12T09:00:00 - 2025-02-14T17:00:00",
    ],
)  # fmt: skip
def test_two_days_in_many_forms(written: str) -> None:
    assert days_of(written) == (FEB_12, FEB_14)
    assert isinstance(date_of(written), DateFault)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("30 ม.ค. - 2 ก.พ. 68", "2025-01-30", "2025-02-02"),
        ("30ม.ค.-2ก.พ.68", "2025-01-30", "2025-02-02"),
        ("30/12/2567 - 2/1/2568", "2024-12-30", "2025-01-02"),
        ("February 28 – March 2, 2025", "2025-02-28", "2025-03-02"),  # noqa: RUF001
        ("2/13/2025 - 2/27/2025", "2025-02-13", "2025-02-27"),
        ("28 - 29 ก.พ. 2567", "2024-02-28", "2024-02-29"),
        ("12 - 12 ก.พ. 2568", "2025-02-12", "2025-02-12"),
    ],
)
def test_two_days_of_two_months_or_years(written: str, first: str, last: str) -> None:
    assert days_of(written) == (datetime.date.fromisoformat(first), datetime.date.fromisoformat(last))


def fault(written: str) -> DateFault:
    found = days_of(written)
    assert isinstance(found, DateFault)
    assert found.th
    assert found.en
    return found


@pytest.mark.parametrize(
    ("written", "code", "suggestion"),
    [
        ("14-12 ก.พ. 2568", "end-before-start", ""),
        ("30 ธ.ค. - 2 ม.ค. 2568", "end-before-start", ""),  # of which year the first day is, is not written
        ("27-30 ก.พ. 2568", "impossible-date", "27 ก.พ. 2568 - 28 ก.พ. 2568"),
        ("30-31 ก.พ. 2568", "impossible-date", ""),
        ("29 ก.พ. - 2 มี.ค. 2568", "impossible-date", "28 ก.พ. 2568 - 2 มี.ค. 2568"),
        ("12-14 Feb 25", "ambiguous-year", "12 ก.พ. 2568 - 14 ก.พ. 2568"),
        ("12/2/25 - 14/2/2568", "ambiguous-year", "12 ก.พ. 2568 - 14 ก.พ. 2568"),
        ("2/27/2023 - 3/1/2023", "mixed-date-order", ""),
        ("2/12/2568 - 2/14/2568", "mixed-date-order", ""),
        ("2/12 - 2/14/2025", "mixed-date-order", ""),
        ("12-2/14/2025", "mixed-date-order", ""),
    ],
)
def test_what_is_wrong_with_two_days_is_told(written: str, code: str, suggestion: str) -> None:
    found = fault(written)
    assert (found.code, found.suggestion) == (code, suggestion)
    if suggestion:
        assert isinstance(days_of(suggestion), tuple)


@pytest.mark.parametrize(
    "written",
    [
        "12-14", "12-14 ก.พ.", "12, 13, 14 ก.พ. 2568", "12 และ 14 ก.พ. 2568", "12-13, 15-16 ก.พ. 2568",
        "10-12-14 ก.พ. 2568", "5 12 - 14 ธ.ค. 2568", "12-14-2-2568", "12 ก.พ. 2568 09:00-16:00 น.", "2025-02-12 - 14",
        "12 ก.พ. - 14 มี.ค. 2568 - 15 มี.ค. 2568", "12-14 ก.พ. 2568 (3 วัน)", "ก.พ. - มี.ค. 2568", "12 ก.พ. 2568",
        "12 กฟ - 14 ก.พ. 2568", "ห้อง 5 - 14 ก.พ. 2568", "12 ก.พ. 2568 - เร็ว ๆ นี้", "12-14-2568", "-", "", 2568,
        datetime.datetime(2025, 2, 12),
    ],
)  # fmt: skip
def test_what_is_ambiguous_or_no_range_is_not_read(written: object) -> None:
    assert days_of(written) is None


@given(
    st.dates(datetime.date(2017, 1, 1), datetime.date(2057, 12, 31)),
    st.integers(0, 40),
    st.sampled_from(range(4)),
    st.sampled_from(["-", " - ", "–", " ถึง ", "ถึงวันที่ ", " to "]),  # noqa: RUF001
    st.sampled_from(["full", "month", "day"]),
)
def test_every_range_is_read_back(first: datetime.date, length: int, form: int, dash: str, shortened: str) -> None:
    last = first + datetime.timedelta(length)
    month = (SHORT_MONTHS[first.month - 1], MONTHS[first.month - 1][2], f"{first:%B}", str(first.month))[form]
    gap = "/" if form == 3 else " "
    short = {"full": f"{gap}{month}{gap}{first.year + 543}", "month": f"{gap}{month}", "day": ""}[shortened]
    assume(first.year == last.year and (shortened != "day" or first.month == last.month))
    other = (SHORT_MONTHS[last.month - 1], MONTHS[last.month - 1][2], f"{last:%B}", str(last.month))[form]
    assert days_of(f"{first.day}{short}{dash}{last.day}{gap}{other}{gap}{last.year + 543}") == (first, last)


@given(st.text(alphabet="0123456789๑๒๖๘ -–/.,ก.พมีคถึงวันทวfFebto", max_size=40))  # noqa: RUF001
def test_any_text_gives_two_days_in_their_order_a_fault_or_nothing(text: str) -> None:
    found = days_of(text)
    if isinstance(found, tuple):
        assert found[0] <= found[1]
    else:
        assert found is None or isinstance(found, DateFault)


def test_prose_is_not_looked_through_for_dates() -> None:
    for text, read in (("12 ก.พ. 2568", date_of), ("12-14 ก.พ. 2568", days_of)):
        assert not isinstance(read(text.ljust(LONGEST)), DateFault | None)
        assert isinstance(read(text.ljust(LONGEST + 1)), DateFault | None)


TITLES = "ประเภท,รหัสของผู้ส่ง,ชื่อเรื่อง,{}\n"


def read(titles: str, cells: str, vocabulary: Vocabulary) -> TableRows:
    data = f"{TITLES.format(titles)}แฮกกาธอน,H1,แฮกเมืองน่าน,{cells}\n"
    return read_upload(data.encode(), "x.csv", vocabulary, {})


@pytest.mark.parametrize(
    ("titles", "cells"),
    [
        ("วันเริ่ม", "12-14 ก.พ. 2568"),
        ("วันที่จัดงาน", "12 ถึง 14 กุมภาพันธ์ 2568"),
        ("Event dates", "12 to 14 February 2025"),
        ("วันเริ่ม,วันสุดท้าย", "12-14 ก.พ. 2568,"),
        ("วันสุดท้าย,วันเริ่ม", ",12-14 ก.พ. 2568"),
        ("วันเริ่ม,วันสุดท้าย", "12-14 ก.พ. 2568,14/2/2568"),
        ("วันเริ่ม,วันที่จัด", "12 ก.พ. 2568,12-14 ก.พ. 2568"),
    ],
)
def test_one_cell_fills_both_days_of_an_event(titles: str, cells: str, vocabulary: Vocabulary) -> None:
    found = read(titles, cells, vocabulary)
    assert found.unknown == []
    (row,) = found.rows
    assert row.faults == ()
    assert (row.values["start_date"], row.values["end_date"]) == ("2025-02-12", "2025-02-14")


@pytest.mark.parametrize(
    ("titles", "cells", "at", "code"),
    [
        ("วันเริ่ม,วันสุดท้าย", "12-14 ก.พ. 2568,15 ก.พ. 2568", "E2", "cells-disagree"),
        ("วันสุดท้าย,วันเริ่ม", "13 ก.พ. 2568,12-14 ก.พ. 2568", "D2", "cells-disagree"),
        ("วันเริ่ม,วันสุดท้าย", "12-14 ก.พ. 2568,เร็ว ๆ นี้", "E2", "unreadable-date"),
        ("วันเริ่ม", "14-12 ก.พ. 2568", "D2", "end-before-start"),
        ("วันเริ่ม,วันสุดท้าย", "14 ก.พ. 2568,12 ก.พ. 2568", "E2", "end-before-start"),
        ("วันสุดท้าย", "12-14 ก.พ. 2568", "D2", "unreadable-date"),
        ("วันเริ่มแผน", "12-14 ก.พ. 2568", "D2", "unreadable-date"),
    ],
)
def test_what_two_cells_say_of_the_days_is_told_not_guessed(
    titles: str, cells: str, at: str, code: str, store: Store, vocabulary: Vocabulary
) -> None:
    made = commit(f"{TITLES.format(titles)}แฮกกาธอน,H1,แฮกเมืองน่าน,{cells}\n".encode(), store, vocabulary)
    (problem,) = (one.as_dict() for one in made.problems)
    assert (problem["cell"], problem["code"], problem["severity"]) == (at, code, "error")
    assert problem["message_th"] != problem["message_en"]
    assert made.create == []
    if code == "cells-disagree":
        assert "“12-14 ก.พ. 2568”" in problem["message_th"]
        assert "“12-14 ก.พ. 2568”" in problem["message_en"]


def test_where_one_date_fits_a_range_is_none(store: Store, vocabulary: Vocabulary) -> None:
    made = commit("ชื่อเรื่อง,ปัญหา,วันที่\nน้ำขุ่น,หลังฝน,12-14 ก.พ. 2568\n".encode(), store, vocabulary)
    assert [(p.as_dict()["cell"], p.code) for p in made.problems] == [("C2", "unreadable-date")]


def test_a_changed_range_changes_both_days_of_the_entry(store: Store, vocabulary: Vocabulary) -> None:
    file = f"{TITLES}แฮกกาธอน,H1,แฮกเมืองน่าน,{{}}\n"

    def days(titles: str, cells: str) -> tuple[list[str], list[str]]:
        made = commit(file.format(titles, cells).encode(), store, vocabulary)
        (event,) = store.entries(statuses=None)
        return [event.body["start_date"], event.body["end_date"]], [p.code for p in made.problems]

    assert days("วันที่จัด", "12-14 ก.พ. 2568") == (["2025-02-12", "2025-02-14"], [])
    assert days("วันที่จัด", "19-21 ก.พ. 2568") == (["2025-02-19", "2025-02-21"], [])
    # What the file does not name stays, as in any other column: the row is told where that does not fit.
    assert days("วันเริ่ม", "20 ก.พ. 2568") == (["2025-02-20", "2025-02-21"], [])
    assert days("วันเริ่ม", "22 ก.พ. 2568") == (["2025-02-20", "2025-02-21"], ["end-before-start"])
