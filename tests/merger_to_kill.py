"""Merges and takes back, for the drill that kills it: ``python -m tests.merger_to_kill URL``."""

import sys
from collections.abc import Callable
from contextlib import closing

from catalogue.merges import merge, undo
from catalogue.store import Store
from tests.merging_catalogue import PAINS
from tests.steps import Done, serve


def _merge(store: Store) -> str:
    return merge(store, PAINS[0], PAINS[1:4], {"title": PAINS[2]}, actor="curator", reason="again")


def main(url: str) -> None:
    def work(name: str, _done: Done, watch: Callable[[], None]) -> None:
        with closing(Store.open(url)) as store:
            while name == "both for ever":
                undo(store, _merge(store), actor="curator")
            if name == "merge":
                watch()
                _merge(store)
            else:
                batch = _merge(store)
                watch()
                undo(store, batch, actor="curator")

    serve(work)


if __name__ == "__main__":
    main(sys.argv[1])
