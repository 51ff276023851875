"""Two indexes of one store: each is followed from its own cursor, and no trouble of one holds up the other."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalogue.curation import Status
from catalogue.errors import IndexUnavailable
from catalogue.search.analysis import Analyser
from catalogue.search.embedded import EmbeddedReader, EmbeddedWriter
from catalogue.search.fingerprint import fingerprint
from catalogue.search.index import IndexWriter
from indexer import sync, targets
from indexer.parts import Parts
from indexer.sync import standing
from indexer.targets import each, follow_all
from indexer.turns import turn
from indexer.verify import drift
from tests.failing_engine import unavailable
from tests.small_catalogue import WITHIN_S, create, move, pain_id, small_catalogue, wait_for

ENTRIES = 7


class Troubled:
    """A writer at the port; ``trouble`` happens before each write."""

    def __init__(self, writer: IndexWriter) -> None:
        self._writer = writer
        self.trouble: Callable[[], object] = lambda: None
        self.tried = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    def write(self, *arguments: Any) -> None:
        self.tried += 1
        self.trouble()
        self._writer.write(*arguments)

    def fill(self, *arguments: Any) -> None:
        self.tried += 1
        self.trouble()
        self._writer.fill(*arguments)


@pytest.fixture
def fallback(tmp_path: Path, analyser: Analyser) -> Iterator[Parts]:
    with small_catalogue(tmp_path, analyser, ENTRIES) as made:
        yield made


@pytest.fixture
def troubled(tmp_path: Path, analyser: Analyser) -> Troubled:
    return Troubled(EmbeddedWriter(tmp_path / "main", analyser))


@pytest.fixture
def main(fallback: Parts, troubled: Troubled, tmp_path: Path) -> Parts:
    return replace(fallback, reader=EmbeddedReader(tmp_path / "main"), writer=troubled, engine="opensearch")


@pytest.fixture
def following(main: Parts, fallback: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Both are followed while the test runs."""
    monkeypatch.setattr(sync, "FIRST_PAUSE_S", 0.02)
    monkeypatch.setattr(sync, "LONGEST_PAUSE_S", 0.05)
    monkeypatch.setattr(targets, "LONGEST_PAUSE_S", 0.05)
    stopping = threading.Event()

    def turn_of(parts: Parts) -> targets.Turn:
        def mine(work: str) -> AbstractContextManager[bool]:
            return turn(tmp_path / "run", parts.engine, work, lambda holder: None, stopping)

        return mine

    thread = threading.Thread(target=follow_all, args=([main, fallback], 0.02, stopping, turn_of))
    thread.start()
    yield
    stopping.set()
    thread.join(WITHIN_S)
    assert not thread.is_alive()


def in_step(parts: Parts) -> bool:
    return standing(parts) == "in step"


def assert_equal_to_the_store(parts: Parts) -> None:
    assert not drift(parts.store, parts.reader.open(), fingerprint(parts.embedder))


@pytest.mark.usefixtures("following")
def test_both_are_built_and_kept_in_step(main: Parts, fallback: Parts) -> None:
    wait_for(lambda: in_step(main) and in_step(fallback))
    main.store.apply([create(ENTRIES + 1), move(1, Status.WITHDRAWN)], "test")
    wait_for(lambda: in_step(main) and in_step(fallback))
    for parts in (main, fallback):
        assert_equal_to_the_store(parts)
        assert pain_id(ENTRIES + 1) in parts.reader.open().revisions()


def raising(error: Exception) -> Callable[[], object]:
    def trouble() -> None:
        raise error

    return trouble


@pytest.mark.parametrize("error", [unavailable(), OSError("no space"), RuntimeError("nobody foresaw this")])
@pytest.mark.usefixtures("following")
def test_one_that_fails_does_not_stop_the_other_and_catches_up(
    main: Parts, fallback: Parts, troubled: Troubled, error: Exception
) -> None:
    wait_for(lambda: in_step(main) and in_step(fallback))
    behind_at = main.reader.live().revision
    tried, troubled.trouble = troubled.tried, raising(error)
    for number in range(3):
        main.store.apply([create(ENTRIES + 1 + number)], "test")
        wait_for(lambda: in_step(fallback))
    wait_for(lambda: troubled.tried > tried + 1)
    assert main.reader.live().revision == behind_at
    troubled.trouble = lambda: None
    wait_for(lambda: in_step(main))
    assert_equal_to_the_store(main)
    assert_equal_to_the_store(fallback)


@pytest.mark.usefixtures("following")
def test_one_that_hangs_does_not_hold_up_the_other(main: Parts, fallback: Parts, troubled: Troubled) -> None:
    wait_for(lambda: in_step(main) and in_step(fallback))
    answers, hangs = threading.Event(), threading.Event()

    def hang() -> None:
        hangs.set()
        assert answers.wait(WITHIN_S)

    troubled.trouble = hang
    main.store.apply([create(ENTRIES + 1)], "test")
    assert hangs.wait(WITHIN_S)
    wait_for(lambda: in_step(fallback))
    main.store.apply([create(ENTRIES + 2)], "test")
    wait_for(lambda: in_step(fallback))
    assert not in_step(main)
    answers.set()
    wait_for(lambda: in_step(main))
    assert_equal_to_the_store(main)


def test_work_is_done_for_each_and_the_failures_are_told(main: Parts, fallback: Parts, troubled: Troubled) -> None:
    troubled.trouble = raising(unavailable())
    failed = each([main, fallback], lambda parts: sync.ensure(parts) and None)
    assert [type(error) for error in failed] == [IndexUnavailable]
    assert standing(main) == "not built"
    assert in_step(fallback)
    troubled.trouble = lambda: None
    assert each([main, fallback], lambda parts: sync.ensure(parts) and None) == []
    assert_equal_to_the_store(main)
