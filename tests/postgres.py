"""A PostgreSQL server for the tests: the system's own binaries on a folder that is thrown away.

HACKGO_TEST_POSTGRES_URL names a server that runs already; its account must be allowed to create databases.
"""

import itertools
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from tests.ports import port

HOW = "apt install postgresql (or brew install postgresql@17)"
# PostgreSQL refuses to run as root; this is the account of Debian's package.
ACCOUNT = "postgres"
STARTS_WITHIN_S = 60.0
CONFIGURATION = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    # Only processes are killed, never the power: what the operating system took survives without it.
    "fsync": "off",
}
# A language's own order of words, which is neither Python's nor SQLite's: the store must not depend on it.
LOCALE = ["--locale", "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "th"]


class Server:
    """A server; ``url`` is the database of its account."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._numbers = itertools.count(1)

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a new, empty database; it is dropped afterwards, whoever still uses it."""
        name = sql.Identifier(f"hackgo_test_{os.getpid()}_{next(self._numbers)}")
        with connected(self.url) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield make_url(self.url).set(database=name.as_string().strip('"')).render_as_string(hide_password=False)
        finally:
            with connected(self.url) as connection:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


class OwnServer(Server):
    """A server that the tests start and stop, by its process id."""

    def __init__(self, programs: Path, folder: Path) -> None:
        password = secrets.token_hex(8)
        super().__init__(f"postgresql://hackgo:{password}@127.0.0.1:{port()}/postgres")
        self._programs, self._data, self._log = programs, folder / "data", folder / "log"
        self._account: dict[str, Any] = {}
        if os.name == "posix" and os.geteuid() == 0:
            self._account = {"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []}
            shutil.chown(folder, ACCOUNT, ACCOUNT)
        (folder / "password").write_text(password)
        login = ["--username", "hackgo", "--auth", "scram-sha-256", "--pwfile", folder / "password"]
        subprocess.run(
            [programs / "initdb", "--pgdata", self._data, *login, "--encoding", "UTF8", "--no-sync", *LOCALE],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            **self._account,
        )

    def start(self) -> None:
        """Return when the server answers; raises AssertionError with its log where it does not."""
        given = CONFIGURATION | {"port": str(make_url(self.url).port)}
        options = [word for name, value in given.items() for word in ("-c", f"{name}={value}")]
        with self._log.open("ab") as output:
            self.process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, *options],
                stdout=output,
                stderr=output,
                cwd=self._data.parent,
                **self._account,
            )
        deadline = time.monotonic() + STARTS_WITHIN_S
        while True:
            try:
                with connected(self.url):
                    return
            except psycopg.OperationalError:
                may_wait = self.process.poll() is None and time.monotonic() < deadline
                assert may_wait, self._log.read_text(errors="replace")
                time.sleep(0.05)

    def stop(self) -> None:
        """End all connections and the server; nothing that was committed is lost."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=60)


def connected(url: str) -> "psycopg.Connection[Any]":
    """A connection of somebody who does not use our program; it commits each statement."""
    return psycopg.connect(url, autocommit=True)


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL on this machine."""
    found = [Path(name).resolve().parent for name in [shutil.which("initdb")] if name]
    for pattern in ("usr/lib/postgresql/*/bin", "opt/homebrew/opt/postgresql*/bin", "usr/local/opt/postgresql*/bin"):
        found += sorted(Path("/").glob(pattern))
    return found[-1] if found else None


@contextmanager
def own_server(programs: Path) -> Iterator[OwnServer]:
    """A new server on a free port of this machine."""
    # Not in pytest's folder, which only its owner may enter.
    with tempfile.TemporaryDirectory(prefix="hackgo-postgres-", ignore_cleanup_errors=True) as folder:
        server = OwnServer(programs, Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.stop()
