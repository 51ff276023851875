"""A search from typed text to a page: order, reasons, totals, facets, and the honest empty page."""

import random
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalogue.api.parts import Parts
from catalogue.locks import exclusive
from catalogue.search.centres import centred, passage_centres
from catalogue.search.embedded import EmbeddedReader, EmbeddedWriter
from catalogue.search.fingerprint import fingerprint
from catalogue.search.index import Document, IndexReader
from catalogue.search.judgements import JudgedSet
from catalogue.search.query import QueryAnalyser, SearchQuery
from catalogue.search.retrieve import SearchResult, retrieve
from catalogue.search.vectors import VectorCache
from catalogue.settings import ROOT
from tests import engines
from tests.engines import ANALYSER
from tests.small_catalogue import HashedEmbedder

EMBEDDER = HashedEmbedder()
FACETS = ("kind", "theme", "language")


def entry(entry_id: str, text: str, language: str = "th", date: str = "", **filters: str) -> Document:
    """A document with the vector that the embedder gives it."""
    made = engines.entry(entry_id, text, language, date=date, **filters)
    return replace(made, vector=EMBEDDER.passages([text])[0])


def filled(folder: Path, documents: list[Document]) -> IndexReader:
    writer = EmbeddedWriter(folder, ANALYSER)
    name = writer.create(
        fingerprint(EMBEDDER), passage_centres(((d.language, d.vector) for d in documents), EMBEDDER.passages)
    )
    writer.write(name, documents, (), 1)
    writer.promote(name)
    writer.close()
    return EmbeddedReader(folder)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> IndexReader:
    documents = [
        entry("PP-1", "น้ำท่วมบ้านทุกปี", date="2024-01-01", kind="pain_point", theme="water"),
        entry("PP-2", "น้ำท่วมถนน", date="2025-01-01", kind="pain_point", theme="roads"),
        entry("PP-3", "village floods", "en", "2023-01-01", kind="pain_point", theme="water"),
        entry("PR-1", "เตือนภัยน้ำท่วม", kind="proposal", theme="water"),
        entry("PR-2", "flood alarm", "en", kind="proposal", theme="water"),
    ]
    return filled(tmp_path_factory.mktemp("small"), documents)


@pytest.fixture(scope="module")
def queries() -> QueryAnalyser:
    return QueryAnalyser(ANALYSER, EMBEDDER)


def ids(found: SearchResult) -> list[str]:
    return [hit.id for hit in found.hits]


def wanted(**filters: str) -> dict[str, frozenset[str]]:
    return {name: frozenset(value.split()) for name, value in filters.items()}


def test_an_empty_query_browses_newest_first(small: IndexReader, queries: QueryAnalyser) -> None:
    found = retrieve(small, queries, SearchQuery("  ", limit=2, offset=1, facets=FACETS))
    assert ids(found) == ["PP-1", "PP-3"]
    assert {hit.by for hit in found.hits} == {"newest"}
    assert (found.total.value, found.total.relation) == (5, "eq")
    assert found.facets["theme"] == [("water", 4), ("roads", 1)]
    assert found.query is None


def test_entries_with_the_words_are_found_and_say_which(small: IndexReader, queries: QueryAnalyser) -> None:
    found = retrieve(small, queries, SearchQuery("น้ำท่วม"))
    by = {hit.id: hit for hit in found.hits}
    assert by.keys() >= {"PP-1", "PP-2", "PR-1"}
    assert {by[i].terms for i in ("PP-1", "PP-2", "PR-1")} == {("น้ำท่วม",)}
    assert all(by[i].by in ("terms", "both") for i in ("PP-1", "PP-2", "PR-1"))
    assert all(hit.by == "meaning" for hit in found.hits if not hit.terms)


def test_a_name_in_capitals_is_asked_for_as_in_full(queries: QueryAnalyser) -> None:
    short, full = (queries.analyse(f"ระบบ{name} โรงพยาบาล") for name in (" IT", "ไอที"))
    assert (short.tokens, short.pieces) == (full.tokens, full.pieces)
    assert ("information", "technology") in {name for piece in short.pieces for name in piece.otherwise}


