"""What every search engine must do behind the index port. A second engine joins by one class in ENGINES."""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest

from catalogue.errors import IndexDamaged, IndexNotReady
from catalogue.search.analysis import Analyser
from catalogue.search.centres import centred, unit
from catalogue.search.embedded import EmbeddedReader, EmbeddedWriter
from catalogue.search.index import (
    AnalysedQuery,
    BadDocument,
    Candidates,
    Depth,
    Document,
    IndexReader,
    IndexWriter,
    Vector,
)

ANALYSER = Analyser()
DIMENSION = 16
CENTRES = {"th": np.full(DIMENSION, 0.05, np.float32), "en": np.full(DIMENSION, -0.05, np.float32)}


class Engine(Protocol):
    """What the suite needs of an engine beyond its port."""

    def reader(self) -> IndexReader: ...
    def writer(self) -> IndexWriter: ...
    def damage(self, name: str) -> None: ...


class Embedded:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "index"

    def reader(self) -> IndexReader:
        return EmbeddedReader(self.folder)

    def writer(self) -> IndexWriter:
        return EmbeddedWriter(self.folder, ANALYSER)

    def damage(self, name: str) -> None:
        (self.folder / name / "entries.jsonl").write_bytes(b"not what was written")


ENGINES = {"embedded": Embedded}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    made: Engine = ENGINES[request.param](tmp_path)
    return made


@pytest.fixture
def writer(engine: Engine) -> Iterator[IndexWriter]:
    made = engine.writer()
    yield made
    made.close()


def vector(text: str) -> Vector:
    """The same for the same text, of length 1."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return unit(np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32))


def entry(
    entry_id: str, text: str, language: str = "th", revision: int = 1, date: str = "", **filters: str
) -> Document:
    """A document; a filter's value may hold several, separated by spaces."""
    values = {name: tuple(value.split()) for name, value in filters.items()}
    return Document(
        id=entry_id,
        revision=revision,
        kind="pain_point",
        language=language,
        title=text,
        text="",
        filters={"language": (language,)} | values,
        sort_date=date,
        vector=vector(text),
    )


def asked(text: str, like: str | None = None, language: str = "th") -> AnalysedQuery:
    """A query of these terms, whose vector is that of the entry with text ``like``."""
    terms = ANALYSER.analyse(text)
    return AnalysedQuery(
        text=text,
        language=language,
        tokens=tuple(dict.fromkeys(terms.tokens)),
        ngrams=tuple(dict.fromkeys(terms.ngrams)),
        vector=centred(vector(like or text), CENTRES[language]),
    )


def fill(writer: IndexWriter, documents: Sequence[Document], revision: int = 1) -> str:
    """A live generation that holds these documents."""
    name = writer.create("f1", CENTRES)
    writer.write(name, documents, (), revision)
    writer.promote(name)
    return name


def covering(found: Candidates, minimum: float = 0.5) -> set[str]:
    return {i for i, share in zip(found.ids, found.token_coverage, strict=True) if share >= minimum}


def wanted(**filters: str) -> dict[str, frozenset[str]]:
    return {name: frozenset(value.split()) for name, value in filters.items()}


FLOOD = entry("PP-1", "น้ำท่วมบ้านทุกปี", kind="pain_point", theme="water disaster", year="2024", date="2024-05-01")
SMOKE = entry("PP-2", "ฝุ่นควันในเมือง", kind="pain_point", theme="air", year="2023", date="2023-01-09")
TAPS = entry("PP-3", "Village taps run dry", "en", kind="pain_point", theme="water", year="2024", date="2024-05-01")
ALARM = entry("PR-1", "Flood alarm with sensors", "en", kind="proposal", theme="water", year="2025")
FOUR = [FLOOD, SMOKE, TAPS, ALARM]


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


# --- candidates ---


def test_thai_words_are_found_without_spaces(engine: Engine, writer: IndexWriter) -> None:
    fill(writer, FOUR)
    found = engine.reader().open().candidates(asked("น้ำท่วม"), {}, Depth())
    assert covering(found) == {"PP-1"}
    row = found.ids.index("PP-1")
    assert found.ngram_coverage[row] == pytest.approx(1)
    assert found.ngram_coverage[found.ids.index("PP-2")] == 0


