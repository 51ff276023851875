"""The engines by name, made from the settings. Asked by app.py, the two cli.py and
what measures for them."""

import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from catalogue.errors import InvalidParameter, SettingsInvalid
from catalogue.search.analysis import Analyser
from catalogue.search.index import IndexReader, IndexWriter
from catalogue.search.query import QueryAnalyser
from catalogue.settings import Settings

if TYPE_CHECKING:
    from catalogue.search.opensearch import Cluster
    from catalogue.search.opensearch.hybrid import PlainIndex

NAMES = ("embedded", "opensearch")


@contextmanager
def throw_away(settings: Settings, engine: str, analyser: Analyser) -> Iterator[tuple[IndexReader, IndexWriter]]:
    """Reader and writer of an empty index of this engine, which is deleted in the end.

    Raises InvalidParameter for an engine that is none of NAMES.
    """
    if engine not in NAMES:
        known = ", ".join(NAMES)
        raise InvalidParameter(f"No engine {engine!r}. Known: {known}.", f"ไม่มีเครื่องมือค้นหา {engine!r} ที่มีคือ {known}")
    if engine == "embedded":
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            own = settings.model_copy(update={"engine": engine, "state_dir": Path(folder)})
            yield open_reader(own), open_writer(own, analyser)
        return
    with _once(settings) as own:
        yield open_reader(own, engine), open_writer(own, analyser, engine)


@contextmanager
def throw_away_hybrid(settings: Settings) -> "Iterator[PlainIndex]":
    """An empty index on the settings' cluster for its own hybrid query, deleted in the end."""
    from catalogue.search.opensearch.hybrid import PlainIndex

    with _once(settings) as own:
        yield PlainIndex(_cluster(own), f"{own.opensearch_index}-plain-1")  # named as a generation, and deleted as one


@contextmanager
def _once(settings: Settings) -> Iterator[Settings]:
    """The settings with an index on the cluster that nobody else has; deleted in the end."""
    name = f"{settings.opensearch_index}-once{uuid.uuid4().hex[:8]}"
    own = settings.model_copy(update={"opensearch_index": name})
    try:
        yield own
    finally:
        _cluster(own).delete_all(name)


def index_name(settings: Settings, engine: str) -> str:
    """What tells this engine's index from the others that are made of one store: names its lock and its lease.

    The same on every machine, so without the cluster's addresses: one cluster may have several.
    """
    return f"{engine}-{settings.opensearch_index}" if engine == "opensearch" else engine


def remove_index(settings: Settings) -> None:
    """Delete all generations of the settings' index, the live one too."""
    if settings.engine == "opensearch":
        _cluster(settings).delete_all(settings.opensearch_index)
    else:
        shutil.rmtree(settings.index_dir, ignore_errors=True)


def footprint(settings: Settings) -> tuple[int, int | None]:
    """Bytes that the settings' index takes on disk, replicas not counted, and of heap that its nodes use, if any."""
    if settings.engine == "opensearch":
        from catalogue.search.opensearch.footprint import heap_bytes, index_bytes

        cluster = _cluster(settings)
        return index_bytes(cluster, settings.opensearch_index), heap_bytes(cluster)
    return sum(path.stat().st_size for path in settings.index_dir.rglob("*") if path.is_file()), None


def hybrid_baseline(settings: Settings, queries: QueryAnalyser, facets: tuple[str, ...]) -> Callable[[str], list[str]]:
    """The server's own hybrid query over the settings' index, embedding included: text to the first page's ids."""
    from catalogue.search.opensearch.hybrid import hybrid_page

    cluster = _cluster(settings)
    return lambda text: hybrid_page(cluster, settings.opensearch_index, queries.analyse(text), facets)


def open_reader(
    settings: Settings, engine: str = "", exact: bool = False, fresh: bool = False, ahead: bool = False
) -> IndexReader:
    """What reads the index of this engine, or of the settings' engine.

    Args:
        settings: Where the index is.
        engine: One of NAMES; empty: the settings'.
        exact: Compare every vector, also where the engine has something quicker.
        fresh: Look for what is live at every call, as the indexer must.
        ahead: Read before it is asked for what an engine elsewhere is asked for, as a server does.
    """
    if (engine or settings.engine) == "opensearch":
        from catalogue.search.opensearch import OpenSearchReader
        from catalogue.search.opensearch.reader import FRESH_S

        return OpenSearchReader(
            _cluster(settings), settings.opensearch_index, exact=exact, ahead=ahead, fresh_s=0 if fresh else FRESH_S
        )
    from catalogue.search.embedded import EmbeddedReader

    return EmbeddedReader(settings.index_dir)


def open_writer(settings: Settings, analyser: Analyser, engine: str = "") -> IndexWriter:
    """What writes the index of this engine, or of the settings' engine."""
    if (engine or settings.engine) == "opensearch":
        from catalogue.search.opensearch import OpenSearchWriter

        return OpenSearchWriter(
            _cluster(settings), settings.opensearch_index, analyser, shards=settings.opensearch_shards
        )
    from catalogue.search.embedded import EmbeddedWriter

    return EmbeddedWriter(settings.index_dir, analyser)


def _cluster(settings: Settings) -> "Cluster":
    from catalogue.search.opensearch import Access, Cluster

    if not settings.opensearch_hosts:
        raise SettingsInvalid(
            "The engine opensearch needs the address of its cluster: set HACKGO_OPENSEARCH_URL.",
            "ต้องระบุที่อยู่ของคลัสเตอร์ OpenSearch โปรดตั้งค่า HACKGO_OPENSEARCH_URL",
        )
    return Cluster(
        Access(
            settings.opensearch_hosts,
            settings.opensearch_user,
            settings.opensearch_password.get_secret_value(),
            settings.opensearch_ca_file,
        )
    )
