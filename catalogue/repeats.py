"""Which entries new ones probably repeat: by their titles, and by meaning where a search answers.

What is found is told, never in the way. It may take a second for each ten entries, so nobody asks within a transaction.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from catalogue.curation import Status
from catalogue.duplicates import Evidence, text_of
from catalogue.entries import LANGUAGES, Entry
from catalogue.errors import CatalogueError
from catalogue.imports import Alike, Progress, silent
from catalogue.store.reading import Readings, Stored
from catalogue.vocabulary import name_key

Search = Callable[[Sequence[Entry], str], Callable[[Entry], Sequence[tuple[str, Evidence]]]]
"""Finds by meaning for these entries of an organisation; raises ``CatalogueError`` where no index answers."""

# Entries for which the search is asked at a time, and after which it is told how far it is.
AT_ONCE = 100
# Of more entries titles alone are compared, for comparing meaning embeds each, which takes seconds for some hundred;
# their curators see by meaning what each may repeat.
MOST_BY_MEANING = 500
EVENTS_AT_ONCE = 1000
GONE = frozenset({Status.WITHDRAWN, Status.DISCARDED})


class Titles:
    """Ids of a store's entries by their folded titles; reads what is new alone. Shared by threads."""

    def __init__(self, store: Readings) -> None:
        self._store = store
        self._reading = threading.Lock()
        self._head = (-1, "")
        # Titles that an entry had before stay: whoever asks looks at the entry itself.
        self._ids: dict[tuple[str, str], tuple[str, ...]] = {}

    def follow(self) -> None:
        """Read what was written since; the first time everything, which takes a second for 60,000 entries."""
        with self._reading:
            if not self._store.has(*self._head):
                head = self._store.head()
                self._ids = {}
                self._add(self._store.titles(None))
                self._head = head
            while changed := self._store.changes_since(self._head[0], EVENTS_AT_ONCE):
                number = changed[-1][0]
                head = number, self._store.hash_of(number) or ""
                self._add(self._store.titles(None, ids={i for _, i in changed if i}))
                self._head = head

    def of(self, entry: Entry) -> set[str]:
        """The entries of its kind that have, or had, one of its titles; whatever their status."""
        return {i for key in _keys(entry.title.model_dump()) for i in self._ids.get((entry.kind, key), ())}

    def _add(self, titles: Sequence[tuple[str, str, str]]) -> None:
        for entry_id, kind, title in titles:
            known = self._ids.get(key := (kind, name_key(title)), ())
            if entry_id not in known:
                self._ids[key] = (*known, entry_id)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for some entries, which are known by their text: ids may change meanwhile."""

    alike: Mapping[str, tuple[Alike, ...]]
    by_meaning: bool
    """Did a search answer, and were there not too many? Else titles alone were compared."""

    def __call__(self, entry: Entry) -> tuple[Alike, ...]:
        """The entries that this one probably repeats, best first."""
        return self.alike.get(said(entry), ())


class Repeats:
    """Looks for what entries repeat, in one store and by one search."""

    def __init__(self, store: Readings, search: Search | None = None) -> None:
        self._store, self._search, self._titles = store, search, Titles(store)

    def of(self, entries: Sequence[Entry], owner: str = "", told: Progress = silent) -> Found:
        """What these entries repeat of what everybody may read, and of what this organisation ("": nobody) sent."""
        self._titles.follow()
        found: dict[str, tuple[Alike, ...]] = {}
        by_meaning = self._search is not None and len(entries) <= MOST_BY_MEANING
        for start in range(0, len(entries), AT_ONCE):
            some = entries[start : start + AT_ONCE]
            meant = self._meant(some, owner) if by_meaning else None
            by_meaning = meant is not None
            for entry in some:
                evidence = dict(meant(entry)) if meant else {}
                if alike := self._known(entry, evidence, owner):
                    found[said(entry)] = alike
            told("comparing", start + len(some), len(entries))
        return Found(found, by_meaning)

    def _meant(self, entries: Sequence[Entry], owner: str) -> Callable[[Entry], Sequence[tuple[str, Evidence]]] | None:
        assert self._search
        try:
            return self._search(entries, owner)
        except CatalogueError:  # it is logged where it is asked; a plan without it is better than none
            return None

    def _known(self, entry: Entry, evidence: Mapping[str, Evidence], owner: str) -> tuple[Alike, ...]:
        """Those of the entries found that exist for this organisation and still are alike."""
        titled = self._titles.of(entry)
        if not evidence and not titled:
            return ()
        keys, found = _keys(entry.title.model_dump()), []
        for stored in self._store.get_many({*evidence, *titled}).values():
            says = stored.body.get("title") or {}  # a draft may have had one, and been emptied
            same = stored.id in titled and not keys.isdisjoint(_keys(says))
            why = evidence.get(stored.id)
            if (same or why) and _exists(stored, owner) and stored.kind == entry.kind:
                title = {language: says.get(language) for language in LANGUAGES}
                score = max(1.0 if same else 0.0, why.score if why else 0.0)
                found.append(Alike(stored.id, {name: text for name, text in title.items() if text}, score, why))
        return tuple(sorted(found, key=lambda one: (-one.score, one.id)))


def _exists(stored: Stored, owner: str) -> bool:
    return stored.public or (bool(owner) and stored.owner == owner and stored.status not in GONE)


def _keys(title: Mapping[str, str | None]) -> set[str]:
    return {name_key(text) for language in LANGUAGES if (text := title.get(language))}


def said(entry: Entry) -> str:
    """What it says, by which it is known before it has an id."""
    return f"{entry.kind}\n{text_of(entry)}"
