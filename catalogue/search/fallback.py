"""The engine that answers, and the one that steps in while it does not: what the API asks instead of a reader."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from catalogue.errors import CatalogueError, IndexDamaged, IndexNotReady, IndexUnavailable
from catalogue.search.breaker import Breaker, Refused
from catalogue.search.index import IndexInfo, IndexReader

log = logging.getLogger(__name__)
T = TypeVar("T")

Asked = Literal["search", "browse", "similar", "facets", "state"]
"""What an index is asked for."""

Outcome = Literal["ok", "degraded", "failed"]
"""Answered by the engine that should, by the one that stepped in, by none."""

Observe = Callable[[Asked, str, Outcome, float], None]
"""Told what was asked, the engine (of a failure: the one that should have answered), the outcome and the seconds."""

# Any of these and another index may still answer. Only the first is counted by the breaker: the others come at once.
FAILURES = (IndexUnavailable, IndexNotReady, IndexDamaged)


@dataclass(frozen=True)
class Engine:
    """A search engine by name, as ``HACKGO_ENGINE`` says it, and the reader of its index."""

    name: str
    reader: IndexReader


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What was asked for, and which engine gave it."""

    value: T
    engine: str
    degraded: bool
    """Did another engine than the usual one answer?"""


def answering(reader: IndexReader) -> IndexInfo:
    """The live generation of an index that answers: a cluster may know its index and not be able to search it."""
    index = reader.open()
    index.browse({}, 1, 0)
    return index.info


def unobserved(asked: Asked, engine: str, outcome: Outcome, seconds: float) -> None:
    """Tells nobody."""


class Engines:
    """Asks the main engine, or the fallback while that one fails. Shared by threads."""

    def __init__(
        self,
        main: Engine,
        fallback: Engine | None = None,
        breaker: Breaker[IndexUnavailable] | None = None,
        observe: Observe = unobserved,
    ) -> None:
        self.main = main
        self.fallback = fallback
        self.breaker = breaker or Breaker(main.name, IndexUnavailable)
        self._observe = observe

    def ask(self, asked: Asked, work: Callable[[IndexReader], T]) -> Answer[T]:
        """What ``work`` makes of a reader, all of it from one engine.

        Where the main engine fails, at whatever step, ``work`` begins anew with the fallback's reader: it should do
        nothing but read. Raises the main engine's error where there is no fallback or that one fails too; while the
        breaker is open, at once.
        """
        started = time.perf_counter()

        def observe(engine: str, outcome: Outcome) -> None:
            self._observe(asked, engine, outcome, time.perf_counter() - started)

        try:
            value = self.breaker.call(lambda: work(self.main.reader))
        except (*FAILURES, Refused) as error:
            failure = _again(error.last) if isinstance(error, Refused) else error
            if not isinstance(error, Refused):
                log.warning("engine.failed", extra={"engine": self.main.name, "asked": asked, "slug": failure.slug})
            return self._instead(work, failure, observe)
        observe(self.main.name, "ok")
        return Answer(value, self.main.name, degraded=False)

    def live(self) -> dict[str, IndexInfo | None]:
        """The live generation of each engine by its name; None where it does not answer now.

        Of an engine that is left alone, at once: who watches shall not wait for the time-outs of a probe.
        """
        main = None if self.breaker.is_open else _told(lambda: self.breaker.call(lambda: answering(self.main.reader)))
        found = {self.main.name: main}
        if (fallback := self.fallback) is not None:
            found[fallback.name] = _told(lambda: answering(fallback.reader))
        return found

    def _instead(
        self, work: Callable[[IndexReader], T], failure: CatalogueError, observe: Callable[[str, Outcome], None]
    ) -> Answer[T]:
        if self.fallback is None:
            observe(self.main.name, "failed")
            raise failure
        try:
            value = work(self.fallback.reader)
        except FAILURES as error:
            log.warning("engine.failed", extra={"engine": self.fallback.name, "slug": error.slug})
            observe(self.main.name, "failed")
            raise failure from error
        observe(self.fallback.name, "degraded")
        return Answer(value, self.fallback.name, degraded=True)


def _told(live: Callable[[], IndexInfo]) -> IndexInfo | None:
    try:
        return live()
    except (*FAILURES, Refused):
        return None


def _again(error: CatalogueError) -> CatalogueError:
    """The same error without the other request's trace."""
    return type(error)(error.en, error.th, **error.members)
