"""Accounts and the roles that they hold. Personal data: events name accounts by their ids alone."""

import datetime
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from catalogue.errors import Conflict, InvalidParameter
from catalogue.people import HOSTS, Grant, Person, Role
from catalogue.store.database import Database
from catalogue.store.events import timestamp
from catalogue.store.store import Fact, Writer
from catalogue.store.tables import account, api_key, entry, event, held_role, notice, session, token

ERASED = "@erased.invalid"  # of an account of which nothing but the id is known any more


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in. ``password`` is a hash; empty where none was set yet."""

    id: str
    email: str
    name: str
    language: str
    password: str
    asks_for: str
    created_at: str
    confirmed_at: str | None
    disabled_at: str | None
    grants: tuple[Grant, ...] = ()

    @property
    def active(self) -> bool:
        """May they sign in, with the right password?"""
        return bool(self.password and self.confirmed_at) and not self.disabled_at

    @property
    def person(self) -> Person:
        """Who they are to the catalogue."""
        return Person(self.id, self.name, self.language, self.grants)


def waiting(email: str, name: str, language: str, now: datetime.datetime, asks_for: str = "") -> Account:
    """A new account, not stored yet, whose password is set by a link. Its id says nothing about it.

    Raises ``InvalidParameter`` for an address of those whose account was erased: nobody else gets that of another.
    """
    if email.endswith(ERASED):
        raise InvalidParameter(
            "No mail reaches this address. Choose another one.", "ที่อยู่อีเมลนี้รับอีเมลไม่ได้ โปรดใช้ที่อยู่อื่น", field="email"
        )
    return Account(f"U-{secrets.token_hex(6)}", email, name, language, "", asks_for, timestamp(now), None, None)


class Accounts:
    """The accounts of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, account_id: str) -> Account | None:
        """The account with its roles; None where there is none."""
        return next(iter(self._found(select(account).where(account.c.id == account_id))), None)

    def by_email(self, email: str) -> Account | None:
        """The account of this normalised address."""
        return next(iter(self._found(select(account).where(account.c.email == email))), None)

    def everybody(self) -> list[Account]:
        """All accounts, in order of address."""
        return self._found(select(account).order_by(account.c.email))

    def concerned(self, organisation: str) -> list[Account]:
        """Who is a host for an organisation, or asks to be one; in order of address."""
        hosts = held_role.c.role.in_([role.value for role in HOSTS])
        holders = select(held_role.c.account).where(held_role.c.organisation == organisation, hosts)
        mine = account.c.id.in_(holders) | (account.c.asks_for == organisation)
        return self._found(select(account).where(mine).order_by(account.c.email))

    def add(self, new: Account, actor: str) -> None:
        """Add an account with its roles; raises ``Conflict`` where the address has one."""
        try:
            with self._database.writing() as connection:
                _add(connection, new)
                for grant in new.grants:
                    _grant(connection, new.id, grant, actor, new.created_at)
        except IntegrityError:
            raise Conflict("This address has an account already.", "ที่อยู่อีเมลนี้มีบัญชีอยู่แล้ว", field="email") from None

    def admit(self, new: Account, grants: Sequence[Grant], actor: str, now: datetime.datetime) -> Account:
        """Give these roles to the account of this address, which is ``new`` where it has none; the account.

        Raises ``InvalidParameter`` for an organisation that does not exist; then nothing is changed.
        """
        with self._database.writing() as connection:
            known = connection.execute(select(account.c.id).where(account.c.email == new.email)).scalar()
            if known is None:
                _add(connection, new)
            for grant in grants:
                _give(connection, known or new.id, grant, actor, now)
        return self.get(known or new.id) or new

    def register_again(self, account_id: str, new: Account) -> None:
        """Take name, language and wish of ``new``, unless somebody confirmed the address or gave the account a role:
        who registered an address first need not be its owner.
        """
        untouched = account.c.confirmed_at.is_(None) & account.c.id.not_in(select(held_role.c.account))
        mine = update(account).where(account.c.id == account_id, untouched)
        with self._database.beside() as connection:
            connection.execute(mine.values(name=new.name, language=new.language, asks_for=new.asks_for))

    def set_password(self, account_id: str, password: str, now: datetime.datetime, link: str | None = None) -> bool:
        """Give the account this hash, confirm it (its mail was read), and end all its sessions, links and keys:
        whoever had the old password may have made one.

        ``link``: digest of the mailed link by which they do so. False, and nothing is changed, where it is void by now:
        of two who use it at once, one sets the password.
        """
        with self._database.writing() as connection:
            if link and connection.execute(delete(token).where(token.c.hash == link)).rowcount != 1:
                return False
            confirmed = func.coalesce(account.c.confirmed_at, timestamp(now))
            mine = update(account).where(account.c.id == account_id)
            connection.execute(mine.values(password=password, confirmed_at=confirmed))
            _end_all(connection, account_id, now)
        return True

    def disable(self, account_id: str, actor: str, now: datetime.datetime) -> None:
        """End the account with its sessions, links and keys; its id stays in the history."""
        with self._database.writing() as connection:
            connection.execute(
                update(account).where(account.c.id == account_id).values(disabled_at=timestamp(now), password="")
            )
            _end_all(connection, account_id, now)
            _tell(connection, "person.disabled", {"account": account_id}, actor, timestamp(now))

    def erase(self, account_id: str, actor: str, now: datetime.datetime) -> None:
        """End the account and forget who it was: name, address, what it was told, what it called its keys. Its id stays
        in the history.
        """
        nobody = {"email": f"{account_id.lower()}{ERASED}", "name": "", "asks_for": "", "password": ""}
        with self._database.writing() as connection:
            for table in (notice, held_role):
                connection.execute(delete(table).where(table.c.account == account_id))
            mine = update(account).where(account.c.id == account_id)
            connection.execute(mine.values(**nobody, disabled_at=timestamp(now)))
            connection.execute(update(api_key).where(api_key.c.account == account_id).values(name="", prefix=""))
            _end_all(connection, account_id, now)
            _tell(connection, "person.erased", {"account": account_id}, actor, timestamp(now))

    def enable(self, account_id: str, actor: str, now: datetime.datetime) -> None:
        """Open an account that was disabled, with the roles that it held; it has no password until a link sets one."""
        closed = account.c.disabled_at.is_not(None) & account.c.email.not_like(f"%{ERASED}")
        with self._database.writing() as connection:
            mine = update(account).where(account.c.id == account_id, closed)
            if connection.execute(mine.values(disabled_at=None)).rowcount:
                _tell(connection, "person.enabled", {"account": account_id}, actor, timestamp(now))

    def grant(self, account_id: str, grant: Grant, actor: str, now: datetime.datetime) -> None:
        """Give a role, or the same role with other themes."""
        with self._database.writing() as connection:
            _give(connection, account_id, grant, actor, now)

    def revoke(self, account_id: str, grant: Grant, actor: str, now: datetime.datetime) -> bool:
        """Take a role away; whether they held it."""
        with self._database.writing() as connection:
            held = _take(connection, account_id, grant)
            if held:
                _tell(connection, "person.revoked", _described(account_id, grant), actor, timestamp(now))
        return held

    def actors(self) -> set[str]:
        """Whoever wrote an event, and every account."""
        with self._database.reading() as connection:
            wrote = connection.execute(select(event.c.actor).distinct()).scalars()
            return {*wrote, *connection.execute(select(account.c.id)).scalars()}

    def _found(self, query: Select[*tuple[object, ...]]) -> list[Account]:
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
            grants = grants_of(connection, [row.id for row in rows])
        return [_account(row, grants.get(row.id, ())) for row in rows]


