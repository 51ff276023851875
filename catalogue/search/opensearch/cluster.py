"""The connection to the cluster: bounded time, every answer checked. Whatever is gone or partial: IndexUnavailable."""

import contextlib
import itertools
import logging
import re
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from catalogue.errors import IndexUnavailable
from catalogue.search.index import THREADS
from catalogue.search.opensearch.pool import Copies, living_nodes
from catalogue.search.opensearch.wire import quick_json

log = logging.getLogger(__name__)
T = TypeVar("T")

# Seconds that an answer may take, try after try; their sum is what a search waits for late answers in all. A refused
# connection is noticed in a millisecond, a node that hangs by time-outs alone: the first are short, for then others are
# asked, and together they outlast the 8.5 s after which it has left the cluster (`python3 run.py drill node-loss`
# measures it).
SEARCH_TIMEOUTS_S = (1.0, 1.0, 1.0, 2.0, 2.0, 3.0)
FORGOTTEN_AFTER_S = 60.0  # without lateness: what asks for hours, such as looking for all duplicates, is no one request
WRITE_TIMEOUT_S, WRITE_RETRIES = 15.0, 5
MERGED_WITHIN_S = 1800.0  # 61,753 entries take three quarters of a minute
BULK_DOCUMENTS, BULK_BYTES = 500, 8 * 1024 * 1024
# Of documents that a cluster refuses because it is busy, or because their shard is just moving: 1, 2, 4 … s.
BUSY_RETRIES, BUSY_FIRST_PAUSE_S = 6, 1

# A node that was killed takes what it was asked with it: that fails at once, and a moment later another one answers.
RETRY_PAUSE_S = 0.1
CHOSEN = 3  # tries for which we choose the copies

CONFLICT, MISSING, BUSY = 409, 404, 429
AWAY = frozenset({502, 503, 504})

Timeout = Mapping[str, float]
"""The client's parameter that says how long it waits."""


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


