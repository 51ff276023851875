"""Who reads: the session of their browser's cookie, and what the API says about them."""

import streamlit as st

from ui.api_client import SESSION, ApiError, Me
from ui.vocabularies import api_url, connect

HOSTS = ("host_editor", "host_admin")
REMEMBERED_S = 5  # several parts of a page ask


def session() -> str | None:
    """The reader's session, for the API to judge; None where the browser has none."""
    return st.context.cookies.get(SESSION)


@st.cache_data(ttl=REMEMBERED_S, max_entries=1000, show_spinner=False)
def _me(url: str, of: str) -> Me:
    return connect(url).of(of).me()


def me() -> Me | None:
    """Who is signed in; None for a visitor. Raises ``ApiError`` where the API cannot tell."""
    mine = session()
    try:
        found = _me(api_url(), mine) if mine else None
    except ApiError as error:
        if error.status not in (401, 403):
            raise  # signing in again would not help
        return None
    return found if found and found.get("signed_in") else None


def is_curator() -> bool:
    """Does the reader review entries?"""
    found = me()
    return found is not None and any(grant["role"] in ("curator", "admin") for grant in found["grants"])


def organisations() -> list[str]:
    """The organisations whose entries the reader writes and uploads."""
    grants = (me() or {}).get("grants", [])
    return sorted({grant["organisation"] for grant in grants if grant["role"] in HOSTS and grant["organisation"]})


def forget() -> None:
    """Ask anew: something about the reader has changed."""
    _me.clear()
