"""What the web process is made of; app.py builds it once, routes receive it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request, Response

from catalogue.api.summaries import Cards
from catalogue.api.titles import KnownTitles
from catalogue.duplicates import Evidence
from catalogue.entries import Entry
from catalogue.metrics import Metrics
from catalogue.repeats import Repeats
from catalogue.search.analysis import Analyser
from catalogue.search.embedding import Embedder
from catalogue.search.fallback import Answer, Engines
from catalogue.search.likeness import PairsOfIndex, Places, probable
from catalogue.search.query import QueryAnalyser
from catalogue.store.store import Store
from catalogue.vocabulary import Vocabulary

T = TypeVar("T")

DEGRADED = "Hackgo-Degraded"
"""Header of an answer that another engine than the usual one gave; its value is that engine's name."""
MAY_BE_DEGRADED: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            DEGRADED: {
                "description": "The engine that answered, where the usual one does not; absent otherwise.",
                "schema": {"type": "string"},
            }
        }
    }
}


@dataclass(frozen=True)
class Parts:
    """The store, the engines and what understands text."""

    store: Store
    cards: Cards
    engines: Engines
    embedder: Embedder
    analyser: Analyser
    queries: QueryAnalyser
    vocabulary: Vocabulary
    metrics: Metrics
    places: Places
    upload_mb: int
    pairs: PairsOfIndex = field(default_factory=PairsOfIndex)

    @cached_property
    def titles(self) -> KnownTitles:
        """The titles of this store's published entries."""
        return KnownTitles(self.store)

    @cached_property
    def repeats(self) -> Repeats:
        """What new entries repeat of this store, by the engine that answers."""

        def search(entries: Sequence[Entry], owner: str) -> Callable[[Entry], Sequence[tuple[str, Evidence]]]:
            index = self.engines.ask("similar", lambda reader: reader.open()).value
            return probable(entries, self.store, index, self.places, owner)

        return Repeats(self.store, search)


async def parts_of(request: Request) -> Parts:
    """The parts that serve this request. Async, because any other dependency takes a trip through the thread pool."""
    parts: Parts = request.app.state.parts
    return parts


PartsDep = Annotated[Parts, Depends(parts_of)]


def degradation(answer: Answer[Any]) -> dict[str, str]:
    """The headers that say whether another engine than the usual one answered."""
    return {DEGRADED: answer.engine} if answer.degraded else {}


def told(answer: Answer[T], response: Response) -> T:
    """The answer's value; whether it is degraded is said in the response's headers."""
    response.headers.update(degradation(answer))
    return answer.value
