"""The index port: what the search needs from an engine, and what the indexer writes into one. Pure.

An index is a copy of the store's published entries that may be deleted and rebuilt at any time. Engines keep several
*generations* side by side; one of them is *live*. The API reads, the indexer writes, they never share an object.
Engines speak the words below and no engine's query language. tests/test_engine_contract.py holds every engine to it.

What every engine must do:

* cut text into terms with ``catalogue.search.analysis`` alone, so that all engines index and ask the same terms;
* subtract the generation's centre of the entry's language from a vector and bring it back to length 1 before
  storing it: one graph over raw vectors loses cross-language answers (docs/search.md);
* make documents and revision of one write visible together, or not at all, whenever the process is killed.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from catalogue.entries import Language
from catalogue.errors import IndexDamaged, IndexNotReady

THREADS = 40  # of the web server: so many searches may run at a time, and each may want threads aside
Vector = NDArray[np.float32]
NO_VECTOR: Vector = np.empty(0, np.float32)
Filters = Mapping[str, frozenset[str]]
"""Field to wanted values: AND between fields, OR within one. No field: every entry. A value nobody has: no entry."""

FacetCounts = Mapping[str, Sequence[tuple[str, int]]]
"""Field to (value, number of entries), most frequent first, then by value; values without entries are left out."""


@dataclass(frozen=True)
class Document:
    """What an index holds about one entry."""

    id: str
    revision: int
    kind: str
    language: Language
    """Language of the entry's source text, "th" or "en": whose centre the vector belongs to."""
    title: str
    text: str
    filters: Mapping[str, tuple[str, ...]]
    sort_date: str
    """ISO date or "": browsing shows the newest first, entries without a date last."""
    vector: Vector = field(repr=False, compare=False)
    """The embedding of the entry's text in its language, length 1, not centred."""
    translations: Mapping[str, Vector] = field(default_factory=dict, repr=False, compare=False)
    """Embeddings of its text in other languages. Engines store the mean direction of all of them, each centred."""
    excerpts: Mapping[str, Vector] = field(default_factory=dict, repr=False, compare=False)
    """Embeddings of the excerpts of its long texts by language, one row each (excerpts.py). Not searched."""


@dataclass(frozen=True)
class IndexInfo:
    """One generation: ``documents`` entries that reflect the store up to and including ``revision``."""

    name: str
    fingerprint: str
    revision: int
    documents: int
    built_at: str
    event: str = ""
    """Hash of the store's event with that number: of two histories, one number names two events. "": not noted."""
    dead: int = 0
    """Places of replaced and deleted entries that only a rebuild gives back; 0 where the engine does."""


class Meaning(NamedTuple):
    """What the model makes of a query."""

    vector: Vector
    """Centred, length 1."""
    nonsense: float = 0.0
    """Above 0: looks more like letters struck at random than like typed words. Engines ignore it."""
    known_at: float = 0.0
    """When it was there, by ``time.perf_counter``."""
    apart: Vector = NO_VECTOR
    """The question alone, as the model gives it, less the mean of typed ones in its language. Engines ignore it."""


Words = tuple[str, ...]


@dataclass(frozen=True)
class Piece:
    """Part of a query that has other names: its tokens, and the tokens of each other name (synonyms.py)."""

    tokens: Words
    otherwise: tuple[Words, ...]
    """An entry says the piece otherwise if it contains all tokens of one of these."""
    written: tuple[str, ...] = ()
    """The same names as people write them, for embedding. Engines ignore them."""


@dataclass(frozen=True)
class AnalysedQuery:
    """A query as engines see it: distinct terms in order, and what it means."""

    text: str
    language: Language
    tokens: tuple[str, ...]
    ngrams: tuple[str, ...]
    meaning: Callable[[], Meaning] = field(repr=False, compare=False)
    """Waits until the text is embedded: engines look for terms meanwhile."""

    pieces: tuple[Piece, ...] = ()
    """Those of its tokens that have other names; no token is in two."""

    @property
    def vector(self) -> Vector:
        """See :class:`Meaning`."""
        return self.meaning().vector

    @property
    def otherwise(self) -> tuple[Words, ...]:
        """All other names of all pieces, in order."""
        return tuple(name for piece in self.pieces for name in piece.otherwise)


