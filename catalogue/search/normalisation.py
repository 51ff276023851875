"""One spelling for what looks the same, and the way back to the text as written.

normalise(text)   what dictionary, documents and queries pass through
aligned(text)     the same with each character's place in the text as written
language(text)    Thai or English
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from typing import Final, Literal

Language = Literal["th", "en"]

# Share of Thai letters from which a text counts as Thai. Thai writers mix in Latin names and terms freely
# ("ระบบ AI สำหรับ Smart City"); English text holds Thai only in a quoted name.
THAI_SHARE: Final = 0.2

_SIGN: Final = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"  # above, below and tone signs: never without a letter before
_TONE: Final = "\u0e48-\u0e4b"
_FOLLOW: Final = "\u0e30\u0e32\u0e33\u0e45"  # ะ า ำ ๅ
_LEAD: Final = "\u0e40-\u0e44"  # เ แ โ ใ ไ
THAI: Final = "\u0e01-\u0e2e\u0e30-\u0e3a\u0e40-\u0e45\u0e47-\u0e4e"  # without ฯ ๆ ฿ ๏ and digits
_INVISIBLE: Final = "\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
# White space, controls (NUL among them), half surrogate pairs and private use: nothing that a reader could search for.
_BLANK: Final = "\\s\u0000-\u001f\u007f-\u009f\ud800-\uf8ff"

_INVISIBLES: Final = re.compile(f"[{_INVISIBLE}]+")
_BLANKS: Final = re.compile(f"[{_BLANK}]+")
_UNTIDY_BLANKS: Final = re.compile(f"[{_BLANK}](?:(?<! )[{_BLANK}]*|[{_BLANK}]+)")  # all but single spaces
# Where old Thai fonts, and PDF files made with them, keep other shapes of letters and signs (private use F700 to F71A).
_TONES: Final = "\u0e48\u0e49\u0e4a\u0e4b\u0e4c"
_OLD_SHAPES: Final = "ฐ\u0e34\u0e35\u0e36\u0e37" + _TONES * 2 + "ญ\u0e31\u0e4d\u0e47" + _TONES + "\u0e38\u0e39\u0e3a"
_FOLDS: Final = str.maketrans(
    {chr(0x0E50 + d): str(d) for d in range(10)}  # Thai digits
    | {chr(0xFF01 + i): chr(0x21 + i) for i in range(94)}  # full-width ASCII, the one part of NFKC that we want
    | {"\u2010": "-", "\u2011": "-", "\u2018": "'", "\u2019": "'", "\u02bc": "'"}
    | {chr(0xF700 + i): shape for i, shape in enumerate(_OLD_SHAPES)}
)
_FOLDABLE: Final = re.compile("[\u0e50-\u0e59\uff01-\uff5e\u2010\u2011\u2018\u2019\u02bc\uf700-\uf71a]")
# What pythainlp.util.normalize repairs (order of signs, doubled signs, เเ for แ, ํ + า for ำ): almost no text has any,
# and looking is much quicker than its thirty substitutions. Each search leaps to where one can begin.
_ODD_PAIR: Final = re.compile(
    f"[{_SIGN}{_FOLLOW}{_LEAD}](?=[{_SIGN}{_FOLLOW}{_LEAD}])(?:(?<=[{_TONE}\u0e4c])[\u0e31\u0e34-\u0e3a\u0e47\u0e4d]"
    f"|(?<=\u0e4d)[{_TONE}]*\u0e32|(?<=[{_FOLLOW}])[{_SIGN}]|(?<=[{_TONE}])[{_TONE}]|(?<=([{_SIGN}{_FOLLOW}]))\\1"
    f"|(?<=\u0e40)\u0e40|(?<=([\u0e41-\u0e44]))\\2)"
)
_FOLDED: Final = re.compile(f"[{_INVISIBLE}]|{_FOLDABLE.pattern}")
_is_composed = partial(unicodedata.is_normalized, "NFC")
_LOOSE_SIGN: Final = re.compile(f"[^{THAI}][{_SIGN}]")
_LEADS: Final = re.compile(f"([{_LEAD}])\\1+")
_SIGNS: Final = re.compile(f"(^|.)([{_SIGN}{_FOLLOW}]+)", re.DOTALL)
_REPEATS: Final = re.compile(f"([{_SIGN}{_FOLLOW}])\\1+")
LOOSE_SIGNS: Final = re.compile(f"^[{_SIGN}]+")


def _is_odd(text: str) -> bool:
    """Is there anything in it to repair?"""
    return bool("\u0e45" in text or _ODD_PAIR.search(text) or _LOOSE_SIGN.search(text) or LOOSE_SIGNS.match(text))


def _is_plain(text: str) -> bool:
    """Is there nothing to fold but letter case and blanks? So it is with most text, and looking is quick."""
    cased = text.casefold()
    return not (_FOLDED.search(cased) or _is_odd(cased)) and all(map(_is_composed, (text, cased)))


@lru_cache(maxsize=4096)
def _tidy_signs(base: str, signs: str) -> str:
    """The signs after one letter in one order, each once: vowel, tone (the last one typed), following vowel."""
    if base not in ("ฤ", "ฦ"):  # ๅ is a letter of its own after these, elsewhere a misspelt า
        signs = signs.replace("\u0e45", "\u0e32")
    # Nobody means more than four signs; the substitutions below are quadratic in what was pasted.
    signs, before = _REPEATS.sub(r"\1", signs)[:12], None
    while signs != before:
        before = signs
        signs = re.sub(f"([{_TONE}\u0e4c]+)([\u0e31\u0e34-\u0e3a\u0e47\u0e4d]+)", r"\2\1", signs)
        signs = re.sub(f"\u0e4d([{_TONE}]*)\u0e32", "\\1\u0e33", signs)
        signs = re.sub(f"([{_FOLLOW}]+)([{_SIGN}]+)", r"\2\1", signs)
        signs = re.sub(f"[{_TONE}]+", lambda tones: tones[0][-1], signs)
        signs = unicodedata.normalize("NFC", _REPEATS.sub(r"\1", signs))
        if not re.match(f"[{THAI}]", base):
            signs = LOOSE_SIGNS.sub("", signs)
    return signs


def fold(text: str) -> str:
    """The normalised text, but for the blanks at both ends."""
    if text.isascii():
        text = text.lower()
    elif _is_plain(text):
        text = text.casefold()
    else:
        text = _INVISIBLES.sub("", text)
        text = unicodedata.normalize("NFC", text).casefold()
        if _FOLDABLE.search(text):
            text = text.translate(_FOLDS)
        text = unicodedata.normalize("NFC", text)
        if _is_odd(text):
            text = _LEADS.sub(r"\1", re.sub("\u0e40{2,}", "\u0e41", text))
            # Once more, because a sign that went may have stood between a letter and its accent.
            text = unicodedata.normalize("NFC", _SIGNS.sub(lambda run: run[1] + _tidy_signs(run[1], run[2]), text))
    return _UNTIDY_BLANKS.sub(" ", text)


def normalise(text: str) -> str:
    """Text in the one spelling that everything is compared in: NFC, Thai signs in order, digits 0-9, lower case.

    Does what ``pythainlp.util.normalize`` does (นํ้า -> น้ำ, เเ -> แ, doubled signs, zero-width characters, signs
    without a letter) and never moves anything across a space. Controls and half surrogate pairs become a space;
    spaces are single, none at the ends. Not NFKC, which takes ำ apart. Idempotent; takes any text.
    """
    return fold(text).strip()


def language(text: str) -> Language:
    """Thai where at least a fifth of the Thai and Latin letters are Thai, or where there are none; else English."""
    thai = len(re.findall(f"[{THAI}]", text))
    latin = len(re.findall("[A-Za-z\u00c0-\u024f]", text))
    return "th" if thai >= THAI_SHARE * (thai + latin) else "en"


# What never begins a cluster, beside Unicode's marks: following vowels, invisible characters, Hangul vowels and finals
# (the only characters that NFC joins to the one before without being marks), old shapes of Thai signs.
_JOINS: Final = re.compile(f"[{_SIGN}{_FOLLOW}{_INVISIBLE}\u1160-\u11ff\uf701-\uf70e\uf710-\uf71a]")

_WRITTEN: Final = re.compile(r"\s+|\S+")


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Where each character and what belongs to it begin and end: folding cluster by cluster folds the text."""
    start, last, blank = 0, "", False
    for place, char in enumerate(text):
        joins = bool(_JOINS.match(char)) or unicodedata.category(char)[0] == "M"
        is_blank = not joins and bool(_BLANKS.match(char))
        is_lead = "\u0e40" <= char <= "\u0e44"
        if place and not (joins or (is_blank and blank) or (is_lead and "\u0e40" <= last <= "\u0e44")):
            yield start, place
            start, blank = place, is_blank
        elif not place:
            blank = is_blank
        if not (joins and _INVISIBLES.match(char)):
            last = char
    if text:
        yield start, len(text)


