"""A server of its own for a measurement, and what searches take there over HTTP, embedding included."""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from catalogue.metrics import REMEMBERED
from catalogue.settings import Settings
from catalogue.up import is_ready

QUERIES = 400  # different ones, each asked once after the server has answered WARM_UP others
WARM_UP = 20
LONGEST_TYPED = 12  # characters of each question, from 1 to this, for what completes them
READY_WITHIN_S = 120.0
STANDS_STILL_S = 3.0  # longer than a page of it takes


Baseline = Callable[[str], object]
"""Asked each query after the server: another way to answer it."""


def throw_away(settings: Settings, state: Path) -> tuple[dict[str, str], Settings]:
    """The environment, and the settings that it makes, of a catalogue of its own in ``state``.

    Engine, cluster and vectors stay those of ``settings``; the index on the cluster gets a name that nobody else uses.
    """
    environ = os.environ | {
        "HACKGO_STATE_DIR": str(state),
        "HACKGO_VECTOR_CACHE": str(settings.vectors_dir),
        "HACKGO_DATABASE_URL": "",
        "HACKGO_FALLBACK": "",
        "HACKGO_ENGINE": settings.engine,
        "HACKGO_OPENSEARCH_INDEX": f"{settings.opensearch_index}-bench{uuid.uuid4().hex[:8]}",
    }
    return environ, Settings.from_env(environ)


def rebuild(environ: dict[str, str]) -> float:
    """Index the catalogue of this environment by the product's own command; the seconds that it took."""
    started = time.monotonic()
    subprocess.run([sys.executable, "-m", "indexer.cli", "rebuild"], env=environ, check=True, stdout=sys.stderr)
    return time.monotonic() - started


@contextmanager
def server(host: str, environ: dict[str, str]) -> Iterator[tuple[str, int]]:
    """The web process of this environment on a free port: its address and process id; ended when this is left."""
    with socket.socket() as probe:
        # One that the system picks: of two measurements at a time that try the same ports, one would ask the other's.
        probe.bind((host, 0))
        port = probe.getsockname()[1]
    with running(environ | {"HACKGO_PORT": str(port)}, "catalogue.cli", "serve") as process:
        deadline = time.monotonic() + READY_WITHIN_S
        while not is_ready(f"http://{host}:{port}"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise ChildProcessError("the server did not start")
            time.sleep(0.1)
        yield f"http://{host}:{port}", process.pid


@contextmanager
def running(environ: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program of the product, by its module and arguments; ended when this is left."""
    command = [sys.executable, "-m", "catalogue.leash", *arguments]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=output, stderr=output)
        try:
            yield process
        finally:
            process.communicate()  # closes its standard input, at which it stops


def measure(url: str, asked: Sequence[str], baseline: Baseline | None) -> dict[str, Any]:
    """Ask each of these questions once; see :func:`catalogue.benchmark.bench_search` for what comes back."""
    took: list[float] = []
    beside: list[float] = []
    parts: list[dict[str, float]] = []
    typing: list[float] = []
    warm_up = min(WARM_UP, len(asked) // 2)
    # http.client: a larger one spends a millisecond of its own on each request.
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=30)) as connection:
        _wait_until_read(connection)
        entries = json.loads(_get(connection, "/api/v1/index"))["documents"]
        _get(connection, "/api/v1/completions?q=a")  # reads the titles
        for number, text in enumerate(asked):
            started = time.perf_counter()
            answer = _get(connection, "/api/v1/search?" + urlencode({"q": text}))
            elapsed = (time.perf_counter() - started) * 1000
            if number >= warm_up:
                took.append(elapsed)
                parts.append(json.loads(answer)["timings_ms"])
            typed = "/api/v1/completions?" + urlencode({"q": text[: 1 + number % LONGEST_TYPED]})
            started = time.perf_counter()
            _get(connection, typed)
            if number >= warm_up:
                typing.append((time.perf_counter() - started) * 1000)
            if baseline:
                started = time.perf_counter()
                baseline(text)
                if number >= warm_up:
                    beside.append((time.perf_counter() - started) * 1000)
    medians = {f"{name}_ms": round(statistics.median(p[name] for p in parts), 2) for name in parts[0]}
    return {
        "entries": entries,
        "queries": len(took),
        **_percentiles(took),
        **medians,
        **{f"typing_{name}": value for name, value in _percentiles(typing).items()},
        **({f"baseline_{name}": value for name, value in _percentiles(beside).items()} if beside else {}),
    }


def _wait_until_read(connection: HTTPConnection) -> None:
    """Until the server has read ahead: until what it remembers of its index stands still."""
    before, now = None, ""
    while before != now:
        before = now
        lines = _get(connection, "/metrics").decode().splitlines()
        now = next((line for line in lines if line.startswith(REMEMBERED)), "")
        time.sleep(STANDS_STILL_S)


def _get(connection: HTTPConnection, address: str) -> bytes:
    try:
        connection.request("GET", address)
        answer = connection.getresponse()
    except RemoteDisconnected:  # the server closes what was idle for seconds, as it is while a baseline is slow
        connection.close()
        connection.request("GET", address)
        answer = connection.getresponse()
    body = answer.read()
    if answer.status != HTTPStatus.OK:
        raise ConnectionError(f"the server answered {answer.status}")
    return body


def _percentiles(took: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(took, n=100)
    return {"p50_ms": round(cuts[49], 2), "p95_ms": round(cuts[94], 2)}
