"""`hackgo eval`, `models`: how well the search finds, and what it embeds with."""

import json
import shutil
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from catalogue.cli.terminal import AsJson, fail, progress, settings_of_environment

app = typer.Typer()
WIDTH = 120  # of two lists side by side where nobody says how wide a terminal is


@app.command("eval")
def evaluate(
    folder: Annotated[
        Path | None, typer.Argument(exists=True, file_okay=False, help="corpus.jsonl, queries.jsonl, qrels.tsv.")
    ] = None,
    engine: Annotated[str, typer.Option(help="Search engine: embedded, opensearch.")] = "embedded",
    compare: Annotated[
        bool,
        typer.Option(
            help="Add BM25, dense, RRF and min-max in the same run, and what each differs by; "
            "with --engine opensearch also the cluster's own hybrid query (wants the neural-search plugin)."
        ),
    ] = False,
    without_twins: Annotated[
        bool,
        typer.Option("--without-twins", help="Add how soon the other language's answer comes where it is alone."),
    ] = False,
    ceiling: Annotated[
        bool,
        typer.Option("--ceiling", help="Add what the best of six recipes for each question and the best order bring."),
    ] = False,
    runs: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="File to write: each query's measures and first ten."),
    ] = None,
    diff: Annotated[
        tuple[Path, Path] | None,
        typer.Option(exists=True, dir_okay=False, metavar="A B", help="Compare two such files, without FOLDER."),
    ] = None,
    against: Annotated[str, typer.Option(metavar="SYSTEM", help="With --diff: B's system; default: the first.")] = "",
    duplicates: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="JSON Lines of labelled pairs: score the suggestions instead."),
    ] = None,
    robust: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="JSON Lines of titles otherwise typed: score those instead."),
    ] = None,
    pool: Annotated[
        int, typer.Option(min=0, help="List what a system has among its first N and nobody judged: query, entry.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Score the product's own search, or its suggestions of duplicates, on a judged set, in a throw-away index."""
    from catalogue.search import evaluation, pairs, robustness
    from catalogue.search import runs as run_files
    from catalogue.search.analysis import Analyser
    from catalogue.search.engines import throw_away, throw_away_hybrid
    from catalogue.search.models import open_model
    from catalogue.search.vectors import VectorCache

    report: Any
    if diff:
        before, after = (run_files.read(f.name, f.read_bytes(), s) for f, s in zip(diff, ("", against), strict=True))
        report = run_files.diff(before, after)
        _show(report, run_files.diff_table(report, shutil.get_terminal_size((WIDTH, 0)).columns), as_json)
        return
    if folder is None:
        fail("โปรดระบุโฟลเดอร์ของชุดข้อมูลประเมินผล หรือใช้ --diff A B", "Name the folder of a judged set, or use --diff A B")
    settings = settings_of_environment()
    embedder = open_model(settings)
    cached = VectorCache(settings.vectors_dir, embedder, progress)
    analyser = Analyser()
    with throw_away(settings, engine, analyser) as index:
        if pool:
            report = evaluation.unjudged(folder, cached, analyser, pool, index=index)
            shown = "\n".join("\t".join(pair) for pair in report)
        elif duplicates:
            report = pairs.evaluate(folder, duplicates, cached, analyser, index)
            shown = pairs.table(report)
        elif robust:
            report = robustness.evaluate(folder, robust, cached, analyser, index)
            shown = robustness.table(report)
        else:
            with throw_away_hybrid(settings) if compare and engine == "opensearch" else nullcontext() as hybrid:
                found = evaluation.evaluate(
                    folder,
                    cached,
                    analyser,
                    index=index,
                    compare=compare,
                    without_twins=without_twins,
                    hybrid=hybrid,
                    ceiling=ceiling,
                )
            if runs:
                runs.parent.mkdir(parents=True, exist_ok=True)
                runs.write_text(run_files.written(found), "utf-8", newline="\n")
            report = run_files.summary(found)
            shown = run_files.table(report)
    _show(report, shown, as_json)


@app.command()
def models(as_json: AsJson = False) -> None:
    """Say which embedding model there is, how large it is, and how fast it is here (some seconds)."""
    from catalogue.search.models import describe, open_model, table

    found = [describe(open_model(settings_of_environment()))]
    _show(found, table(found), as_json)


def _show(report: Any, table: str, as_json: bool) -> None:
    print(json.dumps(report, ensure_ascii=False) if as_json else table)
