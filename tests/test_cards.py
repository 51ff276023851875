"""Cards remember entries only while nothing is written: what was withdrawn a moment ago never shows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogue.api.summaries import Cards
from catalogue.curation import Status
from catalogue.store import Store
from tests.small_catalogue import PROBLEMS, create, edit, move, pain_id

FIRST, SECOND = pain_id(1), pain_id(2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.open(f"sqlite:///{tmp_path / 'catalogue.db'}")
    made.apply([create(1), create(2), create(3, status=Status.DRAFT)], "test")
    yield made
    made.close()


def test_cards_stand_in_the_order_asked_for_without_the_unpublished(store: Store) -> None:
    cards, revision = Cards(store).of([SECOND, pain_id(3), "PP-2569-99999", FIRST])
    assert list(cards) == [SECOND, FIRST]
    assert cards[FIRST].title.th == f"{PROBLEMS[1]} 1"
    assert revision == store.revision() == 3


def test_what_was_withdrawn_a_moment_ago_is_gone_and_comes_back(store: Store) -> None:
    cards = Cards(store)
    assert FIRST in cards.of([FIRST, SECOND])[0]
    store.apply([move(1, Status.WITHDRAWN)], "test")
    assert list(cards.of([FIRST, SECOND])[0]) == [SECOND]
    store.apply([move(1, Status.PUBLISHED)], "test")
    assert list(cards.of([FIRST, SECOND])[0]) == [FIRST, SECOND]


def test_an_edit_shows_at_once(store: Store) -> None:
    cards = Cards(store)
    cards.of([FIRST])
    store.apply([edit(1, "นานกว่าเดิม")], "test")
    assert cards.of([FIRST])[0][FIRST].title.th == f"{PROBLEMS[1]} 1 นานกว่าเดิม"


def test_a_full_memory_starts_afresh(store: Store) -> None:
    cards = Cards(store, most=1)
    for _ in range(3):
        assert list(cards.of([FIRST, SECOND])[0]) == [FIRST, SECOND]
