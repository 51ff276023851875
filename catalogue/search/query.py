"""A search as asked, and what the engine is asked for it: terms and a vector."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from catalogue.entries import LANGUAGES, Language
from catalogue.locks import exclusive
from catalogue.search import centres
from catalogue.search.analysis import SCHEMAS, Analyser
from catalogue.search.index import THREADS, AnalysedQuery, Filters, Meaning, Piece, Vector
from catalogue.search.normalisation import language, normalise
from catalogue.search.place_names import NamedPlace, PlaceNames, read_alone, read_place_names
from catalogue.search.suggestions import Suggestions
from catalogue.search.synonyms import Synonyms, read_groups

# Typed queries repeat (pages of one search, filters switched on and off); 1,024 of them weigh about 6 MB.
REMEMBERED = 1024
# A question of 500 characters (the API's limit) has about 90 tokens and 400 n-grams.
MOST_TOKENS = 92  # four searches of 23 bits (weights.py)
MOST_NGRAMS = 400
MOST_NAMES = 23  # other names of its pieces: one search more
EMBEDDED_NAMES = 2  # of each piece; 1 to 5 were tried
# How far the vector moves towards the names of a question that has other names all through. From 1.5 to 3 no measure
# moves by more than .005.
NAMED = 2.0
# And towards what was probably meant, where the index lacks what was typed: nearly there. docs/search.md has others.
MEANT = 8.0
LEARNT_AT_A_TIME = 16  # names, then as long a pause as they took: searches come first


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

    @property
    def fingerprint(self) -> str:
        """Hash of everything that decides the vectors."""
        ...

    def queries(self, texts: Sequence[str]) -> Vector:
        """One vector of length 1 per text, embedded as queries."""
        ...


class QueryAnalyser:
    """Turns typed text into terms and a centred vector; remembers the last ones. Shared by threads.

    Embeds the bank's queries when made (about 200 short texts: a second), because their mean is the centre of queries:
    the mean of other texts, such as passages or one test set's queries, costs 3 points and more (docs/search.md).
    """

    def __init__(
        self,
        analyser: Analyser,
        embedder: QueryEmbedder,
        remembered: int = REMEMBERED,
        is_word: Callable[[str], bool] = lambda word: False,
        kept: QueryEmbedder | None = None,
    ) -> None:
        """``is_word`` knows common English words: they are not misspelt. ``kept`` embeds the bank and other names, from
        a file.
        """
        self._analyser = analyser
        self.suggestions = Suggestions(analyser, is_word)
        self._embedder = embedder
        self.model = embedder.fingerprint
        self._kept = kept or embedder
        self._centres = centres.query_centres(self._kept.queries)
        self._synonyms = Synonyms(read_groups(SCHEMAS), analyser)
        self._places = PlaceNames(read_place_names(SCHEMAS), self._synonyms, read_alone(SCHEMAS))
        self._nonsense = centres.nonsense_axes(self._kept.queries)
        self._known: OrderedDict[str, tuple[AnalysedQuery, Future[Meaning]]] = OrderedDict()
        self._remembered = remembered
        self._lock = threading.Lock()
        self._embedding = ThreadPoolExecutor(THREADS, "embed-query")

    def analyse(self, text: str) -> AnalysedQuery:
        """The query's terms, without stop words and repeats, what has other names, and its vector."""
        with self._lock:
            if text in self._known:
                self._known.move_to_end(text)
                analysed, embedding = self._known[text]
                if not (embedding.done() and embedding.exception()):
                    return analysed
        spoken = language(text)
        said = self._synonyms.in_full(text)
        tokens = tuple(dict.fromkeys(self._analyser.tokens(said, keep_stopwords=False)))[:MOST_TOKENS]
        pieces = _within(self._synonyms.pieces(said), tokens)
        read = _as_meant(self._synonyms.read_out(said))
        embedding = self._embedding.submit(self._meaning, read, spoken, pieces, len(tokens))
        analysed = AnalysedQuery(
            text=text,
            language=spoken,
            tokens=tokens,
            ngrams=tuple(dict.fromkeys(self._analyser.ngrams(said)))[:MOST_NGRAMS],
            meaning=embedding.result,
            pieces=pieces,
        )
        with self._lock:
            self._known[text] = analysed, embedding
            while len(self._known) > self._remembered:
                self._known.popitem(last=False)
        return analysed

    def places(self, text: str) -> tuple[NamedPlace, ...]:
        """The provinces that the text names, in its order."""
        return self._places.find(text)

    def learn_names(self, lock: Path, wait: bool = False) -> None:
        """Embed, in a thread of its own, every name that a question may want, so that ``kept`` has them: once, by the
        process that gets the lock. ``wait`` until it is done, without pauses.
        """
        names = sorted({n for all in self._synonyms.names() for spoken in LANGUAGES for n in _foreign(all, spoken)})

        def learn() -> None:
            with exclusive(lock) as held:
                for start in range(0, len(names) if held else 0, LEARNT_AT_A_TIME):
                    started = time.monotonic()
                    try:
                        self._kept.queries(names[start : start + LEARNT_AT_A_TIME])
                    except RuntimeError:
                        if threading.main_thread().is_alive():
                            raise
                        return  # the process ends and takes no more work; the next one goes on
                    time.sleep(0 if wait else time.monotonic() - started)

        if wait:
            learn()
        else:
            threading.Thread(target=learn, name="learn-names", daemon=True).start()

    def _meaning(self, text: str, spoken: Language, pieces: Sequence[Piece], tokens: int) -> Meaning:
        """Around the question's own vector: pieces that have other names move it by their share of its tokens."""
        asked = self._embedder.queries([text])[0]
        vector = self._placed(asked, spoken)
        for piece in pieces:
            names = _foreign(piece.written, spoken)
            named = self._kept.queries(names).mean(axis=0)
            vector = vector + NAMED * len(piece.tokens) / tokens * self._placed(named, language(names[0]))
        apart = asked - self._centres[spoken].typed
        return Meaning(centres.unit(vector), self._nonsense[spoken].of(asked), time.perf_counter(), apart)

    def _placed(self, vector: Vector, spoken: Language) -> Vector:
        return centres.centred(vector, self._centres[spoken].of(vector))


def between(typed: AnalysedQuery, meant: AnalysedQuery) -> AnalysedQuery:
    """The typed question, with what it may have been meant to say counting nearly in its place.

    Its words are those meant, for the index lacks the typed ones; its vector lies nearly there.
    """

    def meaning() -> Meaning:
        vector = centres.unit(typed.vector + MEANT * meant.vector)
        return meant.meaning()._replace(vector=vector)

    return replace(meant, text=typed.text, meaning=meaning)


def _as_meant(text: str) -> str:
    """Thai with its signs set right, which the model reads otherwise; the rest as typed: capitals tell it something."""
    return " ".join(word if word.isascii() else normalise(word) for word in text.split())


def _foreign(names: Sequence[str], spoken: Language) -> Sequence[str]:
    """The first names in the other language, where there are any: what the query cannot say itself."""
    return ([name for name in names if language(name) != spoken] or names)[:EMBEDDED_NAMES]


def _within(pieces: Sequence[Piece], tokens: Sequence[str]) -> tuple[Piece, ...]:
    """The first pieces, as many as the limits let through."""
    found: list[Piece] = []
    for piece in pieces:
        left = MOST_NAMES - sum(len(kept.otherwise) for kept in found)
        if left > 0 and set(piece.tokens) <= set(tokens):
            found.append(Piece(piece.tokens, piece.otherwise[:left], piece.written[:left]))
    return tuple(found)
