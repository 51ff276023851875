"""Dates and years as people in Thailand write them, in both eras. Pure. Tested by tests/test_thai_dates.py."""

import calendar
import datetime
import re
from dataclasses import dataclass

from catalogue.entries import Language
from catalogue.languages import BUDDHIST_OFFSET

THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
SHORT_MONTHS = ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.")
MONTHS: tuple[tuple[str, ...], ...] = (
    ("มค", "มกรา", "มกราคม", "jan", "january"),
    ("กพ", "กุมภา", "กุมภาพันธ์", "feb", "february"),
    ("มีค", "มีนา", "มีนาคม", "mar", "march"),
    ("เมย", "เมษา", "เมษายน", "apr", "april"),
    ("พค", "พฤษภา", "พฤษภาคม", "may"),
    ("มิย", "มิถุนา", "มิถุนายน", "jun", "june"),
    ("กค", "กรกฎา", "กรกฎาคม", "jul", "july"),
    ("สค", "สิงหา", "สิงหาคม", "aug", "august"),
    ("กย", "กันยา", "กันยายน", "sep", "sept", "september"),
    ("ตค", "ตุลา", "ตุลาคม", "oct", "october"),
    ("พย", "พฤศจิกา", "พฤศจิกายน", "nov", "november"),
    ("ธค", "ธันวา", "ธันวาคม", "dec", "december"),
)
MONTH_NUMBERS = {name: number for number, names in enumerate(MONTHS, 1) for name in names}
# Years that an entry may have (entries.Year), and the same in the other era: the two do not overlap.
FIRST_YEAR, LAST_YEAR = 1900, 2200
# Two digits up to here could be either era ("27/2/23", "27 ก.พ. 23"); later ones are Buddhist: nobody writes of 2041
# or 1966.
AMBIGUOUS_UP_TO = 40
# A spreadsheet makes 1968 of "14/2/68", by which people mean 2568. What it says is no text any more: only they know.
READ_SHORT = range(1950, 1976)
LONGEST = 100  # characters of a cell that can be dates: far more take long to look through, and are prose
UNREADABLE = "unreadable-date"  # code of the fault of what has none of the forms of a date

_ERA = re.compile(r"(พ\.?\s*ศ\.?|b\.?e\.?(?![a-z]))|(ค\.?\s*ศ\.?|a\.?d\.?(?![a-z])|c\.e\.)", re.IGNORECASE)
WEEKDAY = (
    "(?:วัน)?(?:จันทร์|อังคาร|พุธ|พฤหัสบดี|พฤหัส|ศุกร์|เสาร์|อาทิตย์"
    r"|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|satu?r?|sun)(?:day)?\.?)"
)
_BEFORE = re.compile(rf"^{WEEKDAY}(?:\s*ที่)?[\s,]+|^วันที่\s*", re.IGNORECASE)
# Minutes and seconds end at 59: a second date, "14.02.68", is no time of the first.
_TIME = re.compile(
    r"[\sT,]+(?:เวลา\s*)?\d{1,2}[:.][0-5]\d(?:[:.][0-5]\d(?:\.\d+)?)?\s*"
    r"(?:น\.?|am|pm|z|ก่อนเที่ยง|หลังเที่ยง)?\s*(?:(?:gmt|utc)\s*[+-]\d{1,2}(?::?\d\d)?)?$",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{4}|\d{2})")
_NAMED = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s\-/]*([^\W\d][^\d]*?)[\s,\-/]*(\d{4}|\d{2})", re.IGNORECASE)
_NAME_FIRST = re.compile(r"([^\W\d][^\d]*?)[\s.]*(\d{1,2})(?:st|nd|rd|th)?[\s,]+(\d{4}|\d{2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DateFault:
    """Why a text is no date or year, and what it may have meant."""

    code: str
    th: str
    en: str
    suggestion: str = ""


def date_of(value: object) -> datetime.date | DateFault:
    """The date that a cell means; a spreadsheet's own date may hold a Buddhist year."""
    if isinstance(value, datetime.datetime):
        value = value.date()
    if isinstance(value, datetime.date):
        if value.year in READ_SHORT:
            return _read_short(value)
        year = _gregorian(value.year)
        return _unreadable() if year is None else _day(year, value.month, value.day)
    if len(str(value)) > LONGEST:
        return _unreadable()
    text = alone(str(value))
    era = _ERA.search(text)
    parts = _parts(text)
    if parts is None:
        return _unreadable()
    year, month, day, _ = parts
    if _is_american(parts):
        month, day = day, month
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return _unreadable()
    full = _full_year(year, buddhist=bool(era and era[1]), gregorian=bool(era and era[2]))
    if full is None:
        return _unreadable()
    if isinstance(full, DateFault):
        suggestion = datetime.date(2000 + year, month, min(day, calendar.monthrange(2000 + year, month)[1]))
        return DateFault(full.code, full.th, full.en, suggestion.isoformat())
    return _day(full, month, day)


def alone(text: str) -> str:
    """The text in common digits, without the weekday before a date and the time behind it."""
    return _TIME.sub("", _BEFORE.sub("", text.translate(THAI_DIGITS).strip()))


def is_american(text: str) -> bool:
    """Is this a date in numbers that can only be read with the month first, as in 2/27/2023?"""
    parts = _parts(alone(text)) if len(text) <= LONGEST else None
    return parts is not None and _is_american(parts)


def could_be_american(text: str) -> bool:
    """Is this a date in numbers that means another day with the month first, as 2/3/2023 does?"""
    parts = _parts(alone(text)) if len(text) <= LONGEST else None
    both = parts and _DAY_FIRST.fullmatch(_bare(alone(text))) and parts[1] != parts[2]
    return bool(both and parts and max(parts[1], parts[2]) <= 12)


def tells_its_order(text: str) -> bool:
    """Is this a date in numbers of which one is too great for a month, as in 14/2/2568?"""
    parts = _parts(alone(text)) if len(text) <= LONGEST else None
    return bool(parts and _DAY_FIRST.fullmatch(_bare(alone(text))) and max(parts[1], parts[2]) > 12)


def short(day: datetime.date) -> str:
    """The day as Thai tables write it: ``27 ก.พ. 2566``."""
    return f"{day.day} {SHORT_MONTHS[day.month - 1]} {day.year + BUDDHIST_OFFSET}"


def written(day: datetime.date, language: Language) -> str:
    """The day as readers write it: ``27 กุมภาพันธ์ 2566``, ``27 February 2023``."""
    names = MONTHS[day.month - 1]
    if language == "th":
        return f"{day.day} {names[2]} {day.year + BUDDHIST_OFFSET}"
    return f"{day.day} {names[-1].capitalize()} {day.year}"


def year_of(value: object) -> int | DateFault:
    """The year of the common era that a cell means."""
    if isinstance(value, datetime.date):
        found = _gregorian(value.year)
        return _bad_year() if found is None else found
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).translate(THAI_DIGITS).strip()
    era = _ERA.search(text)
    bare = re.sub(r"^ปี\s*", "", _ERA.sub("", text).strip())
    if not re.fullmatch(r"\d{4}|\d{2}", bare):
        return _bad_year()
    full = _full_year(int(bare), buddhist=bool(era and era[1]), gregorian=bool(era and era[2]))
    if isinstance(full, DateFault):
        return DateFault(full.code, full.th, full.en, str(2000 + int(bare)))
    return _bad_year() if full is None else full


