"""`/api/v1/entries/{id}/decisions`, `/decisions`, `/reasons`: what may be done to entries now, and doing it."""

import datetime
import hashlib
from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from catalogue import forms, privacy, review
from catalogue.api.candidates import Comparison, Probable, repeated
from catalogue.api.parts import Parts, PartsDep
from catalogue.api.person import NowDep, SignedIn, SignInDep
from catalogue.api.vocabularies import Label
from catalogue.curation import LABELS, PublicStatus, Status
from catalogue.decisions import ACTION_LABELS, Action, Needs, rules_for
from catalogue.entries import Entry, parse
from catalogue.errors import NO_NUL, CatalogueError, InvalidParameter
from catalogue.people import Person
from catalogue.problems import Problem, document_of
from catalogue.sign_in import SignIn
from catalogue.store.events import Event
from catalogue.store.reading import Stored

router = APIRouter(tags=["curation"], responses={n: {"model": Problem} for n in (401, 403, 404, 409)})
EntryIdPath = Annotated[str, Path(description="Public id, such as PP-2566-00042.", max_length=40)]
MOST_AT_ONCE = 100
WORDS_OF_DECISIONS = {"reason": ("เหตุผล", "Reason"), "comments": ("ความเห็น", "Comments")}
Words = Annotated[str, Field(min_length=1, max_length=4000, pattern=NO_NUL)]
IfMatch = Annotated[
    str,
    Header(
        description='The ETag of the entry that you have read, or its revision, such as "123".',
        pattern=r'^(W/)?"?\d{1,18}(-[0-9a-f]{1,64})?"?$',
    ),
]


class CommentIn(BaseModel):
    """What is to be changed in one field."""

    model_config = ConfigDict(extra="forbid")

    field: str = Field(max_length=60)
    text: Words


class DecisionIn(BaseModel):
    """What is to be done. ``body``: the new content, with edit, submit and answer; ``status`` goes with follow_up."""

    model_config = ConfigDict(extra="forbid")

    action: Action
    reason: Words | None = None
    code: str | None = Field(default=None, max_length=40, description="Code of /api/v1/reasons, with reject.")
    comments: list[CommentIn] = Field(default_factory=list, max_length=50)
    body: dict[str, Any] | None = None
    status: PublicStatus | None = None


class Possible(BaseModel):
    """An action that the person may take now, and what it has to bring along."""

    action: Action
    label: Label
    needs: Needs


class RemovedData(BaseModel):
    """Personal data that were taken out of a field before anything was kept; never what they were."""

    field: str
    kind: str
    message_th: str
    message_en: str

    @classmethod
    def of(cls, removed: privacy.Removed) -> "RemovedData":
        """The same in words."""
        th, en = privacy.WORDS[removed.kind]
        label_th, label_en = WORDS_OF_DECISIONS.get(removed.field) or (
            forms.label_of(removed.field, "th"),
            forms.label_of(removed.field, "en"),
        )
        return cls(
            field=removed.field,
            kind=removed.kind,
            message_th=f"ลบ{th}ออกจาก “{label_th}” แล้ว ระบบไม่เก็บข้อมูลส่วนบุคคล",
            message_en=f"A piece of personal data ({en}) was taken out of “{label_en}”: it is not kept.",
        )


class Decided(BaseModel):
    """How the entry stands after the decision. ``removed``: personal data that were not kept.

    ``duplicates``: what an entry that was sent in probably repeats; it is told, and in nobody's way.
    """

    id: str
    status: Status
    status_label: Label
    revision: int
    owner: str | None = Field(
        description='Organisation that sent it, "" where none did, for those who work on it; null for everybody else.'
    )
    allowed: list[Possible]
    others: list[str] = Field(
        default_factory=list,
        description="Entries of others that are part of this one: while it is shown, its host may not withdraw it.",
    )
    removed: list[RemovedData] = Field(default_factory=list)
    duplicates: list[Probable] = Field(default_factory=list)

    def without(self, removed: Iterable[privacy.Removed]) -> "Decided":
        """The same, with what was taken out of what somebody sent."""
        return self.model_copy(update={"removed": [RemovedData.of(one) for one in dict.fromkeys(removed)]})

    def repeating(self, duplicates: list[Probable]) -> "Decided":
        """The same, with what the entry probably repeats."""
        return self.model_copy(update={"duplicates": duplicates})


