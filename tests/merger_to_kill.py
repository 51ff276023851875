"""Merges and takes back, for tests that kill it: ``python -m tests.merger_to_kill URL [merge | undo STEP]``.

Without more it goes on for ever; with a step of one of the two it dies there (tests/steps.py).
"""

import sys

from catalogue.merges import merge, undo
from catalogue.store import Store
from tests.merging_catalogue import PAINS
from tests.steps import kill_at


def _merge(store: Store) -> str:
    return merge(store, PAINS[0], PAINS[1:4], {"title": PAINS[2]}, actor="curator", reason="again")


if __name__ == "__main__":
    url, *asked = sys.argv[1:]
    store = Store.open(url)
    if not asked:
        while True:
            undo(store, _merge(store), actor="curator")
    work, step = asked
    if work == "merge":
        kill_at(step)
        _merge(store)
    else:
        batch = _merge(store)
        kill_at(step)
        undo(store, batch, actor="curator")
