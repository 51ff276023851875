"""Notices to people: written in the transaction of what they tell of, mailed once, read in the app.

Who sends one claims it first: its next turn moves into the future. Should the sender die, the notice is due again then;
a mail that had left already carries the same Message-ID, so that mail programs show it once.
"""

import datetime
import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from catalogue.notices import PRIVATE, Template
from catalogue.people import HOSTS
from catalogue.store.database import Database
from catalogue.store.events import canonical, timestamp
from catalogue.store.tables import account, held_role, notice

CLAIM = datetime.timedelta(minutes=10)  # far longer than a mail server takes to answer
SHOWN = 50  # of one account's at once
RETRIES = (1, 5, 30, 120, 720, 1440)  # minutes until the next try; then it stays in the app alone


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice and whom it goes to."""

    id: str
    template: Template
    payload: Mapping[str, Any]
    created_at: str
    read_at: str | None
    attempts: int
    email: str
    name: str
    language: str


def post(
    connection: Connection,
    accounts: Collection[str],
    template: Template,
    payload: Mapping[str, Any],
    now: datetime.datetime,
) -> None:
    """Write a notice to each of these accounts, in the caller's transaction; ids that are no account are left out."""
    at, text = timestamp(now), canonical(payload)
    known = select(account.c.id).where(account.c.id.in_(sorted(set(accounts))), account.c.disabled_at.is_(None))
    rows = [
        {
            "id": uuid.uuid4().hex,
            "account": account_id,
            "template": template,
            "payload": text,
            "created_at": at,
            "due_at": at,
            "attempts": 0,
        }
        for account_id in connection.execute(known).scalars().all()
    ]
    if rows:
        connection.execute(insert(notice), rows)


def post_to_hosts(
    connection: Connection, organisation: str, template: Template, payload: Mapping[str, Any], now: datetime.datetime
) -> None:
    """Write a notice to everybody who may edit this organisation's entries."""
    hosts = held_role.c.role.in_([role.value for role in HOSTS])
    mine = select(held_role.c.account).where(held_role.c.organisation == organisation, hosts)
    post(connection, connection.execute(mine).scalars().all(), template, payload, now)


class Notices:
    """The notices of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def post(self, account_id: str, template: Template, payload: Mapping[str, Any], now: datetime.datetime) -> None:
        """Write one notice in a transaction of its own."""
        with self._database.writing() as connection:
            post(connection, [account_id], template, payload, now)

    def claim(self, now: datetime.datetime) -> Notice | None:
        """The longest due notice, ours to send for ten minutes; None where none is due to an account that is open.

        Links go first: they end after an hour, and behind the notices of a large upload they would come too late.

        Whoever has not confirmed their address gets links by mail alone: what others write they see once they have.
        """
        waiting = (notice.c.sent_at.is_(None), notice.c.due_at <= timestamp(now))
        to_them = account.c.confirmed_at.is_not(None) | notice.c.template.in_(sorted(PRIVATE))
        while True:
            with self._database.reading() as connection:
                found = connection.execute(
                    select(notice, account.c.email, account.c.name, account.c.language)
                    .join_from(notice, account)
                    .where(*waiting, account.c.disabled_at.is_(None), to_them)
                    .order_by(notice.c.template.not_in(sorted(PRIVATE)), notice.c.due_at, notice.c.id)
                    .limit(1)
                ).first()
            if found is None:
                return None
            with self._database.beside() as connection:
                mine = update(notice).where(notice.c.id == found.id, notice.c.due_at == found.due_at, *waiting)
                later = mine.values(due_at=timestamp(now + CLAIM), attempts=notice.c.attempts + 1)
                if connection.execute(later).rowcount == 1:
                    return _notice(found)

    def sent(self, claimed: Notice, now: datetime.datetime) -> None:
        """It has left; a secret link in it is not kept."""
        values = {"sent_at": timestamp(now)} | ({"payload": "{}"} if claimed.template in PRIVATE else {})
        with self._database.beside() as connection:
            connection.execute(update(notice).where(notice.c.id == claimed.id).values(**values))

    def failed(self, claimed: Notice, now: datetime.datetime) -> None:
        """Try again later, less and less often; after the last try give up."""
        if claimed.attempts >= len(RETRIES):
            self.sent(claimed, now)
            return
        again = now + datetime.timedelta(minutes=RETRIES[claimed.attempts])
        with self._database.beside() as connection:
            connection.execute(update(notice).where(notice.c.id == claimed.id).values(due_at=timestamp(again)))

    def of(self, account_id: str, limit: int = SHOWN) -> list[Notice]:
        """What they read in the app: first what they have not read, of both the newest first, so that nothing is hidden
        behind what they know. Links with secrets go by mail alone.
        """
        query = (
            select(notice, account.c.email, account.c.name, account.c.language)
            .join_from(notice, account)
            .where(*_in_the_app(account_id))
            .order_by(notice.c.read_at.is_not(None), notice.c.created_at.desc(), notice.c.id)
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [_notice(row) for row in connection.execute(query)]

    def unread(self, account_id: str) -> int:
        """How many of those they have not read, however many are shown at once."""
        query = select(func.count()).where(*_in_the_app(account_id), notice.c.read_at.is_(None))
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one()

    def read(self, account_id: str, ids: Collection[str], now: datetime.datetime) -> None:
        """They have read these; what is not theirs, and what they read before, stays as it is."""
        mine = (notice.c.account == account_id, notice.c.read_at.is_(None), notice.c.id.in_(sorted(set(ids))))
        with self._database.beside() as connection:
            connection.execute(update(notice).where(*mine).values(read_at=timestamp(now)))


def _in_the_app(account_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What this account reads in the app."""
    return notice.c.account == account_id, notice.c.template.not_in(sorted(PRIVATE))


def _notice(row: Any) -> Notice:
    return Notice(
        row.id,
        row.template,
        json.loads(row.payload),
        row.created_at,
        row.read_at,
        row.attempts,
        row.email,
        row.name,
        row.language,
    )
