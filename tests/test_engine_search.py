"""What every search engine must do behind the index port: candidates, filters, facets, browsing, similar entries."""

from dataclasses import replace

import numpy as np
import pytest

from catalogue.search.centres import centred
from catalogue.search.fusion import lexical_evidence
from catalogue.search.index import Depth, IndexWriter, Piece
from tests.engines import ALARM, CENTRES, FLOOD, FOUR, SMOKE, TAPS, Engine, asked, covering, entry, fill, vector, wanted

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


def test_excerpts_come_back_as_they_lie_and_are_not_searched(engine: Engine, writer: IndexWriter) -> None:
    rows = {"th": np.stack([vector(str(n)) for n in range(5)]), "en": vector("told in English")[None]}
    told = replace(FLOOD, translations={"en": TAPS.vector}, excerpts=rows)
    other = replace(SMOKE, excerpts={"th": rows["th"][:2]})
    name = fill(writer, [told, other, TAPS])
    index = engine.reader().open()
    assert index.excerpts([]) == index.excerpts(["PP-3", "never-there"]) == {}
    found = index.excerpts(["PP-3", "PP-1", "never-there", "PP-2"])
    assert {i: {la: len(of) for la, of in one.items()} for i, one in found.items()} == {
        "PP-1": {"th": 5, "en": 1},
        "PP-2": {"th": 2},
    }
    for language, expected in rows.items():
        lies = centred(expected, CENTRES[language])
        assert (found["PP-1"][language] * lies).sum(axis=1) == pytest.approx(np.ones(len(lies)), abs=1e-2)
    assert index.info.documents == 3
    assert set(index.candidates(asked("อะไรก็ได้", like="4"), {}, Depth()).ids) == {"PP-1", "PP-2", "PP-3"}
    writer.write(name, [replace(FLOOD, revision=2), replace(SMOKE, revision=2, excerpts={"th": rows["th"]})], (), 2)
    after = engine.reader().open().excerpts(["PP-1", "PP-2"])
    assert {i: {la: len(of) for la, of in one.items()} for i, one in after.items()} == {"PP-2": {"th": 5}}
    assert np.allclose(after["PP-2"]["th"], found["PP-1"]["th"])
    writer.write(name, [], ["PP-2"], 3)
    assert engine.reader().open().excerpts(["PP-1", "PP-2"]) == {}


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


def test_other_names_bring_entries_that_no_word_of_the_query_does(engine: Engine, writer: IndexWriter) -> None:
    fill(writer, [*FOUR, entry("E1", "emergency number", "en"), entry("E2", "emergency exit number", "en")])
    other = (Piece(("1669",), (("emergency", "exit"), ("กู้ชีพ",))),)
    query = replace(asked("1669 ช้า", like=TAPS.title, language="en"), ngrams=(), pieces=other)
    found = engine.reader().open().candidates(query, {}, Depth(dense=1, lexical=2))
    assert set(found.ids) >= {"E2", "PP-3"}
    assert "E1" not in found.ids
    row = found.ids.index("E2")
    assert (found.covered[row].tolist(), found.otherwise[row].tolist()) == ([False, False], [True, False])
    assert found.token_coverage[row] == 0


def test_two_pieces_may_have_one_name(engine: Engine, writer: IndexWriter) -> None:
    fill(writer, [entry("E0", "hotel", "en"), entry("E1", "inn", "en")])
    pieces = (Piece(("hostel",), (("hotel",), ("inn",))), Piece(("lodge",), (("inn",), ("hotel",))))
    query = replace(asked("hostel lodge", like="hotel", language="en"), ngrams=(), pieces=pieces)
    found = engine.reader().open().candidates(query, {}, Depth())
    named = dict(zip(found.ids, found.otherwise.tolist(), strict=True))
    assert named == {"E0": [True, False, False, True], "E1": [False, True, True, False]}


def test_another_name_says_less_than_the_word_itself(engine: Engine, writer: IndexWriter) -> None:
    words = ["siren", "alarm", "siren alarm", "siren bell", "nothing"]
    fill(writer, [entry(f"E{i}", text, "en") for i, text in enumerate(words)])
    other = (Piece(("siren",), (("alarm",),)),)
    query = replace(asked("siren bell", like="nothing", language="en"), ngrams=(), pieces=other)
    index = engine.reader().open()
    found = index.candidates(query, {}, Depth())
    said = dict(zip(found.ids, lexical_evidence(query, found).tolist(), strict=True))
    assert said["E3"] > said["E2"] == said["E0"] > said["E1"] > said["E4"] == 0
    assert index.candidates(query, {}, Depth(dense=1, lexical=3)).ids == ("E0", "E2", "E3", "E4")
    cut = index.candidates(query, {}, Depth(dense=1, lexical=2))
    assert cut.token_floor == pytest.approx(float(cut.token_weights[0]))


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


def test_near_finds_by_a_place_what_similar_finds_by_an_entry(engine: Engine, writer: IndexWriter) -> None:
    fill(writer, FOUR)
    index = engine.reader().open()
    place = centred(FLOOD.vector, index.centres["th"])
    found = index.near(place, 10)
    assert found[0] == ("PP-1", pytest.approx(1, abs=1e-3))
    assert found[1:] == index.similar("PP-1", 10)
    assert index.near(place, 2) == found[:2]


def test_frequencies_count_the_entries_of_each_token(engine: Engine, writer: IndexWriter) -> None:
    fill(writer, FOUR)
    found = engine.reader().open().frequencies(["flood", "village", "never"])
    assert dict(found) == {"flood": 1, "village": 1, "never": 0}