def test_pages_are_parts_of_one_order(small: IndexReader, queries: QueryAnalyser) -> None:
    whole = ids(retrieve(small, queries, SearchQuery("น้ำท่วม")))
    pages = [ids(retrieve(small, queries, SearchQuery("น้ำท่วม", limit=1, offset=i))) for i in range(len(whole))]
    assert [page[0] for page in pages] == whole
    beyond = retrieve(small, queries, SearchQuery("น้ำท่วม", offset=100))
    assert ids(beyond) == []
    assert beyond.total.value == len(whole)


def test_scores_fall_along_the_page(small: IndexReader, queries: QueryAnalyser) -> None:
    hits = retrieve(small, queries, SearchQuery("น้ำท่วม")).hits
    scores = [hit.score or 0 for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(hit.words is not None and 0 <= hit.words <= 1 for hit in hits)


def test_filters_hold_for_every_hit_and_the_total(small: IndexReader, queries: QueryAnalyser) -> None:
    found = retrieve(small, queries, SearchQuery("น้ำท่วม", wanted(theme="roads")))
    assert ids(found) == ["PP-2"]
    assert (found.total.value, found.total.relation) == (1, "eq")


def test_facets_count_what_is_shown(small: IndexReader, queries: QueryAnalyser) -> None:
    found = retrieve(small, queries, SearchQuery("น้ำท่วม", limit=1, facets=FACETS))
    for name in ("kind", "language"):
        assert sum(count for _, count in found.facets[name]) == found.total.value


@pytest.mark.parametrize("text", ["", "น้ำท่วม"])
def test_a_facets_own_filter_does_not_narrow_it(small: IndexReader, queries: QueryAnalyser, text: str) -> None:
    free = retrieve(small, queries, SearchQuery(text, facets=FACETS))
    narrow = retrieve(small, queries, SearchQuery(text, wanted(theme="roads"), facets=FACETS))
    assert narrow.facets["theme"] == free.facets["theme"]
    assert narrow.facets["kind"] == [("pain_point", 1)]


@pytest.mark.parametrize(
    "filters", [wanted(language="en"), wanted(theme="nothing"), wanted(theme="roads", language="en")]
)
def test_a_language_without_candidates_does_no_harm(
    small: IndexReader, queries: QueryAnalyser, filters: dict[str, frozenset[str]]
) -> None:
    found = retrieve(small, queries, SearchQuery("flood", filters))
    assert set(ids(found)) <= {"PP-3", "PR-2"}


def test_a_hit_tells_how_near_its_excerpts_are(tmp_path: Path, queries: QueryAnalyser) -> None:
    rows = EMBEDDER.passages(["one", "two", "three"])
    long = replace(entry("PP-1", "น้ำท่วมบ้าน"), excerpts={"th": rows})
    reader = filled(tmp_path, [long, entry("PP-2", "น้ำท่วมถนน")])
    found = retrieve(reader, queries, SearchQuery("น้ำท่วม"))
    excerpts = {hit.id: hit.excerpts for hit in found.hits}
    assert excerpts["PP-2"] == {}
    assert found.query is not None
    expected = centred(rows, reader.open().centres["th"]) @ found.query.vector
    assert excerpts["PP-1"]["th"] == pytest.approx(expected, abs=0.02)


def test_a_catalogue_of_one_entry_finds_it_by_its_words(tmp_path: Path, queries: QueryAnalyser) -> None:
    reader = filled(tmp_path, [entry("PP-1", "น้ำประปาไม่ไหล")])
    assert ids(retrieve(reader, queries, SearchQuery("น้ำประปา"))) == ["PP-1"]


def test_an_empty_catalogue_is_searched(tmp_path: Path, queries: QueryAnalyser) -> None:
    found = retrieve(filled(tmp_path, []), queries, SearchQuery("น้ำประปา", facets=FACETS))
    assert (ids(found), found.total.value) == ([], 0)


def test_equal_entries_come_in_the_order_of_their_ids(tmp_path: Path, queries: QueryAnalyser) -> None:
    documents = [entry(f"PP-{i}", "ถนนพัง") for i in (3, 1, 2)]
    assert ids(retrieve(filled(tmp_path, documents), queries, SearchQuery("ถนนพัง"))) == ["PP-1", "PP-2", "PP-3"]


def test_a_total_that_the_search_did_not_reach_says_so(tmp_path: Path, queries: QueryAnalyser) -> None:
    documents = [entry(f"PP-{i:03}", f"น้ำท่วม {i}") for i in range(300)]
    found = retrieve(filled(tmp_path, documents), queries, SearchQuery("น้ำท่วม", limit=300))
    assert found.total.relation == "gte"
    assert 100 <= found.total.value == len(found.hits) < 300


@pytest.mark.parametrize("text", ["!!!", "???? ...", "\u200b", "🙂🙂"])
def test_text_without_a_word_finds_nothing(small: IndexReader, queries: QueryAnalyser, text: str) -> None:
    assert retrieve(small, queries, SearchQuery(text, facets=FACETS)).total.value == 0


@pytest.mark.parametrize("text", ["ก" * 500, "a" * 500, "น้ำท่วม " * 60, "\x00\x1fน้ำ", "' OR 1=1; --", "a:b AND (c"])
def test_odd_text_is_searched_without_complaint(small: IndexReader, queries: QueryAnalyser, text: str) -> None:
    retrieve(small, queries, SearchQuery(text))


class Counting(HashedEmbedder):
    asked = 0

    def queries(self, texts):  # type: ignore[no-untyped-def]
        self.asked += len(texts)
        return super().queries(texts)


def test_other_names_are_learnt_once_and_move_a_question_towards_them(tmp_path: Path) -> None:
    kept = Counting()
    analyser = QueryAnalyser(ANALYSER, EMBEDDER, kept=VectorCache(tmp_path, kept))
    with exclusive(tmp_path / "lock"):
        learning(analyser, tmp_path)  # another process is at it
    alone = kept.asked
    learning(analyser, tmp_path)
    learnt = kept.asked
    assert learnt - alone > 3_000
    asked = analyser.analyse("เมืองคอน")
    assert asked.pieces
    towards, without = (analyser.analyse(text).vector for text in ("Nakhon Si Thammarat", "zzz"))
    assert asked.vector @ towards > 0.1 > asked.vector @ without
    learning(QueryAnalyser(ANALYSER, EMBEDDER, kept=VectorCache(tmp_path, kept)), tmp_path)
    assert kept.asked == learnt  # by asking, by a second start: all is known


def test_a_process_that_ends_while_it_learns_says_nothing_of_it(tmp_path: Path) -> None:
    program = f"""
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from catalogue.search.query import QueryAnalyser
from tests.test_retrieve import ANALYSER, EMBEDDER
class Late:
    fingerprint = EMBEDDER.fingerprint
    def queries(self, texts):
        if threading.current_thread().name == "learn-names":
            threading.main_thread().join()
            ThreadPoolExecutor(1).submit(print)
        return EMBEDDER.queries(texts)
QueryAnalyser(ANALYSER, EMBEDDER, kept=Late()).learn_names(Path({str(tmp_path / "lock")!r}))
learner = next(thread for thread in threading.enumerate() if thread.name == "learn-names")
threading.Thread(target=learner.join).start()  # the process waits for it
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def learning(analyser: QueryAnalyser, folder: Path) -> None:
    analyser.learn_names(folder / "lock")
    for thread in threading.enumerate():
        if thread.name == "learn-names":
            thread.join()


def test_the_last_queries_are_remembered_and_no_more(small: IndexReader) -> None:
    embedder = Counting()
    analyser = QueryAnalyser(ANALYSER, embedder, remembered=2)
    before = embedder.asked
    for text in ("a", "b", "a", "c", "a", "b"):
        analyser.analyse(text).meaning()
    assert embedder.asked - before == 4  # a, b, c, and b again


def test_thai_signs_mean_the_same_however_they_were_typed(parts: Parts) -> None:
    vectors = [parts.queries.analyse(text).vector for text in ("น้ำท่วม", "น้ํา" + "ท่่วม", "ท่วมน้ำ")]
    assert np.array_equal(vectors[0], vectors[1])
    assert not np.array_equal(vectors[0], vectors[2])


def test_a_query_that_could_not_be_embedded_is_tried_again(small: IndexReader) -> None:
    class Failing(HashedEmbedder):
        fails = False

        def queries(self, texts):  # type: ignore[no-untyped-def]
            if self.fails:
                raise MemoryError
            return super().queries(texts)

    embedder = Failing()
    analyser = QueryAnalyser(ANALYSER, embedder)
    embedder.fails = True
    with pytest.raises(MemoryError):
        retrieve(small, analyser, SearchQuery("น้ำท่วม"))
    embedder.fails = False
    assert retrieve(small, analyser, SearchQuery("น้ำท่วม")).hits


# --- the real model on the sample catalogue ---


KEYS = ["qwertyuiop", "asdfghjkl", "zxcvbnm", "ๆไำพะัีรนยบล", "ฟหกดเ้่าสวง", "ผปแอิืทมใฝ"]


def struck(seed: int) -> str:
    """What comes of keys struck at random along one row, in one to three groups."""
    chance = random.Random(seed)
    row = KEYS[seed % len(KEYS)]
    return " ".join("".join(chance.choices(row, k=chance.randint(6, 11))) for _ in range(chance.randint(1, 3)))


@pytest.mark.parametrize("text", ["asdfgh qwerzx", "กฟหกดฟหกด", "xqzvbn wkjhgf", "sdlkfj woeiru"])
def test_nonsense_gets_an_honest_empty_page(parts: Parts, text: str) -> None:
    found = retrieve(parts.engines.main.reader, parts.queries, SearchQuery(text, facets=FACETS))
    assert (ids(found), found.total.value, found.total.relation) == ([], 0, "eq")
    assert all(counts == [] for counts in found.facets.values())


def test_nine_of_ten_random_strings_find_nothing(parts: Parts) -> None:
    texts = [struck(seed) for seed in range(60)]
    answered = [t for t in texts if retrieve(parts.engines.main.reader, parts.queries, SearchQuery(t)).total.value]
    assert len(answered) <= 6, answered


@pytest.mark.parametrize(("text", "close"), [("น้ำท่วมหมู่บ้าน", True), ("flood", True), ("วิธีผูกเนกไทไปงานแต่ง", False)])
def test_a_page_says_whether_anything_is_close(parts: Parts, text: str, close: bool) -> None:
    found = parts.engines.ask("search", lambda reader: retrieve(reader, parts.queries, SearchQuery(text))).value
    assert found.hits
    assert found.close is close


def test_no_golden_question_that_has_an_answer_is_taken_for_nonsense(parts: Parts) -> None:
    topics = JudgedSet.read(ROOT / "tests" / "golden").topics
    texts = [topic.text for topic in topics if max(topic.grades.values()) > 1]
    assert len(texts) > 150
    assert [
        t for t in texts if not retrieve(parts.engines.main.reader, parts.queries, SearchQuery(t)).total.value
    ] == []


@pytest.mark.parametrize(
    "text",
    [
        "สมุนไพร",
        "Yaowarat",
        "avalanche",
        "PM2.5",
        "AI",
        "EV",
        "กยศ",
        "น้ำ",
        "dam",
        "OTOP",
        "ขยะ",
        "BTS",
        "covid",
        "สตาร์ทอัพ",
        "bus",
        "โดรน",
        "blockchain",
    ],
)
def test_short_and_foreign_words_are_no_nonsense(parts: Parts, text: str) -> None:
    assert retrieve(parts.engines.main.reader, parts.queries, SearchQuery(text)).total.value > 0


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("every dry season the village taps run out", {"PP-2569-00299", "PP-2569-00277", "PP-2569-00243"}),
        ("ทุกหน้าแล้งน้ำประปาหมู่บ้านไม่ไหล", {"PP-2569-00299", "PP-2569-00277", "PP-2569-00243"}),
        ("mountains of uncollected trash on Samui", {"PP-2569-00228"}),
        ("ขยะตกค้างกองเป็นภูเขาบนเกาะสมุย", {"PP-2569-00228"}),
        ("beach erosion", {"PP-2569-00039", "PP-2569-00302", "PP-2569-00309"}),
        ("ชายหาดถูกกัดเซาะ", {"PP-2569-00039", "PP-2569-00302", "PP-2569-00309"}),
        ("plane tickets are stupidly expensive", {"PP-2569-00267", "PP-2569-00145"}),
        ("ตั๋วเครื่องบินแพงเกินเหตุ", {"PP-2569-00267", "PP-2569-00145"}),
    ],
)
def test_the_answer_is_among_the_first_three_in_either_language(parts: Parts, text: str, answers: set[str]) -> None:
    found = retrieve(parts.engines.main.reader, parts.queries, SearchQuery(text, limit=3))
    assert answers & set(ids(found))
