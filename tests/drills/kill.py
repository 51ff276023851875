"""kill -9 of the web server and of the indexer at random moments, under writes and searches.

    python3 run.py drill kill --times 20 --engine opensearch --database postgresql

Nothing that was acknowledged may be lost or happen twice, every answer must be whole, and at the end the index must
equal the store by itself. Without --engine and --database every combination whose servers are installed is drilled.
"""

import argparse
import datetime
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from catalogue.curation import Status
from catalogue.loading import load_sample
from catalogue.settings import ROOT, SCHEMAS
from catalogue.store import Store
from catalogue.up import Child, free_port, is_ready
from catalogue.vocabulary import read_vocabulary
from tests import postgres
from tests.opensearch import node
from tests.small_catalogue import create, edit, move, pain_id

ENGINES, DATABASES = ("embedded", "opensearch"), ("sqlite", "postgresql")
QUESTIONS = ("น้ำท่วม", "beach erosion", "ฝุ่น PM2.5", "wheelchair ramps", "ขยะทะเล")
FIRST_NUMBER = 90_001  # of the entries that are written meanwhile; the sample's are lower
WRITE_EVERY_S, ASK_EVERY_S = 0.05, 0.05
PATIENCE_S = 120.0
SEED = 11


@dataclass
class Outcome:
    """What a drill saw. All but the counts of kills, writes and answers must be empty or 0."""

    killed: dict[str, int] = field(default_factory=lambda: {"web": 0, "indexer": 0})
    written: int = 0
    answered: int = 0
    unanswered: int = 0  # while the one web server was away
    lost: int = 0
    doubled: int = 0
    wrong_answers: list[str] = field(default_factory=list)
    drift: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Was nothing lost, doubled or wrong?"""
        return not (self.lost or self.doubled or self.wrong_answers or self.drift or self.problems)

    def line(self) -> str:
        """All of it in a line."""
        kills = ", ".join(f"{name} {count}" for name, count in self.killed.items())
        wrong = [*self.wrong_answers[:3], *([self.drift] if self.drift else []), *self.problems[:3]]
        return (
            f"killed {kills}; {self.written} writes acknowledged, lost {self.lost}, doubled {self.doubled}; "
            f"{self.answered} searches answered, {self.unanswered} while the web server was away; "
            + ("; ".join(wrong) or "index equal to the store, history intact")
        )


class Program(Child):
    """One program of the product, started again whenever it was killed."""

    def kill(self) -> None:
        """kill -9; raises AssertionError where it had ended by itself."""
        assert self.process is not None
        assert self.process.poll() is None, (
            f"{self.name} ended by itself: {self.log.read_text(errors='replace')[-2000:]}"
        )
        self.process.kill()
        self.process.communicate()


def drill(environ: dict[str, str], database_url: str, times: int, state: Path) -> Outcome:
    """Kill so many times; ``environ`` says to the programs which engine, database and state folder they use."""
    seen, chance = Outcome(), random.Random(SEED)
    with closing(Store.open(database_url)) as store:
        load_sample(store, read_vocabulary(SCHEMAS), datetime.datetime.now(datetime.UTC))
        subprocess.run([sys.executable, "-m", "indexer.cli", "rebuild"], env=environ, cwd=ROOT, check=True)
        before, url = store.revision(), f"http://127.0.0.1:{environ['HACKGO_PORT']}"
        programs = [
            Program("web", ["catalogue.cli", "serve"], environ, state / "web.log"),
            Program("indexer", ["indexer.cli", "sync", "--follow"], environ, state / "indexer.log"),
        ]
        try:
            for program in programs:
                program.start()
            until(lambda: is_ready(url))
            with written_all_the_time(store, seen) as acknowledged, asked_all_the_time(url, seen):
                for turn in range(times):
                    program = programs[turn % 2]
                    if chance.random() < 0.5:
                        until(lambda: is_ready(url))  # else it may be hit while it starts
                    time.sleep(chance.uniform(0, 6))
                    program.kill()
                    seen.killed[program.name] += 1
                    program.start()
                until(lambda: is_ready(url))
                assert all(p.process is not None and p.process.poll() is None for p in programs), (
                    "somebody else answers on this port"
                )
            told = {number: entry_id for number, entry_id in _changes(store) if number > before}
            seen.written = len(acknowledged)
            seen.lost = sum(told.get(number) != entry_id for number, entry_id in acknowledged.items())
            seen.doubled = len(told.keys() - acknowledged.keys())
            seen.problems = [problem.en for problem in store.verify_audit().problems]
            seen.drift = _drift(environ)
        finally:
            for program in programs:
                program.stop()
    return seen


def until(condition: Any) -> None:
    """Wait until it is so; raises AssertionError after two minutes."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def _changes(store: Store) -> Iterator[tuple[int, str | None]]:
    last = 0
    while page := store.changes_since(last):
        yield from page
        last = page[-1][0]


