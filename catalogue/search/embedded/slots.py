"""The entries of one embedded generation in memory: filters, facets, order. Immutable; grows by copies. Pure.

Every indexed version of an entry has a *slot*: a row of the vector file and of the arrays here. Slots are never used
twice; a replaced or deleted entry leaves a dead slot behind, until a rebuild starts a fresh generation. The indexer
rebuilds where there are many.
"""

import itertools
import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from catalogue.search.index import Document, FacetCounts, Filters

STRIDE = 16  # of a sample: coarse enough to cost nothing, fine enough to hold some of the greatest

Mask = NDArray[np.bool_]
SlotArray = NDArray[np.int64]


class Kept(NamedTuple):
    """Where the excerpts of a slot's entry stand in their file."""

    at: int
    """Byte."""
    sizes: Mapping[str, int]
    """Bytes by language, in this order."""
    crc: int

    @classmethod
    def of(cls, at: int, excerpts: Mapping[str, bytes]) -> "Kept":
        """Of these, written at ``at``."""
        return cls(at, {la: len(data) for la, data in excerpts.items()}, zlib.crc32(b"".join(excerpts.values())))

    def parts(self, data: bytes) -> dict[str, bytes]:
        """What was written, by language; raises ValueError where it is not that."""
        if zlib.crc32(data) != self.crc:
            raise ValueError("excerpts differ from what was committed")
        ends = list(itertools.accumulate(self.sizes.values()))
        return {la: data[end - size : end] for (la, size), end in zip(self.sizes.items(), ends, strict=True)}


def put_record(slot: int, document: Document, kept: Kept | None = None) -> bytes:
    """The line of the entry log that puts this document into ``slot``."""
    record: dict[str, Any] = {
        "slot": slot,
        "id": document.id,
        "revision": document.revision,
        "language": document.language,
        "date": document.sort_date,
        "filters": {name: list(values) for name, values in document.filters.items() if values},
    }
    if kept:
        record["excerpts"] = kept._asdict()
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def delete_record(entry_id: str) -> bytes:
    """The line of the entry log that removes this entry."""
    return json.dumps({"deleted": entry_id}, ensure_ascii=False).encode() + b"\n"


@dataclass(frozen=True)
class Column:
    """One filter field: pair i says that slot ``slots[i]`` has value ``values[codes[i]]``."""

    values: tuple[str, ...] = ()
    slots: SlotArray = field(default_factory=lambda: np.empty(0, np.int64))
    codes: SlotArray = field(default_factory=lambda: np.empty(0, np.int64))

    def extended(self, pairs: Sequence[tuple[int, str]]) -> "Column":
        """This column with (slot, value) pairs added."""
        code = {value: i for i, value in enumerate(self.values)}
        codes = [code.setdefault(value, len(code)) for _, value in pairs]
        return Column(
            tuple(code),
            np.concatenate([self.slots, np.array([slot for slot, _ in pairs], np.int64)]),
            np.concatenate([self.codes, np.array(codes, np.int64)]),
        )

    def mask(self, wanted: Collection[str], size: int) -> Mask:
        """Which of ``size`` slots have one of the wanted values."""
        chosen = np.array([value in wanted for value in self.values], bool)
        out = np.zeros(size, bool)
        if chosen.any():
            out[self.slots[chosen[self.codes]]] = True
        return out

    def counts(self, among: Mask) -> list[tuple[str, int]]:
        """How many of the slots in ``among`` have each value, most frequent first, then by value."""
        return self._counted(self.codes[among[self.slots]])

    def counts_of(self, slots: SlotArray) -> list[tuple[str, int]]:
        """The same for these slots, each once, without going through all pairs."""
        known = np.minimum(slots, len(self._first) - 2)
        return self._counted(self.codes[_ranges(self._first[known], self._first[known + 1])])

    @cached_property
    def _first(self) -> SlotArray:
        """Where the pairs of each slot begin, which ascend by slot; two more than there are slots with pairs."""
        return np.searchsorted(self.slots, np.arange(self.slots.max(initial=-1) + 3))

    def _counted(self, codes: SlotArray) -> list[tuple[str, int]]:
        counts = np.bincount(codes, minlength=len(self.values))
        found = [(self.values[i], int(counts[i])) for i in np.flatnonzero(counts)]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))


