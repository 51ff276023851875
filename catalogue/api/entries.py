"""`/api/v1/entries`: one entry with everything linked to it, and the entries like it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from catalogue import history, hosting, review
from catalogue.api import visitors
from catalogue.api.decisions import EntryIdPath, etag
from catalogue.api.hosts import HostState
from catalogue.api.parts import MAY_BE_DEGRADED, Parts, PartsDep, told
from catalogue.api.person import REFUSALS, PersonDep
from catalogue.api.summaries import Summary, public, summaries
from catalogue.api.vocabularies import Label
from catalogue.curation import LABELS, UNSENT, Status
from catalogue.entries import Hackathon, Link, Organization, PainPoint, Proposal, Source, Text, parse
from catalogue.people import Person
from catalogue.problems import Problem
from catalogue.search.document import passages
from catalogue.search.index import LiveIndex
from catalogue.store.events import Event
from catalogue.store.linking import LinkRow
from catalogue.store.reading import Stored

router = APIRouter(prefix="/entries", tags=["entries"], responses={404: {"model": Problem}})
MOVED: dict[int | str, dict[str, Any]] = {308: {"model": Problem, "description": "Part of another entry now."}}
SIMILAR_DEPTH = 3  # times the limit: some of the nearest may have been withdrawn since they were indexed


class Linked(BaseModel):
    """An entry at the other end of a link between a proposal and a pain point."""

    id: str
    entry: Summary | None = Field(
        description="Null in an unpublished proposal alone, for an entry that you may not see or that has no title."
    )
    role: Literal["addresses", "partly"]
    reason: Text | None


class Provenance(BaseModel):
    """Where an entry's present content was written: the event, and the file's row where the file is public.

    Who wrote it, in which batch, and a host's own file are told to those alone who work on the entry.
    """

    revision: int
    at: str
    actor: str | None = None
    batch: str | None = None
    file: str | None = None
    sheet: str | None = None
    row: int | None = None


class MergedEntry(BaseModel):
    """An entry that became part of this one, with where it came from. Its id leads here."""

    id: str
    title: Text
    source: Source | None
    hackathon: str | None


class Progress(BaseModel):
    """How a problem stood once somebody had looked: what was done or seen, and where that can be checked."""

    at: str
    status: Status
    status_label: Label
    reason: str


class EntryPage(BaseModel):
    """One entry and what belongs to it. What was never submitted is as its host left it, and may lack any field."""

    entry: PainPoint | Proposal | Hackathon | Organization | dict[str, Any]
    status: str
    public: bool = Field(description="May everybody read it?")
    revision: int
    summary: Summary | None = Field(description="Null for a draft without a title.")
    hackathon: Summary | None
    proposals: list[Linked]
    pain_points: list[Linked]
    posed_here: list[Summary]
    submitted_here: list[Summary]
    provenance: dict[str, Provenance]
    merged: list[MergedEntry] = Field(default_factory=list)
    hosts: list[HostState] = Field(default_factory=list, description="One for each host, in their order.")
    progress: list[Progress] = Field(default_factory=list, description="Of a problem's way to its solution, in order.")


class Similar(BaseModel):
    """A near entry with its cosine, -1 to 1."""

    entry: Summary
    score: float


class SimilarEntries(BaseModel):
    """The nearest entries, best first."""

    hits: list[Similar]


def moved(parts: Parts, entry_id: str) -> str | None:
    """The published entry that this merged one became part of; None where the id leads nowhere else."""
    canonical = parts.store.resolved([entry_id])[entry_id]
    return canonical if canonical != entry_id and public(parts.store, [canonical]) else None


def led_on(entry_id: EntryIdPath, parts: PartsDep, request: Request) -> None:
    """Answers 308 for the id of a merged entry: the same question about the one that it became part of."""
    if canonical := moved(parts, entry_id):
        where = request.url.path.replace(entry_id, canonical) + (f"?{request.url.query}" if request.url.query else "")
        raise HTTPException(308, f"{entry_id} is part of {canonical} now.", {"Location": where})


@router.get("/{entry_id}", response_model=EntryPage, dependencies=[Depends(led_on)], responses=REFUSALS | MOVED)
def entry(entry_id: EntryIdPath, parts: PartsDep, person: PersonDep) -> Response:
    """One entry with its hackathon, its linked proposals or pain points, and its provenance.

    Entries that are not published exist for their organisation and its curators alone, who see what theirs is linked to
    as far as that exists for them.
    """
    stored, _ = review.latest(parts.store, entry_id, person)
    links = _links(parts, stored)
    claims = parts.store.get_many([link.claim[0] for link in links if link.claim])
    others = [i for link in links for i in (link.proposal_id, link.pain_point_id) if i != entry_id]
    held = parts.store.backlinks(entry_id)
    event = stored.body.get("hackathon")
    event = event and parts.store.resolved([event])[event]
    wanted = [entry_id, *others, *held.pain_points, *held.proposals, *([event] if event else [])]
    found = public(parts.store, list(dict.fromkeys(wanted))) | {entry_id: stored}
    cards, _ = parts.cards.of(list(found))
    if not stored.public:
        cards |= summaries(parts.store, [stored, *_seen(parts, [*others, *([event] if event else [])], person)])
    elif entry_id not in cards:
        raise review.not_found()  # withdrawn while we were reading
    events, works = parts.store.events_of(stored.id), review.works_on(person, stored)
    body = stored.body if works else visitors.told(stored.body, visitors.shown(parts.store, [stored.body]))

    def linked(kind: str) -> list[Linked]:
        return [
            Linked(id=other, entry=cards.get(other), role=claim.role, reason=claim.reason)
            for link in links
            for other in [link.proposal_id if kind == "proposal" else link.pain_point_id]
            if other != entry_id and (other in cards or not stored.public)
            for claim in _claims(claims, link)
        ]

    page = EntryPage(
        entry=stored.body if stored.status in UNSENT else parse(body),
        status=stored.status,
        public=stored.public,
        revision=stored.revision,
        summary=cards.get(entry_id),
        hackathon=cards.get(event or ""),
        proposals=linked("proposal"),
        pain_points=linked("pain_point"),
        posed_here=[cards[i] for i in held.pain_points if i in cards],
        submitted_here=[cards[i] for i in held.proposals if i in cards],
        provenance={i: one for i, one in provenance(events, stored.owner, works).items() if i in body},
        merged=_merged(parts, entry_id, person),
        hosts=_hosts(parts, stored, person),
        progress=[
            Progress(at=one.at, status=one.status, status_label=Label(**LABELS[one.status]), reason=one.reason or "")
            for one in history.progress(events)
        ],
    )
    shown = page.model_dump_json().encode()
    return Response(shown, media_type="application/json", headers={"ETag": etag(stored.revision, shown)})


@router.get("/{entry_id}/similar", dependencies=[Depends(led_on)], responses=MAY_BE_DEGRADED | REFUSALS | MOVED)
def similar(
    entry_id: EntryIdPath,
    parts: PartsDep,
    person: PersonDep,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=50)] = 5,
) -> SimilarEntries:
    """The published entries nearest in meaning, of every kind and both languages, best first.

    Entries that are not published exist for their organisation and its curators alone.
    """
    stored, _ = review.latest(parts.store, entry_id, person)
    found = parts.engines.ask("similar", lambda reader: _near(parts, stored, reader.open(), limit * SIMILAR_DEPTH))
    near = told(found, response)
    cards, _ = parts.cards.of([i for i, _ in near])
    hits = [Similar(entry=cards[i], score=round(score, 4)) for i, score in near if i in cards and i != entry_id]
    return SimilarEntries(hits=hits[:limit])


def _near(parts: Parts, stored: Stored, index: LiveIndex, limit: int) -> Sequence[tuple[str, float]]:
    """Ids and cosines of the nearest; for an entry that no index holds, by where it would lie in this one."""
    if stored.public:
        return index.similar(stored.id, limit)
    entry = review.entry_of(stored)
    if not passages(entry):
        return ()
    return index.near(parts.places.of([entry], index)[0], limit)


def provenance(events: Sequence[Event], owner: str, whole: bool) -> dict[str, Provenance]:
    """For each field of the entry, the event that gave it its present value: a reading of the event table.

    ``whole``: for somebody who works on the entry.
    """
    found: dict[str, Provenance] = {}
    before: dict[str, Any] = {}
    for event in events:
        data = event.data()
        body, place = data.get("body") or {}, (data.get("details") or {}).get("source") or {}
        for name, value in body.items():
            if before.get(name) != value:
                told: dict[str, Any] = {"actor": event.actor, "batch": event.batch} if whole else {}
                # What no organisation sent came from a public document.
                told |= place if whole or not owner else {}
                found[name] = Provenance(revision=event.number, at=event.at, **told)
        found = {name: p for name, p in found.items() if name in body}
        before = body
    return found


def _hosts(parts: Parts, stored: Stored, person: Person) -> list[HostState]:
    if not stored.body.get("hosts"):
        return []
    return [
        HostState(
            organisation=organisation,
            state=state,
            may_answer=asked and organisation is not None and hosting.may_answer(person, organisation),
        )
        for organisation, state, asked in review.hosts_of(parts.store, stored)
    ]


def _merged(parts: Parts, entry_id: str, person: Person) -> list[MergedEntry]:
    """What became part of it; where from, of those that this person does not work on as far as that is published."""
    found = parts.store.get_many(sorted(parts.store.members_of([entry_id]))).values()
    hidden = [one.body for one in found if not review.works_on(person, one)]
    seen = visitors.shown(parts.store, hidden)
    bodies = {one.id: one.body if review.works_on(person, one) else visitors.told(one.body, seen) for one in found}
    return [
        MergedEntry(id=i, title=body["title"], source=body.get("source"), hackathon=body.get("hackathon"))
        for i, body in bodies.items()
    ]


def _links(parts: Parts, stored: Stored) -> list[LinkRow]:
    """Its links where both ends are published; of an unpublished proposal all, for they are published with it."""
    if stored.public:
        return parts.store.links_of([stored.id])
    return [link for link in parts.store.links_of([stored.id], None) if link.proposal_id == stored.id]


def _seen(parts: Parts, ids: Collection[str], person: Person) -> list[Stored]:
    """Those of these entries that are not published and exist for this person all the same."""
    found = parts.store.get_many(ids).values()
    return [stored for stored in found if not stored.public and review.sees(person, stored)]


def _claims(proposals: Mapping[str, Stored], link: LinkRow) -> list[Link]:
    """What the proposal itself says about this link, under the ids that it was written with."""
    if link.claim is None:
        return []
    proposal, pain_point = link.claim
    said = map(Link.model_validate, proposals[proposal].body.get("pain_points", ()))
    return [claim for claim in said if claim.pain_point == pain_point]
