"""The sample's submissions: they wait in the queue, and nobody finds them before a curator has published them."""

from catalogue.api.parts import Parts
from catalogue.curation import Status
from catalogue.imports import read
from catalogue.loading import SUBMISSIONS, load_submissions
from catalogue.review import waiting_since
from catalogue.store import Store
from catalogue.vocabulary import Vocabulary
from tests.conftest import NOON


def test_the_samples_submissions_wait_and_are_not_public(store: Store, vocabulary: Vocabulary) -> None:
    assert load_submissions(store, NOON) == 12
    assert load_submissions(store, NOON) == 0
    found = store.latest([Status.SUBMITTED])
    assert len(found) == 12
    assert not store.public_revisions()
    assert all(stored.owner in vocabulary.organisations for stored, _ in found)
    assert all(stored.body["theme"] in vocabulary.themes for stored, _ in found)
    assert all(set(stored.body.get("provinces", [])) <= vocabulary.provinces.keys() for stored, _ in found)
    outlines = store.outlines([Status.SUBMITTED])
    assert [(one.id, one.theme, one.provinces) for one in outlines] == [
        (stored.id, stored.theme, stored.body.get("provinces", [])) for stored, _ in found
    ]
    assert len({waiting_since(one, one.details) for one in outlines}) > 1
    assert store.verify_audit().ok


def test_three_of_them_tell_of_what_the_sample_has(parts: Parts) -> None:
    disguised = {"PP-2569-00369": "PP-2569-00008", "PP-2569-00370": "PP-2569-00062", "PP-2569-00371": "PP-2569-00039"}
    entries = {row.values["entry"]["id"]: row.values["entry"] for row in read(SUBMISSIONS)}
    for submitted, told in disguised.items():
        known = parts.store.get(told)
        assert known
        assert known.body["theme"] == entries[submitted]["theme"]
        assert set(known.body["provinces"]) & set(entries[submitted]["provinces"])
    duplicated = parts.store.get("PP-2569-00062")
    assert duplicated
    assert entries["PP-2569-00370"]["language"] != duplicated.body["language"]
