"""Decisions on entries, written as events: one decision, one event, in one transaction with its notice.

The event table is the truth: a claim, comments and reasons lie in the details of the event that told of them. Each
decision carries on what still holds (the claim, since when the entry waits), so the latest event of an entry says how
it stands.
"""

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from catalogue import forms, hosting, privacy
from catalogue.curation import LABELS, PUBLIC, UNSENT, Status
from catalogue.decisions import ACTION_LABELS, WAITING, Action, Claim, Needs, Outcome, Standing, decide, reviewer
from catalogue.entries import KINDS, Entry, body_of, content_hash, parse, parse_draft
from catalogue.errors import ActionRefused, Conflict, EntryNotFound, InvalidParameter
from catalogue.fields import about
from catalogue.languages import BUDDHIST_OFFSET
from catalogue.notices import Template
from catalogue.people import Person, may_see
from catalogue.settings import SCHEMAS
from catalogue.store.events import Event, timestamp
from catalogue.store.reading import Outline, Readings, Stored
from catalogue.store.store import STATUS_CHANGED, UPDATED, Change, Store, Writer
from catalogue.store.tables import links
from catalogue.vocabulary import Label, read_reasons

Held = Stored | Outline
NameOf = Callable[[str], str]
"""The name of an account for people to read; the empty text where there is none."""
# Of what the organisation that sent the entry is told, whoever did it; and of what, where others did it.
NOTICES: dict[Action, Template] = {
    Action.SUBMIT: "submitted",
    Action.REQUEST_EDITS: "edits_requested",
    Action.PUBLISH: "published",
    Action.REJECT: "rejected",
    Action.FOLLOW_UP: "progress",
}
BY_OTHERS: dict[Action, Template] = {Action.WITHDRAW: "withdrawn", Action.RESTORE: "restored"}
# Of an event's details: how the entry stands until somebody decides. The others tell of that one event.
CARRIED = ("claim", "since", "comments", "before")


@lru_cache(1)
def reasons() -> dict[str, Label]:
    """The reasons for not accepting an entry, by code."""
    return read_reasons(SCHEMAS)


@dataclass(frozen=True, slots=True)
class Comment:
    """What is to be changed in one field."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody wants to do to an entry whose ``revision`` they have read."""

    entry_id: str
    action: Action
    revision: int
    reason: str | None = None
    code: str | None = None
    comments: tuple[Comment, ...] = ()
    entry: Entry | None = field(default=None)  # its new content, with edit, submit and answer
    status: Status | None = None  # a public one, with follow_up

    @property
    def given(self) -> dict[Needs, Any]:
        """What it brings along, by what the table may ask for."""
        return {
            Needs.REASON: self.reason,
            Needs.CODE: self.code,
            Needs.COMMENTS: self.comments,
            Needs.PROGRESS: self.reason and self.status,
        }


def not_found() -> EntryNotFound:
    """The one answer for unknown ids and for entries that somebody may not see."""
    return EntryNotFound(
        "No published entry has this id. Search for it at /api/v1/search.",
        "ไม่มีรายการที่เผยแพร่ด้วยรหัสนี้ ลองค้นหาที่ /api/v1/search",
    )


def entry_of(stored: Stored) -> Entry:
    """The entry as it stands; one that was never submitted may lack any field."""
    return parse_draft(stored.body) if stored.status in UNSENT else parse(stored.body)


def sees(person: Person, stored: Held) -> bool:
    """Does this entry exist for this person?"""
    return may_see(person, stored.status, stored.theme, stored.owner)


def curates(person: Person, stored: Held) -> bool:
    """May this person review this entry?"""
    return person.curates(stored.theme, stored.owner, stored.status in PUBLIC)


def works_on(person: Person, stored: Stored) -> bool:
    """Is it an entry of this person's organisation, or one that the person may review?"""
    return stored.owner in person.organisations or curates(person, stored)


def latest(store: Readings, entry_id: str, person: Person) -> tuple[Stored, Event]:
    """The entry and its latest event; raises ``EntryNotFound`` alike for unknown ids and others' unpublished ones."""
    found = next(iter(store.latest(ids=[entry_id])), None)
    if found is None or not sees(person, found[0]):
        raise not_found()
    return found


def details_of(event: Event) -> dict[str, Any]:
    """What an event tells beside the entry's state."""
    return event.data().get("details") or {}


def carried(event: Event) -> dict[str, Any]:
    """What an event told that still holds after a change which leaves the entry where it stands."""
    return {name: told for name, told in details_of(event).items() if name in CARRIED}