@dataclass(frozen=True)
class Slots:
    """All slots of a generation up to one commit."""

    ids: NDArray[np.object_] = field(default_factory=lambda: np.empty(0, object))
    slot_of: Mapping[str, int] = field(default_factory=dict)
    alive: Mask = field(default_factory=lambda: np.empty(0, bool))
    revisions: SlotArray = field(default_factory=lambda: np.empty(0, np.int64))
    dates: NDArray[np.object_] = field(default_factory=lambda: np.empty(0, object))
    languages: Column = field(default_factory=Column)
    columns: Mapping[str, Column] = field(default_factory=dict)
    excerpts: Mapping[int, Kept] = field(default_factory=dict)
    """Of the slots whose entry has any."""

    def __len__(self) -> int:
        return len(self.ids)

    def extended(self, log: bytes) -> "Slots":
        """These slots after the records of ``log``; raises ValueError where the log makes no sense."""
        slot_of, puts = dict(self.slot_of), list[dict[str, Any]]()
        dead: list[int] = []
        for line in log.splitlines():
            record = json.loads(line)
            gone = record["deleted"] if "deleted" in record else record["id"]
            if gone in slot_of:
                dead.append(slot_of.pop(gone))
            if "slot" in record:
                if record["slot"] != len(self) + len(puts):
                    raise ValueError(f"slot {record['slot']} is out of order")
                slot_of[gone] = record["slot"]
                puts.append(record)
        pairs: dict[str, list[tuple[int, str]]] = {}
        for record in puts:
            for name, values in record["filters"].items():
                pairs.setdefault(name, []).extend((record["slot"], value) for value in dict.fromkeys(values))
        alive = np.concatenate([self.alive, np.ones(len(puts), bool)])
        alive[dead] = False
        return replace(
            self,
            ids=np.concatenate([self.ids, np.array([p["id"] for p in puts], object)]),
            slot_of=slot_of,
            alive=alive,
            revisions=np.concatenate([self.revisions, np.array([p["revision"] for p in puts], np.int64)]),
            dates=np.concatenate([self.dates, np.array([p["date"] for p in puts], object)]),
            excerpts={**self.excerpts, **{p["slot"]: Kept(**p["excerpts"]) for p in puts if "excerpts" in p}},
            languages=self.languages.extended([(p["slot"], p["language"]) for p in puts]),
            columns={
                name: self.columns.get(name, Column()).extended(pairs.get(name, []))
                for name in (*self.columns, *(n for n in pairs if n not in self.columns))
            },
        )

    def mask(self, filters: Filters) -> Mask:
        """The living slots that pass the filters."""
        out = self.alive.copy()
        for name, wanted in filters.items():
            out &= self.columns.get(name, Column()).mask(wanted, len(self))
        return out

    def of_language(self, language: str) -> Mask:
        """The slots, dead ones included, whose entry is in this language."""
        return self._by_language[language]

    @cached_property
    def _by_language(self) -> Mapping[str, Mask]:
        return {value: self.languages.mask((value,), len(self)) for value in self.languages.values}

    @cached_property
    def newest_first(self) -> SlotArray:
        """The living slots, newest first, then by id; entries without a date last."""
        by_id = self.by_id(np.flatnonzero(self.alive))
        # sorted() keeps the id order among equal dates, reverse=True included
        return np.array(sorted(by_id, key=lambda slot: self.dates[slot], reverse=True), np.int64)

    def language_of(self, slots: SlotArray) -> NDArray[np.str_]:
        """The language of each of these slots' entries."""
        return np.array(self.languages.values or ("",))[self.languages.codes[slots]]

    def facets(self, among: Mask, fields: Collection[str]) -> FacetCounts:
        """Counts of the fields' values over the slots in ``among``."""
        return {name: self.columns.get(name, Column()).counts(among) for name in fields}

    def facets_of(self, slots: SlotArray, fields: Collection[str]) -> FacetCounts:
        """Counts of the fields' values over these slots, each of them once."""
        return {name: self.columns.get(name, Column()).counts_of(slots) for name in fields}

    def by_id(self, slots: SlotArray) -> SlotArray:
        """These slots in the order of their ids."""
        return slots[np.argsort(self._id_rank[slots], kind="stable")]

    @cached_property
    def _id_rank(self) -> SlotArray:
        """Place of each slot in the order of ids."""
        rank = np.empty(len(self), np.int64)
        rank[sorted(range(len(self)), key=self.ids.__getitem__)] = np.arange(len(self))
        return rank

    def best(self, slots: SlotArray, scores: NDArray[np.float32], depth: int) -> SlotArray:
        """Positions in ``slots`` of the ``depth`` greatest scores, best first, then by id."""
        kept = np.flatnonzero(scores >= greatest(scores, depth)) if len(slots) > depth else np.arange(len(slots))
        order = np.lexsort((self._id_rank[slots[kept]], -scores[kept]))
        return kept[order][:depth]


def _ranges(starts: SlotArray, ends: SlotArray) -> SlotArray:
    """All whole numbers of these ranges, one range after the other."""
    lengths = ends - starts
    numbers: SlotArray = np.arange(lengths.sum()) + np.repeat(starts - np.cumsum(lengths) + lengths, lengths)
    return numbers


def greatest(scores: NDArray[np.float32], depth: int) -> np.float32:
    """The ``depth``-th greatest score. Of many, a sample of them says first which ones can be it, as a rule."""
    if len(scores) > 8 * STRIDE * depth:
        some = scores[::STRIDE]
        above = scores[scores >= _greatest(some, (depth + 1) // 2)]
        scores = above if len(above) >= depth else scores
    return _greatest(scores, depth)


def _greatest(scores: NDArray[np.float32], depth: int) -> np.float32:
    found: np.float32 = np.partition(scores, len(scores) - depth)[len(scores) - depth]
    return found