class Patience:
    """How long the calls of one request wait for answers that are late, all together. Shared by its threads.

    A call that is answered at once costs nothing: a request may make any number of them.
    """

    def __init__(self, most_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most_s = most_s
        self._clock = clock
        self._late_s, self._counted = 0.0, float("-inf")
        self._counting = threading.Lock()

    def now(self) -> float:
        """By its clock."""
        return self._clock()

    def left(self, begun: float) -> float:
        """Seconds for which a call that began then, and is not answered yet, may go on."""
        return self._most_s - self._late_before(begun) - self._uncounted(begun)

    def was_late(self, begun: float) -> None:
        """A call that began then was not answered at once. What calls wait beside each other counts once."""
        with self._counting:
            self._late_s = self._late_before(begun) + self._uncounted(begun)
            self._counted = self._clock()

    def _late_before(self, begun: float) -> float:
        return self._late_s if begun - self._counted < FORGOTTEN_AFTER_S else 0.0

    def _uncounted(self, begun: float) -> float:
        return self._clock() - max(begun, self._counted)


class Refused(IndexUnavailable):
    """The cluster answers that it will not: it does not know us, or not what is asked. No use asking again."""


class NoSuchIndex(Refused):
    """The index, or the alias, is not there: never made, or deleted while a request was using it."""


class Cluster:
    """One cluster. Shared by threads."""

    def __init__(self, access: Access, timeouts_s: Sequence[float] = SEARCH_TIMEOUTS_S) -> None:
        from opensearchpy import OpenSearch

        for name in ("opensearch", "opensearchpy.trace"):  # their lines hold hosts and queries
            logging.getLogger(name).setLevel(logging.CRITICAL)

        pool = living_nodes()

        def client(retries: int) -> OpenSearch:
            return OpenSearch(
                list(access.hosts),
                http_auth=(access.user, access.password) if access.user else None,
                ca_certs=access.ca_file or None,
                timeout=WRITE_TIMEOUT_S,
                max_retries=retries,
                retry_on_timeout=True,
                connection_pool_class=pool,
                serializer=quick_json(),
                pool_maxsize=3 * THREADS,
            )

        self._timeouts_s = timeouts_s
        self._search = client(0)
        self._patient = client(WRITE_RETRIES)
        self._copies = Copies()
        self._aside = ThreadPoolExecutor(THREADS, "opensearch")

    @property
    def patient(self) -> Any:
        """The client for what may take its time. Use it within :func:`unavailable`."""
        return self._patient

    def patience(self, clock: Callable[[], float] = time.monotonic) -> Patience:
        """For one request."""
        return Patience(sum(self._timeouts_s), clock)

    def search(self, index: str, *bodies: Mapping[str, Any], patience: Patience | None = None) -> list[dict[str, Any]]:
        """The answers of one round trip, all from the same copies of the shards; raises NoSuchIndex.

        Of one alone, hits tell the scores of named clauses as ``matched_queries``; of several they tell the names.
        ``patience`` is the request's, here and below; without, the call is a request of its own.
        """

        def ask(copies: str | None, timeout: Timeout) -> list[dict[str, Any]]:
            header = {"allow_partial_search_results": "false"} | ({"preference": copies} if copies else {})
            if len(bodies) == 1:
                wanted = {"include_named_queries_score": "true", **header, **timeout}
                return [checked(self._search.search(index=index, body=bodies[0], params=wanted))]
            lines = [part for body in bodies for part in ({"index": index, **header}, body)]
            return [checked(answer) for answer in self._search.msearch(body=lines, params=timeout)["responses"]]

        return self._again_and_again(ask, patience)

    def made(self, index: str, patience: Patience | None = None) -> dict[str, Any]:
        """Mapping and settings of an index, as any node knows them; raises NoSuchIndex."""

        def ask(copies: str | None, timeout: Timeout) -> dict[str, Any]:
            found: dict[str, Any] = self._search.indices.get(index=index, params={"local": "true", **timeout})[index]
            return found

        return self._again_and_again(ask, patience)

    def aside(self, ask: Callable[..., T], *words: Any) -> "Future[T]":
        """Ask this while the caller asks something else."""
        return self._aside.submit(ask, *words)

    def term_frequencies(
        self, index: str, shard: int, terms: Mapping[str, str], patience: Patience | None = None
    ) -> dict[str, dict[str, int]]:
        """In how many documents of a shard each term stands, per field; ``terms`` are separated by spaces."""
        body = {
            "doc": dict(terms),
            "fields": list(terms),
            "term_statistics": True,
            "field_statistics": False,
            "positions": False,
            "offsets": False,
        }

        def ask(copies: str | None, timeout: Timeout) -> dict[str, Any]:
            preference = f"_shards:{shard}|{copies}" if copies else f"_shards:{shard}"
            found: dict[str, Any] = self._search.termvectors(
                index=index, body=body, params={"preference": preference, **timeout}
            )
            return found

        answer = self._again_and_again(ask, patience)
        found = answer.get("term_vectors", {})
        return {
            field: {term: seen.get("doc_freq", 0) for term, seen in found.get(field, {}).get("terms", {}).items()}
            for field in terms
        }

    def _again_and_again(self, ask: Callable[[str | None, Timeout], T], patience: Patience | None) -> T:
        """What ``ask`` returns, given the copies to ask; asks again while the cluster is unavailable."""
        patience = patience or self.patience()
        begun = patience.now()
        for attempt, timeout_s in enumerate(self._timeouts_s, 1):
            if (left_s := patience.left(begun)) <= 0:
                raise gone("too many late answers")
            # Of several shards each copy may have one on a node that hangs. The nodes find a way, if not as quickly.
            copies = self._copies.choose() if attempt <= CHOSEN else None
            try:
                with unavailable():
                    answer = ask(copies, {"request_timeout": min(timeout_s, left_s)})
            except Refused:
                raise
            except IndexUnavailable:
                if copies:
                    self._copies.avoid(copies)
                if attempt == len(self._timeouts_s):
                    raise
                time.sleep(RETRY_PAUSE_S)
            else:
                if attempt > 1:
                    patience.was_late(begun)
                return answer
        raise AssertionError("a search is tried at least once")

    def scan(self, index: str, body: Mapping[str, Any]) -> Generator[dict[str, Any], None, None]:
        """All hits, in the order of ``body``'s sort, as the index was when this began."""
        with unavailable():
            # Else a shard that is away would be left out without a word, and its entries taken for missing ones.
            wanted = {"keep_alive": "1m", "allow_partial_pit_creation": "false"}
            held = self._patient.create_pit(index=index, params=wanted)["pit_id"]
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

    def merge(self, index: str, segments: int) -> None:
        """Let the cluster join what was written in parts to so many segments a shard.

        One graph is searched in place of several, and much of what Lucene keeps for copies that fall behind goes: more
        than half of the disk. Where it takes longer than we wait, the cluster goes on by itself.
        """
        wanted = {"max_num_segments": segments, "request_timeout": MERGED_WITHIN_S}
        with contextlib.suppress(IndexUnavailable), unavailable():
            self._search.indices.forcemerge(index=index, params=wanted)

    def bulk(self, index: str, actions: Iterable[dict[str, Any]]) -> list[tuple[int, str]]:
        """Write in parts, each action with an ``_id`` of its own; what a busy cluster refuses is sent again.

        Returns (status, reason) of what was refused.
        """
        refused: list[tuple[int, str]] = []
        coming = iter(actions)
        while part := {action["_id"]: action for action in itertools.islice(coming, BULK_DOCUMENTS)}:
            for attempt in range(BUSY_RETRIES + 1):
                found = list(self._refused(index, part.values()))
                away = {entry_id for entry_id, status, _ in found if status in AWAY and attempt < BUSY_RETRIES}
                refused += [(status, reason) for entry_id, status, reason in found if entry_id not in away]
                if not away:
                    break
                part = {entry_id: part[entry_id] for entry_id in away}
                time.sleep(BUSY_FIRST_PAUSE_S * 2**attempt)
        return refused

    def _refused(self, index: str, actions: Iterable[dict[str, Any]]) -> Iterator[tuple[str, int, str]]:
        """Write; the id, status and reason of each that was refused, when refusals of a busy cluster were repeated."""
        from opensearchpy.helpers import streaming_bulk

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
                    yield result["_id"], result["status"], str((result.get("error") or {}).get("type", ""))


def serial_of(name: str) -> int:
    """The number at the end of a generation's name."""
    return int(name.rpartition("-")[2])


def checked(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer of one search, if it is whole: time-outs and lost shards come with status 200."""
    if "error" in answer:
        kind = answer["error"].get("type", "") if isinstance(answer["error"], Mapping) else str(answer["error"])
        raise gone(kind, _failure(answer.get("status")))
    if answer["timed_out"] or answer["_shards"]["failed"]:
        raise gone("partial answer")
    return answer


@contextlib.contextmanager
def unavailable() -> Iterator[None]:
    """Turns every failure of the client into IndexUnavailable, a missing index into NoSuchIndex."""
    from opensearchpy.exceptions import OpenSearchException

    try:
        yield
    except OpenSearchException as error:
        status = getattr(error, "status_code", "")
        raise gone(f"{type(error).__name__} {status}", _failure(status)) from None


def _failure(status: object) -> type[IndexUnavailable]:
    if status == MISSING:
        return NoSuchIndex
    return Refused if isinstance(status, int) and 400 <= status < 500 and status != BUSY else IndexUnavailable


def gone(cause: str, kind: type[IndexUnavailable] = IndexUnavailable) -> IndexUnavailable:
    """The error where the cluster is gone or answers in part; the cause is for the log, and names no host."""
    if kind is not NoSuchIndex:
        log.warning("cluster.failed", extra={"cause": cause})
    return kind(
        "The search cluster does not answer. Nothing is lost: try again in a moment.",
        "ระบบค้นหาไม่ตอบสนอง ข้อมูลไม่สูญหาย โปรดลองอีกครั้งในอีกสักครู่",
    )
