"""What a search page shows, as its address says it: the address is the page's whole state. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

FILTERS = ("kind", "theme", "province", "language", "organisation", "year", "status")
PAGE_SIZE = 10
MAX_QUERY_CHARACTERS = 500  # the API's own limit; the box stops there
MAX_VALUES = 20  # of one filter, as the API has it: more would be an error and no answer
MAX_PAGES = 100


@dataclass(frozen=True)
class SearchAddress:
    """One search: text, chosen filters and page (the first is 1)."""

    q: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    page: int = 1

    def params(self) -> dict[str, str | list[str]]:
        """Parameters of the page's address; what is at its default is left out."""
        shown: dict[str, str | list[str]] = {"q": self.q} if self.q else {}
        shown |= {name: list(values) for name, values in self.filters.items() if values}
        return shown | ({"page": str(self.page)} if self.page > 1 else {})

    def api_params(self) -> dict[str, str | int | Sequence[str]]:
        """Parameters of the API's search for this page."""
        asked: dict[str, str | int | Sequence[str]] = {k: v for k, v in self.params().items() if k != "page"}
        return asked | {"limit": PAGE_SIZE, "offset": (self.page - 1) * PAGE_SIZE, "explain": "true"}

    def without(self, name: str, value: str) -> "SearchAddress":
        """The same search without one filter value, back on its first page."""
        kept = tuple(v for v in self.filters.get(name, ()) if v != value)
        return replace(self, filters={**self.filters, name: kept}, page=1)

    def filtered(self, name: str, values: Sequence[str]) -> "SearchAddress":
        """The same search with ``values`` chosen in one filter, as many as there may be, back on its first page."""
        return replace(self, filters={**self.filters, name: tuple(values)[:MAX_VALUES]}, page=1)

    @property
    def is_filtered(self) -> bool:
        """Whether any filter is chosen."""
        return any(self.filters.values())


def parse(get_all: Callable[[str], Sequence[str]]) -> SearchAddress:
    """The search that an address asks for; ``get_all`` gives a parameter's values. A wrong page is page 1.

    Of a filter's values beyond the most that there may be none is asked for, so that an address always has an answer.
    """
    return SearchAddress(
        q=(list(get_all("q")) or [""])[-1].strip(),
        filters={name: tuple(dict.fromkeys(get_all(name)))[:MAX_VALUES] for name in FILTERS},
        page=min(page_number((list(get_all("page")) or [""])[-1]), MAX_PAGES),
    )


def page_number(written: str | None) -> int:
    """The page that an address asks for, from 1 on; none or a wrong one is page 1."""
    right = written and written.isascii() and written.isdigit() and len(written) < 6
    return max(int(written), 1) if written and right else 1
