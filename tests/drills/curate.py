"""Four clients decide, merge, import and take back at random on the same few entries: nothing that was written is lost.

    python3 run.py drill curate --operations 2000 --database postgresql

Without --database both are drilled, where PostgreSQL is installed.
"""

import argparse
import datetime
import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from catalogue import batches, decisions, merges, review
from catalogue.curation import Status
from catalogue.decisions import CLAIM_LASTS, Action
from catalogue.entries import parse
from catalogue.errors import ActionRefused, Conflict, EntryNotFound, IncompleteEntry, InvalidParameter, MergeRefused
from catalogue.imports import Row
from catalogue.loading import Upload, import_rows
from catalogue.people import Grant, Person, Role
from catalogue.search.analysis import Analyser
from catalogue.settings import SCHEMAS
from catalogue.store import UPDATED, Change, Store
from catalogue.store.events import ENTRY_KINDS
from catalogue.vocabulary import Vocabulary, read_vocabulary
from indexer.sync import ensure
from tests.databases import KINDS, drilled
from tests.merging_catalogue import PAINS, all_is_well, fill
from tests.small_catalogue import drift_of, open_parts

CLIENTS, OWNER = 4, "OG-2569-003"
START = datetime.datetime(2026, 11, 25, tzinfo=datetime.UTC)
PEOPLE = [
    Person("U-host", grants=(Grant(Role.HOST_EDITOR, OWNER),)),
    Person("U-first", grants=(Grant(Role.CURATOR),)),
    Person("U-second", grants=(Grant(Role.CURATOR),)),
    Person("U-admin", grants=(Grant(Role.ADMIN),)),
]
MERGES, IMPORTS = "U-merges", "U-imports"  # whose events are told apart from those of decisions
REFUSALS = (ActionRefused, Conflict, EntryNotFound, IncompleteEntry, InvalidParameter, MergeRefused)
SENT = tuple(f"A{number}" for number in range(1, 5))  # the sender's ids in imported files


@dataclass
class Seen:
    """What the clients were answered: (entry, revision read, revision written), and how often they were refused."""

    written: list[tuple[str, int, int]] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)  # that merges and imports wrote, by what wrote them
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    broken: list[Exception] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)  # batches
    imported: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=lambda: list(PAINS))