def test_every_candidate_says_which_tokens_it_contains(engine: Engine, writer: IndexWriter) -> None:
    fill(writer, FOUR)
    found = engine.reader().open().candidates(asked("flood taps unheardof", language="en"), {}, Depth())
    held = {i: row.tolist() for i, row in zip(found.ids, found.covered, strict=True)}
    assert held == {
        "PP-1": [False, False, False],
        "PP-2": [False, False, False],
        "PP-3": [False, True, False],
        "PR-1": [True, False, False],
    }
    assert found.known_tokens.tolist() == [True, True, False]
    assert found.token_weights.sum() == pytest.approx(1)
    assert found.token_weights[2] > found.token_weights[0]


def test_tokens_are_told_apart_however_many_there_are(engine: Engine, writer: IndexWriter) -> None:
    words = [f"word{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(60)]
    fill(writer, [entry("A", " ".join(words[::2]), "en"), entry("B", " ".join(words[1::2]), "en")])
    found = engine.reader().open().candidates(asked(" ".join(words), language="en"), {}, Depth())
    assert found.covered.tolist() == [[True, False] * 30, [False, True] * 30]


def test_rare_terms_weigh_more_than_frequent_ones(engine: Engine, writer: IndexWriter) -> None:
    fill(writer, [entry(f"A{i}", f"water number{i}", "en") for i in range(9)] + [entry("B", "water smells", "en")])
    found = engine.reader().open().candidates(asked("water smells", language="en"), {}, Depth())
    assert found.token_weights[1] > 2 * found.token_weights[0]
    assert max(zip(found.token_coverage, found.ids, strict=True))[1] == "B"


def test_cosines_are_of_centred_vectors(engine: Engine, writer: IndexWriter) -> None:
    fill(writer, FOUR)
    found = engine.reader().open().candidates(asked("อะไรก็ได้", like=TAPS.title, language="en"), {}, Depth())
    assert found.cosine[found.ids.index("PP-3")] == pytest.approx(1, abs=1e-5)
    expected = centred(FLOOD.vector, CENTRES["th"]) @ centred(TAPS.vector, CENTRES["en"])
    assert found.cosine[found.ids.index("PP-1")] == pytest.approx(expected, abs=1e-5)
    assert np.linalg.norm(found.vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-3)


def test_an_entry_with_a_translation_lies_between_its_languages(engine: Engine, writer: IndexWriter) -> None:
    both = replace(FLOOD, translations={"en": TAPS.vector})
    fill(writer, [both])
    found = engine.reader().open().candidates(asked("อะไรก็ได้"), {}, Depth())
    directions = centred(FLOOD.vector, CENTRES["th"]), centred(TAPS.vector, CENTRES["en"])
    assert found.vectors[0] @ directions[0] == pytest.approx(found.vectors[0] @ directions[1], abs=1e-3)
    assert found.vectors[0] @ directions[0] > 0.5


def test_each_language_brings_its_own_nearest(engine: Engine, writer: IndexWriter) -> None:
    thai = [entry(f"T{i:02}", f"ปัญหา {i}") for i in range(20)]
    english = [entry(f"E{i:02}", f"problem {i}", "en") for i in range(3)]
    fill(writer, thai + english)
    found = engine.reader().open().candidates(asked("xyz", like=thai[4].title), {}, Depth(dense=5, lexical=5))
    assert sum(i.startswith("T") for i in found.ids) == 5
    assert sum(i.startswith("E") for i in found.ids) == 3
    assert set(found.dense_floor) == {"th"}
    assert found.dense_floor["th"] == pytest.approx(found.cosine[found.languages == "th"].min(), abs=1e-5)
    assert list(found.ids) == sorted(found.ids)


def test_equal_evidence_is_cut_in_the_order_of_ids(engine: Engine, writer: IndexWriter) -> None:
    same = [replace(entry(f"A{i:02}", "ถนนพัง"), vector=vector("same")) for i in range(40)]
    name = fill(writer, same[::2])
    writer.write(name, same[1::2], (), 2)
    found = engine.reader().open().candidates(asked("ถนนพัง", like="other"), {}, Depth(dense=10, lexical=10))
    assert found.ids == tuple(f"A{i:02}" for i in range(10))
    assert found.token_floor == pytest.approx(1)


def test_a_lexical_leg_that_was_complete_has_no_floor(engine: Engine, writer: IndexWriter) -> None:
    fill(writer, FOUR)
    found = engine.reader().open().candidates(asked("น้ำท่วม"), {}, Depth())
    assert (found.token_floor, found.ngram_floor, found.dense_floor) == (0, 0, {})


def test_a_query_without_terms_is_answered_by_meaning(engine: Engine, writer: IndexWriter) -> None:
    fill(writer, FOUR)
    query = replace(asked("น้ำท่วม", like=FLOOD.title), tokens=(), ngrams=())
    found = engine.reader().open().candidates(query, {}, Depth())
    assert len(found.ids) == 4
    assert found.covered.shape == (4, 0)
    assert found.token_coverage.tolist() == [0, 0, 0, 0]


# --- filters, facets, browsing ---


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {"PP-1", "PP-2", "PP-3", "PR-1"}),
        (wanted(kind="pain_point"), {"PP-1", "PP-2", "PP-3"}),
        (wanted(theme="water"), {"PP-1", "PP-3", "PR-1"}),
        (wanted(theme="disaster air"), {"PP-1", "PP-2"}),
        (wanted(theme="water", year="2024"), {"PP-1", "PP-3"}),
        (wanted(theme="water", year="2024 2025", language="en"), {"PP-3", "PR-1"}),
        (wanted(theme="nothing"), set()),
        (wanted(nofield="water"), set()),
        (wanted(theme="air", kind="proposal"), set()),
    ],
)
def test_filters_are_or_within_a_field_and_and_between_fields(
    engine: Engine, writer: IndexWriter, filters: dict[str, frozenset[str]], expected: set[str]
) -> None:
    fill(writer, FOUR)
    index = engine.reader().open()
    assert set(index.candidates(asked("น้ำท่วม flood"), filters, Depth()).ids) == expected
    ids, total = index.browse(filters, 10, 0)
    assert (set(ids), total) == (expected, len(expected))
    assert sum(count for _, count in index.facets(filters, ["kind"])["kind"]) == len(expected)


