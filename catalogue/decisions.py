"""What may be done to an entry, from where to where, by whom: one table, and the decision read from it. Pure.

The API's errors, the buttons of the UI, docs/curation.md and the tests are derived from ``RULES``. A claim is a lock
with a time limit: whoever claims an entry reviews it, everybody else waits until the claim ends or is released.
Tested by tests/test_decisions.py.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from catalogue.curation import LABELS, OPEN, PUBLIC, Status
from catalogue.entries import Kind
from catalogue.errors import ActionRefused
from catalogue.people import Person

CLAIM_LASTS = datetime.timedelta(minutes=30)
WAITING = (Status.SUBMITTED, Status.IN_REVIEW)
"""The statuses in which an entry waits for a curator."""
OVERDUE_AFTER = datetime.timedelta(days=7)


class Action(StrEnum):
    """What people do to an entry."""

    SUBMIT = "submit"
    CLAIM = "claim"
    RELEASE = "release"
    REQUEST_EDITS = "request_edits"
    ANSWER = "answer"
    PUBLISH = "publish"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    RESTORE = "restore"
    EDIT = "edit"
    FOLLOW_UP = "follow_up"


ACTION_LABELS: dict[Action, dict[str, str]] = {
    Action.SUBMIT: {"th": "ส่งให้ตรวจ", "en": "Submit"},
    Action.CLAIM: {"th": "รับไปตรวจ", "en": "Claim"},
    Action.RELEASE: {"th": "คืนเข้าคิว", "en": "Release"},
    Action.REQUEST_EDITS: {"th": "ขอให้แก้ไข", "en": "Request edits"},
    Action.ANSWER: {"th": "ส่งฉบับแก้ไข", "en": "Answer"},
    Action.PUBLISH: {"th": "เผยแพร่", "en": "Publish"},
    Action.REJECT: {"th": "ไม่รับ", "en": "Reject"},
    Action.WITHDRAW: {"th": "ถอนออก", "en": "Withdraw"},
    Action.RESTORE: {"th": "นำกลับมา", "en": "Restore"},
    Action.EDIT: {"th": "แก้ไข", "en": "Edit"},
    Action.FOLLOW_UP: {"th": "บันทึกความคืบหน้า", "en": "Record progress"},
}


class Part(StrEnum):
    """The part that somebody plays for one entry."""

    HOST = "host"
    """Edits the entries of the organisation that sent it."""
    CURATOR = "curator"
    """Reviews entries of its theme and organisation."""
    REVIEWER = "reviewer"
    """The curator who holds the claim."""
    ADMIN = "admin"


class Needs(StrEnum):
    """What a decision has to bring along."""

    NOTHING = "nothing"
    REASON = "reason"
    CODE = "code"
    """A reason from the managed list, schemas/reasons.yaml."""
    COMMENTS = "comments"
    """At least one comment on a field."""
    PROGRESS = "progress"
    """A status that everybody may read, and in words what was done or seen, and where that can be checked."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table. Without ``to`` an entry stays where it stands; ``back``: it returns to where it stood.

    ``alone``: only while no entry of another owner is part of it. ``problems``: of entries that are pain points alone.
    """

    action: Action
    sources: frozenset[Status]
    to: Status | None
    who: Part
    needs: Needs = Needs.NOTHING
    back: bool = False
    alone: bool = False
    problems: bool = False


def _from(*statuses: Status) -> frozenset[Status]:
    return frozenset(statuses)


# Of two lines that fit, the first one counts.
RULES: tuple[Rule, ...] = (
    Rule(Action.SUBMIT, _from(Status.DRAFT), Status.SUBMITTED, Part.HOST),
    # Whoever asked for edits may have been wrong, or never hear from the host.
    Rule(Action.CLAIM, OPEN, Status.IN_REVIEW, Part.CURATOR),
    Rule(Action.RELEASE, _from(Status.IN_REVIEW), Status.SUBMITTED, Part.REVIEWER),
    Rule(Action.RELEASE, _from(Status.IN_REVIEW), Status.SUBMITTED, Part.ADMIN),
    Rule(Action.REQUEST_EDITS, _from(Status.IN_REVIEW), Status.EDITS_REQUESTED, Part.REVIEWER, Needs.COMMENTS),
    Rule(Action.ANSWER, _from(Status.EDITS_REQUESTED), Status.IN_REVIEW, Part.HOST),
    Rule(Action.PUBLISH, _from(Status.IN_REVIEW), Status.PUBLISHED, Part.REVIEWER),
    Rule(Action.REJECT, _from(Status.IN_REVIEW), Status.REJECTED, Part.REVIEWER, Needs.CODE),
    Rule(Action.WITHDRAW, _from(Status.DRAFT), Status.DISCARDED, Part.HOST),
    Rule(Action.WITHDRAW, OPEN, Status.WITHDRAWN, Part.HOST, Needs.REASON),
    # It would take what others sent out of sight.
    Rule(Action.WITHDRAW, PUBLIC, Status.WITHDRAWN, Part.HOST, Needs.REASON, alone=True),
    Rule(Action.WITHDRAW, PUBLIC, Status.WITHDRAWN, Part.CURATOR, Needs.REASON),
    Rule(Action.RESTORE, _from(Status.WITHDRAWN), None, Part.CURATOR, Needs.REASON, back=True),
    Rule(Action.RESTORE, _from(Status.WITHDRAWN, Status.DISCARDED), Status.DRAFT, Part.HOST),
    Rule(Action.RESTORE, _from(Status.REJECTED), Status.SUBMITTED, Part.CURATOR, Needs.REASON),
    Rule(Action.EDIT, _from(Status.DRAFT, Status.SUBMITTED, Status.EDITS_REQUESTED), None, Part.HOST),
    Rule(Action.EDIT, _from(Status.IN_REVIEW), None, Part.REVIEWER),
    Rule(Action.EDIT, PUBLIC, None, Part.CURATOR, Needs.REASON),
    # To the status that the decision brings along. Never by who sent it: somebody else has to have seen it.
    Rule(Action.FOLLOW_UP, PUBLIC, None, Part.CURATOR, Needs.PROGRESS, problems=True),
)


@dataclass(frozen=True, slots=True)
class Claim:
    """Who reviews an entry, until when nobody else may; ``name`` is for people to read."""

    by: str
    until: datetime.datetime
    name: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """All of an entry that a decision depends on. ``before``: where a withdrawn one stood.

    ``others``: the entries of other owners that are part of it, and are shown only as long as it is.
    """

    status: Status
    theme: str | None
    owner: str
    claim: Claim | None = None
    before: Status | None = None
    others: tuple[str, ...] = ()
    kind: Kind = "pain_point"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision does: the entry's next status and claim, and the line of the table that allows it."""

    rule: Rule
    status: Status
    claim: Claim | None


