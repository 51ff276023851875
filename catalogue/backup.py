"""Backups: a catalogue in one file that any database can be restored from, and that any program can read.

The file is a zip: a table per member in lines of JSON (catalogue/store/contents.py), and ``manifest.json`` with their
counts and digests. docs/adr/0013-portable-backups.md
"""

import datetime
import json
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from catalogue.errors import BackupDamaged, CatalogueNotEmpty
from catalogue.store import Store
from catalogue.store.contents import ALWAYS, TABLES, Digest, Lines, Report, Tally, damaged
from catalogue.store.dialect import nothing_there
from catalogue.store.events import timestamp

FORMAT, FORMAT_VERSION = "hackgo-backup", 1
MANIFEST = "manifest.json"
LEVEL = 6  # zlib's own default: bodies of JSON shrink to about a fifth


class Backup:
    """An opened backup, as a source of rows."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        """Read the manifest; raises ``BackupDamaged`` where this is no backup that this version can read."""
        self._archive = archive
        with _readable():
            manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
            if (manifest["format"], manifest["format_version"]) != (FORMAT, FORMAT_VERSION):
                raise ValueError
            self.version = str(manifest["version"])
            tables: dict[str, Any] = manifest["tables"]
            if not tables.keys() >= ALWAYS:
                raise ValueError
            self.digests = {name: Digest(**tables[name]) for name in TABLES if name in tables}

    def counts(self) -> Mapping[str, int]:
        """How many rows each table has."""
        return {name: digest.rows for name, digest in self.digests.items()}

    def lines(self, table: str) -> Lines:
        """The table's lines; raises ``BackupDamaged`` where they are not those that were written."""
        tally = Tally()
        with _readable(), self._archive.open(f"{table}.jsonl") as member:
            wanted = self.digests[table]
            yield from tally.over(line.decode().removesuffix("\n") for line in member)
        if tally.digest() != wanted:
            raise damaged(f"{table}.jsonl is not what was written", f"{table}.jsonl ไม่ตรงกับที่บันทึกไว้")


def backup(store: Store, file: Path, at: datetime.datetime, report: Report) -> dict[str, Digest]:
    """Write one moment of the store to a new file, whole or not at all; what it holds, per table.

    Others may write meanwhile. Raises ``CatalogueNotEmpty`` where the file exists, ``SettingsInvalid`` where nothing
    ever happened in the store: then it is another one than is meant.
    """
    if not store.revision():
        raise nothing_there(store.name)
    if file.exists():
        raise CatalogueNotEmpty(
            "A file of this name exists already. Give the backup another name.",
            "มีไฟล์ชื่อนี้อยู่แล้ว โปรดตั้งชื่อข้อมูลสำรองเป็นชื่ออื่น",
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(file.name + ".partial")
    partial.unlink(missing_ok=True)
    try:
        # Nobody else may read it: drafts and names are in it.
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as output:
            digests = _write(store, output, at, report)
            output.flush()
            os.fsync(output.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return digests


def restore(store: Store, file: Path, replace: bool, report: Report) -> dict[str, Digest]:
    """Fill the store from a backup, all or nothing; what it holds then, per table. Raises as ``Store.load`` does."""
    with _readable():
        archive = zipfile.ZipFile(file)
    with archive:
        return store.load(Backup(archive), replace, report)


def _write(store: Store, output: Any, at: datetime.datetime, report: Report) -> dict[str, Digest]:
    with store.snapshot() as moment, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        total, done = sum(moment.counts().values()), 0
        digests: dict[str, Digest] = {}
        for name in TABLES:
            tally = Tally()
            with archive.open(f"{name}.jsonl", "w", force_zip64=True) as member, closing(moment.lines(name)) as lines:
                for line in tally.over(lines):
                    member.write(line.encode() + b"\n")
                    done += 1
                    if done % 500 == 0 or done == total:
                        report(done, total)
            digests[name] = tally.digest()
        manifest = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "version": moment.version,
            "made_at": timestamp(at),
            "tables": {name: {"rows": digest.rows, "sha256": digest.sha256} for name, digest in digests.items()},
        }
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
    return digests


@contextmanager
def _readable() -> Iterator[None]:
    """Say ``BackupDamaged`` for all the ways in which a file can fail to be a backup."""
    try:
        yield
    except BackupDamaged:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, TypeError, ValueError) as error:
        raise damaged("the file is not a whole backup", "ไฟล์นี้ไม่ใช่ข้อมูลสำรองที่สมบูรณ์") from error