def aligned(raw: str, folded: str | None = None) -> tuple[str, Sequence[int], Sequence[int]]:
    """The normalised text, and for each of its characters where what it was made of begins and ends in ``raw``.

    ``folded``: what `fold` makes of it, if that is known.
    """
    normal = fold(raw) if folded is None else folded
    like = raw.casefold().replace("\n", " ")
    if len(like) == len(raw) and normal == like and not normal.startswith(" "):  # letter for letter
        return normal.rstrip(), range(len(raw)), range(1, len(raw) + 1)
    starts: list[int] = []
    ends: list[int] = []
    written: list[str] = []

    def add(piece: str, start: int, end: int) -> None:
        if piece.startswith(" ") and (not written or written[-1] == " "):
            piece = piece[1:]
        written.extend(piece)
        if len(piece) == end - start and piece == raw[start:end].casefold():  # letter for letter
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
        else:
            starts.extend([start] * len(piece))
            ends.extend([end] * len(piece))

    for found in _WRITTEN.finditer(raw):
        start, end = found.span()
        piece = fold(found[0])
        if piece == " " or piece == found[0].casefold():
            add(piece, start, end)
        else:
            for first, last in _clusters(found[0]):
                add(fold(found[0][first:last]), start + first, start + last)
    return "".join(written).strip(), starts, ends
