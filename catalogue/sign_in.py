"""Proving who somebody is: passwords, links by mail, sessions, keys.

No answer tells whether an address has an account. A password is only ever set by a link that was mailed: whoever
registers somebody else's address cannot choose the password of that account.
"""

import datetime
import uuid
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from catalogue import demo, passwords
from catalogue.errors import Conflict, InvalidParameter, NotAllowed, SignInNeeded, TooManyAttempts
from catalogue.people import HOSTS, VISITOR, Grant, Person, Role
from catalogue.store.accounts import Account, Accounts, waiting
from catalogue.store.events import timestamp
from catalogue.store.notices import Notices
from catalogue.store.sessions import ApiKey, Session, Sessions
from catalogue.store.store import Store

IDLE, LONGEST = datetime.timedelta(hours=8), datetime.timedelta(days=7)  # a working day; then sign in again
CONFIRM_WITHIN, RESET_WITHIN = datetime.timedelta(hours=24), datetime.timedelta(hours=1)  # notices.yaml says so
INVITED_FOR = datetime.timedelta(days=7)
KEY_LASTS, KEY_LONGEST = 90, 365  # days
WINDOW = datetime.timedelta(minutes=15)
# Within the window: people mistype a few times; many people share an office's address.
PER_ACCOUNT, PER_ADDRESS, MAILS_PER_ACCOUNT = 10, 60, 3
INVITATIONS = 30  # of one inviter, within the window: each may be a mail to anybody
SCOPES = ("read", "import", "curate")
# What lets a key do something that changes the catalogue: a scope passes on these roles.
CARRIES = {"import": HOSTS, "curate": {Role.CURATOR}}
KEY_PREFIX = "hgt_"

MailedLink = Literal["confirm", "reset", "invited"]


