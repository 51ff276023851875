"""What a person may be typing: titles in which a word begins with what is typed. Pure.

    Titles([("PP-1", key("น้ำท่วมถนน")), ("PP-2", key("Floods in Pai"))]).find(key("Pai"), 5)    [("PP-2", "en")]

All titles are one string: looking through those of 60,000 entries takes some milliseconds and no index of its own.
"""

import bisect
from array import array
from collections.abc import Iterable, Iterator, Sequence

from catalogue.entries import Language
from catalogue.search.normalisation import language, normalise

LEADING = "เแโใไ"  # written before the consonant that they follow in speech: no word begins between the two
MOST_LOOKED_AT = 2000  # places in one search: what is typed may be a letter that every title has
ROW = "\n "  # before each title; the space, so that its first word begins as the others do
_PUNCTUATION = str.maketrans(dict.fromkeys("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~“”…", " "))


def key(text: str) -> str:
    """Text as it is compared: normalised, punctuation as spaces, none at the ends."""
    return normalise(text.translate(_PUNCTUATION))


def begins_in(typed: str, name: str) -> bool:
    """Does a word of ``name`` begin with what is typed? Both are keys."""
    return next(_places(f"{ROW}{name}", typed), None) is not None


class Titles:
    """Titles to look in, in the order in which they are offered. Any number of threads may share one."""

    def __init__(self, titles: Iterable[tuple[str, str]]) -> None:
        """Of these ids and keys; an entry may have several."""
        rows = list(titles)
        self._ids = [entry_id for entry_id, _ in rows]
        self._text = "".join(f"{ROW}{text}" for _, text in rows)
        self._starts = array("L")
        at = 0
        for _, text in rows:
            self._starts.append(at)
            at += len(ROW) + len(text)

    def find(self, typed: str, limit: int) -> Sequence[tuple[str, Language]]:
        """Ids and the language of the title that matches ``typed``, a key: first those that begin with it."""
        found: dict[str, Language] = {}
        for places in (_all(self._text, ROW + typed), _places(self._text, typed)):
            for at in places:
                row = bisect.bisect_right(self._starts, at) - 1
                found.setdefault(self._ids[row], self._language(row))
                if len(found) == limit:
                    return list(found.items())
        return list(found.items())

    def _language(self, row: int) -> Language:
        end = self._starts[row + 1] if row + 1 < len(self._starts) else len(self._text)
        return language(self._text[self._starts[row] : end])


def _places(text: str, typed: str) -> Iterator[int]:
    """Where a word begins with ``typed``: after a space; in Thai, which has none between words, anywhere."""
    if "\u0e00" <= typed[:1] <= "\u0e7f":
        return (at for at in _all(text, typed) if text[at - 1] not in LEADING)
    return _all(text, f" {typed}")


def _all(text: str, part: str) -> Iterator[int]:
    at = -1
    for _ in range(MOST_LOOKED_AT):
        at = text.find(part, at + 1)
        if at < 0:
            return
        yield at
