"""`/api/v1/merges`: several entries become one, and what shows before; and the way back."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from catalogue import fields, review
from catalogue.api.decisions import names
from catalogue.api.duplicates import refuse_others, refuse_uncurated, seen
from catalogue.api.parts import PartsDep
from catalogue.api.person import NowDep, SignedIn, SignInDep
from catalogue.api.vocabularies import Label
from catalogue.differences import Marks, marks
from catalogue.entries import Entry, EntryId, Hackathon, Organization, PainPoint, Proposal
from catalogue.errors import EntryNotFound
from catalogue.merges import entries_of, merge, preview, undo
from catalogue.merging import MergePlan
from catalogue.problems import Problem

router = APIRouter(
    prefix="/merges", tags=["duplicates"], responses={code: {"model": Problem} for code in (401, 403, 404, 409)}
)
MOST_MEMBERS = 20


class Merging(BaseModel):
    """Which entries become one. ``read``: the revision of each as it was read; another one is a conflict."""

    model_config = ConfigDict(extra="forbid")

    canonical: EntryId
    members: list[EntryId] = Field(min_length=1, max_length=MOST_MEMBERS)
    choices: dict[str, EntryId] = Field(
        default_factory=dict, max_length=60, description="Field to the entry whose value is kept; else the canonical's."
    )
    reason: str = Field("", max_length=2000)
    read: dict[EntryId, int] = Field(default_factory=dict, max_length=MOST_MEMBERS + 1)
    preview: bool = Field(False, description="Only show what would be written.")


class Differing(BaseModel):
    """A field in which the entries differ: the value of each that has one, and whose is kept."""

    name: str
    label: Label
    values: dict[str, Any]
    marks: dict[str, Marks] = Field(description="By entry: [start, end) of the words that no other entry has.")
    taken_from: str


class Merge(BaseModel):
    """The canonical entry as it is now, or as it would be; ``batch`` undoes the merge, null in a preview."""

    batch: str | None
    entry: PainPoint | Proposal | Hackathon | Organization
    differing: list[Differing]
    revisions: dict[str, int]


class MergeUndone(BaseModel):
    """Which members stand for themselves again, and what was changed since the merge and stays."""

    canonical: str
    restored: list[str]
    kept_fields: list[str]


class Undoing(BaseModel):
    """Why a merge is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=2000)


@router.post("")
def merges(asked: Merging, parts: PartsDep, person: SignedIn, at: NowDep, sign_in: SignInDep) -> Merge:
    """Merge entries into the canonical one, or preview that. All are kept, and their ids lead to it."""
    refuse_others(person)
    entries = seen(parts, person, [asked.canonical, *asked.members])
    refuse_uncurated(person, entries)
    name_of = names(sign_in)
    review.refuse_claimed(parts.store, [stored.id for stored in entries], person.id, at, name_of)
    planned: MergePlan = preview(parts.store, asked.canonical, asked.members, asked.choices)
    batch = None
    if not asked.preview:
        batch = merge(
            parts.store,
            asked.canonical,
            asked.members,
            asked.choices,
            actor=person.id,
            reason=asked.reason,
            # What was shown is what is written: nobody may have changed an entry between this plan and the merge.
            read={stored.id: stored.revision for stored in entries} | asked.read,
            at=at,
            name_of=name_of,
        )
    found = parts.store.get_many([stored.id for stored in entries])
    return Merge(
        batch=batch,
        entry=planned.entry,
        differing=[
            Differing(
                name=choice.name,
                label=_label(type(planned.entry), choice.name),
                values=dict(choice.values),
                marks={
                    i: marks(value, (v for o, v in choice.values.items() if o != i), parts.analyser.spans)
                    for i, value in choice.values.items()
                },
                taken_from=choice.taken_from,
            )
            for choice in planned.differing
        ],
        revisions={i: stored.revision for i, stored in found.items()},
    )


def _label(model: type[Entry], name: str) -> Label:
    described = fields.about(model)[name]
    return Label(th=described.th, en=described.en)


@router.post("/{batch}/undo")
def unmerge(
    batch: Annotated[str, Path(max_length=60)],
    asked: Undoing,
    parts: PartsDep,
    person: SignedIn,
    at: NowDep,
    sign_in: SignInDep,
) -> MergeUndone:
    """Take a merge back. Without later edits every entry is as it was; later edits stay and are named."""
    refuse_others(person)
    entries = entries_of(parts.store, batch, person)
    if not entries:
        raise EntryNotFound("No merge has this number.", "ไม่มีการรวมรายการที่มีหมายเลขนี้")
    refuse_uncurated(person, entries)
    reason, name_of = asked.reason or None, names(sign_in)
    done = undo(parts.store, batch, actor=person.id, reason=reason, at=at, name_of=name_of)
    return MergeUndone(
        canonical=done.canonical,
        restored=list(done.restored),
        kept_fields=list(done.kept_fields),
    )
