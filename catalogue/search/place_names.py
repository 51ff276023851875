"""The provinces that a question names, by any of their names or by a well-known place in them.

PlaceNames(read_place_names(SCHEMAS), synonyms, read_alone(SCHEMAS)).find("flood in Chiang Mai")    TH-50, "Chiang Mai"
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from catalogue.search.synonyms import AMBIGUOUS, CAPITAL, Synonyms, marked_names, read_groups
from catalogue.vocabulary import name_key, read_vocabulary

# Beside one of these a name that is a word too is meant as a name.
OF_PROVINCES = ("จังหวัด{}", "จ.{}", "จว.{}", "ชาว{}", "อำเภอเมือง{}", "อ.เมือง{}", "{} province")
OF_PLACES = ("อำเภอ{}", "อ.{}", "{} district")
# What bears a place's name and may be anywhere; a blank between them, or a small letter, parts them: ซ่อมถนน เชียงใหม่.
_CALLED = re.compile(r"(?:ถนน|แม่น้ำ|ธนาคาร|มหาวิทยาลัย)\Z")
_CALLED_AFTER = re.compile(r" (?:Road|River|Bank|University)\b")


class NamedPlace(NamedTuple):
    """A province, and what the question calls it."""

    code: str
    """ISO 3166-2."""
    text: str


def read_place_names(folder: Path) -> dict[str, str]:
    """Province code by name: what the groups of synonyms.py call a province, and the places of provinces.yaml; names
    that mean something else more often, with a word that says what they are.
    """
    groups = [group for group in read_groups(folder) if group.kind.startswith("TH-")]
    names = {form.text: group.kind for group in groups for form in group.forms}
    ambiguous = marked_names(folder, AMBIGUOUS)
    doubtful = ambiguous | marked_names(folder, CAPITAL)
    for province in read_vocabulary(folder).provinces.values():
        own = (province.label.th, province.label.en, *province.aliases)
        sure = (name for name in province.places if name_key(name) not in ambiguous)
        beside = (*_beside(OF_PROVINCES, own, doubtful), *_beside(OF_PLACES, province.places, doubtful))
        names |= dict.fromkeys((*sure, *beside), province.code)
    return names


def _beside(said: Iterable[str], names: Iterable[str], doubtful: set[str]) -> Iterator[str]:
    for name in names:
        if name_key(name) in doubtful:
            yield from (form.format(name) for form in said if form.isascii() == name.isascii())


def read_alone(folder: Path) -> dict[str, str]:
    """Province code by what means it as a whole question only: labels that are words too, and
    เมืองเลย, which is “no town at all” in a sentence."""
    doubtful = marked_names(folder, AMBIGUOUS) | marked_names(folder, CAPITAL)
    labels = {name: p.code for p in read_vocabulary(folder).provinces.values() for name in (p.label.th, p.label.en)}
    doubted = {name: code for name, code in labels.items() if name_key(name) in doubtful}
    return doubted | {f"เมือง{name}": code for name, code in doubted.items() if not name.isascii()}


class PlaceNames:
    """The names as terms, stop words too: That Phanom is no Phanom. Any number of threads may share one."""

    def __init__(self, names: Mapping[str, str], synonyms: Synonyms, alone: Mapping[str, str]) -> None:
        """Cut every name into terms; ``alone`` are those that count as a whole question."""
        self._synonyms = synonyms
        self._codes: dict[tuple[str, ...], str] = {}
        for name, code in names.items():
            self._codes.setdefault(self._terms(name), code)
        self._alone = {self._terms(name): code for name, code in alone.items()}
        self._longest = max(map(len, self._codes), default=0)

    def find(self, text: str) -> tuple[NamedPlace, ...]:
        """The provinces in the order of the text, each once; the longest names, none inside another."""
        if code := self._alone.get(self._terms(text)):
            return (NamedPlace(code, text.strip()),)
        found: dict[str, NamedPlace] = {}
        parts = self._synonyms.parts(text, keep_stopwords=True)
        at = 0
        while at < len(parts):
            size, code = self._named([term for _, _, term in parts[at : at + self._longest]])
            start, end = parts[at][0], parts[at + size - 1][1]
            is_called = _CALLED.search(text[:start]) or _CALLED_AFTER.match(text, end)
            if code and not is_called and self._synonyms.is_name(text[start:end]):
                found.setdefault(code, NamedPlace(code, text[start:end]))
            at += size
        return tuple(found.values())

    def _terms(self, text: str) -> tuple[str, ...]:
        return tuple(term for _, _, term in self._synonyms.parts(text, keep_stopwords=True))

    def _named(self, words: list[str]) -> tuple[int, str]:
        for size in range(len(words), 0, -1):
            if code := self._codes.get(tuple(words[:size])):
                return size, code
        return 1, ""
