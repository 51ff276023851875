"""`hackgo serve`, `up` and what a deployment runs before and beside them."""

import datetime
import gc
import logging
import os
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from catalogue.cli.terminal import CANNOT, NO, say, settings_of_environment
from catalogue.settings import SCHEMAS, Settings

app = typer.Typer()


@app.command()
def serve() -> None:
    """Serve the API, the pages and the UI until stopped."""
    # Half a million objects, such as the dictionary, live as long as the server: going through them again and again in
    # search of garbage (0.4 s each time) would hold up the start, and a search now and then.
    gc.disable()
    # Read by the library behind numpy's products when it is loaded. Its threads gain little on products as small as
    # ours, and go on spinning for milliseconds after each one, in the way of what comes next.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A search waits for threads of its own, which hardly need Python's lock: not 5 ms for one that does.
    sys.setswitchinterval(0.0005)
    import uvicorn

    from catalogue import logs
    from catalogue.app import build_app

    settings = settings_of_environment()
    logs.configure(settings.log_format)
    app = build_app(settings)
    gc.collect()
    gc.freeze()
    gc.enable()
    logging.getLogger(__name__).info(
        "catalogue.opened", extra={"engine": settings.engine, "fallback": settings.fallback, "port": settings.port}
    )
    uvicorn.run(app, host=settings.host, port=settings.port, log_config=None, access_log=False, ws="websockets")


@app.command()
def ready() -> None:
    """Ask the server of these settings on this machine whether it answers searches: what a health check runs."""
    from catalogue.up import is_ready

    settings = settings_of_environment()
    raise typer.Exit(0 if is_ready(f"http://127.0.0.1:{settings.port}") else NO)


@app.command()
def migrate() -> None:
    """Bring the database to this version. Every program does so when it starts; a deployment does it once, before."""
    from catalogue.store.store import Store

    with closing(Store.open(settings_of_environment().database)) as store:
        print(f"revision {store.revision()}")


@app.command()
def env(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Beside docker-compose.yml.")] = Path(),
    nodes: Annotated[int, typer.Option(help="Search nodes: 1 or 3.", min=1, max=3)] = 1,
) -> None:
    """Write a new .env with passwords for docker-compose.yml; never over an old one."""
    from catalogue.deployment import write_environment

    if nodes == 2:
        raise typer.BadParameter("two nodes cannot elect a manager once one is lost", param_hint="--nodes")
    file = write_environment(folder, nodes)
    say(f"สร้าง {file} แล้ว อ่านได้เฉพาะเจ้าของ", f"Wrote {file}, readable by its owner alone")


@app.command()
def certificates(folder: Annotated[Path, typer.Argument(file_okay=False, help="Where they lie.")]) -> None:
    """Make certificates for the search nodes, unless they are there."""
    from catalogue.deployment import make_certificates

    if make_certificates(folder):
        say("สร้างใบรับรองแล้ว", "Certificates made")
    else:
        say("มีใบรับรองอยู่แล้ว", "Certificates are there already")


@app.command()
def up(
    demo: Annotated[bool, typer.Option(help="Load the sample catalogue first.")] = False,
    check: Annotated[bool, typer.Option(help="Ask one search, verify the index, stop.")] = False,
    started_at: Annotated[float | None, typer.Option(hidden=True)] = None,
) -> None:
    """Fill the index, then keep the web server and the indexer running until Ctrl-C."""
    import subprocess

    from catalogue.up import up as keep_up

    if demo:  # the web server is a child and reads it; beside real data it opens nothing (catalogue/demo.py)
        os.environ["HACKGO_DEMO_LOGINS"] = "true"
    settings = settings_of_environment()
    began = started_at or time.time()

    def prepare() -> None:
        if demo:
            _load_sample(settings)
        command = [sys.executable, "-m", "indexer.cli", "rebuild", "--if-needed"]
        # With a fallback, one of the two indexes is enough to start; the indexer goes on trying the other.
        if subprocess.run(command, check=False).returncode != 0 and not settings.fallback:
            raise typer.Exit(CANNOT)

    def after_ready(url: str) -> int:
        from catalogue.smoke import smoke

        return smoke(url, lambda: time.time() - began, lambda line: print(line, flush=True))

    raise typer.Exit(keep_up(settings, say, prepare, after_ready if check else None))


def _load_sample(settings: Settings) -> None:
    from catalogue.loading import load_sample
    from catalogue.store.store import Store
    from catalogue.vocabulary import read_vocabulary

    settings.state_dir.mkdir(parents=True, exist_ok=True)
    with closing(Store.open(settings.database)) as store:
        added = load_sample(store, read_vocabulary(SCHEMAS), datetime.datetime.now(datetime.UTC))
    if added:
        say(f"เพิ่มข้อมูลตัวอย่าง {added} รายการ", f"Added {added} sample entries")
