"""The titles of published entries, kept in memory for :mod:`catalogue.api.completions`."""

import contextlib
import threading
import time

from catalogue.errors import CatalogueError
from catalogue.search.completions import Titles, key
from catalogue.search.document import SEARCHED_KINDS
from catalogue.store.store import Store

FRESH_S = 2.0  # as old as an index may be; what was withdrawn meanwhile is left out where it is shown
EVENTS_PER_READ = 10_000  # after more of them all titles are read anew
MOST = 100_000  # entries, the newest ones: about 60 MB, and 20 ms to look through


class KnownTitles:
    """The titles, brought up to the store's revision when they are asked for. Shared by threads."""

    def __init__(self, store: Store, fresh_s: float = FRESH_S, most: int = MOST) -> None:
        """Reads nothing yet."""
        self._store = store
        self._fresh_s = fresh_s
        self._most = most
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._head = (-1, "")
        self._keys: dict[str, list[str]] = {}
        self._titles: Titles | None = None

    def read_ahead(self) -> None:
        """Begin to read in a thread, so that the first reader need not wait: 60,000 titles take some seconds."""

        def read() -> None:
            with contextlib.suppress(CatalogueError):  # whoever asks is told
                self.now()

        threading.Thread(target=read, daemon=True, name="read-titles").start()

    def now(self) -> Titles:
        """The titles as they were at most ``fresh_s`` ago; older ones while another thread reads what changed."""
        if self._lock.acquire(blocking=self._titles is None):
            try:
                if self._titles is None or time.monotonic() - self._looked_at >= self._fresh_s:
                    self._titles = self._caught_up(self._titles)
                    self._looked_at = time.monotonic()
            finally:
                self._lock.release()
        assert self._titles is not None
        return self._titles

    def _caught_up(self, titles: Titles | None) -> Titles:
        with self._store.moment() as store:
            head = store.head()
            if titles is not None and head == self._head:
                return titles
            known = titles is not None and store.has(*self._head)
            events = store.changes_since(self._head[0], EVENTS_PER_READ) if known else []
            whole = not known or len(events) == EVENTS_PER_READ
            changed = None if whole else {entry_id for _, entry_id in events if entry_id}
            found = store.titles(ids=changed)
        keys = {} if changed is None else {i: texts for i, texts in self._keys.items() if i not in changed}
        for entry_id, kind, title in found:
            if kind in SEARCHED_KINDS:
                keys.setdefault(entry_id, []).append(key(title))
        newest = sorted(keys, key=lambda entry_id: entry_id.partition("-")[2], reverse=True)[: self._most]
        self._keys = {entry_id: keys[entry_id] for entry_id in newest}
        self._head = head
        return Titles((entry_id, text) for entry_id, texts in self._keys.items() for text in texts)
