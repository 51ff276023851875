"""A circuit breaker: a server that failed several times in a row is left alone; one request finds out when it is back.

*Closed*: every call goes through. *Open*: every call is refused at once, so that nobody waits for a time-out that is
known beforehand. Once ``probe_after_s`` have passed, one call at a time goes through (*half-open*): its success closes
the breaker, its failure keeps it open for as long again. Shared by threads.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

# One failure may be a connection that a restarted node closed; with three in a row, people have waited long enough.
FAILURES = 3
PROBE_AFTER_S = 5.0  # what Retry-After promises (catalogue/problems.py; tested): asked again then, it may have healed

T = TypeVar("T")
E = TypeVar("E", bound=Exception)
Clock = Callable[[], float]
"""Seconds that only grow."""


class Refused(Exception, Generic[E]):
    """The breaker is open; ``last`` is the failure that it last saw."""

    def __init__(self, last: E) -> None:
        super().__init__(str(last))
        self.last = last


class Breaker(Generic[E]):
    """Guards one server, whose failures are exceptions of one type."""

    def __init__(
        self,
        name: str,
        failure: type[E],
        clock: Clock = time.monotonic,
        failures: int = FAILURES,
        probe_after_s: float = PROBE_AFTER_S,
    ) -> None:
        self._name = name
        self._failure = failure
        self._clock = clock
        self._most_failures = failures
        self._probe_after_s = probe_after_s
        self._lock = threading.Lock()
        self._failures = 0  # in a row, while closed
        self._last: E | None = None  # not None: open
        self._probe_at = 0.0
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Is the server left alone at the moment, but for a probe?"""
        return self._last is not None

    def call(self, work: Callable[[], T]) -> T:
        """What ``work`` returns or raises; raises Refused, without calling it, while the server is left alone."""
        probe = self._admit()
        try:
            result = work()
        except self._failure as error:
            self._failed(probe, error)
            raise
        except BaseException:  # says nothing about the server: the next call may probe
            self._release(probe)
            raise
        self._succeeded(probe)
        return result

    def _admit(self) -> bool:
        """Is this call the probe?"""
        with self._lock:
            if self._last is None:
                return False
            if self._probing or self._clock() < self._probe_at:
                raise Refused(self._last)
            self._probing = True
            return True

    def _failed(self, probe: bool, error: E) -> None:
        with self._lock:
            if self._last is not None and not probe:
                return  # began before it opened: tells nothing new
            self._failures += 1
            if not probe and self._failures < self._most_failures:
                return
            self._last, self._probe_at, self._probing = error, self._clock() + self._probe_after_s, False
        if not probe:
            log.warning("breaker.opened", extra={"engine": self._name, "failures": self._failures})

    def _succeeded(self, probe: bool) -> None:
        with self._lock:
            if self._last is not None and not probe:
                return  # began before it opened: the server may have died since
            self._failures, self._last, self._probing = 0, None, False
        if probe:
            log.warning("breaker.closed", extra={"engine": self._name})

    def _release(self, probe: bool) -> None:
        if probe:
            with self._lock:
                self._probing = False