def waiting_since(stored: Held, details: Mapping[str, Any]) -> str:
    """Since when somebody waits for a curator: submission, or the host's answer."""
    return str(details.get("since") or stored.updated_at)


def standing_of(stored: Held, details: Mapping[str, Any], name_of: NameOf) -> Standing:
    """How the entry stands by itself; what decides about it asks :func:`standing_in`."""
    held = details.get("claim") if stored.status == Status.IN_REVIEW else None
    claim = Claim(held["by"], datetime.datetime.fromisoformat(held["until"]), name_of(held["by"])) if held else None
    before = Status(details["before"]) if "before" in details else None
    return Standing(stored.status, stored.theme, stored.owner, claim, before, kind=stored.kind)


def standing_in(store: Readings, stored: Stored, event: Event, name_of: NameOf) -> Standing:
    """The same with the entries of others that are part of it, which the store knows."""
    others = tuple(one.id for one in others_in(store, stored))
    return replace(standing_of(stored, details_of(event), name_of), others=others)


def others_in(store: Readings, stored: Stored) -> list[Stored]:
    """The entries of other owners that are part of this one and shown with it, by id; none where it is not shown."""
    return _of_others(store, stored) if stored.public else []


def _of_others(store: Readings, stored: Stored) -> list[Stored]:
    members = store.get_many(store.members_of([stored.id]))
    return [members[i] for i in sorted(members) if members[i].owner != stored.owner]


def hosts_of(store: Readings, stored: Stored) -> list[hosting.Hosting]:
    """How each host of a hackathon stands, in their order; what was answered on its members counts."""
    return hosting.states(stored, store.events_of(stored.id, *store.members_of([stored.id])))


def preview(store: Readings, decision: Decision, person: Person, now: datetime.datetime, name_of: NameOf) -> Outcome:
    """What the decision would do; raises what :func:`apply` would raise, and writes nothing."""
    stored, event = latest(store, decision.entry_id, person)
    return _weighed(store, decision, stored, event, person, now, name_of)


def cleaned(decision: Decision) -> tuple[Decision, tuple[privacy.Removed, ...]]:
    """The decision without the personal data in its reason and comments, and what was taken out of which."""
    said, removed = privacy.cleaned({"reason": decision.reason, "comments": [c.text for c in decision.comments]})
    comments = tuple(Comment(c.field, text) for c, text in zip(decision.comments, said["comments"], strict=True))
    return replace(decision, reason=said["reason"], comments=comments), removed


def apply(store: Store, decision: Decision, person: Person, now: datetime.datetime, name_of: NameOf) -> int:
    """Write the decision, without personal data in its words; returns the entry's new revision.

    Raises ``EntryNotFound``, ``ActionRefused``, ``InvalidParameter``, or ``Conflict`` that names who decided what
    meanwhile; then nothing is written.
    """
    decision, _ = cleaned(decision)
    with store.writing() as writer:
        stored, event = latest(writer, decision.entry_id, person)
        outcome = _weighed(writer, decision, stored, event, person, now, name_of)
        number = writer.apply([_change(decision, stored, event, outcome, now)], person.id, decision.reason, at=now)[0]
        _tell(writer, decision, stored, outcome, person, now)
    return number


def refuse_claimed(
    store: Readings, ids: Collection[str], person_id: str, now: datetime.datetime, name_of: NameOf
) -> None:
    """Raise ``ActionRefused`` where another curator reviews one of these entries now."""
    for stored, event in store.latest(ids=ids):
        if other := reviewer(standing_of(stored, details_of(event), name_of).claim, person_id, now):
            raise ActionRefused(
                f"{stored.id}: {other.en} Wait until then, or ask for it to be released.",
                f"{stored.id}: {other.th} โปรดรอจนถึงเวลานั้น หรือขอให้คืนเข้าคิว",
                entry=stored.id,
                claimed=other.claimed,
            )


def _weighed(
    store: Readings,
    decision: Decision,
    stored: Stored,
    event: Event,
    person: Person,
    now: datetime.datetime,
    name_of: NameOf,
) -> Outcome:
    # Whoever does not work on it hears from the table that it lets them do nothing, and no names.
    if stored.revision != decision.revision and works_on(person, stored):
        raise _changed(stored, event, name_of)
    outcome = decide(standing_in(store, stored, event, name_of), decision.action, person, now, decision.given)
    _check(store, stored, decision, person)
    theme = body_of(decision.entry).get("theme") if decision.entry else stored.theme
    if outcome.claim and not person.curates(theme, stored.owner, public=False):
        # Corrected to a theme that others review: they could not go on while this person holds it.
        return replace(outcome, status=Status.SUBMITTED, claim=None)
    return outcome


