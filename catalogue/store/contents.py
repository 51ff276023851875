"""All that a store holds, as lines of JSON: to be written to a file, to another database, or compared.

A line is a row, canonical JSON of its columns; a table's lines are in the order of its key. So equal catalogues have
equal lines on every database, and equal digests.
"""

import hashlib
import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from sqlalchemy import Connection, MetaData, Table, func, insert, inspect, select
from sqlalchemy.exc import IntegrityError

from catalogue.errors import BackupDamaged, CatalogueNotEmpty
from catalogue.store.audit import verify
from catalogue.store.database import Database, version_of
from catalogue.store.events import canonical
from catalogue.store.tables import account, api_key, counter, entry, event, held_role, link

# In an order in which each refers to what came before. Leases are no part of the catalogue; sessions and mailed links
# end with the database that they are of, and a restored catalogue sends no notice a second time.
TABLES = {table.name: table for table in (event, entry, link, counter, account, held_role, api_key)}
# Written by every version; a table that came later is absent from what an older version wrote.
ALWAYS = frozenset({"event", "entry", "link", "counter"})
ROWS_PER_STATEMENT = 500

Lines = Generator[str, None, None]
"""To be closed by whoever does not read it to its end: a database holds a cursor for it."""

Report = Callable[[int, int], None]
"""Told how many rows are done and how many there are."""


@dataclass(frozen=True, slots=True)
class Digest:
    """How many rows a table has, and the sha256 of its lines, each ended by a line feed."""

    rows: int
    sha256: str


class Source(Protocol):
    """Where a catalogue comes from: another database, or a backup."""

    version: str
    """Migration whose tables these rows are of."""

    def counts(self) -> Mapping[str, int]:
        """How many rows each table has."""
        ...

    def lines(self, table: str) -> Lines:
        """The table's lines in their order; raises ``BackupDamaged`` where they are not those that were written."""
        ...


class Snapshot:
    """One moment of a store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.version = version_of(connection)

    def counts(self) -> Mapping[str, int]:
        """How many rows each table has."""
        return {
            name: self._connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in TABLES.items()
        }

    def lines(self, table: str) -> Lines:
        """The table's lines in their order."""
        return _lines(self._connection, TABLES[table])


class _Held:
    """An open transaction as something that can be audited."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        yield self._connection

    def damage(self) -> list[str]:
        return []


class Tally:
    """Counts and digests lines as they pass by."""

    def __init__(self) -> None:
        self._rows = 0
        self._sha256 = hashlib.sha256()

    def over(self, lines: Iterable[str]) -> Iterator[str]:
        """The same lines, counted."""
        for line in lines:
            self._rows += 1
            self._sha256.update(line.encode() + b"\n")
            yield line

    def digest(self) -> Digest:
        """Of all lines that passed so far."""
        return Digest(self._rows, self._sha256.hexdigest())


def load(database: Database, source: Source, replace: bool, report: Report) -> dict[str, Digest]:
    """Fill the database from the source, all or nothing; the digests of what it holds then.

    Raises ``CatalogueNotEmpty`` where it holds anything, unless ``replace``; ``BackupDamaged`` where the rows, read
    back, differ from the source, or their history does not verify or tells of nothing; ``StoreTooNew`` where a newer
    version wrote it.
    """
    counts = source.counts()
    if not counts["event"]:
        raise damaged("it has no event, so it is of no catalogue", "ไม่มีเหตุการณ์ จึงไม่ใช่ข้อมูลของคลังใด")
    total, done = sum(counts.values()), 0
    wanted: dict[str, Digest] = {}
    try:
        with database.writing() as connection:
            if not replace and any(Snapshot(connection).counts().values()):
                raise CatalogueNotEmpty(
                    "The database holds a catalogue already. Name an empty one, or ask for it to be replaced: "
                    "`hackgo restore --replace`. Nothing was changed.",
                    "ฐานข้อมูลนี้มีคลังอยู่แล้ว โปรดระบุฐานข้อมูลว่าง หรือสั่งให้แทนที่ด้วย `hackgo restore --replace` ยังไม่มีสิ่งใดถูกเปลี่ยน",
                )
            database.renew(connection, source.version)
            held = inspect(connection).get_table_names()
            for name in (name for name in TABLES if name in held):
                tally, table = Tally(), Table(name, MetaData(), autoload_with=connection)
                with closing(source.lines(name)) as lines:
                    passing = tally.over(lines)
                    while some := list(islice(passing, ROWS_PER_STATEMENT)):
                        connection.execute(insert(table), [json.loads(line) for line in some])
                        done += len(some)
                        report(done, total)
                wanted[name] = tally.digest()
            database.migrate(connection)
            _prove(connection, wanted)
    except (IntegrityError, ValueError) as error:
        raise damaged("its rows do not fit together", "ข้อมูลภายในไม่สอดคล้องกัน") from error
    return wanted


def _prove(connection: Connection, wanted: Mapping[str, Digest]) -> None:
    """Raise ``BackupDamaged`` unless the database holds these rows, and their history is whole."""
    for name in wanted:
        tally, table = Tally(), TABLES[name]
        with closing(_lines(connection, table)) as lines:
            for _ in tally.over(lines):
                pass
        if tally.digest() != wanted[name]:
            raise damaged(f"table {name} came out differently", f"ตาราง {name} ไม่ตรงกับต้นทาง")
    found = verify(_Held(connection))
    if not found.ok:
        raise damaged(found.problems[0].en, found.problems[0].th)


def _lines(connection: Connection, table: Table) -> Lines:
    query = select(table).order_by(*table.primary_key.columns)
    with connection.execute(query, execution_options={"yield_per": ROWS_PER_STATEMENT}) as rows:
        for row in rows:
            yield canonical(row._asdict())


def damaged(en: str, th: str) -> BackupDamaged:
    """For what cannot be taken over as it is."""
    return BackupDamaged(
        f"The catalogue was not taken over: {en}. Nothing was changed. `hackgo audit verify` checks a database; of "
        "backups, take an older one.",
        f"ไม่ได้นำคลังเข้ามา: {th} ยังไม่มีสิ่งใดถูกเปลี่ยน คำสั่ง `hackgo audit verify` ใช้ตรวจฐานข้อมูล "
        "หากเป็นข้อมูลสำรองโปรดใช้ชุดที่เก่ากว่า",
    )
