"""The command `hackgo-index`. Decides which store, engine and embedder exist; everything else receives them."""

import gc
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from catalogue.cli.terminal import CANNOT, NO, AsJson, fail, run, say, settings_of_environment
from catalogue.errors import CatalogueError
from catalogue.settings import Settings
from catalogue.stopping import asked_by_signals

if TYPE_CHECKING:
    from indexer.parts import Parts, Stage

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

DIFFERS = NO  # the exit code where the index is not as the store
MOST_TITLES = 100  # that compare asks for
LINE_EVERY_S = 2.0  # where nobody watches, progress is a line now and then
STAGES: "dict[Stage, str]" = {
    "embedding": "กำลังอ่านความหมาย · embedding",
    "indexing": "กำลังสร้างดัชนี · indexing",
    "settling": "กำลังรวมดัชนีให้ค้นได้เร็ว · settling",
}


def main() -> None:
    """Run the command."""
    run(app)


@app.command()
def rebuild(
    if_needed: Annotated[
        bool, typer.Option("--if-needed", help="Only where syncing is not enough; else bring it in step.")
    ] = False,
) -> None:
    """Build a new index beside the live one and put it into use; repairs a damaged one."""
    from indexer.rebuild import rebuild as build
    from indexer.sync import ensure
    from indexer.targets import each

    settings, started = settings_of_environment(), time.monotonic()
    _log_troubles(settings)

    def work(parts: "Parts") -> None:
        with _turn(settings, parts, "rebuild", Event()):
            info = (ensure if if_needed else build)(parts, _Progress())
        seconds = time.monotonic() - started
        say(
            f"ดัชนีพร้อม: {info.documents} รายการ ฉบับที่ {info.revision} ใช้เวลา {seconds:.1f} วินาที",
            f"Index ready: {info.documents} entries at revision {info.revision} after {seconds:.1f} s",
        )

    with _targets(settings) as targets:
        _end(each(targets, work))


@app.command()
def sync(
    follow: Annotated[bool, typer.Option("--follow", help="Keep it in step until stopped.")] = False,
) -> None:
    """Bring the live index in step with the store; rebuilds it where that is not enough."""
    from catalogue import logs
    from indexer.sync import ensure
    from indexer.targets import each, follow_all

    settings = settings_of_environment()
    if follow:
        stopping = asked_by_signals()
        logs.configure(settings.log_format)
        with _targets(settings) as targets:
            follow_all(
                targets,
                settings.sync_poll_s,
                stopping,
                lambda parts: lambda name: _turn(settings, parts, name, stopping),
            )
        return
    _log_troubles(settings)

    def work(parts: "Parts") -> None:
        with _turn(settings, parts, "sync", Event()):
            info = ensure(parts, _Progress())
        say(
            f"ดัชนีตรงกับคลังแล้ว: {info.documents} รายการ ฉบับที่ {info.revision}",
            f"In step: {info.documents} entries at revision {info.revision}",
        )

    with _targets(settings) as targets:
        _end(each(targets, work))


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Compare the live index, and that of the fallback, with the store, entry by entry; changes nothing."""
    from catalogue.search.engines import open_reader
    from catalogue.search.fingerprint import fingerprint_with
    from catalogue.search.models import model_fingerprint
    from catalogue.store import Store
    from indexer.verify import drift

    settings = settings_of_environment()
    expected = fingerprint_with(model_fingerprint(settings))
    differs, failed = False, []
    with closing(Store.open(settings.database)) as store:
        for engine in settings.engines:
            try:
                index = open_reader(settings, engine).open()
                found = drift(store, index, expected)
            except CatalogueError as error:
                failed.append(error)
                continue
            differs |= bool(found)
            current = index.info.fingerprint == expected
            if as_json:
                told = {"engine": engine, "index": index.info.name, "current": current}
                print(json.dumps(asdict(found) | told))
                continue
            print("\n".join(found.lines()))
            if not current:
                say(
                    "ดัชนีนี้สร้างจากโปรแกรมรุ่นอื่น โปรดสั่ง `hackgo-index rebuild`",
                    "The index was built by another version. Run `hackgo-index rebuild`.",
                )
    _end(failed)
    raise typer.Exit(DIFFERS if differs else 0)


@app.command()
def compare(
    left: Annotated[str, typer.Argument(help="Engine: embedded or opensearch.")],
    right: Annotated[str, typer.Argument(help="The other engine.")],
    queries: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="JSON Lines with `text`; default: titles.")
    ] = None,
    combinations: Annotated[int, typer.Option(min=0, help="Random pairs of a query and filters besides.")] = 300,
    graph: Annotated[bool, typer.Option(help="As searches are answered, not comparing every vector.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask the live indexes of two engines the same; changes nothing."""
    from catalogue.search.analysis import Analyser
    from catalogue.search.engines import open_reader
    from catalogue.search.fingerprint import require_model
    from catalogue.search.models import open_model
    from catalogue.search.query import QueryAnalyser
    from catalogue.search.vectors import VectorCache
    from indexer import compare as comparing

    settings = settings_of_environment()
    readers = [open_reader(settings, engine, exact=not graph) for engine in (left, right)]
    a, b = (reader.live() for reader in readers)
    if (a.fingerprint, a.revision) != (b.fingerprint, b.revision):
        fail(
            f"ดัชนีสองชุดไม่ได้อยู่ที่ฉบับเดียวกัน ({a.revision}, {b.revision}) โปรดสั่ง `hackgo-index sync` กับทั้งสองก่อน",
            f"The indexes are at different revisions ({a.revision}, {b.revision}): run `hackgo-index sync` on both.",
        )
    asked = comparing.searches(_texts(settings, queries), comparing.values(readers[0]), combinations)
    model = open_model(settings)
    require_model(a, model.fingerprint)
    analyser = QueryAnalyser(Analyser(), model, kept=VectorCache(settings.bank_dir, model))
    found = comparing.compare(readers[0], readers[1], analyser, asked)
    if as_json:
        print(json.dumps(asdict(found) | {"overlap": found.overlap}, ensure_ascii=False))
    else:
        print("\n".join(found.lines()))
    raise typer.Exit(0 if found.identical or (graph and found.overlap >= comparing.ENOUGH) else DIFFERS)


