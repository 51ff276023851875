"""What the web process is made of; app.py builds it once, routes receive it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from catalogue.api.summaries import Cards
from catalogue.search.analysis import Analyser
from catalogue.search.embedding import Embedder
from catalogue.search.index import IndexReader
from catalogue.search.query import QueryAnalyser
from catalogue.search.snippet import Spans
from catalogue.store.store import Store
from catalogue.vocabulary import Vocabulary


@dataclass(frozen=True)
class Parts:
    """The store, the index and what understands text."""

    store: Store
    cards: Cards
    index: IndexReader
    embedder: Embedder
    analyser: Analyser
    spans: Spans
    queries: QueryAnalyser
    vocabulary: Vocabulary


def parts_of(request: Request) -> Parts:
    """The parts that serve this request."""
    parts: Parts = request.app.state.parts
    return parts


PartsDep = Annotated[Parts, Depends(parts_of)]
