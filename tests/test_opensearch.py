"""What the OpenSearch engine does beyond the contract: its mapping, its errors, its versions."""

import datetime
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalogue.curation import Status
from catalogue.errors import IndexNotReady, LeaseLost
from catalogue.search.centres import directed
from catalogue.search.fingerprint import fingerprint
from catalogue.search.index import BadDocument, Depth, Document, IndexWriter, Piece
from catalogue.search.opensearch import OpenSearchReader, OpenSearchWriter
from catalogue.search.opensearch.entries import Held, Remembered
from catalogue.search.opensearch.mapping import STATE_ID, index_body, pack, unpack
from catalogue.search.query import MOST_NAMES, MOST_NGRAMS, MOST_TOKENS
from indexer.rebuild import rebuild
from indexer.sync import sync
from indexer.verify import drift
from tests.engines import ANALYSER, CENTRES, FLOOD, FOUR, SMOKE, TAPS, OnCluster, asked, entry, fill, vector, wanted
from tests.small_catalogue import create, edit, move, open_parts, pain_id, wait_for


def fill_only(writer: IndexWriter, documents: Sequence[Document]) -> str:
    """A generation that holds these documents and is not live yet."""
    name = writer.create("f1", CENTRES)
    writer.write(name, documents, (), 1)
    return name


@pytest.fixture
def engine(on_cluster: OnCluster) -> OnCluster:
    return on_cluster


# --- the index ---


def test_the_mapping_is_made_from_the_fields_and_strict() -> None:
    body = index_body("f1", "2026-11-24", CENTRES, 1)["mappings"]
    assert body["dynamic"] == "strict"
    contract = json.loads(Path("schemas/index-mapping.json").read_text(encoding="utf-8"))
    assert set(body["properties"]["filters"]["properties"]) == {*contract["filters"], "status"}
    assert body["properties"]["vector"]["dimension"] == len(CENTRES["th"])


def test_vectors_are_searched_by_lucene_which_every_distribution_has() -> None:
    # No engine named means faiss: its native libraries are not in the published plugin, and indexing hangs.
    vector_field = index_body("f1", "2026-11-24", CENTRES, 1)["mappings"]["properties"]["vector"]
    assert vector_field["method"]["engine"] == "lucene"


def test_a_vector_survives_the_server_which_drops_the_padding() -> None:
    for dimension in (1, 2, 3, 384):
        row = vector("x")[:1].repeat(dimension)
        assert (unpack(pack(row).rstrip("=")) == row).all()


def test_a_filter_that_the_mapping_lacks_refuses_the_write(engine: OnCluster, writer: IndexWriter) -> None:
    fill(writer, [FLOOD])
    with pytest.raises(BadDocument, match="colour"):
        writer.write(engine.reader().live().name, [entry("X", "แดง", colour="red")], (), 2)


# --- versions ---


def test_what_comes_late_does_not_replace_what_is_newer(engine: OnCluster, writer: IndexWriter) -> None:
    name = fill(writer, [replace(FLOOD, revision=5)], 5)
    writer.write(name, [replace(SMOKE, id="PP-1", revision=4)], (), 5)
    writer.write(name, [], ["PP-1"], 4)
    assert engine.reader().open().revisions() == {"PP-1": 5}
    assert engine.reader().live().revision == 5


def test_a_write_that_was_cut_off_is_not_seen_until_it_is_repeated(engine: OnCluster, writer: IndexWriter) -> None:
    name = fill(writer, [FLOOD])

    class Cut(Exception):
        pass

    class Breaking(OpenSearchWriter):
        def _note(self, *_: object) -> None:
            raise Cut

    with pytest.raises(Cut):
        Breaking(engine.cluster, engine.alias, ANALYSER).write(name, [SMOKE], ["PP-1"], 2)
    assert (engine.reader().live().revision, engine.reader().open().revisions()) == (1, {"PP-1": 1})
    writer.write(name, [SMOKE], ["PP-1"], 2)
    assert (engine.reader().live().revision, engine.reader().open().revisions()) == (2, {"PP-2": 1})


