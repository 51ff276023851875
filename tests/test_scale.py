"""Measuring catalogues of several sizes: what is measured exists, differs, and is gone afterwards."""

import gzip
import json
import uuid
from pathlib import Path

import numpy as np
import pytest

from catalogue import articles
from catalogue.scale import Bench, bench_scale, table
from catalogue.search.embedding import E5AndUse
from catalogue.search.opensearch import Access, Cluster
from catalogue.settings import Settings
from tests.conftest import VECTORS
from tests.engines import vector

ARTICLES = [
    {"lang": "th", "title": f"น้ำท่วมอำเภอที่ {n} หลังพล.อ. ประยุทธ์เยี่ยม", "text": f"ฝนตกหนัก ถนนขาด บ้าน {n} หลัง เสียหาย"}
    for n in range(6)
] + [{"lang": "en", "title": "Farmers burn straw", "text": "Smoke covers the north. Nobody collects the straw."}]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(article, ensure_ascii=False) + "\n" for article in ARTICLES)
    return path


def test_questions_of_a_file_are_asked_once_each(tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in ("flood", "น้ำท่วม", "flood", "dust")), "utf-8")
    assert articles.typed(path, 2) == ["flood", "น้ำท่วม"]
    assert articles.typed(path, 9) == ["flood", "น้ำท่วม", "dust"]


def test_rows_are_the_articles_and_then_variations_in_their_own_words(file: Path) -> None:
    made = list(articles.rows(file, 0, 18))
    texts = [next(iter(row.values["statement"].values())) for row in made]
    assert texts[:7] == [article["text"] for article in ARTICLES]
    for number, text in enumerate(texts[7:], 7):
        real = ARTICLES[number % 7]["text"].split()
        assert sorted(text.split()) != sorted(real)
        assert set(text.split()) <= set(real)
    titles = [next(iter(row.values["title"].values())) for row in made]
    assert len(set(titles)) == 18
    assert list(articles.rows(file, 5, 18)) == made[5:]  # a catalogue grows by the same entries that a larger one has


class Counted:
    """Vectors without a model."""

    model_id, fingerprint, dimensions = "counted", "0" * 64, 16

    def passages(self, texts: list[str]) -> np.ndarray:
        return np.stack([vector(text) for text in texts])

    queries = passages


def test_an_entry_lies_at_its_title_and_a_variation_near_it() -> None:
    real, other, third = articles.TitleVectors(Counted()).passages(
        ["น้ำท่วม. ฝนตกหนัก", "น้ำท่วม (2). หนัก ฝนตก", "น้ำท่วม (3). ฝนตก"]
    )
    assert real == pytest.approx(vector("น้ำท่วม"))
    for varied in (other, third):
        assert float(varied @ real) == pytest.approx(articles.JITTER, abs=1e-5)
        assert float(np.linalg.norm(varied)) == pytest.approx(1, abs=1e-5)
    assert float(other @ third) < 0.999


def bench(file: Path, settings: Settings, reported: list[tuple[str, int, int]]) -> Bench:
    return Bench(file, settings, E5AndUse(), None, lambda *said: reported.append(said))


def test_every_size_is_measured(file: Path) -> None:
    reported: list[tuple[str, int, int]] = []
    report = bench_scale(bench(file, Settings(vector_cache=str(VECTORS)), reported), [18, 12], ["embedded"])
    assert report["articles"] == 7
    assert [size["entries"] for size in report["sizes"]] == [12, 18]
    for size in report["sizes"]:
        measured = size["engines"]["embedded"]
        assert measured["entries"] == size["entries"]
        assert measured["index_bytes_per_entry"] > 0
        assert measured["p50_ms"] <= measured["p95_ms"]
        assert measured["typing_p50_ms"] <= measured["typing_p95_ms"]
        assert measured["heap_mb"] is None
    assert reported[-1] == ("entries", 18, 18)


def test_an_index_on_a_cluster_is_measured_and_deleted(
    file: Path, opensearch_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"scale-{uuid.uuid4().hex[:8]}"
    monkeypatch.setenv("HACKGO_OPENSEARCH_URL", opensearch_url)  # for the processes that it starts
    settings = Settings(opensearch_url=opensearch_url, opensearch_index=name, vector_cache=str(VECTORS))
    report = bench_scale(bench(file, settings, []), [9], ["opensearch"])
    measured = report["sizes"][0]["engines"]["opensearch"]
    assert measured["entries"] == 9
    assert measured["index_bytes_per_entry"] > 0
    assert measured["heap_mb"] > 0
    assert "opensearch: " in table(report)
    found = Cluster(Access([opensearch_url])).patient.indices.get(index=f"{name}*", params={"allow_no_indices": "true"})
    assert found == {}
