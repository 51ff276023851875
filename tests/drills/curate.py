"""Four curators and hosts decide at random on the same few entries: nothing that was written is lost.

    python3 run.py drill curate --operations 2000 --database postgresql

Without --database both are drilled, where PostgreSQL is installed.
"""

import argparse
import datetime
import itertools
import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from catalogue import review
from catalogue.curation import Status
from catalogue.decisions import CLAIM_LASTS, Action
from catalogue.entries import parse
from catalogue.errors import ActionRefused, Conflict, EntryNotFound, IncompleteEntry, InvalidParameter
from catalogue.people import Grant, Person, Role
from catalogue.search.analysis import Analyser
from catalogue.store import Change, Store
from indexer.sync import ensure
from tests.databases import KINDS, drilled
from tests.small_catalogue import create, drift_of, open_parts, pain_id

CLIENTS, ENTRIES, OWNER = 4, 6, "OG-2569-003"
START = datetime.datetime(2026, 11, 25, tzinfo=datetime.UTC)
PEOPLE = [
    Person("U-host", grants=(Grant(Role.HOST_EDITOR, OWNER),)),
    Person("U-first", grants=(Grant(Role.CURATOR),)),
    Person("U-second", grants=(Grant(Role.CURATOR),)),
    Person("U-admin", grants=(Grant(Role.ADMIN),)),
]


@dataclass
class Seen:
    """What the clients were answered: (entry, revision read, revision written), and how often they were refused."""

    written: list[tuple[str, int, int]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    broken: list[Exception] = field(default_factory=list)


def drill(url: str, state: Path, operations: int, seed: int = 1) -> Seen:
    """Run it and check all that has to hold afterwards; raises ``AssertionError`` where something does not."""
    parts = open_parts(state, Analyser(), url=url)
    try:
        made = [create(number, status=Status.SUBMITTED) for number in range(1, ENTRIES + 1)]
        parts.store.apply([_owned(change) for change in made], "test")
        first = parts.store.revision()
        ensure(parts)
        seen, lock = Seen(), threading.Lock()
        clients = [
            threading.Thread(target=_client, args=(url, operations // CLIENTS, seed * 100 + number, seen, lock))
            for number in range(CLIENTS)
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        assert not seen.broken, seen.broken
        assert seen.written
        # No lost update: every decision stands directly behind the revision that its client had read.
        assert parts.store.revision() == first + len(seen.written)
        for number in range(1, ENTRIES + 1):
            events = [event.number for event in parts.store.events_of(pain_id(number))]
            steps = sorted((read, wrote) for entry_id, read, wrote in seen.written if entry_id == pain_id(number))
            assert steps == list(itertools.pairwise(events))
        assert parts.store.verify_audit().ok
        ensure(parts)
        drift = drift_of(parts)
        assert not drift, drift
    finally:
        parts.writer.close()
        parts.store.close()
    return seen


def _owned(change: Change) -> Change:
    return Change(change.kind, change.entry_id, change.body, change.status, change.content_hash, owner=OWNER)


def _client(url: str, operations: int, seed: int, seen: Seen, lock: threading.Lock) -> None:
    chance = random.Random(seed)
    store = Store.open(url)
    try:
        for turn in range(operations):
            answer = _decide(store, chance, START + turn * CLAIM_LASTS / 4)
            with lock:
                if isinstance(answer, str):
                    seen.refused[answer] += 1
                else:
                    seen.written.append(answer)
    except Exception as error:  # noqa: BLE001 - a thread's exception would be lost
        seen.broken.append(error)
    finally:
        store.close()


def _decide(store: Store, chance: random.Random, now: datetime.datetime) -> tuple[str, int, int] | str:
    """One decision of somebody; the revision was read a moment ago, and others may have been quicker."""
    entry_id, person = pain_id(chance.randint(1, ENTRIES)), chance.choice(PEOPLE)
    stored = store.get(entry_id)
    assert stored
    action = chance.choice(list(Action))
    entry = None
    if action in (Action.EDIT, Action.ANSWER):
        entry = parse({**stored.body, "statement": {"th": f"แก้ครั้งที่ {chance.random()}"}, "theme": "tourism"})
    decision = review.Decision(
        entry_id, action, stored.revision, "reason", "test", (review.Comment("title", "why"),), entry
    )
    try:
        return entry_id, stored.revision, review.apply(store, decision, person, now, lambda account: account)
    except (ActionRefused, Conflict, EntryNotFound, IncompleteEntry, InvalidParameter) as refusal:
        return refusal.slug


def main(words: list[str]) -> int:
    """The long form."""
    parser = argparse.ArgumentParser(prog="run.py drill curate", description=__doc__)
    parser.add_argument("--operations", type=int, default=2000)
    parser.add_argument("--database", choices=KINDS)
    asked = parser.parse_args(words)

    def on(url: str, folder: Path) -> tuple[bool, str]:
        seen = drill(url, folder, asked.operations)
        return True, f"{len(seen.written)} decisions written, refused: {dict(seen.refused)}"

    return drilled(asked.database, on)
