"""How a program that goes on until it is asked to end is asked."""

import signal
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event


class Stopping(Event):
    """An event that a signal's handler may set.

    ``Event.set`` takes a lock. The thread that was interrupted may hold it, being about to wait, and then both wait for
    good. What stands in its place takes none: "put() can be interrupted by another put() in the same thread" (Python's
    documentation of queue.SimpleQueue).
    """

    def __init__(self) -> None:
        super().__init__()
        self._asked = False
        self._wakes = SimpleQueue[None]()

    def is_set(self) -> bool:
        """Was it set?"""
        return self._asked

    def set(self) -> None:
        """End all waiting, for good."""
        self._asked = True
        self._wakes.put(None)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, or for so many seconds; whether it was."""
        if not self._asked:
            with suppress(Empty):
                self._wakes.get(timeout=timeout)
                self._wakes.put(None)  # for the next one who waits
        return self._asked


def asked_by_signals() -> Event:
    """Is set once the process is asked to end, by Ctrl-C or by whoever supervises it."""
    stopping = Stopping()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    return stopping
