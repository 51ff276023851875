"""Several programs at one store, and one of them killed: whole transactions, none lost, readers undisturbed."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from catalogue.curation import Status
from catalogue.errors import StoreUnavailable
from catalogue.store import CREATED, UPDATED, Change, Store
from tests.databases import Database

PAIN = "PP-2569-00001"


def create(entry_id: str, **fields: Any) -> Change:
    body = {"id": entry_id, "kind": "pain_point", "language": "th", "title": {"th": "น้ำไม่ไหล"}} | fields
    return Change(CREATED, entry_id, body, Status.PUBLISHED, "hash")


def update(entry_id: str, **fields: Any) -> Change:
    return Change(UPDATED, entry_id, {**(create(entry_id).body or {}), **fields}, content_hash="hash")


def test_reading_neither_waits_for_a_writer_nor_takes_its_lock(store: Store, database: Database) -> None:
    store.apply([create(PAIN)], "a")
    with closing(database.raw()) as other:
        database.take_write_lock(other, 15)
        # Nobody gives the lock back before both are answered: one that waited for it would be told that it is busy.
        assert store.get(PAIN) is not None
        assert store.links_of([PAIN]) == []
        other.execute("ROLLBACK")


def test_a_database_that_stays_locked_is_called_busy(store: Store, database: Database) -> None:
    with closing(database.raw()) as other, store.writing(), pytest.raises(Exception, match="lock") as locked:
        database.take_write_lock(other, 1)
    assert isinstance(database.translated(locked.value), StoreUnavailable)
    assert database.translated(RuntimeError("no such column: x")) is None


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


# Forks a writer for each line that it reads, so that the imports are paid once; says when that writer is dead.
WRITERS = """
import os, random, sys
from catalogue.curation import Status
from catalogue.store import CREATED, Change, Fact, Store

def write(turn):
    print("pid", os.getpid(), flush=True)
    store = Store.open(sys.argv[1])
    chance = random.Random()
    for n in range(10_000):
        with store.writing() as writer:
            ids = [f"PP-2569-{k:05}" for k in writer.allocate("pain_point", 2569, chance.randint(1, 120))]
            bodies = [{"id": i, "kind": "pain_point", "title": {"th": "น้ำ" * 50}} for i in ids]
            changes = [Change(CREATED, b["id"], b, Status.PUBLISHED, "h") for b in bodies]
            told = Fact("batch.imported", {"rows": len(ids)})
            writer.apply([told, *changes], "host", batch=f"{turn}-{n}")
        print("batch", f"{turn}-{n}", flush=True)

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        write(line.strip())
    os.waitpid(child, 0)
    print("dead", child, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a signal of POSIX")
def test_a_writer_killed_at_any_moment_leaves_whole_transactions_and_loses_none(database: Database) -> None:
    chance = random.Random()
    acknowledged: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-c", WRITERS, database.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for turn in range(10):
            process.stdin.write(f"{turn}\n")
            process.stdin.flush()
            _, pid = process.stdout.readline().split()
            # The first turns fall into the making of the database, the others into the batches.
            if turn < 3:
                time.sleep(chance.uniform(0, 0.03))
            else:
                acknowledged.append(process.stdout.readline().split()[1])
                time.sleep(chance.uniform(0, 0.2))
            os.kill(int(pid), signal.SIGKILL)
            while (line := process.stdout.readline().split())[0] != "dead":
                acknowledged.append(line[1])
        process.stdin.close()
    opened = Store.open(database.url)
    report = opened.verify_audit()
    opened.close()
    assert report.problems == ()
    with closing(database.raw()) as other:
        told = other.execute("SELECT batch, payload FROM event WHERE kind = 'batch.imported'").fetchall()
        rows = dict(other.execute("SELECT batch, count(entry_id) FROM event GROUP BY batch").fetchall())
    batches = {batch: (json.loads(payload)["rows"], rows[batch]) for batch, payload in told}
    assert batches.keys() == rows.keys()
    assert [batch for batch, (told, rows) in batches.items() if told != rows] == []
    assert acknowledged
    assert set(acknowledged) <= batches.keys()
