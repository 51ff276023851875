"""Finds phone numbers, identity numbers, e-mail addresses and LINE ids in free text, and takes them out.

What people wrote in Thai digits, with spaces, hyphens or invisible characters counts too. Emergency numbers, years,
amounts, dates and project numbers stay. Tested by tests/test_privacy.py.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from catalogue.thai_dates import THAI_DIGITS

INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
# Written in one character each, so that a place in the folded text is a place in the text.
FOLDED = THAI_DIGITS | str.maketrans(
    {chr(ord("\uff10") + n): str(n) for n in range(10)}
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\uff0d", "-")
    | {"\uff20": "@", "\uff1a": ":", "\uff0b": "+", "\u00a0": " ", "\u3000": " ", "\u202f": " ", "\uff0e": "."}
)
# Addresses from their sign on, so that a long text is read once: the name before it is looked for backwards.
# "name at gmail.com" is written with mail services; at other places people meet.
AT = re.compile(
    r"(?P<sign>@|\(at\)|\[at\])\s?(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}"
    r"|(?<=\s)at\s+(?i:gmail|hotmail|yahoo|outlook|icloud)(?:\.|\s?dot\s?)com?\b"
)
MAILBOX = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+-")
MAILBOX_OF_SIGN = re.compile("[A-Za-z0-9]")
MAILBOX_OF_WORD = re.compile("(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9._%+-]{2}")
LINE = re.compile("line|ไลน", re.IGNORECASE)
# After "LINE" something has to say that an id follows: ":" and "@" alone only where the id looks like one.
LINE_ID = re.compile(
    # Each run of spaces is named once: where two may share one, a long run is tried in every way.
    r"(?:(?<![A-Za-z])line|ไลน์|ไลน)\s*(?:(?:id|ไอดี|oa)\s*(?:[:=\-]\s*)?@?(?=[a-z0-9._-]{0,99}[a-z])"
    r"|(?:[:=]\s*)?@\s*|[:=]\s*(?=[a-z._-]*[\d_]))[a-z0-9][a-z0-9._-]{2,28}[a-z0-9_]"
    r"|(?:https?://)?line\.me/(?:R/)?ti/p/[~@%a-z0-9._-]+",
    re.IGNORECASE,
)
# An id in small letters, which is neither a service of LINE nor an address. Names begin with capitals.
_ID = (
    r"@?(?!(?:official|oa|account|app|application|group|open|openchat|notify|pay|man|today|chatbot|bot|zoom|id|https?|www"
    r"|covid\d*)\b)[a-z][a-z0-9._-]{2,28}[a-z0-9_](?![A-Za-z0-9])"
)
_LIKE_AN_ID = r"(?=[a-z._-]*[\d_])"
LINE_WORD = re.compile(
    rf"(?:(?<![A-Za-z])(?i:id)\s?|ไอดี\s?|แอด\s?|ทัก\s?)(?:(?i:line)|ไลน์)(?:มา|ได้|ที่|หา|ชื่อ|\s|[:=-])*{_ID}"
    rf"|(?:ไลน์|(?<![A-Za-z])LINE)\s+{_LIKE_AN_ID}{_ID}"
)
# Among Thai words alone: "the line: stations" is English.
LINE_WORD_IN_THAI = re.compile(rf"(?:ไลน์|(?<![A-Za-z])(?i:line))(?:\s*[:=]\s*|\s+{_LIKE_AN_ID}){_ID}")
THAI = re.compile("[ก-ฮ]")
THIRTEEN = re.compile(r"(?<![\d.,])[1-8](?:[ .-]{0,3}\d){12}(?!\d)")
# Where a phone number may begin. A comma or point before it means an amount.
PHONE_START = re.compile(
    r"(?<![\d+])(?<!\d[.,/-])(?:\+\d|00(?=66)|(?<!\d )0(?=[ .()-]{0,2}[1-9])|\(0|66(?=[ -]?[689]\d))"
)
SEPARATORS = " .-()"
DATE_START = re.compile(r"\d{1,2}([-. ])\d{1,2}\1\d{4}(?!\d)")
MOST_DIGITS, LEAST_DIGITS = 15, 9

WORDS = {
    "phone-number": ("เบอร์โทรศัพท์", "phone number"),
    "identity-number": ("เลขประจำตัวประชาชน", "identity number"),
    "e-mail": ("อีเมล", "e-mail address"),
    "line-id": ("ไลน์ไอดี", "LINE id"),
}

ADDRESS = "url"  # of a public document: with a part cut out it would lead nowhere


@dataclass(frozen=True, slots=True)
class Span:
    """Personal data from ``start`` to before ``end``; ``kind`` is a key of ``WORDS``."""

    start: int
    end: int
    kind: str


def spans(text: str) -> tuple[Span, ...]:
    """Where personal data stand in the text, in order, without overlaps."""
    places: Sequence[int] = range(len(text))
    if INVISIBLE.search(text):
        places = [place for place in places if not INVISIBLE.match(text[place])]
    folded = INVISIBLE.sub("", text).translate(FOLDED)
    found: list[Span] = []
    end = 0
    for span in sorted(_found(folded), key=lambda span: (span.start, -span.end)):
        if span.start >= end:
            found.append(Span(places[span.start], places[span.end - 1] + 1, span.kind))
            end = span.end
    return tuple(found)


def redacted(text: str) -> str:
    """The text with a remark in its own language in place of each piece of personal data."""
    found = spans(text)
    if not found:
        return text
    thai = THAI.search(text) is not None
    pieces, end = [], 0
    for span in found:
        th, en = WORDS[span.kind]
        pieces += [text[end : span.start], f"[ลบ{th}แล้ว]" if thai else f"[{en} removed]"]
        end = span.end
    return "".join((*pieces, text[end:]))


@dataclass(frozen=True, slots=True)
class Removed:
    """What was taken out of which field: the kind, a key of ``WORDS``, never the value."""

    field: str
    kind: str


def cleaned(values: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Removed, ...]]:
    """JSON values by field with every text in them redacted, and what was taken out of which field."""
    found: dict[Removed, None] = {}

    def clean(value: Any, field: str) -> Any:
        if isinstance(value, str):
            found.update(dict.fromkeys(Removed(field, span.kind) for span in spans(value)))
            return redacted(value)
        if isinstance(value, Mapping):
            return {name: part if name == ADDRESS else clean(part, field) for name, part in value.items()}
        return [clean(part, field) for part in value] if isinstance(value, list | tuple) else value

    return {name: clean(value, name) for name, value in values.items()}, tuple(found)


def _found(text: str) -> Iterator[Span]:
    if "@" in text or "at" in text:
        yield from _addresses(text)
    for kind, pattern in _patterns(text):
        for match in pattern.finditer(text):
            yield Span(*match.span(), kind)
    if sum(map(str.isdigit, text)) < LEAST_DIGITS:
        return
    for match in THIRTEEN.finditer(text):
        if _is_identity_number(match[0]):
            yield Span(*match.span(), "identity-number")
    for match in PHONE_START.finditer(text):
        if end := _end_of_phone(text, match.start()):
            yield Span(match.start(), end, "phone-number")


def _addresses(text: str) -> Iterator[Span]:
    """E-mail addresses, each with the longest name that stands before its sign and in no other address."""
    floor = 0
    for at in AT.finditer(text):
        end = at.start()
        if at["sign"]:
            mailbox, end = MAILBOX_OF_SIGN, end - (end > floor and text[end - 1].isspace())
        else:
            mailbox = MAILBOX_OF_WORD
            while end > floor and text[end - 1].isspace():
                end -= 1
        start = end
        while start > floor and text[start - 1] in MAILBOX:
            start -= 1
        found = mailbox.search(text, start, end)
        if found:
            yield Span(found.start(), at.end(), "e-mail")
        # No name reaches across a sign; a word "at" may be one.
        floor = at.end() if found else at.end("sign") if at["sign"] else floor


def _patterns(text: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Those that the text may have, by kind: most texts lack what every one wants, which is quickly seen."""
    if LINE.search(text):
        yield from (("line-id", LINE_ID), ("line-id", LINE_WORD))
        if THAI.search(text):
            yield "line-id", LINE_WORD_IN_THAI


