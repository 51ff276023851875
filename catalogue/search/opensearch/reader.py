"""What the API holds of the OpenSearch engine: which generation is live, and what was seen of it."""

import gc
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from itertools import islice
from typing import Any

from catalogue.errors import IndexUnavailable
from catalogue.search.index import IndexInfo, not_built, unreadable
from catalogue.search.opensearch import queries
from catalogue.search.opensearch.cluster import Cluster, NoSuchIndex, Patience, unavailable
from catalogue.search.opensearch.entries import COLUMNS, REMEMBERED, Held, Remembered
from catalogue.search.opensearch.generation import Generation, State
from catalogue.search.opensearch.mapping import FORMAT, STATE_ID, unpack

READ_AT_A_TIME = 1_000  # entries read ahead
READ_AGAIN_S = 60.0  # where the cluster went away meanwhile
FRESH_S = 0.5  # of the 2 s in which the port wants promotions and writes seen; saves a round trip per search


class OpenSearchReader:
    """Reads the generations behind ``alias``. May be shared by threads.

    With ``exact`` every vector is compared instead of searching the graph: slow, and the same answers as the embedded
    engine. ``ahead``: read the entries of what is live in a thread of its own, before searches bring them. ``fresh_s``
    is how old the knowledge of what is live may be.
    """

    def __init__(
        self,
        cluster: Cluster,
        alias: str,
        *,
        exact: bool = False,
        ahead: bool = False,
        fresh_s: float = FRESH_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cluster = cluster
        self._alias = alias
        self._exact = exact
        self._fresh_s = fresh_s
        self._clock = clock
        self._ahead = ahead
        self._begun, self._beginning = "", threading.Lock()  # which generation is read ahead: each once
        self._frozen = False
        self._remembered = Remembered()
        self._live: tuple[float, tuple[int, int], State] | None = None

    def open(self, name: str | None = None) -> Generation:
        """See :class:`catalogue.search.index.IndexReader`; raises IndexUnavailable too.

        A named generation is refreshed first: nothing else makes its writes visible before its promotion.
        """
        patience = self._cluster.patience(self._clock)
        if name is not None:
            index = f"{self._alias}-{name}"
            try:
                self._cluster.search(index, {"size": 0})  # where shards are lost, a refresh waits for them for minutes
                with unavailable():
                    self._cluster.patient.indices.refresh(index=index)
                state = self._state(index, patience)
            except NoSuchIndex:
                raise unreadable() from None
        else:
            state = self._live_state(patience)
        return Generation(self._cluster, state, self._remembered, self._exact, patience)

    def live(self) -> IndexInfo:
        """See :class:`catalogue.search.index.IndexReader`; raises IndexUnavailable too."""
        return self._live_state(self._cluster.patience(self._clock)).info

    def _live_state(self, patience: Patience) -> State:
        now, seen = self._clock(), self._live
        if seen is not None and now - seen[0] < self._fresh_s:
            return seen[2]
        try:
            hit = self._noted(self._alias, patience)
        except NoSuchIndex:
            self._live = None  # what comes in its place may have its name, and as many writes
            raise not_built() from None
        write = (hit["_primary_term"], hit["_seq_no"])
        if seen is not None and seen[2].index == hit["_index"] and seen[1] == write:
            state = seen[2]
        else:
            state = self._state(hit["_index"], patience)
        self._live = (now, write, state)
        if self._ahead:
            self._begin_to_read(state)
        return state

    def remembered(self) -> int:
        """See :class:`catalogue.search.index.IndexReader`."""
        return len(self._remembered)

    def _begin_to_read(self, state: State) -> None:
        with self._beginning:
            begun, self._begun = self._begun == state.born, state.born
        if not begun:
            threading.Thread(target=self._read_ahead, args=(state,), name="read-ahead", daemon=True).start()

    def _read_ahead(self, state: State) -> None:
        """As many entries as are remembered, working half of the time: searches come first."""
        asked = queries.hits(queries.ENTRIES, READ_AT_A_TIME, COLUMNS, sort=[{"_doc": "asc"}])
        try:
            with closing(self._cluster.scan(state.index, asked)) as found:
                for _ in range(0, REMEMBERED, READ_AT_A_TIME):
                    started = time.monotonic()
                    some = [Held.read(hit["fields"]) for hit in islice(found, READ_AT_A_TIME)]
                    self._remembered.add(state.born, some)
                    if len(some) < READ_AT_A_TIME or self._begun != state.born:
                        break
                    time.sleep(time.monotonic() - started)
        except IndexUnavailable:  # what is not read now, searches bring
            time.sleep(READ_AGAIN_S)
            with self._beginning:
                self._begun = "" if self._begun == state.born else self._begun
            return
        if not self._frozen:
            # Half a million objects that stay: nobody shall look through them again and again. Once, as a start: later
            # ones come and go with the generations.
            self._frozen = True
            gc.collect()
            gc.freeze()

    def _noted(self, index: str, patience: Patience) -> Mapping[str, Any]:
        """The document that notes the revision."""
        columns = {"docvalue_fields": ["revision", "event"], "seq_no_primary_term": True}
        asked = {"query": {"ids": {"values": [STATE_ID]}}} | columns
        (answer,) = self._cluster.search(index, asked, patience=patience)
        hits = answer["hits"]["hits"]
        if len(hits) != 1:
            raise unreadable()
        found: Mapping[str, Any] = hits[0]
        return found

    def _state(self, index: str, patience: Patience) -> State:
        noted = self._noted(index, patience)["fields"]
        counted = {"size": 0, "track_total_hits": True, "aggs": {"languages": {"terms": {"field": "language"}}}}
        (answer,) = self._cluster.search(index, counted, patience=patience)
        made = self._cluster.made(index, patience)
        about = made["mappings"].get("_meta", {})
        if about.get("format") != FORMAT:
            raise unreadable()
        name = index.removeprefix(f"{self._alias}-")
        documents = answer["hits"]["total"]["value"] - 1  # less the one that notes the revision
        return State(
            index=index,
            info=IndexInfo(
                name,
                about["fingerprint"],
                noted["revision"][0],
                documents,
                about["built_at"],
                noted.get("event", [""])[0],
            ),
            languages=tuple(sorted(found["key"] for found in answer["aggregations"]["languages"]["buckets"])),
            centres={language: unpack(text) for language, text in about["centres"].items()},
            shards=int(made["settings"]["index"]["number_of_shards"]),
        )
