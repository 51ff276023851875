"""Indexers of several machines that share an index, to be killed: the other side of test_lease.py.

Forks a follower for each line that it reads, says its process id. Each has a state folder's lock of its own, as on a
machine of its own, so that the lease alone keeps them apart.

    python -m tests.indexers_that_compete FOLDER URL LASTS_S
"""

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

from catalogue.search.analysis import Analyser
from indexer.fence import FencedWriter
from indexer.sync import follow
from indexer.turns import turn
from tests.forking import forked
from tests.small_catalogue import HashedEmbedder, open_parts

LEASE = "index"


class SlowEmbedder(HashedEmbedder):
    """Takes its time, so that whoever works can be met at work."""

    def passages(self, texts: Sequence[str]) -> Any:
        time.sleep(0.2)
        return super().passages(texts)


def compete(folder: Path, url: str, lasts_s: float, analyser: Analyser) -> None:
    parts = open_parts(folder, analyser, url=url)
    lease = parts.store.lease(LEASE, lasts_s)
    parts = replace(parts, writer=FencedWriter(parts.writer, lease.confirm), embedder=SlowEmbedder(), lease=lease)
    stopping, own = Event(), folder / f"run-{os.getpid()}"
    follow(parts, 0.02, stopping, lambda name: turn(own, "opensearch", name, lambda holder: None, stopping, lease))


def main() -> None:
    folder, url, lasts_s, analyser = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), Analyser()
    for _ in sys.stdin:
        print(forked(lambda: compete(folder, url, lasts_s, analyser)), flush=True)


if __name__ == "__main__":
    main()