@dataclass(frozen=True)
class Depth:
    """How many entries each leg of a search brings: dense ones per language, lexical ones per field."""

    dense: int = 100
    lexical: int = 50


@dataclass(frozen=True)
class Candidates:
    """The entries a query may show, ordered by id, with the evidence for each; all arrays have one row per entry.

    ``covered``, ``otherwise`` and ``ngram_coverage`` are exact for every candidate, whichever leg brought it.
    """

    ids: tuple[str, ...]
    languages: NDArray[np.str_]
    vectors: Vector
    """As stored: centred, length 1."""
    cosine: NDArray[np.float32]
    """Of the query's vector with ``vectors``."""
    covered: NDArray[np.bool_]
    """Shape (entries, tokens of the query): does the entry contain this token?"""
    otherwise: NDArray[np.bool_]
    """Shape (entries, other names of the query): does the entry contain all tokens of this one?"""
    token_weights: NDArray[np.float32]
    """Inverse document frequency of the query's tokens, summing to 1; unknown ones weigh most."""
    ngram_coverage: NDArray[np.float32]
    """Share of the information of the query's n-grams that the entry contains, 0 to 1."""
    dense_floor: Mapping[str, float]
    """Per language whose dense leg was cut at its depth: no entry left out has a greater cosine. Absent: complete."""
    token_floor: float
    ngram_floor: float
    """No entry left out covers more than this, in the query's words or others; 0 where the leg was complete."""

    @property
    def token_coverage(self) -> NDArray[np.float32]:
        """Share of the information of the query's tokens that each entry contains itself, 0 to 1."""
        return (self.covered @ self.token_weights).astype(np.float32)


class LiveIndex(Protocol):
    """One generation, held open for one request: every call on it sees the same entries."""

    @property
    def info(self) -> IndexInfo:
        """Which generation this is."""
        ...

    def candidates(self, query: AnalysedQuery, filters: Filters, depth: Depth) -> Candidates:
        """The nearest entries per language and the best of each lexical field, among those the filters let through."""
        ...

    def browse(self, filters: Filters, limit: int, offset: int) -> tuple[Sequence[str], int]:
        """One page of ids, newest first and then by id, and how many entries the filters let through."""
        ...

    def facets(self, filters: Filters, fields: Collection[str], ids: Sequence[str] | None = None) -> FacetCounts:
        """Counts of these fields' values among the entries the filters let through, or among ``ids`` of them."""
        ...

    def similar(self, entry_id: str, limit: int) -> Sequence[tuple[str, float]]:
        """The nearest other entries of all languages with their cosine, best first, then by id; [] for no such id."""
        ...

    def excerpts(self, ids: Collection[str]) -> Mapping[str, Mapping[str, Vector]]:
        """Of those of these entries that have excerpts: their vectors by language, centred, of length 1.

        Exact to a hundredth of a cosine: they tell which part of a text to show, and no order.
        """
        ...

    @property
    def centres(self) -> Mapping[str, Vector]:
        """What was subtracted from vectors of each language: places an entry that the index does not hold."""
        ...

    def near(self, vector: Vector, limit: int) -> Sequence[tuple[str, float]]:
        """As :meth:`similar`, for a centred vector of length 1 instead of an entry."""
        ...

    def frequencies(self, tokens: Sequence[str]) -> Mapping[str, int]:
        """In how many entries each of these tokens stands."""
        ...

    def revisions(self) -> Mapping[str, int]:
        """The revision at which each entry was indexed: what ``hackgo-index verify`` compares with the store."""
        ...


class IndexReader(Protocol):
    """What the API holds. Cheap per request; sees a promotion or a write of another process within 2 s."""

    def open(self, name: str | None = None) -> LiveIndex:
        """The live generation, or the named one.

        Raises IndexNotReady where nothing was promoted, IndexDamaged where it cannot be read.
        """
        ...

    def live(self) -> IndexInfo:
        """What the live generation is; raises as :meth:`open` does."""
        ...

    def remembered(self) -> int:
        """Entries in the memory of this process, which a search need not read from elsewhere."""
        ...