class Target(BaseModel):
    """An entry of a bulk decision and the revision that was read."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(max_length=40)
    revision: int = Field(ge=0)


class BulkIn(BaseModel):
    """One action for many entries. ``preview``: say what would happen, and write nothing.

    Without ``sure`` an entry that probably repeats another one is not published: it is to be looked at by itself.
    """

    model_config = ConfigDict(extra="forbid")

    action: Action
    entries: list[Target] = Field(min_length=1, max_length=MOST_AT_ONCE)
    reason: Words | None = None
    code: str | None = Field(None, max_length=40)
    preview: bool = True
    sure: bool = False


class BulkOutcome(BaseModel):
    """What became of one entry, or why nothing did."""

    id: str
    status: Status | None = None
    revision: int | None = None
    problem: dict[str, Any] | None = None
    uncompared: bool = Field(
        default=False,
        description="Published without a look at all that it may repeat, or submitted with its title alone compared: "
        "no search answers now, or too many entries wait.",
    )
    duplicates: list[Probable] = Field(
        default_factory=list,
        description="What an entry that is submitted probably repeats; it is told, and in nobody's way.",
    )


class BulkAnswer(BaseModel):
    """Each entry's own outcome, in the order of the request."""

    preview: bool
    done: int
    refused: int
    outcomes: list[BulkOutcome]


class Reason(BaseModel):
    """A reason for not accepting an entry."""

    code: str
    label: Label


class Reasons(BaseModel):
    """The managed list of reasons."""

    items: list[Reason]


def names(sign_in: SignIn) -> review.NameOf:
    """The names of accounts, for those who may read them."""

    def name_of(account_id: str) -> str:
        account = sign_in.accounts.get(account_id)
        return account.name if account else ""

    return name_of


def possible(parts: Parts, entry_id: str, person: Person, at: datetime.datetime, name_of: review.NameOf) -> Decided:
    """How the entry stands, and what this person may do to it now."""
    return _decided(parts, *review.latest(parts.store, entry_id, person), person, at, name_of)


def written(
    parts: Parts, entry_id: str, revision: int, person: Person, at: datetime.datetime, name_of: review.NameOf
) -> Decided:
    """The same after this person wrote this revision.

    It stays theirs where others wrote since: with the revision of those they would overwrite what they never read.
    An entry that is theirs to see no longer, since they corrected its theme, leaves them nothing to do.
    """
    ((stored, event),) = parts.store.latest(ids=[entry_id])
    return _decided(parts, stored, event, person, at, name_of).model_copy(update={"revision": revision})


def _decided(
    parts: Parts, stored: Stored, event: Event, person: Person, at: datetime.datetime, name_of: review.NameOf
) -> Decided:
    standing = review.standing_in(parts.store, stored, event, name_of)
    found: dict[Action, Possible] = {}
    for rule in rules_for(standing, person, at):
        label = Label(**ACTION_LABELS[rule.action])
        found.setdefault(rule.action, Possible(action=rule.action, label=label, needs=rule.needs))
    return Decided(
        id=stored.id,
        status=stored.status,
        status_label=Label(**LABELS[stored.status]),
        revision=stored.revision,
        owner=stored.owner if review.works_on(person, stored) else None,
        allowed=list(found.values()),
        others=list(standing.others),
    )


@router.get("/reasons")
def reasons() -> Reasons:
    """The reasons for which a curator does not accept an entry."""
    return Reasons(items=[Reason(code=c, label=Label(th=k.th, en=k.en)) for c, k in review.reasons().items()])


@router.get("/entries/{entry_id}/decisions")
def possible_decisions(
    entry_id: EntryIdPath, parts: PartsDep, person: SignedIn, at: NowDep, sign_in: SignInDep
) -> Decided:
    """How the entry stands, and what you may do to it now."""
    return possible(parts, entry_id, person, at, names(sign_in))


