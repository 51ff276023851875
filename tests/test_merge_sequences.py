"""Merge, undo, edit, publish, withdraw in whatever order: nothing is lost and every id resolves."""

import contextlib
import tempfile
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from catalogue.curation import PUBLIC, Status
from catalogue.errors import Conflict, MergeRefused
from catalogue.merges import merge, undo
from catalogue.store import STATUS_CHANGED, Change, Store
from tests.databases import NewDatabase
from tests.merging_catalogue import PAINS, all_is_well, as_it_is, edited, fill

PAIN = st.sampled_from(PAINS)
WORDS = st.sampled_from(["น้ำท่วม", "น้ำแล้ง", "น้ำเสีย"])


class Sequences(RuleBasedStateMachine):
    """What a curator and hosts may do to five pain points."""

    def open(self) -> Store:
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        return Store.open(f"sqlite:///{(Path(self.folder.name) / 'catalogue.db').as_posix()}")

    @initialize()
    def begin(self) -> None:
        self.store = self.open()
        fill(self.store)
        self.batches: list[str] = []
        # What each entry was before the merge at which nothing has happened since.
        self.before: dict[str, dict[str, Any]] = {}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    def _status(self, entry_id: str) -> Status:
        stored = self.store.get(entry_id)
        assert stored is not None
        return stored.status

    @rule(canonical=PAIN, members=st.lists(PAIN, min_size=1, max_size=2), chosen=st.booleans())
    def merge(self, canonical: str, members: list[str], chosen: bool) -> None:
        before = {i: as_it_is(self.store, i) for i in PAINS}
        at = self.store.revision()
        fit = len({canonical, *members}) == len(members) + 1 and self._status(canonical) in PUBLIC
        fit = fit and all(self._status(member) in PUBLIC for member in members)
        choices = {"title": members[0]} if chosen and fit else {}
        try:
            batch = merge(self.store, canonical, members, choices, actor="curator", reason="same")
        except MergeRefused:
            assert not fit
            assert self.store.revision() == at
            return
        assert fit
        self.batches.append(batch)
        self.before = {batch: before}

    @rule(which=st.integers(0, 20))
    def undo(self, which: int) -> None:
        if not self.batches:
            return
        batch = self.batches[which % len(self.batches)]
        try:
            done = undo(self.store, batch, actor="curator")
        except Conflict:  # undone already, or others come first
            return
        if batch in self.before:
            assert {i: as_it_is(self.store, i) for i in PAINS} == self.before[batch]
            assert done.kept_fields == ()
        self.before = {}

    @rule(entry_id=PAIN, words=WORDS)
    def edit(self, entry_id: str, words: str) -> None:
        self.store.apply([edited(self.store, entry_id, title={"th": words})], "host")
        self.before = {}

    @rule(entry_id=PAIN)
    def withdraw(self, entry_id: str) -> None:
        if self._status(entry_id) in PUBLIC:
            self._move(entry_id, Status.WITHDRAWN)

    @rule(entry_id=PAIN)
    def publish(self, entry_id: str) -> None:
        if self._status(entry_id) in (Status.WITHDRAWN, Status.MERGED):
            self._move(entry_id, Status.PUBLISHED)

    def _move(self, entry_id: str, status: Status) -> None:
        self.store.apply([Change(STATUS_CHANGED, entry_id, status=status)], "curator")
        self.before = {}

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "store"):
            all_is_well(self.store)


Sequences.TestCase.settings = settings(
    max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
TestSequences = Sequences.TestCase


def test_a_sequence_of_each_kind_on_each_database(new_database: NewDatabase) -> None:
    """The same steps, few of them, where a database of each kind can be had."""
    with new_database() as database, contextlib.closing(Store.open(database.url)) as store:
        machine = Sequences()
        machine.open = lambda: store  # type: ignore[method-assign]
        machine.begin()
        one, two, three, four, five = PAINS
        steps = [
            lambda: machine.merge(one, [two, three], True),
            lambda: machine.merge(four, [one], True),
            lambda: machine.edit(two, "น้ำท่วม"),
            lambda: machine.merge(two, [five], False),
            lambda: machine.withdraw(four),
            lambda: machine.undo(0),
            lambda: machine.publish(four),
            lambda: machine.undo(1),
            lambda: machine.merge(three, [one, two], False),
            lambda: machine.undo(2),
        ]
        for step in steps:
            step()
            machine.holds()
