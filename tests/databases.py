"""The databases that the store's suite runs on, and what somebody does to them who does not use our program."""

import itertools
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg

from catalogue.store import postgresql, sqlite
from tests import postgres
from tests.postgres import Server, connected

KINDS = ("sqlite", "postgresql")
GUARDS = ("event_never_updated", "event_never_deleted", "event_without_gap")


class Database(Protocol):
    """What the suite needs of a database beyond its URL."""

    url: str
    translated: Callable[[BaseException], Any]
    refused: type[Exception]
    """What the driver raises where the database refuses a change."""
    detours: dict[str, str]
    """Statements of this database alone that change events, and how each is refused."""

    def raw(self) -> Any: ...
    def take_write_lock(self, raw: Any, timeout_s: int) -> None: ...
    def unguard(self, raw: Any) -> None: ...


class File:
    translated = staticmethod(sqlite.translated)
    refused = sqlite3.IntegrityError
    detours = {"INSERT OR REPLACE INTO event SELECT * FROM event WHERE number = 2": "no gaps"}  # noqa: RUF012

    def __init__(self, folder: Path) -> None:
        self._file = folder / "catalogue.db"
        self.url = f"sqlite:///{self._file}"

    def raw(self) -> Any:
        return sqlite3.connect(self._file, isolation_level=None)

    def take_write_lock(self, raw: Any, timeout_s: int) -> None:
        raw.execute(f"PRAGMA busy_timeout = {timeout_s * 1000}")
        raw.execute("BEGIN IMMEDIATE")

    def unguard(self, raw: Any) -> None:
        for trigger in GUARDS:
            raw.execute(f"DROP TRIGGER {trigger}")


class OfServer:
    translated = staticmethod(postgresql.translated)
    refused = psycopg.IntegrityError
    detours = {  # noqa: RUF012
        "TRUNCATE event CASCADE": "no TRUNCATE",
        "SET session_replication_role = replica; DELETE FROM event": "no DELETE",
    }

    def __init__(self, url: str) -> None:
        self.url = url

    def raw(self) -> Any:
        return connected(self.url)

    def take_write_lock(self, raw: Any, timeout_s: int) -> None:
        raw.execute(f"SET lock_timeout = '{timeout_s}s'")
        raw.execute("BEGIN")
        raw.execute(f"SELECT pg_advisory_xact_lock({postgresql.WRITE_LOCK})")

    def unguard(self, raw: Any) -> None:
        for trigger in (*GUARDS, "event_never_truncated"):
            raw.execute(f"DROP TRIGGER {trigger} ON event")
        raw.execute("SET session_replication_role = replica")  # no foreign keys either, as in a plain SQLite session


NewDatabase = Callable[[], AbstractContextManager[Database]]


def files(folder: Path) -> NewDatabase:
    """Makes a file in a folder of its own."""
    numbers = itertools.count(1)

    @contextmanager
    def new() -> Iterator[Database]:
        own = folder / str(next(numbers))
        own.mkdir()
        yield File(own)

    return new


def of_server(server: Server) -> NewDatabase:
    """Makes a database of this server, and drops it afterwards."""

    @contextmanager
    def new() -> Iterator[Database]:
        with server.database() as url:
            yield OfServer(url)

    return new


def drilled(asked: str | None, drill: Callable[[str, Path], tuple[bool, str]]) -> int:
    """Drill the database that is asked for, else every one that is installed; 0 where all of it was good.

    Each drill gets the URL of an empty database and an empty folder; it says whether it was good, and a line.
    """
    good = True
    for kind in [asked] if asked else KINDS:
        with ExitStack() as ends:
            folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="hackgo-drill-")))
            url = f"sqlite:///{(folder / 'catalogue.db').as_posix()}"
            if kind == "postgresql":
                if (programs := postgres.binaries()) is None:
                    print(f"{kind}: skipped, not installed: {postgres.HOW}", file=sys.stderr)
                    good = good and not asked
                    continue
                url = ends.enter_context(ends.enter_context(postgres.own_server(programs)).database())
            well, line = drill(url, folder)
            print(f"{kind}: {line}", flush=True)
            good = good and well
    return 0 if good else 1
