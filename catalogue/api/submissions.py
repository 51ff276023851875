"""`POST /api/v1/entries`, `PUT /api/v1/entries/{id}`: entries that people write in a form."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from catalogue import forms, review
from catalogue.api.candidates import repeated
from catalogue.api.decisions import (
    Decided,
    DecisionIn,
    EntryIdPath,
    IfMatch,
    Words,
    decide_entry,
    etag,
    names,
    written,
)
from catalogue.api.parts import PartsDep
from catalogue.api.person import NowDep, SignedIn, SignInDep
from catalogue.curation import Status
from catalogue.decisions import Action, Part
from catalogue.entries import body_of, content_hash, public_id
from catalogue.errors import NotAllowed
from catalogue.forms import FormKind
from catalogue.languages import BUDDHIST_OFFSET
from catalogue.people import Person
from catalogue.problems import Problem
from catalogue.store.events import timestamp
from catalogue.store.store import CREATED, Change

router = APIRouter(prefix="/entries", tags=["entries"], responses={n: {"model": Problem} for n in (401, 403, 404, 409)})


class NewEntry(BaseModel):
    """A new entry: fields as in /api/v1/fields, without id. Unless ``submit``, a draft, which may lack any of them."""

    model_config = ConfigDict(extra="forbid")

    kind: FormKind = "pain_point"
    owner: str | None = Field(None, max_length=40, description="Your organisation; needed if you have several.")
    body: dict[str, Any]
    submit: bool = False


class Edited(BaseModel):
    """The entry's whole new content; fields that are left out are emptied."""

    model_config = ConfigDict(extra="forbid")

    body: dict[str, Any]
    reason: Words | None = None


@router.post("", status_code=201)
def create_entry(
    new: NewEntry, parts: PartsDep, person: SignedIn, at: NowDep, sign_in: SignInDep, response: Response
) -> Decided:
    """Save a new entry as a draft of your organisation, or submit it at once."""
    owner = _owner(new, person)
    status = Status.SUBMITTED if new.submit else Status.DRAFT
    year = at.year + BUDDHIST_OFFSET
    # Read before the number is given out: a form that is wrong takes none, and nobody who writes waits for it.
    form, removed = forms.read(new.kind, public_id(new.kind, year, 1), new.body, parts.vocabulary)
    with parts.store.writing() as writer:
        entry_id = public_id(new.kind, year, writer.allocate(new.kind, year)[0])
        entry = form.model_copy(update={"id": entry_id})
        if new.submit:
            forms.refuse_incomplete(body_of(entry))
        review.refuse_unseen(writer, entry, person)
        told = {"action": Action.SUBMIT if new.submit else Action.EDIT, "as": Part.HOST}
        details = told | ({"since": timestamp(at)} if new.submit else {})
        change = Change(CREATED, entry_id, body_of(entry), status, content_hash(entry), owner=owner, details=details)
        number = writer.apply([change], person.id, at=at)[0]
        if new.submit:
            writer.notify(owner, review.NOTICES[Action.SUBMIT], {"id": entry_id, "title": body_of(entry)["title"]}, at)
    decided = written(parts, entry_id, number, person, at, names(sign_in)).without(removed)
    if new.submit:
        decided = decided.repeating(repeated(parts, [entry], owner).by_id[entry_id])
    response.headers["ETag"] = etag(decided.revision)
    response.headers["Location"] = f"/api/v1/entries/{entry_id}"
    return decided


@router.put("/{entry_id}")
def edit_entry(
    entry_id: EntryIdPath,
    edited: Edited,
    if_match: IfMatch,
    parts: PartsDep,
    person: SignedIn,
    at: NowDep,
    sign_in: SignInDep,
    response: Response,
) -> Decided:
    """Replace the entry's content and leave its status as it is."""
    wanted = DecisionIn(action=Action.EDIT, reason=edited.reason, body=edited.body)
    return decide_entry(entry_id, wanted, if_match, parts, person, at, sign_in, response)


def _owner(new: NewEntry, person: Person) -> str:
    """The organisation that the entry will belong to; raises ``NotAllowed``."""
    if new.owner is not None and new.owner in person.organisations:
        return new.owner
    if new.owner is None and len(person.organisations) == 1:
        return next(iter(person.organisations))
    raise NotAllowed(
        "Name the organisation, in `owner`, for which you edit entries. Hosts alone create entries.",
        "โปรดระบุหน่วยงานที่คุณดูแลรายการใน `owner` เจ้าภาพเท่านั้นที่สร้างรายการได้",
    )
