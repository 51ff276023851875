"""What a merge and its undoing would write: plans over entries as they stand. Pure.

A merge keeps everything. The canonical entry takes the chosen value of each field; the members keep their bodies and
become ``merged``, which makes their ids lead to the canonical one. Links, sources and hackathons stay where they are
written and are read through the canonical id (store/reading.py), so that undoing restores exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import ValidationError

from catalogue import fields
from catalogue.curation import OPEN, PUBLIC, Status
from catalogue.entries import KINDS, AnyEntry, parse
from catalogue.errors import InvalidParameter, MergeRefused

# What makes an entry this one, and its links: these stay where they are written, and readers find all of them.
OWN = frozenset({"id", "kind", "language", "external_id", "source", "sample", "pain_points"})
# Drafts are their host's alone; what ended has nothing to give.
MERGEABLE = PUBLIC | OPEN


class Held(Protocol):
    """An entry as the store holds it."""

    @property
    def id(self) -> str:
        """Public id."""
        ...

    @property
    def kind(self) -> str:
        """Kind of entry."""
        ...

    @property
    def status(self) -> Status:
        """Where it stands."""
        ...

    @property
    def canonical_id(self) -> str | None:
        """Of a merged entry: what it became part of."""
        ...

    @property
    def body(self) -> dict[str, Any]:
        """Its content."""
        ...


@dataclass(frozen=True)
class FieldChoice:
    """One field in which the entries differ: each entry's value, and whose the canonical entry will have."""

    name: str
    values: Mapping[str, Any]
    """By entry id; entries that say nothing are left out."""
    taken_from: str


@dataclass(frozen=True)
class MergePlan:
    """What the canonical entry would become."""

    entry: AnyEntry
    differing: tuple[FieldChoice, ...]


@dataclass(frozen=True)
class Restored:
    """A body with what one merge wrote taken back, and the fields that were edited since and stay as they are."""

    body: dict[str, Any]
    kept: tuple[str, ...]


def choosable(kind: str) -> tuple[str, ...]:
    """The fields of this kind that a merge may take from a member, in order of declaration."""
    return tuple(name for name in fields.about(KINDS[kind]) if name not in OWN)


def plan_merge(canonical: Held, members: Sequence[Held], choices: Mapping[str, str]) -> MergePlan:
    """The canonical entry with each field from whom ``choices`` say: field to entry id.

    Without a choice a field keeps the canonical value, or, where it has none, gets that of the first member with one.
    Raises ``MergeRefused`` for entries that cannot be merged, ``InvalidParameter`` for choices that do not exist.
    """
    _refuse_unfit(canonical, members)
    entries = [canonical, *members]
    names = choosable(canonical.kind)
    _refuse_unknown(choices, names, entries)
    body = dict(canonical.body)
    differing = []
    for name in names:
        values = {one.id: value for one in entries if (value := one.body.get(name)) not in (None, [], {})}
        taken_from = choices.get(name) or next(iter(values), canonical.id)
        if values and (len(values) < len(entries) or any(v != values[next(iter(values))] for v in values.values())):
            differing.append(FieldChoice(name, values, taken_from))
        if taken_from in values:
            body[name] = values[taken_from]
        elif taken_from != canonical.id:
            body.pop(name, None)
    try:
        return MergePlan(parse(body), tuple(differing))
    except ValidationError:
        raise InvalidParameter(
            "With these choices the entry would lack a field that it needs. Choose an entry that has it.",
            "หากเลือกตามนี้ รายการจะขาดข้อมูลที่จำเป็น โปรดเลือกจากรายการที่มีข้อมูลนั้น",
        ) from None


def take_back(before: Mapping[str, Any], written: Mapping[str, Any], now: Mapping[str, Any]) -> Restored:
    """The present body with what a merge wrote over ``before`` taken back; fields edited since are kept and named."""
    body, kept = dict(now), []
    for name in sorted(before.keys() | written.keys()):
        if before.get(name) == written.get(name):
            continue
        if now.get(name) != written.get(name):
            kept.append(name)
        elif name in before:
            body[name] = before[name]
        else:
            body.pop(name, None)
    return Restored(body, tuple(kept))


def _refuse_unfit(canonical: Held, members: Sequence[Held]) -> None:
    ids = [canonical.id, *(member.id for member in members)]
    if not members or len(set(ids)) != len(ids):
        raise MergeRefused(
            "Name one canonical entry and at least one other, each once.",
            "โปรดระบุรายการหลักหนึ่งรายการและรายการอื่นอย่างน้อยหนึ่งรายการ ไม่ซ้ำกัน",
        )
    if canonical.status not in PUBLIC:
        raise MergeRefused(
            f"{canonical.id} is not published. Publish it first, or choose a published entry as the canonical one.",
            f"{canonical.id} ยังไม่เผยแพร่ โปรดเผยแพร่ก่อน หรือเลือกรายการที่เผยแพร่แล้วเป็นรายการหลัก",
            entry=canonical.id,
        )
    for member in members:
        if member.status == Status.MERGED:
            raise MergeRefused(
                f"{member.id} is part of {member.canonical_id} already. Merge that one, or undo its merge first.",
                f"{member.id} รวมอยู่กับ {member.canonical_id} แล้ว โปรดรวมรายการนั้นแทน หรือยกเลิกการรวมก่อน",
                entry=member.id,
            )
        if member.kind != canonical.kind or member.status not in MERGEABLE:
            raise MergeRefused(
                f"{member.id} cannot become part of {canonical.id}: it must be of the same kind, and submitted or "
                "published.",
                f"รวม {member.id} กับ {canonical.id} ไม่ได้ ต้องเป็นรายการประเภทเดียวกันที่ส่งแล้วหรือเผยแพร่แล้ว",
                entry=member.id,
            )


def _refuse_unknown(choices: Mapping[str, str], names: Sequence[str], entries: Sequence[Held]) -> None:
    ids = {one.id for one in entries}
    if any(name not in names or chosen not in ids for name, chosen in choices.items()):
        raise InvalidParameter(
            "`choices` names a field that cannot be chosen, or an entry that is not merged here. /api/v1/fields lists "
            "the fields; the entries are those of `canonical` and `members`.",
            "`choices` มีช่องที่เลือกไม่ได้ หรือรายการที่ไม่ได้รวมในครั้งนี้ ดูชื่อช่องที่ /api/v1/fields "
            "และเลือกรายการจาก `canonical` หรือ `members`",
        )
