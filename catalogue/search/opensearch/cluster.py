"""The connection to the cluster: bounded time, every answer checked. Whatever is gone or partial: IndexUnavailable."""

import contextlib
import itertools
import logging
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from catalogue.errors import IndexUnavailable

log = logging.getLogger(__name__)
T = TypeVar("T")

# Measured with kill -9 and SIGSTOP of the addressed node of three: no search fails and the slowest takes 4.1 s. A
# refused connection is noticed in a millisecond; a hanging one takes the time-out, and another node is asked.
SEARCH_TIMEOUT_S, SEARCH_RETRIES = 2.0, 3
WRITE_TIMEOUT_S, WRITE_RETRIES = 15.0, 5
BULK_DOCUMENTS, BULK_BYTES = 500, 8 * 1024 * 1024
BUSY_RETRIES, BUSY_FIRST_PAUSE_S = 6, 1  # of documents that the cluster refuses because it is busy: 1, 2, 4 … s

THREADS = 40  # of the web server

CONFLICT, MISSING, REFUSED = 409, 404, 400


@dataclass(frozen=True)
class Access:
    """Where the cluster is and who we are there."""

    hosts: Sequence[str]
    """Addresses such as https://search-1:9200; each request goes to one of them, and to another where it fails."""
    user: str = ""
    password: str = ""
    ca_file: str = ""
    """PEM file of the authority that signed the cluster's certificate; empty: the system's."""

    def __repr__(self) -> str:
        return f"Access({len(self.hosts)} hosts)"  # logs and traces hold neither hosts nor credentials


class NoSuchIndex(IndexUnavailable):
    """The index, or the alias, is not there: never made, or deleted while a request was using it."""


