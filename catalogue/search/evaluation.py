"""Measures the product's own search on a judged set, beside what one gets elsewhere by default.

The set goes through the same analysis, index and retrieval as the catalogue, in a throw-away index. Vectors come from
the embedder that is passed in; pass a ``VectorCache`` and a second run takes seconds.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from catalogue.search import fusion
from catalogue.search.analysis import Analyser
from catalogue.search.centres import passage_centres
from catalogue.search.embedded import EmbeddedReader, EmbeddedWriter
from catalogue.search.embedded.generation import Generation
from catalogue.search.embedding import Embedder, Words
from catalogue.search.fingerprint import fingerprint
from catalogue.search.index import Candidates, Document, IndexReader, IndexWriter, Vector
from catalogue.search.judgements import DEPTH as FIRST
from catalogue.search.judgements import JudgedSet, Measures, Passage, Topic, measure
from catalogue.search.query import QueryAnalyser, SearchQuery
from catalogue.search.retrieve import DEPTH, retrieve
from catalogue.search.runs import Answer, Found, Run

MOST_HITS = 10_000  # more than any search returns: the measures see the whole list
LONGEST_TITLE = 80  # characters of its text that stand for a passage without a title
BASELINE_DEPTH = 100  # entries that each half of a default hybrid contributes: OpenSearch's usual pagination_depth
RRF_K = 60  # Cormack et al. 2009, and every engine's default
# Among these an oracle may choose for each question: no feedback, some and more; words counting more or less.
RECIPES = [fusion.Recipe(f, words, confidence=1.0) for f in (0.0, 0.3, 0.6) for words in (0.35, 0.15)]
MINMAX_WORDS = 0.3  # OpenSearch's documentation uses .3 for words and .7 for vectors

Rank = Callable[[Topic], Sequence[str]]
Index = tuple[IndexReader, IndexWriter]


class Hybrid(Protocol):
    """An engine's own hybrid query over an index that is empty yet."""

    def write(self, rows: Iterable[tuple[str, str, Vector]]) -> None:
        """Bring these ids, texts and vectors into it."""
        ...

    def search(self, text: str, vector: Vector) -> Sequence[str]:
        """Ids, best first."""
        ...


def evaluate(
    folder: Path,
    embedder: Embedder,
    analyser: Analyser,
    *,
    index: Index | None = None,
    compare: bool = False,
    without_twins: bool = False,
    hybrid: Hybrid | None = None,
    ceiling: bool = False,
) -> list[Run]:
    """Ours and, if ``compare``, the baselines, on the queries that have an answer; also ``hybrid``, where given.

    ``ceiling`` adds how far ours could get: with the best of ``RECIPES``, or as it is, for each question and measure
    ("oracle"), and with its candidates in the best order that there is ("sorted").

    ``without_twins`` adds ``twinless_mrr`` to ours: the reciprocal rank of the other-language answer when the
    query's own-language answers are not in the pool. ``index`` is an empty one of the engine to measure; without it,
    the embedded engine in a folder that is deleted.
    """
    judged = JudgedSet.read(folder)
    with _systems(judged, embedder, analyser, index, compare, hybrid) as (systems, reader, queries):
        ours, *others = (_run(judged, name, rank) for name, rank in systems.items())
        answers = ours.answers
        if without_twins:
            more = [_twinless(judged, topic, reader, queries) for topic in judged.topics]
            answers = [replace(a, measures={**a.measures, **m}) for a, m in zip(answers, more, strict=True)]
        said = {
            "answerable": _said_nothing_close(judged.topics, reader, queries),
            "unanswerable": _said_nothing_close(judged.unanswerable, reader, queries),
        }
        if ceiling:
            others += _ceilings(judged, answers, reader, queries, without_twins)
    return [Run(ours.system, answers, said), *others]


