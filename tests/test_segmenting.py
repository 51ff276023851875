"""Thai runs are cut alike by both segmenters, on every platform."""

import re
import sys
from pathlib import Path

import pytest

from catalogue.search.analysis import Analyser, _maximal_matching, _tree, _whole, dictionary
from catalogue.search.normalisation import THAI, normalise

SAMPLE = Path(__file__).resolve().parents[1] / "catalogue" / "sample"


def thai_runs() -> list[str]:
    """Every different one of the sample catalogue's texts."""
    texts = "\n".join(file.read_text(encoding="utf-8") for file in sorted(SAMPLE.glob("*.jsonl")))
    return sorted(set(re.findall(f"[{THAI}]+", normalise(texts.replace("\\n", " ")))))


def test_of_ten_thousand_runs_nine_are_cut_otherwise_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("nlpo3", reason="no wheel for this platform: newmm is all there is")
    words = dictionary()
    tree = _tree(words)
    in_rust = _whole(_maximal_matching(words, tree))
    monkeypatch.setitem(sys.modules, "nlpo3", None)  # as where it has no wheel
    in_python = _whole(_maximal_matching(words, tree))
    runs = thai_runs()
    assert len(runs) > 5_000
    cut = [(in_rust(run), in_python(run)) for run in runs]
    assert all("".join(words) == run for run, both in zip(runs, cut, strict=True) for words in both)
    assert sum(one != other for one, other in cut) < len(runs) / 1_000


def test_a_run_that_nobody_writes_is_left_to_the_one_that_is_quick_there(monkeypatch: pytest.MonkeyPatch) -> None:
    nlpo3 = pytest.importorskip("nlpo3", reason="no wheel for this platform: newmm is all there is")
    lengths: list[int] = []
    segment = nlpo3.segment

    def watched(run: str, *more: object) -> list[str]:
        lengths.append(len(run))
        return segment(run, *more)

    monkeypatch.setattr(nlpo3, "segment", watched)
    tokens = Analyser().tokens("นานา" * 1250 + " น้ำท่วม")
    assert tokens == ["นานา"] * 1250 + ["น้ำท่วม"]
    assert lengths == [len("น้ำท่วม")]
