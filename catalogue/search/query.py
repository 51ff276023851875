"""A search as asked, and what the engine is asked for it: terms and a vector."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from catalogue.search import centres
from catalogue.search.analysis import Analyser, language
from catalogue.search.index import AnalysedQuery, Filters, Vector

# Typed queries repeat (pages of one search, filters switched on and off); 1,024 of them weigh about 4 MB.
REMEMBERED = 1024
# A question of 500 characters (the API's limit) has about 90 tokens and 400 n-grams.
MOST_TOKENS = 92  # four searches of 23 bits (weights.py)
MOST_NGRAMS = 400


@dataclass(frozen=True)
class SearchQuery:
    """What a person asks for: words, filters and a page. Blank text browses, newest first."""

    text: str = ""
    filters: Filters = field(default_factory=dict)
    limit: int = 10
    offset: int = 0
    facets: Sequence[str] = ()
    """The fields to count."""


class QueryEmbedder(Protocol):
    """What a query needs of the embedding model."""

    def queries(self, texts: Sequence[str]) -> Vector:
        """One vector of length 1 per text, embedded as queries."""
        ...


class QueryAnalyser:
    """Turns typed text into terms and a centred vector; remembers the last ones. Shared by threads.

    Embeds the bank's queries when made (about 200 short texts), because their mean is the centre of queries: the mean
    of other texts, such as passages or one test set's queries, costs 3 points and more (docs/search.md).
    """

    def __init__(self, analyser: Analyser, embedder: QueryEmbedder, remembered: int = REMEMBERED) -> None:
        self._analyser = analyser
        self._embedder = embedder
        self._centres = centres.query_centres(embedder.queries)
        self._nonsense = centres.nonsense_axes(embedder.queries)
        self._known: OrderedDict[str, AnalysedQuery] = OrderedDict()
        self._remembered = remembered
        self._lock = threading.Lock()

    def analyse(self, text: str) -> AnalysedQuery:
        """The query's terms, without stop words and repeats, and its vector."""
        with self._lock:
            if text in self._known:
                self._known.move_to_end(text)
                return self._known[text]
        tokens = self._analyser.tokens(text, keep_stopwords=False)
        spoken = language(text)
        vector = self._embedder.queries([text])[0]
        analysed = AnalysedQuery(
            text=text,
            language=spoken,
            tokens=tuple(dict.fromkeys(tokens))[:MOST_TOKENS],
            ngrams=tuple(dict.fromkeys(self._analyser.ngrams(text)))[:MOST_NGRAMS],
            vector=centres.centred(vector, self._centres[spoken].of(vector)),
            nonsense=self._nonsense[spoken].of(vector),
        )
        with self._lock:
            self._known[text] = analysed
            while len(self._known) > self._remembered:
                self._known.popitem(last=False)
        return analysed