def _ceilings(
    judged: JudgedSet, ours: Sequence[Answer], reader: IndexReader, queries: QueryAnalyser, without_twins: bool
) -> list[Run]:
    measured = _measuring(judged)

    def best(topic: Topic, as_it_is: Answer) -> tuple[Measures, Measures]:
        query = queries.analyse(topic.text)
        pool = reader.open().candidates(query, {}, DEPTH)
        orders = [[pool.ids[i] for i in fusion.rank(query, pool, recipe).order] for recipe in RECIPES]
        found = [measured(topic, order) for order in orders]
        if without_twins:
            alone = [_twinless(judged, topic, reader, queries, recipe) for recipe in RECIPES]
            found = [{**measures, **more} for measures, more in zip(found, alone, strict=True)]
        graded = sorted(pool.ids, key=lambda entry_id: -topic.grades.get(entry_id, 0))
        return _greatest([as_it_is.measures, *found]), measured(topic, graded)

    oracle, ordered = zip(*map(best, judged.topics, ours), strict=True)
    return [
        Run(name, [Answer(t.id, t.language, t.text, m, []) for t, m in zip(judged.topics, measures, strict=True)])
        for name, measures in (("oracle", oracle), ("sorted", ordered))
    ]


def _greatest(found: Sequence[Measures]) -> Measures:
    """The best of each measure; of false promotion less is better."""
    best: dict[str, float | None] = {}
    for name in found[0]:
        values = [value for measures in found if (value := measures[name]) is not None]
        best[name] = (min if name == "false_promotion" else max)(values) if values else None
    return best


def _said_nothing_close(topics: Sequence[Topic], reader: IndexReader, queries: QueryAnalyser) -> float | None:
    """The share of these questions of which the page says that nothing close was found; None without any."""
    close = [retrieve(reader, queries, SearchQuery(topic.text)).close for topic in topics]
    return close.count(False) / len(close) if close else None


def unjudged(
    folder: Path, embedder: Embedder, analyser: Analyser, depth: int, *, index: Index | None = None
) -> list[tuple[str, str]]:
    """Ids of query and passage where any system has the passage among its first ``depth`` and no judgement says what
    it is worth: what a reader has to judge. By id, so that nothing shows which system found it or how high.
    """
    judged = JudgedSet.read(folder)
    with _systems(judged, embedder, analyser, index, compare=True) as (systems, _, _):
        topics = [*judged.topics, *judged.unanswerable]
        pool = {(t.id, passage) for t in topics for rank in systems.values() for passage in rank(t)[:depth]}
    return sorted(pool - judged.judged)


@contextmanager
def _systems(
    judged: JudgedSet,
    embedder: Embedder,
    analyser: Analyser,
    index: Index | None,
    compare: bool,
    hybrid: Hybrid | None = None,
) -> Iterator[tuple[dict[str, Rank], IndexReader, QueryAnalyser]]:
    """Ours, and the baselines if ``compare``, over an index of the set; with the reader and the queries of ours."""
    vectors = embedder.passages([passage.embedded for passage in judged.passages])
    topics = [*judged.topics, *judged.unanswerable]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        reader, writer = index or _embedded(Path(scratch) / "index", analyser)
        index_passages(judged.passages, vectors, embedder, writer)
        queries = QueryAnalyser(analyser, embedder, remembered=len(topics), is_word=Words().is_word)
        embedder.queries([topic.text for topic in topics])  # in batches, for the cache

        def ours(topic: Topic) -> Sequence[str]:
            hits = retrieve(reader, queries, SearchQuery(topic.text, limit=MOST_HITS)).hits
            return [hit.id for hit in hits]

        systems: dict[str, Rank] = {"ours": ours}
        if compare:
            systems |= _baselines(judged, vectors, embedder, analyser, Path(scratch) / "baseline")
        if hybrid:
            hybrid.write((p.id, p.embedded, vector) for p, vector in zip(judged.passages, vectors, strict=True))
            systems["hybrid"] = lambda topic: hybrid.search(topic.text, embedder.queries([topic.text])[0])
        yield systems, reader, queries


def index_passages(passages: Sequence[Passage], vectors: Vector, embedder: Embedder, writer: IndexWriter) -> None:
    """Bring the passages with their vectors into an empty index and make it the live one."""
    documents = [
        Document(
            id=passage.id,
            revision=1,
            kind="passage",
            language=passage.language,
            title=passage.title,
            text=passage.text,
            filters={"language": (passage.language,)},
            sort_date="",
            vector=vector,
        )
        for passage, vector in zip(passages, vectors, strict=True)
    ]
    centres = passage_centres(((d.language, d.vector) for d in documents), embedder.passages)
    name = writer.create(fingerprint(embedder), centres)
    writer.write(name, documents, (), 1)
    writer.promote(name)
    writer.close()


def _embedded(folder: Path, analyser: Analyser) -> Index:
    return EmbeddedReader(folder), EmbeddedWriter(folder, analyser)


