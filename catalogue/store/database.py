"""Opening a database so that nothing acknowledged is lost, and taking it to this version's tables.

What differs per database is in sqlite.py, in postgresql.py and in the migrations.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Connection, inspect, make_url
from sqlalchemy.exc import ArgumentError, TimeoutError

from catalogue.errors import StoreTooNew
from catalogue.store.dialect import WRITES, Dialect, busy, damaged, invalid_url
from catalogue.store.tables import metadata

MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """One database, opened safely and migrated; hands out connections for reading and for writing."""

    def __init__(self, url: str, make: bool = True) -> None:
        """Open ``sqlite:///path`` (made where it does not exist) or ``postgresql://…``; migrate it to this version.

        Raises ``SettingsInvalid`` for any other address and, unless it may ``make`` one, for a file that is not there;
        ``StoreDamaged`` for what is not a sound database of this catalogue, ``StoreTooNew`` for one of a newer version,
        ``StoreUnavailable`` where it does not answer, stays locked or cannot be written.
        """
        self._dialect = _dialect(url, make)
        self.name = self._dialect.name
        self._writer = threading.Lock()  # queues this process's writers; others wait at the database's own lock
        try:
            self._dialect.check()
            self._migrate()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close every pooled connection."""
        self._dialect.engine.dispose()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection whose reads all see the same moment. Keep it short: SQLite's writers wait for readers."""
        with _pooled(self._dialect.reading) as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection that holds the one write lock until it commits, or rolls back on any exception."""
        with self._writer, _pooled(self._dialect.engine.connect) as connection:
            connection.execution_options(**{WRITES: True})
            with connection.begin():
                yield connection

    @contextlib.contextmanager
    def beside(self) -> Iterator[Connection]:
        """A connection for one statement that writes no event: PostgreSQL's writers of events need not wait for it."""
        with _pooled(self._dialect.engine.connect) as connection, connection.begin():
            yield connection

    def snapshot(self) -> contextlib.AbstractContextManager[Connection]:
        """A connection whose reads all see the same moment, for as long as it is wanted: no writer waits for it."""
        return self._dialect.snapshot()

    def damage(self) -> list[str]:
        """What the database itself finds wrong with its file; an empty list where it is sound."""
        return self._dialect.damage()

    def migrate(self, connection: Connection, version: str = "head") -> None:
        """Take the tables to a version, within the transaction of a writer."""
        # Imported here, as it takes as long as the rest of the store: almost every program finds its tables made.
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, version)

    def renew(self, connection: Connection, version: str) -> None:
        """Replace all tables by empty ones of a version, within the transaction of a writer.

        Raises ``StoreTooNew`` for a version that this program does not know.
        """
        if version not in versions():
            raise _too_new()
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
        self.migrate(connection, version)

    def _migrate(self) -> None:
        with self.reading() as connection:
            if _is_current(connection):
                return
        # Two programs may start at once: the second waits here and finds the work done.
        with self.writing() as connection:
            if not _is_current(connection):
                self.migrate(connection)


def versions() -> list[str]:
    """The versions of the tables that this program knows, the newest first; the files' names begin with them."""
    return sorted((file.name[1:5] for file in (MIGRATIONS / "versions").glob("m????_*.py")), reverse=True)


def version_of(connection: Connection) -> str:
    """The version of a store's tables; empty where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or ""


def _dialect(url: str, make: bool) -> Dialect:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise invalid_url() from None  # the text of the cause may hold a password
    match address.get_backend_name():
        case "sqlite":
            from catalogue.store.sqlite import Sqlite

            return Sqlite(address, make)
        case "postgresql" | "postgres":
            from catalogue.store.postgresql import Postgresql

            return Postgresql(address)
        case _:
            raise invalid_url()


@contextlib.contextmanager
def _pooled(connect: Callable[[], Connection]) -> Iterator[Connection]:
    try:
        connection = connect()
    except TimeoutError as error:  # all connections are in use
        raise busy() from error
    with connection:
        yield connection


def _is_current(connection: Connection) -> bool:
    """Whether the tables are those of this version; raises where they can never become so."""
    version, known = version_of(connection), versions()
    if not version:
        if inspect(connection).get_table_names():
            raise damaged("it holds tables of something else", "ในฐานข้อมูลมีตารางของระบบอื่น")
        return False
    if version not in known:
        raise _too_new()
    return version == known[0]


def _too_new() -> StoreTooNew:
    return StoreTooNew(
        "The database was written by a newer version of this software. Install that version or a later one, "
        "or restore a backup from before the upgrade. Nothing was changed.",
        "ฐานข้อมูลนี้เขียนโดยซอฟต์แวร์รุ่นใหม่กว่า โปรดติดตั้งรุ่นนั้นหรือรุ่นหลังจากนั้น หรือกู้คืนข้อมูลสำรองจากก่อนอัปเกรด ยังไม่มีสิ่งใดถูกเปลี่ยน",
    )