def _drift(environ: dict[str, str]) -> str:
    """How the index differs from the store when the indexer had time to follow; empty where it does not."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        command = [sys.executable, "-m", "indexer.cli", "verify"]
        done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return ""
        if time.monotonic() > deadline:
            return done.stdout + done.stderr
        time.sleep(1)


@contextmanager
def _beside(work: Any, every_s: float, seen: Outcome) -> Iterator[None]:
    """Do this again and again beside the block; what it raises is a problem."""
    stopping = threading.Event()

    def go_on() -> None:
        try:
            while not stopping.wait(every_s):
                work()
        except Exception as error:  # noqa: BLE001 - told as the outcome
            seen.wrong_answers.append(repr(error))

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


@contextmanager
def written_all_the_time(store: Store, seen: Outcome) -> Iterator[dict[int, str]]:
    """Creates, edits and withdraws beside the block; the numbers of acknowledged events and their entries."""
    acknowledged: dict[int, str] = {}
    chance = random.Random(SEED)
    made: list[int] = []

    def write() -> None:
        number = chance.choice(made) if made and chance.random() < 0.5 else FIRST_NUMBER + len(made)
        if number not in made:
            change = create(number)
            made.append(number)
        elif chance.random() < 0.7:
            change = edit(number, f"ฉบับ {len(acknowledged)}")
        else:
            change = move(number, chance.choice([Status.WITHDRAWN, Status.PUBLISHED]))
        for event in store.apply([change], "drill"):
            acknowledged[event] = pain_id(number)

    with _beside(write, WRITE_EVERY_S, seen):
        yield acknowledged


@contextmanager
def asked_all_the_time(url: str, seen: Outcome) -> Iterator[None]:
    """Searches beside the block; an answer must come and be whole wherever there is a server to give one."""
    chance = random.Random(SEED)

    def ask() -> None:
        try:
            answer = httpx.get(f"{url}/api/v1/search", params={"q": chance.choice(QUESTIONS)}, timeout=30)
        except httpx.TransportError:
            seen.unanswered += 1  # killed, or not started yet
            return
        ids = [hit["entry"]["id"] for hit in answer.json()["hits"]] if answer.status_code == 200 else []
        if not ids or len(ids) != len(set(ids)):
            seen.wrong_answers.append(f"{answer.status_code} {answer.text[:200]}")
        seen.answered += 1

    with _beside(ask, ASK_EVERY_S, seen):
        yield


@contextmanager
def servers(engine: str, database: str, state: Path) -> Iterator[tuple[dict[str, str], str]]:
    """The environment of the programs, and the store's URL, while the servers run that they need; raises ``Absent``."""
    with ExitStack() as ends:
        url = f"sqlite:///{state}/catalogue.db"
        if database == "postgresql":
            if (programs := postgres.binaries()) is None:
                raise node.Absent(postgres.HOW)
            url = ends.enter_context(ends.enter_context(postgres.own_server(programs)).database())
        environ = {name: value for name, value in os.environ.items() if not name.startswith("HACKGO_")} | {
            "HACKGO_STATE_DIR": str(state),
            "HACKGO_DATABASE_URL": url,
            "HACKGO_VECTOR_CACHE": str(ROOT / "var" / "test-vectors"),
            "HACKGO_PORT": str(free_port("127.0.0.1", 20_000 + os.getpid() % 10_000)),
            "HACKGO_ENGINE": engine,
        }
        if engine == "opensearch":
            nodes = ends.enter_context(node.cluster(state / "opensearch"))
            environ["HACKGO_OPENSEARCH_URL"] = nodes[0].url
        yield environ, url


def main(words: list[str]) -> int:
    """Drill what is asked for; 0 where all of it was good."""
    parser = argparse.ArgumentParser(prog="run.py drill kill", description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--engine", choices=ENGINES)
    parser.add_argument("--database", choices=DATABASES)
    asked = parser.parse_args(words)
    good = True
    for engine in [asked.engine] if asked.engine else ENGINES:
        for database in [asked.database] if asked.database else DATABASES:
            with tempfile.TemporaryDirectory(prefix="hackgo-drill-") as folder:
                try:
                    with servers(engine, database, Path(folder)) as (environ, url):
                        seen = drill(environ, url, asked.times, Path(folder))
                except node.Absent as absent:
                    good = good and not (asked.engine or asked.database)
                    print(f"{engine} on {database}: skipped, not installed: {absent}", flush=True)
                    continue
            good = good and seen.good
            print(f"{engine} on {database}: {seen.line()}", flush=True)
            print(json.dumps({"drill": "kill", "engine": engine, "database": database, **vars(seen)}), file=sys.stderr)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
