"""Merges: what the canonical entry becomes, what its members keep, what undoing brings back."""

import pytest

from catalogue.curation import Status
from catalogue.duplicates import Verdict
from catalogue.errors import CatalogueError, Conflict, EntryNotFound, InvalidParameter, MergeRefused
from catalogue.merges import judge, judged, merge, preview, undo
from catalogue.store import STATUS_CHANGED, Change, Store
from tests.merging_catalogue import (
    HACKATHON,
    OTHER_HACKATHON,
    PAINS,
    PROPOSALS,
    all_is_well,
    as_it_is,
    created,
    edited,
    fill,
    pain_point,
)

A, B, C, D, E = PAINS


@pytest.fixture
def filled(store: Store) -> Store:
    fill(store)
    return store


def merged(store: Store, canonical: str, *members: str, **choices: str) -> str:
    return merge(store, canonical, members, choices, actor="curator", reason="same taps")


def test_a_merge_keeps_everything_and_undoing_it_brings_everything_back(filled: Store) -> None:
    filled.apply([edited(filled, B, theme="water", provinces=["TH-50"])], "host")
    before = {i: as_it_is(filled, i) for i in (A, B)}
    batch = merged(filled, A, B, title=B)
    canonical, member = filled.get(A), filled.get(B)
    assert canonical is not None
    assert member is not None
    assert canonical.body["title"] == member.body["title"]  # chosen
    assert canonical.body["theme"] == "water"  # the canonical entry had none
    assert canonical.body["statement"] == before[A][-1]["statement"]
    assert (member.status, member.canonical_id, member.body) == (Status.MERGED, A, before[B][-1])
    assert [event.kind for event in filled.events_of_batch(batch)] == ["entry.absorbed", "entry.merged"]
    # Two proposals for A and B, one of them for both: each counts once.
    assert [row.proposal_id for row in filled.links_of([A])] == [PROPOSALS[0], PROPOSALS[1]]
    assert filled.counts([A])[A].proposals == 2
    assert filled.counts([PROPOSALS[0]])[PROPOSALS[0]].pain_points == 1
    all_is_well(filled)
    undone = undo(filled, batch, actor="curator", reason="two villages")
    assert (undone.restored, undone.kept_fields) == ((B,), ())
    assert {i: as_it_is(filled, i) for i in (A, B)} == before
    all_is_well(filled)


def test_a_merge_of_merges_leads_to_the_last_and_is_undone_in_any_order(filled: Store) -> None:
    before = {i: as_it_is(filled, i) for i in PAINS}
    first, second = merged(filled, A, B), merged(filled, C, A)
    assert filled.resolved([A, B, C]) == {A: C, B: C, C: C}
    assert filled.members_of([C]) == {A: C, B: C}
    assert {row.pain_point_id for row in filled.links_of([PROPOSALS[0]])} == {C}
    all_is_well(filled)
    undo(filled, first, actor="curator")
    assert filled.resolved([A, B]) == {A: C, B: B}
    all_is_well(filled)
    undo(filled, second, actor="curator")
    assert {i: as_it_is(filled, i) for i in PAINS} == before


def test_what_an_entry_took_in_last_is_given_back_first(filled: Store) -> None:
    first, second = merged(filled, A, B, title=B), merged(filled, A, C, title=C)
    with pytest.raises(Conflict) as refused:
        undo(filled, first, actor="curator")
    assert refused.value.members == {"batch": second}
    undo(filled, second, actor="curator")
    undo(filled, first, actor="curator")
    assert filled.get(A) is not None
    all_is_well(filled)


def test_later_edits_stay_when_a_merge_is_undone(filled: Store) -> None:
    batch = merged(filled, A, B, title=B, statement=B)
    filled.apply([edited(filled, A, title={"th": "น้ำประปาขาดทั้งหมู่บ้าน"}, theme="water")], "curator")
    undone = undo(filled, batch, actor="curator")
    stored = filled.get(A)
    assert stored is not None
    assert undone.kept_fields == ("title",)
    assert stored.body["title"]["th"] == "น้ำประปาขาดทั้งหมู่บ้าน"
    assert stored.body["theme"] == "water"
    assert stored.body["statement"] == pain_point(A)["statement"]
    all_is_well(filled)


