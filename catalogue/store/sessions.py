"""What proves who somebody is: sessions, links that were mailed, API keys; and how often somebody tried.

Secrets are stored as their digests only. Times that are compared are text of one length (``timestamp``).
"""

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from catalogue.people import Person
from catalogue.store.accounts import grants_of
from catalogue.store.database import Database
from catalogue.store.events import timestamp
from catalogue.store.tables import account, api_key, attempt, session, token

# Every request asks; writing down that it did, once in this long is enough.
NOTED_EVERY = datetime.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, and the secret that their unsafe requests repeat."""

    hash: str
    person: Person
    csrf: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret. Times are text; ``used_at`` may lag by five minutes."""

    id: str
    account: str
    name: str
    prefix: str
    scopes: frozenset[str]
    created_at: str
    expires_at: str
    used_at: str | None = None
    revoked_at: str | None = None


class Sessions:
    """The sessions, links and keys of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(
        self,
        digest: str,
        account_id: str,
        csrf: str,
        now: datetime.datetime,
        ends: datetime.datetime,
        password: str | None = None,
    ) -> bool:
        """Begin a session; those of anybody that have ended are forgotten.

        ``password``: the hash that was matched. False, and there is no session, where another one was set meanwhile.
        """
        at = timestamp(now)
        with self._database.writing() as connection:
            connection.execute(delete(session).where(session.c.expires_at <= at))
            held = select(account.c.password).where(account.c.id == account_id)
            if password is not None and connection.execute(held).scalar() != password:
                return False
            connection.execute(
                insert(session).values(
                    hash=digest, account=account_id, csrf=csrf, created_at=at, seen_at=at, expires_at=timestamp(ends)
                )
            )
        return True

    def find(self, digest: str, now: datetime.datetime, idle: datetime.timedelta) -> Session | None:
        """The session, unless it has ended, was idle for too long, or its account was disabled."""
        query = (
            select(account.c.id, account.c.name, account.c.language, session.c.csrf, session.c.seen_at)
            .join_from(session, account)
            .where(session.c.hash == digest, session.c.expires_at > timestamp(now))
            .where(session.c.seen_at > timestamp(now - idle), account.c.disabled_at.is_(None))
        )
        with self._database.reading() as connection:
            row = connection.execute(query).first()
            if row is None:
                return None
            grants = grants_of(connection, [row.id]).get(row.id, ())
        if row.seen_at < timestamp(now - NOTED_EVERY):
            with self._database.beside() as connection:
                seen = update(session).where(session.c.hash == digest)
                connection.execute(seen.values(seen_at=timestamp(now)))
        return Session(digest, Person(row.id, row.name, row.language, grants), row.csrf)

    def end(self, digest: str) -> None:
        """Forget one session."""
        with self._database.beside() as connection:
            connection.execute(delete(session).where(session.c.hash == digest))

    def offer(self, digest: str, account_id: str, now: datetime.datetime, ends: datetime.datetime) -> None:
        """Remember a link that is mailed. Earlier ones of the account stay valid: anybody can have one mailed, and
        would void an invitation by it.
        """
        with self._database.writing() as connection:
            connection.execute(delete(token).where(token.c.expires_at <= timestamp(now)))
            connection.execute(insert(token).values(hash=digest, account=account_id, expires_at=timestamp(ends)))

    def offered(self, digest: str, now: datetime.datetime) -> str | None:
        """Id of the account that got this link, while it is valid."""
        query = select(token.c.account).where(token.c.hash == digest, token.c.expires_at > timestamp(now))
        with self._database.reading() as connection:
            return connection.execute(query).scalar()

    def too_many(self, limits: Mapping[str, int], now: datetime.datetime, within: datetime.timedelta) -> bool:
        """Count one more attempt under each key; whether any has now had more than its limit within that time."""
        too_many, since = False, timestamp(now - within)
        with self._database.writing() as connection:
            connection.execute(delete(attempt).where(attempt.c.since <= since))
            for key, limit in limits.items():
                mine = attempt.c.key == key
                count = connection.execute(select(attempt.c.count).where(mine)).scalar()
                if count is None:
                    connection.execute(insert(attempt).values(key=key, since=timestamp(now), count=1))
                else:
                    connection.execute(update(attempt).where(mine).values(count=count + 1))
                too_many = too_many or (count or 0) >= limit
        return too_many

    def forgive(self, key: str) -> None:
        """Count from nothing again."""
        with self._database.beside() as connection:
            connection.execute(delete(attempt).where(attempt.c.key == key))

    def add_key(self, digest: str, key: ApiKey) -> None:
        """Remember a new key."""
        with self._database.writing() as connection:
            connection.execute(
                insert(api_key).values(
                    id=key.id,
                    account=key.account,
                    name=key.name,
                    hash=digest,
                    prefix=key.prefix,
                    scopes=json.dumps(sorted(key.scopes)),
                    created_at=key.created_at,
                    expires_at=key.expires_at,
                )
            )

    def keys_of(self, account_id: str) -> list[ApiKey]:
        """Their keys, the newest first, also those that ended."""
        columns = [column for column in api_key.columns if column.name != "hash"]
        query = select(*columns).where(api_key.c.account == account_id)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(api_key.c.created_at.desc(), api_key.c.id)).all()
        return [ApiKey(**{**row._asdict(), "scopes": frozenset(json.loads(row.scopes))}) for row in rows]

    def revoke_key(self, account_id: str, key_id: str, now: datetime.datetime) -> bool:
        """End a key of theirs; whether there was one that still worked."""
        mine = (api_key.c.id == key_id) & (api_key.c.account == account_id) & api_key.c.revoked_at.is_(None)
        with self._database.beside() as connection:
            return connection.execute(update(api_key).where(mine).values(revoked_at=timestamp(now))).rowcount == 1

    def holder(self, digest: str, now: datetime.datetime) -> tuple[Person, frozenset[str]] | None:
        """Whose valid key this is, with all their roles, and the key's scopes."""
        query = (
            select(account.c.id, account.c.name, account.c.language, api_key.c.scopes, api_key.c.used_at)
            .join_from(api_key, account)
            .where(api_key.c.hash == digest, api_key.c.revoked_at.is_(None))
            .where(api_key.c.expires_at > timestamp(now), account.c.disabled_at.is_(None))
        )
        with self._database.reading() as connection:
            row = connection.execute(query).first()
            if row is None:
                return None
            grants = grants_of(connection, [row.id]).get(row.id, ())
        if row.used_at is None or row.used_at < timestamp(now - NOTED_EVERY):
            with self._database.beside() as connection:
                connection.execute(update(api_key).where(api_key.c.hash == digest).values(used_at=timestamp(now)))
        return Person(row.id, row.name, row.language, grants), frozenset(json.loads(row.scopes))
