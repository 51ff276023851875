"""`/api/v1/entries`: one entry with everything linked to it, and the entries like it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from catalogue import review
from catalogue.api.decisions import EntryIdPath, etag
from catalogue.api.parts import MAY_BE_DEGRADED, Parts, PartsDep, told
from catalogue.api.person import REFUSALS, PersonDep
from catalogue.api.summaries import Summary, public, summaries
from catalogue.entries import Hackathon, Link, Organization, PainPoint, Proposal, Text, parse
from catalogue.problems import Problem
from catalogue.store.reading import Stored

router = APIRouter(prefix="/entries", tags=["entries"], responses={404: {"model": Problem}})
SIMILAR_DEPTH = 3  # times the limit: some of the nearest may have been withdrawn since they were indexed


class Linked(BaseModel):
    """An entry at the other end of a link between a proposal and a pain point."""

    entry: Summary
    role: Literal["addresses", "partly"]
    reason: Text | None


class Provenance(BaseModel):
    """Where an entry's present content was written: the event, its batch, and the file's row."""

    revision: int
    at: str
    actor: str
    batch: str | None
    file: str | None = None
    sheet: str | None = None
    row: int | None = None


class EntryPage(BaseModel):
    """One published entry and what belongs to it."""

    entry: PainPoint | Proposal | Hackathon | Organization
    status: str
    revision: int
    summary: Summary
    hackathon: Summary | None
    proposals: list[Linked]
    pain_points: list[Linked]
    posed_here: list[Summary]
    submitted_here: list[Summary]
    provenance: dict[str, Provenance]


class Similar(BaseModel):
    """A near entry with its cosine, -1 to 1."""

    entry: Summary
    score: float


class SimilarEntries(BaseModel):
    """The nearest entries, best first."""

    hits: list[Similar]


def published(parts: Parts, entry_id: str) -> Stored:
    """The entry, if anybody may see it; raises EntryNotFound alike for unknown and unpublished ids."""
    stored = parts.store.get(entry_id)
    if stored is None or not stored.public:
        raise review.not_found()
    return stored


@router.get("/{entry_id}", responses=REFUSALS)
def entry(entry_id: EntryIdPath, parts: PartsDep, person: PersonDep, response: Response) -> EntryPage:
    """One entry with its hackathon, its linked proposals or pain points, and its provenance.

    Entries that are not published exist for their organisation and its curators alone.
    """
    stored, _ = review.latest(parts.store, entry_id, person)
    links = parts.store.links_of([entry_id])
    others = [i for link in links for i in (link.proposal_id, link.pain_point_id) if i != entry_id]
    held = parts.store.backlinks(entry_id)
    event = stored.body.get("hackathon")
    wanted = [entry_id, *others, *held.pain_points, *held.proposals, *([event] if event else [])]
    found = public(parts.store, list(dict.fromkeys(wanted))) | {entry_id: stored}
    cards, _ = parts.cards.of(list(found))
    if not stored.public:
        cards |= summaries(parts.store, [stored])
    if entry_id not in cards:
        raise review.not_found()  # withdrawn while we were reading
    response.headers["ETag"] = etag(stored.revision)

    def linked(kind: str) -> list[Linked]:
        return [
            Linked(entry=cards[other], role=claim.role, reason=claim.reason)
            for link in links
            for other in (link.proposal_id, link.pain_point_id)
            if other != entry_id and other in cards and cards[other].kind == kind
            for claim in _claims(found[link.proposal_id], link.pain_point_id)
        ]

    return EntryPage(
        entry=parse(stored.body),
        status=stored.status,
        revision=stored.revision,
        summary=cards[entry_id],
        hackathon=cards.get(event or ""),
        proposals=linked("proposal"),
        pain_points=linked("pain_point"),
        posed_here=[cards[i] for i in held.pain_points if i in cards],
        submitted_here=[cards[i] for i in held.proposals if i in cards],
        provenance=provenance(parts, entry_id),
    )


@router.get("/{entry_id}/similar", responses=MAY_BE_DEGRADED)
def similar(
    entry_id: EntryIdPath, parts: PartsDep, response: Response, limit: Annotated[int, Query(ge=1, le=50)] = 5
) -> SimilarEntries:
    """The entries nearest in meaning, of every kind and both languages, best first."""
    published(parts, entry_id)
    found = parts.engines.ask("similar", lambda reader: reader.open().similar(entry_id, limit * SIMILAR_DEPTH))
    near = told(found, response)
    cards, _ = parts.cards.of([i for i, _ in near])
    hits = [Similar(entry=cards[i], score=round(score, 4)) for i, score in near if i in cards]
    return SimilarEntries(hits=hits[:limit])


def provenance(parts: Parts, entry_id: str) -> dict[str, Provenance]:
    """For each field of the entry, the event that gave it its present value: a reading of the event table."""
    found: dict[str, Provenance] = {}
    before: dict[str, Any] = {}
    for event in parts.store.events_of(entry_id):
        data = event.data()
        body, place = data.get("body") or {}, (data.get("details") or {}).get("source") or {}
        for name, value in body.items():
            if before.get(name) != value:
                found[name] = Provenance(
                    revision=event.number, at=event.at, actor=event.actor, batch=event.batch, **place
                )
        found = {name: p for name, p in found.items() if name in body}
        before = body
    return found


def _claims(proposal: Stored, pain_point: str) -> list[Link]:
    """What the proposal itself says about its link to this pain point."""
    claims = map(Link.model_validate, proposal.body.get("pain_points", ()))
    return [claim for claim in claims if claim.pain_point == pain_point]
