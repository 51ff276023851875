"""The provinces that a question names, by any of their names or by a well-known place in them.

PlaceNames(read_place_names(SCHEMAS), synonyms).find("flood in Chiang Mai")    TH-50, "Chiang Mai"
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from catalogue.search.synonyms import AMBIGUOUS, CAPITAL, Synonyms, marked_names, read_groups
from catalogue.vocabulary import name_key, read_vocabulary

# Beside one of these a name that is a word too is meant as a name.
OF_PROVINCES = ("จังหวัด{}", "จ.{}", "{} province")
OF_PLACES = ("อำเภอ{}", "อ.{}", "{} district")


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


class PlaceNames:
    """The names as terms. Any number of threads may share one."""

    def __init__(self, names: Mapping[str, str], synonyms: Synonyms) -> None:
        """Cut every name into terms."""
        self._synonyms = synonyms
        self._codes: dict[tuple[str, ...], str] = {}
        for name, code in names.items():
            self._codes.setdefault(synonyms.words(name), code)
        self._longest = max(map(len, self._codes), default=0)

    def find(self, text: str) -> tuple[NamedPlace, ...]:
        """The provinces in the order of the text, each once; the longest names, none inside another."""
        found: dict[str, NamedPlace] = {}
        parts = self._synonyms.parts(text)
        at = 0
        while at < len(parts):
            size, code = self._named([term for _, _, term in parts[at : at + self._longest]])
            written = text[parts[at][0] : parts[at + size - 1][1]]
            if code and self._synonyms.is_name(written):
                found.setdefault(code, NamedPlace(code, written))
            at += size
        return tuple(found.values())

    def _named(self, words: list[str]) -> tuple[int, str]:
        for size in range(len(words), 0, -1):
            if code := self._codes.get(tuple(words[:size])):
                return size, code
        return 1, ""
