"""`/api/v1/me`, `/keys`, `/notices`, `/people`: one's own account, and the accounts that one manages."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from catalogue import notices, passwords
from catalogue.api.parts import Parts, PartsDep
from catalogue.api.person import REFUSALS, InSession, NowDep, PersonDep, SessionDep, SignedIn, SignInDep
from catalogue.entries import Language
from catalogue.errors import InvalidParameter, NotAllowed
from catalogue.people import HOSTS, Grant, Person, Role
from catalogue.sign_in import KEY_LASTS, KEY_LONGEST, SignIn
from catalogue.store.accounts import Account
from catalogue.store.sessions import ApiKey

router = APIRouter(tags=["people"], responses=REFUSALS)
Id = Annotated[str, Path(max_length=40)]


class Held(BaseModel):
    """A role that somebody holds or is to hold: hosts for an organisation, curators within themes or everywhere."""

    model_config = ConfigDict(extra="forbid")

    role: Role
    organisation: str | None = Field(None, max_length=40)
    themes: list[Annotated[str, Field(max_length=60)]] = Field(default_factory=list, max_length=40)


class Me(BaseModel):
    """Whoever asks. ``csrf``: what unsafe requests of this session repeat as X-CSRF-Token."""

    signed_in: bool
    id: str
    name: str
    language: str
    grants: list[Held]
    csrf: str | None
    unread: int


class Key(BaseModel):
    """An API key without its secret."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    created_at: str
    expires_at: str
    used_at: str | None
    revoked_at: str | None


class Keys(BaseModel):
    """One's keys, the newest first."""

    items: list[Key]


class NewKey(BaseModel):
    """What a key is for, what it may do, and for how many days."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=80)
    scopes: list[Literal["read", "import", "curate"]] = Field(min_length=1, max_length=3)
    days: int = Field(KEY_LASTS, ge=1, le=KEY_LONGEST)


class MadeKey(Key):
    """A new key with its secret, which is shown this once."""

    secret: str


class Told(BaseModel):
    """One notice in the reader's language."""

    id: str
    template: str
    at: str
    read: bool
    subject: str
    text: str
    link: str = Field(description="Path on this site.")


class Notices(BaseModel):
    """Notices: first those that were not read."""

    items: list[Told]


class Read(BaseModel):
    """The ids of notices that were shown."""

    model_config = ConfigDict(extra="forbid")

    ids: list[Annotated[str, Field(max_length=40)]] = Field(max_length=100)


class Someone(BaseModel):
    """An account as those see it who manage it."""

    id: str
    email: str
    name: str
    asks_for: str
    confirmed: bool
    disabled: bool
    grants: list[Held]


class People(BaseModel):
    """Accounts in order of their address."""

    items: list[Someone]