def _is_identity_number(text: str) -> bool:
    from stdnum.th import pin

    return bool(pin.is_valid(re.sub(r"\D", "", text)))


def _end_of_phone(text: str, start: int) -> int | None:
    """Where the longest valid phone number that begins here ends."""
    import phonenumbers

    if DATE_START.match(text, start):
        return None
    ends = [
        place + 1
        for place in _digit_places(text, start)
        if place + 1 == len(text) or not text[place + 1].isdigit()  # a number does not end inside another
    ]
    for end in reversed(ends):
        written = re.sub(r"[^\d+]", "", text[start:end])
        written = re.sub(r"^(?:00|)66(?=[1-9]\d{7,8}$)", "+66", written)
        digits = len(written.lstrip("+"))
        if not LEAST_DIGITS <= digits <= MOST_DIGITS:
            continue
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(written, "TH")):
                return end
        except phonenumbers.NumberParseException:
            continue
    return None


def _digit_places(text: str, start: int) -> list[int]:
    """Places of the digits of one number: at most three separators lie between two of them."""
    places: list[int] = []
    for place in range(start, len(text)):
        letter = text[place]
        if letter.isdigit():
            places.append(place)
        elif letter not in SEPARATORS and not (letter == "+" and place == start):
            break
        if len(places) == MOST_DIGITS:
            break
    for index, (before, after) in enumerate(pairwise(places), 1):
        if after - before > 4:
            return places[:index]
    return places