def test_an_index_of_an_earlier_version_notes_the_event_with_the_next_write(
    engine: OnCluster, writer: IndexWriter
) -> None:
    body = index_body("f1", "2026-11-24", CENTRES, 1)
    del body["mappings"]["properties"]["event"]
    patient, index = engine.cluster.patient, f"{engine.alias}-f1-0001"
    patient.indices.create(index=index, body=body)
    patient.index(index=index, id=STATE_ID, body={"revision": 7}, params={"version": 7, "version_type": "external_gte"})
    writer.promote("f1-0001")
    assert (engine.reader().live().revision, engine.reader().live().event) == (7, "")
    writer.write("f1-0001", [SMOKE], (), 8, "hash-8")
    info = engine.reader().live()
    assert (info.revision, info.event, info.documents) == (8, "hash-8", 1)


# --- promotions ---


def test_a_promotion_that_comes_late_does_not_undo_a_newer_one(engine: OnCluster, writer: IndexWriter) -> None:
    first, paused = fill(writer, [FLOOD]), engine.writer()
    late = paused.create("f1", CENTRES)
    paused.write(late, [FLOOD], (), 1)
    newer = fill(writer, FOUR)
    with pytest.raises(LeaseLost, match="newer index"):
        paused.promote(late)
    assert engine.reader().live().name == newer
    writer.promote(first)  # back to an older one on purpose: that is no surprise to the one who does it
    assert engine.reader().live().name == first
    paused.promote(fill_only(paused, FOUR))
    assert engine.reader().live().documents == 4


def test_of_two_first_promotions_one_stands(engine: OnCluster) -> None:
    one, other = engine.writer(), engine.writer()
    names = [fill_only(one, [FLOOD]), fill_only(other, FOUR)]
    one.promote(names[0])
    with pytest.raises(LeaseLost):
        other.promote(names[1])
    assert engine.reader().live().name == names[0]


def test_a_promotion_whose_answer_is_lost_is_done(engine: OnCluster, writer: IndexWriter) -> None:
    fill(writer, [FLOOD])
    name = fill_only(writer, FOUR)
    move = engine.cluster.patient.indices.update_aliases

    def answer_lost(**asked: Any) -> Any:
        move(**asked)
        return move(**asked)  # as the client does that got no answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.cluster.patient.indices, "update_aliases", answer_lost)
        writer.promote(name)
    assert engine.reader().live().name == name


# --- what the reader remembers ---


def test_the_reader_notices_a_write_when_its_knowledge_is_old(engine: OnCluster, writer: IndexWriter) -> None:
    now = [0.0]
    reader = OpenSearchReader(engine.cluster, engine.alias, fresh_s=0.5, clock=lambda: now[0])
    name = fill(writer, [FLOOD])
    assert reader.live().revision == 1
    writer.write(name, [SMOKE], (), 2)
    now[0] = 0.4
    assert reader.live().revision == 1
    now[0] = 0.6
    assert (reader.live().revision, reader.live().documents) == (2, 2)


def test_a_remembered_entry_is_not_shown_after_it_changed(engine: OnCluster, writer: IndexWriter) -> None:
    name, reader = fill(writer, FOUR), engine.reader()
    assert reader.open().candidates(asked("น้ำท่วม"), wanted(theme="disaster"), Depth()).ids == ("PP-1",)
    writer.write(name, [replace(FLOOD, revision=2, vector=TAPS.vector)], (), 2)
    found = reader.open().candidates(asked("x", like=TAPS.title), {}, Depth())
    assert found.cosine[found.ids.index("PP-1")] > 0.9


def test_what_was_read_the_longest_ago_is_forgotten() -> None:
    remembered = Remembered(most=2)
    held = [Held(name, 1, "th", {}, vector(name)) for name in "abc"]
    remembered.add("i", held[:2])
    assert set(remembered.known("i", [("a", 1)])) == {"a"}
    remembered.add("i", held[2:])
    assert set(remembered.known("i", [("a", 1), ("b", 1), ("c", 1), ("c", 2)])) == {"b", "c"}
    assert remembered.known("another", [("b", 1)]) == {}


