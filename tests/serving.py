"""The product on a port of this machine: an app of the tests, or its programs as processes."""

import functools
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI

from catalogue.settings import ROOT, Settings
from catalogue.up import is_ready
from tests import ports
from tests.conftest import VECTORS, environ
from tests.small_catalogue import wait_for

ENDS_WITHIN_S = 120.0
ask = functools.partial(httpx.get, timeout=60)  # the usual 5 s are little on a machine however busy


def environment(state: Path, database_url: str, engine: str, hosts: Sequence[str] = ()) -> dict[str, str]:
    """What the product's programs are told: a state folder, a store, an engine and the addresses of its cluster."""
    port = ports.port()
    settings = Settings(state_dir=state, database_url=database_url, vector_cache=str(VECTORS), port=port)
    return environ(settings, HACKGO_ENGINE=engine, HACKGO_OPENSEARCH_URL=",".join(hosts))


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """Serve the app in the background; gives its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def running(environ: Mapping[str, str], folder: Path, follow: bool = True) -> Iterator[str]:
    """The web server, and the indexer that follows, as processes with this environment, ready; gives the address."""
    url = f"http://127.0.0.1:{environ['HACKGO_PORT']}"
    programs = {"web": ["catalogue.cli", "serve"]}
    if follow:
        programs["indexer"] = ["indexer.cli", "sync", "--follow"]
    started = []
    try:
        for name, program in programs.items():
            with (folder / f"{name}.log").open("wb") as log:
                command = [sys.executable, "-m", *program]
                started.append(subprocess.Popen(command, env=environ, cwd=ROOT, stdout=log, stderr=log))

        def ready() -> bool:
            assert all(process.poll() is None for process in started), (folder / "web.log").read_text()
            return is_ready(url)

        wait_for(ready)
        yield url
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=ENDS_WITHIN_S)
