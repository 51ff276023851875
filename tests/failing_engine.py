"""An engine at the port whose failures are switched on and off: what a cluster that does not answer looks like."""

from collections.abc import Callable
from typing import Any

from catalogue.errors import CatalogueError, IndexUnavailable
from catalogue.search.index import IndexInfo, IndexReader, LiveIndex


def unavailable() -> CatalogueError:
    return IndexUnavailable("The search cluster does not answer.", "ระบบค้นหาไม่ตอบสนอง")


class FailingReader:
    """Another reader that raises in the steps named in ``failing``; ``asked`` lists every step that was tried."""

    def __init__(self, reader: IndexReader, error: Callable[[], CatalogueError] = unavailable) -> None:
        self._reader = reader
        self.error = error
        self.failing: frozenset[str] = frozenset()
        self.asked: list[str] = []

    def open(self, name: str | None = None) -> LiveIndex:
        self._step("open")
        return _FailingIndex(self._reader.open(name), self._step)

    def live(self) -> IndexInfo:
        self._step("live")
        return self._reader.live()

    def remembered(self) -> int:
        return self._reader.remembered()

    def _step(self, name: str) -> None:
        self.asked.append(name)
        if name in self.failing:
            raise self.error()


class _FailingIndex:
    def __init__(self, index: LiveIndex, step: Callable[[str], None]) -> None:
        self._index = index
        self._step = step

    def __getattr__(self, name: str) -> Any:
        if name != "info":
            self._step(name)
        return getattr(self._index, name)
