"""Rebuild after rebuild under constant searches, on each engine: no error, and no page of two generations.

    python3 run.py drill rebuild --times 20 --engine opensearch

Pages are filled from the store, so the generation is read from what only the index knows. Before each rebuild
a dozen entries get a new word and a new year, and no indexer follows: the old generation holds the old ones of all of
them, the new one the new ones. An answer says beside each hit which words its entry holds, and counts hits by year.
"""

import argparse
import datetime
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from catalogue.loading import load_sample
from catalogue.settings import ROOT, SCHEMAS
from catalogue.store import Store
from catalogue.vocabulary import read_vocabulary
from tests.drills.kill import ENGINES, servers
from tests.opensearch import node
from tests.serving import running
from tests.small_catalogue import create, edit, pain_id, wait_for
from tests.traffic import ASK_EVERY_S, FIRST_NUMBER, beside, drift

MARKED = range(FIRST_NUMBER, FIRST_NUMBER + 12)  # the numbers of the entries that tell generations apart
IDS = frozenset(map(pain_id, MARKED))
WORD = "rebuilding"
FIRST_YEAR = 1950  # no sample entry is that old
LONGEST_PAGE = 100


@dataclass
class Rebuilt:
    """What the drill saw. The lists and ``drift`` must be empty."""

    rebuilds: int = 0
    pages: int = 0
    worst_s: float = 0.0
    generations: dict[str, int] = field(default_factory=dict)  # index by name: the edition that its pages showed
    errors: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    drift: str = ""

    @property
    def good(self) -> bool:
        """Did every search get a page of one generation, and was each generation seen?"""
        seen = 0 < self.rebuilds == len(self.generations) - 1
        return seen and not (self.errors or self.mixed or self.drift)

    def line(self) -> str:
        """All of it in a line."""
        counts = f"{len(self.errors)} errors, {len(self.mixed)} pages with entries of two generations"
        told = f"{self.rebuilds} rebuilds; {self.pages} pages of {len(self.generations)} generations: {counts}"
        wrong = [*self.errors[:3], *self.mixed[:3], *([self.drift] if self.drift else [])]
        return f"{told}, worst search {self.worst_s:.2f} s; " + ("; ".join(wrong) or "index equal to the store")


def word(edition: int) -> str:
    """The word that all marked entries have in this edition, and in no other."""
    return "edition" + "".join(chr(ord("a") + int(digit)) for digit in f"{edition:03}")


def year(edition: int) -> int:
    """Likewise their year."""
    return FIRST_YEAR + edition


def editions_of(page: dict[str, Any], asked: Sequence[int]) -> tuple[Counter[int], Counter[int]]:
    """How many entries of each edition a page shows: by the words of its hits, and by its counts of years."""
    words, years = {word(edition): edition for edition in asked}, {str(year(edition)): edition for edition in asked}
    terms = (term for hit in page["hits"] for term in hit["why"]["terms"])
    counts = {value["value"]: value["count"] for value in page["facets"]["year"]}
    return (
        Counter(words[term] for term in terms if term in words),
        Counter({years[value]: count for value, count in counts.items() if value in years}),
    )


def drill(environ: dict[str, str], database_url: str, times: int, state: Path) -> Rebuilt:
    """Rebuild so many times; ``environ`` says which engine, database and state folder the programs use."""
    seen, edition = Rebuilt(), [0, 0]  # the one that is live and the one that comes, while a rebuild runs

    def rebuild() -> None:
        subprocess.run(
            [sys.executable, "-m", "indexer.cli", "rebuild"],
            env=environ,
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    with ExitStack() as ends:
        store = ends.enter_context(closing(Store.open(database_url)))
        load_sample(store, read_vocabulary(SCHEMAS), datetime.datetime.now(datetime.UTC))
        store.apply([create(number, f"{WORD} {word(0)}", year=year(0)) for number in MARKED], "drill")
        rebuild()
        url = ends.enter_context(running(environ, state, follow=False))
        client = ends.enter_context(httpx.Client(base_url=url, timeout=60))
        with (
            beside(asking(client, searched, edition, seen), ASK_EVERY_S, seen.errors),
            beside(asking(client, browsed, edition, seen), ASK_EVERY_S, seen.errors),
        ):

            def seen_of(generations: int) -> bool:
                return bool(seen.errors) or len(seen.generations) >= generations

            wait_for(lambda: seen_of(1))
            for number in range(1, times + 1):
                edition[1] = number
                store.apply([edit(one, f"{WORD} {word(number)}", year=year(number)) for one in MARKED], "drill")
                rebuild()
                time.sleep(1)  # within which every reader sees the promotion
                wait_for(lambda last=number: seen_of(last + 1))  # type: ignore[misc]
                edition[0] = number
                seen.rebuilds += 1
        seen.drift = drift(environ)
    return seen


def searched(asked: Sequence[int]) -> dict[str, Any]:
    """A question that all marked entries answer, in whichever of these editions."""
    return {"q": " ".join([WORD, *dict.fromkeys(map(word, asked))]), "limit": LONGEST_PAGE}


def browsed(asked: Sequence[int]) -> dict[str, Any]:
    """The list of all entries of these editions' years."""
    return {"year": list(dict.fromkeys(map(year, asked))), "limit": LONGEST_PAGE}


def asking(
    client: httpx.Client, question: Callable[[Sequence[int]], dict[str, Any]], edition: list[int], seen: Rebuilt
) -> Callable[[], None]:
    """Asks once, and looks at the page: all marked entries must be there, all of the edition of their index."""

    def ask() -> None:
        asked, started = tuple(edition), time.monotonic()
        page_asked = question(asked)
        answer = client.get("/api/v1/search", params=page_asked)
        seen.worst_s = max(seen.worst_s, round(time.monotonic() - started, 3))
        if answer.status_code != 200:
            seen.errors.append(f"{answer.status_code} {answer.text[:200]}")
            return
        page = answer.json()
        seen.pages += 1
        by_word, by_year = editions_of(page, asked)
        known = seen.generations.setdefault(page["index"]["name"], min(by_year, default=-1))
        all_of_it = Counter({known: len(IDS)})
        held = {hit["entry"]["id"] for hit in page["hits"]} & IDS
        if by_year != all_of_it or by_word != (all_of_it if "q" in page_asked else Counter()) or held != IDS:
            told = f"{len(held)} entries, by word {dict(by_word)}, by year {dict(by_year)}, not of {known}"
            seen.mixed.append(f"{page['index']['name']}: {told}")

    return ask


def main(words: list[str]) -> int:
    """Drill the engines that are asked for; 0 where every page was one generation's."""
    parser = argparse.ArgumentParser(prog="run.py drill rebuild", description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--engine", choices=ENGINES)
    asked = parser.parse_args(words)
    good = True
    for engine in [asked.engine] if asked.engine else ENGINES:
        with tempfile.TemporaryDirectory(prefix="hackgo-drill-") as folder:
            try:
                with servers(engine, "sqlite", Path(folder)) as (environ, url):
                    seen = drill(environ, url, asked.times, Path(folder))
            except node.Absent as absent:
                good = good and not asked.engine
                print(f"{engine}: skipped, not installed: {absent}", flush=True)
                continue
        good = good and seen.good
        print(f"{engine}: {seen.line()}", flush=True)
        print(json.dumps({"drill": "rebuild", "engine": engine, **vars(seen)}), file=sys.stderr)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
