"""What Prometheus reads at `/metrics`. Only importer of prometheus_client.

A registry of its own, so that nothing of the process or of a library is told that we did not decide to tell. Labels
are route templates, engines and outcomes: never a path, a query's text or an address of a person.
"""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.registry import Collector

from catalogue.errors import CatalogueError
from catalogue.search.fallback import Asked, Engines, Outcome

__all__ = ["CONTENT_TYPE", "Metrics"]

# Around the 10 to 50 ms that a search takes, and up to where a cluster's time-outs add up.
BUCKETS_S = (0.0025, 0.005, 0.01, 0.02, 0.03, 0.045, 0.07, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
REMEMBERED = "hackgo_index_remembered_entries"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, that says when it began


class Metrics:
    """Counts what one web process does. Shared by threads."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "hackgo_http_requests",
            "Requests by route template and status.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._answers = Histogram(
            "hackgo_index_answer_seconds",
            "Seconds that an index took to answer, with failed attempts; degraded: another engine stepped in.",
            ("asked", "engine", "outcome"),
            buckets=BUCKETS_S,
            registry=self._registry,
        )

    def requested(self, method: str, route: str, status: int) -> None:
        """Count a request; ``route`` is its template."""
        self._requests.labels(method if method in METHODS else "other", route, str(status)).inc()

    def answered(self, asked: Asked, engine: str, outcome: Outcome, seconds: float) -> None:
        """Count an answer of an engine: an :data:`catalogue.search.fallback.Observe`."""
        self._answers.labels(asked, engine, outcome).observe(seconds)

    def exposition(self, engines: Engines, revision: Callable[[], int]) -> bytes:
        """Everything in Prometheus' text format; ``revision`` is the store's. What cannot be told now is left out."""
        standing = CollectorRegistry()
        standing.register(_Standing(engines, revision))
        return generate_latest(self._registry) + generate_latest(standing)


class _Standing(Collector):
    """How the indexes stand at the moment of asking."""

    def __init__(self, engines: Engines, revision: Callable[[], int]) -> None:
        self._engines = engines
        self._revision = revision

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # else registering would ask once more

    def collect(self) -> Iterator[GaugeMetricFamily]:
        live = self._engines.live()
        up = GaugeMetricFamily("hackgo_engine_up", "Does this engine have an index that answers?", labels=["engine"])
        documents = GaugeMetricFamily("hackgo_index_documents", "Entries in the live index.", labels=["engine"])
        lag = GaugeMetricFamily("hackgo_index_lag_events", "Events that the index is behind.", labels=["engine"])
        remembered = GaugeMetricFamily(
            REMEMBERED, "Entries in this process' memory, from elsewhere.", labels=["engine"]
        )
        readers = {engine.name: engine.reader for engine in (self._engines.main, self._engines.fallback) if engine}
        try:
            revision = self._revision()
        except CatalogueError:
            revision = None
        for engine, info in live.items():
            up.add_metric([engine], info is not None)
            if info is not None:
                documents.add_metric([engine], info.documents)
                if revision is not None:
                    lag.add_metric([engine], max(0, revision - info.revision))
            remembered.add_metric([engine], readers[engine].remembered())
        yield from (up, documents, lag, remembered)
        degraded = live[self._engines.main.name] is None
        yield GaugeMetricFamily("hackgo_degraded", "Does the main engine not answer at the moment?", value=degraded)
        yield GaugeMetricFamily("hackgo_store_up", "Does the store answer?", value=revision is not None)
        if revision is not None:
            yield GaugeMetricFamily("hackgo_store_revision", "Number of the store's last event.", value=revision)
