"""Years and days as readers write them: Buddhist era in Thai, Common Era in English. Pure."""

import datetime

THAILAND = datetime.timezone(datetime.timedelta(hours=7))  # without summer time, now and in all the years of our data
BUDDHIST_ERA_OFFSET = 543  # พ.ศ. = ค.ศ. + 543
_TH = "มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม"
_EN = "January February March April May June July August September October November December"
MONTHS = {"th": tuple(_TH.split()), "en": tuple(_EN.split())}


def year(ce: int | str, language: str) -> str:
    """The year ``ce`` (Common Era) in the reader's calendar: ``พ.ศ. 2566`` or ``2023``."""
    return f"พ.ศ. {int(ce) + BUDDHIST_ERA_OFFSET}" if language == "th" else str(ce)


def day(iso: str, language: str) -> str:
    """An ISO date (``2023-02-01``, ``2023-02`` or ``2023``) written out; anything else comes back unchanged."""
    try:
        numbers = [int(part) for part in iso[:10].split("-")]
        month = MONTHS[language][numbers[1] - 1] if len(numbers) > 1 and numbers[1] > 0 else None
    except (ValueError, IndexError):
        return iso
    ce = numbers[0] + BUDDHIST_ERA_OFFSET if language == "th" else numbers[0]
    if month is None:
        return year(numbers[0], language)
    return f"{numbers[2]} {month} {ce}" if len(numbers) > 2 else f"{month} {ce}"


def moment(iso: str, language: str) -> str:
    """A UTC time of the store as a day and a time in Thailand; anything else comes back unchanged."""
    there = _in_thailand(iso)
    if there is None:
        return iso
    return f"{day(there.date().isoformat(), language)} {there:%H:%M}{' น.' if language == 'th' else ' (Thai time)'}"


def day_of(iso: str, language: str) -> str:
    """The day in Thailand of a UTC time of the store; anything else comes back unchanged."""
    there = _in_thailand(iso)
    return iso if there is None else day(there.date().isoformat(), language)


def _in_thailand(iso: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(iso).astimezone(THAILAND)
    except ValueError:
        return None


def period(start: str | None, end: str | None, language: str) -> str | None:
    """From ``start`` to ``end`` as a reader writes it; one day where both are the same; None without either."""
    days = list(dict.fromkeys(day(iso, language) for iso in (start, end) if iso))
    return " \N{EN DASH} ".join(days) or None
