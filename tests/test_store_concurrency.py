"""Several programs at one store, and one of them killed: whole transactions, none lost, readers undisturbed."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

from catalogue.curation import Status
from catalogue.errors import StoreUnavailable
from catalogue.store import CREATED, UPDATED, Change, Store
from catalogue.store.database import translated

PAIN = "PP-2569-00001"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/catalogue.db"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store.open(url)
    yield opened
    opened.close()


def create(entry_id: str, **fields: Any) -> Change:
    body = {"id": entry_id, "kind": "pain_point", "language": "th", "title": {"th": "น้ำไม่ไหล"}} | fields
    return Change(CREATED, entry_id, body, Status.PUBLISHED, "hash")


def update(entry_id: str, **fields: Any) -> Change:
    return Change(UPDATED, entry_id, {**(create(entry_id).body or {}), **fields}, content_hash="hash")


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def test_reading_neither_waits_for_a_writer_nor_takes_its_lock(store: Store, url: str) -> None:
    store.apply([create(PAIN)], "a")
    other = sqlite3.connect(file_of(url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    started = time.monotonic()
    assert store.get(PAIN) is not None
    assert store.links_of([PAIN]) == []
    assert time.monotonic() - started < 2
    other.execute("ROLLBACK")
    other.close()


def test_a_database_that_stays_locked_is_called_busy(store: Store, url: str) -> None:
    other = sqlite3.connect(file_of(url), isolation_level=None, timeout=0)
    with store.writing(), pytest.raises(sqlite3.OperationalError) as locked:
        other.execute("BEGIN IMMEDIATE")
    other.close()
    assert isinstance(translated(locked.value), StoreUnavailable)
    assert translated(sqlite3.OperationalError("no such column: x")) is None


def test_two_programs_write_while_another_reads(store: Store, url: str) -> None:
    others = [Store.open(url), Store.open(url)]
    done = threading.Event()

    def write(own: Store, first: int) -> None:
        for n in range(first, first + 20):
            entry_id = f"PP-2569-{n:05}"
            own.apply([create(entry_id, year=2025), update(entry_id, year=2026)], "a")

    def read() -> int:
        """How often an entry was seen in the middle of its transaction."""
        halves = 0
        while not done.is_set():
            halves += sum(stored.body["year"] == 2025 for stored in store.entries())
            time.sleep(0.001)
        return halves

    with ThreadPoolExecutor() as pool:
        reader = pool.submit(read)
        writers = [pool.submit(write, own, 1 + 100 * n) for n, own in enumerate([*others, others[0]])]
        wait(writers)
        done.set()
        assert [writer.exception() for writer in writers] == [None, None, None]
        assert reader.result() == 0
    for other in others:
        other.close()
    assert store.revision() == 120
    assert [number for number, _ in store.changes_since(0)] == list(range(1, 121))
    assert store.verify_audit().ok


WRITER = """
import random, sys
from catalogue.curation import Status
from catalogue.store import CREATED, Change, Fact, Store
store = Store.open(sys.argv[1])
chance = random.Random(int(sys.argv[2]))
print("ready", flush=True)
for n in range(1000):
    batch = f"{sys.argv[2]}-{n}"
    with store.writing() as writer:
        numbers = writer.allocate("pain_point", 2569, chance.randint(1, 120))
        changes = [
            Change(CREATED, i, {"id": i, "kind": "pain_point", "title": {"th": "น้ำ" * 50}}, Status.PUBLISHED, "h")
            for i in (f"PP-2569-{number:05}" for number in numbers)
        ]
        writer.apply([Fact("batch.imported", {"rows": len(changes)}), *changes], "host", batch=batch)
    print(batch, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a signal of POSIX")
def test_a_writer_killed_at_any_moment_leaves_whole_transactions_and_loses_none(url: str) -> None:
    chance = random.Random()
    acknowledged: list[str] = []
    for turn in range(10):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, url, str(turn)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent,
        )
        assert process.stdout is not None
        with process.stdout:
            # The last two are killed while they open the store, or earlier.
            if turn < 8:
                assert process.stdout.readline() == "ready\n"
            time.sleep(chance.uniform(0, 0.25))
            os.kill(process.pid, signal.SIGKILL)
            acknowledged += [line.strip() for line in process.stdout if line.startswith(f"{turn}-")]
        process.wait()
    opened = Store.open(url)
    report = opened.verify_audit()
    opened.close()
    assert report.problems == ()
    other = sqlite3.connect(file_of(url))
    batches = {
        batch: (json.loads(told)["rows"], rows)
        for batch, told, rows in other.execute(
            "SELECT batch, max(payload) FILTER (WHERE kind = 'batch.imported'), count(entry_id)"
            " FROM event GROUP BY batch"
        )
    }
    other.close()
    assert [batch for batch, (told, rows) in batches.items() if told != rows] == []
    assert acknowledged
    assert set(acknowledged) <= batches.keys()
