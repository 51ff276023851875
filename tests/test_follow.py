"""The indexer that runs all the time: it follows the store, through trouble, and takes turns with others."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from catalogue.curation import Status
from catalogue.errors import IndexDamaged, StoreUnavailable
from catalogue.search.analysis import Analyser
from catalogue.search.embedded import EmbeddedReader
from catalogue.store import Store
from indexer.parts import Parts
from indexer.rebuild import rebuild
from indexer.sync import follow, standing
from indexer.turns import turn
from tests.small_catalogue import (
    WITHIN_S,
    HashedEmbedder,
    create,
    drift_of,
    move,
    open_parts,
    pain_id,
    small_catalogue,
    wait_for,
)

ENTRIES = 7


@pytest.fixture
def parts(tmp_path: Path, analyser: Analyser) -> Iterator[Parts]:
    with small_catalogue(tmp_path, analyser, ENTRIES) as made:
        yield made


@pytest.fixture
def following(parts: Parts, tmp_path: Path, analyser: Analyser) -> Iterator[Callable[[Parts], threading.Event]]:
    """Starts a follower of these parts; all are stopped at the end."""
    stopping, threads = threading.Event(), list[threading.Thread]()

    def my_turn(name: str) -> AbstractContextManager[bool]:
        return turn(tmp_path / "run", "embedded", name, lambda holder: None, stopping)

    def start(its: Parts) -> threading.Event:
        threads.append(threading.Thread(target=follow, args=(its, 0.02, stopping, my_turn)))
        threads[-1].start()
        return stopping

    yield start
    stopping.set()
    for thread in threads:
        thread.join(WITHIN_S)
        assert not thread.is_alive()


def test_a_follower_builds_the_index_and_makes_commits_searchable(
    parts: Parts, tmp_path: Path, following: Callable[[Parts], threading.Event]
) -> None:
    api = EmbeddedReader(tmp_path / "index")
    following(parts)
    wait_for((tmp_path / "index" / "live.json").exists)
    for number in range(8, 12):
        (revision,) = parts.store.apply([create(number)], "test")
        wait_for(lambda: api.open().revisions().get(pain_id(number)) == revision)  # noqa: B023
    parts.store.apply([move(9, Status.WITHDRAWN)], "test")
    wait_for(lambda: pain_id(9) not in api.open().revisions())


def test_two_followers_and_a_rebuild_take_turns(
    parts: Parts, tmp_path: Path, analyser: Analyser, following: Callable[[Parts], threading.Event]
) -> None:
    others = [open_parts(tmp_path, analyser) for _ in range(3)]
    for its in others[:2]:
        following(its)
    for number in range(8, 28):
        parts.store.apply([create(number)], "test")
        if number % 7 == 0:
            with turn(tmp_path / "run", "embedded", "rebuild", lambda holder: None, threading.Event()):
                rebuild(others[2])
    wait_for(lambda: EmbeddedReader(tmp_path / "index").live().revision == parts.store.revision())
    assert not drift_of(parts)
    for its in others:
        its.store.close()


class Failing:
    """The store's port, locked for its first questions."""

    def __init__(self, store: Store, failures: int) -> None:
        self._store = store
        self.failures = failures

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def head(self) -> tuple[int, str]:
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable("The database is busy.", "ฐานข้อมูลไม่ว่าง")
        return self._store.head()


def test_a_follower_survives_a_locked_store(
    parts: Parts,
    following: Callable[[Parts], threading.Event],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("indexer.sync.FIRST_PAUSE_S", 0.01)
    failing = Failing(parts.store, 3)
    following(replace(parts, store=failing))
    wait_for(lambda: standing(parts) == "in step")
    assert failing.failures == 0
    pauses = [vars(record)["again_in_s"] for record in caplog.records if record.message == "sync.failed"]
    assert pauses == [0.01, 0.02, 0.04]


def test_a_follower_replaces_an_index_that_breaks_under_it(
    parts: Parts, tmp_path: Path, following: Callable[[Parts], threading.Event]
) -> None:
    rebuild(parts)
    following(parts)
    wait_for(lambda: standing(parts) == "in step")
    (tmp_path / "index" / "live.json").write_text("broken")
    parts.store.apply([create(8)], "test")

    def whole() -> bool:
        try:
            return not drift_of(replace(parts, reader=EmbeddedReader(tmp_path / "index")))
        except IndexDamaged:
            return False

    wait_for(whole)


def test_a_follower_gives_up_a_rebuild_when_it_is_asked_to_end(parts: Parts) -> None:
    stopping = threading.Event()

    class Stopping(HashedEmbedder):
        def passages(self, texts):
            stopping.set()
            return super().passages(texts)

    follow(replace(parts, embedder=Stopping()), 0.01, stopping, lambda name: nullcontext(True))
    assert standing(parts) == "not built"


def test_the_second_indexer_waits_and_says_for_whom(tmp_path: Path) -> None:
    told: list[str] = []
    stopping = threading.Event()

    def heard(holder: str) -> None:
        told.append(holder)
        stopping.set()

    with turn(tmp_path, "embedded", "rebuild", told.append, stopping) as first:
        assert first
        assert told == []
        with turn(tmp_path, "embedded", "sync", heard, stopping) as second:
            assert not second
    assert told == [f"rebuild, process {os.getpid()}"]
    with turn(tmp_path, "embedded", "sync", told.append, threading.Event()) as third:
        assert third
    assert len(told) == 1
