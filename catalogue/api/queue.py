"""`/api/v1/queue`, `/api/v1/own-entries`: what waits for curators, and how the entries of one's organisation stand."""

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from catalogue import review
from catalogue.api.decisions import names
from catalogue.api.parts import Parts, PartsDep
from catalogue.api.person import NowDep, SignedIn, SignInDep
from catalogue.api.vocabularies import Label
from catalogue.curation import LABELS, Status
from catalogue.decisions import OVERDUE_AFTER, WAITING, Action
from catalogue.entries import Kind, Text
from catalogue.errors import NotAllowed
from catalogue.people import Person
from catalogue.problems import Problem
from catalogue.store.events import Event
from catalogue.store.reading import Outline, Stored

router = APIRouter(tags=["curation"], responses={401: {"model": Problem}, 403: {"model": Problem}})
FURTHEST = 10_000_000  # beyond what the database counts it would be an error of ours
DAY = datetime.timedelta(days=1)


class Claimed(BaseModel):
    """Who reviews an entry, and until when nobody else may."""

    name: str
    mine: bool
    until: datetime.datetime
    live: bool = Field(description="False: the time is up, another curator may take over.")


class Stands(NamedTuple):
    """How an entry of a list stands, beside what it is."""

    since: datetime.datetime
    overdue: bool
    days: int
    answered: bool
    claim: Claimed | None


class Item(BaseModel):
    """An entry in a list of work."""

    id: str
    kind: Kind
    title: Text | None = Field(description="Null for a draft without one.")
    theme: str | None
    provinces: list[str]
    owner: str
    owner_label: Label
    status: Status
    status_label: Label
    revision: int
    since: datetime.datetime
    days: int = Field(description="Whole days since then.")
    overdue: bool
    answered: bool = Field(description="The host has answered a request for edits.")
    claim: Claimed | None


class Choice(BaseModel):
    """A value of a filter and how many entries of the list carry it."""

    value: str
    label: Label
    count: int


class Queue(BaseModel):
    """What waits for this curator, the longest waiting first. ``next``: the first that nobody else reviews."""

    total: int
    overdue: int
    overdue_after_days: int
    next: str | None
    items: list[Item]
    themes: list[Choice]
    organisations: list[Choice]
    provinces: list[Choice]


class OwnEntries(BaseModel):
    """The entries of one's organisations, newest change first. ``statuses``: what stands where, whatever is shown."""

    total: int
    items: list[Item]
    statuses: list[Choice]


class QueueParams(BaseModel):
    """Filters of the queue; all that are given must hold."""

    model_config = ConfigDict(extra="forbid")

    status: Literal[Status.EDITS_REQUESTED, Status.REJECTED, Status.WITHDRAWN] | None = Field(
        None, description="Instead of what waits: what stands there, the last changed first."
    )
    theme: str | None = Field(None, max_length=60)
    organisation: str | None = Field(None, max_length=40, description="Id of the organisation that sent the entry.")
    province: str | None = Field(None, max_length=10)
    claimed: Literal["free", "mine", "others"] | None = None
    overdue: bool | None = None
    after: str | None = Field(None, max_length=40, description="`next` is the one after this entry.")
    limit: int = Field(50, ge=1, le=200)
    offset: int = Field(0, ge=0, le=FURTHEST)


@router.get("/queue")
def queue(
    params: Annotated[QueueParams, Query()], parts: PartsDep, person: SignedIn, at: NowDep, sign_in: SignInDep
) -> Queue:
    """The entries that wait for you to review, oldest first; or those that wait no more, where `status` names them."""
    if not person.is_curator:
        raise NotAllowed("Curators alone have a queue.", "คิวตรวจมีไว้สำหรับผู้ตรวจเท่านั้น")
    statuses = WAITING if params.status is None else (params.status,)
    outlines = [
        one for one in parts.store.outlines(statuses) if review.sees(person, one) and review.curates(person, one)
    ]
    stands = _stands(person, at, names(sign_in))
    waiting = [(one, stands(one, one.details)) for one in outlines]
    if params.status is None:
        waiting.sort(key=lambda pair: (pair[1].since, pair[0].id))
    else:
        waiting.sort(key=lambda pair: -pair[0].revision)
    shown = {one.id: how for one, how in waiting if _fits(one, how, params)}
    free = [i for i, how in shown.items() if how.claim is None or how.claim.mine or not how.claim.live]
    page = list(shown)[params.offset : params.offset + params.limit]
    found = {stored.id: (stored, event) for stored, event in parts.store.latest(ids=page)}
    return Queue(
        total=len(shown),
        overdue=sum(how.overdue for how in shown.values()),
        overdue_after_days=OVERDUE_AFTER.days,
        next=_next(free, [one.id for one, _ in waiting], params.after) if params.status is None else None,
        items=[_item(parts, stands, *found[i]) for i in page if i in found],
        themes=_choices(parts, "theme", ([one.theme] for one, _ in waiting)),
        organisations=_choices(parts, "organisation", ([one.owner] for one, _ in waiting)),
        provinces=_choices(parts, "province", (one.provinces for one, _ in waiting)),
    )


