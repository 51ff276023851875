"""The vector cache: nothing is embedded twice, and nothing broken is believed."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalogue.search.vectors import VectorCache
from tests.small_catalogue import HashedEmbedder


class Counting(HashedEmbedder):
    def __init__(self, version: str = "1") -> None:
        super().__init__(version)
        self.asked: list[str] = []

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return super().passages(texts)


TEXTS = ["น้ำท่วม", "flood", "", "a longer text about something else"]


def test_vectors_come_in_input_order_and_equal_the_models(tmp_path: Path) -> None:
    model = Counting()
    cache = VectorCache(tmp_path, model)
    assert np.array_equal(cache.passages(TEXTS), model.passages(TEXTS))
    assert np.array_equal(cache.passages(TEXTS[::-1]), model.passages(TEXTS[::-1]))
    assert cache.passages([]).shape == (0, model.dimensions)


def test_nothing_is_embedded_twice_not_even_by_the_next_process(tmp_path: Path) -> None:
    VectorCache(tmp_path, Counting()).passages(TEXTS)
    model = Counting()
    again = VectorCache(tmp_path, model)
    again.passages([*TEXTS, "new", "new"])
    assert model.asked == ["new"]


def test_queries_and_passages_of_one_text_are_kept_apart(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, Counting())
    assert not np.array_equal(cache.passages(["น้ำ"]), cache.queries(["น้ำ"]))


def test_another_model_starts_afresh(tmp_path: Path) -> None:
    VectorCache(tmp_path, Counting("1")).passages(TEXTS)
    model = Counting("2")
    VectorCache(tmp_path, model).passages(TEXTS)
    assert sorted(model.asked) == sorted(TEXTS)


def test_a_torn_or_garbled_file_costs_only_the_rows_it_touched(tmp_path: Path) -> None:
    VectorCache(tmp_path, Counting()).passages(TEXTS)
    (file,) = tmp_path.iterdir()
    rows = file.read_bytes()
    size = len(rows) // len(TEXTS)
    file.write_bytes(rows[:20] + b"\xff" * 8 + rows[28:-5])
    model = Counting()
    again = VectorCache(tmp_path, model)
    assert np.array_equal(again.passages(TEXTS), HashedEmbedder().passages(TEXTS))
    assert len(model.asked) == 2
    assert file.stat().st_size % size == 0
    third = Counting()
    VectorCache(tmp_path, third).passages(TEXTS)
    assert third.asked == []


def test_progress_ends_at_the_number_of_texts(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    cache = VectorCache(tmp_path, Counting(), lambda done, total: seen.append((done, total)))
    cache.passages([f"text {i}" for i in range(70)])
    assert seen == [(32, 70), (64, 70), (70, 70)]
    cache.passages(["few texts", "are not told of"])
    assert len(seen) == 3
