"""Which language a reader gets, and the calendar that goes with it. Pure."""

import datetime

from catalogue.entries import LANGUAGES, Language

BUDDHIST_OFFSET = 543  # พ.ศ. = ค.ศ. + 543
THAILAND = datetime.timezone(datetime.timedelta(hours=7))  # without summer time


def buddhist_year(at: datetime.datetime) -> int:
    """The year that it is in Thailand then."""
    return at.astimezone(THAILAND).year + BUDDHIST_OFFSET


def preferred(asked: str | None, accept_language: str | None) -> Language:
    """The language asked for, else the browser's first that we have, else Thai."""
    for language in LANGUAGES:
        if asked == language:
            return language
    ranked = []
    for position, item in enumerate((accept_language or "").split(",")):
        tag, _, quality = item.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        ranked.append((-weight, position, tag.split("-")[0].lower()))
    for weight, _, tag in sorted(ranked):
        for language in LANGUAGES:
            if tag == language and weight < 0:
                return language
    return "th"