class Invitation(BaseModel):
    """Whom to invite, and as what."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=254)
    name: str = Field(min_length=1, max_length=120)
    language: Language = "th"
    grant: Held


@router.get("/me")
def me(person: PersonDep, session: SessionDep, sign_in: SignInDep) -> Me:
    """Who the server takes you for; a visitor where you show no valid session or key."""
    return Me(
        signed_in=session is not None,
        id=person.id,
        name=person.name,
        language=person.language,
        grants=[_held(grant) for grant in person.grants],
        csrf=session.csrf if session else None,
        unread=sign_in.notices.unread(person.id),
    )


@router.get("/keys")
def keys(person: InSession, sign_in: SignInDep) -> Keys:
    """Your API keys, the newest first, also those that ended."""
    return Keys(items=[_key(key) for key in sign_in.sessions.keys_of(person.id)])


@router.post("/keys", status_code=201)
def make_key(new: NewKey, person: InSession, sign_in: SignInDep, at: NowDep) -> MadeKey:
    """Make an API key. Its secret is in this answer and nowhere else."""
    secret, key = sign_in.new_key(person.id, new.name, new.scopes, new.days, at)
    return MadeKey(**_key(key).model_dump(), secret=secret)


@router.delete("/keys/{key_id}", status_code=204)
def revoke_key(key_id: Id, person: InSession, sign_in: SignInDep, at: NowDep) -> None:
    """End a key of yours; nothing happens where it has ended or is not yours."""
    sign_in.sessions.revoke_key(person.id, key_id, at)


@router.get("/notices")
def notices_(person: SignedIn, sign_in: SignInDep, lang: Annotated[Language | None, Query()] = None) -> Notices:
    """What you were told: first what you have not read, of both the newest first; as many as are shown at once."""
    items = []
    for told in sign_in.notices.of(person.id):
        words = notices.worded(told.template, told.payload, told.name, lang or told.language, site="")
        items.append(
            Told(
                id=told.id,
                template=told.template,
                at=told.created_at,
                read=told.read_at is not None,
                subject=words.subject,
                text=words.text.replace(words.link, "").strip(),
                link=words.link,
            )
        )
    return Notices(items=items)


@router.post("/notices/read", status_code=204)
def read_notices(read: Read, person: InSession, sign_in: SignInDep, at: NowDep) -> None:
    """You have read these; what came meanwhile, and what was not shown, stays unread."""
    sign_in.notices.read(person.id, read.ids, at)


@router.get("/people")
def people(person: InSession, sign_in: SignInDep) -> People:
    """The accounts that you manage: all for an administrator, those of their organisation for its admins."""
    if person.is_admin:
        return People(items=[_someone(account) for account in sign_in.accounts.everybody()])
    mine = managed(person)
    if not mine:
        raise _not_yours()
    found = {a.id: a for organisation in sorted(mine) for a in sign_in.accounts.concerned(organisation)}
    return People(items=[_someone(a, mine) for a in found.values() if _is_managed(a, person)])


@router.post("/people", status_code=201)
def invite(new: Invitation, person: InSession, sign_in: SignInDep, at: NowDep, parts: PartsDep) -> Invitation:
    """Give somebody a role; who has no password yet gets a link to set one. The answer is what you sent, whether or
    not the address has an account; to one that reviews, only an administrator gives a role.
    """
    grant = _new_grant(new.grant, person, parts)
    sign_in.slow_down_invitations(person.id, at)
    known = sign_in.accounts.by_email(passwords.normalised(new.email))
    if known is None or _may_join(known, person):
        sign_in.invite(new.email, new.name, new.language, (grant,), person.id, at)
    return new


@router.post("/people/{account_id}/grants", status_code=204)
def give_role(account_id: Id, held: Held, person: InSession, sign_in: SignInDep, at: NowDep, parts: PartsDep) -> None:
    """Give a role to an account."""
    grant = _new_grant(held, person, parts)
    account = _managed_account(account_id, person, sign_in)
    if not _may_join(account, person):
        raise _not_yours()
    sign_in.accounts.grant(account_id, grant, person.id, at)


@router.post("/people/{account_id}/grants/revoke", status_code=204)
def take_role(account_id: Id, held: Held, person: InSession, sign_in: SignInDep, at: NowDep) -> None:
    """Take a role from an account; from its next request on it is gone."""
    grant = _grant(held, person)
    account = _managed_account(account_id, person, sign_in)
    # Nor end it: a reviewer would review at once what they sent as a host.
    if not _may_join(account, person):
        raise _not_yours()
    sign_in.accounts.revoke(account_id, grant, person.id, at)


@router.post("/people/{account_id}/disable", status_code=204)
def disable(account_id: Id, person: InSession, sign_in: SignInDep, at: NowDep) -> None:
    """End an account with its sessions and keys; administrators only, and not their own."""
    if not person.is_admin or account_id == person.id or sign_in.accounts.get(account_id) is None:
        raise _not_yours()
    sign_in.accounts.disable(account_id, person.id, at)


@router.post("/people/{account_id}/enable", status_code=204)
def enable(account_id: Id, person: InSession, sign_in: SignInDep, at: NowDep) -> None:
    """Open an account that was disabled; administrators only. Its owner sets a new password by a mailed link."""
    if not person.is_admin or sign_in.accounts.get(account_id) is None:
        raise _not_yours()
    sign_in.accounts.enable(account_id, person.id, at)


def managed(person: Person) -> frozenset[str]:
    """The organisations whose members this person manages."""
    return frozenset(g.organisation for g in person.grants if g.role == Role.HOST_ADMIN and g.organisation)


def _new_grant(held: Held, person: Person, parts: Parts) -> Grant:
    """As :func:`_grant`; raises ``InvalidParameter`` for themes that do not exist. Old ones can still be taken away."""
    grant = _grant(held, person)
    if unknown := sorted(grant.themes - parts.vocabulary.themes.keys()):
        raise InvalidParameter(
            f"There is no theme {', '.join(unknown)}. /api/v1/themes lists them.",
            f"ไม่มีหมวด {', '.join(unknown)} ดูรายการได้ที่ /api/v1/themes",
            field="themes",
        )
    return grant


def _grant(held: Held, person: Person) -> Grant:
    """The role as a grant, if this person may give it; a role of hosts has an organisation, admin has none."""
    host = held.role in HOSTS
    if not person.is_admin and not (host and held.organisation in managed(person)):
        raise _not_yours()
    if host != bool(held.organisation) and held.role != Role.CURATOR:
        raise InvalidParameter(
            "A host has the role for one organisation; an administrator has none.",
            "บทบาทเจ้าภาพต้องระบุหน่วยงานหนึ่งแห่ง ส่วนผู้ดูแลระบบไม่ต้องระบุ",
            field="organisation",
        )
    return Grant(held.role, held.organisation, frozenset(held.themes) if held.role == Role.CURATOR else frozenset())


def _managed_account(account_id: str, person: Person, sign_in: SignIn) -> Account:
    """The account; refuses alike one that does not exist and one that belongs to others."""
    account = sign_in.accounts.get(account_id)
    if account is None or not (person.is_admin or _is_managed(account, person)):
        raise _not_yours()
    return account


def _is_managed(account: Account, person: Person) -> bool:
    """Is it a host of an organisation whose members this person manages, or does it ask, and may it, to be one?"""
    mine = managed(person)
    return bool(account.person.organisations & mine) or (account.asks_for in mine and _may_join(account, person))


def _may_join(account: Account, person: Person) -> bool:
    """May this person make a host of the account? A reviewer's only as an administrator: it ends their reviewing of
    what these hosts send (:meth:`Person.curates`).
    """
    return person.is_admin or not account.person.is_curator


def _not_yours() -> NotAllowed:
    return NotAllowed(
        "Only an administrator, or the admin of their organisation, may do this.",
        "เฉพาะผู้ดูแลระบบ หรือผู้ดูแลของหน่วยงานนั้น จึงทำรายการนี้ได้",
    )


def _held(grant: Grant) -> Held:
    return Held(role=grant.role, organisation=grant.organisation, themes=sorted(grant.themes))


def _key(key: ApiKey) -> Key:
    values: dict[str, Any] = {name: getattr(key, name) for name in Key.model_fields}
    return Key(**values | {"scopes": sorted(key.scopes)})


def _someone(account: Account, organisations: frozenset[str] | None = None) -> Someone:
    """The account; with ``organisations`` only the hosts' roles and the wish that concern those."""
    return Someone(
        id=account.id,
        email=account.email,
        name=account.name,
        asks_for=account.asks_for if organisations is None or account.asks_for in organisations else "",
        confirmed=account.confirmed_at is not None,
        disabled=account.disabled_at is not None,
        grants=[
            _held(g)
            for g in account.grants
            if organisations is None or (g.organisation in organisations and g.role in HOSTS)
        ],
    )