def allowed(standing: Standing, person: Person, now: datetime.datetime) -> tuple[Action, ...]:
    """What this person may do to the entry now, in the order of the table."""
    return tuple(dict.fromkeys(rule.action for rule in rules_for(standing, person, now)))


def rules_for(standing: Standing, person: Person, now: datetime.datetime) -> list[Rule]:
    """The lines of the table that let this person act now."""
    return [rule for rule in RULES if standing.status in rule.sources and _lets(rule, standing, person, now)]


def host_edits(status: Status, owner: str, organisation: str) -> bool:
    """Does the table let the hosts of this organisation edit an entry that stands there and that ``owner`` sent?"""
    rules = (rule for rule in RULES if rule.action == Action.EDIT and rule.who == Part.HOST)
    return bool(owner) and owner == organisation and any(status in rule.sources for rule in rules)


def decide(
    standing: Standing, action: Action, person: Person, now: datetime.datetime, given: Mapping[Needs, Any]
) -> Outcome:
    """What the action leads to; ``given`` holds what the decision brings along.

    Raises ``ActionRefused``, which says what this person may do now, or what the decision lacks. Whether the entry
    exists for the person is the caller's question (``people.may_see``).
    """
    possible = rules_for(standing, person, now)
    rule = next((rule for rule in possible if rule.action == action), None)
    if rule is None:
        raise _refused(standing, action, allowed(standing, person, now), person, now)
    if rule.needs != Needs.NOTHING and not given.get(rule.needs):
        raise _lacking(rule)
    if rule.back:
        status = standing.before if standing.before in PUBLIC else Status.SUBMITTED
    elif rule.needs == Needs.PROGRESS:
        status = given[Needs.PROGRESS]
    else:
        status = rule.to or standing.status
    assert status is not None
    keeps = status == Status.IN_REVIEW and action in (Action.CLAIM, Action.EDIT)
    return Outcome(rule, status, Claim(person.id, now + CLAIM_LASTS, person.name) if keeps else None)


