"""Which node of a cluster, and which copies of its shards, are asked next when one does not answer."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opensearchpy import Urllib3HttpConnection

from catalogue.search.opensearch.pool import AVOIDED_S, BOTH, Copies, living_nodes


class Named(BaseHTTPRequestHandler):
    """A node that says its name."""

    status = 200

    def do_HEAD(self) -> None:
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Forbidding(Named):
    """A node at which we may search and not ask for its name."""

    status = 403


@pytest.fixture(params=[Named, Forbidding])
def alive(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a node that works."""
    with HTTPServer(("127.0.0.1", 0), request.param) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def hanging() -> Iterator[int]:
    """The port of a node that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_node_that_hangs_is_left_alone_and_one_that_was_only_late_is_not(
    alive: int, hanging: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, dead = (Urllib3HttpConnection("127.0.0.1", port) for port in (alive, hanging))
    pool = living_nodes()([(late, {}), (dead, {})])
    with monkeypatch.context() as patient:  # on a machine however busy
        patient.setattr("catalogue.search.opensearch.pool.ALIVE_WITHIN_S", 30)
        pool.mark_dead(late)
    pool.mark_dead(dead)
    assert {pool.get_connection() for _ in range(4)} == {late}


def test_copies_take_turns() -> None:
    copies = Copies()
    assert [copies.choose() for _ in range(4)] == [*BOTH, *BOTH]


@pytest.mark.parametrize("late", BOTH)
def test_copies_that_did_not_answer_are_left_alone_for_a_while(late: str) -> None:
    now = [100.0]
    copies = Copies(clock=lambda: now[0])
    (other,) = set(BOTH) - {late}
    copies.avoid(late)
    assert {copies.choose() for _ in range(4)} == {other}
    copies.avoid(other)
    assert {copies.choose() for _ in range(4)} == {late}
    now[0] += AVOIDED_S
    assert {copies.choose() for _ in range(4)} == set(BOTH)
