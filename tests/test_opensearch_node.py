"""The OpenSearch that tests start: it is real, it survives a kill, and its absence is said."""

import json
import signal
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.opensearch import node


def asked(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def test_it_is_the_version_that_is_documented(opensearch_url: str) -> None:
    assert asked(opensearch_url)["version"]["number"] == "3.6.0"


def test_a_killed_node_comes_back_with_its_data_on_its_port(tmp_path: Path, opensearch_url: str) -> None:
    with node.cluster(tmp_path) as (one,):
        url = one.url
        made = urllib.request.Request(f"{url}/kept", method="PUT", data=b"{}")
        made.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(made, timeout=10):
            pass
        one.signal(signal.SIGKILL)
        one.start()
        assert one.url == url
        assert "kept" in asked(f"{url}/_cluster/state/metadata")["metadata"]["indices"]


def test_absent_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(node.Absent, match=r"mvn.*21 or later.*HACKGO_TEST_OPENSEARCH_URL"):
        node.java(tmp_path)
