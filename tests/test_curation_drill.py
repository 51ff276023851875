"""The drill of curators in its short form, on both databases; `python3 run.py drill curate` has the long one."""

from pathlib import Path

from tests.drills.curate import drill


def test_what_four_clients_do_at_random_loses_nothing(url: str, tmp_path: Path) -> None:
    seen = drill(url, tmp_path, 480)
    assert all(seen.done[name] for name in ("decide", "merge", "unmerge", "import", "take_back")), seen.done
    assert seen.done["decide"] > 20
    assert sum(seen.refused.values()) > 20
