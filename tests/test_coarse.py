"""Vectors in one byte per number lose no entry: what they bring is what exact products bring."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue.search.embedded import EmbeddedReader, EmbeddedWriter, generation
from catalogue.search.embedded.coarse import Coarse
from catalogue.search.embedded.slots import STRIDE, greatest
from catalogue.search.index import Depth
from tests.engines import ANALYSER, asked, entry, fill

SIZES = st.tuples(st.integers(1, 60), st.integers(1, 400))


def rows_of(seed: int, rows: int, width: int, spiky: bool = False) -> np.ndarray:
    """Rows of length 1; spiky ones have all of it in a few numbers, which costs the others most."""
    made = np.random.default_rng(seed).standard_normal((rows, width)).astype(np.float32)
    made = made**5 if spiky else made
    return made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-9)


@given(st.integers(0, 2**32 - 1), SIZES, st.booleans(), st.integers(0, 60))
@settings(deadline=None)
def test_no_product_is_further_off_than_said(seed: int, size: tuple[int, int], spiky: bool, before: int) -> None:
    rows = rows_of(seed, *size, spiky)
    asked_for = rows_of(seed + 1, 1, size[1], spiky)[0]
    about = Coarse.of(rows[:before]).extended(rows[before:])
    products, off = about.products(asked_for)
    assert products.shape == (size[0],)
    assert np.abs(products - rows @ asked_for).max() <= off + 1e-6
    assert off < 2 * np.sqrt(size[1]) / 127 + 1e-6  # and the bound says something


@given(st.integers(0, 2**32 - 1), st.integers(1, 20), st.booleans(), st.floats(-1, 1))
@settings(deadline=None)
def test_the_depth_th_greatest_is_found_wherever_the_great_ones_stand(
    seed: int, depth: int, is_sorted: bool, hidden: float
) -> None:
    scores = np.random.default_rng(seed).integers(0, 50, 9 * STRIDE * depth).astype(np.float32) / 50
    if is_sorted:
        scores = np.sort(scores)
    scores[np.arange(len(scores)) % STRIDE > 0] *= hidden  # the sample sees only great ones, or only small
    assert greatest(scores, depth) == np.sort(scores)[-depth]


def test_rows_of_nothing_are_near_nothing() -> None:
    products, off = Coarse.of(np.zeros((3, 8), np.float32)).products(rows_of(1, 1, 8)[0])
    assert products.tolist() == [0, 0, 0]
    assert off < 0.1


def test_extending_in_steps_is_making_it_at_once() -> None:
    rows = rows_of(5, 40, 24)
    steps = Coarse.of(rows[:0]).extended(rows[:7]).extended(rows[7:7]).extended(rows[7:])
    whole = Coarse.of(rows)
    # The last digit of a product depends on how many rows are multiplied at once, on some processors.
    assert np.abs(steps.numbers.astype(np.int64) - whole.numbers).max() <= 1
    assert np.allclose(steps.steps, whole.steps, rtol=1e-6, atol=0)
    assert steps.lost == pytest.approx(whole.lost, rel=1e-5)


def test_the_nearest_entries_are_the_same_with_and_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = EmbeddedWriter(tmp_path, ANALYSER)
    # Many ties: the same vector under ten ids, in both languages.
    documents = [entry(f"PP-{n:03}", f"entry {n % 60}", "en" if n % 3 else "th") for n in range(600)]
    fill(writer, documents)
    writer.close()
    index = EmbeddedReader(tmp_path).open()
    assert len(index.slots) < generation.COARSE_FROM
    questions = [asked(f"entry {n}", like=f"entry {n}") for n in range(0, 60, 7)]
    depth = Depth(dense=25, lexical=5)
    exactly = [index.candidates(question, {}, depth) for question in questions]
    near = [index.near(question.vector, 15) for question in questions]
    monkeypatch.setattr(generation, "COARSE_FROM", 0)
    for question, exact, nearest in zip(questions, exactly, near, strict=True):
        found = index.candidates(question, {}, depth)
        assert found.ids == exact.ids
        assert found.dense_floor == exact.dense_floor
        assert index.near(question.vector, 15) == nearest
