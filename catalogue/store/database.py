"""Opening a database so that nothing acknowledged is lost, and taking it to this version's tables.

SQLite today; what differs per database is in this file and in the migrations, so that PostgreSQL can join.
See docs/adr/0007-sqlite-opened-safely.md.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.engine import ExceptionContext

from catalogue.errors import CatalogueError, StoreDamaged, StoreTooNew, StoreUnavailable

MIGRATIONS = Path(__file__).parent / "migrations"
# https://sqlite.org/wal.html#walresetbug: 3.7.0 to 3.51.2 can corrupt a database in WAL mode.
WAL_IS_SAFE_FROM = (3, 51, 3)
BUSY_TIMEOUT_S = 15.0
# FastAPI runs endpoints in 40 threads; a few more for what runs beside them.
POOL_SIZE = 48
# quick_check reads the whole file, 3 ms per MB (measured); above this size only `hackgo audit verify` does.
CHECKED_AT_OPENING_BYTES = 32 * 2**20

_WRITES = "hackgo_writes"


def journal_mode(sqlite_version: tuple[int, int, int]) -> str:
    """WAL where this SQLite can be trusted with it, else a journal that is emptied after each transaction."""
    return "wal" if sqlite_version >= WAL_IS_SAFE_FROM else "truncate"


class Database:
    """One database, opened safely and migrated; hands out connections for reading and for writing."""

    def __init__(self, url: str) -> None:
        """Open ``sqlite:///path`` (made where it does not exist) and migrate it to this version.

        Raises ``StoreDamaged`` for a file that is not a sound database of this catalogue, ``StoreTooNew`` for
        one of a newer version, ``StoreUnavailable`` where it stays locked or cannot be written.
        """
        address = make_url(url)
        if address.get_backend_name() != "sqlite" or not address.database or address.database == ":memory:":
            raise ValueError("the store is a file of SQLite: sqlite:///path/to/catalogue.db")
        self._file = Path(address.database)
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable() from error
        self._writer = threading.Lock()  # queues this process's writers; other processes wait by busy_timeout
        self._engine = _sqlite_engine(url)
        try:
            self._check()
            self._migrate()
        except BaseException:
            self._engine.dispose()
            raise

    def close(self) -> None:
        """Close every pooled connection."""
        self._engine.dispose()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection whose reads all see the same moment. Keep it short: SQLite's writers wait for readers."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection that holds the one write lock until it commits, or rolls back on any exception."""
        with (
            self._writer,
            self._engine.connect().execution_options(**{_WRITES: True}) as connection,
            connection.begin(),
        ):
            yield connection

    def damage(self) -> list[str]:
        """What the database itself finds wrong with its file; an empty list where it is sound."""
        with self.reading() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(20)").scalars().all()
        return [str(line) for line in found if line != "ok"]

    def _check(self) -> None:
        size = self._file.stat().st_size if self._file.is_file() else 0
        if 0 < size <= CHECKED_AT_OPENING_BYTES and self.damage():
            raise _damaged("its file fails SQLite's own check", "ไฟล์ไม่ผ่านการตรวจของ SQLite")

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        scripts = ScriptDirectory.from_config(config)
        with self.reading() as connection:
            if _is_current(connection, scripts):
                return
        # Two programs may start at once: the second waits here and finds the work done.
        with self.writing() as connection:
            if not _is_current(connection, scripts):
                config.attributes["connection"] = connection
                command.upgrade(config, "head")


def _is_current(connection: Connection, scripts: ScriptDirectory) -> bool:
    """Whether the tables are those of this version; raises where they can never become so."""
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        if inspect(connection).get_table_names():
            raise _damaged("it holds tables of something else", "ในไฟล์มีตารางของระบบอื่น")
        return False
    if revision not in {script.revision for script in scripts.walk_revisions()}:
        raise StoreTooNew(
            "The database was written by a newer version of this software. Install that version or a later one, "
            "or restore a backup from before the upgrade. Nothing was changed.",
            "ฐานข้อมูลนี้เขียนโดยซอฟต์แวร์รุ่นใหม่กว่า โปรดติดตั้งรุ่นนั้นหรือรุ่นหลังจากนั้น หรือกู้คืนข้อมูลสำรองจากก่อนอัปเกรด ยังไม่มีสิ่งใดถูกเปลี่ยน",
        )
    return revision == scripts.get_current_head()


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(
        url,
        pool_size=POOL_SIZE,
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
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    @event.listens_for(engine, "handle_error")
    def translate(context: ExceptionContext) -> None:
        error = translated(context.original_exception)
        if error is not None:
            raise error from context.original_exception

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
        return _damaged("its file is not a sound SQLite database", "ไฟล์ไม่ใช่ฐานข้อมูล SQLite ที่สมบูรณ์")
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or text.startswith("database is locked"):
        return StoreUnavailable(
            "The database is busy: another program has been writing for a long time. Try again in a moment.",
            "ฐานข้อมูลไม่ว่าง มีโปรแกรมอื่นกำลังเขียนอยู่นาน โปรดลองใหม่อีกครั้งในอีกสักครู่",
        )
    if primary in (
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    ):
        return _unwritable()
    return None


def _damaged(en: str, th: str) -> StoreDamaged:
    return StoreDamaged(
        f"The catalogue's database cannot be used: {en}. Restore it from a backup, or start afresh with "
        "`python3 run.py reset`. Nothing was deleted.",
        f"ใช้ฐานข้อมูลของคลังไม่ได้: {th} โปรดกู้คืนจากข้อมูลสำรอง หรือเริ่มใหม่ด้วย `python3 run.py reset` ยังไม่มีสิ่งใดถูกลบ",
    )


def _unwritable() -> StoreUnavailable:
    return StoreUnavailable(
        "The database cannot be opened or written: check the free disk space and the permissions of the folder "
        "that holds it. Nothing that was confirmed is lost.",
        "เปิดหรือเขียนฐานข้อมูลไม่ได้ โปรดตรวจพื้นที่ว่างของดิสก์และสิทธิ์ของโฟลเดอร์ที่เก็บฐานข้อมูล สิ่งที่ยืนยันไปแล้วไม่สูญหาย",
    )
