"""Long texts: how they are cut, what is kept of their excerpts, and what a page shows of one."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from catalogue.app import build_api, open_parts
from catalogue.entries import parse
from catalogue.search import excerpts, fingerprint
from catalogue.search.centres import centred
from catalogue.search.document import read
from catalogue.search.excerpts import LENGTH, LONG, cut, embedded, kept, restored
from catalogue.search.index import Vector
from catalogue.settings import ROOT, Settings
from catalogue.store import Store
from tests.conftest import environ
from tests.engines import CENTRES, DIMENSION, FLOOD, vector
from tests.small_catalogue import HashedEmbedder, create, pain_id

# About nothing in particular, as the beginnings of long statements often are.
PREAMBLE = (
    "ที่ประชุมรับทราบรายงานการประชุมครั้งก่อน และประธานกล่าวขอบคุณผู้เข้าร่วมประชุมจากทุกหน่วยงาน "
    "จากนั้นฝ่ายเลขานุการชี้แจงระเบียบวาระ กำหนดการ และเอกสารประกอบการประชุมตามลำดับ "
) * 16
DEBT = "ครูจำนวนมากเป็นหนี้สหกรณ์ออมทรัพย์จนเงินเดือนเหลือไม่พอใช้ ทำให้ไม่มีกำลังใจสอนหนังสือ "
AFTER = "ผู้เข้าร่วมประชุมขอให้ฝ่ายเลขานุการจัดทำสรุปผลการประชุม และกำหนดวันประชุมครั้งต่อไป " * 4
STATEMENT = PREAMBLE + DEBT + AFTER
ASKED = "teachers in debt"


def pieces(text: str) -> list[str]:
    return [text[start:end] for start, end in cut(text)]


@given(st.text(max_size=200), st.integers(0, 5000))
def test_excerpts_are_all_of_a_long_text_in_order(some: str, length: int) -> None:
    text = (some * (length // max(1, len(some)) + 1))[:length]
    assert "".join(pieces(text)) == ("" if len(text) <= LONG else text)
    assert all(0 < len(piece) <= LENGTH for piece in pieces(text))


def test_excerpts_end_at_lines_then_sentences_then_blanks() -> None:
    words = "water rises over the road "
    lines = f"{words * 5}.\n" * 20
    assert {piece[-1] for piece in pieces(lines)} == {"\n"}
    sentences = f"{words * 3}again. " * 30
    assert {piece[-2:] for piece in pieces(sentences)} == {". "}
    assert {piece[-1] for piece in pieces(words * 100)} == {" "}
    assert [len(piece) for piece in pieces("ก" * (LONG + 1))] == [LENGTH] * 5 + [1]


def test_what_is_not_long_costs_nothing() -> None:
    def embed(texts: Sequence[str]) -> Vector:
        raise AssertionError(texts)

    assert [len(rows) for rows in embedded(["น" * LONG, ""], embed)] == [0, 0]


def test_each_excerpt_has_the_vector_of_its_words() -> None:
    embedder = HashedEmbedder()
    found = embedded(["short", STATEMENT, "", PREAMBLE], embedder.passages)
    assert [len(rows) for rows in found] == [0, len(pieces(STATEMENT)), 0, len(pieces(PREAMBLE))]
    assert np.array_equal(found[1], embedder.passages([piece.strip() for piece in pieces(STATEMENT)]))


def test_only_the_text_that_cards_show_is_cut() -> None:
    told = {"id": pain_id(1), "kind": "pain_point", "language": "th", "title": {"th": "หนี้ครู", "en": "Debt"}}
    entry = parse(told | {"statement": {"th": STATEMENT}, "summary": {"en": "Teachers are in debt."}})
    (made,) = read([entry], HashedEmbedder().passages)
    assert {language: len(rows) for language, (_, rows) in made.items()} == {"th": len(pieces(STATEMENT)), "en": 0}


def test_what_is_kept_of_excerpts_tells_their_cosines() -> None:
    rows = np.stack([vector(str(number)) for number in range(30)])
    data = kept(replace(FLOOD, excerpts={"th": rows}), CENTRES)["th"]
    assert len(data) == 30 * DIMENSION
    found, expected = restored(data, DIMENSION), centred(rows, CENTRES["th"])
    assert np.abs(found @ expected[0] - expected @ expected[0]).max() < 0.01


def test_another_way_of_cutting_is_another_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = HashedEmbedder()
    before = fingerprint.fingerprint(embedder)
    other = tmp_path / "excerpts.py"
    text = Path(excerpts.__file__).read_text(encoding="utf-8")
    assert "LONG = 5 *" in text
    other.write_text(text.replace("LONG = 5 *", "LONG = 6 *"), encoding="utf-8")
    monkeypatch.setattr(excerpts, "__file__", str(other))
    fingerprint._of_the_rest.cache_clear()
    try:
        assert fingerprint.fingerprint(embedder) != before
    finally:
        monkeypatch.undo()
        fingerprint._of_the_rest.cache_clear()
    assert fingerprint.fingerprint(embedder) == before


def test_a_page_shows_the_passage_that_answers_in_the_other_language(own_settings: Settings) -> None:
    store = Store.open(own_settings.database)
    store.apply([create(90001, title={"th": "รายงานการประชุมเรื่องหนี้สินของครู"}, statement={"th": STATEMENT})], "test")
    store.close()
    subprocess.run([sys.executable, "-m", "indexer.cli", "sync"], env=environ(own_settings), check=True, cwd=ROOT)
    parts = open_parts(own_settings)
    app = build_api()
    app.state.parts = parts
    try:
        answer = TestClient(app).get("/api/v1/search", params={"q": ASKED, "limit": 50}).json()
    finally:
        parts.store.close()
    (hit,) = [hit for hit in answer["hits"] if hit["entry"]["id"] == pain_id(90001)]
    assert hit["why"]["terms"] == []
    assert hit["snippet"]["th"].startswith("…")
    assert DEBT.split()[0] in hit["snippet"]["th"]
    assert len(hit["snippet"]["th"]) <= LENGTH + 2
    assert hit["snippet"]["origin"]["th"]
