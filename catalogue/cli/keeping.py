"""`hackgo import`, `audit`, `backup`, `restore`, `store`: what goes into the store and out of it."""

import datetime
import json
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalogue.cli.duplicates import repeats_of
from catalogue.cli.terminal import (
    CANNOT,
    NO,
    REJECTED,
    AsJson,
    fail,
    progress,
    progress_of,
    say,
    settings_of_environment,
)
from catalogue.settings import SCHEMAS

if TYPE_CHECKING:
    from catalogue.store.contents import Digest

app = typer.Typer()
audit = typer.Typer(no_args_is_help=True, help="The chain of events.")
app.add_typer(audit, name="audit")
store_ = typer.Typer(no_args_is_help=True, help="The database of the catalogue.")
app.add_typer(store_, name="store")


@app.command("import")
def import_(
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="XLSX, CSV, JSON, or JSON Lines of entries.")
    ],
    commit: Annotated[bool, typer.Option(help="Write; without it nothing is written.")] = False,
    owner: Annotated[str, typer.Option("--as", metavar="ID", help="Organisation that sends them, OG-…")] = "",
    map_: Annotated[list[str] | None, typer.Option("--map", metavar="HEADER=COLUMN", help="Column of a title.")] = None,
    as_json: AsJson = False,
) -> None:
    """Plan what files would create, update, leave alone or reject, and write it with --commit."""
    from catalogue.headers import IGNORED, meanings
    from catalogue.history import IMPORT
    from catalogue.languages import buddhist_year
    from catalogue.loading import dry_run, import_rows
    from catalogue.store.store import Store
    from catalogue.uploads import read_files, remember, remembered, upload_of
    from catalogue.vocabulary import read_vocabulary
    from catalogue.workbooks.columns import MODELS

    now, vocabulary = datetime.datetime.now(datetime.UTC), read_vocabulary(SCHEMAS)
    if owner and vocabulary.organisation(owner) is None:
        fail("--as: ไม่มีหน่วยงานรหัสนี้ (OG-…)", "--as: no organisation has this id (OG-…)")
    if any("=" not in pair for pair in map_ or ()):
        fail("--map: โปรดเขียน หัวตาราง=คอลัมน์", "--map: write HEADER=COLUMN")
    given = dict(pair.rsplit("=", 1) for pair in map_ or ())
    known = {IGNORED}.union(*(meanings(kind) for kind in MODELS))
    if unknown := sorted(set(given.values()) - known):
        columns = ", ".join(sorted(known - {IGNORED}))
        fail(
            f"--map: ไม่มีคอลัมน์ {unknown[0]} เลือกได้: {columns}", f"--map: no column {unknown[0]}. Choose from: {columns}"
        )
    settings = settings_of_environment()
    with closing(Store.open(settings.database)) as store:
        repeats = repeats_of(store, settings)
        mapping = remembered(store, owner) | given
        found = read_files(files, vocabulary, mapping)
        if commit:
            upload = upload_of(files)
            plan = import_rows(
                found.rows,
                store,
                vocabulary,
                actor="cli",
                batch=upload.sha256,
                reason=IMPORT,
                at=now,
                owner=owner,
                upload=upload,
                repeats=repeats,
                told=progress_of,
            )
            remember(store, owner, given, "cli", now)
        else:
            plan = dry_run(found.rows, store, vocabulary, buddhist_year(now), owner, repeats, progress_of)
    told = {"sheets": found.sheets(), "unknown_headers": [asdict(header) for header in found.unknown]}
    report = plan.report() | told
    if as_json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        print(", ".join(f"{name} {count}" for name, count in plan.counts().items()))
        for p in report["problems"]:
            where = " ".join(filter(None, (p["file"], p["sheet"], p["cell"] or str(p["row"]))))
            print(f"{where} {p['column']}: {p['message_th']} / {p['message_en']} {p['suggestion']}".rstrip())
        for sheet in found.left_out:
            print(f"{sheet}: แผ่นงานนี้ไม่ได้อ่าน / this sheet is not read")
        for header in found.unknown:
            print(f"{header.cell} {header.header}: --map '{header.header}={header.suggestion}' ?")
        if plan.batch:
            print(f"batch {plan.batch}: hackgo undo {plan.batch}")
    raise typer.Exit(REJECTED if plan.rejected else 0)


@app.command()
def undo(
    batch: Annotated[str, typer.Argument(help="Name of an import, as `hackgo import` told it.")],
) -> None:
    """Take back a whole import; refused, with names, where its entries were changed since."""
    from catalogue import batches
    from catalogue.store.store import Store

    with closing(Store.open(settings_of_environment().database)) as store:
        count = batches.undo(store, batch, "cli", datetime.datetime.now(datetime.UTC))
    say(f"ยกเลิกการนำเข้าแล้ว {count} รายการ", f"Undone: {count} entries")


@audit.command("verify")
def audit_verify(as_json: AsJson = False) -> None:
    """Check that no event was edited, deleted, reordered or cut off."""
    from catalogue.store.store import Store

    with closing(Store.open(settings_of_environment().database, make=False)) as store:
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

    with (
        closing(Store.open(from_, make=False)) as source,
        closing(Store.open(to)) as target,
        source.snapshot() as moment,
    ):
        copied = target.load(moment, replace=False, report=progress)
    _say_held("คัดลอกแล้ว", "Copied", copied)


@app.command("backup")
def backup_(file: Annotated[Path, typer.Argument(dir_okay=False, help="New file, a zip.")]) -> None:
    """Write the catalogue as it is now to a file; others may go on writing."""
    from catalogue.backup import backup
    from catalogue.store.store import Store

    with closing(Store.open(settings_of_environment().database, make=False)) as store:
        held = backup(store, file, datetime.datetime.now(datetime.UTC), progress)
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

    with closing(Store.open(settings_of_environment().database)) as store:
        held = restore(store, file, replace, progress)
    _say_held("กู้คืนแล้ว ประวัติครบถ้วน", "Restored, history intact", held)
    if not index:
        say("โปรดสั่ง `hackgo-index rebuild`", "Now run `hackgo-index rebuild`")
    elif subprocess.run([sys.executable, "-m", "indexer.cli", "rebuild"], check=False).returncode != 0:
        raise typer.Exit(CANNOT)


def _say_held(th: str, en: str, held: "dict[str, Digest]") -> None:
    entries, events = held["entry"], held["event"]
    say(
        f"{th}: {entries.rows} รายการ {events.rows} เหตุการณ์",
        f"{en}: {entries.rows} entries, {events.rows} events\nentries {entries.sha256}\nevents  {events.sha256}",
    )
