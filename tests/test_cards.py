"""Cards remember entries only while nothing is written: what was withdrawn a moment ago never shows."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import event

from catalogue.api.summaries import Cards
from catalogue.curation import Status
from catalogue.merges import merge, undo
from catalogue.store import Store
from tests.merging_catalogue import HACKATHON, OTHER_HACKATHON, created, hackathon
from tests.small_catalogue import PROBLEMS, create, edit, going_back, move, pain_id

FIRST, SECOND = pain_id(1), pain_id(2)
LAST_HACKATHON = "HK-2569-999"


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


def test_other_events_with_the_same_numbers_are_no_reason_to_remember(store: Store, tmp_path: Path) -> None:
    cards = Cards(store)
    with going_back(store, tmp_path, instead=[move(1, Status.WITHDRAWN)]):
        store.apply([edit(2, "นานกว่าเดิม")], "test")
        assert list(cards.of([FIRST, SECOND])[0]) == [FIRST, SECOND]
    shown, revision = cards.of([FIRST, SECOND])
    assert (revision, list(shown)) == (4, [SECOND])
    assert shown[SECOND].title.th == f"{PROBLEMS[2]} 2"


def test_an_edit_shows_at_once(store: Store) -> None:
    cards = Cards(store)
    cards.of([FIRST])
    store.apply([edit(1, "นานกว่าเดิม")], "test")
    assert cards.of([FIRST])[0][FIRST].title.th == f"{PROBLEMS[1]} 1 นานกว่าเดิม"


def test_what_was_posed_at_a_merged_hackathon_shows_what_that_became_part_of(store: Store) -> None:
    held = [hackathon(one) for one in (HACKATHON, OTHER_HACKATHON, LAST_HACKATHON)]
    store.apply([*map(created, held), edit(1, "ที่งาน", hackathon=HACKATHON)], "test")
    cards = Cards(store)
    merges = [merge(store, into, [one], {}, actor="test", reason="") for one, into in pairwise(b["id"] for b in held)]
    shown = cards.of([FIRST])[0][FIRST].hackathon
    assert shown
    assert (shown.id, shown.title.th) == (LAST_HACKATHON, LAST_HACKATHON)
    for batch in merges:
        undo(store, batch, actor="test")
    shown = cards.of([FIRST])[0][FIRST].hackathon
    assert shown
    assert shown.id == HACKATHON


def test_cards_of_a_page_are_made_with_as_many_questions_however_many_events_were_merged(store: Store) -> None:
    events = [f"HK-2569-{number:03}" for number in range(1, 41)]
    store.apply([created(hackathon(one)) for one in (LAST_HACKATHON, *events)], "test")
    store.apply([create(10 + n, hackathon=one) for n, one in enumerate(events)], "test")
    merge(store, LAST_HACKATHON, events, {}, actor="test", reason="")
    few, many = (questions(store, [pain_id(10 + n) for n in range(count)]) for count in (2, 40))
    assert few == many


def questions(store: Store, ids: list[str]) -> int:
    """How often the database is asked while cards of these entries are made; all of them show the last hackathon."""
    asked: list[str] = []
    with store.database.reading() as connection:
        listen = (connection.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
        event.listen(*listen)
        try:
            cards, _ = Cards(store).of(ids)
        finally:
            event.remove(*listen)
    assert {card.hackathon.id for card in cards.values() if card.hackathon} == {LAST_HACKATHON}
    assert len(cards) == len(ids)
    return len(asked)


def test_a_full_memory_starts_afresh(store: Store) -> None:
    cards = Cards(store, most=1)
    for _ in range(3):
        assert list(cards.of([FIRST, SECOND])[0]) == [FIRST, SECOND]
