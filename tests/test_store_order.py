"""Eight programs write while one follows: the follower sees every event, in order, and never a gap.

An event that became visible after a later one would be skipped by a follower that remembers the last number it saw.
"""

import subprocess
import sys
import time
from contextlib import closing

import pytest

from catalogue.settings import ROOT
from catalogue.store import Store

WRITERS, TRANSACTIONS = 8, 15
# Forks the writers, so that the imports are paid once. Transactions of several events and of different lengths overlap.
PROGRAM = """
import os, random, sys, time
from catalogue.curation import Status
from catalogue.store import CREATED, Change, Fact, Store, sqlite

sqlite.BUSY_TIMEOUT_S = 300  # it is not fair to eight, and one of them must not give up

def write(name):
    store, chance = Store.open(sys.argv[1]), random.Random(name)
    for turn in range(int(sys.argv[3])):
        with store.writing() as writer:
            ids = [f"PP-2569-{n:05}" for n in writer.allocate("pain_point", 2569, chance.randint(1, 4))]
            for body in [{"id": i, "kind": "pain_point", "title": {"th": "น้ำ"}} for i in ids]:
                writer.apply([Change(CREATED, body["id"], body, Status.PUBLISHED, "h")], name)
                if chance.random() < 0.2:
                    time.sleep(0.005)
            (last,) = writer.apply([Fact("batch.imported", {"rows": len(ids)})], name)
        assert store.revision() >= last, "a commit that returned is visible"

children = []
for n in range(int(sys.argv[2])):
    child = os.fork()
    if child == 0:
        write(f"writer {n}")
        os._exit(0)
    children.append(child)
sys.exit(sum(os.waitpid(child, 0)[1] != 0 for child in children))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="fork is POSIX's")
def test_a_follower_of_eight_writers_misses_no_event(url: str) -> None:
    seen: list[int] = []
    steps = 0
    command = [sys.executable, "-c", PROGRAM, url, str(WRITERS), str(TRANSACTIONS)]
    with closing(Store.open(url)) as store, subprocess.Popen(command, cwd=ROOT) as process:
        while process.poll() is None or seen[-1:] != [store.revision()]:
            numbers = [number for number, _ in store.changes_since(seen[-1] if seen else 0, limit=50)]
            steps += bool(numbers)
            seen += numbers
            time.sleep(0.001)
        assert process.returncode == 0
        assert seen == list(range(1, store.revision() + 1)), "a gap that was filled later, or an event out of order"
        assert steps > WRITERS, "it followed while they wrote"
        report = store.verify_audit()
        assert report.ok
        assert report.entries + WRITERS * TRANSACTIONS == report.events == len(seen)