class Cluster:
    """One cluster. Shared by threads."""

    def __init__(self, access: Access, timeout_s: float = SEARCH_TIMEOUT_S, retries: int = SEARCH_RETRIES) -> None:
        from opensearchpy import OpenSearch

        for name in ("opensearch", "opensearchpy.trace"):  # their lines hold hosts and queries
            logging.getLogger(name).setLevel(logging.CRITICAL)

        def client(timeout_s: float, retries: int) -> OpenSearch:
            return OpenSearch(
                list(access.hosts),
                http_auth=(access.user, access.password) if access.user else None,
                ca_certs=access.ca_file or None,
                timeout=timeout_s,
                max_retries=retries,
                retry_on_timeout=True,
                pool_maxsize=2 * THREADS,
            )

        self._search = client(timeout_s, retries)
        self._patient = client(WRITE_TIMEOUT_S, WRITE_RETRIES)
        self._turn = itertools.count()
        self._name = uuid.uuid4().hex[:8]
        self._aside = ThreadPoolExecutor(THREADS, "opensearch")

    @property
    def patient(self) -> Any:
        """The client for what may take its time. Use it within :func:`unavailable`."""
        return self._patient

    def search(self, index: str, *bodies: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The answers of one round trip, all from the same copies of the shards; raises NoSuchIndex."""
        header = {
            "index": index,
            "preference": f"{self._name}-{next(self._turn)}",
            "allow_partial_search_results": False,
        }
        lines = [part for body in bodies for part in (header, body)]
        with unavailable():
            answers: list[dict[str, Any]] = self._search.msearch(body=lines)["responses"]
        return [checked(answer) for answer in answers]

    def aside(self, ask: Callable[..., T], *words: Any) -> "Future[T]":
        """Ask this while the caller asks something else."""
        return self._aside.submit(ask, *words)

    def term_frequencies(self, index: str, shard: int, terms: Mapping[str, str]) -> dict[str, dict[str, int]]:
        """In how many documents of a shard each term stands, per field; ``terms`` are separated by spaces."""
        body = {
            "doc": dict(terms),
            "fields": list(terms),
            "term_statistics": True,
            "field_statistics": False,
            "positions": False,
            "offsets": False,
        }
        with unavailable():
            answer = self._search.termvectors(index=index, body=body, params={"preference": f"_shards:{shard}"})
        found = answer.get("term_vectors", {})
        return {
            field: {term: seen.get("doc_freq", 0) for term, seen in found.get(field, {}).get("terms", {}).items()}
            for field in terms
        }

    def scan(self, index: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """All hits, in the order of ``body``'s sort, as the index was when this began."""
        with unavailable():
            held = self._patient.create_pit(index=index, params={"keep_alive": "1m"})["pit_id"]
        try:
            after: Mapping[str, Any] = {}
            while True:
                pit = {"pit": {"id": held, "keep_alive": "1m"}}
                with unavailable():
                    answer = self._patient.search(body={**body, **pit, **after})
                hits = checked(answer)["hits"]["hits"]
                yield from hits
                if len(hits) < body["size"]:
                    return
                after = {"search_after": hits[-1]["sort"]}
        finally:
            with contextlib.suppress(IndexUnavailable), unavailable():
                self._patient.delete_pit(body={"pit_id": [held]})

    def generations(self, alias: str) -> list[str]:
        """All generations of this alias, readable or not, oldest first."""
        with unavailable():
            found = self._patient.indices.get(
                index=f"{alias}-*", params={"allow_no_indices": "true", "expand_wildcards": "open,closed"}
            )
        ours = re.compile(re.escape(alias) + r"-([^-]+-\d+)")
        return sorted((match[1] for index in found if (match := ours.fullmatch(index))), key=serial_of)

    def delete(self, indexes: Iterable[str]) -> None:
        """Delete these, and their aliases; what is not there is no error."""
        for index in indexes:
            with unavailable():
                self._patient.indices.delete(index=index, params={"ignore_unavailable": "true"})

    def delete_all(self, alias: str) -> None:
        """Delete every generation, the live one too: the end of a throw-away index."""
        self.delete(f"{alias}-{name}" for name in self.generations(alias))

    def bulk(self, index: str, actions: Iterable[dict[str, Any]]) -> list[tuple[int, str]]:
        """Write in parts; what a busy cluster refuses is sent again. Returns (status, reason) of what was refused."""
        from opensearchpy.helpers import streaming_bulk

        refused: list[tuple[int, str]] = []
        with unavailable():
            for done, item in streaming_bulk(
                self._patient,
                actions,
                index=index,
                chunk_size=BULK_DOCUMENTS,
                max_chunk_bytes=BULK_BYTES,
                max_retries=BUSY_RETRIES,
                initial_backoff=BUSY_FIRST_PAUSE_S,
                raise_on_error=False,
            ):
                if not done:
                    ((_, result),) = item.items()
                    refused.append((result["status"], str((result.get("error") or {}).get("type", ""))))
        return refused


def serial_of(name: str) -> int:
    """The number at the end of a generation's name."""
    return int(name.rpartition("-")[2])


def checked(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer of one search, if it is whole: time-outs and lost shards come with status 200."""
    if "error" in answer:
        kind = answer["error"].get("type", "") if isinstance(answer["error"], Mapping) else str(answer["error"])
        if answer.get("status") == MISSING:
            raise gone(kind, NoSuchIndex)
        raise gone(kind)
    if answer["timed_out"] or answer["_shards"]["failed"]:
        raise gone("partial answer")
    return answer


@contextlib.contextmanager
def unavailable() -> Iterator[None]:
    """Turns every failure of the client into IndexUnavailable, a missing index into NoSuchIndex."""
    from opensearchpy.exceptions import NotFoundError, OpenSearchException

    try:
        yield
    except NotFoundError as error:
        raise gone(str(error.error), NoSuchIndex) from None
    except OpenSearchException as error:
        raise gone(f"{type(error).__name__} {getattr(error, 'status_code', '')}") from None


def gone(cause: str, kind: type[IndexUnavailable] = IndexUnavailable) -> IndexUnavailable:
    """The error where the cluster is gone or answers in part; the cause is for the log, and names no host."""
    if kind is IndexUnavailable:
        log.error("cluster.failed", extra={"cause": cause})
    return kind(
        "The search cluster does not answer. Nothing is lost: try again in a moment.",
        "ระบบค้นหาไม่ตอบสนอง ข้อมูลไม่สูญหาย โปรดลองอีกครั้งในอีกสักครู่",
    )
