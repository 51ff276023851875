"""kill -9 of an import of 5,000 rows at random moments.

    python3 run.py drill import-kill --times 30 --database postgresql

After each kill the store holds the whole import or nothing of it, and its history is intact. At the end the same file
again brings every row exactly once, and after a sync the index equals the store.
"""

import argparse
import datetime
import random
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from catalogue import batches
from catalogue.curation import Status
from catalogue.search.analysis import Analyser
from catalogue.settings import ROOT, SCHEMAS
from catalogue.store import Store
from catalogue.vocabulary import read_vocabulary
from catalogue.workbooks.sized import sized_workbook
from indexer.sync import sync
from tests import postgres
from tests.importer_to_kill import commit
from tests.small_catalogue import drift_of, open_parts
from tests.traffic import SEED

DATABASES = ("sqlite", "postgresql")


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
    """Kill so many imports of a workbook with this many rows."""
    seen, chance, vocabulary = Killed(), random.Random(SEED), read_vocabulary(SCHEMAS)
    file = state / "rows.xlsx"
    file.write_bytes(sized_workbook(rows, vocabulary))
    with closing(Store.open(url)) as store:
        longest = 0.0
        for turn in range(times):
            # The first one shows how long it takes; the others are killed at any moment of that time and a bit later.
            longest = max(longest, _kill(url, file, chance.uniform(0, 1.05 * longest) if turn else None, seen))
            there = sum(store.entry_counts([Status.PUBLISHED]).values())
            if there not in (0, rows):
                seen.wrong.append(f"{there} of {rows} rows after a kill")
            seen.nothing, seen.whole = seen.nothing + (there == 0), seen.whole + (there == rows)
            seen.wrong += [problem.en for problem in store.verify_audit().problems]
            if there:
                batches.undo(store, batches.batches(store)[0].id, "cli", datetime.datetime.now(datetime.UTC))
        commit(store, file, vocabulary)
        again = commit(store, file, vocabulary)
        total, published = (sum(store.entry_counts(s).values()) for s in (None, [Status.PUBLISHED]))
        if (total, published, again["unchanged"]) != (rows, rows, rows):
            seen.wrong.append(f"{total} entries, {published} published, {again} when the file came again")
        seen.wrong += [problem.en for problem in store.verify_audit().problems]
    seen.wrong += _index(state, url)
    return seen


def _kill(url: str, file: Path, after_s: float | None, seen: Killed) -> float:
    """Begin an import and kill it so many seconds after it has read the file; how long it wrote where it ended."""
    command = [sys.executable, "-m", "tests.importer_to_kill", url, str(file)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        while process.stdout.readline().strip() != "writing":
            assert process.poll() is None, "it ended before it wrote"
        started = time.monotonic()
        try:
            process.wait(timeout=after_s)
        except subprocess.TimeoutExpired:
            process.kill()
            seen.killed += 1
    return time.monotonic() - started


def _index(state: Path, url: str) -> list[str]:
    """What differs between the store and an index that is brought in step with it."""
    parts = open_parts(state, Analyser(), url=url)
    try:
        sync(parts)
        drift = drift_of(parts)
        return drift.lines() if drift else []
    finally:
        parts.writer.close()
        parts.store.close()


def main(words: list[str]) -> int:
    """Drill what is asked for; 0 where all of it was good."""
    parser = argparse.ArgumentParser(prog="run.py drill import-kill", description=__doc__)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="hackgo-drill-") as folder, ExitStack() as ends:
        url = f"sqlite:///{(Path(folder) / 'catalogue.db').as_posix()}"
        if asked.database == "postgresql":
            if (programs := postgres.binaries()) is None:
                print(postgres.HOW, file=sys.stderr)
                return 1
            url = ends.enter_context(ends.enter_context(postgres.own_server(programs)).database())
        seen = drill(url, asked.times, asked.rows, Path(folder))
    print(f"{asked.rows} rows on {asked.database}: {seen.line()}")
    return 1 if seen.wrong else 0
