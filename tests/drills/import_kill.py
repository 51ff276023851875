"""kill -9 of an import of 5,000 rows: at every named step of its transaction, and at random moments.

    python3 run.py drill import-kill --times 30 --database postgresql

After each kill the store holds the whole import, told to its organisation once, or nothing of it, and its history is
intact. At the end the same file again brings every row exactly once, and after a sync the index equals the store.
Without --database both are drilled, where PostgreSQL is installed.
"""

import argparse
import datetime
import random
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from catalogue import batches
from catalogue.curation import Status
from catalogue.people import Grant, Role
from catalogue.search.analysis import Analyser
from catalogue.settings import SCHEMAS
from catalogue.store import STATUS_CHANGED, Change, Store
from catalogue.store.notices import Notices
from catalogue.uploads import read_files, upload_of
from catalogue.vocabulary import read_vocabulary
from catalogue.workbooks.sized import sized_workbook
from indexer.sync import sync
from tests import people
from tests.curating import OWNER
from tests.databases import KINDS, drilled
from tests.importer_to_kill import commit
from tests.small_catalogue import drift_of, open_parts
from tests.steps import settle, victim
from tests.traffic import SEED

HOST, MOST_TOLD = "U-host", 1000
# The steps of a commit, first into an empty store, then again after it was undone, which brings the entries back.
BEFORE, LINKS, AFTER = ("began", "planned", "locked"), ("DELETE link", "INSERT link"), ("written", "committed")
TOLD = ("INSERT notice", "INSERT event")
STEPS = (
    (*BEFORE, *TOLD, "INSERT entry", *LINKS, "INSERT counter", *AFTER),
    (*BEFORE, *TOLD, "UPDATE entry", *LINKS, *AFTER),
)


@dataclass
class Killed:
    """What the drill saw: after each kill ``nothing`` of the import or the ``whole``; ``wrong`` must be empty."""

    killed: int = 0
    nothing: int = 0
    whole: int = 0
    wrong: list[str] = field(default_factory=list)

    def line(self) -> str:
        """All of it in a line."""
        end = "; ".join(self.wrong) or "the same file finished it, nothing twice, history intact, index equal"
        return f"killed {self.killed} imports: {self.nothing} left nothing, {self.whole} were whole; {end}"


def drill(url: str, times: int, rows: int, state: Path) -> Killed:
    """Kill imports of a workbook with this many rows: one at each step, and so many at random moments."""
    seen, chance, vocabulary = Killed(), random.Random(SEED), read_vocabulary(SCHEMAS)
    file = state / "rows.xlsx"
    file.write_bytes(sized_workbook(rows, vocabulary))
    rows_read, upload = read_files([file], vocabulary, {}).rows, upload_of([file])
    with closing(Store.open(url)) as store, victim("tests.importer_to_kill", url, str(file)) as importer:
        people.add(store, HOST.removeprefix("U-"), Grant(Role.HOST_EDITOR, OWNER))
        for steps in STEPS:
            for step in steps:
                told = importer.killed_at(step, "import")
                seen.killed += 1
                if _whole(store, rows, seen) != (step == "committed"):
                    seen.wrong.append(f"killed at {step}: whole or nothing is the wrong one of the two")
            if told != steps:
                seen.wrong.append(f"the steps are {told}, not {steps}")
        longest = 0.0
        for turn in range(times):
            # The first one shows how long it takes; the others are killed at any moment of that time and a bit later.
            after_s = chance.uniform(0, 1.05 * longest) if turn else None
            killed, took = importer.killed_after(after_s, "import", "began")
            seen.killed, longest = seen.killed + killed, max(longest, took)
            _whole(store, rows, seen)
        commit(store, rows_read, upload, vocabulary)
        again = commit(store, rows_read, upload, vocabulary)
        total, waiting = (store.entry_counts(s) for s in (None, [Status.SUBMITTED]))
        if (sum(total.values()), sum(waiting.values()), again["unchanged"]) != (rows, rows, rows):
            seen.wrong.append(f"{total} entries, {waiting} submitted, {again} when the file came again")
        published = [Change(STATUS_CHANGED, i, status=Status.PUBLISHED) for kind in total for i in _ids(store, kind)]
        store.apply(published, "curator")
        seen.wrong += [problem.en for problem in store.verify_audit().problems]
    seen.wrong += _index(state, url, rows)
    return seen


def _whole(store: Store, rows: int, seen: Killed) -> bool:
    """Is the import there as a whole? Then it is undone; what is wrong is remembered."""
    settle(store)
    there = sum(store.entry_counts([Status.SUBMITTED]).values())
    if there not in (0, rows):
        seen.wrong.append(f"{there} of {rows} rows after a kill")
    told = [notice.template for notice in Notices(store.database).of(HOST, MOST_TOLD)]
    if told != ["imported"] * len(batches.batches(store)):
        seen.wrong.append(f"{len(told)} notices tell of {len(batches.batches(store))} imports")
    kept = [batch for batch in batches.batches(store) if not batch.undone]
    if len(kept) != bool(there):
        seen.wrong.append(f"{len(kept)} batches tell of {there} rows")
    seen.nothing, seen.whole = seen.nothing + (there == 0), seen.whole + (there == rows)
    seen.wrong += [problem.en for problem in store.verify_audit().problems]
    for batch in kept:
        batches.undo(store, batch.id, "cli", datetime.datetime.now(datetime.UTC))
    return bool(there)


def _ids(store: Store, kind: str) -> list[str]:
    return list(store.content_hashes(kind))


def _index(state: Path, url: str, rows: int) -> list[str]:
    """What differs between the store and an index that is brought in step with it."""
    parts = open_parts(state, Analyser(), url=url)
    try:
        sync(parts)
        held = len(parts.reader.open().revisions())
        drift = drift_of(parts)
        return drift.lines() if drift else [] if held == rows else [f"the index holds {held} of {rows}"]
    finally:
        parts.writer.close()
        parts.store.close()


def main(words: list[str]) -> int:
    """Drill what is asked for; 0 where all of it was good."""
    parser = argparse.ArgumentParser(prog="run.py drill import-kill", description=__doc__)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--database", choices=KINDS)
    asked = parser.parse_args(words)

    def on(url: str, folder: Path) -> tuple[bool, str]:
        seen = drill(url, asked.times, asked.rows, folder)
        return not seen.wrong, f"{asked.rows} rows: {seen.line()}"

    return drilled(asked.database, on)
