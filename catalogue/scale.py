"""`hackgo bench scale`: what a catalogue of each size takes to index, to hold and to search, on each engine.

One throw-away catalogue grows from size to size through the product's own import. Its vectors (see articles.py) are
laid into a vector cache of its own, where the product's own indexer finds them: so it is timed without embedding.
"""

import datetime
import itertools
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalogue.articles import JITTER, DrawnVectors, TitleVectors, articles, questions, rows, title_of, typed
from catalogue.loading import import_rows
from catalogue.search import excerpts
from catalogue.search.analysis import Analyser
from catalogue.search.document import body, passages
from catalogue.search.embedding import Embedder
from catalogue.search.engines import footprint, remove_index
from catalogue.search.query import QueryAnalyser
from catalogue.search.vectors import VectorCache
from catalogue.settings import SCHEMAS, Settings
from catalogue.store.store import Store
from catalogue.timing import QUERIES, WARM_UP, Baseline, measure, rebuild, server, throw_away
from catalogue.vocabulary import read_vocabulary

IMPORTED_AT_ONCE = 5_000  # entries in memory, about 10 KB each
EMBEDDED_AT_ONCE = 500
TIMED_ARTICLES = 64  # embedded whole, to tell the rate

Report = Callable[[str, int, int], None]
"""Told what is done, how many are done and how many there are."""


@dataclass(frozen=True)
class Bench:
    """What every size is measured with."""

    file: Path
    settings: Settings
    embedder: Embedder
    baseline: Callable[[Settings], Baseline] | None
    """As in :func:`catalogue.benchmark.bench_search`; asked on a cluster only."""
    report: Report
    asked: Path | None = None
    """Questions as people type them: JSON Lines with ``text``. None: the ends of titles, which are longer."""


def bench_scale(bench: Bench, sizes: Sequence[int], engines: Sequence[str]) -> dict[str, Any]:
    """Measure every size on every engine, smallest first; everything made for it is deleted.

    Returns:
        ``articles`` (of the file; entries beyond are variations), ``embedded_per_s`` (whole articles), and ``sizes``.
        Per size: ``entries``, ``imported_per_s``, ``store_bytes_per_entry``, and ``engines``. Per engine:
        ``indexed_per_s`` (vectors known; the indexer's start included), ``index_bytes_per_entry``, ``web_rss_mb`` (None
        where the system does not tell), ``heap_mb`` (of the cluster's nodes; None without), and what
        :func:`catalogue.timing.measure` brings.
    """
    with tempfile.TemporaryDirectory(prefix="hackgo-scale-") as state:
        vectors = Path(state) / "vectors"
        cached = VectorCache(bench.settings.vectors_dir, bench.embedder)
        own = bench.settings.model_copy(update={"vector_cache": str(vectors)})
        # As a server that has run for a minute: it has learnt what other names mean.
        kept = VectorCache(own.bank_dir, bench.embedder)
        QueryAnalyser(Analyser(), bench.embedder, kept=kept).learn_names(own.bank_dir / "learning.lock", wait=True)
        found = []
        before, most = 0, QUERIES + WARM_UP
        for size in sorted(sizes):
            filled = _fill(bench, Path(state), before, size, TitleVectors(cached), vectors)
            asked = typed(bench.asked, most) if bench.asked else questions(bench.file, most)
            measured = {
                engine: _measure(bench, own.model_copy(update={"engine": engine}), Path(state), asked, size)
                for engine in engines
            }
            found.append({"entries": size} | filled | {"engines": measured})
            before = size
        held = sum(1 for _ in articles(bench.file))
        return {"articles": held, "embedded_per_s": _embedding_rate(bench), "sizes": found}


def _fill(bench: Bench, state: Path, first: int, last: int, embedder: Embedder, vectors: Path) -> dict[str, Any]:
    vocabulary, now = read_vocabulary(SCHEMAS), datetime.datetime.now(datetime.UTC)
    kept, drawn = VectorCache(vectors, embedder), VectorCache(vectors, DrawnVectors(embedder))
    _, own = throw_away(bench.settings, state)
    seconds, coming = 0.0, rows(bench.file, first, last)
    with closing(Store.open(own.database)) as store:
        for start in range(first, last, IMPORTED_AT_ONCE):
            batch = list(itertools.islice(coming, IMPORTED_AT_ONCE))
            began = time.monotonic()
            plan = import_rows(
                batch, store, vocabulary, actor="bench", batch=f"bench-{start}", reason="benchmark", at=now
            )
            seconds += time.monotonic() - began
            assert not plan.rejected, [p.as_dict() for p in plan.problems if p.severity == "error"][:1]
            for part in range(0, len(plan.create), EMBEDDED_AT_ONCE):
                made = [one.entry for one in plan.create[part : part + EMBEDDED_AT_ONCE]]
                kept.passages([text for entry in made for text in passages(entry).values()])
                # The excerpts that `document.read` embeds, so that the indexer finds them all in the cache.
                shown = [(body(entry), language) for entry in made for language in passages(entry)]
                excerpts.embedded([text.get(language) or "" for text, language in shown if text], drawn.passages)
                bench.report("entries", start + part + len(made), last)
    size = sum(path.stat().st_size for path in state.glob("catalogue.db*"))
    return {"imported_per_s": round((last - first) / seconds), "store_bytes_per_entry": round(size / last)}


def _measure(bench: Bench, settings: Settings, state: Path, asked: Sequence[str], size: int) -> dict[str, Any]:
    environ, own = throw_away(settings, state)
    try:
        seconds = rebuild(environ)
        indexed, heap = footprint(own)
        baseline = bench.baseline(own) if bench.baseline and own.engine == "opensearch" else None
        with server(own.host, environ) as (url, process):
            times = measure(url, asked, baseline)
            memory = resident_mb(process)
        return {
            "indexed_per_s": round(size / seconds, 1),
            "index_bytes_per_entry": round(indexed / size),
            "web_rss_mb": memory,
            "heap_mb": heap and round(heap / 2**20),
            **times,
        }
    finally:
        remove_index(own)


def _embedding_rate(bench: Bench) -> float:
    """Whole articles embedded in a second; from no cache."""
    made = [
        f"{title_of(article)}. {article['text']}" for article in itertools.islice(articles(bench.file), TIMED_ARTICLES)
    ]
    began = time.monotonic()
    bench.embedder.passages(made)
    return round(len(made) / (time.monotonic() - began), 1)


def resident_mb(process: int) -> int | None:
    """Resident memory of a process in MB, as Linux tells it; None elsewhere."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS")), None)


def table(report: dict[str, Any]) -> str:
    """The report for people: a line for each size and engine."""
    lines = [
        f"{report['articles']} real articles; entries beyond are variations: three of four phrases of one, shuffled.",
        f"Vectors are those of the titles, of variations with noise (cosine {JITTER}); words are indexed in full.",
        f"Embedding whole articles: {report['embedded_per_s']} per second.",
    ]
    for size in report["sizes"]:
        about = {name: value for name, value in size.items() if name != "engines"}
        lines += ["", ", ".join(f"{name} {value}" for name, value in about.items())]
        for engine, measured in size["engines"].items():
            told = ((name, value) for name, value in measured.items() if name != "entries" and value is not None)
            lines.append(f"  {engine}: " + ", ".join(f"{name} {value}" for name, value in told))
    return "\n".join(lines)
