"""SQLite, opened so that nothing acknowledged is lost: docs/adr/0007-sqlite-opened-safely.md."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, StaticPool, create_engine, event

from catalogue.errors import CatalogueError
from catalogue.store.dialect import WRITES, busy, damaged, invalid_url, nothing_there, translate_errors, unwritable

# https://sqlite.org/wal.html#walresetbug: 3.7.0 to 3.51.2 can corrupt a database in WAL mode.
WAL_IS_SAFE_FROM = (3, 51, 3)
BUSY_TIMEOUT_S = 15.0
# FastAPI runs endpoints in 40 threads; a few more for what runs beside them.
POOL_SIZE = 48
# quick_check reads the whole file, 3 ms per MB (measured); above this size only `hackgo audit verify` does.
CHECKED_AT_OPENING_BYTES = 32 * 2**20


def journal_mode(sqlite_version: tuple[int, int, int]) -> str:
    """WAL where this SQLite can be trusted with it, else a journal that is emptied after each transaction."""
    return "wal" if sqlite_version >= WAL_IS_SAFE_FROM else "truncate"


class Sqlite:
    """A file; it and its folder are made where they do not exist, if they may be: else ``SettingsInvalid``."""

    def __init__(self, url: URL, make: bool) -> None:
        if not url.database or url.database == ":memory:":
            raise invalid_url()
        self._file, self.name = Path(url.database), url.database
        if not make and not self._file.is_file():
            raise nothing_there(self.name)
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable() from error
        self.engine = _engine(url)

    def reading(self) -> Connection:
        """A connection whose transaction reads."""
        return self.engine.connect()

    def check(self) -> None:
        """Raise ``StoreDamaged`` for a file that is not sound, as far as that can be told quickly."""
        size = self._file.stat().st_size if self._file.is_file() else 0
        if 0 < size <= CHECKED_AT_OPENING_BYTES and self.damage():
            raise damaged("its file fails SQLite's own check", "ไฟล์ไม่ผ่านการตรวจของ SQLite")

    def damage(self) -> list[str]:
        """What SQLite finds wrong with its file; an empty list where it is sound."""
        with self.reading() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(20)").scalars().all()
        return [str(line) for line in found if line != "ok"]

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """One moment of the database for as long as it is wanted: a copy, because SQLite's writers wait for readers.

        The copy is SQLite's own temporary database: on the disk, nameless, gone with the process.
        """
        held: sqlite3.Connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        copy = create_engine("sqlite://", creator=lambda: held, poolclass=StaticPool, hide_parameters=True)
        translate_errors(copy, translated)
        try:
            with self.engine.connect() as source:
                driver: Any = source.connection.driver_connection
                driver.backup(held)  # in one step, at the disk's speed
            with copy.connect() as connection:
                yield connection
        finally:
            copy.dispose()
            held.close()


def _engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_size=POOL_SIZE,
        hide_parameters=True,  # they are people's words, and errors are logged
        # None: sqlite3 must not open transactions on its own; `begin` below does, with the lock that is meant.
        connect_args={"timeout": BUSY_TIMEOUT_S, "isolation_level": None, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        wanted = journal_mode(sqlite3.sqlite_version_info)
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        # Going to WAL and back is written into the file: a database of somebody else, soon refused, stays as it is.
        if not tables or "alembic_version" in tables:
            (got,) = connection.execute(f"PRAGMA journal_mode = {wanted}").fetchone()
            if got == "wal" != wanted:
                raise sqlite3.OperationalError("database is locked: another program holds it in WAL mode")
        connection.execute("PRAGMA synchronous = FULL")  # a commit that returned survives a power cut
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cell_size_check = ON")  # finds damage when it reads it, not later

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    translate_errors(engine, translated)
    return engine


def translated(error: BaseException) -> CatalogueError | None:
    """The domain's word for an error of SQLite that is nobody's mistake in a query, else None."""
    if not isinstance(error, sqlite3.Error):
        return None
    code = getattr(error, "sqlite_errorcode", None)
    primary: Any = code & 0xFF if code is not None else None
    text = str(error)
    # Text that is no UTF-8 carries no code.
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or text.startswith("Could not decode"):
        return damaged("its file is not a sound SQLite database", "ไฟล์ไม่ใช่ฐานข้อมูล SQLite ที่สมบูรณ์")
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or text.startswith("database is locked"):
        return busy()
    if primary in (
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    ):
        return unwritable()
    return None
