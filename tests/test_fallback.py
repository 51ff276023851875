"""The API while its main engine fails, at every step and in every way: with a fallback, and without one."""

import json
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from catalogue.api.parts import DEGRADED, Parts
from catalogue.app import build_api
from catalogue.curation import Status
from catalogue.errors import IndexDamaged, IndexNotReady, IndexUnavailable
from catalogue.problems import MEDIA_TYPE, RETRY_AFTER_S
from catalogue.search.breaker import FAILURES, PROBE_AFTER_S, Breaker
from catalogue.search.embedded import EmbeddedReader, EmbeddedWriter
from catalogue.search.fallback import Asked, Engine, Engines, Outcome
from catalogue.settings import Settings
from catalogue.store import Store
from tests import curating, uploading
from tests.failing_engine import FailingReader
from tests.test_breaker import Clock

MAIN, FALLBACK = "opensearch", "embedded"
ENTRY = "PP-2569-00228"
# Path, and the steps that its answer takes of an engine.
ASKED: dict[str, tuple[str, ...]] = {
    "/api/v1/search?q=ขยะล้นเกาะสมุย&kind=pain_point": ("open", "candidates", "facets", "excerpts", "centres"),
    "/api/v1/search?kind=proposal": ("open", "browse", "facets"),
    f"/api/v1/entries/{ENTRY}/similar": ("open", "similar"),
    "/api/v1/themes": ("open", "facets"),
    "/api/v1/provinces": ("open", "facets"),
    "/api/v1/organisations": ("open", "facets"),
    "/api/v1/index": ("open", "browse"),
    "/readyz": ("open", "browse"),
}
STEPS = [(path, step) for path, steps in ASKED.items() for step in steps]
EVERY_STEP = frozenset(step for _, step in STEPS)