@router.post("/entries/{entry_id}/decisions")
def decide_entry(
    entry_id: EntryIdPath,
    wanted: DecisionIn,
    if_match: IfMatch,
    parts: PartsDep,
    person: SignedIn,
    at: NowDep,
    sign_in: SignInDep,
    response: Response,
) -> Decided:
    """Decide on an entry: one event. 409 says what you may do instead, or who was quicker."""
    stored, _ = review.latest(parts.store, entry_id, person)
    sample = bool(stored.body.get("sample"))
    entry, removed = (
        forms.read(stored.kind, stored.id, wanted.body, parts.vocabulary, sample)
        if wanted.body is not None
        else (None, ())
    )
    decision = review.Decision(
        entry_id,
        wanted.action,
        revision_of(if_match),
        wanted.reason,
        wanted.code,
        tuple(review.Comment(c.field, c.text) for c in wanted.comments),
        entry,
        wanted.status,
    )
    number = review.apply(parts.store, decision, person, at, names(sign_in))
    removed += review.cleaned(decision)[1]
    decided = written(parts, entry_id, number, person, at, names(sign_in)).without(removed)
    if wanted.action in (Action.SUBMIT, Action.ANSWER):
        sent = repeated(parts, [entry or parse(stored.body)], stored.owner)
        decided = decided.repeating(sent.by_id[entry_id])
    response.headers["ETag"] = etag(decided.revision)
    return decided


@router.post("/decisions")
def decide_many(wanted: BulkIn, parts: PartsDep, person: SignedIn, at: NowDep, sign_in: SignInDep) -> BulkAnswer:
    """One action for many entries, each with its own outcome: first a preview, then the same again without."""
    if wanted.action in (Action.EDIT, Action.ANSWER, Action.REQUEST_EDITS, Action.FOLLOW_UP):
        raise InvalidParameter(
            "This action belongs to one entry: /api/v1/entries/{id}/decisions.",
            "การกระทำนี้ทำได้ทีละรายการที่ /api/v1/entries/{id}/decisions",
        )
    name_of, comparison = names(sign_in), Comparison(parts, person)
    outcomes = []
    for target in wanted.entries:
        decision = review.Decision(target.id, wanted.action, target.revision, wanted.reason, wanted.code)
        try:
            outcome = review.preview(parts.store, decision, person, at, name_of)
            asks = wanted.action == Action.PUBLISH and not wanted.sure
            uncompared = asks and not comparison.refuse_doubtful(target.id)
            status, revision = outcome.status, target.revision
            if not wanted.preview:
                revision = review.apply(parts.store, decision, person, at, name_of)
                status = parts.store.get_many([target.id])[target.id].status
            outcomes.append(BulkOutcome(id=target.id, status=status, revision=revision, uncompared=uncompared))
        except CatalogueError as error:
            outcomes.append(BulkOutcome(id=target.id, problem=document_of(error)))
    if wanted.action == Action.SUBMIT:
        _tell_repeated(parts, outcomes)
    refused = sum(outcome.problem is not None for outcome in outcomes)
    return BulkAnswer(preview=wanted.preview, done=len(outcomes) - refused, refused=refused, outcomes=outcomes)


def _tell_repeated(parts: Parts, outcomes: Iterable[BulkOutcome]) -> None:
    """Say of each entry that is or would be sent what it probably repeats."""
    sent = {outcome.id: outcome for outcome in outcomes if outcome.problem is None}
    by_owner: dict[str, list[Entry]] = {}
    for stored in parts.store.get_many(list(sent)).values():
        by_owner.setdefault(stored.owner, []).append(parse(stored.body))
    for owner, entries in by_owner.items():
        found = repeated(parts, entries, owner)
        for entry in entries:
            sent[entry.id].duplicates = found.by_id[entry.id]
            sent[entry.id].uncompared = not found.by_meaning


def revision_of(if_match: str) -> int:
    """The revision that an If-Match header names."""
    return int(if_match.removeprefix("W/").strip('"').partition("-")[0])


def etag(revision: int, shown: bytes = b"") -> str:
    """A revision as an ETag; of what is shown of it too, where that changes with other entries and readers."""
    return f'"{revision}-{hashlib.sha256(shown).hexdigest()[:16]}"' if shown else f'"{revision}"'
