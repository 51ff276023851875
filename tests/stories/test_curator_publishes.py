"""Story 3: a curator clears the queue, and sees an entry that has waited longest first."""

from collections.abc import Iterator

import pytest

from catalogue.api.parts import Parts
from catalogue.loading import load_submissions
from catalogue.store import Store
from tests.curating import Desk
from tests.curating import desk as opened


@pytest.fixture
def desk(store: Store, parts: Parts) -> Iterator[Desk]:
    with opened(store, parts) as made:
        load_submissions(store, made.now)
        yield made


def test_curator_clears_the_queue_one_entry_after_the_other(desk: Desk) -> None:
    curator = desk.clients["curator"]
    queue = curator.get("/api/v1/queue").json()
    assert queue["total"] == 12
    assert queue["overdue"] == sum(item["overdue"] for item in queue["items"]) > 0
    waits = [item["days"] for item in queue["items"]]
    assert waits == sorted(waits, reverse=True)
    published, decided = [], []
    while entry_id := curator.get("/api/v1/queue").json()["next"]:
        assert entry_id not in decided
        desk.done("curator", entry_id, "claim")
        if len(decided) % 3:
            desk.done("curator", entry_id, "publish")
            published.append(entry_id)
        else:
            desk.done("curator", entry_id, "reject", code="duplicate")
        decided.append(entry_id)
    assert len(decided) == 12
    assert curator.get("/api/v1/queue").json()["total"] == 0
    visitor = desk.clients["visitor"]
    seen = {i for i in decided if visitor.get(f"/api/v1/entries/{i}").status_code == 200}
    assert seen == set(published)
    # Whoever asks later why something was decided finds who, when and the reason.
    (rejected, *_) = set(decided) - set(published)
    last = curator.get(f"/api/v1/entries/{rejected}/history").json()["steps"][-1]
    assert (last["action"], last["name"]) == ("reject", "curator")
    assert last["reason_label"]["th"]
    assert desk.store.verify_audit().ok