@dataclass(frozen=True)
class SignIn:
    """Everything about proving who somebody is, over one store."""

    accounts: Accounts
    sessions: Sessions
    notices: Notices

    @classmethod
    def over(cls, store: Store) -> "SignIn":
        """Of this store."""
        return cls(Accounts(store.database), Sessions(store.database), Notices(store.database))

    def with_password(self, email: str, password: str, address: str, now: datetime.datetime) -> str:
        """A new session's secret; raises ``SignInNeeded``, alike for whatever is wrong, or ``TooManyAttempts``."""
        with suppress(InvalidParameter):  # what is no address is nobody's
            email = passwords.normalised(email)
        known = passwords.digest(f"account {email}")
        self._slow_down({known: PER_ACCOUNT, _of(address): PER_ADDRESS}, now)
        account = self.accounts.by_email(email)
        right = passwords.matches(password, account.password if account and account.active else "")
        if not right or account is None:
            raise _wrong()
        secret = self.begin(account.id, now, account.password)
        self.sessions.forgive(known)
        return secret

    def begin(self, account_id: str, now: datetime.datetime, password: str | None = None) -> str:
        """A new session's secret for somebody who has proved who they are.

        Raises ``SignInNeeded`` where they did so by a ``password`` (its hash) that is not the account's any more.
        """
        secret = passwords.secret()
        if not self.sessions.open(
            passwords.digest(secret), account_id, passwords.secret(), now, now + LONGEST, password
        ):
            raise _wrong()
        return secret

    def session(self, secret: str, now: datetime.datetime) -> Session | None:
        """Whose session this secret is of."""
        found = self.sessions.find(passwords.digest(secret), now, IDLE)
        return found if found and self._real(found.person) else None

    def ask_for_mail(self, email: str, address: str, now: datetime.datetime) -> None:
        """Count that somebody wants a mail sent to this normalised address; raises ``TooManyAttempts``."""
        self._slow_down({passwords.digest(f"mail {email}"): MAILS_PER_ACCOUNT, _of(address): PER_ADDRESS}, now)

    def register(self, new: Account, now: datetime.datetime) -> None:
        """Add an account and mail the link that sets its password. Who has one already is told so by mail, not here."""
        try:
            self.accounts.add(new, actor=new.id)
        except Conflict:
            known = self.accounts.by_email(new.email)
            if known and known.active:
                self.notices.post(known.id, "known", {}, now)
            elif known and not known.disabled_at:
                self.accounts.register_again(known.id, new)
                self.mail_link(known.id, "confirm", CONFIRM_WITHIN, now)
            return
        self.mail_link(new.id, "confirm", CONFIRM_WITHIN, now)

    def forgot(self, email: str, now: datetime.datetime) -> None:
        """Mail a link to set a new password, where this normalised address has an account."""
        account = self.accounts.by_email(email)
        if account and not account.disabled_at:
            self.mail_link(account.id, "reset", RESET_WITHIN, now)

    def reset(self, secret: str, password: str, now: datetime.datetime) -> str | None:
        """Set a new password by a mailed link and end all sessions and keys; id of the account, None for a void link.

        Raises ``InvalidParameter`` for a password that is too easy; the link stays valid until it has set one.
        """
        account_id = self.sessions.offered(passwords.digest(secret), now)
        account = self.accounts.get(account_id) if account_id else None
        if account is None or account.disabled_at:
            return None
        stored = passwords.hashed(password, account.email)
        return account.id if self.accounts.set_password(account.id, stored, now, passwords.digest(secret)) else None

    def slow_down_invitations(self, inviter: str, now: datetime.datetime) -> None:
        """Count one more invitation by this account; raises ``TooManyAttempts``."""
        self._slow_down({passwords.digest(f"invites {inviter}"): INVITATIONS}, now)

    def invite(
        self, email: str, name: str, language: str, grants: tuple[Grant, ...], actor: str, now: datetime.datetime
    ) -> Account:
        """Give the address an account with these roles, or the account that it has; one without a password gets a link
        by mail.

        Raises ``InvalidParameter`` for an unknown organisation; then nothing is changed and nobody is told.
        """
        new = waiting(passwords.normalised(email), name, language, now)
        account = self.accounts.admit(new, grants, actor, now)
        if not account.password and not account.disabled_at:
            self.mail_link(account.id, "invited", INVITED_FOR, now)
        return account

    def link(self, account_id: str, lasts: datetime.timedelta, now: datetime.datetime) -> str:
        """The secret of a new link that sets a password; once one of theirs has, all others are void."""
        secret = passwords.secret()
        self.sessions.offer(passwords.digest(secret), account_id, now, now + lasts)
        return secret

    def mail_link(
        self, account_id: str, template: MailedLink, lasts: datetime.timedelta, now: datetime.datetime
    ) -> None:
        """Mail such a link."""
        self.notices.post(account_id, template, {"token": self.link(account_id, lasts, now)}, now)

    def new_key(
        self, account_id: str, name: str, scopes: Collection[str], days: int, now: datetime.datetime
    ) -> tuple[str, ApiKey]:
        """A new API key: its secret, which nobody can read again, and what is known of it."""
        secret = passwords.secret(KEY_PREFIX)
        ends = timestamp(now + datetime.timedelta(days=days))
        prefix = secret[: len(KEY_PREFIX) + 6]
        key = ApiKey(uuid.uuid4().hex[:12], account_id, name, prefix, frozenset(scopes), timestamp(now), ends)
        self.sessions.add_key(passwords.digest(secret), key)
        return secret, key

    def of_key(self, secret: str, changes: bool, now: datetime.datetime) -> Person | None:
        """Who a key lets somebody be: to read, its holder, no administrator; to change, what its scopes carry."""
        held = self.sessions.holder(passwords.digest(secret), now)
        if held is None or not self._real(held[0]):
            return None
        person, scopes = held
        if not changes:
            return limited(person, frozenset(SCOPES)) if "read" in scopes else VISITOR
        return limited(person, scopes)

    def for_demo(self, account_id: str, now: datetime.datetime) -> str:
        """A new session's secret for one of the demo's people; raises ``NotAllowed`` beside real data."""
        if not demo.is_demo(account_id) or not demo.only_sample(self.accounts):
            raise NotAllowed(
                "One-click sign-in works only in a demo that holds sample data alone.",
                "การเข้าสู่ระบบด้วยคลิกเดียวใช้ได้เฉพาะในระบบสาธิตที่มีแต่ข้อมูลตัวอย่าง",
            )
        demo.add(account_id, self.accounts, now)
        return self.begin(account_id, now)

    def _real(self, person: Person) -> bool:
        """Is this no person of the demo who has got beside real data?"""
        return not demo.is_demo(person.id) or demo.only_sample(self.accounts)

    def _slow_down(self, limits: dict[str, int], now: datetime.datetime) -> None:
        if self.sessions.too_many(limits, now, WINDOW):
            raise TooManyAttempts(
                "This was tried too often. Wait a quarter of an hour, then try again.",
                "ลองบ่อยเกินไป โปรดรอ 15 นาทีแล้วลองใหม่",
            )


def limited(person: Person, scopes: frozenset[str]) -> Person:
    """The person with those roles alone that these scopes carry; an administrator's curating among them.

    What their organisations sent they do not review with a key either, whatever it leaves them of their roles.
    """
    carried = {role for scope in scopes for role in CARRIES.get(scope, ())}
    grants = tuple(
        Grant(Role.CURATOR) if grant.role == Role.ADMIN else grant
        for grant in person.grants
        if grant.role in carried or (grant.role == Role.ADMIN and Role.CURATOR in carried)
    )
    return Person(person.id, person.name, person.language, grants, belongs_to=person.organisations)


def _wrong() -> SignInNeeded:
    return SignInNeeded(
        "E-mail address or password are not right, or the address is not confirmed yet.",
        "อีเมลหรือรหัสผ่านไม่ถูกต้อง หรือยังไม่ได้ยืนยันที่อยู่อีเมล",
    )


def _of(address: str) -> str:
    return passwords.digest(f"address {address}")
