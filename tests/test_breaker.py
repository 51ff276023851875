"""The circuit breaker by itself: a clock that the test moves, work that the test decides."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from catalogue.problems import RETRY_AFTER_S
from catalogue.search.breaker import FAILURES, PROBE_AFTER_S, Breaker, Refused


class Down(Exception):
    pass


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker[Down]:
    return Breaker("test", Down, clock)


def fail() -> str:
    raise Down("no answer")


def answer() -> str:
    return "answer"


def never() -> str:
    raise AssertionError("the server was asked")


def opened(breaker: Breaker[Down]) -> None:
    for _ in range(FAILURES):
        with pytest.raises(Down):
            breaker.call(fail)


def test_it_opens_after_failures_in_a_row_and_then_asks_no_more(breaker: Breaker[Down]) -> None:
    for _ in range(FAILURES - 1):
        with pytest.raises(Down):
            breaker.call(fail)
    assert breaker.call(answer) == "answer"  # the row is broken
    opened(breaker)
    assert breaker.is_open
    for _ in range(5):
        with pytest.raises(Refused) as refused:
            breaker.call(never)
        assert isinstance(refused.value.last, Down)


def test_one_probe_after_the_pause_closes_it(breaker: Breaker[Down], clock: Clock) -> None:
    opened(breaker)
    clock.now_s += PROBE_AFTER_S - 0.01
    with pytest.raises(Refused):
        breaker.call(never)
    clock.now_s += 0.01
    assert breaker.call(answer) == "answer"
    assert not breaker.is_open
    with pytest.raises(Down):
        breaker.call(fail)
    assert not breaker.is_open, "closed means that the count begins anew"


def test_a_failed_probe_keeps_it_open_as_long_again(breaker: Breaker[Down], clock: Clock) -> None:
    opened(breaker)
    for _ in range(3):
        clock.now_s += PROBE_AFTER_S
        with pytest.raises(Down):
            breaker.call(fail)
        clock.now_s += PROBE_AFTER_S - 0.01
        with pytest.raises(Refused):
            breaker.call(never)
        clock.now_s += 0.01 - PROBE_AFTER_S
    clock.now_s += PROBE_AFTER_S
    assert breaker.call(answer) == "answer"


def test_only_one_request_probes_however_many_come(breaker: Breaker[Down], clock: Clock) -> None:
    opened(breaker)
    clock.now_s += PROBE_AFTER_S
    probing, may_end = threading.Event(), threading.Event()

    def slow() -> str:
        probing.set()
        assert may_end.wait(30)
        return "answer"

    def ask() -> bool:
        try:
            breaker.call(never)
        except Refused:
            return True
        return False

    with ThreadPoolExecutor(9) as pool:
        probe = pool.submit(breaker.call, slow)
        assert probing.wait(30)
        clock.now_s += 10 * PROBE_AFTER_S  # however long it takes
        assert all(pool.map(lambda _: ask(), range(40)))
        may_end.set()
        assert probe.result(30) == "answer"
    assert not breaker.is_open


def test_a_probe_that_says_nothing_about_the_server_leaves_the_next_one_to_probe(
    breaker: Breaker[Down], clock: Clock
) -> None:
    opened(breaker)
    clock.now_s += PROBE_AFTER_S
    with pytest.raises(ZeroDivisionError):
        breaker.call(lambda: 1 // 0)
    assert breaker.is_open
    assert breaker.call(answer) == "answer"
    assert not breaker.is_open


@pytest.mark.parametrize("late", [answer, fail])
def test_what_began_before_it_opened_and_ends_later_tells_nothing(
    breaker: Breaker[Down], clock: Clock, late: Callable[[], str]
) -> None:
    def while_it_opens() -> str:
        opened(breaker)
        clock.now_s += PROBE_AFTER_S - 1
        return str(late())

    with suppress(Down):
        breaker.call(while_it_opens)
    assert breaker.is_open
    clock.now_s += 1  # the late failure did not begin the pause anew
    assert breaker.call(answer) == "answer"


def test_the_pause_is_what_clients_are_told() -> None:
    assert float(RETRY_AFTER_S) == PROBE_AFTER_S
