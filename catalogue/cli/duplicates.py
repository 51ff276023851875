"""`hackgo duplicates`: the entries of the whole catalogue that may be told twice."""

import json
from contextlib import closing
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

import typer

from catalogue.cli.terminal import AsJson, progress, settings_of_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from catalogue.duplicates import Evidence
    from catalogue.entries import Entry
    from catalogue.repeats import Repeats
    from catalogue.search.index import LiveIndex
    from catalogue.search.likeness import Places
    from catalogue.settings import Settings
    from catalogue.store.store import Store

app = typer.Typer()
SHOWN = 300  # as many as a curator reads in a day or two; the measure counts them too


@app.command()
def duplicates(
    kind: Annotated[str, typer.Option(help="Kind of entry: pain_point, proposal, hackathon.")] = "pain_point",
    limit: Annotated[int, typer.Option(min=1, help="Pairs to show, best first.")] = SHOWN,
    as_json: AsJson = False,
) -> None:
    """Find pairs of published entries that may be the same, leaving out those judged related or distinct."""
    from catalogue.duplicates import is_open
    from catalogue.merges import judged
    from catalogue.search.analysis import Analyser
    from catalogue.search.document import SEARCHED_KINDS
    from catalogue.search.engines import open_reader
    from catalogue.search.likeness import Places, pairs, published
    from catalogue.search.models import open_model
    from catalogue.search.vectors import VectorCache
    from catalogue.store.store import Store

    if kind not in SEARCHED_KINDS:
        raise typer.BadParameter(", ".join(SEARCHED_KINDS))
    settings = settings_of_environment()
    index = open_reader(settings).open()
    embedder = VectorCache(settings.vectors_dir, open_model(settings))
    with closing(Store.open(settings.database)) as store:
        profiles = published(store, kind, Places(embedder, Analyser()), index)
        decided = judged(store)
        titles = {i: stored.body["title"] for i, stored in store.get_many([one.id for one in profiles]).items()}
    found = pairs(index, profiles, progress)
    shown = [one for one in found if is_open(one.pair, decided)][:limit]
    if as_json:
        print(json.dumps([one.as_dict() for one in shown], ensure_ascii=False))
        return
    for one in shown:
        print(f"{one.evidence.score:.2f} {one.evidence.level} {', '.join(one.evidence.reasons)}")
        for i in one.pair:
            print(f"  {i} {titles[i].get('th') or titles[i].get('en')}")


def repeats_of(store: "Store", settings: "Settings") -> "Repeats":
    """Looks for what new entries repeat, by meaning where there is a live index."""
    from catalogue.repeats import Repeats
    from catalogue.search.analysis import Analyser
    from catalogue.search.engines import open_reader
    from catalogue.search.likeness import Places, probable
    from catalogue.search.models import open_model
    from catalogue.search.vectors import VectorCache

    @lru_cache(1)
    def opened() -> "tuple[LiveIndex, Places]":
        index = open_reader(settings).open()  # first: without an index no model is wanted
        embedder = VectorCache(settings.vectors_dir, open_model(settings))
        return index, Places(embedder, Analyser())

    def search(entries: "Sequence[Entry]", owner: str) -> "Callable[[Entry], Sequence[tuple[str, Evidence]]]":
        index, places = opened()
        return probable(entries, store, index, places, owner)

    return Repeats(store, search)
