"""Entries as the reader remembers them, so that a vector crosses the network once, not with every search."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from catalogue.search.document import FILTERS
from catalogue.search.index import Filters, Vector
from catalogue.search.opensearch.mapping import unpack

FILTER_COLUMNS = {name: f"filters.{name}" for name in FILTERS}
COLUMNS = ("id", "revision", "language", "packed", "told", *FILTER_COLUMNS.values())
REMEMBERED = 100_000  # about 2.5 KB each


class Held(NamedTuple):
    """One indexed version of an entry."""

    id: str
    revision: int
    language: str
    filters: Mapping[str, tuple[str, ...]]
    vector: Vector
    told: tuple[str, ...] = ()
    """The languages in which it has excerpts. These are not remembered: few are ever shown, and they are many bytes."""

    @classmethod
    def read(cls, columns: Mapping[str, list[Any]]) -> "Held":
        """From the COLUMNS of a hit."""
        filters = {name: tuple(columns[column]) for name, column in FILTER_COLUMNS.items() if column in columns}
        return cls(
            columns["id"][0],
            columns["revision"][0],
            columns["language"][0],
            filters,
            unpack(columns["packed"][0]),
            tuple(columns.get("told", ())),
        )

    def passes(self, filters: Filters) -> bool:
        """Has it one of the wanted values in each field?"""
        return all(not wanted.isdisjoint(self.filters.get(name, ())) for name, wanted in filters.items())


class Remembered:
    """The last entries that were read, by generation (State.born) and id. Shared by threads."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._held: OrderedDict[tuple[str, str], Held] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._held)

    def known(self, born: str, wanted: Iterable[tuple[str, int]]) -> dict[str, Held]:
        """Those of the wanted (id, revision) that are remembered, by id."""
        found = ((i, revision, self._held.get((born, i))) for i, revision in wanted)
        return {i: held for i, revision, held in found if held is not None and held.revision == revision}

    def add(self, born: str, entries: Iterable[Held]) -> None:
        """Remember these, where nothing newer is known, and forget what was read the longest ago."""
        with self._lock:
            for held in entries:
                key = born, held.id
                known = self._held.get(key)
                if known is None or known.revision <= held.revision:
                    self._held[key] = held
                    self._held.move_to_end(key)
            while len(self._held) > self._most:
                self._held.popitem(last=False)