def grants_of(connection: Connection, accounts: Sequence[str]) -> dict[str, tuple[Grant, ...]]:
    """The roles of these accounts, by account."""
    found: dict[str, tuple[Grant, ...]] = {}
    query = select(held_role).order_by(held_role.c.account, held_role.c.role, held_role.c.organisation)
    if len(accounts) == 1:
        query = query.where(held_role.c.account == accounts[0])
    for row in connection.execute(query):
        grant = Grant(Role(row.role), row.organisation or None, frozenset(json.loads(row.themes)))
        found[row.account] = (*found.get(row.account, ()), grant)
    return found


def _account(row: Row[*tuple[object, ...]], grants: tuple[Grant, ...]) -> Account:
    return Account(**row._asdict(), grants=grants)


def _is_organisation(connection: Connection, organisation: str) -> bool:
    found = select(entry.c.id).where(entry.c.id == organisation, entry.c.kind == "organization")
    return connection.execute(found).first() is not None


def _end_all(connection: Connection, account_id: str, now: datetime.datetime) -> None:
    for table in (session, token):
        connection.execute(delete(table).where(table.c.account == account_id))
    keys = update(api_key).where(api_key.c.account == account_id, api_key.c.revoked_at.is_(None))
    connection.execute(keys.values(revoked_at=timestamp(now)))


def _add(connection: Connection, new: Account) -> None:
    row = {name: getattr(new, name) for name in account.columns.keys()}  # noqa: SIM118  # no mapping
    connection.execute(insert(account).values(**row))


def _give(connection: Connection, account_id: str, grant: Grant, actor: str, now: datetime.datetime) -> None:
    if grant.organisation and not _is_organisation(connection, grant.organisation):
        raise InvalidParameter(
            "No organisation has this id. /api/v1/organisations lists them.",
            "ไม่มีหน่วยงานรหัสนี้ ดูรายการได้ที่ /api/v1/organisations",
            field="organisation",
        )
    _take(connection, account_id, grant)
    _grant(connection, account_id, grant, actor, timestamp(now))


def _take(connection: Connection, account_id: str, grant: Grant) -> bool:
    which = (
        (held_role.c.account == account_id)
        & (held_role.c.role == grant.role.value)
        & (held_role.c.organisation == (grant.organisation or ""))
    )
    return connection.execute(delete(held_role).where(which)).rowcount == 1


def _grant(connection: Connection, account_id: str, grant: Grant, actor: str, at: str) -> None:
    connection.execute(
        insert(held_role).values(
            account=account_id,
            role=grant.role.value,
            organisation=grant.organisation or "",
            themes=json.dumps(sorted(grant.themes)),
            granted_at=at,
        )
    )
    _tell(connection, "person.granted", _described(account_id, grant), actor, at)


def _described(account_id: str, grant: Grant) -> dict[str, object]:
    return {
        "account": account_id,
        "role": grant.role.value,
        "organisation": grant.organisation,
        "themes": sorted(grant.themes),
    }


def _tell(connection: Connection, kind: str, payload: dict[str, object], actor: str, at: str) -> None:
    Writer(connection).apply([Fact(kind, payload)], actor, at=datetime.datetime.fromisoformat(at))