def drill(url: str, state: Path, operations: int, seed: int = 1) -> Seen:
    """Run it and check all that has to hold afterwards; raises ``AssertionError`` where something does not."""
    parts = open_parts(state, Analyser(), url=url)
    try:
        fill(parts.store)
        parts.store.apply([Change(UPDATED, entry_id, owner=OWNER) for entry_id in PAINS], "test")
        ensure(parts)
        seen, vocabulary = Seen(), read_vocabulary(SCHEMAS)
        lock = threading.Lock()
        clients = [
            threading.Thread(
                target=_client, args=(url, operations // CLIENTS, seed * 100 + number, seen, lock, vocabulary)
            )
            for number in range(CLIENTS)
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        assert not seen.broken, seen.broken
        _nothing_is_lost(parts.store, seen)
        all_is_well(parts.store)
        ensure(parts)
        drift = drift_of(parts)
        assert not drift, drift
    finally:
        parts.writer.close()
        parts.store.close()
    return seen


def _nothing_is_lost(store: Store, seen: Seen) -> None:
    """Every decision stands directly behind the revision that its client had read, and no event is unaccounted for."""
    assert seen.written
    people = {person.id for person in PEOPLE}
    by_actor: Counter[str] = Counter()
    for entry_id in seen.ids:
        events = [event for event in store.events_of(entry_id) if event.kind.startswith(ENTRY_KINDS)]
        steps = set(itertools.pairwise(event.number for event in events))
        written = [(read, wrote) for one, read, wrote in seen.written if one == entry_id]
        assert set(written) <= steps
        assert sorted(wrote for _, wrote in written) == [e.number for e in events if e.actor in people]
        by_actor.update(event.actor for event in events)
    assert by_actor[MERGES] == seen.events[MERGES]
    assert by_actor[IMPORTS] == seen.events[IMPORTS]
    held = [stored.external_id for stored in store.get_many(seen.ids).values() if stored.external_id]
    assert len(held) == len(set(held)), held


class _Client:
    """One of four who work at the same time, with a connection of their own."""

    def __init__(
        self, store: Store, chance: random.Random, seen: Seen, lock: threading.Lock, words: Vocabulary
    ) -> None:
        self._store, self._chance, self._seen, self._lock, self._vocabulary = store, chance, seen, lock, words

    def act(self, now: datetime.datetime) -> None:
        """Something at random; a refusal is an answer as well."""
        steps: tuple[Callable[[datetime.datetime], None], ...] = (
            self._decide,
            self._merge,
            self._unmerge,
            self._import,
            self._take_back,
        )
        (step,) = self._chance.choices(steps, (12, 2, 2, 3, 6))
        name = step.__name__.strip("_")
        try:
            step(now)
        except REFUSALS as refusal:
            with self._lock:
                self._seen.refused[f"{name}: {refusal.slug}"] += 1
        else:
            with self._lock:
                self._seen.done[name] += 1

    def _decide(self, now: datetime.datetime) -> None:
        """The revision was read a moment ago, and others may have been quicker."""
        entry_id, person = self._one(list(self._seen.ids)), self._chance.choice(PEOPLE)
        stored, event = self._store.latest(ids=[entry_id])[0]
        standing = review.standing_of(stored, review.details_of(event), lambda account: account)
        # Half of the time something that is allowed, publishing and restoring before all: else all would end withdrawn.
        may = [one for one in decisions.allowed(standing, person, now) if one != Action.WITHDRAW]
        forward = [one for one in (Action.PUBLISH, Action.RESTORE, Action.SUBMIT) if one in may] or may
        action = self._chance.choice(forward if forward and self._chance.random() < 0.5 else list(Action))
        entry = None
        if action in (Action.EDIT, Action.ANSWER):
            said = {"th": f"แก้ครั้งที่ {self._chance.random()}"}
            entry = parse({**stored.body, "statement": said, "theme": "tourism"})
        decision = review.Decision(
            entry_id, action, stored.revision, "reason", "test", (review.Comment("title", "why"),), entry, Status.SOLVED
        )
        wrote = review.apply(self._store, decision, person, now, lambda account: account)
        with self._lock:
            self._seen.written.append((entry_id, stored.revision, wrote))

    def _merge(self, now: datetime.datetime) -> None:
        canonical, member = self._chance.sample(PAINS, 2)
        read = {one.id: one.revision for one in self._store.get_many([canonical, member]).values()}
        batch = merges.merge(self._store, canonical, [member], {}, actor=MERGES, reason="same", read=read, at=now)
        with self._lock:
            self._seen.merged.append(batch)
        self._count(MERGES, batch)
        for event in self._store.events_of_batch(batch):
            events = [e for e in self._store.events_of(str(event.entry_id)) if e.kind.startswith(ENTRY_KINDS)]
            before = [e.number for e in events if e.number < event.number][-1]
            assert before == read[str(event.entry_id)], "a merge took no notice of what came between"

    def _unmerge(self, now: datetime.datetime) -> None:
        batch = self._one(self._seen.merged[-5:])
        merges.undo(self._store, batch, actor=MERGES, at=now)
        self._count(MERGES, f"{batch}-undone")

    def _import(self, now: datetime.datetime) -> None:
        """A file of some of the same four rows, in other words each time."""
        sent = self._chance.sample(SENT, 2)
        rows = [
            Row(
                "x.jsonl",
                number,
                {
                    "kind": "pain_point",
                    "language": "th",
                    "external_id": one,
                    "title": {"th": f"แถว {one}"},
                    "statement": {"th": f"ฉบับ {self._chance.randint(1, 3)}"},
                },
            )
            for number, one in enumerate(sent, 1)
        ]
        upload = Upload("x.jsonl", f"{self._chance.getrandbits(256):064x}")
        made = import_rows(
            rows,
            self._store,
            self._vocabulary,
            actor=IMPORTS,
            batch=upload.sha256,
            reason="import",
            at=now,
            owner=OWNER,
            upload=upload,
        )
        with self._lock:
            self._seen.ids += [planned.entry.id for planned in made.create]
            self._seen.imported += [made.batch] if made.batch else []
            self._seen.events[IMPORTS] += len(made.create) + len(made.update)

    def _take_back(self, now: datetime.datetime) -> None:
        # Mostly the latest: of earlier ones something else has nearly always happened to an entry.
        some = self._seen.imported[-self._chance.choice((1, 1, 5)) :]
        entries = batches.undo(self._store, self._one(some), IMPORTS, now, OWNER)
        with self._lock:
            self._seen.events[IMPORTS] += entries

    def _one(self, those: list[str]) -> str:
        return self._chance.choice(those) if those else "none"

    def _count(self, actor: str, batch: str) -> None:
        written = sum(event.kind.startswith(ENTRY_KINDS) for event in self._store.events_of_batch(batch))
        with self._lock:
            self._seen.events[actor] += written


def _client(url: str, operations: int, seed: int, seen: Seen, lock: threading.Lock, vocabulary: Vocabulary) -> None:
    store = Store.open(url)
    try:
        client = _Client(store, random.Random(seed), seen, lock, vocabulary)
        for turn in range(operations):
            client.act(START + turn * CLAIM_LASTS / 4)
    except Exception as error:  # noqa: BLE001 - a thread's exception would be lost
        seen.broken.append(error)
    finally:
        store.close()


def main(words: list[str]) -> int:
    """The long form."""
    parser = argparse.ArgumentParser(prog="run.py drill curate", description=__doc__)
    parser.add_argument("--operations", type=int, default=2000)
    parser.add_argument("--database", choices=KINDS)
    asked = parser.parse_args(words)

    def on(url: str, folder: Path) -> tuple[bool, str]:
        seen = drill(url, folder, asked.operations)
        return True, f"done: {dict(seen.done)}; refused: {dict(seen.refused)}"

    return drilled(asked.database, on)
