"""Long lists of work, a page at a time."""

import math

import streamlit as st

PER_PAGE = 50


def asked(key: str) -> dict[str, int]:
    """Which entries of the list ``key`` the reader looks at, as the API's parameters."""
    return {"limit": PER_PAGE, "offset": (st.session_state.get(key, 1) - 1) * PER_PAGE}


def first(key: str) -> None:
    """Begin on the first page: another list is asked for."""
    st.session_state.pop(key, None)


def turn(key: str, total: int) -> None:
    """The numbers of the pages below a list of ``total`` entries, if there are several."""
    pages = max(1, math.ceil(total / PER_PAGE))
    if st.session_state.get(key, 1) > pages:  # what stood on the last one was decided
        first(key)
        st.rerun()
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            st.pagination(pages, key=key)
