"""Dates and years in every form in which people write them."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.thai_dates import MONTHS, SHORT_MONTHS, DateFault, date_of, year_of

FEB_27 = datetime.date(2023, 2, 27)


@pytest.mark.parametrize(
    "written",
    [
        "27 ก.พ. 2566", "๒๗ กุมภาพันธ์ พ.ศ. ๒๕๖๖", "27/2/66", "27-02-2566", "2023-02-27", "Feb 27 2023", "27.2.2566",
        "27 กพ 66", "27 ก.พ. 66", "27 February 2023", "February 27, 2023", "27th Feb 2023", "วันที่ 27 กุมภาพันธ์ 2566",
        "วันจันทร์ที่ 27 กุมภาพันธ์ พ.ศ. 2566", "27/02/2566 09:30 น.", "2/27/2023 14:05:11", "2566-02-27", "27 ก.พ. ค.ศ. 2023",
        "27 กุมภา 2566", "27-Feb-23 ค.ศ.", "2023-02-27T09:30:00", "27 / 2 / 2566", "Monday, 27 Feb 2023",
        "27 เดือนกุมภาพันธ์ พ.ศ.2566", "27กุมภาพันธ์2566", "27 ก.พ. 23 ค.ศ.",
        datetime.date(2566, 2, 27), datetime.datetime(2023, 2, 27, 9),
    ],
)  # fmt: skip
def test_one_day_in_many_forms(written: object) -> None:
    assert date_of(written) == FEB_27


@pytest.mark.parametrize(
    ("written", "code", "suggestion"),
    [
        ("29 ก.พ. 2566", "impossible-date", "28 ก.พ. 2566"),
        ("๓๑ เม.ย. ๒๕๖๖", "impossible-date", "30 เม.ย. 2566"),
        ("2023-02-30", "impossible-date", "28 ก.พ. 2566"),
        ("27/2/23", "ambiguous-year", "2023-02-27"),
        ("14 ก.พ. 25", "ambiguous-year", "2025-02-14"),
        ("๑๔ กุมภาพันธ์ ๔๐", "ambiguous-year", "2040-02-14"),
        ("เร็ว ๆ นี้", "unreadable-date", ""),
        ("27 กฟ 2566", "unreadable-date", ""),
        ("27/2/6566", "unreadable-date", ""),
        ("45/2/2566", "unreadable-date", ""),
        ("12.02.68, 14.02.68", "unreadable-date", ""),  # the second is no time of the first
        (2566, "unreadable-date", ""),
    ],
)
def test_what_is_no_date(written: object, code: str, suggestion: str) -> None:
    found = date_of(written)
    assert isinstance(found, DateFault)
    assert (found.code, found.suggestion) == (code, suggestion)
    assert found.th
    assert found.en


def test_a_leap_day_of_a_leap_year_is_a_day() -> None:
    assert date_of("29 ก.พ. 2567") == datetime.date(2024, 2, 29)


@given(st.dates(datetime.date(1958, 1, 1), datetime.date(2199, 12, 31)), st.sampled_from(range(5)))
def test_every_day_is_read_back(day: datetime.date, form: int) -> None:
    buddhist = day.year + 543
    written = (
        f"{day.day} {SHORT_MONTHS[day.month - 1]} {buddhist}",
        f"{day.day} {MONTHS[day.month - 1][2]} พ.ศ. {buddhist}",
        f"{day.day}/{day.month}/{buddhist}",
        day.isoformat(),
        day.strftime("%d %B %Y"),
    )[form]
    assert date_of(written) == day


@given(st.text(max_size=30))
def test_any_text_gives_a_date_or_a_fault(text: str) -> None:
    assert isinstance(date_of(text), datetime.date | DateFault)
    assert isinstance(year_of(text), int | DateFault)


@pytest.mark.parametrize("written", [2566, "๒๕๖๖", "พ.ศ. 2566", 2023, 2566.0, "ค.ศ. 2023", "พ.ศ. 66", "66", "ปี 2566"])
def test_years(written: object) -> None:
    assert year_of(written) == 2023


@pytest.mark.parametrize(
    ("written", "code"), [("256", "bad-year"), ("๖๖๖๖", "bad-year"), ("23", "ambiguous-year"), ("สองพัน", "bad-year")]
)
def test_what_is_no_year(written: object, code: str) -> None:
    found = year_of(written)
    assert isinstance(found, DateFault)
    assert found.code == code
