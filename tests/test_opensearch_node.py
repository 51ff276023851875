"""The OpenSearch that tests start: it is real, it survives a kill, and its absence is said."""

import json
import os
import signal
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import own_nodes, pytest_configure
from tests.opensearch import node


def asked(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=90) as answer:
        return json.load(answer)


@pytest.mark.skipif("HACKGO_TEST_OPENSEARCH_URL" in os.environ, reason="the server that is named may be any 3.x")
def test_it_is_the_version_that_is_documented(opensearch_url: str) -> None:
    assert asked(opensearch_url)["version"]["number"] == "3.6.0"


def test_a_killed_node_comes_back_with_its_data_on_its_port(tmp_path: Path) -> None:
    with own_nodes(tmp_path) as (one,):
        url = one.url
        made = urllib.request.Request(f"{url}/kept", method="PUT", data=b"{}")
        made.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(made, timeout=90):
            pass
        one.signal(signal.SIGKILL)
        one.start()
        assert one.url == url
        # It listens before it has read what it had.
        assert not asked(f"{url}/_cluster/health/kept?wait_for_status=yellow&timeout=60s")["timed_out"]


def test_absent_tests_of_it_are_skipped_and_say_why_unless_it_is_required(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise node.Absent("a Java")

    monkeypatch.setattr(node.Node, "spawn", away)
    for wanted, outcome in (("", pytest.skip.Exception), ("chromium,opensearch", pytest.fail.Exception)):
        monkeypatch.setenv("HACKGO_REQUIRE", wanted)
        with pytest.raises(outcome, match="opensearch is not installed: it needs a Java"), own_nodes(tmp_path):
            pass


def test_a_server_that_is_required_by_a_mistyped_name_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HACKGO_REQUIRE", "chromium,opensaerch")
    with pytest.raises(pytest.UsageError, match=r"\['opensaerch'\]; it may name"):
        pytest_configure()


def test_absent_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(node.Absent, match=r"mvn.*21 or later.*HACKGO_TEST_OPENSEARCH_URL"):
        node.java(tmp_path)