def _change(decision: Decision, stored: Stored, event: Event, outcome: Outcome, now: datetime.datetime) -> Change:
    entry = decision.entry
    return Change(
        kind=UPDATED if entry and outcome.status == stored.status else STATUS_CHANGED,
        entry_id=stored.id,
        body=body_of(entry) if entry else None,
        content_hash=content_hash(entry) if entry else None,
        status=outcome.status,
        expected_revision=decision.revision,
        details=_details(decision, stored, event, outcome, now),
    )


def _details(
    decision: Decision, stored: Stored, event: Event, outcome: Outcome, now: datetime.datetime
) -> dict[str, Any]:
    """What the event tells beside the entry's state; the next decision reads how the entry stands from here."""
    told: dict[str, Any] = {"action": decision.action.value, "as": outcome.rule.who.value}
    if decision.code:
        told["code"] = decision.code
    if decision.comments and decision.action == Action.REQUEST_EDITS:
        told["comments"] = [{"field": c.field, "text": c.text} for c in decision.comments]
    elif decision.action == Action.EDIT and stored.status == Status.EDITS_REQUESTED:
        told["comments"] = details_of(event).get("comments", [])  # still to be answered
    if outcome.claim:
        told["claim"] = {"by": outcome.claim.by, "until": timestamp(outcome.claim.until)}
    if outcome.status in WAITING:
        fresh = stored.status not in WAITING
        told["since"] = timestamp(now) if fresh else waiting_since(stored, details_of(event))
    if outcome.status == Status.WITHDRAWN:
        told["before"] = stored.status.value
    return told


def _check(store: Readings, stored: Stored, decision: Decision, person: Person) -> None:
    """Refuse what the table cannot know: unknown codes and fields, and content that belongs elsewhere."""
    if decision.code and decision.code not in reasons():
        raise InvalidParameter("`code` is not in /api/v1/reasons.", "`code` ไม่มีใน /api/v1/reasons")
    fields = about(KINDS[stored.kind])
    if any(comment.field not in fields for comment in decision.comments):
        raise InvalidParameter(
            "A comment names a field that the entry does not have. /api/v1/fields lists the fields.",
            "ความเห็นอ้างถึงช่องที่รายการไม่มี ดูชื่อช่องที่ /api/v1/fields",
        )
    if decision.action == Action.EDIT and decision.entry is None:
        raise InvalidParameter("An edit needs the entry's new content.", "การแก้ไขต้องมีเนื้อหาใหม่ของรายการ")
    body = body_of(decision.entry) if decision.entry else stored.body
    if decision.action in (Action.SUBMIT, Action.ANSWER):
        forms.refuse_incomplete(body)
    elif decision.entry and stored.status not in UNSENT:
        forms.refuse_incomplete(body, to_submit=False)
    if decision.entry is None:
        return
    if decision.action not in (Action.EDIT, Action.SUBMIT, Action.ANSWER):
        raise InvalidParameter(
            "Content comes with edit, submit or answer alone.", "ส่งเนื้อหาได้เฉพาะเมื่อแก้ไข ส่งตรวจ หรือส่งฉบับแก้ไข"
        )
    if (decision.entry.id, decision.entry.kind) != (stored.id, stored.kind):
        raise InvalidParameter("An entry's id and kind never change.", "รหัสและประเภทของรายการเปลี่ยนไม่ได้")
    refuse_unseen(store, decision.entry, person, stored.body)


def refuse_unseen(store: Readings, entry: Entry, person: Person, held: Mapping[str, Any] | None = None) -> None:
    """Raise ``InvalidParameter`` where the entry refers to one that does not exist for this person.

    A merged one stands for what it became part of. What the content before, ``held``, referred to is not judged.
    """
    named = referred(body_of(entry)) - referred(held or {})
    leads = store.resolved(named)
    found = store.get_many(leads.values())
    if unseen := sorted(i for i, last in leads.items() if last not in found or not sees(person, found[last])):
        raise InvalidParameter(
            f"The entry refers to {unseen[0]}, which is not in the catalogue.",
            f"รายการอ้างถึง {unseen[0]} ซึ่งไม่มีในคลัง",
            unknown=unseen,
        )