@pytest.fixture(scope="module")
def reserve(parts: Parts, sample_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> EmbeddedReader:
    """A second index of the same version that lacks the first hit: its answers can be told from the main one's."""
    folder = tmp_path_factory.mktemp("reserve")
    live = parts.engines.main.reader.live()
    writer = EmbeddedWriter(folder, parts.analyser)
    index = sample_settings.index_dir
    shutil.copytree(index / live.name, folder / "reserve-0009")
    writer.write("reserve-0009", [], [ENTRY], live.revision)
    writer.close()
    (folder / "live.json").write_text(json.dumps({"name": "reserve-0009"}))
    return EmbeddedReader(folder)


class Product:
    """The API over an engine that can be made to fail, with or without a fallback."""

    def __init__(self, parts: Parts, fallback: EmbeddedReader | None) -> None:
        self.clock = Clock()
        self.main = FailingReader(parts.engines.main.reader)
        self.observed: list[tuple[Asked, str, Outcome]] = []
        self.engines = Engines(
            Engine(MAIN, self.main),
            Engine(FALLBACK, fallback) if fallback else None,
            Breaker(MAIN, IndexUnavailable, self.clock),
            lambda asked, engine, outcome, seconds: self.observed.append((asked, engine, outcome)),
        )
        app = build_api()
        app.state.parts = replace(parts, engines=self.engines)
        self.client = TestClient(app, raise_server_exceptions=False)

    def get(self, path: str) -> Any:
        return self.client.get(path)


@pytest.fixture
def product(parts: Parts, reserve: EmbeddedReader) -> Product:
    return Product(parts, reserve)


@pytest.fixture
def alone(parts: Parts) -> Product:
    return Product(parts, None)


@pytest.fixture
def healthy_reserve(parts: Parts, reserve: EmbeddedReader) -> Iterator[TestClient]:
    """What the reserve answers by itself."""
    app = build_api()
    app.state.parts = replace(parts, engines=Engines(Engine(FALLBACK, reserve)))
    with TestClient(app) as made:
        yield made


def bare(answer: dict[str, Any]) -> dict[str, Any]:
    """Without what differs between a usual and a degraded answer, and from moment to moment."""
    return {name: value for name, value in answer.items() if name not in ("degraded", "notice", "timings_ms", "status")}


@pytest.mark.parametrize("path", ASKED)
def test_the_main_engine_answers_while_it_can(product: Product, path: str) -> None:
    answer = product.get(path)
    assert answer.status_code == 200
    assert DEGRADED not in answer.headers
    assert product.main.asked
    assert product.main.asked[0] == "open"
    # A thread asks for frequencies, to know what may have been meant; an answer that says enough does not wait for it.
    asked = set(product.main.asked)
    assert set(ASKED[path]) <= asked <= {*ASKED[path], "frequencies"}, "the table of this test is complete"
    assert answer.json().get("degraded", False) is False
    assert [o[1:] for o in product.observed] == [(MAIN, "ok")]


@pytest.mark.parametrize(("path", "step"), STEPS)
def test_a_failure_at_any_step_gives_the_fallbacks_whole_answer(
    product: Product, healthy_reserve: TestClient, path: str, step: str
) -> None:
    product.main.failing = frozenset({step})
    answer = product.get(path)
    assert answer.status_code == 200
    assert answer.headers[DEGRADED] == FALLBACK
    # The reserve lacks an entry: a total, a facet or a hit of the main engine's generation would show.
    assert bare(answer.json()) == bare(healthy_reserve.get(path).json())
    assert [o[1:] for o in product.observed] == [(FALLBACK, "degraded")]


def test_the_two_indexes_of_these_tests_can_be_told_apart(product: Product, healthy_reserve: TestClient) -> None:
    for path in ASKED:
        if path.startswith("/api/v1/search?q"):
            mine, other = product.get(path).json(), healthy_reserve.get(path).json()
            assert mine["hits"][0]["entry"]["id"] == ENTRY
            assert other["hits"][0]["entry"]["id"] != ENTRY
            assert mine["facets"] != other["facets"]


def test_a_degraded_search_says_so_in_both_languages(product: Product) -> None:
    product.main.failing = EVERY_STEP
    answer = product.get("/api/v1/search?q=beach erosion").json()
    assert answer["degraded"] is True
    assert answer["index"]["engine"] == FALLBACK
    assert answer["notice"]["th"] > "ก"
    assert "reserve" in answer["notice"]["en"]
    index = product.get("/api/v1/index").json()
    assert (index["engine"], index["degraded"]) == (FALLBACK, True)


def test_a_dead_engine_is_left_alone_and_found_again_when_it_is_back(product: Product) -> None:
    product.main.failing = EVERY_STEP
    for _ in range(FAILURES):
        assert product.get("/api/v1/search?q=dam").headers[DEGRADED] == FALLBACK
    assert product.engines.breaker.is_open
    product.main.asked.clear()
    for path in ASKED:
        assert product.get(path).headers[DEGRADED] == FALLBACK
    assert product.main.asked == []
    product.main.failing = frozenset()
    assert DEGRADED in product.get("/api/v1/search?q=dam").headers, "not before the pause is over"
    product.clock.now_s += PROBE_AFTER_S
    answer = product.get("/api/v1/search?q=dam")
    assert DEGRADED not in answer.headers
    assert answer.json()["index"]["engine"] == MAIN
    assert not product.engines.breaker.is_open


def test_who_watches_does_not_wait_for_an_engine_that_is_left_alone(product: Product) -> None:
    product.main.failing = EVERY_STEP
    for _ in range(FAILURES):
        product.get("/api/v1/search?q=dam")
    product.clock.now_s += PROBE_AFTER_S
    product.main.asked.clear()
    live = product.engines.live()
    assert (live[MAIN], product.main.asked) == (None, []), "a probe would take ten seconds where a cluster hangs"
    assert live[FALLBACK] is not None
    product.main.failing = frozenset()
    assert product.get("/readyz").json()["status"] == "ready", "any request that wants an answer finds out"
    assert product.engines.live()[MAIN] is not None


def test_ready_tells_degraded_from_unready(product: Product, alone: Product) -> None:
    for one in (product, alone):
        assert one.get("/readyz").json() == {"status": "ready", "engine": MAIN, "lag": 0}
        one.main.failing = EVERY_STEP
    answer = product.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "degraded", "engine": FALLBACK, "lag": 0})
    unready = alone.get("/readyz")
    assert (unready.status_code, unready.json()["type"]) == (503, "/docs#index-unavailable")
    for one in (product, alone):
        assert one.get("/healthz").status_code == 200, "the process itself is well: it must not be restarted"


@pytest.mark.parametrize(("path", "step"), STEPS)
def test_without_a_fallback_it_is_a_503_that_says_when_to_come_back(alone: Product, path: str, step: str) -> None:
    alone.main.failing = frozenset({step})
    answer = alone.get(path)
    assert answer.status_code == 503
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.headers["retry-after"] == RETRY_AFTER_S
    assert DEGRADED not in answer.headers
    problem = answer.json()
    assert problem["type"] == "/docs#index-unavailable"
    assert problem["detail_th"] > "ก"
    assert [o[1:] for o in alone.observed] == [(MAIN, "failed")]


def test_without_a_fallback_the_refusals_are_quick_and_end_by_themselves(alone: Product) -> None:
    alone.main.failing = EVERY_STEP
    for _ in range(FAILURES):
        alone.get("/api/v1/search?q=dam")
    alone.main.asked.clear()
    answer = alone.get("/api/v1/search?q=dam")
    assert (answer.status_code, answer.json()["type"]) == (503, "/docs#index-unavailable")
    assert alone.main.asked == []
    alone.main.failing = frozenset()
    alone.clock.now_s += PROBE_AFTER_S
    assert alone.get("/api/v1/search?q=dam").status_code == 200


