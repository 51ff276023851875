"""The drills in their short form; `python3 run.py drill NAME` has the long one."""

import os
from pathlib import Path

import pytest

from tests.conftest import absent
from tests.drills.kill import drill, servers
from tests.opensearch import node

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX's")


@pytest.mark.parametrize(("engine", "database"), [("embedded", "sqlite"), ("opensearch", "postgresql")])
def test_web_server_and_indexer_may_be_killed_under_writes(engine: str, database: str, tmp_path: Path) -> None:
    try:
        with servers(engine, database, tmp_path) as (environ, url):
            seen = drill(environ, url, 4, tmp_path)
    except node.Absent as missing:
        absent("postgres" if "postgresql" in str(missing) else "opensearch", str(missing))
    assert seen.good, seen.line()
    assert seen.killed == {"web": 2, "indexer": 2}
    assert seen.written
    assert seen.answered
