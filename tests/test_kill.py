"""kill -9 of the indexer at random moments: the old index keeps answering, the next run heals, nothing is lost.

`KILLS=200 pytest tests/test_kill.py` kills more often; the seed is fixed, the machine's speed is not.
"""

import itertools
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from catalogue.curation import Status
from catalogue.search.analysis import Analyser
from catalogue.search.document import SEARCHED_KINDS
from catalogue.search.embedded import EmbeddedReader
from catalogue.search.fingerprint import fingerprint
from catalogue.settings import ROOT
from catalogue.store import Store
from indexer.parts import Parts
from indexer.verify import drift, settled_drift
from tests.small_catalogue import create, edit, move, pain_id, small_catalogue

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9 and fork are POSIX's")

KILLS = 20
ENTRIES = 40
Run = Callable[[str, float | None], dict[str, Any]]


@pytest.fixture
def parts(tmp_path: Path, analyser: Analyser, url: str) -> Iterator[Parts]:
    with small_catalogue(tmp_path, analyser, ENTRIES, url=url) as made:
        yield made


@pytest.fixture
def run(tmp_path: Path, url: str) -> Iterator[Run]:
    """Runs the indexer in a process of its own, and kills it after so many seconds."""
    command = [sys.executable, "-m", "tests.indexer_to_kill", str(tmp_path), url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:

        def once(work: str, kill_after_s: float | None) -> dict[str, Any]:
            assert process.stdin
            assert process.stdout
            print(json.dumps({"work": work, "kill_after_s": kill_after_s}), file=process.stdin, flush=True)
            return dict(json.loads(process.stdout.readline()))

        yield once
        assert process.stdin
        process.stdin.close()


@contextmanager
def searched_all_the_time(folder: Path, least: int) -> Iterator[list[int]]:
    """Searches in the background as the API does; every answer must come, and be whole."""
    reader, stopping, answers, failed = EmbeddedReader(folder), threading.Event(), list[int](), list[BaseException]()

    def ask() -> None:
        while not stopping.wait(0.002):
            try:
                index = reader.open()
                ids, total = index.browse({}, 1000, 0)
                assert len(ids) == total == len(index.revisions()) == index.info.documents >= least
                answers.append(total)
            except BaseException as error:  # noqa: BLE001 - told to the test
                failed.append(error)
                return

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answers
    finally:
        stopping.set()
        thread.join()
    assert not failed, failed
    assert answers


@contextmanager
def written_all_the_time(store: Store, seed: int) -> Iterator[list[int]]:
    """Creates, edits, withdraws and publishes again, in the background."""
    chance, stopping, written = random.Random(seed), threading.Event(), list[int]()
    numbers = itertools.count(ENTRIES + 1)

    def write() -> None:
        while not stopping.wait(0.005):
            change = chance.choice(
                [
                    lambda: create(next(numbers)),
                    lambda: edit(chance.randint(1, ENTRIES), f"ฉบับ {len(written)}"),
                    lambda: move(chance.randint(1, ENTRIES // 4), Status.WITHDRAWN),
                    lambda: move(chance.randint(1, ENTRIES // 4), Status.PUBLISHED),
                ]
            )
            written.extend(store.apply([change()], "writer"))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield written
    finally:
        stopping.set()
        thread.join()


def assert_equal_to_the_store(parts: Parts, state: Path) -> None:
    index = parts.reader.open()
    assert drift(parts.store, index, fingerprint(parts.embedder)).lines() == [
        f"{len(parts.store.public_revisions(SEARCHED_KINDS))} entries, 0 missing, 0 extra, 0 stale"
    ]
    assert index.info.revision == parts.store.revision()
    folders = [path for path in (state / "index").iterdir() if path.is_dir()]
    assert len(folders) <= 2, "only the live index and the one before it are left"
    assert len(list((state / "index").iterdir())) <= 4


def kills() -> int:
    return int(os.environ.get("KILLS", KILLS))


def test_a_rebuild_may_be_killed_at_any_moment(parts: Parts, run: Run, tmp_path: Path) -> None:
    assert run("rebuild", None)["code"] == 0
    lasts_s, chance, killed = run("rebuild", None)["seconds"], random.Random(3), 0
    with searched_all_the_time(tmp_path / "index", ENTRIES):
        for number in range(kills() * 5):
            # Evenly over the run, so that each of its steps is hit; a new text makes it embed as well.
            parts.store.apply([edit(1 + number % ENTRIES, f"ครั้งที่ {number}")], "test")
            ended = run("rebuild", chance.uniform(0, lasts_s))
            if ended["killed"]:
                killed += 1
            else:
                assert ended["code"] == 0
                lasts_s *= 0.9  # it was quicker than the one that was timed: aim earlier
            if killed == kills():
                break
        assert killed == kills()
        assert run("ensure", None)["code"] == 0
    assert_equal_to_the_store(parts, tmp_path)


def test_the_first_rebuild_may_be_killed_at_any_moment(parts: Parts, run: Run, tmp_path: Path) -> None:
    for moment_s in (0.005, 0.02, 0.04, 0.06, 0.08):
        run("rebuild", moment_s)
    assert run("ensure", None)["code"] == 0
    assert_equal_to_the_store(parts, tmp_path)


def test_a_sync_may_be_killed_at_any_moment_while_others_write(parts: Parts, run: Run, tmp_path: Path) -> None:
    assert run("rebuild", None)["code"] == 0
    chance, longest_s = random.Random(4), 0.4
    began = reached = parts.reader.live().revision
    with (
        searched_all_the_time(tmp_path / "index", ENTRIES - ENTRIES // 4),
        written_all_the_time(parts.store, 5) as written,
    ):
        for _ in range(kills()):
            ended = run("follow", chance.uniform(0.02, longest_s))
            assert ended["killed"], ended
            # Before the next run heals anything: what the index says it reflects, it holds.
            found = settled_drift(parts.store, parts.reader.open(), fingerprint(parts.embedder))
            assert not found, found.lines()
            if parts.reader.live().revision == reached:
                longest_s *= 1.25  # a slow machine: it has hardly begun
            reached = parts.reader.live().revision
        assert reached > began, "the runs got somewhere"
    # All that was acknowledged is there: the store's business, but what would a perfect copy of less be worth?
    assert parts.store.revision() == ENTRIES + len(written) == written[-1]
    assert run("ensure", None)["code"] == 0
    assert_equal_to_the_store(parts, tmp_path)


def test_the_lock_of_a_killed_indexer_is_free(parts: Parts, run: Run, tmp_path: Path) -> None:
    assert run("follow", 0.3)["killed"]
    began = time.monotonic()
    assert run("rebuild", None)["code"] == 0
    assert time.monotonic() - began < 30
    assert pain_id(1) in parts.reader.open().revisions()
