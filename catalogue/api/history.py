"""`/api/v1/entries/{id}/history`: versions with what changed, and decisions with who, when and why."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from catalogue import history, merges, review
from catalogue.api import visitors
from catalogue.api.decisions import EntryIdPath, names
from catalogue.api.entries import MOVED, led_on
from catalogue.api.parts import PartsDep
from catalogue.api.person import PersonDep, SignInDep
from catalogue.api.vocabularies import Label
from catalogue.curation import LABELS, Status
from catalogue.decisions import ACTION_LABELS, Action, Part
from catalogue.differences import Marks, Spans, marks
from catalogue.entries import KINDS
from catalogue.fields import about
from catalogue.problems import Problem

router = APIRouter(tags=["curation"], responses={404: {"model": Problem}})


class Changed(BaseModel):
    """One field before and after."""

    field: str
    label: Label
    before: Any
    after: Any
    marks_before: Marks = Field(description="[start, end) of the words that went, by language of a text.")
    marks_after: Marks = Field(description="[start, end) of the words that came.")


class Comment(BaseModel):
    """What a curator asked to change in one field."""

    field: str
    label: Label
    text: str


class Step(BaseModel):
    """One thing that happened to the entry. Those alone who work on it learn who, in which batch, from which file."""

    revision: int
    at: str
    kind: str = Field(description="Kind of event, such as entry.edited or entry.absorbed.")
    part: Part | None
    name: str | None
    action: Action | None
    action_label: Label | None
    status: Status
    status_label: Label
    reason: str | None
    reason_label: Label | None
    comments: list[Comment]
    changes: list[Changed]
    batch: str | None
    source: dict[str, Any]
    undone: bool = Field(description="A merge that was taken back later.")


class Answer(BaseModel):
    """What a curator asked for last, and what the host has changed since."""

    comments: list[Comment]
    changes: list[Changed]


class History(BaseModel):
    """The steps in order. ``whole``: false for visitors, who see what was public and since when."""

    id: str
    whole: bool
    open_merge: str | None = Field(description="Batch of the merge that this person may take back, of either side.")
    steps: list[Step]
    answer: Answer | None


def led_on_unseen(entry_id: EntryIdPath, parts: PartsDep, person: PersonDep, request: Request) -> None:
    """Answers 308 for a merged entry's id, but to those who may read that entry's own history."""
    stored = parts.store.get(entry_id)
    if stored and not review.sees(person, stored):
        led_on(entry_id, parts, request)


@router.get("/entries/{entry_id}/history", dependencies=[Depends(led_on_unseen)], responses=MOVED)
def entry_history(entry_id: EntryIdPath, parts: PartsDep, person: PersonDep, sign_in: SignInDep) -> History:
    """What happened to the entry: all of it for its host and its curators, what was public for everybody else."""
    with parts.store.moment() as moment:
        stored, _ = review.latest(moment, entry_id, person)
        events = moment.events_of(entry_id)
        undone = merges.undone(moment, events)
        open_merge = merges.open_merge(moment, stored, events, person)
    whole = review.works_on(person, stored)
    found = history.steps(events) if whole else visitors.told_steps(parts.store, history.public_steps(events))
    asked = history.answer(events) if whole else None
    name_of, spans = names(sign_in), parts.analyser.spans
    who = {actor: name_of(actor) for actor in {step.actor for step in found}} if whole else {}
    return History(
        id=entry_id,
        whole=whole,
        open_merge=open_merge,
        steps=[_step(stored.kind, step, whole, who.get(step.actor), undone, spans) for step in found],
        answer=Answer(comments=_comments(stored.kind, asked[1]), changes=_changes(stored.kind, asked[0], spans))
        if asked
        else None,
    )


def _step(
    kind: str, step: history.Step, whole: bool, name: str | None, undone: Mapping[str, bool], spans: Spans
) -> Step:
    action = Action(step.action) if step.action in set(Action) else None
    code, program = review.reasons().get(step.code or ""), step.program_reason
    return Step(
        revision=step.revision,
        at=step.at,
        kind=step.kind,
        part=Part(step.part) if step.part in set(Part) else None,
        name=name or None,
        action=action,
        action_label=Label(**ACTION_LABELS[action]) if action else None,
        status=step.status,
        status_label=Label(**LABELS[step.status]),
        reason=None if program else step.reason,
        reason_label=Label(th=code.th, en=code.en) if code else Label(**program) if program else None,
        comments=_comments(kind, step.comments),
        changes=_changes(kind, step.changes, spans),
        batch=step.batch if whole else None,
        source=dict(step.source) if whole else {},
        undone=step.kind == merges.ABSORBED and undone.get(step.batch or "", False),
    )


def _comments(kind: str, comments: Any) -> list[Comment]:
    return [Comment(field=c["field"], label=_label(kind, c["field"]), text=c["text"]) for c in comments]


def _changes(kind: str, changes: Sequence[history.FieldChange], spans: Spans) -> list[Changed]:
    return [
        Changed(
            field=c.field,
            label=_label(kind, c.field),
            before=c.before,
            after=c.after,
            marks_before=marks(c.before, [c.after], spans),
            marks_after=marks(c.after, [c.before], spans),
        )
        for c in changes
    ]


def _label(kind: str, field: str) -> Label:
    described = about(KINDS[kind]).get(field)
    return Label(th=described.th, en=described.en) if described else Label(th=field, en=field)
