"""Undoing an import: what somebody decided about since stays, and what others withdrew stays withdrawn."""

from typing import Any

import pytest

from catalogue.batches import undo
from catalogue.curation import Status
from catalogue.errors import Conflict
from catalogue.imports import Row
from catalogue.loading import Upload, import_rows
from catalogue.store import Store
from catalogue.uploads import read_upload
from catalogue.vocabulary import Vocabulary
from tests.test_upload_planning import CSV, HOST, NOW, commit, stand

CLAIMED = {"action": "claim", "since": "2026-11-20T00:00:00.000000Z"}


@pytest.mark.parametrize(
    ("status", "before", "after"),
    [
        # The claim of somebody else, who took over what the first one left.
        (
            Status.IN_REVIEW,
            CLAIMED | {"claim": {"by": "a", "until": "2026-11-24T05:00:00.000000Z"}},
            [(Status.IN_REVIEW, CLAIMED | {"claim": {"by": "b", "until": "2026-11-24T05:30:00.000000Z"}})],
        ),
        # The comments of another request.
        (
            Status.EDITS_REQUESTED,
            {"action": "request_edits", "comments": [{"field": "statement", "text": "เมื่อใด"}]},
            [
                (Status.EDITS_REQUESTED, {"action": "request_edits", "comments": [{"field": "title", "text": "ที่ใด"}]}),
            ],
        ),
        # What was withdrawn and confirmed stands as it did, by a decision.
        (
            Status.PUBLISHED,
            {"action": "publish"},
            [
                (Status.WITHDRAWN, {"action": "withdraw", "before": "published"}),
                (Status.PUBLISHED, {"action": "restore"}),
            ],
        ),
    ],
)
def test_what_somebody_decided_about_since_is_not_undone(
    store: Store,
    vocabulary: Vocabulary,
    status: Status,
    before: dict[str, Any],
    after: list[tuple[Status, dict[str, Any]]],
) -> None:
    entry_id = commit(CSV.format("ทุกหน้าแล้ง").encode(), store, vocabulary).create[0].entry.id
    stand(store, entry_id, status, **before)
    values = read_upload(CSV.format("ทุกวัน").encode(), "x.csv", vocabulary, {}).rows[0].values
    changed = Row("x.jsonl", 1, {**values, "id": entry_id})
    upload = Upload("x.jsonl", "1" * 64)
    given = {"actor": "a", "batch": "c" * 64, "reason": "import", "at": NOW, "upload": upload}
    made = import_rows([changed], store, vocabulary, **given)  # type: ignore[arg-type]
    assert made.counts()["update"] == 1
    for then, details in after:
        stand(store, entry_id, then, **details)
    head = store.head()
    with pytest.raises(Conflict) as later:
        undo(store, str(made.batch), "a", NOW)
    assert later.value.members["entries"] == [entry_id]
    assert store.head() == head


def test_a_claim_that_was_let_go_is_in_no_undos_way(store: Store, vocabulary: Vocabulary) -> None:
    made = commit(CSV.format("ทุกวัน").encode(), store, vocabulary)
    entry_id = made.create[0].entry.id
    ((_, event),) = store.latest(ids=[entry_id])
    for status, action in ((Status.IN_REVIEW, "claim"), (Status.SUBMITTED, "release")):
        stand(store, entry_id, status, action=action, since=event.data()["details"]["since"])
    assert undo(store, str(made.batch), "a", NOW, HOST) == 2


def test_what_a_curator_withdrew_no_import_brings_back(store: Store, vocabulary: Vocabulary) -> None:
    first = commit(CSV.format("ทุกหน้าแล้ง").encode(), store, vocabulary, owner="")
    entry_id = first.create[0].entry.id
    stand(store, entry_id, Status.WITHDRAWN, action="withdraw", before="published")
    for _ in range(2):
        made = commit(CSV.format("ทุกวัน").encode(), store, vocabulary, owner="")
        assert made.counts()["update"] == 1
        assert undo(store, str(made.batch), "a", NOW) == 1
    commit(CSV.format("ทุกวัน").encode(), store, vocabulary, owner="")
    stored = store.get(entry_id)
    assert stored
    assert (stored.status, stored.body["statement"]["th"]) == (Status.WITHDRAWN, "ทุกวัน")


def test_what_others_write_while_an_import_is_planned_counts(store: Store, vocabulary: Vocabulary) -> None:
    rows = read_upload(CSV.format("ทุกวัน").encode(), "x.csv", vocabulary, {}).rows
    others = read_upload(CSV.format("ทุกหน้าแล้ง").encode(), "x.csv", vocabulary, {}).rows
    given: dict[str, Any] = {"actor": "a", "reason": "import", "at": NOW, "owner": HOST}

    def meanwhile(state: str, done: int, total: int) -> None:
        if (state, done) == ("planning", 1):
            import_rows(others, store, vocabulary, batch="d" * 64, upload=Upload("y.csv", "d" * 64), **given)

    upload = Upload("x.csv", "c" * 64)
    made = import_rows(rows, store, vocabulary, batch="c" * 64, upload=upload, told=meanwhile, **given)
    # It had two new entries when it was planned. By then both were there, one with other words, and their ids taken.
    assert made.counts() == {"create": 0, "update": 1, "unchanged": 1, "rejected": 0}
    assert store.entry_counts(None)["pain_point"] == 2
    assert store.verify_audit().ok
