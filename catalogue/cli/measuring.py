"""`hackgo bench`, `schemas`: what is timed and what is generated."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalogue.cli.terminal import NO, AsJson, progress, progress_of, settings_of_environment
from catalogue.settings import SCHEMAS, Settings

if TYPE_CHECKING:
    from catalogue.timing import Baseline

app = typer.Typer()
bench = typer.Typer(no_args_is_help=True, help="Measurements.")
app.add_typer(bench, name="bench")


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
    from catalogue.benchmark import bench_search as measure

    environ = dict(os.environ) | ({"HACKGO_ENGINE": engine} if engine else {})
    report: dict[str, Any] = measure(folder, Settings.from_env(environ), _hybrid() if compare else None)
    _tell(report, as_json)


@bench.command("scale")
def bench_scale(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="JSON Lines, .gz or not: lang, title, text.")
    ],
    sizes: Annotated[str, typer.Option(help="Numbers of entries, separated by commas.")] = "10000,61753,300000",
    engine: Annotated[list[str] | None, typer.Option(help="Search engine, repeatable; default: both.")] = None,
    asked: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Questions, JSON Lines: text. Default: title ends.")
    ] = None,
    compare: Annotated[bool, typer.Option(help="Time the cluster's own hybrid query in the same run.")] = False,
    as_json: AsJson = False,
) -> None:
    """Index and search catalogues of these sizes on each engine. Beyond the file's end entries are variations of it."""
    from catalogue.scale import Bench, table
    from catalogue.scale import bench_scale as measure
    from catalogue.search.engines import NAMES
    from catalogue.search.models import open_model

    settings = settings_of_environment()
    try:
        wanted = [int(size) for size in sizes.split(",")]
    except ValueError:
        raise typer.BadParameter("numbers separated by commas", param_hint="--sizes") from None
    if unknown := set(engine or ()) - set(NAMES):
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}; known: {', '.join(NAMES)}", param_hint="--engine")
    embedder = open_model(settings)
    bench = Bench(file, settings, embedder, _hybrid() if compare else None, progress_of, asked)
    report = measure(bench, wanted, engine or NAMES)
    print(json.dumps(report) if as_json else table(report))


@bench.command("embed")
def bench_embed(
    texts: Annotated[int, typer.Option(min=1, help="Passages of the sample.")] = 64,
    rounds: Annotated[int, typer.Option(min=1, help="Turns of each system.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Time the model that ships, the same weights in 32 bits (where installed) and plain 8-bit products, in turns."""
    from catalogue.embed_benchmark import bench_embed as measure

    report = measure(texts, rounds, settings_of_environment().embedding_threads, progress)
    _tell(report, as_json)


@bench.command("import")
def bench_import(
    rows: Annotated[int, typer.Option(min=10, max=20_000, help="Rows of the workbook.")] = 5000,
    as_json: AsJson = False,
) -> None:
    """Plan and commit a long workbook beside the sample catalogue, in a database of its own."""
    from catalogue.import_benchmark import bench_import as measure

    report = measure(rows, "OG-2569-003")
    _tell(report, as_json)


@bench.command("publish")
def bench_publish(as_json: AsJson = False) -> None:
    """Publish the sample's submissions, and say how long after each decision search finds the entry."""
    from catalogue.publish_benchmark import bench_publish as measure

    report = measure(settings_of_environment())
    _tell(report, as_json)


def _tell(report: dict[str, Any], as_json: bool) -> None:
    print(json.dumps(report) if as_json else "\n".join(f"{name}: {value}" for name, value in report.items()))


def _hybrid() -> "Callable[[Settings], Baseline]":
    """Makes the cluster's own hybrid query for an index, embedding included."""
    from catalogue.api.search import FACETS
    from catalogue.search.analysis import Analyser
    from catalogue.search.engines import hybrid_baseline
    from catalogue.search.models import open_model
    from catalogue.search.query import QueryAnalyser

    def hybrid(own: Settings) -> "Baseline":
        return hybrid_baseline(own, QueryAnalyser(Analyser(), open_model(own)), FACETS)

    return hybrid
