"""What the indexer works with; cli.py builds it once, functions receive it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from catalogue.search.analysis import Analyser
from catalogue.search.embedding import Embedder
from catalogue.search.index import IndexReader, IndexWriter
from catalogue.store import Lease, Store

Stage = Literal["embedding", "indexing", "settling"]
Report = Callable[[Stage, int, int], None]
"""Told what is done, how many entries are done and how many there are. May raise to stop the work."""


@dataclass(frozen=True)
class Parts:
    """The store that is read, the one index that is written, and what understands text."""

    store: Store
    reader: IndexReader
    writer: IndexWriter
    embedder: Embedder
    """Asked for every passage twice during a rebuild: give it a cache (catalogue/search/vectors.py)."""
    analyser: Analyser
    engine: str = "embedded"
    """Whose index it is, as ``HACKGO_ENGINE`` says it."""
    lease: Lease | None = None
    """Held while working, where other machines write the same index."""


def silent(stage: Stage, done: int, total: int) -> None:
    """A report to nobody."""
