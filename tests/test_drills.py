"""The drills in their short form; `python3 run.py drill NAME` has the long one."""

import os
from pathlib import Path

import pytest

from tests.conftest import absent
from tests.drills import kill, node_loss, rebuild
from tests.engines import ENGINES
from tests.opensearch import node
from tests.traffic import Outcome

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 and SIGSTOP are POSIX's")


def test_a_drill_that_did_nothing_is_not_good() -> None:
    assert Outcome(written=1, answered=1).good
    assert not Outcome(answered=1).good
    assert not Outcome(written=1).good
    assert not Outcome(written=1, answered=1, lost=1).good
    assert not rebuild.Rebuilt().good


@pytest.mark.parametrize(("engine", "database"), [("embedded", "sqlite"), ("opensearch", "postgresql")])
def test_web_server_and_indexer_may_be_killed_under_writes(engine: str, database: str, tmp_path: Path) -> None:
    try:
        with kill.servers(engine, database, tmp_path) as (environ, url):
            seen = kill.drill(environ, url, 4, tmp_path)
    except node.Absent as missing:
        absent("postgres" if "postgresql" in str(missing) else "opensearch", str(missing))
    assert seen.good, seen.line()
    assert seen.killed == {"web": 2, "indexer": 2}


def test_no_search_fails_and_no_write_is_lost_while_a_node_hangs(tmp_path: Path) -> None:
    hangs = [fault for fault in node_loss.FAULTS if fault.name == "data node hangs"]
    try:
        seen = node_loss.drill(hangs, 10, tmp_path)
    except node.Absent as missing:
        absent("opensearch", str(missing))
    print(*seen.lines(), sep="\n")
    assert seen.good, seen.lines()
    assert all(seen.seconds.values()), seen.lines()  # each phase was searched, however slowly


@pytest.mark.parametrize("engine", ENGINES)
def test_a_page_is_of_one_generation_while_the_index_is_rebuilt(engine: str, tmp_path: Path) -> None:
    try:
        with kill.servers(engine, "sqlite", tmp_path) as (environ, url):
            seen = rebuild.drill(environ, url, 1, tmp_path)
    except node.Absent as missing:
        absent("opensearch", str(missing))
    assert seen.good, seen.line()
