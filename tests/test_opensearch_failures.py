"""The OpenSearch engine while its cluster is gone, slow, busy, red or answers in part."""

import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from catalogue.errors import IndexNotReady, IndexUnavailable
from catalogue.search.breaker import FAILURES
from catalogue.search.fallback import Engine, Engines
from catalogue.search.index import Depth, IndexInfo, IndexReader, IndexWriter
from catalogue.search.opensearch import Access, Cluster, OpenSearchReader, OpenSearchWriter
from catalogue.search.opensearch.cluster import BUSY_RETRIES, SEARCH_TIMEOUTS_S, Patience
from catalogue.search.opensearch.entries import Remembered
from catalogue.search.opensearch.generation import Generation, State
from catalogue.search.opensearch.mapping import index_body
from catalogue.search.opensearch.queries import ENTRIES, hits
from indexer.rebuild import rebuild
from tests.conftest import own_nodes
from tests.engines import ANALYSER, CENTRES, FLOOD, FOUR, SMOKE, OnCluster, asked, fill
from tests.small_catalogue import create, drift_of, open_parts

PATIENT_S = [30.0] * len(SEARCH_TIMEOUTS_S)  # a busy test machine is no failing cluster


@pytest.fixture
def engine(on_cluster: OnCluster) -> OnCluster:
    return on_cluster


def refused() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_a_cluster_that_is_gone_is_unavailable_and_names_no_host() -> None:
    url = refused()
    access = Access([url], "reader", "secret")
    reader = OpenSearchReader(Cluster(access), "hackgo")
    with pytest.raises(IndexUnavailable) as caught:
        reader.open()
    for told in (
        caught.value.en,
        caught.value.th,
        str(caught.value.__cause__),
        repr(access),
    ):
        assert "127.0.0.1" not in told
        assert "secret" not in told


def test_of_several_hosts_one_is_enough(engine: OnCluster, writer: IndexWriter, opensearch_url: str) -> None:
    fill(writer, FOUR)
    cluster = Cluster(Access([refused(), opensearch_url, refused()]), timeouts_s=PATIENT_S)
    for _ in range(6):
        assert OpenSearchReader(cluster, engine.alias).live().documents == 4


def test_before_the_alias_exists_it_is_not_built_rather_than_unavailable(engine: OnCluster) -> None:
    with pytest.raises(IndexNotReady):
        engine.reader().open()


def test_a_generation_deleted_under_a_request_is_unavailable(engine: OnCluster, writer: IndexWriter) -> None:
    fill(writer, FOUR)
    held = engine.reader().open()
    engine.cluster.delete_all(engine.alias)
    with pytest.raises(IndexUnavailable):
        held.candidates(asked("น้ำท่วม"), {}, Depth())


@contextmanager
def answering(
    answers: Sequence[dict[str, Any] | bytes],
    meanwhile: Callable[[], object] = lambda: None,
    timeouts_s: Sequence[float] = PATIENT_S,
) -> Iterator[tuple[Cluster, list[bytes]]]:
    """A cluster that gives these answers in turn, the last one for ever; and the bodies of what it was asked.

    ``meanwhile`` happens before each answer.
    """
    asked_of_it: list[bytes] = []

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked_of_it.append(self.rfile.read(int(self.headers["Content-Length"] or 0)))
            meanwhile()
            answer = answers[min(len(asked_of_it), len(answers)) - 1]
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_POST

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield Cluster(Access([f"http://127.0.0.1:{server.server_port}"]), timeouts_s), asked_of_it
        finally:
            server.shutdown()


PARTIAL = {"took": 1, "timed_out": False, "_shards": {"total": 2, "failed": 1}, "hits": {"hits": []}, "status": 200}


WHOLE = PARTIAL | {"_shards": {"total": 2, "failed": 0}}
LATE = WHOLE | {"timed_out": True}


@pytest.mark.parametrize("answer", [PARTIAL, LATE])
def test_an_answer_with_status_200_that_is_partial_is_unavailable(answer: dict[str, Any]) -> None:
    with answering([answer]) as (cluster, _), pytest.raises(IndexUnavailable):
        OpenSearchReader(cluster, "hackgo").open()


@pytest.mark.parametrize(
    "answer",
    [
        PARTIAL,
        LATE,
        {"error": {"type": "search_phase_execution_exception"}, "status": 503},
        {"error": {"type": "parsing_exception"}, "status": 400},
    ],
)
def test_of_several_answers_none_may_be_partial(answer: dict[str, Any]) -> None:
    with answering([{"responses": [WHOLE, answer]}]) as (cluster, _), pytest.raises(IndexUnavailable):
        cluster.search("hackgo", {}, {})