def test_what_needs_no_engine_goes_on_without_one(alone: Product) -> None:
    alone.main.failing = EVERY_STEP
    for path in (f"/api/v1/entries/{ENTRY}", "/api/v1/fields", "/healthz", "/openapi.json"):
        assert alone.get(path).status_code == 200


@pytest.mark.parametrize("error", [IndexNotReady, IndexDamaged])
def test_an_empty_or_damaged_main_index_is_stood_in_for_but_asked_every_time(product: Product, error: Any) -> None:
    product.main.error = lambda: error("no index", "ไม่มีดัชนี")
    product.main.failing = EVERY_STEP
    for _ in range(2 * FAILURES):
        assert product.get("/api/v1/search?q=dam").headers[DEGRADED] == FALLBACK
    assert not product.engines.breaker.is_open
    product.main.failing = frozenset()
    assert DEGRADED not in product.get("/api/v1/search?q=dam").headers


def test_where_both_fail_the_main_engines_error_is_told(parts: Parts, tmp_path: Path) -> None:
    product = Product(parts, EmbeddedReader(tmp_path))  # never built
    product.main.failing = EVERY_STEP
    for _ in range(FAILURES + 1):
        answer = product.get("/api/v1/search?q=dam")
        assert (answer.status_code, answer.json()["type"]) == (503, "/docs#index-unavailable")
        assert answer.headers["retry-after"] == RETRY_AFTER_S
    assert product.engines.live() == {MAIN: None, FALLBACK: None}


@pytest.mark.parametrize("with_fallback", [True, False])
def test_uploads_and_decisions_are_accepted_all_the_time(
    store: Store, parts: Parts, product: Product, alone: Product, with_fallback: bool
) -> None:
    outage = product if with_fallback else alone
    outage.main.failing = EVERY_STEP
    with curating.desk(store, replace(parts, engines=outage.engines)) as desk:
        host, curator = desk.clients["host"], desk.clients["curator"]
        saved = uploading.upload(host, "ชื่อเรื่อง,ปัญหา\nไฟดับ,ทุกคืน\n".encode(), "x.csv", commit=True)
        assert uploading.counts(saved) == (1, 0, 0, 0)
        assert saved.json()["compared_by"] == ("meaning" if with_fallback else "titles")
        assert store.entry_counts(None) == {"pain_point": 1}
        made = [desk.create() for _ in range(3)]
        assert desk.done("curator", made[0], "claim", "publish") == Status.PUBLISHED
        desk.done("curator", made[1], "claim")
        desk.done("curator", made[2], "claim")
        read = [{"id": i, "revision": stored.revision} for i, stored in store.get_many(made[1:]).items()]
        many = {"action": "publish", "entries": read, "preview": False}
        answer = curator.post("/api/v1/decisions", json=many).json()
    outcomes = {outcome["id"]: outcome for outcome in answer["outcomes"]}
    if with_fallback:  # it compares: the three say the same
        assert [o["problem"]["type"] for o in outcomes.values()] == ["/docs#probable-duplicate"] * 2
        return
    assert outage.observed
    assert {outcome for _, _, outcome in outage.observed} == {"failed"}
    assert [(o["status"], o["uncompared"], o["problem"]) for o in outcomes.values()] == [("published", True, None)] * 2
    assert {stored.status for stored in store.get_many(made).values()} == {Status.PUBLISHED}


def test_a_bad_question_is_no_failure_of_the_engine(product: Product) -> None:
    for _ in range(2 * FAILURES):
        assert product.get("/api/v1/search?theme=nope").status_code == 422
    assert not product.engines.breaker.is_open
    assert product.observed == []


def test_no_request_fails_while_the_engine_comes_and_goes_under_load(product: Product) -> None:
    paths = list(ASKED) * 12
    ended = threading.Event()

    def flicker() -> None:
        steps = sorted(EVERY_STEP)
        turn = 0
        while not ended.wait(0.005):
            turn += 1
            product.main.failing = frozenset({steps[turn % len(steps)]}) if turn % 3 else frozenset()
            product.clock.now_s += 1

    flickering = threading.Thread(target=flicker)
    flickering.start()
    try:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(product.get, paths))
    finally:
        ended.set()
        flickering.join()
    assert {answer.status_code for answer in answers} == {200}
    outcomes = {outcome for _, _, outcome in product.observed}
    assert outcomes == {"ok", "degraded"}, "both were seen, else this test shows nothing"
    for answer in answers:
        body = answer.json()
        name = body.get("name") or body.get("index", {}).get("name")
        if name:
            assert (name == "reserve-0009") == (DEGRADED in answer.headers)
