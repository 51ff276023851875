"""Nodes of a real cluster of three are killed and hung, one after the other, under searches and writes.

    python3 run.py drill node-loss

No search may fail, nothing that was acknowledged may be lost, and at the end the index must equal the store by itself.
After each fault the node comes back, and the next one waits until the cluster is green.
"""

import argparse
import datetime
import itertools
import json
import signal
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from catalogue.loading import load_sample
from catalogue.settings import SCHEMAS
from catalogue.store import Store
from catalogue.vocabulary import read_vocabulary
from tests.opensearch import node
from tests.opensearch.node import Node
from tests.serving import environment, running
from tests.traffic import ASK_EVERY_S, QUESTIONS, Outcome, beside, warm, written_all_the_time, wrong

NODES, HEAP_MB, READERS = 3, 320, 3
AWAY_S = 20.0  # a node that hangs leaves the cluster after 8.5 s


@dataclass(frozen=True)
class Fault:
    """Which node is hit, and by what."""

    name: str
    victim: Callable[[Sequence[Node]], Node]
    signal: signal.Signals


@dataclass
class Lost(Outcome):
    """What this drill saw: besides, the seconds of every search by phase, and until the cluster was green again."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    green_after_s: dict[str, float] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """A line for each phase, and one for all."""
        return [*map(self._phase, self.seconds), f"{self.answered} searches answered; {self.end()}"]

    def _phase(self, name: str) -> str:
        took = self.seconds[name]
        told = f"{name}: {len(took)} searches, worst {max(took, default=0):.2f} s"
        green = self.green_after_s.get(name)
        return told if green is None else f"{told}; green {green:.0f} s after it came back"


def manager(nodes: Sequence[Node]) -> Node:
    """The elected one."""
    (elected,) = _told(nodes, "_cat/cluster_manager?format=json")
    return _named(nodes, elected["node"])


def data_node(nodes: Sequence[Node]) -> Node:
    """One that holds a copy of the live index, the primary where it is not the manager, and is not the manager."""
    copies = _told(nodes, "_cat/shards/hackgo?format=json")
    held = sorted((copy["prirep"], copy["node"]) for copy in copies)  # "p" before "r"
    return next(found for _, name in held if (found := _named(nodes, name)) is not manager(nodes))


def first_address(nodes: Sequence[Node]) -> Node:
    """The one whose address the product is told first."""
    return nodes[0]


FAULTS = (
    Fault("data node killed", data_node, signal.SIGKILL),
    Fault("elected manager killed", manager, signal.SIGKILL),
    Fault("addressed node killed", first_address, signal.SIGKILL),
    Fault("data node hangs", data_node, signal.SIGSTOP),
    Fault("elected manager hangs", manager, signal.SIGSTOP),
)


def drill(faults: Sequence[Fault], away_s: float, state: Path) -> Lost:
    """All these faults, one after the other, each for so long; raises ``Absent``."""
    seen = Lost()
    with ExitStack() as ends:
        nodes = ends.enter_context(node.cluster(state / "opensearch", NODES, HEAP_MB))
        url = f"sqlite:///{state}/catalogue.db"
        store = ends.enter_context(closing(Store.open(url)))
        load_sample(store, read_vocabulary(SCHEMAS), datetime.datetime.now(datetime.UTC))
        before, environ = store.revision(), environment(state, url, "opensearch", [one.url for one in nodes])
        web = ends.enter_context(running(environ, state))
        node.green(nodes[0].url, NODES)
        warm(web)
        seen.seconds["all well"] = []
        with written_all_the_time(store, seen.wrong_answers) as acknowledged, asked_all_the_time(web, seen):
            time.sleep(away_s / 2)
            for fault in faults:
                seen.seconds[fault.name] = []
                seen.green_after_s[fault.name] = happen(fault, away_s, nodes)
        seen.settle(store, before, acknowledged, environ)
    return seen


def happen(fault: Fault, away_s: float, nodes: Sequence[Node]) -> float:
    """One fault; the seconds from the node's return until the cluster was green."""
    victim = fault.victim(nodes)
    victim.signal(fault.signal)
    time.sleep(away_s)
    came_back = time.monotonic()
    if fault.signal == signal.SIGKILL:
        victim.start()
    else:
        victim.signal(signal.SIGCONT)
    node.green(next(one for one in nodes if one is not victim).url, NODES)
    return time.monotonic() - came_back


@contextmanager
def asked_all_the_time(web: str, seen: Lost) -> Iterator[None]:
    """Searches beside the block, each booked on the phase that it began in; every one must be answered whole."""

    def reader(client: httpx.Client, questions: Iterator[str]) -> Callable[[], None]:
        def ask() -> None:
            phase, started = list(seen.seconds)[-1], time.monotonic()
            found = wrong(client.get(f"{web}/api/v1/search", params={"q": next(questions)}))
            took = time.monotonic() - started
            seen.seconds[phase].append(round(took, 3))
            seen.answered += 1
            if found:
                seen.wrong_answers.append(f"{phase}, after {took:.2f} s: {found}")

        return ask

    with ExitStack() as ends:
        for number in range(READERS):
            client = ends.enter_context(httpx.Client(timeout=60))
            questions = itertools.cycle([*QUESTIONS[number:], *QUESTIONS[:number]])
            ends.enter_context(beside(reader(client, questions), ASK_EVERY_S, seen.wrong_answers))
        yield


def _told(nodes: Sequence[Node], path: str) -> Any:
    with urllib.request.urlopen(f"{nodes[0].url}/{path}", timeout=30) as answer:
        return json.load(answer)


def _named(nodes: Sequence[Node], name: str) -> Node:
    return next(one for one in nodes if one.home.name == name)


def main(words: list[str]) -> int:
    """Drill all faults; 0 where no search failed and nothing was lost."""
    parser = argparse.ArgumentParser(prog="run.py drill node-loss", description=__doc__)
    parser.add_argument("--away", type=float, default=AWAY_S, help="seconds that a node is away")
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="hackgo-drill-") as folder:
        try:
            seen = drill(FAULTS, asked.away, Path(folder))
        except node.Absent as absent:
            print(f"not installed: {absent}", file=sys.stderr)
            return 1
    print("\n".join(seen.lines()), flush=True)
    worst = {name: max(took, default=0) for name, took in seen.seconds.items()}
    print(json.dumps({"drill": "node-loss", **vars(seen), "seconds": worst}), file=sys.stderr)
    return 0 if seen.good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