def referred(body: Mapping[str, Any]) -> set[str]:
    """The entries to which this content refers."""
    return {*links(body), *([body["hackathon"]] if body.get("hackathon") else [])}


def _changed(stored: Stored, event: Event, name_of: NameOf) -> Conflict:
    """Somebody was quicker: say who did what, and when."""
    action = details_of(event).get("action")
    labels = ACTION_LABELS[Action(action)] if action in set(Action) else {"th": "แก้ไข", "en": "Edit"}
    name = name_of(event.actor)
    at = datetime.datetime.fromisoformat(event.at)
    return Conflict(
        f"{name or 'Somebody'} was quicker: “{labels['en']}” at {at:%H:%M} UTC on {at:%d %b %Y}. "
        "Nothing of yours was written. Load the entry again and decide on what it says now.",
        f"{name or 'มีผู้อื่น'} ทำ “{labels['th']}” ไปก่อนแล้ว เมื่อ {at:%H:%M} น. (UTC) "
        f"วันที่ {at:%d/%m}/{at.year + BUDDHIST_OFFSET} สิ่งที่คุณส่งยังไม่ถูกบันทึก โปรดโหลดรายการใหม่แล้วตัดสินใจอีกครั้ง",
        entry=stored.id,
        revision=stored.revision,
        decided={"by": name, "action": action, "at": event.at},
    )


def _tell(
    writer: Writer, decision: Decision, stored: Stored, outcome: Outcome, person: Person, now: datetime.datetime
) -> None:
    """Tell the organisation that sent the entry, where the decision concerns it, and who sent what goes with it."""
    body = body_of(decision.entry) if decision.entry else stored.body
    told = {"id": stored.id, "title": body.get("title"), "reason": _worded(decision), "status": LABELS[outcome.status]}
    template = NOTICES.get(decision.action)
    if stored.owner not in person.organisations and {stored.status, outcome.status} & PUBLIC:
        template = BY_OTHERS.get(decision.action, template)
    if template and stored.owner:
        writer.notify(stored.owner, template, told, now)
    if decision.action == Action.FOLLOW_UP:
        for member in others_in(writer, stored):
            if member.owner:
                writer.notify(member.owner, "progress", told | {"id": member.id, "title": member.body["title"]}, now)
    if decision.entry or stored.status not in PUBLIC:
        tell_hosts(writer, stored.id, now)
    if decision.action == Action.WITHDRAW:
        tell_owners(writer, others_in(writer, stored), "withdrawn_with", stored.id, decision.reason or "", now)
    if decision.action == Action.RESTORE and outcome.status in PUBLIC:
        tell_owners(writer, _of_others(writer, stored), "restored", stored.id, decision.reason or "", now)


def tell_hosts(writer: Writer, entry_id: str, at: datetime.datetime | None) -> None:
    """Tell those whom a hackathon names as hosts since it was written, where it is public and they have to answer.

    Whom it named when it was public last, or what is part of it did, has been told.
    """
    stored = writer.get(entry_id)
    if stored is None or stored.kind != "hackathon" or not stored.public:
        return
    events = writer.events_of(entry_id, *writer.members_of([entry_id]))
    earlier = [event.data() | {"of": event.entry_id} for event in events if event.number < stored.revision]
    shown = {told["of"]: told["body"] for told in earlier if told.get("status") in PUBLIC}
    before = {host["organization"].get("id") for body in shown.values() for host in body.get("hosts", ())}
    named = {host.organisation for host in hosting.states(stored, events) if host.asked and host.state == "unconfirmed"}
    for organisation in sorted(filter(None, named - before)):
        writer.notify(organisation, "named_as_host", {"id": stored.id, "title": stored.body["title"]}, at)


def tell_owners(
    writer: Writer,
    members: Iterable[Stored],
    template: Template,
    into: str,
    reason: str,
    at: datetime.datetime | None,
) -> None:
    """Tell those who sent these entries what became of them with the one that they are, or were, part of."""
    for member in members:
        if member.owner:
            told = {"id": member.id, "title": member.body["title"], "into": into, "reason": reason}
            writer.notify(member.owner, template, told, at)


def _worded(decision: Decision) -> dict[str, str]:
    """The reason and the comments as a host reads them, per language."""
    words = {}
    for language in ("th", "en"):
        label = reasons().get(decision.code or "")
        lines = [getattr(label, language)] if label else []
        lines += [decision.reason] if decision.reason else []
        words[language] = "\n".join([*lines, *(f"- {comment.text}" for comment in decision.comments)])
    return words
