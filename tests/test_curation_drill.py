"""The drill of curators in its short form, on both databases; `python3 run.py drill curate` has the long one."""

from pathlib import Path

from tests.drills.curate import drill


def test_random_decisions_of_four_clients_lose_nothing(url: str, tmp_path: Path) -> None:
    seen = drill(url, tmp_path, 160)
    assert len(seen.written) > 20
    assert sum(seen.refused.values()) > 20
