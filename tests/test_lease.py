"""Several indexers at one store: one has the lease and works, the others wait; a killed or paused one is replaced."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from catalogue.errors import LeaseLost
from catalogue.search.analysis import Analyser
from catalogue.search.engines import index_name, remove_index
from catalogue.search.fingerprint import fingerprint
from catalogue.settings import ROOT, Settings
from catalogue.store import Lease, Store
from catalogue.store.database import Database
from catalogue.store.leases import BEATS_PER_LEASE, LASTS_S
from indexer.fence import FencedWriter
from indexer.parts import Parts
from indexer.turns import LEASE as LEASE_OF_INDEX
from indexer.turns import turn
from indexer.verify import drift
from tests import databases
from tests.conftest import environ
from tests.indexers_that_compete import LEASE
from tests.small_catalogue import create, small_catalogue, wait_for

HANDED_OVER_WITHIN_S = 30.0  # what the operator is promised
posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9, SIGSTOP and fork are POSIX's")


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def opened(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


def test_one_holds_it_and_the_next_gets_it_when_it_is_let_go(opened: Database) -> None:
    first, second = Lease(opened, "index"), Lease(opened, "index")
    assert first.holder() == ""
    assert first.take("first")
    with first.kept():
        assert not second.take("second")
        assert second.holder() == "first"
        first.confirm()
    assert second.take("second")
    with pytest.raises(LeaseLost):
        first.confirm()
    assert Lease(opened, "another index").take("third")


def test_it_is_taken_over_after_standing_still_by_the_clock_of_the_one_who_waits(opened: Database) -> None:
    # The holder's clock has nothing to do with that of the one who waits: it stands still, or is years away.
    clock, years_away = Clock(), Clock()
    years_away.now = 1e9
    holder, waiting = Lease(opened, "index", clock=years_away), Lease(opened, "index", clock=clock)
    assert holder.take("holder")
    for _ in range(3):
        assert not waiting.take("waiting")
        clock.now += LASTS_S - 1
        holder.confirm()  # as its thread does
    assert not waiting.take("waiting")
    clock.now += LASTS_S - 1
    assert not waiting.take("waiting")
    clock.now += 1
    assert waiting.take("waiting")
    waiting.confirm()


def test_a_holder_that_was_replaced_neither_renews_nor_releases_nor_writes(opened: Database) -> None:
    clock = Clock()
    paused, other = Lease(opened, "index"), Lease(opened, "index", clock=clock)

    class NoWriter:
        """The writer's port; nothing may reach it."""

        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"{name} reached the index")

    assert paused.take("paused")
    writer = FencedWriter(NoWriter(), paused.confirm)
    assert not other.take("other")
    clock.now += LASTS_S
    assert other.take("other")
    steps: list[Callable[[], Any]] = [
        lambda: writer.create("f", {}),
        lambda: writer.write("name", [], [], 1),
        lambda: writer.fill("name", [[]], 1),
        lambda: writer.promote("name"),
        lambda: writer.prune(),
    ]
    for step in steps:
        with pytest.raises(LeaseLost, match="โปรแกรม"):
            step()
    with paused.kept():
        pass
    other.confirm()
    assert other.holder() == "other"


