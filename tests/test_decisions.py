"""The table of decisions: every action by status by person, written out here by hand and compared."""

import dataclasses
import datetime
import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import decisions
from catalogue.curation import PUBLIC, Status
from catalogue.decisions import CLAIM_LASTS, RULES, Action, Claim, Needs, Part, Standing, allowed, decide
from catalogue.errors import ActionRefused
from catalogue.people import VISITOR, Grant, Person, Role
from catalogue.settings import ROOT
from tests.conftest import NOON

OWNER = "OG-2569-003"
PEOPLE = {
    "visitor": VISITOR,
    "other host": Person("U-1", grants=(Grant(Role.HOST_ADMIN, "OG-2569-004"),)),
    "host": Person("U-2", grants=(Grant(Role.HOST_EDITOR, OWNER),)),
    "curator": Person("U-3", grants=(Grant(Role.CURATOR),)),
    "reviewer": Person("U-4", grants=(Grant(Role.CURATOR, themes=frozenset({"water"})),)),
    "other theme": Person("U-5", grants=(Grant(Role.CURATOR, themes=frozenset({"tourism"})),)),
    "other organisation": Person("U-6", grants=(Grant(Role.CURATOR, "OG-2569-004"),)),
    "admin": Person("U-7", grants=(Grant(Role.ADMIN),)),
    "host and curator": Person("U-4", grants=(Grant(Role.CURATOR), Grant(Role.HOST_EDITOR, OWNER))),
}
# Who may do what where, in one's own words; nobody else may do anything. The reviewer holds the claim.
MAY: dict[str, dict[str, str]] = {
    "draft": {"host": "submit withdraw edit", "admin": "submit withdraw edit"},
    "discarded": {"host": "restore", "admin": "restore"},
    "submitted": {
        "host": "withdraw edit",
        "curator": "claim",
        "reviewer": "claim",
        "admin": "claim withdraw edit",
    },
    "in_review": {
        "host": "withdraw",
        "reviewer": "claim release request_edits publish reject edit",
        "admin": "release withdraw",
    },
    "edits_requested": {
        "host": "answer withdraw edit",
        "curator": "claim",
        "reviewer": "claim",
        "admin": "claim answer withdraw edit",
    },
    "public": {
        "host": "withdraw",
        "curator": "withdraw edit follow_up",
        "reviewer": "withdraw edit follow_up",
        "admin": "withdraw edit follow_up",
    },
    "rejected": {"curator": "restore", "reviewer": "restore", "admin": "restore"},
    "withdrawn": {"host": "restore", "curator": "restore", "reviewer": "restore", "admin": "restore"},
    "merged": {},
}
GIVEN = {
    Needs.REASON: "because",
    Needs.CODE: "test",
    Needs.COMMENTS: ("a comment",),
    Needs.PROGRESS: Status.PARTLY_SOLVED,
}


def standing(status: Status, claim: bool = True) -> Standing:
    held = Claim("U-4", NOON + CLAIM_LASTS, "สมศรี") if claim and status == Status.IN_REVIEW else None
    return Standing(status, "water", OWNER, held, Status.SOLVED if status == Status.WITHDRAWN else None)


@pytest.mark.parametrize(("status", "who"), list(itertools.product(Status, PEOPLE)))
def test_everybody_may_do_exactly_what_the_table_says(status: Status, who: str) -> None:
    place = "public" if status in PUBLIC else status.value
    # Nobody reviews what their own organisation sent, even while they hold the claim.
    legal = {Action(word) for word in MAY[place].get("host" if who == "host and curator" else who, "").split()}
    assert set(allowed(standing(status), PEOPLE[who], NOON)) == legal
    for action in Action:
        if action in legal:
            assert decide(standing(status), action, PEOPLE[who], NOON, GIVEN).rule.action == action
        else:
            with pytest.raises(ActionRefused) as refused:
                decide(standing(status), action, PEOPLE[who], NOON, GIVEN)
            assert set(refused.value.members["allowed"]) == legal
            assert refused.value.members["entry_status"] == status


@pytest.mark.parametrize(
    ("action", "status", "who", "then"),
    [
        (Action.SUBMIT, Status.DRAFT, "host", Status.SUBMITTED),
        (Action.CLAIM, Status.SUBMITTED, "curator", Status.IN_REVIEW),
        (Action.CLAIM, Status.IN_REVIEW, "reviewer", Status.IN_REVIEW),
        (Action.RELEASE, Status.IN_REVIEW, "reviewer", Status.SUBMITTED),
        (Action.RELEASE, Status.IN_REVIEW, "admin", Status.SUBMITTED),
        (Action.REQUEST_EDITS, Status.IN_REVIEW, "reviewer", Status.EDITS_REQUESTED),
        (Action.ANSWER, Status.EDITS_REQUESTED, "host", Status.IN_REVIEW),
        (Action.PUBLISH, Status.IN_REVIEW, "reviewer", Status.PUBLISHED),
        (Action.REJECT, Status.IN_REVIEW, "reviewer", Status.REJECTED),
        (Action.WITHDRAW, Status.PUBLISHED, "host", Status.WITHDRAWN),
        (Action.WITHDRAW, Status.SOLVED, "curator", Status.WITHDRAWN),
        (Action.RESTORE, Status.WITHDRAWN, "curator", Status.SOLVED),
        (Action.RESTORE, Status.WITHDRAWN, "host", Status.DRAFT),
        (Action.WITHDRAW, Status.DRAFT, "host", Status.DISCARDED),
        (Action.RESTORE, Status.DISCARDED, "host", Status.DRAFT),
        (Action.RESTORE, Status.REJECTED, "curator", Status.SUBMITTED),
        (Action.EDIT, Status.IN_REVIEW, "reviewer", Status.IN_REVIEW),
        (Action.EDIT, Status.DORMANT, "curator", Status.DORMANT),
        (Action.FOLLOW_UP, Status.PUBLISHED, "curator", Status.PARTLY_SOLVED),
        (Action.CLAIM, Status.EDITS_REQUESTED, "curator", Status.IN_REVIEW),
    ],
)
def test_where_an_action_leads(action: Action, status: Status, who: str, then: Status) -> None:
    assert decide(standing(status), action, PEOPLE[who], NOON, GIVEN).status == then


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.needs != Needs.NOTHING], ids=lambda rule: f"{rule.action}-{rule.who}"
)
def test_what_a_decision_needs_is_asked_for(rule: decisions.Rule) -> None:
    who = {"host": "host", "curator": "curator", "reviewer": "reviewer", "admin": "admin"}[rule.who]
    for status in rule.sources:
        with pytest.raises(ActionRefused) as refused:
            decide(standing(status), rule.action, PEOPLE[who], NOON, {})
        assert refused.value.members["needs"] == rule.needs


