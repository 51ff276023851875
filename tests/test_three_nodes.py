"""From one search node to three, as docs/howto/deploy.md says: no second cluster is founded beside the first."""

import re

import pytest

from catalogue.deployment import NODES, environment
from catalogue.settings import ROOT
from tests import compose


@pytest.fixture(scope="module")
def steps() -> list[str]:
    """What the guide says of it, command by command, each with the words before it."""
    guide = (ROOT / "docs" / "howto" / "deploy.md").read_text(encoding="utf-8")
    told = guide.partition("From one node to three")[2].partition("\n## ")[0]
    return re.split(r"docker compose up\s+--detach\s+--wait", told)


def test_the_new_nodes_start_alone_while_the_settings_name_the_first_one(steps: list[str]) -> None:
    before, first, _ = steps
    assert "COMPOSE_PROFILES=" not in before
    assert first.splitlines()[0].split() == ["--no-deps", *NODES[1:]]
    services = compose.services(compose.dotenv(environment(1)))
    for name in NODES[1:]:
        node = services[name]["environment"]
        # It is none of those that may found a cluster, and looks for the one that is.
        assert node["cluster.initial_cluster_manager_nodes"] == NODES[0]
        assert NODES[0] in node["discovery.seed_hosts"].split(",")


def test_then_the_settings_are_those_of_three_nodes(steps: list[str]) -> None:
    _, between, _ = steps
    one, three = (compose.dotenv(environment(nodes)) for nodes in (1, 3))
    changed = {name for name in three if "PASSWORD" not in name and one[name] != three[name]}
    assert compose.dotenv("\n".join(re.findall(r"`(\w+=\S+)`", between))) == {name: three[name] for name in changed}
