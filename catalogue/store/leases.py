"""A lease: of several programs at one store, on any machines, one works and the others wait.

No clock is compared with another one. The holder counts a number up (its beat); who waits takes the lease over when
that number stood still for as long as a lease lasts, by its own clock. A takeover raises the token, so that a holder
that was paused and wakes up finds that it is none any more. docs/adr/0012-a-lease-for-indexers.md
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator

from sqlalchemy import Row, select, text, update

from catalogue.errors import LeaseLost, StoreUnavailable
from catalogue.store.database import Database
from catalogue.store.tables import lease

log = logging.getLogger(__name__)

# A killed holder is replaced after this long; half of what an operator was promised (30 s).
LASTS_S = 15.0
BEATS_PER_LEASE = 5  # four may fail before another program thinks that this one is dead
FREE = ""
FIRST = "INSERT INTO lease (name, holder, token, beat) VALUES (:name, '', 0, 0) ON CONFLICT DO NOTHING"


class Lease:
    """One program's hold on, or wait for, the lease of this name."""

    def __init__(
        self, database: Database, name: str, lasts_s: float = LASTS_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._name = name
        self._lasts_s = lasts_s
        self._clock = clock
        self._token: int | None = None
        self._seen: tuple[tuple[int, int], float] | None = None  # (token, beat), and since when it stood still

    def holder(self) -> str:
        """Who holds it, in the words that it gave; empty where nobody does."""
        row = self._row()
        return FREE if row is None else str(row.holder)

    def take(self, holder: str) -> bool:
        """Try once to get the lease; ask again until it succeeds: a dead holder shows only by standing still.

        ``holder`` says who we are, for those who wait.
        """
        row = self._row()
        if row is None:
            with self._database.beside() as connection:
                connection.execute(text(FIRST), {"name": self._name})
            row = self._row()
            assert row is not None
        now, standing = self._clock(), (int(row.token), int(row.beat))
        if self._seen is None or self._seen[0] != standing:
            self._seen = (standing, now)
        if row.holder != FREE and now - self._seen[1] < self._lasts_s:
            return False
        with self._database.beside() as connection:
            mine = update(lease).where(lease.c.name == self._name, lease.c.token == row.token, lease.c.beat == row.beat)
            taken = connection.execute(mine.values(holder=holder, token=row.token + 1, beat=0)).rowcount == 1
        if taken:
            self._token = row.token + 1
            log.info("lease.taken", extra={"lease": self._name, "token": self._token, "from": row.holder or None})
        return taken

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Keep the lease that was taken, from a thread of its own, until the block ends; then let it go."""
        done = threading.Event()

        def beat() -> None:
            while not done.wait(self._lasts_s / BEATS_PER_LEASE):
                try:
                    self.confirm()
                except LeaseLost:
                    return  # the block finds out by its next `confirm`
                except StoreUnavailable as error:
                    log.warning("lease.not_renewed", extra={"lease": self._name, "error": error.en})

        beating = threading.Thread(target=beat, name="lease", daemon=True)
        beating.start()
        try:
            yield
        finally:
            done.set()
            beating.join()
            with contextlib.suppress(StoreUnavailable):  # it ends by standing still
                self._release()

    def confirm(self) -> None:
        """Return where the lease is ours, which makes it last anew; raise ``LeaseLost`` where it is not."""
        if self._token is None or not self._change(beat=lease.c.beat + 1):
            raise LeaseLost(
                "Another indexer has taken over, because this one did not answer for a while. Nothing is lost; this "
                "one waits for its next turn.",
                "โปรแกรมทำดัชนีอีกตัวหนึ่งรับงานต่อแล้ว เพราะตัวนี้ไม่ตอบอยู่ระยะหนึ่ง ไม่มีสิ่งใดสูญหาย ตัวนี้จะรอรอบถัดไป",
            )

    def _release(self) -> None:
        self._change(holder=FREE)
        self._token = None

    def _change(self, **values: object) -> bool:
        """Change the row where it is still ours."""
        with self._database.beside() as connection:
            ours = update(lease).where(lease.c.name == self._name, lease.c.token == self._token)
            return connection.execute(ours.values(**values)).rowcount == 1

    def _row(self) -> Row[str, str, int, int] | None:
        with self._database.reading() as connection:
            return connection.execute(select(lease).where(lease.c.name == self._name)).first()
