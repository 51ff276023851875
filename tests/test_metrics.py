"""What Prometheus reads, from the product's own answers: names, labels, and nothing that a person typed."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from catalogue.api.parts import Parts
from catalogue.app import build_app
from catalogue.errors import IndexUnavailable, StoreUnavailable
from catalogue.metrics import Metrics
from catalogue.search.breaker import Breaker
from catalogue.search.embedded import EmbeddedReader
from catalogue.search.fallback import Engine, Engines
from catalogue.settings import ROOT, Settings
from tests.failing_engine import FailingReader
from tests.test_breaker import Clock

SECRET = "ความลับของผู้ค้น"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


class Product:
    """The web process over two engines of which the first can be made to fail."""

    def __init__(self, parts: Parts) -> None:
        self.main = FailingReader(parts.engines.main.reader)
        self.counted = Metrics()
        reserve = Engine("embedded", parts.engines.main.reader)
        breaker = Breaker("opensearch", IndexUnavailable, Clock())
        self.engines = Engines(Engine("opensearch", self.main), reserve, breaker, self.counted.answered)
        self.parts = replace(parts, engines=self.engines, metrics=self.counted)
        app = build_app(Settings(), self.parts, with_ui=False)

        ui = FastAPI()

        @ui.get("/page/{name}")
        def page(name: str) -> str:
            return name

        app.mount("/app", ui)
        self.client = TestClient(app, raise_server_exceptions=False)

    def scrape(self) -> Samples:
        answer = self.client.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert SECRET not in answer.text
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }


def value(samples: Samples, name: str, **labels: Any) -> float | None:
    return samples.get((name, frozenset((k, str(v)) for k, v in labels.items())))


@pytest.fixture
def product(parts: Parts) -> Iterator[Product]:
    return Product(parts)


def requests(samples: Samples, route: str, status: int, method: str = "GET") -> float | None:
    return value(samples, "hackgo_http_requests_total", method=method, route=route, status=status)


def answers(samples: Samples, asked: str, engine: str, outcome: str) -> float | None:
    return value(samples, "hackgo_index_answer_seconds_count", asked=asked, engine=engine, outcome=outcome)


def test_requests_are_counted_by_template_and_status(product: Product) -> None:
    get = product.client.get
    for path in ("/api/v1/entries/PP-2569-00001", "/api/v1/entries/PP-2569-00002", f"/api/v1/entries/{SECRET}"):
        get(path)
    get("/api/v1/search", params={"q": SECRET})
    get("/api/v1/search", params={"theme": "nope"})
    get(f"/{SECRET}/x")
    get(f"/app/page/{SECRET}")
    get(f"/static/{SECRET}")
    product.client.post("/api/v1/search")
    product.client.request("BREW", "/api/v1/search")
    samples = product.scrape()
    assert requests(samples, "/api/v1/entries/{entry_id}", 200) == 2
    assert requests(samples, "/api/v1/entries/{entry_id}", 404) == 1
    assert requests(samples, "/api/v1/search", 200) == 1
    assert requests(samples, "/api/v1/search", 422) == 1
    assert requests(samples, "/app/*", 200) == 1
    assert requests(samples, "/static/*", 404) == 1
    assert requests(samples, "unmatched", 404) == 1
    assert requests(samples, "/api/v1/search", 405, "POST") == 1
    assert requests(samples, "/api/v1/search", 405, "other") == 1
    assert sum(v for (name, _), v in samples.items() if name == "hackgo_http_requests_total") == 10
    assert requests(product.scrape(), "/metrics", 200) == 1


def test_a_fault_of_ours_is_counted_as_500(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    product.main.error = lambda: ZeroDivisionError()  # type: ignore[assignment,return-value]  # what nobody foresaw
    product.main.failing = frozenset({"open"})
    assert product.client.get("/api/v1/themes").status_code == 500
    product.main.failing = frozenset()
    assert requests(product.scrape(), "/api/v1/themes", 500) == 1


def test_searches_are_timed_by_engine_and_outcome(product: Product) -> None:
    search = {"q": SECRET}
    product.client.get("/api/v1/search", params=search)
    product.client.get("/api/v1/search")
    product.main.failing = frozenset({"candidates"})
    product.client.get("/api/v1/search", params=search)
    product.client.get("/api/v1/search", params=search)
    samples = product.scrape()
    assert answers(samples, "search", "opensearch", "ok") == 1
    assert answers(samples, "browse", "opensearch", "ok") == 1
    assert answers(samples, "search", "embedded", "degraded") == 2
    total = value(samples, "hackgo_index_answer_seconds_sum", asked="search", engine="embedded", outcome="degraded")
    assert total
    assert 0 < total < 20
    buckets = [k for k in samples if k[0] == "hackgo_index_answer_seconds_bucket"]
    assert len(buckets) == 3 * 16


def test_every_metric_is_documented(product: Product) -> None:
    product.client.get("/api/v1/search")
    exposed = {re.sub("_(bucket|count|sum)$", "", name) for name, _ in product.scrape()}
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(hackgo_\w+)`", page, re.MULTILINE)) == exposed


def test_degradation_lag_and_what_answers_are_told_as_they_stand(product: Product, tmp_path: Path) -> None:
    samples = product.scrape()
    revision = product.parts.store.revision()
    assert value(samples, "hackgo_store_revision") == revision
    assert value(samples, "hackgo_degraded") == 0
    for engine in ("opensearch", "embedded"):
        assert value(samples, "hackgo_engine_up", engine=engine) == 1
        assert value(samples, "hackgo_index_lag_events", engine=engine) == 0
        assert value(samples, "hackgo_index_documents", engine=engine) == 622
    product.main.failing = frozenset({"browse"})
    samples = product.scrape()
    assert value(samples, "hackgo_degraded") == 1
    assert value(samples, "hackgo_engine_up", engine="opensearch") == 0
    assert value(samples, "hackgo_engine_up", engine="embedded") == 1
    assert value(samples, "hackgo_index_lag_events", engine="opensearch") is None, "unknown is not 0"
    product.engines.fallback = Engine("embedded", EmbeddedReader(tmp_path))
    assert value(product.scrape(), "hackgo_engine_up", engine="embedded") == 0


def test_the_lag_is_counted_in_events(product: Product) -> None:
    class Ahead:
        def __getattr__(self, name: str) -> Any:
            return getattr(product.parts.store, name)

        def revision(self) -> int:
            return product.parts.store.revision() + 3

    product.client.app.state.parts = replace(product.parts, store=Ahead())  # type: ignore[attr-defined]
    assert value(product.scrape(), "hackgo_index_lag_events", engine="opensearch") == 3


def test_a_scrape_answers_while_nothing_else_does(product: Product, tmp_path: Path) -> None:
    class Locked:
        def revision(self) -> int:
            raise StoreUnavailable("The database is busy.", "ฐานข้อมูลไม่ว่าง")

    product.client.app.state.parts = replace(product.parts, store=Locked())  # type: ignore[attr-defined]
    product.main.failing = frozenset({"browse"})
    product.engines.fallback = None
    samples = product.scrape()
    assert value(samples, "hackgo_store_up") == 0
    assert value(samples, "hackgo_store_revision") is None
    assert value(samples, "hackgo_degraded") == 1
