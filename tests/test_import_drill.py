"""The drill of killed imports in its short form; `python3 run.py drill import-kill` is the long one."""

import os
from pathlib import Path

import pytest

from tests.drills.import_kill import drill


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX's")
def test_a_killed_import_leaves_all_of_itself_or_nothing(url: str, tmp_path: Path) -> None:
    seen = drill(url, 4, 300, tmp_path)
    assert seen.wrong == []
    assert seen.killed
    assert seen.nothing + seen.whole == 4
