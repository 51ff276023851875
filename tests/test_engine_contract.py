"""What every search engine must do behind the index port: generations and writes. Searches: test_engine_search.py."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from catalogue.errors import IndexDamaged, IndexNotReady
from catalogue.search.index import BadDocument, Depth, Document, IndexWriter
from tests.engines import (
    CENTRES,
    DIMENSION,
    FLOOD,
    FOUR,
    SMOKE,
    TAPS,
    Engine,
    asked,
    covering,
    entry,
    fill,
)

# --- generations ---


def test_before_the_first_promotion_the_index_is_not_ready(engine: Engine, writer: IndexWriter) -> None:
    reader = engine.reader()
    with pytest.raises(IndexNotReady, match="hackgo-index rebuild"):
        reader.live()
    name = writer.create("f1", CENTRES)
    writer.write(name, FOUR, (), 7)
    with pytest.raises(IndexNotReady):
        reader.live()
    writer.promote(name)
    info = reader.live()
    assert (info.name, info.fingerprint, info.revision, info.documents) == (name, "f1", 7, 4)


def test_a_generation_has_a_name_of_its_own_that_starts_with_the_fingerprint(writer: IndexWriter) -> None:
    names = [writer.create("f1", CENTRES), writer.create("f1", CENTRES), writer.create("f2", CENTRES)]
    assert len(set(names)) == 3
    assert [name.startswith(f) for name, f in zip(names, ("f1", "f1", "f2"), strict=True)] == [True] * 3
    assert [generation.name for generation in writer.generations()] == names


def test_an_empty_generation_answers(engine: Engine, writer: IndexWriter) -> None:
    fill(writer, [])
    index = engine.reader().open()
    assert index.candidates(asked("น้ำท่วม"), {}, Depth()).ids == ()
    assert index.browse({}, 10, 0) == ([], 0)
    assert index.facets({}, ["kind"]) == {"kind": []}
    assert index.similar("PP-1", 5) == []
    assert index.revisions() == {}


def test_a_running_reader_sees_a_promotion_and_ends_its_request_on_what_it_began(
    engine: Engine, writer: IndexWriter
) -> None:
    old = fill(writer, [FLOOD])
    reader = engine.reader()
    before = reader.open()
    new = writer.create("f2", CENTRES)
    writer.write(new, [SMOKE, TAPS], (), 2)
    assert reader.live().name == old
    writer.promote(new)
    assert reader.live().name == new
    assert before.browse({}, 10, 0) == (["PP-1"], 1)
    assert before.candidates(asked("ฝุ่นควัน"), {}, Depth()).ids == ("PP-1",)


def test_a_generation_is_filled_page_by_page(engine: Engine, writer: IndexWriter) -> None:
    name = writer.create("f1", CENTRES)
    writer.fill(name, ([one] for one in FOUR), 7)
    writer.promote(name)
    index = engine.reader().open()
    assert index.info.revision == 7
    assert index.revisions() == {one.id: one.revision for one in FOUR}
    writer.write(name, [replace(SMOKE, revision=9)], (), 9)  # and goes on as any other
    assert engine.reader().open().revisions()[SMOKE.id] == 9


def test_which_event_a_revision_was_is_noted_with_it(engine: Engine, writer: IndexWriter) -> None:
    name = writer.create("f1", CENTRES)
    writer.fill(name, [FOUR], 7, "hash-7")
    writer.promote(name)
    assert engine.reader().live().event == "hash-7"
    writer.write(name, (), (), 8, "hash-8")
    info = engine.reader().live()
    assert (info.revision, info.event) == (8, "hash-8")
    writer.write(name, (), (), 9)
    assert engine.reader().live().event == "", "that of another revision would be wrong"


def test_a_generation_may_be_filled_with_nothing(engine: Engine, writer: IndexWriter) -> None:
    name = writer.create("f1", CENTRES)
    writer.fill(name, iter(()), 7)
    writer.promote(name)
    assert (engine.reader().live().documents, engine.reader().live().revision) == (0, 7)


def test_what_stops_half_way_fills_nothing(engine: Engine, writer: IndexWriter) -> None:
    def pages() -> Iterator[Sequence[Document]]:
        yield [FLOOD]
        raise KeyboardInterrupt

    name = writer.create("f1", CENTRES)
    with pytest.raises(KeyboardInterrupt):
        writer.fill(name, pages(), 7)
    assert engine.reader().open(name).info.revision < 7  # nobody takes it for whole
    writer.fill(name, [[FLOOD, SMOKE]], 8)
    writer.promote(name)
    assert set(engine.reader().open().revisions()) == {FLOOD.id, SMOKE.id}
    assert engine.reader().live().revision == 8


def test_no_request_sees_two_generations_while_promotions_go_on(engine: Engine, writer: IndexWriter) -> None:
    names = []
    for mark in ("a", "b"):
        name = writer.create(f"f{mark}", CENTRES)
        writer.write(name, [replace(d, id=f"{mark}-{d.id}") for d in FOUR], (), 1)
        names.append(name)
    writer.promote(names[0])
    reader, mixed, done = engine.reader(), list[object](), threading.Event()

    def ask() -> None:
        while not done.is_set():
            index = reader.open()
            found = index.candidates(asked("น้ำท่วม"), {}, Depth()).ids
            listed, total = index.browse({}, 10, 0)
            if len({i[0] for i in (*found, *listed, index.info.fingerprint[1:])}) != 1 or total != 4:
                mixed.append((found, listed, index.info))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(20):
        writer.promote(names[turn % 2])
    done.set()
    for thread in threads:
        thread.join()
    assert mixed == []


def test_prune_keeps_the_live_generation_and_those_named(engine: Engine, writer: IndexWriter) -> None:
    first, second, third = (writer.create("f1", CENTRES) for _ in range(3))
    for name in (first, second, third):
        writer.write(name, FOUR, (), 1)
    writer.promote(second)
    assert writer.prune(keep=[third]) == [first]
    assert [generation.name for generation in writer.generations()] == [second, third]
    assert writer.prune() == [third]
    assert engine.reader().live().name == second


def test_a_damaged_index_names_the_command_that_repairs_it(engine: Engine, writer: IndexWriter) -> None:
    name = fill(writer, FOUR)
    writer.close()
    engine.damage(name)
    with pytest.raises(IndexDamaged) as caught:
        engine.reader().open()
    assert "hackgo-index rebuild" in caught.value.en
    assert "hackgo-index rebuild" in caught.value.th
    assert str(name) not in caught.value.en
    again = fill(writer, FOUR)
    assert engine.reader().live().name == again


# --- writes ---


def test_a_write_is_seen_by_a_running_reader(engine: Engine, writer: IndexWriter) -> None:
    name = fill(writer, [FLOOD])
    reader = engine.reader()
    assert reader.live().documents == 1
    writer.write(name, [SMOKE, TAPS], (), 2)
    assert (reader.live().documents, reader.live().revision) == (3, 2)
    assert covering(reader.open().candidates(asked("ฝุ่นควัน"), {}, Depth())) == {"PP-2"}


def test_a_document_written_again_replaces_what_was_there(engine: Engine, writer: IndexWriter) -> None:
    name = fill(writer, FOUR)
    writer.write(name, [entry("PP-1", "ไฟดับบ่อย", revision=9, theme="energy")], (), 9)
    index = engine.reader().open()
    assert index.info.documents == 4
    assert index.revisions() == {"PP-1": 9, "PP-2": 1, "PP-3": 1, "PR-1": 1}
    assert covering(index.candidates(asked("น้ำท่วม"), {}, Depth())) == set()
    assert covering(index.candidates(asked("ไฟดับ"), {}, Depth())) == {"PP-1"}
    assert dict(index.facets({}, ["theme"])["theme"]) == {"water": 2, "air": 1, "energy": 1}


def test_the_same_write_twice_changes_nothing(engine: Engine, writer: IndexWriter) -> None:
    name = fill(writer, FOUR)
    before = engine.reader().open().candidates(asked("น้ำท่วม"), {}, Depth())
    writer.write(name, FOUR, (), 1)
    index = engine.reader().open()
    after = index.candidates(asked("น้ำท่วม"), {}, Depth())
    assert index.info.documents == 4
    assert after.ids == before.ids
    assert after.cosine.tolist() == before.cosine.tolist()


def test_of_two_versions_in_one_write_the_last_counts(engine: Engine, writer: IndexWriter) -> None:
    fill(writer, [FLOOD, replace(SMOKE, id="PP-1", revision=2)])
    index = engine.reader().open()
    assert index.info.documents == 1
    assert index.revisions() == {"PP-1": 2}
    assert covering(index.candidates(asked("ฝุ่นควัน"), {}, Depth())) == {"PP-1"}


def test_deleted_entries_are_gone_from_everything(engine: Engine, writer: IndexWriter) -> None:
    name = fill(writer, FOUR)
    writer.write(name, [], ["PP-1", "PP-3", "never-there"], 5)
    index = engine.reader().open()
    assert (index.info.documents, index.info.revision) == (2, 5)
    assert set(index.revisions()) == {"PP-2", "PR-1"}
    assert set(index.candidates(asked("น้ำท่วม"), {}, Depth()).ids) == {"PP-2", "PR-1"}
    assert index.browse({}, 10, 0) == (["PP-2", "PR-1"], 2)
    assert index.facets({}, ["theme"]) == {"theme": [("air", 1), ("water", 1)]}
    assert [i for i, _ in index.similar("PP-2", 5)] == ["PR-1"]


def test_a_write_without_documents_moves_the_revision(engine: Engine, writer: IndexWriter) -> None:
    name = fill(writer, FOUR)
    writer.write(name, [], [], 12)
    assert engine.reader().live().revision == 12


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (replace(SMOKE, vector=SMOKE.vector[:8]), "vector is float32"),
        (replace(SMOKE, vector=SMOKE.vector.astype(np.float64)), "vector is float64"),
        (replace(SMOKE, vector=SMOKE.vector * 2), "not of length 1"),
        (replace(SMOKE, vector=np.full(DIMENSION, np.nan, np.float32)), "not of length 1"),
        (replace(SMOKE, language="fr"), "no centre"),
        (replace(SMOKE, id=""), "no id"),
        (replace(SMOKE, filters={"theme": ("",)}), "'theme'"),
        (replace(SMOKE, filters={"theme": "air"}), "'theme'"),
        (replace(SMOKE, excerpts={"th": SMOKE.vector}), "excerpts are float32"),
        (replace(SMOKE, excerpts={"th": SMOKE.vector[None, :8]}), "excerpts are float32"),
        (replace(SMOKE, excerpts={"th": SMOKE.vector[None] * 2}), "excerpts are not of length 1"),
        (replace(SMOKE, excerpts={"en": SMOKE.vector[None]}), "no vector in the document"),
    ],
)
def test_one_bad_document_refuses_the_whole_write(engine: Engine, writer: IndexWriter, bad: Document, why: str) -> None:
    name = fill(writer, [FLOOD])
    with pytest.raises(BadDocument, match=why):
        writer.write(name, [TAPS, bad], ["PP-1"], 2)
    assert engine.reader().open().revisions() == {"PP-1": 1}
    assert engine.reader().live().revision == 1
    writer.write(name, [TAPS], (), 3)
    assert engine.reader().live().documents == 2


def test_another_writer_goes_on_where_a_closed_one_stopped(engine: Engine, writer: IndexWriter) -> None:
    name = fill(writer, [FLOOD])
    writer.close()
    other = engine.writer()
    other.write(name, [SMOKE], (), 2)
    other.close()
    writer.write(name, [TAPS], (), 3)
    assert set(engine.reader().open().revisions()) == {"PP-1", "PP-2", "PP-3"}