@router.get("/own-entries")
def own_entries(
    parts: PartsDep,
    person: SignedIn,
    at: NowDep,
    sign_in: SignInDep,
    status: Status | None = None,
    kind: Kind | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=FURTHEST)] = 0,
) -> OwnEntries:
    """The entries of your organisations and how they stand, drafts too; those taken back where they are asked for."""
    counts = dict.fromkeys(Status, 0) | parts.store.standings(person.organisations, kind)
    asked = set(Status) - {Status.WITHDRAWN, Status.DISCARDED} if status is None else {status}
    page = parts.store.owned(person.organisations, asked, kind, limit, offset)
    found = {stored.id: (stored, event) for stored, event in parts.store.latest(ids=page)}
    stands = _stands(person, at, names(sign_in))
    return OwnEntries(
        total=sum(counts[one] for one in asked),
        items=[_item(parts, stands, *found[entry_id]) for entry_id in page if entry_id in found],
        statuses=[Choice(value=one, label=Label(**LABELS[one]), count=count) for one, count in counts.items()],
    )


def _stands(
    person: Person, at: datetime.datetime, name_of: review.NameOf
) -> Callable[[review.Held, Mapping[str, Any]], Stands]:
    """Tells how an entry stands by the details of its latest event; each account's name is asked for once."""
    named = lru_cache(None)(name_of)

    def stands(held: review.Held, details: Mapping[str, Any]) -> Stands:
        claim = review.standing_of(held, details, named).claim
        since = datetime.datetime.fromisoformat(review.waiting_since(held, details))
        waits = held.status in WAITING
        return Stands(
            since=since,
            overdue=waits and at - since > OVERDUE_AFTER,
            days=max(0, (at - since) // DAY),
            answered=waits and details.get("action") == Action.ANSWER,
            claim=Claimed(name=claim.name, mine=claim.by == person.id, until=claim.until, live=claim.until > at)
            if claim
            else None,
        )

    return stands


def _item(
    parts: Parts, stands: Callable[[review.Held, Mapping[str, Any]], Stands], stored: Stored, event: Event
) -> Item:
    return Item(
        id=stored.id,
        kind=stored.kind,
        title=Text.model_validate(title) if (title := stored.body.get("title")) else None,
        theme=stored.theme,
        provinces=stored.body.get("provinces", []),
        owner=stored.owner,
        owner_label=_label(parts, "organisation", stored.owner),
        status=stored.status,
        status_label=Label(**LABELS[stored.status]),
        revision=stored.revision,
        **stands(stored, review.details_of(event))._asdict(),
    )


def _fits(outline: Outline, stands: Stands, params: QueueParams) -> bool:
    held = stands.claim if stands.claim and stands.claim.live else None
    whose = "free" if held is None else "mine" if held.mine else "others"
    return (
        params.theme in (None, outline.theme)
        and params.organisation in (None, outline.owner)
        and (params.province is None or params.province in outline.provinces)
        and params.claimed in (None, whose)
        and params.overdue in (None, stands.overdue)
    )


def _next(free: list[str], waiting: list[str], after: str | None) -> str | None:
    """The first free entry behind ``after`` in the queue, filtered out or not; from its beginning where none is."""
    behind = set(waiting[waiting.index(after) + 1 :]) if after in waiting else set()
    return next((i for i in free if i in behind), next((i for i in free if i != after), None))


def _choices(parts: Parts, name: str, values: Iterable[Iterable[Any]]) -> list[Choice]:
    counted = Counter(value for several in values for value in several if value)
    return [Choice(value=v, label=_label(parts, name, v), count=n) for v, n in counted.most_common()]


def _label(parts: Parts, name: str, value: str) -> Label:
    known = parts.vocabulary.label(name, value)
    return Label(th=known.th, en=known.en)
