"""Merges and takes back without end, for a test that kills it: ``python -m tests.merger_to_kill URL``."""

import sys

from catalogue.merges import merge, undo
from catalogue.store import Store
from tests.merging_catalogue import PAINS

if __name__ == "__main__":
    store = Store.open(sys.argv[1])
    while True:
        batch = merge(store, PAINS[0], PAINS[1:4], {"title": PAINS[2]}, actor="curator", reason="again")
        undo(store, batch, actor="curator")