def _measuring(judged: JudgedSet) -> Callable[[Topic, Sequence[str]], Measures]:
    """What measures a ranking of this set's passages."""
    languages = {passage.id: passage.language for passage in judged.passages}
    # Sets with yes-or-no judgements have no grade 2: there every answer counts for recall.
    relevant = min(2, max((g for t in judged.topics for g in t.grades.values()), default=2))
    return lambda topic, found: measure(topic, found, languages, relevant)


def _run(judged: JudgedSet, name: str, rank: Rank) -> Run:
    passages = {passage.id: passage for passage in judged.passages}
    measured = _measuring(judged)

    def answer(topic: Topic) -> Answer:
        found = rank(topic)
        shown = [passages[passage] for passage in found[:FIRST]]
        first = [Found(p.id, p.title or p.text[:LONGEST_TITLE], topic.grades.get(p.id, 0)) for p in shown]
        return Answer(topic.id, topic.language, topic.text, measured(topic, found), first)

    return Run(name, [answer(topic) for topic in judged.topics])


def _twinless(
    judged: JudgedSet, topic: Topic, reader: IndexReader, queries: QueryAnalyser, recipe: fusion.Recipe = fusion.RECIPE
) -> Measures:
    languages = {passage.id: passage.language for passage in judged.passages}
    twins = {passage for passage in topic.grades if languages[passage] == topic.language}
    if not twins or len(twins) == len(topic.grades):
        return {"twinless_mrr": None}
    query = queries.analyse(topic.text)
    pool = _left(reader.open().candidates(query, {}, DEPTH), twins)
    order = [pool.ids[i] for i in fusion.rank(query, pool, recipe).order]
    place = next((place for place, found in enumerate(order, 1) if found in topic.grades), None)
    return {"twinless_mrr": 1 / place if place else 0.0}


def _left(pool: Candidates, removed: set[str]) -> Candidates:
    kept = [i for i, entry_id in enumerate(pool.ids) if entry_id not in removed]
    rows = ("languages", "vectors", "cosine", "covered", "otherwise", "ngram_coverage")
    return replace(pool, ids=tuple(pool.ids[i] for i in kept), **{name: getattr(pool, name)[kept] for name in rows})


def _baselines(
    judged: JudgedSet, vectors: Vector, embedder: Embedder, analyser: Analyser, folder: Path
) -> dict[str, Rank]:
    """BM25, dense, and the two hybrids of them that search engines offer."""
    reader, writer = _embedded(folder, analyser)
    index_passages(judged.passages, vectors, embedder, writer)
    words = reader.open()
    assert isinstance(words, Generation)
    ids = [passage.id for passage in judged.passages]

    def bm25(topic: Topic) -> list[tuple[str, float]]:
        tokens = dict.fromkeys(analyser.tokens(topic.text, keep_stopwords=False))
        return words.bm25(list(tokens), len(ids))

    def dense(topic: Topic) -> list[tuple[str, float]]:
        cosine = np.round(vectors @ embedder.queries([topic.text])[0], fusion.DECIMALS)
        return [(ids[i], float(cosine[i])) for i in np.argsort(-cosine, kind="stable")]

    def rrf(topic: Topic) -> Sequence[str]:
        total: dict[str, float] = {}
        for ranking in (bm25(topic), dense(topic)):
            for place, (entry_id, _) in enumerate(ranking[:BASELINE_DEPTH], 1):
                total[entry_id] = total.get(entry_id, 0) + 1 / (RRF_K + place)
        return _best_first(total)

    def minmax(topic: Topic) -> Sequence[str]:
        total: dict[str, float] = {}
        for weight, ranking in ((MINMAX_WORDS, bm25(topic)), (1 - MINMAX_WORDS, dense(topic))):
            part = ranking[:BASELINE_DEPTH]
            for entry_id, score in part:
                low, high = part[-1][1], part[0][1]
                total[entry_id] = total.get(entry_id, 0) + weight * (score - low) / ((high - low) or 1)
        return _best_first(total)

    return {
        "bm25": lambda topic: [entry_id for entry_id, _ in bm25(topic)],
        "dense": lambda topic: [entry_id for entry_id, _ in dense(topic)],
        "rrf": rrf,
        "minmax": minmax,
    }


def _best_first(scores: Mapping[str, float]) -> Sequence[str]:
    return sorted(scores, key=lambda entry_id: (-scores[entry_id], entry_id))