def test_a_server_reads_entries_before_searches_bring_them(engine: OnCluster, writer: IndexWriter) -> None:
    name = fill(writer, FOUR)
    reader = OpenSearchReader(engine.cluster, engine.alias, ahead=True, fresh_s=0)
    assert reader.remembered() == 0
    reader.open()
    wait_for(lambda: reader.remembered() == len(FOUR))
    writer.write(name, [replace(FLOOD, revision=2, vector=TAPS.vector)], (), 2)
    found = reader.open().candidates(asked("x", like=TAPS.title), {}, Depth())
    assert found.cosine[found.ids.index("PP-1")] > 0.9, "what changed since is read anew"
    other = fill(writer, FOUR)
    reader.open()
    wait_for(lambda: reader.remembered() == 2 * len(FOUR))
    assert reader.open().info.name == other


def test_an_index_lost_and_built_anew_under_its_old_name_is_another_one(engine: OnCluster) -> None:
    reader = engine.reader()
    for year, centres in ((2026, CENTRES), (2027, {language: -centre for language, centre in CENTRES.items()})):
        now = datetime.datetime(year, 11, 30, tzinfo=datetime.UTC)
        writer = OpenSearchWriter(engine.cluster, engine.alias, ANALYSER, clock=lambda at=now: at)  # type: ignore[misc]
        name = writer.create("f1", centres)
        writer.write(name, [FLOOD], (), 1)
        writer.promote(name)
        assert name == "f1-0001"
        (held,) = reader.open().candidates(asked("น้ำท่วม"), {}, Depth()).vectors
        assert held == pytest.approx(directed({"th": FLOOD.vector}, centres), abs=1e-6)
        engine.cluster.delete_all(engine.alias)
        with pytest.raises(IndexNotReady):
            reader.live()