def test_what_others_sent_goes_with_an_entry_only_where_a_curator_says_so() -> None:
    holding = dataclasses.replace(standing(Status.PUBLISHED), others=("PP-2569-00002", "PP-2569-00003"))
    for who in ("host", "host and curator"):
        assert allowed(holding, PEOPLE[who], NOON) == ()
        with pytest.raises(ActionRefused) as refused:
            decide(holding, Action.WITHDRAW, PEOPLE[who], NOON, GIVEN)
        assert refused.value.members["others"] == list(holding.others)
        assert all("PP-2569-00002, PP-2569-00003" in words for words in (refused.value.en, refused.value.th))
    for who in ("curator", "admin"):
        outcome = decide(holding, Action.WITHDRAW, PEOPLE[who], NOON, GIVEN)
        assert (outcome.rule.who, outcome.status) == (Part.CURATOR, Status.WITHDRAWN)
    with pytest.raises(ActionRefused) as refused:
        decide(holding, Action.WITHDRAW, PEOPLE["other host"], NOON, GIVEN)
    assert "others" not in refused.value.members


def test_problems_alone_are_followed_up() -> None:
    held = dataclasses.replace(standing(Status.PUBLISHED), kind="proposal")
    assert allowed(held, PEOPLE["curator"], NOON) == (Action.WITHDRAW, Action.EDIT)


def test_what_has_no_theme_is_for_the_curators_of_every_theme() -> None:
    held = dataclasses.replace(standing(Status.SUBMITTED), theme=None)
    assert allowed(held, PEOPLE["other theme"], NOON) == (Action.CLAIM,)
    assert allowed(held, PEOPLE["other organisation"], NOON) == ()
    assert allowed(dataclasses.replace(held, status=Status.PUBLISHED), PEOPLE["other theme"], NOON) == ()


@given(st.integers(-3600, 7200))
def test_a_claim_keeps_others_out_until_its_time_is_up(seconds: int) -> None:
    now = NOON + datetime.timedelta(seconds=seconds)
    over = seconds >= CLAIM_LASTS.total_seconds()
    assert (Action.CLAIM in allowed(standing(Status.IN_REVIEW), PEOPLE["curator"], now)) == over
    # The holder goes on until somebody takes over.
    assert Action.PUBLISH in allowed(standing(Status.IN_REVIEW), PEOPLE["reviewer"], now)
    assert Action.PUBLISH not in allowed(standing(Status.IN_REVIEW), PEOPLE["curator"], now)


def test_who_reviews_it_and_until_when_is_said_to_curators_alone() -> None:
    with pytest.raises(ActionRefused) as refused:
        decide(standing(Status.IN_REVIEW), Action.CLAIM, PEOPLE["curator"], NOON, GIVEN)
    assert refused.value.members["claimed"]["by"] == "สมศรี"
    assert "สมศรี" in refused.value.th
    assert "05:30" in refused.value.en
    with pytest.raises(ActionRefused) as refused:
        decide(standing(Status.IN_REVIEW), Action.EDIT, PEOPLE["host"], NOON, GIVEN)
    assert "สมศรี" not in str(refused.value)
    assert "claimed" not in refused.value.members


def test_whoever_would_review_their_own_hears_why_not() -> None:
    with pytest.raises(ActionRefused) as refused:
        decide(standing(Status.SUBMITTED), Action.CLAIM, PEOPLE["host and curator"], NOON, GIVEN)
    assert "another curator" in refused.value.en
    assert "ผู้ตรวจท่านอื่น" in refused.value.th


def test_after_an_answer_anybody_may_claim() -> None:
    outcome = decide(standing(Status.EDITS_REQUESTED), Action.ANSWER, PEOPLE["host"], NOON, GIVEN)
    assert (outcome.status, outcome.claim) == (Status.IN_REVIEW, None)
    assert Action.CLAIM in allowed(standing(Status.IN_REVIEW, claim=False), PEOPLE["curator"], NOON)


def test_the_document_shows_the_table() -> None:
    page = (ROOT / "docs/curation.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (\w+) \| (\w+) \|$", page, re.MULTILINE)
    assert shown == [row(rule) for rule in RULES]


def row(rule: decisions.Rule) -> tuple[str, str, str, str, str]:
    """A line of the table as docs/curation.md shows it."""
    sources = "any public status" if rule.sources == PUBLIC else ", ".join(s for s in Status if s in rule.sources)
    sources += ", nothing of others part of it" if rule.alone else ", pain points alone" if rule.problems else ""
    to = "where it stood before" if rule.back else rule.to.value if rule.to else "the same"
    to = "the one that is given" if rule.needs == Needs.PROGRESS else to
    return rule.action.value, sources, to, rule.who.value, rule.needs.value