def test_of_many_who_take_it_over_at_once_one_succeeds(url: str) -> None:
    databases = [Database(url) for _ in range(6)]
    clock = Clock()
    assert Lease(databases[0], "index").take("dead")
    waiting = [Lease(database, "index", clock=clock) for database in databases]
    assert not any(lease.take("waiting") for lease in waiting)
    clock.now += LASTS_S
    barrier, taken = threading.Barrier(len(waiting)), list[str]()

    def take(lease: Lease, name: str) -> None:
        barrier.wait()
        if lease.take(name):
            taken.append(name)

    threads = [threading.Thread(target=take, args=(lease, str(n))) for n, lease in enumerate(waiting)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [Lease(databases[0], "index").holder()] == taken
    for database in databases:
        database.close()


def test_a_turn_waits_for_the_lease_and_says_for_whom(store: Store, tmp_path: Path) -> None:
    told: list[str] = []
    stopping = threading.Event()

    def heard(holder: str) -> None:
        told.append(holder)
        stopping.set()

    with turn(tmp_path / "one", "opensearch", "rebuild", told.append, stopping, store.lease("index")) as first:
        assert first
        assert told == []
        with turn(tmp_path / "two", "opensearch", "sync", heard, stopping, store.lease("index")) as second:
            assert not second
    assert [line.split(" on ")[0] for line in told] == [f"rebuild, process {os.getpid()}"]
    with turn(tmp_path / "two", "opensearch", "sync", told.append, threading.Event(), store.lease("index")) as third:
        assert third
    assert len(told) == 1


# Real processes


def test_two_indexes_of_one_store_do_not_wait_for_each_other(own_settings: Settings, opensearch_url: str) -> None:
    alias = f"lease-{os.getpid()}"
    first, second = (
        own_settings.model_copy(
            update={"engine": "opensearch", "opensearch_url": opensearch_url, "opensearch_index": f"{alias}-{name}"}
        )
        for name in ("first", "second")
    )

    def syncing(settings: Settings) -> "subprocess.Popen[str]":
        at_cluster = {
            f"HACKGO_{name.upper()}": getattr(settings, name)
            for name in ("engine", "opensearch_url", "opensearch_index")
        }
        command = [sys.executable, "-m", "indexer.cli", "sync"]
        return subprocess.Popen(
            command, env=environ(settings, **at_cluster), cwd=ROOT, stderr=subprocess.PIPE, text=True
        )

    index = index_name(first, "opensearch")
    with closing(Store.open(own_settings.database)) as store:
        lease = store.lease(LEASE_OF_INDEX.format(index=index))
        try:
            with turn(own_settings.run_dir, index, "test", lambda holder: None, threading.Event(), lease) as held:
                assert held
                with syncing(first) as waiting:
                    assert waiting.stderr is not None
                    assert "process" in waiting.stderr.readline()
                    with syncing(second) as working:
                        assert working.stderr is not None
                        assert "Waiting" not in working.stderr.read()
                        assert working.wait() == 0
                    assert waiting.poll() is None
                    waiting.kill()
        finally:
            for settings in (first, second):
                remove_index(settings)


@contextmanager
def competing(folder: Path, url: str, lasts_s: float) -> Iterator[Callable[[], int]]:
    """Starts an indexer for each call; returns its process id."""
    command = [sys.executable, "-m", "tests.indexers_that_compete", str(folder), url, str(lasts_s)]
    started: list[int] = []
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def start() -> int:
            process.stdin.write("\n")
            process.stdin.flush()
            started.append(int(process.stdout.readline()))
            return started[-1]

        try:
            yield start
        finally:
            for pid in started:
                os.kill(pid, signal.SIGKILL)  # children that nobody has waited for: their ids are still theirs
            process.stdin.close()


def holder_of(lease: Lease) -> int | None:
    found = re.search(r"process (\d+)", lease.holder())
    return int(found.group(1)) if found else None


@pytest.fixture
def parts(url: str, tmp_path: Path, analyser: Analyser) -> Iterator[Parts]:
    with small_catalogue(tmp_path, analyser, 7, url) as made:
        yield made


def kill_at_work(lease: Lease, work: Callable[[], object]) -> int:
    """Kill -9 whoever holds the lease, in the middle of its work; which process that was."""
    while True:
        work()
        wait_for(lambda: holder_of(lease) is not None)
        pid = holder_of(lease)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            if holder_of(lease) == pid:  # it had no time to let it go
                return pid


@posix
@pytest.mark.parametrize("lasts_s", [LASTS_S, 2.0], ids=["as shipped", "short"])
def test_a_leader_killed_at_work_is_replaced_in_time_and_the_index_is_whole(
    parts: Parts, url: str, tmp_path: Path, lasts_s: float
) -> None:
    lease, numbers = parts.store.lease(LEASE, lasts_s), iter(range(8, 1000))

    def in_step() -> bool:
        return parts.reader.live().revision == parts.store.revision()

    with competing(tmp_path, url, lasts_s) as start:
        for _ in range(3):
            start()
        wait_for((tmp_path / "index" / "live.json").exists)
        for _ in range(1 if lasts_s == LASTS_S else 3):
            wait_for(in_step)
            killed = kill_at_work(lease, lambda: parts.store.apply([create(next(numbers))], "test"))
            start()
            assert wait_for(lambda pid=killed: holder_of(lease) != pid) < HANDED_OVER_WITHIN_S  # type: ignore[misc]
            wait_for(in_step)
        wait_for(lambda: holder_of(lease) is None)
    index = parts.reader.open()
    assert not drift(parts.store, index, fingerprint(parts.embedder)), "missing, extra or stale entries"


# Takes the lease, says so, and looks after a line whether it is still its own.
HOLDER = """
import sys, time
from catalogue.errors import LeaseLost
from catalogue.store import Store

lease = Store.open(sys.argv[1]).lease("index", 3.0)
while not lease.take(sys.argv[2]):
    time.sleep(0.05)
with lease.kept():
    print("held", flush=True)
    sys.stdin.readline()
    try:
        lease.confirm()
        print("still", flush=True)
    except LeaseLost:
        print("lost", flush=True)
"""


@posix
def test_a_holder_that_was_paused_finds_that_it_was_replaced(store: Store, database: databases.Database) -> None:
    def start(name: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", HOLDER, database.url, name]
        return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    with start("paused") as paused, start("other") as other:
        for process in (paused, other):
            assert process.stdin is not None
            assert process.stdout is not None
        wait_for(lambda: store.lease("index").holder() != "")
        first, second = (paused, other) if store.lease("index").holder() == "paused" else (other, paused)
        assert first.stdout.readline() == "held\n"
        with closing(database.raw()) as raw:

            def beat() -> int:
                return int(raw.execute("SELECT beat FROM lease").fetchone()[0])

            # Its thread keeps it for longer than a lease lasts; and just after a beat it holds no lock of the database.
            wait_for(lambda: beat() > 2 * BEATS_PER_LEASE)
            before = beat()
            wait_for(lambda: beat() > before)
        first.send_signal(signal.SIGSTOP)
        assert second.stdout.readline() == "held\n"
        first.send_signal(signal.SIGCONT)
        first.stdin.write("look\n")
        first.stdin.flush()
        assert first.stdout.readline() == "lost\n"
        assert first.wait(30) == 0
        second.stdin.write("look\n")
        second.stdin.flush()
        assert second.stdout.readline() == "still\n"
        assert second.wait(30) == 0
