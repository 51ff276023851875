"""`hackgo bench search`: what a search takes over HTTP, embedding included, on a server of its own."""

import datetime
import itertools
import json
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from catalogue.imports import Row
from catalogue.settings import Settings
from catalogue.timing import QUERIES, WARM_UP, Baseline, measure, rebuild, server, throw_away


def bench_search(
    folder: Path | None, settings: Settings, baseline: Callable[[Settings], Baseline] | None = None
) -> dict[str, Any]:
    """Serve the sample catalogue, or a judged folder's corpus, from a throw-away state and time different queries.

    Args:
        folder: Of the judged set; None: the sample.
        settings: Whose engine, cluster and vectors are used; the index is one of its own, and deleted.
        baseline: Makes, for the index's settings, what is timed beside the server: ``baseline_p50_ms`` and so on.

    Returns:
        ``entries`` and ``queries`` (numbers), ``p50_ms`` and ``p95_ms`` of the whole HTTP request as the client saw it,
        and the server's own medians: ``embedding_ms``, ``engine_ms``, ``page_ms``; ``typing_p50_ms`` and
        ``typing_p95_ms`` of the request for what the beginnings of the questions may become.
    """
    from catalogue.search.engines import remove_index

    with tempfile.TemporaryDirectory(prefix="hackgo-bench-") as state:
        environ, own = throw_away(settings, Path(state))
        _fill(folder, own)
        try:
            rebuild(environ)
            with server(settings.host, environ) as (url, _):
                return measure(url, queries(folder), baseline(own) if baseline else None)
        finally:
            remove_index(own)


def queries(folder: Path | None) -> list[str]:
    """Different questions: the folder's own, then the beginnings of titles and texts, Thai and English in turn."""
    asked = [row["text"] for row in _jsonl(folder / "queries.jsonl")] if folder else []
    if folder:
        titles = [(row.get("title") or row["text"])[:60] for row in _jsonl(folder / "corpus.jsonl")]
    else:
        from catalogue.imports import read
        from catalogue.loading import SAMPLE, SAMPLE_FILES

        entries = [row.values for name in SAMPLE_FILES for row in read(SAMPLE / name)]
        titles = [entry["title"].get(la, "")[:60] for entry, la in zip(entries, itertools.cycle(["th", "en"]))]
    return list(dict.fromkeys(filter(None, asked + titles)))[: QUERIES + WARM_UP]


def _fill(folder: Path | None, settings: Settings) -> None:
    from catalogue.loading import import_rows, load_sample
    from catalogue.settings import SCHEMAS
    from catalogue.store.store import Store
    from catalogue.vocabulary import read_vocabulary

    vocabulary, now = read_vocabulary(SCHEMAS), datetime.datetime.now(datetime.UTC)
    with closing(Store.open(settings.database)) as store:
        if folder is None:
            load_sample(store, vocabulary, now)
        else:
            import_rows(_rows(folder), store, vocabulary, actor="bench", batch="bench", reason="benchmark", at=now)


def _rows(folder: Path) -> list[Row]:
    """The corpus as pain points, numbered in file order."""
    return [
        Row(
            "corpus.jsonl",
            number,
            {
                "kind": "pain_point",
                "language": row["lang"],
                "external_id": row["id"],
                "title": {row["lang"]: row.get("title") or row["text"][:100]},
                "statement": {row["lang"]: row["text"]},
            },
        )
        for number, row in enumerate(_jsonl(folder / "corpus.jsonl"), 1)
    ]


def _jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
