"""One generation of the embedded index, as one commit left it: the searches. Reads; never writes."""

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from catalogue.search.embedded import files
from catalogue.search.embedded.coarse import Coarse
from catalogue.search.embedded.slots import Kept, Mask, SlotArray, Slots, greatest
from catalogue.search.excerpts import restored
from catalogue.search.index import (
    THREADS,
    AnalysedQuery,
    Candidates,
    Depth,
    FacetCounts,
    Filters,
    IndexInfo,
    Piece,
    Vector,
)
from catalogue.search.weights import (
    BITS,
    COSINE_DECIMALS,
    LEGS,
    Clause,
    Sought,
    asked_for,
    bits,
    cosines,
    sought,
    unfolded,
    weighed,
)

COARSE_FROM = 2_000  # slots; of fewer, exact products are as quick
ROUNDED = 10.0**-COSINE_DECIMALS
ASIDE = ThreadPoolExecutor(THREADS, "embedded")  # searches that a second core does meanwhile: tantivy holds no lock


class Generation:
    """One generation's files as one commit left them; never changes. A ``LiveIndex``."""

    def __init__(self, folder: Path, older: "Generation | None" = None) -> None:
        """Open the folder, or bring in what was committed since ``older`` was opened."""
        import tantivy

        with files.damage_named(folder.name):
            self._folder = folder
            self._header: files.Header = older._header if older else files.Header.read(folder)
            self._index: Any = older._index if older else _opened(tantivy, folder)
            self._seen = files.stamp(self._meta)  # before reloading: what is committed later is noticed later
            self._index.reload()
            self._searcher = self._index.searcher()
            self._schema = self._index.schema
            self._commit = files.Commit.read(self._schema, self._searcher)
            self.slots, self._vectors, self._coarse = self._read_files(older)
            self._info = IndexInfo(
                folder.name,
                self._header.fingerprint,
                self._commit.revision,
                len(self.slots.slot_of),
                self._header.built_at,
                self._commit.event,
                len(self.slots) - len(self.slots.slot_of),
            )

    @property
    def info(self) -> IndexInfo:
        """See :class:`catalogue.search.index.LiveIndex`."""
        return self._info

    def outdated(self) -> bool:
        """Was something committed, or the folder removed, since this was opened? One ``stat``."""
        return files.stamp(self._meta) != self._seen

    @property
    def _meta(self) -> Path:
        return self._folder / files.TERMS / "meta.json"

    def _read_files(self, older: "Generation | None") -> tuple[Slots, Vector, Coarse]:
        at = older._commit if older else files.Commit()
        slots = older.slots if older else Slots()
        with (self._folder / files.LOG).open("rb") as file:
            file.seek(at.log_bytes)
            new = file.read(self._commit.log_bytes - at.log_bytes)
        if zlib.crc32(new, at.log_crc) != self._commit.log_crc:
            raise ValueError(f"{files.LOG} differs from what was committed")
        if new:
            slots = slots.extended(new)
        written = self._commit.excerpts_bytes
        if written and (self._folder / files.EXCERPTS).stat().st_size < written:
            raise ValueError(f"{files.EXCERPTS} is shorter than what was committed")
        if self._commit.slots == 0:
            none = np.empty((0, self._header.dimension), np.float32)
            return slots, none, Coarse.of(none)
        shape = (self._commit.slots, self._header.dimension)
        vectors = np.memmap(self._folder / files.VECTORS, "<f4", "r", shape=shape)
        new_vectors = np.ascontiguousarray(vectors[at.slots :])
        if zlib.crc32(new_vectors.data, at.vectors_crc) != self._commit.vectors_crc:
            raise ValueError(f"{files.VECTORS} differs from what was committed")
        coarse = older._coarse.extended(new_vectors) if older else Coarse.of(new_vectors)
        return slots, np.asarray(vectors), coarse

    # --- what is asked

    def candidates(self, query: AnalysedQuery, filters: Filters, depth: Depth) -> Candidates:
        """See :class:`catalogue.search.index.LiveIndex`."""
        with files.damage_named(self._info.name):
            passing = self.slots.mask(filters)
            pieces: Mapping[str, Sequence[Piece]] = {"tokens": query.pieces, "ngrams": ()}
            frequencies = {leg: self._frequencies(leg, terms) for leg, terms in asked_for(query).items()}
            weights = {leg: weighed(getattr(query, leg), frequencies[leg], self._info.documents) for leg in LEGS}
            lexical = [
                self._best_covered(leg, weights[leg], pieces[leg], frequencies[leg], filters, depth.lexical)
                for leg in LEGS
            ]
            covering = self._scored("ngrams", weights["ngrams"])
            containing = [(self._scored("tokens", part), n) for part, n in bits((*query.tokens, *query.otherwise))]
            dense, dense_floor = self._nearest(passing, query.vector, depth.dense)
            slots = self.slots.by_id(np.unique(np.concatenate([dense, *(found for found, _ in lexical)])))
            among = self._among(slots)
            containing_them = ASIDE.submit(self._contained, containing, slots, among)
            coverage = self._coverage(covering, slots, among)  # the longer of the two
            contained = containing_them.result()
            vectors = self._vectors[slots]
            return Candidates(
                ids=tuple(self.slots.ids[slots]),
                languages=self.slots.language_of(slots),
                vectors=vectors,
                cosine=cosines(vectors, query.vector),
                covered=contained[:, : len(query.tokens)],
                otherwise=contained[:, len(query.tokens) :],
                token_weights=np.array(list(weights["tokens"].values()), np.float32),
                ngram_coverage=coverage,
                dense_floor=dense_floor,
                token_floor=lexical[0][1],
                ngram_floor=lexical[1][1],
            )

    def browse(self, filters: Filters, limit: int, offset: int) -> tuple[Sequence[str], int]:
        """See :class:`catalogue.search.index.LiveIndex`."""
        order = self.slots.newest_first
        passing = order[self.slots.mask(filters)[order]]
        return list(self.slots.ids[passing[offset : offset + limit]]), len(passing)

    def facets(self, filters: Filters, fields: Collection[str], ids: Sequence[str] | None = None) -> FacetCounts:
        """See :class:`catalogue.search.index.LiveIndex`."""
        among = self.slots.mask(filters)
        if ids is None:
            return self.slots.facets(among, fields)
        named = np.array([self.slots.slot_of[i] for i in dict.fromkeys(ids) if i in self.slots.slot_of], np.int64)
        return self.slots.facets_of(named[among[named]], fields)

    def similar(self, entry_id: str, limit: int) -> Sequence[tuple[str, float]]:
        """See :class:`catalogue.search.index.LiveIndex`."""
        slot = self.slots.slot_of.get(entry_id)
        if slot is None:
            return []
        return [found for found in self.near(self._vectors[slot], limit + 1) if found[0] != entry_id][:limit]

    def excerpts(self, ids: Collection[str]) -> Mapping[str, Mapping[str, Vector]]:
        """See :class:`catalogue.search.index.LiveIndex`."""
        kept = {i: self.slots.excerpts.get(self.slots.slot_of.get(i, -1)) for i in ids}
        if not any(kept.values()):
            return {}
        with files.damage_named(self._info.name), (self._folder / files.EXCERPTS).open("rb") as file:
            return {i: self._read_excerpts(file, where) for i, where in kept.items() if where}

    def _read_excerpts(self, file: BinaryIO, where: Kept) -> Mapping[str, Vector]:
        file.seek(where.at)
        parts = where.parts(file.read(sum(where.sizes.values())))
        return {language: restored(data, self._header.dimension) for language, data in parts.items()}

    @property
    def centres(self) -> Mapping[str, Vector]:
        """See :class:`catalogue.search.index.LiveIndex`."""
        return self._header.centres

    def near(self, vector: Vector, limit: int) -> Sequence[tuple[str, float]]:
        """See :class:`catalogue.search.index.LiveIndex`."""
        best, cosine = self._best_of(
            np.flatnonzero(self.slots.alive), vector, limit, self._about(self.slots.alive, vector)
        )
        return list(zip(map(str, self.slots.ids[best]), cosine.tolist(), strict=True))

    def frequencies(self, tokens: Sequence[str]) -> Mapping[str, int]:
        """See :class:`catalogue.search.index.LiveIndex`."""
        return self._frequencies("tokens", tokens)

    def revisions(self) -> Mapping[str, int]:
        """See :class:`catalogue.search.index.LiveIndex`."""
        return {i: int(self.slots.revisions[slot]) for i, slot in self.slots.slot_of.items()}

    def bm25(self, tokens: Sequence[str], limit: int) -> list[tuple[str, float]]:
        """The best entries by BM25 over tokens, best first, then by id: the baseline of evaluation."""
        import tantivy

        terms = [tantivy.Query.term_query(self._schema, "tokens", t, index_option="freq") for t in tokens]
        query = tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])
        slots, scores = self._hits(query, limit)
        return sorted(((str(self.slots.ids[s]), float(x)) for s, x in zip(slots, scores, strict=True)), key=_by_score)

    # --- the two legs

    def _nearest(self, passing: Mask, vector: Vector, depth: int) -> tuple[SlotArray, dict[str, float]]:
        """The nearest passing slots of each language, and the last cosine where a language had more."""
        found, floor = [np.empty(0, np.int64)], {}
        about = self._about(passing, vector)
        for language in self.slots.languages.values:
            slots = np.flatnonzero(passing & self.slots.of_language(language))
            best, cosine = self._best_of(slots, vector, depth, about)
            found.append(best)
            if len(slots) > depth:
                floor[language] = float(cosine[-1])
        return np.concatenate(found), floor

    def _about(self, passing: Mask, vector: Vector) -> tuple[Vector, float] | None:
        """The products of all slots, and how far they are off at most; None where there are few to look at."""
        return self._coarse.products(vector) if np.count_nonzero(passing) > COARSE_FROM else None

    def _best_of(
        self, slots: SlotArray, vector: Vector, depth: int, about: tuple[Vector, float] | None
    ) -> tuple[SlotArray, NDArray[np.float32]]:
        """The nearest of these slots and their cosines, best first, then by id."""
        if about and len(slots) > depth:
            products, off = about[0][slots], about[1]
            slots = slots[products >= greatest(products, depth) - 2 * off - ROUNDED]
        cosine = cosines(self._vectors[slots], vector)
        best = self.slots.best(slots, cosine, depth)
        return slots[best], cosine[best]

    def _frequencies(self, leg: str, terms: Iterable[str]) -> dict[str, int]:
        return {term: self._searcher.doc_freq(leg, term) for term in terms}

    def _best_covered(
        self,
        leg: str,
        weights: Mapping[str, float],
        pieces: Sequence[Piece],
        frequencies: Mapping[str, int],
        filters: Filters,
        depth: int,
    ) -> tuple[SlotArray, float]:
        """The passing slots that cover most of the terms, then by id; and what those left out cover at most."""
        found = sought(weights, pieces, frequencies, self._info.documents)
        if not found or not self.slots.alive.any():
            return np.empty(0, np.int64), found.untold
        query = self._must(self._any_of(leg, found), filters)
        limit = 2 * depth
        slots, scores = self._hits(query, limit)
        if len(slots) == limit and scores[-1] == scores[depth - 1]:
            # tantivy breaks ties by place on disk, we by id; a single word ties wherever it stands.
            slots, scores = self._hits(query, len(self.slots))
        best = self.slots.best(slots, scores, depth)
        return slots[best], found.untold + (float(scores[best[-1]]) if len(slots) > depth else 0.0)

    def _coverage(self, terms: Sequence[Any], slots: SlotArray, among: Any) -> NDArray[np.float32]:
        """How much of the terms' weight each of these slots contains."""
        out = np.zeros(len(self.slots), np.float32)
        if terms and len(slots):
            found, scores = self._hits(self._any_of_terms(terms, among), len(slots))
            out[found] = scores
        return np.clip(out[slots], 0, 1)

    def _contained(self, parts: Sequence[tuple[Sequence[Any], int]], slots: SlotArray, among: Any) -> Mask:
        """Shape (slots, terms): which slot has which term. One search tells for BITS terms: each scores its bit."""
        out = np.zeros((len(self.slots), sum(size for _, size in parts)), bool)
        for number, (part, size) in enumerate(parts if len(slots) else []):
            found, scores = self._hits(self._any_of_terms(part, among), len(slots))
            out[found, number * BITS : number * BITS + size] = unfolded(scores, size)
        return out[slots]

    # --- tantivy's words

    def _hits(self, query: Any, limit: int) -> tuple[SlotArray, NDArray[np.float32]]:
        hits = self._searcher.search(query, limit, count=False).hits
        slots = self._searcher.fast_field_values("slot", [address for _, address in hits])
        return np.array(slots, np.int64), np.array([score for score, _ in hits], np.float32)

    def _scored(self, leg: str, scores: Mapping[Clause, float] | Mapping[str, float]) -> list[Any]:
        """The terms, each with its score, as optional clauses."""
        import tantivy

        make, should = tantivy.Query, tantivy.Occur.Should
        return [(should, make.const_score_query(self._having(leg, term), score)) for term, score in scores.items()]

    def _any_of_terms(self, terms: Sequence[Any], among: Any = None) -> Any:
        """Entries with any of these terms, or all that pass ``among``, scored by the sum over the terms they have."""
        import tantivy

        return tantivy.Query.boolean_query([*terms] if among is None else [(tantivy.Occur.Must, among), *terms])

    def _any_of(self, leg: str, found: Sought) -> Any:
        """Entries with any of what is sought, scored by the sum over the terms and pieces."""
        import tantivy

        make, should = tantivy.Query, tantivy.Occur.Should
        clauses = [(should, self._any_of_terms(self._scored(leg, found.terms)))] if found.terms else []
        for one in found.either:
            named = make.boolean_query([(should, self._having(leg, name)) for name in one.names])
            ways = [self._any_of_terms(self._scored(leg, one.own))] if one.own else []
            ways.append(make.const_score_query(named, one.share))
            clauses.append((should, make.disjunction_max_query(ways)))
        return make.boolean_query(clauses)

    def _having(self, leg: str, clause: Clause) -> Any:
        import tantivy

        make = tantivy.Query
        words = (clause,) if isinstance(clause, str) else clause
        terms = [make.term_query(self._schema, leg, word, index_option="basic") for word in words]
        return terms[0] if len(terms) == 1 else make.boolean_query([(tantivy.Occur.Must, term) for term in terms])

    def _among(self, slots: SlotArray) -> Any:
        """These slots, each with score 0. Four times as fast as a term_set_query for 250 slots among 61,753."""
        import tantivy

        make, should = tantivy.Query, tantivy.Occur.Should
        terms = [(should, make.term_query(self._schema, "slot", slot)) for slot in slots.tolist()]
        return make.const_score_query(make.boolean_query(terms), 0.0)

    def _must(self, query: Any, filters: Filters) -> Any:
        import tantivy

        make, must = tantivy.Query, tantivy.Occur.Must
        clauses = [(must, query)]
        for name, values in filters.items():
            terms = [files.filter_term(name, value) for value in sorted(values)]
            clauses.append((must, make.const_score_query(make.term_set_query(self._schema, "filters", terms), 0.0)))
        return make.boolean_query(clauses) if len(clauses) > 1 else query


def _opened(tantivy: Any, folder: Path) -> Any:
    index = tantivy.Index.open(str(folder / files.TERMS))
    index.config_reader("manual")  # a request sees one commit; the reader decides when to look again
    return index


def _by_score(hit: tuple[str, float]) -> tuple[float, str]:
    return -hit[1], hit[0]