def test_a_merge_is_undone_once(filled: Store) -> None:
    batch = merged(filled, A, B, C)
    assert undo(filled, batch, actor="curator").restored == (B, C)
    with pytest.raises(Conflict, match="already"):
        undo(filled, batch, actor="curator")


def test_a_merged_hackathon_shows_what_came_out_of_both(filled: Store) -> None:
    merged(filled, OTHER_HACKATHON, HACKATHON)
    assert filled.backlinks(OTHER_HACKATHON).pain_points == PAINS
    assert filled.counts([OTHER_HACKATHON])[OTHER_HACKATHON].pain_points == len(PAINS)


def test_a_submission_becomes_part_of_what_is_published(filled: Store) -> None:
    new = "PP-2569-00099"
    filled.apply([created(pain_point(new), Status.SUBMITTED)], "host")
    batch = merged(filled, A, new)
    assert filled.resolved([new]) == {new: A}
    undo(filled, batch, actor="curator")
    stored = filled.get(new)
    assert stored is not None
    assert stored.status == Status.SUBMITTED


@pytest.mark.parametrize("status", [Status.DRAFT, Status.REJECTED, Status.WITHDRAWN])
def test_drafts_and_what_ended_are_not_merged(filled: Store, status: Status) -> None:
    filled.apply([Change(STATUS_CHANGED, B, status=status)], "curator")
    for canonical, member in ((A, B), (B, A)):
        with pytest.raises(MergeRefused, match=r"[ก-ฮ]"):
            merged(filled, canonical, member)


def test_cycles_kinds_and_unknown_things_are_refused(filled: Store) -> None:
    merged(filled, A, B)
    for canonical, member in ((B, A), (C, B), (A, A), (A, PROPOSALS[0])):
        with pytest.raises(MergeRefused):
            merged(filled, canonical, member)
    with pytest.raises(EntryNotFound):
        merged(filled, A, "PP-2569-99999")
    with pytest.raises(EntryNotFound):
        undo(filled, "merge-99", actor="curator")
    for choices in ({"id": C}, {"title": D}, {"nothing": C}):
        with pytest.raises(InvalidParameter):
            merged(filled, A, C, **choices)
    all_is_well(filled)


def test_a_preview_names_what_differs_and_writes_nothing(filled: Store) -> None:
    at = filled.revision()
    planned = preview(filled, A, [B], {"title": B})
    taken = {choice.name: choice.taken_from for choice in planned.differing}
    assert taken == {"title": B, "statement": A}
    assert filled.revision() == at


def test_who_read_an_older_revision_is_told_so_and_nothing_is_written(filled: Store) -> None:
    read = {i: stored.revision for i, stored in filled.get_many([A, B]).items()}
    filled.apply([edited(filled, B, theme="water")], "host")
    at = filled.revision()
    with pytest.raises(Conflict):
        merge(filled, A, [B], {}, actor="curator", reason="", read=read)
    assert filled.revision() == at


def test_the_latest_verdict_about_a_pair_counts_whichever_is_named_first(filled: Store) -> None:
    judge(filled, B, A, Verdict.SAME, actor="curator", reason="")
    judge(filled, A, B, Verdict.DISTINCT, actor="curator", reason="two villages")
    judge(filled, C, D, Verdict.RELATED, actor="curator", reason="")
    filled.apply([edited(filled, A, title={"th": "อย่างอื่น"})], "host")
    assert judged(filled) == {(A, B): Verdict.DISTINCT, (C, D): Verdict.RELATED}
    with pytest.raises(CatalogueError):
        judge(filled, A, "PP-2569-99999", Verdict.SAME, actor="curator", reason="")