def _lets(rule: Rule, standing: Standing, person: Person, now: datetime.datetime) -> bool:
    """Does this line let the person act?"""
    if (rule.alone and standing.others) or (rule.problems and standing.kind != "pain_point"):
        return False
    if rule.who == Part.HOST:
        return person.is_admin or (bool(standing.owner) and standing.owner in person.organisations)
    if rule.who == Part.ADMIN:
        return person.is_admin
    if not person.curates(standing.theme, standing.owner, standing.status in PUBLIC):
        return False
    claim = standing.claim
    if rule.who == Part.REVIEWER:
        # Also after the time limit, as long as nobody else has claimed it.
        return claim is not None and claim.by == person.id
    return rule.action != Action.CLAIM or claim is None or claim.by == person.id or claim.until <= now


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who else reviews an entry now, in words and as a member of the refusal."""

    en: str
    th: str
    claimed: dict[str, str]


def reviewer(claim: Claim | None, person_id: str, now: datetime.datetime) -> Reviewer | None:
    """Who reviews the entry, where it is somebody else than this person and the claim has not ended."""
    if claim is None or claim.by == person_id or claim.until <= now:
        return None
    return Reviewer(
        f"{claim.name or 'Another curator'} is reviewing it until {claim.until:%H:%M} UTC.",
        f"{claim.name or 'ผู้ตรวจท่านอื่น'} กำลังตรวจอยู่ถึง {claim.until:%H:%M} น. (UTC)",
        {"by": claim.name, "until": claim.until.isoformat()},
    )


def _refused(
    standing: Standing, action: Action, possible: tuple[Action, ...], person: Person, now: datetime.datetime
) -> ActionRefused:
    now_th, now_en = LABELS[standing.status]["th"], LABELS[standing.status]["en"]
    names = {language: ", ".join(ACTION_LABELS[a][language] for a in possible) for language in ("th", "en")}
    en = f"“{ACTION_LABELS[action]['en']}” is not possible: the entry's status is “{now_en}”."
    th = f"ทำ “{ACTION_LABELS[action]['th']}” ไม่ได้ สถานะของรายการคือ “{now_th}”"
    members: dict[str, Any] = {"action": action, "entry_status": standing.status, "allowed": list(possible)}
    if standing.others and action in allowed(replace(standing, others=()), person, now):
        members["others"], ids = list(standing.others), ", ".join(standing.others)
        en += f" Entries of others are part of it and would go with it ({ids}). Ask a curator to undo the merge first,"
        en += " or to withdraw all of them."
        th += f" มีรายการของผู้อื่นรวมอยู่และจะหายไปด้วย ({ids}) โปรดติดต่อผู้ตรวจให้ยกเลิกการรวมก่อน หรือถอนออกทั้งหมด"
    other = reviewer(standing.claim, person.id, now)
    if other and person.curates(standing.theme, standing.owner, standing.status in PUBLIC):
        members["claimed"] = other.claimed
        en, th = f"{en} {other.en}", f"{th} {other.th}"
    if person.is_curator and not person.is_admin and standing.owner in person.organisations:
        en += " Your own organisation sent it: another curator reviews it."
        th += " รายการนี้หน่วยงานของคุณเป็นผู้ส่ง ผู้ตรวจท่านอื่นจะเป็นผู้ตรวจ"
    en += f" You may now: {names['en']}." if possible else " There is nothing that you may do to it now."
    th += f" ตอนนี้คุณทำได้: {names['th']}" if possible else " ตอนนี้คุณยังทำอะไรกับรายการนี้ไม่ได้"
    return ActionRefused(en, th, **members)


_LACKS = {
    Needs.REASON: ("Give a reason in `reason`.", "โปรดให้เหตุผลใน `reason`"),
    Needs.CODE: ("Choose a reason from /api/v1/reasons in `code`.", "โปรดเลือกเหตุผลจาก /api/v1/reasons ใน `code`"),
    Needs.COMMENTS: (
        "Comment on at least one field in `comments`: say what is to be changed.",
        "โปรดให้ความเห็นอย่างน้อยหนึ่งช่องใน `comments` ว่าต้องแก้อะไร",
    ),
    Needs.PROGRESS: (
        "Say in `status` how the problem stands now, and in `reason` what was done and where that can be checked.",
        "โปรดระบุใน `status` ว่าปัญหาอยู่ในสถานะใด และใน `reason` ว่าทำอะไรไปแล้ว ตรวจสอบได้จากที่ใด",
    ),
}


def _lacking(rule: Rule) -> ActionRefused:
    en, th = _LACKS[rule.needs]
    return ActionRefused(
        f"“{ACTION_LABELS[rule.action]['en']}” needs more. {en}",
        f"“{ACTION_LABELS[rule.action]['th']}” ยังขาดข้อมูล {th}",
        action=rule.action,
        needs=rule.needs,
    )
