"""The drills of killed imports and merges in their short form; `python3 run.py drill import-kill` is the long one."""

import os
from pathlib import Path

import pytest

from tests.drills import import_kill, merge_kill

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX's")


def test_a_killed_import_leaves_all_of_itself_or_nothing(url: str, tmp_path: Path) -> None:
    seen = import_kill.drill(url, 4, 60, tmp_path)
    assert seen.wrong == []
    named = sum(map(len, import_kill.STEPS))
    assert seen.killed >= named  # whether a moment at random falls within so short an import depends on the machine
    assert seen.nothing + seen.whole == named + 4


def test_a_killed_merge_is_there_as_a_whole_or_not_at_all(url: str, tmp_path: Path) -> None:
    seen = merge_kill.drill(url, 4, tmp_path)
    assert seen.merged + seen.apart == sum(map(len, merge_kill.STEPS.values())) + 4
