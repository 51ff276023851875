"""kill -9 of merges and of their undoing: at every named step, and at random moments.

    python3 run.py drill merge-kill --times 30 --database postgresql

After each kill every merge is there as a whole, told to its owners once, or not at all; nothing that it touched is
lost, the history is intact, and after a sync the index equals the store. Without --database both are drilled.
"""

import argparse
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from catalogue.merges import ABSORBED, UNDONE, undo
from catalogue.people import Grant, Role
from catalogue.search.analysis import Analyser
from catalogue.store import UPDATED, Change, Store
from catalogue.store.notices import Notices
from indexer.sync import sync
from tests import people
from tests.curating import OWNER
from tests.databases import KINDS, drilled
from tests.merging_catalogue import PAINS, all_is_well, as_it_is, fill
from tests.small_catalogue import drift_of, open_parts
from tests.steps import settle, victim
from tests.traffic import SEED

A, *MEMBERS = PAINS[:4]
HOST, MOST_TOLD = "U-host", 1_000_000
STEPS = {
    "merge": ("locked", "INSERT event", "UPDATE entry", "INSERT notice", "written", "committed"),
    "undo": ("locked", "INSERT event", "UPDATE entry", "INSERT notice", "written", "committed"),
}
AT_WORK = 20  # events that it has written before it is killed


@dataclass
class Killed:
    """What the drill saw: kills after which the last merge stood, and those after which it did not."""

    merged: int = 0
    apart: int = 0

    def line(self) -> str:
        """All of it in a line."""
        return (
            f"killed {self.merged + self.apart} times: {self.merged} left merged entries, {self.apart} none; all well"
        )


def drill(url: str, times: int, state: Path) -> Killed:
    """Kill at each step, and so many times at random; raises ``AssertionError`` where something does not hold."""
    seen, chance, parts = Killed(), random.Random(SEED), open_parts(state, Analyser(), url=url)
    try:
        fill(parts.store)
        people.add(parts.store, HOST.removeprefix("U-"), Grant(Role.HOST_EDITOR, OWNER))
        parts.store.apply([Change(UPDATED, member, owner=OWNER) for member in MEMBERS], "test")
        before = [as_it_is(parts.store, i) for i in PAINS]
        with victim("tests.merger_to_kill", url) as merger:
            for work, steps in STEPS.items():
                for step in steps:
                    told = merger.killed_at(step, work)
                    merged = _check(parts.store, seen)
                    assert merged == ((work == "merge") == (step == "committed")), f"{work} killed at {step}"
                    assert [as_it_is(parts.store, i) for i in PAINS] == before
                assert told == steps
            for _ in range(times):
                at_work = parts.store.revision() + AT_WORK
                merger.killed_after(
                    chance.uniform(0, 0.05), "both for ever", lambda least=at_work: parts.store.revision() >= least
                )
                _check(parts.store, seen)
                assert [as_it_is(parts.store, i) for i in PAINS] == before
        sync(parts)
        drift = drift_of(parts)
        assert not drift, drift.lines()
    finally:
        parts.writer.close()
        parts.store.close()
    return seen


def _check(store: Store, seen: Killed) -> bool:
    """Are the entries merged? Then the merge is taken back."""
    settle(store)
    all_is_well(store)
    members = store.members_of([A])
    assert set(members) in (set(), set(MEMBERS))
    merges, undone = (len(store.events_of_kind(kind)) for kind in (ABSORBED, UNDONE))
    told = Counter(one.template for one in Notices(store.database).of(HOST, MOST_TOLD))
    assert told == Counter({"merged": merges * len(MEMBERS), "unmerged": undone * len(MEMBERS)})
    if not members:
        seen.apart += 1
        return False
    seen.merged += 1
    batch = store.events_of(A)[-1].batch
    assert batch is not None
    undo(store, batch, actor="curator")
    return True


def main(words: list[str]) -> int:
    """Drill what is asked for; 0 where all of it was good."""
    parser = argparse.ArgumentParser(prog="run.py drill merge-kill", description=__doc__)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--database", choices=KINDS)
    asked = parser.parse_args(words)
    return drilled(asked.database, lambda url, folder: (True, drill(url, asked.times, folder).line()))
