"""`hackgo bench embed`: the model that ships beside the same weights in 32 bits and beside plain 8-bit products."""

import hashlib
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from catalogue.entries import parse
from catalogue.imports import read
from catalogue.loading import SAMPLE, SAMPLE_FILES
from catalogue.search.document import SEARCHED_KINDS, passages
from catalogue.search.embedding import PASSAGE_PREFIX, E5Small
from catalogue.search.model.products import Products
from catalogue.search.sentence_transformer import INSTALL, SentenceTransformerEmbedder

# What the model is held to: so many times as fast as 32 bits, and such a share of the products' speed.
AT_LEAST_FP32, AT_LEAST_PEAK = 1.8, 0.5

Progress = Callable[[int, int], None]


def bench_embed(texts: int, rounds: int, threads: int, progress: Progress) -> dict[str, Any]:
    """Embed passages of the sample again and again, the systems in turns, and count tokens a second.

    Returns:
        ``texts``, ``tokens_per_text``, ``rounds``, ``threads``; ``ours``, ``fp32`` and ``peak``: tokens a second, the
        median of the rounds (``fp32``: None where sentence-transformers is not installed, and ``install`` says how);
        ``ours_over_fp32`` and ``ours_over_peak``: medians of the rounds' ratios; ``fast_enough``: both at least what
        the model is held to, None where one was not measured.
    """
    ours, products = E5Small(threads), Products(threads)
    read_by_model = _texts(texts)
    lengths = [len(ours.token_ids(PASSAGE_PREFIX + text)) for text in read_by_model]
    with ExitStack() as stack:
        systems: dict[str, Callable[[], object]] = {"ours": lambda: ours.passages(read_by_model)}
        if find_spec("sentence_transformers") and find_spec("onnx"):
            fp32 = _fp32(Path(stack.enter_context(tempfile.TemporaryDirectory())), threads)
            systems["fp32"] = lambda: fp32.passages(read_by_model)
        systems["peak"] = lambda: products.run(lengths)
        laps = _laps(systems, rounds, progress)
    report: dict[str, Any] = {
        "texts": len(lengths),
        "tokens_per_text": round(sum(lengths) / len(lengths), 1),
        "rounds": rounds,
        "threads": threads,
    }
    report |= dict.fromkeys(("ours", "fp32", "peak"))
    report |= {name: round(sum(lengths) / median(seconds)) for name, seconds in laps.items()}
    against = {name: _ratio(laps["ours"], laps[name]) if name in laps else None for name in ("fp32", "peak")}
    report |= {f"ours_over_{name}": ratio for name, ratio in against.items()}
    enough = [r and r >= least for r, least in zip(against.values(), (AT_LEAST_FP32, AT_LEAST_PEAK), strict=True)]
    report["fast_enough"] = None if None in enough else all(enough)
    if "fp32" not in laps:
        report["install"] = INSTALL
    return report


def _laps(systems: Mapping[str, Callable[[], object]], rounds: int, progress: Progress) -> dict[str, list[float]]:
    """Seconds of each system in each round; the first round, which reserves memory, is not counted."""
    laps: dict[str, list[float]] = {name: [] for name in systems}
    for number in range(rounds + 1):
        for name, run in systems.items():
            started = time.perf_counter()
            run()
            if number:
                laps[name].append(time.perf_counter() - started)
        progress(number, rounds)
    return laps


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """How many times as fast ours is."""
    return round(median(their / our for our, their in zip(ours, theirs, strict=True)), 2)


def _texts(number: int) -> list[str]:
    """Passages of the sample that nobody picked: those whose hash is smallest."""
    entries = [parse(dict(row.values)) for name in SAMPLE_FILES for row in read(SAMPLE / name)]
    found = {t for entry in entries if entry.kind in SEARCHED_KINDS for t in passages(entry).values()}
    return sorted(found, key=lambda text: hashlib.sha256(text.encode()).digest())[:number]


def _fp32(folder: Path, threads: int) -> SentenceTransformerEmbedder:
    from catalogue.search.model.checkpoint import write_checkpoint

    write_checkpoint(folder)
    return SentenceTransformerEmbedder(str(folder), threads=threads)
