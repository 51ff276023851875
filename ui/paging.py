"""Long lists of work, a page at a time. The address says which of its entries: so one finds back to one's place."""

import math

import streamlit as st

from ui.links import with_language
from ui.search_address import page_number

PER_PAGE = 50
PAGE = "page"  # the address's name for it


def asked(per_page: int = PER_PAGE, name: str = PAGE) -> dict[str, int]:
    """Which entries of the list the reader looks at, as the API's parameters."""
    return {"limit": per_page, "offset": (_number(name) - 1) * per_page}


def place(*but: str) -> dict[str, str]:
    """What the address says of lists: filters and pages, to be carried along to an entry and back."""
    return {name: st.query_params[name] for name in st.query_params if name not in ("lang", "id", *but)}


def choose(name: str, key: str) -> None:
    """Another value of a filter was chosen in this box: a list of its own, from its first page on."""
    value = st.session_state[key]
    _go(place(name, PAGE) | ({name: "true" if value is True else value} if value else {}))


def turn(total: int, per_page: int = PER_PAGE, name: str = PAGE) -> None:
    """The numbers of the pages below a list of ``total`` entries, if there are several."""
    pages = max(1, math.ceil(total / per_page))
    if _number(name) > pages:  # what stood on the last one was decided
        _go(place() | {name: str(pages)})
        st.rerun()
    if pages > 1:
        st.session_state[name] = _number(name)
        with st.container(horizontal_alignment="center"):
            st.pagination(pages, key=name, on_change=lambda: _go(place() | {name: str(st.session_state[name])}))


def _number(name: str) -> int:
    return page_number(st.query_params.get(name))


def _go(to: dict[str, str]) -> None:
    st.query_params.from_dict(with_language(to))
