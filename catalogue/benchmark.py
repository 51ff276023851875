"""`hackgo bench search`: what a search takes over HTTP, embedding included, on a server of its own."""

import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from catalogue.imports import Row
from catalogue.settings import Settings
from catalogue.up import free_port, is_ready

QUERIES = 400  # different ones, each asked once after the server has answered WARM_UP others
WARM_UP = 20
FIRST_PORT = 8300
READY_WITHIN_S = 120.0


Baseline = Callable[[str], object]
"""Asked each query after the server: another way to answer it."""


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
        and the server's own medians: ``embedding_ms``, ``engine_ms``, ``page_ms``.
    """
    from catalogue.search.engines import remove_index

    with tempfile.TemporaryDirectory(prefix="hackgo-bench-") as state:
        environ = os.environ | {
            "HACKGO_STATE_DIR": state,
            "HACKGO_VECTOR_CACHE": str(settings.vectors_dir),
            "HACKGO_DATABASE_URL": "",
            "HACKGO_ENGINE": settings.engine,
            "HACKGO_OPENSEARCH_INDEX": f"{settings.opensearch_index}-bench{uuid.uuid4().hex[:8]}",
        }
        own = Settings.from_env({k: v for k, v in environ.items() if k.startswith("HACKGO_")})
        _fill(folder, own)
        try:
            subprocess.run([sys.executable, "-m", "indexer.cli", "rebuild"], env=environ, check=True, stdout=sys.stderr)
            with _server(settings.host, environ) as url:
                return _measure(url, queries(folder), baseline(own) if baseline else None)
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
    import datetime
    from contextlib import closing

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


@contextmanager
def _server(host: str, environ: dict[str, str]) -> Iterator[str]:
    port = free_port(host, FIRST_PORT)
    command = [sys.executable, "-m", "catalogue.leash", "catalogue.cli", "serve"]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, env=environ | {"HACKGO_PORT": str(port)}, stdin=subprocess.PIPE, stdout=output, stderr=output
        )
        try:
            deadline = time.monotonic() + READY_WITHIN_S
            while not is_ready(f"http://{host}:{port}"):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise ChildProcessError("the server did not start")
                time.sleep(0.1)
            yield f"http://{host}:{port}"
        finally:
            process.communicate()  # closes its standard input, at which it stops


def _measure(url: str, asked: Sequence[str], baseline: Baseline | None) -> dict[str, Any]:
    took: list[float] = []
    beside: list[float] = []
    parts: list[dict[str, float]] = []
    # http.client: a larger one spends a millisecond of its own on each request.
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=30)) as connection:
        entries = json.loads(_get(connection, "/api/v1/index"))["documents"]
        for number, text in enumerate(asked):
            started = time.perf_counter()
            answer = _get(connection, "/api/v1/search?" + urlencode({"q": text}))
            elapsed = (time.perf_counter() - started) * 1000
            if number >= WARM_UP:
                took.append(elapsed)
                parts.append(json.loads(answer)["timings_ms"])
            if baseline:
                started = time.perf_counter()
                baseline(text)
                if number >= WARM_UP:
                    beside.append((time.perf_counter() - started) * 1000)
    medians = {f"{name}_ms": round(statistics.median(p[name] for p in parts), 2) for name in parts[0]}
    return {
        "entries": entries,
        "queries": len(took),
        **_percentiles(took),
        **medians,
        **({f"baseline_{name}": value for name, value in _percentiles(beside).items()} if beside else {}),
    }


def _get(connection: HTTPConnection, address: str) -> bytes:
    connection.request("GET", address)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != HTTPStatus.OK:
        raise ConnectionError(f"the server answered {answer.status}")
    return body


def _percentiles(took: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(took, n=100)
    return {"p50_ms": round(cuts[49], 2), "p95_ms": round(cuts[94], 2)}
