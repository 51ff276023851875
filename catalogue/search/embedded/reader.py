"""What the API holds of the embedded index: follows promotions and writes of another process."""

import threading
from pathlib import Path

from catalogue.errors import IndexDamaged
from catalogue.search.embedded import files
from catalogue.search.embedded.generation import Generation
from catalogue.search.index import IndexInfo


class EmbeddedReader:
    """Reads the index in ``folder``. May be shared by threads; costs two ``stat`` per request while nothing changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._refreshing = threading.Lock()
        self._held: Generation | None = None
        self._pointer: files.Stamp | None = None

    def open(self, name: str | None = None) -> Generation:
        """See :class:`catalogue.search.index.IndexReader`."""
        if name is not None:
            return Generation(self._folder / name)
        held = self._held
        if held is not None and not self._changed(held):
            return held
        # One thread brings the new state in; the others go on with what they have, if they have something.
        if not self._refreshing.acquire(blocking=held is None):
            assert held is not None
            return held
        try:
            return self._refresh()
        finally:
            self._refreshing.release()

    def live(self) -> IndexInfo:
        """See :class:`catalogue.search.index.IndexReader`."""
        return self.open().info

    def remembered(self) -> int:
        """See :class:`catalogue.search.index.IndexReader`: none, for the files are near."""
        return 0

    def _changed(self, held: Generation) -> bool:
        return files.stamp(self._folder / files.POINTER) != self._pointer or held.outdated()

    def _refresh(self) -> Generation:
        held = self._held
        if held is not None and not self._changed(held):
            return held  # another thread was quicker
        pointer = files.stamp(self._folder / files.POINTER)
        name = files.live_name(self._folder)
        try:
            self._held = self._load(name, held)
        except IndexDamaged:
            again = files.live_name(self._folder)
            if again == name and held is None:
                raise
            # Promoted and pruned while we were reading; or deleted and built anew, under the name of what we held.
            self._held = self._load(again, None)
        self._pointer = pointer
        return self._held

    def _load(self, name: str, held: Generation | None) -> Generation:
        return Generation(self._folder / name, held if held is not None and held.info.name == name else None)