def test_an_answer_that_is_no_json_is_unavailable() -> None:
    with answering([b"<html>"]) as (cluster, _), pytest.raises(IndexUnavailable):
        cluster.search("hackgo", {})


def test_an_answer_that_is_partial_is_asked_for_again() -> None:
    with answering([{"responses": [WHOLE, PARTIAL]}, {"responses": [WHOLE, WHOLE]}]) as (cluster, asked_of_it):
        assert cluster.search("hackgo", {}, {}) == [WHOLE, WHOLE]
    assert len(asked_of_it) == 2


def test_what_the_cluster_refuses_is_not_asked_again() -> None:
    refused = {"error": {"type": "security_exception"}, "status": 403}
    with answering([{"responses": [refused]}]) as (cluster, asked_of_it), pytest.raises(IndexUnavailable):
        cluster.search("hackgo", {}, {})
    assert len(asked_of_it) == 1


def test_searches_wait_for_a_cluster_that_hangs_beside_each_other() -> None:
    together = threading.Barrier(8)
    with answering([{"term_vectors": {}}], lambda: together.wait(20), timeouts_s=[30]) as (cluster, asked_of_it):
        state = State("hackgo-f1-0001", IndexInfo("f1-0001", "f1", 1, 0, ""), CENTRES, (), shards=1)
        index = Generation(cluster, state, Remembered(), exact=False)
        with ThreadPoolExecutor(together.parties) as pool:
            found = list(pool.map(index.frequencies, [["น้ำ"]] * together.parties))
    assert found == [{"น้ำ": 0}] * together.parties
    assert len(asked_of_it) == together.parties, "none waited for the answer to another one"


