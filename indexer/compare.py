"""Do two engines that hold the same entries give the same answers?"""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from catalogue.errors import CatalogueError
from catalogue.search.document import FILTERS
from catalogue.search.index import Filters, IndexReader
from catalogue.search.query import QueryAnalyser, SearchQuery
from catalogue.search.retrieve import SearchResult, retrieve

PAGE = 10
ENOUGH = 0.99  # overlap of first pages where one engine searches a graph
LISTED = 10  # differing searches that are shown
MOST_FILTERS, MOST_VALUES = 2, 3  # of one random combination


class BadQueries(CatalogueError):
    """A file of queries that cannot be read."""

    status, slug = HTTPStatus.UNPROCESSABLE_ENTITY, "bad-queries"
    title_th, title_en = "อ่านไฟล์คำค้นไม่ได้", "Queries cannot be read"


@dataclass
class Agreement:
    """Of how many searches totals, facets and first pages are identical, and how much of the pages is shared."""

    searches: int = 0
    totals: int = 0
    facets: int = 0
    pages: int = 0
    shared: int = 0
    """Entries that both first pages have, whatever their order."""
    shown: int = 0
    """Entries of the longer of the two pages, summed."""
    differing: list[str] = field(default_factory=list)

    @property
    def identical(self) -> bool:
        """Are all answers the same?"""
        return self.totals == self.facets == self.pages == self.searches

    @property
    def overlap(self) -> float:
        """Share of the first pages' entries that both engines show, 0 to 1."""
        return self.shared / self.shown if self.shown else 1.0

    def lines(self) -> list[str]:
        """What `hackgo-index compare` prints."""
        counts = f"totals {self.totals}, facets {self.facets}, first {PAGE} {self.pages}, overlap {self.overlap:.4f}"
        more = ["…"] if len(self.differing) > LISTED else []
        return [f"{self.searches} searches; identical: {counts}", *self.differing[:LISTED], *more]


def compare(left: IndexReader, right: IndexReader, queries: QueryAnalyser, asked: Sequence[SearchQuery]) -> Agreement:
    """Ask both engines the same and count what agrees."""
    found = Agreement()
    for search in asked:
        a, b = (retrieve(reader, queries, search) for reader in (left, right))
        same = (a.total == b.total, _counts(a) == _counts(b), _ids(a) == _ids(b))
        found.searches += 1
        found.totals += same[0]
        found.facets += same[1]
        found.pages += same[2]
        found.shared += len(set(_ids(a)) & set(_ids(b)))
        found.shown += max(len(a.hits), len(b.hits))
        if not all(same):
            kinds = [name for name, held in zip(("total", "facets", "page"), same, strict=True) if not held]
            wanted = {name: sorted(values) for name, values in search.filters.items()}
            found.differing.append(f"{', '.join(kinds)}: {search.text!r} {wanted or ''}".rstrip())
    return found


def searches(
    texts: Sequence[str], values: Mapping[str, Sequence[str]], combinations: int, seed: int = 1
) -> list[SearchQuery]:
    """Every text without filters, then random texts, or none, with random filters; the same ones for the same seed.

    Args:
        texts: What people type.
        values: The filters' names and the values that entries have.
        combinations: How many of a text and filters.
        seed: Of the random numbers.
    """
    facets = tuple(values)
    plain = [SearchQuery(text, {}, PAGE, 0, facets) for text in texts]
    return [*plain, *_combinations(texts, values, combinations, random.Random(seed))]


def read_queries(file: Path) -> list[str]:
    """The ``text`` of each line of JSON, without blank lines; raises BadQueries naming a line without one."""
    try:
        lines = file.read_text("utf-8").split("\n")
    except UnicodeDecodeError:
        raise BadQueries(
            f"{file.name} is not UTF-8 text. Save it as UTF-8.", f"{file.name} ไม่ใช่ข้อความ UTF-8 โปรดบันทึกเป็น UTF-8"
        ) from None
    return [_text(line, number, file.name) for number, line in enumerate(lines, 1) if line.strip()]


def values(reader: IndexReader) -> dict[str, list[str]]:
    """The filters by name with the values that entries of the live index have."""
    return {name: sorted(value for value, _ in found) for name, found in reader.open().facets({}, FILTERS).items()}


def _text(line: str, number: int, name: str) -> str:
    try:
        text = json.loads(line)["text"]
    except (ValueError, KeyError, TypeError):
        text = None  # no JSON, no object or no such key: refused like a text that is none
    if isinstance(text, str) and text.strip():
        return text
    raise BadQueries(
        f'{name}, line {number}: expected a JSON object with the words to search for, {{"text": "…"}}. Mend the line.',
        f'{name} บรรทัดที่ {number} ต้องเป็นออบเจกต์ JSON ที่มีคำค้น {{"text": "…"}} โปรดแก้บรรทัดนี้',
    )


def _combinations(
    texts: Sequence[str], values: Mapping[str, Sequence[str]], count: int, luck: random.Random
) -> Iterator[SearchQuery]:
    usable = [name for name, found in values.items() if found]
    for _ in range(count if usable else 0):  # an index without entries has nothing to filter by
        names = luck.sample(usable, luck.randint(1, min(MOST_FILTERS, len(usable))))
        filters: Filters = {
            name: frozenset(luck.sample(values[name], luck.randint(1, min(MOST_VALUES, len(values[name])))))
            for name in names
        }
        yield SearchQuery(luck.choice([*texts, ""]), filters, PAGE, 0, tuple(values))


def _ids(result: SearchResult) -> list[str]:
    return [hit.id for hit in result.hits]


def _counts(result: SearchResult) -> dict[str, list[tuple[str, int]]]:
    return {name: list(found) for name, found in result.facets.items()}