def test_frequencies_stay_right_where_too_many_are_known(
    engine: OnCluster, writer: IndexWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(writer, FOUR)
    index = engine.reader().open()
    known = index.frequencies(["น้ำ", "ท่วม"])
    monkeypatch.setattr("catalogue.search.opensearch.generation.KNOWN_TERMS", 3)
    assert index.frequencies(["น้ำ", "ท่วม", "ไม่มี", "ไม่มีอีก"]) == {**known, "ไม่มี": 0, "ไม่มีอีก": 0}
    assert index.frequencies(["น้ำ", "ท่วม"]) == known


# --- what is asked ---


def test_the_longest_question_is_answered(engine: OnCluster, writer: IndexWriter) -> None:
    words = 20  # of a name; more than any in schemas/synonyms.tsv has
    fill(writer, [*FOUR, entry("PP-9", " ".join(f"name{n}" for n in range(words)))])
    names = tuple(tuple(f"name{n + other}" for n in range(words)) for other in range(MOST_NAMES))
    longest = replace(
        asked("น้ำท่วม"),
        tokens=tuple(f"word{n}" for n in range(MOST_TOKENS)),
        ngrams=tuple(f"gram{n}" for n in range(MOST_NGRAMS)),
        pieces=(Piece(("word0",), names),),
    )
    for reader in (engine.reader(), OpenSearchReader(engine.cluster, engine.alias, fresh_s=0)):
        found = reader.open().candidates(longest, {}, Depth())
        told = dict(zip(found.ids, found.otherwise.tolist(), strict=True))
        assert told["PP-9"] == [True] + [False] * (MOST_NAMES - 1)
        assert not any(told["PP-1"])


def test_searches_and_guesses_share_an_index(engine: OnCluster, writer: IndexWriter) -> None:
    fill(writer, [entry(f"C{i:02}", f"น้ำท่วมถนน {i}" if i % 3 else f"ไฟดับ {i}") for i in range(60)])
    texts = [f"{what} {n}" for n in range(8) for what in ("น้ำท่วม", "ไฟดับ")]
    alone = [engine.reader().open().candidates(asked(text), {}, Depth()) for text in texts]
    index = engine.reader().open()
    with ThreadPoolExecutor(len(texts)) as pool:
        together = list(pool.map(lambda text: index.candidates(asked(text), {}, Depth()), texts))
    for one, other in zip(alone, together, strict=True):
        assert (one.ids, one.covered.tolist()) == (other.ids, other.covered.tolist())
        assert one.cosine.tolist() == other.cosine.tolist()


# --- several shards, graph ---


def test_several_shards_give_the_same_evidence(engine: OnCluster, opensearch_url: str) -> None:
    other = OnCluster(opensearch_url)
    crowd = [entry(f"C{i:02}", f"น้ำท่วมถนน {i}" if i % 3 else f"ไฟดับ {i}", kind="a b"[i % 2 * 2]) for i in range(60)]
    writers = [OpenSearchWriter(engine.cluster, e.alias, ANALYSER, shards=n) for e, n in ((engine, 1), (other, 3))]
    try:
        for made in writers:
            fill(made, crowd)
        one, three = (e.reader().open() for e in (engine, other))
        graphs = OpenSearchReader(other.cluster, other.alias, fresh_s=0).open()  # each reaches all of so few entries
        for depth, several in ((Depth(), three), (Depth(dense=7, lexical=5), three), (Depth(), graphs)):
            left, right = (i.candidates(asked("น้ำท่วม ไฟดับ"), {}, depth) for i in (one, several))
            assert left.ids == right.ids
            assert left.covered.tolist() == right.covered.tolist()
            assert left.ngram_coverage.tolist() == right.ngram_coverage.tolist()
            assert left.token_weights.tolist() == right.token_weights.tolist()
            assert (left.token_floor, left.ngram_floor) == (right.token_floor, right.ngram_floor)
        assert one.facets({}, ["kind"]) == three.facets({}, ["kind"])
        assert one.browse({}, 7, 9) == three.browse({}, 7, 9)
        assert one.revisions() == three.revisions()
    finally:
        other.cluster.delete_all(other.alias)


def test_the_graph_finds_what_comparing_everything_finds(engine: OnCluster, writer: IndexWriter) -> None:
    fill(writer, [entry(f"C{i:03}", f"ปัญหา {i}", "th" if i % 2 else "en") for i in range(400)])
    graph = OpenSearchReader(engine.cluster, engine.alias, fresh_s=0).open()
    exact, depth = engine.reader().open(), Depth(dense=20, lexical=5)
    shared = total = 0
    for n in range(20):
        left, right = (index.candidates(asked(f"เรื่อง {n}"), {}, depth) for index in (graph, exact))
        shared, total = shared + len(set(left.ids) & set(right.ids)), total + len(right.ids)
        assert set(left.dense_floor) == set(right.dense_floor) == {"th", "en"}
    assert shared / total > 0.97


# --- the indexer ---


def test_the_indexer_keeps_it_in_step_with_the_store(engine: OnCluster, tmp_path: Path) -> None:
    made = open_parts(tmp_path, ANALYSER)
    parts = replace(made, reader=engine.reader(), writer=engine.writer())
    try:
        parts.store.apply([create(number) for number in range(1, 7)], "test")
        assert rebuild(parts).documents == 6
        parts.store.apply([edit(1, "ใหม่"), move(2, Status.WITHDRAWN), create(7)], "test")
        assert sync(parts).documents == 6
        assert not drift(parts.store, parts.reader.open(), fingerprint(parts.embedder))
        assert pain_id(2) not in parts.reader.open().revisions()
        parts.store.apply([move(2, Status.PUBLISHED)], "test")
        assert sync(parts).documents == 7
        before = parts.reader.live().name
        assert rebuild(parts).name != before
        assert [g.name for g in parts.writer.generations()] == [before, parts.reader.live().name]
    finally:
        parts.store.close()
