"""kill -9 of the web server and of the indexer at random moments, under searches and writes, some of them through it.

    python3 run.py drill kill --times 20 --engine opensearch --database postgresql

Nothing that was acknowledged may be lost or happen twice, every answer must be whole, and at the end the index must
equal the store by itself. Without --engine and --database every combination whose servers are installed is drilled.
"""

import argparse
import datetime
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from catalogue.loading import load_sample
from catalogue.settings import ROOT, SCHEMAS
from catalogue.store import Store
from catalogue.up import Child, is_ready
from catalogue.vocabulary import read_vocabulary
from tests import postgres
from tests.opensearch import node
from tests.serving import environment
from tests.small_catalogue import wait_for
from tests.traffic import (
    ASK_EVERY_S,
    QUESTIONS,
    SEED,
    Outcome,
    beside,
    host,
    sent_all_the_time,
    warm,
    written_all_the_time,
    wrong,
)

ENGINES, DATABASES = ("embedded", "opensearch"), ("sqlite", "postgresql")


@dataclass
class Killed(Outcome):
    """What this drill saw."""

    killed: dict[str, int] = field(default_factory=lambda: {"web": 0, "indexer": 0})
    unanswered: int = 0  # while the one web server was away
    sent: int = 0  # of the writes, those that went through the web server
    cut_off: int = 0  # sent to it, and no answer came: each was written once or not at all

    @property
    def good(self) -> bool:
        """The same, and did the web server take writes?"""
        return super().good and self.sent > 0

    def line(self) -> str:
        """All of it in a line."""
        kills = ", ".join(f"{name} {count}" for name, count in self.killed.items())
        searches = f"{self.answered} searches answered, {self.unanswered} while the web server was away"
        through = f"{self.sent} writes through it, {self.cut_off} sent without an answer"
        return f"killed {kills}; {searches}; {through}; {self.end()}"


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


def drill(environ: dict[str, str], database_url: str, times: int, state: Path) -> Killed:
    """Kill so many times; ``environ`` says to the programs which engine, database and state folder they use."""
    seen, chance = Killed(), random.Random(SEED)
    with closing(Store.open(database_url)) as store:
        load_sample(store, read_vocabulary(SCHEMAS), datetime.datetime.now(datetime.UTC))
        subprocess.run([sys.executable, "-m", "indexer.cli", "rebuild"], env=environ, cwd=ROOT, check=True)
        host(store)
        before, url = store.revision(), f"http://127.0.0.1:{environ['HACKGO_PORT']}"
        programs = [
            Program("web", ["catalogue.cli", "serve"], environ, state / "web.log"),
            Program("indexer", ["indexer.cli", "sync", "--follow"], environ, state / "indexer.log"),
        ]
        try:
            for program in programs:
                program.start()
            wait_for(lambda: is_ready(url))
            warm(url)
            with (
                written_all_the_time(store, seen.wrong_answers) as acknowledged,
                sent_all_the_time(url, store, seen.wrong_answers) as sent,
                asked_all_the_time(url, seen),
            ):
                for turn in range(times):
                    program = programs[turn % 2]
                    if chance.random() < 0.5:
                        wait_for(lambda: is_ready(url))  # else it may be hit while it starts
                    time.sleep(chance.uniform(0, 6))
                    program.kill()
                    seen.killed[program.name] += 1
                    program.start()
                wait_for(lambda: is_ready(url))
                assert all(p.process is not None and p.process.poll() is None for p in programs), (
                    "somebody else answers on this port"
                )
            seen.sent, seen.cut_off = len(sent.acknowledged), len(sent.unclear)
            seen.settle(store, before, acknowledged | sent.settled(store), environ)
        finally:
            for program in programs:
                program.stop()
    return seen


@contextmanager
def asked_all_the_time(url: str, seen: Killed) -> Iterator[None]:
    """Searches beside the block; an answer must come and be whole wherever there is a server to give one."""
    chance = random.Random(SEED)
    # A connection for each, as many people have, but one client: a new one reads certificates, 30 ms.
    client = httpx.Client(timeout=30, limits=httpx.Limits(max_keepalive_connections=0))

    def ask() -> None:
        try:
            answer = client.get(f"{url}/api/v1/search", params={"q": chance.choice(QUESTIONS)})
        except httpx.TransportError:
            seen.unanswered += 1  # killed, or not started yet
            return
        seen.answered += 1
        if found := wrong(answer):
            seen.wrong_answers.append(found)

    with client, beside(ask, ASK_EVERY_S, seen.wrong_answers):
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
        nodes = ends.enter_context(node.cluster(state / "opensearch")) if engine == "opensearch" else []
        yield environment(state, url, engine, [one.url for one in nodes]), url


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
