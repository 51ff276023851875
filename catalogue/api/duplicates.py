"""`/api/v1/entries/{id}/duplicates`, `/duplicates`: what may be told twice, why, and what was decided about it."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from catalogue import review
from catalogue.api.candidates import Comparison, Why
from catalogue.api.decisions import EntryIdPath
from catalogue.api.parts import MAY_BE_DEGRADED, Parts, PartsDep, told
from catalogue.api.person import SignedIn
from catalogue.api.search import SearchedKind
from catalogue.api.summaries import Summary, summaries
from catalogue.duplicates import Level, Pair, Suggestion, Verdict, is_open, pair_of
from catalogue.entries import EntryId
from catalogue.errors import InvalidParameter, NotAllowed
from catalogue.merges import judge, judged
from catalogue.people import Person
from catalogue.problems import Problem
from catalogue.search import likeness
from catalogue.search.index import IndexReader
from catalogue.search.likeness import newest
from catalogue.store.reading import Stored

router = APIRouter(tags=["duplicates"], responses={code: {"model": Problem} for code in (401, 403, 404)})


OpenVerdict = Annotated[
    Literal[Verdict.SAME] | None, Field(description="`same`: somebody judged them so, and they are still to be merged.")
]


class Candidate(BaseModel):
    """An entry that may be the same, and why."""

    entry: Summary
    revision: int
    why: Why
    verdict: OpenVerdict = None


class Candidates(BaseModel):
    """The entries that may be the same as one, best first."""

    hits: list[Candidate]
    whole: bool = Field(description="False: so much waits that only what changed last was compared.")


class DuplicatePair(BaseModel):
    """Two published entries that may be the same."""

    entries: list[Summary] = Field(min_length=2, max_length=2)
    why: Why
    verdict: OpenVerdict = None


class DuplicatePairs(BaseModel):
    """One page of pairs that nobody judged related or distinct, best first; the closest of neither entry come later.

    In a large catalogue only the entries that changed last are compared with each other: then ``total_relation`` is
    ``gte``, and `hackgo duplicates` on the server finds the rest.
    """

    total: int
    total_relation: Literal["eq", "gte"] = "eq"
    hits: list[DuplicatePair]


class Judging(BaseModel):
    """A decision about two entries. ``same`` asks for a merge; the others are never suggested again."""

    model_config = ConfigDict(extra="forbid")

    entries: list[EntryId] = Field(min_length=2, max_length=2)
    verdict: Verdict
    reason: str = Field("", max_length=2000)


class Judged(BaseModel):
    """The decision as it was kept."""

    entries: list[str]
    verdict: Verdict


@router.get("/entries/{entry_id}/duplicates", responses=MAY_BE_DEGRADED)
def candidates(
    entry_id: EntryIdPath,
    parts: PartsDep,
    person: SignedIn,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=20)] = 5,
) -> Candidates:
    """Published and waiting entries that may be the same, for who reviews or sent this one."""
    subject = seen(parts, person, [entry_id])[0]
    if not (review.curates(person, subject) or subject.owner in person.organisations):
        raise NotAllowed(
            "Only its curators and its organisation see what an entry may repeat.",
            "เฉพาะผู้ตรวจและหน่วยงานเจ้าของเท่านั้นที่ดูรายการซ้ำได้",
        )
    comparison = Comparison(parts, person)
    wanted = told(comparison.of(subject), response)[:limit]
    others = {one: next(i for i in one.pair if i != entry_id) for one in wanted}
    stored = parts.store.get_many(list(others.values()))
    cards = summaries(parts.store, stored.values())
    return Candidates(
        hits=[
            Candidate(
                entry=cards[other],
                revision=stored[other].revision,
                why=Why.of(one.evidence),
                verdict=_open(one, comparison.decided),
            )
            for one, other in others.items()
            if other in cards
        ],
        whole=comparison.whole,
    )


@router.get("/duplicates", responses=MAY_BE_DEGRADED)
def duplicates(
    parts: PartsDep,
    person: SignedIn,
    response: Response,
    kind: SearchedKind = "pain_point",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> DuplicatePairs:
    """Pairs of published entries that may be the same, for curators."""
    refuse_others(person)
    found = told(parts.engines.ask("similar", lambda reader: _pairs(parts, kind, reader)), response)
    decided = judged(parts.store)
    worth = [s for s in found if s.evidence.level != Level.UNLIKELY and is_open(s.pair, decided)]
    stored = parts.store.get_many([i for s in worth for i in s.pair])
    open_ = [
        s
        for s in worth
        if all(i in stored and stored[i].public for i in s.pair)
        and any(review.curates(person, stored[i]) for i in s.pair)
    ]
    page = open_[offset : offset + limit]
    cards, _ = parts.cards.of([i for s in page for i in s.pair])
    return DuplicatePairs(
        total=len(open_),
        total_relation="gte" if parts.store.entry_counts().get(kind, 0) > likeness.MOST_COMPARED else "eq",
        hits=[
            DuplicatePair(entries=[cards[i] for i in s.pair], why=Why.of(s.evidence), verdict=_open(s, decided))
            for s in page
            if all(i in cards for i in s.pair)
        ],
    )


@router.post("/duplicates/judgements", status_code=201)
def judgement(asked: Judging, parts: PartsDep, person: SignedIn) -> Judged:
    """Decide whether two entries are the same, related or distinct; the latest decision counts."""
    refuse_others(person)
    if len(set(asked.entries)) == 1:
        raise InvalidParameter("Name two different entries.", "โปรดระบุสองรายการที่ต่างกัน")
    refuse_uncurated(person, seen(parts, person, asked.entries))
    one, other = asked.entries
    judge(parts.store, one, other, asked.verdict, actor=person.id, reason=asked.reason)
    return Judged(entries=list(pair_of(one, other)), verdict=asked.verdict)


def seen(parts: Parts, person: Person, ids: list[str]) -> list[Stored]:
    """These entries in their order; raises ``EntryNotFound`` where one does not exist for this person."""
    return [review.latest(parts.store, i, person)[0] for i in ids]


def refuse_others(person: Person) -> None:
    """Raise ``NotAllowed`` for who reviews nothing."""
    if not person.is_curator:
        raise NotAllowed("Only curators decide about duplicates.", "เฉพาะผู้ตรวจเท่านั้นที่ตัดสินรายการซ้ำได้")


def refuse_uncurated(person: Person, entries: list[Stored]) -> None:
    """Raise ``NotAllowed`` where an entry lies outside of what this curator reviews."""
    if outside := [stored.id for stored in entries if not review.curates(person, stored)]:
        raise NotAllowed(
            f"{', '.join(outside)} lies outside of what you review. Ask a curator of its theme.",
            f"{', '.join(outside)} อยู่นอกขอบเขตที่คุณตรวจ โปรดติดต่อผู้ตรวจของหมวดนั้น",
        )


def _open(found: Suggestion, decided: Mapping[Pair, Verdict]) -> Literal[Verdict.SAME] | None:
    """Was a pair that is still open judged the same?"""
    return Verdict.SAME if found.pair in decided else None


def _pairs(parts: Parts, kind: str, reader: IndexReader) -> list[Suggestion]:
    index = reader.open()
    return parts.pairs.of(index, kind, lambda: newest(parts.store, kind, parts.places, index))
