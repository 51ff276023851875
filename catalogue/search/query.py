"""A search as asked, and what the engine is asked for it: terms and a vector."""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from catalogue.entries import Language
from catalogue.search import centres
from catalogue.search.analysis import Analyser, language
from catalogue.search.index import AnalysedQuery, Filters, Meaning, Vector

# Typed queries repeat (pages of one search, filters switched on and off); 1,024 of them weigh about 4 MB.
REMEMBERED = 1024
THREADS = 40  # of the web server
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
        self._known: OrderedDict[str, tuple[AnalysedQuery, Future[Meaning]]] = OrderedDict()
        self._remembered = remembered
        self._lock = threading.Lock()
        self._embedding = ThreadPoolExecutor(THREADS, "embed-query")

    def analyse(self, text: str) -> AnalysedQuery:
        """The query's terms, without stop words and repeats, and its vector."""
        with self._lock:
            if text in self._known:
                self._known.move_to_end(text)
                analysed, embedding = self._known[text]
                if not (embedding.done() and embedding.exception()):
                    return analysed
        spoken = language(text)
        embedding = self._embedding.submit(self._meaning, text, spoken)
        analysed = AnalysedQuery(
            text=text,
            language=spoken,
            tokens=tuple(dict.fromkeys(self._analyser.tokens(text, keep_stopwords=False)))[:MOST_TOKENS],
            ngrams=tuple(dict.fromkeys(self._analyser.ngrams(text)))[:MOST_NGRAMS],
            meaning=embedding.result,
        )
        with self._lock:
            self._known[text] = analysed, embedding
            while len(self._known) > self._remembered:
                self._known.popitem(last=False)
        return analysed

    def _meaning(self, text: str, spoken: Language) -> Meaning:
        vector = self._embedder.queries([text])[0]
        centred = centres.centred(vector, self._centres[spoken].of(vector))
        return Meaning(centred, self._nonsense[spoken].of(vector), time.perf_counter())