def _parts(text: str) -> tuple[int, int, int, bool] | None:
    """Year, month, day as written, and whether the month is named in Thai."""
    text = _bare(text)
    if found := _YEAR_FIRST.fullmatch(text):
        return int(found[1]), int(found[2]), int(found[3]), False
    if found := _DAY_FIRST.fullmatch(text):
        return int(found[3]), int(found[2]), int(found[1]), False
    if found := _NAMED.fullmatch(text):
        day, name, year = found[1], found[2], found[3]
    elif found := _NAME_FIRST.fullmatch(text):
        name, day, year = found[1], found[2], found[3]
    else:
        return None
    key = re.sub(r"[\s.,\-/]|^เดือน", "", name.casefold())
    month = MONTH_NUMBERS.get(key)
    return None if month is None else (int(year), month, int(day), key > "~")


def _bare(text: str) -> str:
    return " ".join(_ERA.sub(" ", text).split())


def _is_american(parts: tuple[int, int, int, bool]) -> bool:
    _, month, day, thai_month = parts
    return month > 12 >= day and not thai_month


def _full_year(year: int, *, buddhist: bool, gregorian: bool) -> int | DateFault | None:
    if year >= 100:
        if gregorian:
            return year if FIRST_YEAR <= year <= LAST_YEAR else None
        return _gregorian(year)
    if gregorian:
        return 2000 + year
    if buddhist or year > AMBIGUOUS_UP_TO:
        return 2500 + year - BUDDHIST_OFFSET
    return DateFault(
        "ambiguous-year",
        "ปีสองหลักอ่านได้ทั้ง พ.ศ. และ ค.ศ. โปรดเขียนปีสี่หลัก",
        "A year of two digits could be of either era. Write all four digits.",
    )


def _gregorian(year: int) -> int | None:
    for found in (year, year - BUDDHIST_OFFSET):
        if FIRST_YEAR <= found <= LAST_YEAR:
            return found
    return None


def _day(year: int, month: int, day: int) -> datetime.date | DateFault:
    last = calendar.monthrange(year, month)[1]
    if day <= last:
        return datetime.date(year, month, day)
    return DateFault(
        "impossible-date",
        f"ไม่มีวันที่นี้ในปฏิทิน เดือนนี้มี {last} วัน",
        f"There is no such day: that month has {last} days.",
        short(datetime.date(year, month, last)),
    )


def _read_short(value: datetime.date) -> DateFault:
    year = value.year - 1900 + 2500 - BUDDHIST_OFFSET
    meant = datetime.date(year, value.month, min(value.day, calendar.monthrange(year, value.month)[1]))
    return DateFault(
        "ambiguous-year",
        f"โปรแกรมตารางอ่านปีสองหลักเป็น ค.ศ. {value.year} โปรดเขียนปีสี่หลัก ถ้าเป็นปีนั้นจริง ให้เขียนเป็นข้อความ เช่น {short(value)}",
        f"A spreadsheet makes {value.year} of a year of two digits. Write all four. If it is that year, write it as "
        f"text, such as {short(value)}.",
        short(meant),
    )


def _unreadable() -> DateFault:
    return DateFault(
        UNREADABLE,
        "อ่านเป็นวันที่ไม่ได้ โปรดเขียนเช่น 27 ก.พ. 2566 หรือ 2023-02-27",
        "This is not a date that we can read. Write it as in 27 ก.พ. 2566 or 2023-02-27.",
    )


def _bad_year() -> DateFault:
    return DateFault(
        "bad-year",
        "ไม่ใช่ปี โปรดเขียนปีสี่หลัก เช่น 2566 หรือ 2023",
        "This is not a year. Write four digits, as in 2566 or 2023.",
    )