def test_an_entry_that_only_words_would_find_is_filtered_too(engine: Engine, writer: IndexWriter) -> None:
    crowd = [entry(f"C{i:02}", f"อื่น {i}", kind="crowd") for i in range(30)]
    fill(writer, [*crowd, FLOOD, SMOKE])
    query = asked("น้ำท่วม", like=crowd[0].title)
    index, depth = engine.reader().open(), Depth(dense=2, lexical=2)
    assert "PP-1" in index.candidates(query, {}, depth).ids
    assert "PP-1" not in index.candidates(query, wanted(kind="crowd"), depth).ids


def test_browsing_shows_the_newest_first_then_by_id_and_undated_last(engine: Engine, writer: IndexWriter) -> None:
    fill(writer, [ALARM, TAPS, SMOKE, FLOOD])
    index = engine.reader().open()
    assert index.browse({}, 10, 0) == (["PP-1", "PP-3", "PP-2", "PR-1"], 4)
    assert index.browse({}, 2, 1) == (["PP-3", "PP-2"], 4)
    assert index.browse({}, 10, 9) == ([], 4)


def test_facets_count_values_most_frequent_first(engine: Engine, writer: IndexWriter) -> None:
    fill(writer, FOUR)
    index = engine.reader().open()
    assert index.facets({}, ["theme", "kind"]) == {
        "theme": [("water", 3), ("air", 1), ("disaster", 1)],
        "kind": [("pain_point", 3), ("proposal", 1)],
    }
    assert index.facets({}, ["theme"], ids=["PP-2", "PR-1", "gone"]) == {"theme": [("air", 1), ("water", 1)]}
    assert index.facets(wanted(kind="pain_point"), ["theme"], ids=["PR-1"]) == {"theme": []}


def test_similar_entries_come_from_both_languages_and_never_include_the_entry(
    engine: Engine, writer: IndexWriter
) -> None:
    twin = replace(ALARM, id="PP-9", vector=FLOOD.vector)  # English text, so another centre
    fill(writer, [*FOUR, twin])
    found = engine.reader().open().similar("PP-1", 3)
    assert len(found) == 3
    assert "PP-1" not in dict(found)
    assert found[0][0] == "PP-9"
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert engine.reader().open().similar("unknown", 3) == []