class IndexWriter(Protocol):
    """What the indexer holds. One writer per generation at a time."""

    def create(self, fingerprint: str, centres: Mapping[str, Vector]) -> str:
        """A new, empty generation beside the live one; its name starts with the fingerprint.

        ``centres`` are the means of passage vectors per language; vectors of other languages are refused.
        """
        ...

    def write(
        self, name: str, documents: Sequence[Document], deleted: Collection[str], revision: int, event: str = ""
    ) -> None:
        """Replace or add ``documents``, remove ``deleted``, and note ``revision`` and its event's hash: all of it
        durable, or none.

        Writing the same again changes nothing but slots on disk. Raises BadDocument, before anything is written,
        if one document cannot be indexed.
        """
        ...

    def fill(self, name: str, pages: Iterable[Sequence[Document]], revision: int, event: str = "") -> None:
        """Write a new generation's first documents, a page at a time; durable at the end.

        No entry is in two of them. Searches of what is written at one stroke are quicker. Errors as of :meth:`write`.
        """
        ...

    def promote(self, name: str) -> None:
        """Make this generation the live one, in one atomic step."""
        ...

    def generations(self) -> Sequence[IndexInfo]:
        """All readable generations, oldest first, live or not."""
        ...

    def prune(self, keep: Collection[str] = ()) -> Sequence[str]:
        """Delete every generation but the live one and those named; the names of the deleted ones."""
        ...

    def close(self) -> None:
        """Release locks; what was written stays."""
        ...


def not_built() -> IndexNotReady:
    """The error of every engine where nothing was promoted."""
    return IndexNotReady(
        "No search index has been built yet. The operator builds it with: hackgo-index rebuild",
        "ยังไม่ได้สร้างดัชนีค้นหา ผู้ดูแลระบบสร้างได้ด้วยคำสั่ง hackgo-index rebuild",
    )


def unreadable() -> IndexDamaged:
    """The error of every engine where the index cannot be read."""
    return IndexDamaged(
        "The search index cannot be read. The operator repairs it with: hackgo-index rebuild",
        "อ่านดัชนีค้นหาไม่ได้ ผู้ดูแลระบบซ่อมได้ด้วยคำสั่ง hackgo-index rebuild",
    )


class BadDocument(ValueError):
    """A document that no engine can index: a fault of the program that made it, not of the entry's author."""


def vectors_of(document: Document) -> dict[str, Vector]:
    """All embeddings of a document by language, its own language's first."""
    return {document.language: document.vector, **document.translations}


def check(document: Document, centres: Mapping[str, Vector]) -> None:
    """Raise BadDocument unless every engine can index this; engines call it for all documents before they write."""

    def refuse(why: str) -> None:
        raise BadDocument(f"{document.id or '(no id)'}: {why}")

    if not document.id or any(c <= " " for c in document.id):
        refuse("an id is a word without spaces")
    own = vectors_of(document)
    if foreign := own.keys() - centres.keys():
        refuse(f"languages {sorted(foreign)} have no centre in this index")
    if alone := document.excerpts.keys() - own.keys():
        refuse(f"languages {sorted(alone)} have excerpts, and no vector in the document")
    for what, axes, told in (("vector is", 1, own), ("excerpts are", 2, document.excerpts)):
        for language, vectors in told.items():
            if fault := _fault(vectors, axes, len(centres[language])):
                refuse(f"{what} {fault}")
    for name, values in document.filters.items():
        if isinstance(values, str) or not all(isinstance(v, str) and v for v in values):
            refuse(f"filter {name!r} holds something other than words")


def _fault(vectors: Vector, axes: int, dimension: int) -> str:
    """What is wrong with them; "" if nothing is."""
    if vectors.ndim != axes or vectors.shape[-1] != dimension or vectors.dtype != np.float32:
        return f"{vectors.dtype} {vectors.shape}, not float32 of length {dimension}"
    right = np.abs(np.linalg.norm(vectors, axis=-1) - 1) < 1e-2  # NaN is not
    return "" if right.all() else "not of length 1"
