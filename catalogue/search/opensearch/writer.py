"""What the indexer holds of the OpenSearch engine: creates, fills, promotes and deletes generations."""

import datetime
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from catalogue.errors import IndexDamaged, IndexUnavailable, LeaseLost
from catalogue.search.analysis import Analyser
from catalogue.search.document import FILTERS
from catalogue.search.index import BadDocument, Document, IndexInfo, Vector, check, unreadable
from catalogue.search.opensearch import mapping
from catalogue.search.opensearch.cluster import CONFLICT, MISSING, Cluster, NoSuchIndex, gone, serial_of, unavailable
from catalogue.search.opensearch.reader import OpenSearchReader

log = logging.getLogger(__name__)

ENTRIES_PER_SEGMENT = 1_000_000  # 4.3 GB: of more than 5 GB, Lucene would leave deleted entries in it


class OpenSearchWriter:
    """Writes the generations behind ``alias``: indexes named ALIAS-FINGERPRINT-NUMBER, and no others."""

    def __init__(
        self,
        cluster: Cluster,
        alias: str,
        analyser: Analyser,
        *,
        shards: int = 1,
        clock: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
    ) -> None:
        self._cluster = cluster
        self._alias = alias
        self._analyser = analyser
        self._shards = shards
        self._clock = clock
        self._reader = OpenSearchReader(cluster, alias, fresh_s=0)
        self._centres: dict[str, Mapping[str, Vector]] = {}
        self._replaced: list[str] | None = None  # what was live when this writer last began or promoted one

    def create(self, fingerprint: str, centres: Mapping[str, Vector]) -> str:
        """See :class:`catalogue.search.index.IndexWriter`."""
        self._replaced = self._live()
        serial = 1 + max(map(serial_of, self._cluster.generations(self._alias)), default=0)
        name = f"{fingerprint}-{serial:04d}"
        built_at = self._clock().isoformat(timespec="seconds")
        body = mapping.index_body(fingerprint, built_at, centres, self._shards)
        with unavailable():
            self._cluster.patient.indices.create(index=self._index(name), body=body)
        self._note(name, 0)
        return name

    def write(
        self, name: str, documents: Sequence[Document], deleted: Collection[str], revision: int, event: str = ""
    ) -> None:
        """See :class:`catalogue.search.index.IndexWriter`.

        An entry that the index holds at a newer revision stays as it is.
        """
        self._put(name, documents, deleted, revision)
        # Last, and only after all the others were taken: a write that was cut off is repeated from the revision before.
        self._note(name, revision, event)
        if name in self._live():
            self._refresh(name)

    def fill(self, name: str, pages: Iterable[Sequence[Document]], revision: int, event: str = "") -> None:
        """See :class:`catalogue.search.index.IndexWriter`."""
        entries = 0
        for page in pages:
            self._put(name, page, (), revision)
            entries += len(page)
        self._note(name, revision, event)
        self._cluster.merge(self._index(name), 1 + entries // (self._shards * ENTRIES_PER_SEGMENT))
        self._refresh(name)

    def promote(self, name: str) -> None:
        """See :class:`catalogue.search.index.IndexWriter`. The generation before stays until it is pruned.

        Raises LeaseLost, and changes nothing, where another writer has promoted one since this one began.
        """
        self._reader.open(name)  # never point readers at what cannot be read
        replaced = self._live() if self._replaced is None else self._replaced
        # The server refuses all of it where one of these has the alias no more, or where another index has it already.
        remove = [
            {"remove": {"index": self._index(other), "alias": self._alias, "must_exist": True}}
            for other in replaced
            if other != name
        ]
        add = {"add": {"index": self._index(name), "alias": self._alias, "is_write_index": True}}
        try:
            with unavailable():
                self._cluster.patient.indices.update_aliases(body={"actions": [*remove, add]})
        except IndexUnavailable:
            live = self._live()
            if live == replaced:
                raise
            if live != [name]:  # else it was done, and the answer was lost
                raise _overtaken() from None
        self._replaced = [name]

    def generations(self) -> Sequence[IndexInfo]:
        """See :class:`catalogue.search.index.IndexWriter`."""
        found = []
        for name in self._cluster.generations(self._alias):
            try:
                found.append(self._reader.open(name).info)
            except (IndexDamaged, IndexUnavailable):
                continue  # half made by a killed rebuild, broken, or its shards are lost: prune removes it
        return found

    def prune(self, keep: Collection[str] = ()) -> Sequence[str]:
        """See :class:`catalogue.search.index.IndexWriter`."""
        kept = {*self._live(), *keep}
        gone_names = [name for name in self._cluster.generations(self._alias) if name not in kept]
        self._cluster.delete(map(self._index, gone_names))
        return gone_names

    def close(self) -> None:
        """See :class:`catalogue.search.index.IndexWriter`. Holds no locks: the indexer's lease keeps others away."""
        self._centres.clear()
        self._replaced = None

    # --- documents

    def _put(self, name: str, documents: Sequence[Document], deleted: Collection[str], revision: int) -> None:
        centres = self._centres_of(name)
        latest = {document.id: document for document in documents}  # the last of several versions counts
        for document in documents:
            check(document, centres)
            if unknown := document.filters.keys() - set(FILTERS):
                raise BadDocument(f"{document.id}: unknown filters {sorted(unknown)}")
        gone_ids = [entry_id for entry_id in dict.fromkeys(deleted) if entry_id not in latest]
        self._bulk(name, self._actions(latest.values(), gone_ids, revision, centres))

    def _actions(
        self, documents: Collection[Document], deleted: Sequence[str], revision: int, centres: Mapping[str, Vector]
    ) -> Iterator[dict[str, Any]]:
        for document in documents:
            analysed = self._analyser.analyse(f"{document.title}\n{document.text}")
            tokens, ngrams = (" ".join(dict.fromkeys(found)) for found in (analysed.tokens, analysed.ngrams))
            # external_gte: what is sent again, because an answer was lost, is taken again.
            version = {"_id": document.id, "version": document.revision, "version_type": "external_gte"}
            yield version | {"_source": mapping.row(document, tokens, ngrams, centres)}
        for entry_id in deleted:
            yield {"_op_type": "delete", "_id": entry_id, "version": revision, "version_type": "external_gte"}

    def _note(self, name: str, revision: int, event: str = "") -> None:
        noted = {"_id": mapping.STATE_ID, "version": revision, "version_type": "external_gte", "revision": revision}
        self._bulk(name, iter([noted | ({"event": event} if event else {})]))

    def _bulk(self, name: str, actions: Iterator[dict[str, Any]]) -> None:
        refused = self._cluster.bulk(self._index(name), actions)
        newer = sum(status == CONFLICT for status, _ in refused)
        if newer:
            log.warning("index.held_newer", extra={"index": name, "documents": newer})
        if bad := [reason for status, reason in refused if status != CONFLICT and (status != MISSING or reason)]:
            raise gone(f"{len(bad)} documents refused: {bad[0]}")

    def _centres_of(self, name: str) -> Mapping[str, Vector]:
        if name not in self._centres:
            try:
                with unavailable():
                    made = self._cluster.patient.indices.get_mapping(index=self._index(name))
            except NoSuchIndex:
                raise unreadable() from None
            found = made[self._index(name)]["mappings"]
            about = found.get("_meta", {})
            if about.get("format") != mapping.FORMAT:
                raise unreadable()
            if not mapping.EVENT.keys() <= found["properties"].keys():  # made by an earlier version
                with unavailable():
                    self._cluster.patient.indices.put_mapping(
                        index=self._index(name), body={"properties": mapping.EVENT}
                    )
            self._centres[name] = {language: mapping.unpack(text) for language, text in about["centres"].items()}
        return self._centres[name]

    def _refresh(self, name: str) -> None:
        with unavailable():
            answer = self._cluster.patient.indices.refresh(index=self._index(name))
        if answer["_shards"]["failed"]:
            raise gone("refresh failed on some shards")

    # --- indexes

    def _index(self, name: str) -> str:
        return f"{self._alias}-{name}"

    def _live(self) -> list[str]:
        """The promoted generation; empty before the first promotion."""
        try:
            with unavailable():
                # Asked of all indexes, a user who has rights on ours alone is refused.
                found = self._cluster.patient.indices.get_alias(index=self._index("*"), name=self._alias)
        except NoSuchIndex:
            return []
        return sorted((index.removeprefix(f"{self._alias}-") for index in found), key=serial_of)


def _overtaken() -> LeaseLost:
    return LeaseLost(
        "Another indexer has put a newer index into use meanwhile, and that one stays in use. Nothing is lost.",
        "ระหว่างนั้นโปรแกรมทำดัชนีอีกตัวหนึ่งได้เปลี่ยนไปใช้ดัชนีที่ใหม่กว่าแล้ว จึงใช้ดัชนีนั้นต่อไป ไม่มีสิ่งใดสูญหาย",
    )
