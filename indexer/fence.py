"""An index writer that asks before each step whether the lease is still ours: a paused indexer must not go on."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from catalogue.search.index import Document, IndexInfo, IndexWriter, Vector


class FencedWriter:
    """The writer's port; ``confirm`` raises where another indexer has taken over, and then nothing is written."""

    def __init__(self, writer: IndexWriter, confirm: Callable[[], None]) -> None:
        self._writer = writer
        self._confirm = confirm

    def create(self, fingerprint: str, centres: Mapping[str, Vector]) -> str:
        """As the port says, once the lease is confirmed."""
        self._confirm()
        return self._writer.create(fingerprint, centres)

    def write(
        self, name: str, documents: Sequence[Document], deleted: Collection[str], revision: int, event: str = ""
    ) -> None:
        """As the port says, once the lease is confirmed."""
        self._confirm()
        self._writer.write(name, documents, deleted, revision, event)

    def fill(self, name: str, pages: Iterable[Sequence[Document]], revision: int, event: str = "") -> None:
        """As the port says, once the lease is confirmed, and again after each page."""
        self._confirm()
        self._writer.fill(name, self._confirmed(pages), revision, event)

    def _confirmed(self, pages: Iterable[Sequence[Document]]) -> Iterator[Sequence[Document]]:
        for page in pages:
            yield page
            self._confirm()

    def promote(self, name: str) -> None:
        """As the port says, once the lease is confirmed."""
        self._confirm()
        self._writer.promote(name)

    def generations(self) -> Sequence[IndexInfo]:
        """As the port says."""
        return self._writer.generations()

    def prune(self, keep: Collection[str] = ()) -> Sequence[str]:
        """As the port says, once the lease is confirmed."""
        self._confirm()
        return self._writer.prune(keep)

    def close(self) -> None:
        """As the port says."""
        self._writer.close()
