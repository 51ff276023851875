"""PostgreSQL through psycopg: docs/adr/0011-postgresql.md."""

import contextlib
from collections.abc import Iterator

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event

from catalogue.errors import CatalogueError, StoreUnavailable
from catalogue.store.dialect import WRITES, busy, damaged, holds_nul, invalid_url, translate_errors, unwritable

# Connections of one process: pages are short, so that ten serve its 40 threads; a server's usual limit is 100.
POOL_SIZE = 10
WAITS_FOR_CONNECTION_S = 15.0
CONNECT_WITHIN_S = 10
# Writers queue at one advisory lock per database ("hackgo" in ASCII): what holds it gives out the numbers of events,
# and it is let go after the commit can be seen. So numbers become visible in their order, without gaps.
WRITE_LOCK = 0x6861636B676F
# Per session, unless the operator chose otherwise for the database, the role or in the URL (?options=).
SESSION = {
    "lock_timeout": "15s",
    "statement_timeout": "60s",
    # A writer that was stopped in the middle must not hold up the others for ever.
    "idle_in_transaction_session_timeout": "60s",
    # A client whose machine is gone is noticed after a minute.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
CONFIGURE = """
SELECT set_config(wanted.name, wanted.value, false)
FROM unnest(%s::text[], %s::text[]) AS wanted (name, value) JOIN pg_settings USING (name)
WHERE source NOT IN ('client', 'user', 'database', 'database user')
"""
# A commit that returned survives a crash. `remote_write` and stronger promise more: they stay.
DURABLE = """
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') IN ('off', 'local')
"""


class Postgresql:
    """A database of a server."""

    def __init__(self, url: URL) -> None:
        if not url.database:
            raise invalid_url()
        self.name = "/".join(filter(None, (url.host, url.database)))
        self.engine = _engine(url.set(drivername="postgresql+psycopg"))

    def reading(self) -> Connection:
        """A connection whose transaction sees one moment and cannot write."""
        return self.engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def check(self) -> None:
        """The server checks its own files."""

    def damage(self) -> list[str]:
        """Nothing: pages are checked by the server when it reads them (``data_checksums``)."""
        return []

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """One moment for as long as it is wanted; nobody waits for it."""
        with self.reading() as connection:
            # It is idle while what was read is written elsewhere and proved there, which may take minutes.
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield connection


def _engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=WAITS_FOR_CONNECTION_S,
        pool_pre_ping=True,  # the server may have been started anew since
        hide_parameters=True,  # they are people's words, and errors are logged
        # None: statements prepared in a session would not be found again behind a pooler.
        connect_args={"connect_timeout": CONNECT_WITHIN_S, "prepare_threshold": None},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: "psycopg.Connection[tuple[str]]", _record: object) -> None:
        connection.execute(CONFIGURE, (list(SESSION), list(SESSION.values())))
        connection.execute(DURABLE)
        connection.commit()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITES):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")

    translate_errors(engine, translated)
    return engine


def translated(error: BaseException) -> CatalogueError | None:
    """The domain's word for an error of PostgreSQL that is nobody's mistake in a query, else None."""
    if not isinstance(error, psycopg.Error):
        return None
    state = error.sqlstate or ""
    if isinstance(error, psycopg.DataError) and not state:  # not sent: it is NUL that the server's text cannot hold
        return holds_nul()
    if state in ("57014", "55P03", "40001", "40P01", "53300"):  # time-outs, deadlock, too many connections
        return busy()
    if state.startswith("53") or state in ("25006", "42501"):  # no room; a standby; an account that may only read
        return unwritable()
    if state.startswith("XX"):
        return damaged("the server reports damage", "เซิร์ฟเวอร์แจ้งว่าข้อมูลเสียหาย")
    lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    if state.startswith(("08", "28", "57P", "58", "25P03", "3D")) or (lost and not state):
        return StoreUnavailable(
            "The database server does not answer, or does not let this program in: check that it runs, and the "
            "address, name and password in HACKGO_DATABASE_URL. Nothing that was confirmed is lost.",
            "เซิร์ฟเวอร์ฐานข้อมูลไม่ตอบ หรือไม่ยอมให้โปรแกรมนี้เข้าใช้ โปรดตรวจว่าเซิร์ฟเวอร์ทำงานอยู่ และตรวจที่อยู่ ชื่อ "
            "และรหัสผ่านใน HACKGO_DATABASE_URL สิ่งที่ยืนยันไปแล้วไม่สูญหาย",
        )
    return None
