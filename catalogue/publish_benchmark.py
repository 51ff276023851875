"""`hackgo bench publish`: how long after a curator's decision search finds the entry, on a catalogue of its own."""

import datetime
import json
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from catalogue import review
from catalogue.curation import Status
from catalogue.decisions import Action
from catalogue.loading import load_sample
from catalogue.people import Grant, Person, Role
from catalogue.settings import SCHEMAS, Settings
from catalogue.store.reading import Stored
from catalogue.store.store import Store
from catalogue.timing import rebuild, running, server, throw_away
from catalogue.vocabulary import read_vocabulary

FOUND_WITHIN_S = 60.0
CURATOR = Person("bench", "Bench", grants=(Grant(Role.ADMIN),))


def bench_publish(settings: Settings) -> dict[str, Any]:
    """Publish the sample's submissions one by one, a server and an indexer running.

    Returns:
        ``entries``: how many were published; ``p50_s`` and ``most_s``: seconds of clock from the decision's commit to
        the first search over HTTP for the entry's title that finds it.
    """
    from catalogue.search.engines import remove_index

    with tempfile.TemporaryDirectory(prefix="hackgo-bench-") as state:
        environ, own = throw_away(settings, Path(state))
        with closing(Store.open(own.database)) as store:
            load_sample(store, read_vocabulary(SCHEMAS), datetime.datetime.now(datetime.UTC))
            try:
                rebuild(environ)
                with server(own.host, environ) as (url, _), running(environ, "indexer.cli", "sync", "--follow"):
                    waiting = [stored for stored, _ in store.latest(statuses=[Status.SUBMITTED])]
                    took = [_published(store, url, stored) for stored in waiting]
            finally:
                remove_index(own)
    # The first waits for the indexer to start, as nobody does who follows a catalogue.
    return {"entries": len(took), "p50_s": round(statistics.median(took[1:]), 2), "most_s": round(max(took[1:]), 2)}


def _published(store: Store, url: str, entry: Stored) -> float:
    """Claim it and publish it; the seconds until it is found."""
    for action in (Action.CLAIM, Action.PUBLISH):
        [(stored, _)] = store.latest(ids=[entry.id])
        now = datetime.datetime.now(datetime.UTC)
        review.apply(store, review.Decision(entry.id, action, stored.revision), CURATOR, now, lambda _: "")
    decided = time.monotonic()
    question = f"{url}/api/v1/search?" + urlencode({"q": entry.body["title"][entry.body["language"]]})
    while True:
        with urlopen(question, timeout=FOUND_WITHIN_S) as answer:
            found = [hit["entry"]["id"] for hit in json.load(answer)["hits"]]
        took = time.monotonic() - decided
        if entry.id in found:
            return took
        if took > FOUND_WITHIN_S:
            raise TimeoutError(f"{entry.id} was published and is not found after {FOUND_WITHIN_S:.0f} s")
        time.sleep(0.01)