class Slow:
    """A clock that only the answers of a cluster move, by 1.2 s each: later than a first try waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked = 0

    def __call__(self) -> float:
        return self.now

    def answer(self) -> None:
        self.asked += 1
        self.now += SEARCH_TIMEOUTS_S[0] if self.asked % 4 else 1.2  # three tries are given up, the fourth waits longer


def test_a_search_waits_for_all_its_late_answers_together_and_another_engine_answers(tmp_path: Path) -> None:
    clock, made = Slow(), open_parts(tmp_path, ANALYSER)
    with closing(made.store):
        made.store.apply([create(1)], "test")
        rebuild(made)
    state = State("hackgo-f1-0001", IndexInfo("f1-0001", "f1", 1, 1, ""), CENTRES, (), shards=1)
    hit = {"_index": state.index, "_primary_term": 1, "_seq_no": 1, "fields": {"id": ["PP-1"]}}
    answers = [*[PARTIAL] * 3, WHOLE | {"hits": {"hits": [hit], "total": {"value": 1}}}] * 10
    with answering(answers, clock.answer, SEARCH_TIMEOUTS_S) as (cluster, asked_of_it):
        reader = OpenSearchReader(cluster, "hackgo", fresh_s=0, clock=clock)
        reader._live = (0.0, (1, 1), state)

        def search(engine: IndexReader) -> object:
            index = engine.open()
            return [index.browse({}, 1, 0) for _ in range(4)]

        engines = Engines(Engine("opensearch", reader), Engine("embedded", made.reader))
        for done in range(1, FAILURES + 1):
            began, clock.asked = clock.now, 0
            asked_of_it.clear()
            assert engines.ask("search", search).degraded
            assert sum(SEARCH_TIMEOUTS_S) <= clock.now - began < sum(SEARCH_TIMEOUTS_S) + SEARCH_TIMEOUTS_S[0]
            assert engines.breaker.is_open == (done == FAILURES)


def test_what_was_answered_at_once_takes_nothing_of_the_wait() -> None:
    now = iter(range(0, 1000, 5))
    with answering([WHOLE], timeouts_s=PATIENT_S) as (cluster, asked_of_it):
        patience = Patience(12.0, lambda: next(now))
        for _ in range(10):
            cluster.search("hackgo", {}, patience=patience)
    assert len(asked_of_it) == 10


def test_answers_that_are_late_beside_each_other_are_waited_for_once() -> None:
    patience = Patience(10.0, lambda: 3.0)
    patience.was_late(0.0)
    patience.was_late(1.0)
    assert patience.left(3.0) == 7.0


def test_no_try_waits_for_longer_than_is_left() -> None:
    stop = threading.Event()
    with answering([WHOLE], lambda: stop.wait(20), timeouts_s=[30]) as (cluster, _):
        with pytest.raises(IndexUnavailable):
            cluster.search("hackgo", {}, patience=Patience(0.2))
        stop.set()


REASONS = {
    400: "mapper_exception",
    409: "version_conflict_engine_exception",
    429: "rejected_execution_exception",
    503: "unavailable_shards_exception",
}


def bulk_answer(**statuses: int) -> dict[str, Any]:
    """What the cluster answers to a bulk of these ids."""
    items = [
        {"index": {"_id": i, "status": s} | ({"error": {"type": REASONS[s]}} if s in REASONS else {})}
        for i, s in statuses.items()
    ]
    return {"took": 1, "errors": bool(set(statuses.values()) & REASONS.keys()), "items": items}


@pytest.mark.parametrize("busy", [429, 503])
def test_what_a_busy_cluster_refuses_is_sent_again_and_nothing_else(busy: int) -> None:
    with answering([bulk_answer(a=201, b=busy, c=409), bulk_answer(b=201)]) as (cluster, asked_of_it):
        refused = cluster.bulk("hackgo-f1-0001", ({"_id": i, "n": 1} for i in "abc"))
    assert refused == [(409, "version_conflict_engine_exception")]
    assert [body.count(b'"_id"') for body in asked_of_it] == [3, 1]
    assert b'"_id":"b"' in asked_of_it[1]


def test_what_stays_away_is_refused_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalogue.search.opensearch.cluster.BUSY_FIRST_PAUSE_S", 0)
    with answering([bulk_answer(a=503)] * (BUSY_RETRIES + 1)) as (cluster, asked_of_it):
        assert cluster.bulk("hackgo-f1-0001", [{"_id": "a", "n": 1}]) == [(503, REASONS[503])]
    assert len(asked_of_it) == BUSY_RETRIES + 1


def test_a_document_that_the_cluster_refuses_fails_the_write(engine: OnCluster, writer: IndexWriter) -> None:
    name = fill(writer, [FLOOD])
    with pytest.raises(IndexUnavailable):
        writer.write(name, [replace(SMOKE, revision=-1)], (), 2)  # no version is negative
    assert engine.reader().live().revision == 1


def test_a_node_that_hangs_is_given_up_and_found_again(tmp_path: Path) -> None:
    with own_nodes(tmp_path) as (one,):
        patient = Cluster(Access([one.url]), timeouts_s=[30])
        fill(OpenSearchWriter(patient, "hung", ANALYSER), FOUR)
        one.signal(signal.SIGSTOP)
        started = time.monotonic()
        with pytest.raises(IndexUnavailable):
            OpenSearchReader(Cluster(Access([one.url]), timeouts_s=[0.2] * 3), "hung").open()
        assert time.monotonic() - started > 3 * 0.2
        one.signal(signal.SIGCONT)
        assert OpenSearchReader(patient, "hung").live().documents == 4


# --- when shards are lost ---


def lose_shards(engine: OnCluster, name: str) -> None:
    """Make a generation red: known to the cluster, and no node holds a copy of it."""
    indices, index = engine.cluster.patient.indices, f"{engine.alias}-{name}"
    made = indices.get(index=index)[index]
    settings = {"index.knn": True, "index.routing.allocation.require._name": "nobody"}
    body = {"mappings": made["mappings"], "aliases": made["aliases"], "settings": settings}
    indices.delete(index=index)
    indices.create(index=index, body=body, params={"wait_for_active_shards": "0"})


def test_an_index_that_lacks_a_shard_is_not_listed_in_part(engine: OnCluster) -> None:
    body, index = index_body("f1", "2026-11-24", CENTRES, 2), f"{engine.alias}-f1-0001"
    body["settings"]["index.routing.allocation.total_shards_per_node"] = 1  # the other one finds no node
    engine.cluster.patient.indices.create(index=index, body=body, params={"wait_for_active_shards": "0"})
    health = engine.cluster.patient.cluster.health(index=index, params={"wait_for_active_shards": "1"})
    assert (health["status"], health["active_shards"]) == ("red", 1)
    with pytest.raises(IndexUnavailable):
        list(engine.cluster.scan(index, hits(ENTRIES, 10, sort=[{"id": "asc"}])))


@pytest.mark.parametrize("lost", ["the live one", "the one before it", "both"])
def test_a_rebuild_replaces_an_index_whose_shards_are_lost(engine: OnCluster, tmp_path: Path, lost: str) -> None:
    made = open_parts(tmp_path, ANALYSER)
    parts = replace(made, reader=engine.reader(), writer=engine.writer())
    with closing(parts.store):
        parts.store.apply([create(number) for number in range(1, 4)], "test")
        before, live = rebuild(parts).name, rebuild(parts).name
        for name in {"the live one": [live], "the one before it": [before]}.get(lost, [before, live]):
            lose_shards(engine, name)
        healed = rebuild(parts)
        assert not drift_of(parts)
        kept = [live] if lost == "the one before it" else []
        assert [generation.name for generation in parts.writer.generations()] == [*kept, healed.name]
