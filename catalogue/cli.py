"""The command `hackgo`. Decides which store, engine and embedder exist; everything else receives them."""

import datetime
import gc
import json
import logging
import os
import sys
import time
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalogue.errors import CatalogueError
from catalogue.settings import SCHEMAS, Settings

if TYPE_CHECKING:
    from catalogue.store.contents import Digest

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
audit = typer.Typer(no_args_is_help=True, help="The chain of events.")
bench = typer.Typer(no_args_is_help=True, help="Measurements.")
app.add_typer(audit, name="audit")
app.add_typer(bench, name="bench")
store_ = typer.Typer(no_args_is_help=True, help="The database of the catalogue.")
app.add_typer(store_, name="store")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
# Exit codes: 0 well, 1 the answer is "no" (stale files, broken chain), 2 cannot be done, 3 rows were rejected.
NO, CANNOT, REJECTED = 1, 2, 3


def main() -> None:
    """Run the command; errors that a person can act on are two lines, not a trace."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except CatalogueError as error:
        print(f"{error.th}\n{error.en}", file=sys.stderr)
        sys.exit(CANNOT)


def _settings() -> Settings:
    return Settings.from_env(os.environ)


def _say(th: str, en: str) -> None:
    print(f"{th}\n{en}", flush=True)


@app.command()
def serve() -> None:
    """Serve the API, the pages and the UI until stopped."""
    import uvicorn

    from catalogue import logs
    from catalogue.app import build_app

    settings = _settings()
    logs.configure(settings.log_format)
    app = build_app(settings)
    # Half a million objects, such as the dictionary, live as long as the server: going through them again and again in
    # search of garbage (0.4 s each time) would hold up a search now and then.
    gc.collect()
    gc.freeze()
    logging.getLogger(__name__).info(
        "catalogue.opened", extra={"engine": settings.engine, "fallback": settings.fallback, "port": settings.port}
    )
    uvicorn.run(app, host=settings.host, port=settings.port, log_config=None, access_log=False, ws="websockets")


@app.command()
def ready() -> None:
    """Ask the server of these settings on this machine whether it answers searches: what a health check runs."""
    from catalogue.up import is_ready

    settings = _settings()
    raise typer.Exit(0 if is_ready(f"http://127.0.0.1:{settings.port}") else NO)


@app.command()
def migrate() -> None:
    """Bring the database to this version. Every program does so when it starts; a deployment does it once, before."""
    from catalogue.store.store import Store

    with closing(Store.open(_settings().database)) as store:
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
    _say(f"สร้าง {file} แล้ว อ่านได้เฉพาะเจ้าของ", f"Wrote {file}, readable by its owner alone")


@app.command()
def certificates(folder: Annotated[Path, typer.Argument(file_okay=False, help="Where they lie.")]) -> None:
    """Make certificates for the search nodes, unless they are there."""
    from catalogue.deployment import make_certificates

    if make_certificates(folder):
        _say("สร้างใบรับรองแล้ว", "Certificates made")
    else:
        _say("มีใบรับรองอยู่แล้ว", "Certificates are there already")


@app.command()
def up(
    demo: Annotated[bool, typer.Option(help="Load the sample catalogue first.")] = False,
    check: Annotated[bool, typer.Option(help="Ask one search, verify the index, stop.")] = False,
    started_at: Annotated[float | None, typer.Option(hidden=True)] = None,
) -> None:
    """Fill the index, then keep the web server and the indexer running until Ctrl-C."""
    import subprocess

    from catalogue.up import up as keep_up

    settings = _settings()
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

    raise typer.Exit(keep_up(settings, _say, prepare, after_ready if check else None))


def _load_sample(settings: Settings) -> None:
    from catalogue.loading import load_sample
    from catalogue.store.store import Store
    from catalogue.vocabulary import read_vocabulary

    settings.state_dir.mkdir(parents=True, exist_ok=True)
    with closing(Store.open(settings.database)) as store:
        added = load_sample(store, read_vocabulary(SCHEMAS), datetime.datetime.now(datetime.UTC))
    if added:
        _say(f"เพิ่มข้อมูลตัวอย่าง {added} รายการ", f"Added {added} sample entries")


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="JSON Lines files of entries.")],
    commit: Annotated[bool, typer.Option(help="Write; without it nothing is written.")] = False,
    as_json: AsJson = False,
) -> None:
    """Plan what files would create, update, leave alone or reject, and write it with --commit."""
    from catalogue.imports import batch_id, read
    from catalogue.languages import BUDDHIST_OFFSET
    from catalogue.loading import dry_run, import_rows
    from catalogue.store.store import Store
    from catalogue.vocabulary import read_vocabulary

    now, vocabulary = datetime.datetime.now(datetime.UTC), read_vocabulary(SCHEMAS)
    rows, batch = [row for file in files for row in read(file)], batch_id(files)
    with closing(Store.open(_settings().database)) as store:
        if commit:
            plan = import_rows(rows, store, vocabulary, actor="cli", batch=batch, reason="import", at=now)
        else:
            plan = dry_run(rows, store, vocabulary, now.year + BUDDHIST_OFFSET)
    report = plan.counts() | {"problems": [p.as_dict() for p in plan.problems]}
    if as_json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        print(", ".join(f"{name} {count}" for name, count in plan.counts().items()))
        for p in plan.problems:
            print(f"{p.row.file}:{p.row.number} {p.column}: {p.message_th} / {p.message_en}")
    raise typer.Exit(REJECTED if plan.problems else 0)


@audit.command("verify")
def audit_verify(as_json: AsJson = False) -> None:
    """Check that no event was edited, deleted, reordered or cut off."""
    from catalogue.store.store import Store

    with closing(Store.open(_settings().database)) as store:
        report = store.verify_audit()
    if as_json:
        print(json.dumps(asdict(report) | {"ok": report.ok, "first_bad": report.first_bad}, ensure_ascii=False))
    else:
        print(f"{report.events} events, {'chain intact' if report.ok else f'{len(report.problems)} problems'}")
        print(f"head {report.head[0]} {report.head[1]}")
        for line in report.problems[:20]:
            print(line)
    raise typer.Exit(0 if report.ok else NO)


@store_.command("copy")
def store_copy(
    from_: Annotated[str, typer.Option("--from", metavar="URL", help="Database to copy, as in HACKGO_DATABASE_URL.")],
    to: Annotated[str, typer.Option(metavar="URL", help="Empty database to fill.")],
) -> None:
    """Copy a catalogue to another database, all or nothing; others may go on writing to the first one."""
    from catalogue.store.store import Store

    with closing(Store.open(from_)) as source, closing(Store.open(to)) as target, source.snapshot() as moment:
        copied = target.load(moment, replace=False, report=_progress)
    _say_held("คัดลอกแล้ว", "Copied", copied)


@app.command("backup")
def backup_(file: Annotated[Path, typer.Argument(dir_okay=False, help="New file, a zip.")]) -> None:
    """Write the catalogue as it is now to a file; others may go on writing."""
    from catalogue.backup import backup
    from catalogue.store.store import Store

    with closing(Store.open(_settings().database)) as store:
        held = backup(store, file, datetime.datetime.now(datetime.UTC), _progress)
    _say_held(f"บันทึกแล้วที่ {file}", f"Written to {file}", held)


@app.command("restore")
def restore_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What `hackgo backup` wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Replace the catalogue that the database holds.")] = False,
    index: Annotated[bool, typer.Option(help="Rebuild the index afterwards.")] = True,
) -> None:
    """Fill the database from a backup, all or nothing, check its history, and rebuild the index."""
    import subprocess

    from catalogue.backup import restore
    from catalogue.store.store import Store

    with closing(Store.open(_settings().database)) as store:
        held = restore(store, file, replace, _progress)
    _say_held("กู้คืนแล้ว ประวัติครบถ้วน", "Restored, history intact", held)
    if not index:
        _say("โปรดสั่ง `hackgo-index rebuild`", "Now run `hackgo-index rebuild`")
    elif subprocess.run([sys.executable, "-m", "indexer.cli", "rebuild"], check=False).returncode != 0:
        raise typer.Exit(CANNOT)


def _say_held(th: str, en: str, held: "dict[str, Digest]") -> None:
    entries, events = held["entry"], held["event"]
    _say(
        f"{th}: {entries.rows} รายการ {events.rows} เหตุการณ์",
        f"{en}: {entries.rows} entries, {events.rows} events\nentries {entries.sha256}\nevents  {events.sha256}",
    )


@app.command()
def schemas(check: Annotated[bool, typer.Option(help="Only say which files are stale.")] = False) -> None:
    """Write the generated files in schemas/, or check that they are current."""
    from catalogue import contracts
    from catalogue.app import build_api

    openapi = build_api().openapi()
    names = contracts.stale(SCHEMAS, openapi) if check else contracts.write(SCHEMAS, openapi)
    for name in names:
        print(f"schemas/{name}: {'stale; run `hackgo schemas`' if check else 'written'}")
    raise typer.Exit(NO if check and names else 0)


@app.command("eval")
def evaluate(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="corpus.jsonl, queries.jsonl, qrels.tsv.")
    ],
    engine: Annotated[str, typer.Option(help="Search engine: embedded, opensearch.")] = "embedded",
    compare: Annotated[bool, typer.Option(help="Add BM25, dense, RRF and min-max in the same run.")] = False,
    as_json: AsJson = False,
) -> None:
    """Score the product's own search on a judged set, in a throw-away index."""
    from catalogue.search import evaluation
    from catalogue.search.analysis import Analyser
    from catalogue.search.embedding import E5Small
    from catalogue.search.engines import throw_away
    from catalogue.search.vectors import VectorCache

    settings = _settings()
    embedder = E5Small(threads=settings.embedding_threads)
    cached = VectorCache(settings.vectors_dir, embedder, _progress)
    analyser = Analyser()
    with throw_away(settings, engine, analyser) as index:
        report = evaluation.evaluate(folder, cached, analyser, index=index, compare=compare)
    print(json.dumps(report, ensure_ascii=False) if as_json else evaluation.table(report))


