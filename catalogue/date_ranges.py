"""The first and the last day of an event in one cell: ``30 ม.ค. - 2 ก.พ. 68``, ``12 to 14 February 2025``. Pure.

Either day may be written as any date is (thai_dates.py). The first one may lack the year, or month and year: they are
those of the last. What could be read in two ways is no range. Tested by tests/test_date_ranges.py.
"""

import datetime
import re
from collections.abc import Iterator

from catalogue.thai_dates import (
    LONGEST,
    MONTHS,
    THAI_DIGITS,
    UNREADABLE,
    WEEKDAY,
    DateFault,
    alone,
    date_of,
    is_american,
    short,
)

_TO = r"\s*(?:[-‐‑–—−~→]|(?:จน)?ถึง|\b(?:to|until|till|through)\b)\s*"  # noqa: RUF001 - the dashes that people type
_BEFORE = re.compile(rf"^(?:ระหว่าง|ตั้งแต่|จาก|from\b)\s*|^{WEEKDAY}{_TO}{WEEKDAY}(?:\s*ที่)?[\s,]+", re.IGNORECASE)
# "February 12-14, 2025": the one month belongs to both days.
_NAME_FIRST = re.compile(
    rf"([^\W\d][^\d]*?[\s.]*)(\d{{1,2}}(?:st|nd|rd|th)?){_TO}(\d{{1,2}}(?:st|nd|rd|th)?[\s,]+.+)", re.IGNORECASE
)
_DAY = re.compile(r"\d{1,2}(?:st|nd|rd|th)?", re.IGNORECASE)
# Spaces and hyphens stand between days as well: "10-12 - 14 ก.พ. 2568" may be two ranges.
_DAY_AND_MONTH = re.compile(r"\d{1,2}\s*[/.]\s*\d{1,2}|.*[^\W\d].*")
_HYPHENS_ALONE = re.compile(r"[\d\s]+-[-\d\s]+")

Days = tuple[datetime.date, datetime.date]


def days_of(value: object) -> Days | DateFault | None:
    """The first and the last day that a cell means; None where it has not the form of two days."""
    if not isinstance(value, str) or len(value) > LONGEST:
        return None
    text = _BEFORE.sub("", value.translate(THAI_DIGITS).strip())
    readings = {found for sides in _sides(text) if (found := _read(*sides))}
    return readings.pop() if len(readings) == 1 else None


def _sides(text: str) -> Iterator[tuple[str, str, bool]]:
    """Every way to part a text into two days, and whether the first may be completed from the last."""
    if found := _NAME_FIRST.fullmatch(alone(text)):
        yield found[1] + found[2], found[1] + found[3], True
    for dash in re.finditer(_TO, text, re.IGNORECASE):
        first, last = alone(text[: dash.start()]), text[dash.end() :]
        # "12-14-2-2568" has no end of the first day that one could see.
        yield first, last, dash[0] != "-" or not _HYPHENS_ALONE.fullmatch(alone(last))


def _read(first: str, last: str, shortened: bool) -> Days | DateFault | None:
    end = date_of(last)
    likely = _likely(end)
    if likely is None:
        return None
    start = date_of(first)
    if shortened and isinstance(start, DateFault) and start.code == UNREADABLE:
        first = _completed(first, likely)
        start = date_of(first)
    guess = _likely(start)
    if guess is None:
        return None
    if fault := next((side for side in (start, end) if isinstance(side, DateFault)), None):
        suggestion = f"{short(guess)} - {short(likely)}" if guess < likely else ""
        return DateFault(fault.code, fault.th, fault.en, suggestion)
    if is_american(first) != is_american(last):
        return _mixed()
    return end_before_start(guess, likely) or (guess, likely)


def _completed(first: str, last: datetime.date) -> str:
    if _DAY.fullmatch(first):
        return f"{first} {MONTHS[last.month - 1][-1]} ค.ศ. {last.year}"
    return f"{first} ค.ศ. {last.year}" if _DAY_AND_MONTH.fullmatch(first) else ""


def _likely(found: datetime.date | DateFault) -> datetime.date | None:
    """The day, or the one that its fault suggests; None for what is no date at all."""
    if isinstance(found, datetime.date):
        return found
    suggested = date_of(found.suggestion)
    return suggested if isinstance(suggested, datetime.date) else None


def _mixed() -> DateFault:
    return DateFault(
        "mixed-date-order",
        "วันหนึ่งเขียนเดือนนำหน้า อีกวันอาจเขียนวันนำหน้า โปรดเขียนชื่อเดือน เช่น 27 ก.พ. 2566 - 1 มี.ค. 2566",
        "One of these days has its month first, the other may not. Write the names of the months.",
    )


def end_before_start(start: datetime.date | None, end: datetime.date | None) -> DateFault | None:
    """What is told of an event that ends before it begins; None of one that does not, as far as its days are known."""
    if start is None or end is None or start <= end:
        return None
    return DateFault(
        "end-before-start",
        "วันสุดท้ายมาก่อนวันเริ่ม โปรดตรวจวัน เดือน และปีของทั้งสองวัน และเขียนปีให้ครบทั้งสองวัน",
        "The last day is before the first. Check both days, and write the year with each.",
    )
