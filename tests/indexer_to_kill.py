"""Runs the indexer in processes that are killed at a given moment: the other side of test_kill.py.

Loads the dictionary once and forks for every run, so that a run is work from its first millisecond and twenty of
them take seconds. Reads a line of JSON for each run, answers with one: {"work": …, "kill_after_s": … or null}.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from threading import Event

from catalogue.search.analysis import Analyser
from indexer.rebuild import rebuild
from indexer.sync import ensure, follow
from indexer.turns import turn
from tests.forking import forked
from tests.small_catalogue import open_parts


def work(kind: str, state: Path, url: str, analyser: Analyser) -> None:
    parts, stopping = open_parts(state, analyser, url=url), Event()

    def my_turn(name: str):
        return turn(state / "run", "embedded", name, lambda holder: None, stopping)

    if kind == "follow":
        follow(parts, 0.002, stopping, my_turn)
    with my_turn(kind):
        {"rebuild": rebuild, "ensure": ensure}[kind](parts)


def run(kind: str, kill_after_s: float | None, state: Path, url: str, analyser: Analyser) -> dict[str, object]:
    started = time.monotonic()
    child = forked(lambda: work(kind, state, url, analyser))
    if kill_after_s is not None:
        time.sleep(kill_after_s)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return {
        "killed": os.WIFSIGNALED(status),
        "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
        "seconds": time.monotonic() - started,
    }


def main() -> None:
    state, url, analyser = Path(sys.argv[1]), sys.argv[2], Analyser()
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(run(asked["work"], asked["kill_after_s"], state, url, analyser)), flush=True)


if __name__ == "__main__":
    main()