def _texts(settings: Settings, file: Path | None) -> list[str]:
    from catalogue.store import Store
    from indexer.changes import pages, readable
    from indexer.compare import read_queries

    if file is not None:
        return read_queries(file)
    store = Store.open(settings.database)
    try:
        titles = [entry.title for page in pages(store) for _, entry in readable(page)]
    finally:
        store.close()
    texts = [text for title in titles for text in (title.th, title.en) if text]
    return texts[:: max(1, len(texts) // MOST_TITLES)]


class _Progress:
    """Shows how far the work is: one line that moves on a terminal, else one every two seconds and for each stage."""

    def __init__(self) -> None:
        self._moves = sys.stderr.isatty()
        self._shown_at = time.monotonic()
        self._stage: Stage | None = None

    def __call__(self, stage: "Stage", done: int, total: int) -> None:
        words = STAGES[stage]
        if self._moves:
            width = 24
            bar = "█" * (width * done // max(total, 1))
            ends = "\n" if done == total else ""
            print(f"\r{words} {bar:░<{width}} {done}/{total}\033[K", end=ends, file=sys.stderr, flush=True)
        elif stage != self._stage or time.monotonic() - self._shown_at >= LINE_EVERY_S:
            self._shown_at, self._stage = time.monotonic(), stage
            print(f"{words} {done}/{total}", file=sys.stderr, flush=True)


@contextmanager
def _targets(settings: Settings) -> Iterator[list["Parts"]]:
    """Every index that is kept in step, the main engine's first; they share the store and what understands text."""
    from catalogue.search.analysis import Analyser
    from catalogue.search.engines import index_name, open_reader, open_writer
    from catalogue.search.models import open_model
    from catalogue.search.vectors import VectorCache
    from catalogue.store import Store
    from indexer.fence import FencedWriter
    from indexer.parts import Parts
    from indexer.turns import LEASE

    analyser, embedder = Analyser(), open_model(settings)
    gc.freeze()  # the dictionary is 200,000 objects and no garbage: nobody shall look through them again and again
    vectors = VectorCache(settings.vectors_dir, embedder)
    store = Store.open(settings.database)

    def target(engine: str) -> Parts:
        # An index of files belongs to one state folder, whose lock is enough.
        lease = None if engine == "embedded" else store.lease(LEASE.format(index=index_name(settings, engine)))
        writer = open_writer(settings, analyser, engine)
        return Parts(
            store=store,
            reader=open_reader(settings, engine, fresh=True),
            writer=FencedWriter(writer, lease.confirm) if lease else writer,
            embedder=vectors,
            analyser=analyser,
            engine=engine,
            lease=lease,
        )

    targets = [target(engine) for engine in settings.engines]
    try:
        yield targets
    finally:
        for parts in targets:
            parts.writer.close()
        store.close()


def _turn(settings: Settings, parts: "Parts", command: str, stopping: Event) -> AbstractContextManager[bool]:
    from catalogue.search.engines import index_name
    from indexer.turns import turn

    def waiting(holder: str) -> None:
        print(
            f"กำลังรอโปรแกรมทำดัชนีอีกตัวหนึ่ง ({holder})\nWaiting for another indexer ({holder})",
            file=sys.stderr,
            flush=True,
        )

    return turn(settings.run_dir, index_name(settings, parts.engine), command, waiting, stopping, parts.lease)


def _log_troubles(settings: Settings) -> None:
    """Log lines for what went wrong alone: a person reads the command's own words."""
    import logging

    from catalogue import logs

    logs.configure(settings.log_format)
    logging.getLogger().setLevel(logging.WARNING)


def _end(failed: Sequence[CatalogueError]) -> None:
    """Tell what failed, and end where something did."""
    for error in failed:
        print(f"{error.th}\n{error.en}", file=sys.stderr)
    if failed:
        raise typer.Exit(CANNOT)


if __name__ == "__main__":
    main()