@bench.command("search")
def bench_search(
    folder: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Judged set; default: sample.")
    ] = None,
    engine: Annotated[str, typer.Option(help="Search engine; default: HACKGO_ENGINE.")] = "",
    compare: Annotated[bool, typer.Option(help="Time the cluster's own hybrid query in the same run.")] = False,
    as_json: AsJson = False,
) -> None:
    """Time at least 300 different searches over HTTP on a server of its own."""
    from catalogue.api.search import FACETS
    from catalogue.benchmark import Baseline
    from catalogue.benchmark import bench_search as measure
    from catalogue.search.analysis import Analyser
    from catalogue.search.embedding import E5Small
    from catalogue.search.engines import hybrid_baseline
    from catalogue.search.query import QueryAnalyser

    environ = dict(os.environ) | ({"HACKGO_ENGINE": engine} if engine else {})

    def hybrid(own: Settings) -> Baseline:
        embedder = E5Small(threads=own.embedding_threads)
        return hybrid_baseline(own, QueryAnalyser(Analyser(), embedder), FACETS)

    report: dict[str, Any] = measure(folder, Settings.from_env(environ), hybrid if compare else None)
    print(json.dumps(report) if as_json else "\n".join(f"{name}: {value}" for name, value in report.items()))


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty() or done == total:
        print(f"\r{done}/{total}", end="\n" if done == total else "", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
