"""The API's answers that change rarely, kept for a while: themes, provinces, the index's state; and their labels."""

import os
from typing import Any

import streamlit as st

from ui.api_client import DEFAULT_URL, ApiClient, ApiError, Item
from ui.language import current, known, other

VOCABULARY_TTL_S = 60  # counts on the start page may be this old
STATE_TTL_S = 10  # the banners: soon after something happens


@st.cache_resource
def _connect(url: str) -> ApiClient:
    return ApiClient(url)


def api_url() -> str:
    """Where the API answers: the origin that serves this UI tells it in ``HACKGO_API_URL``."""
    return os.environ.get("HACKGO_API_URL", DEFAULT_URL)


def api() -> ApiClient:
    """The one client of the API in this process."""
    return _connect(api_url())


@st.cache_data(ttl=VOCABULARY_TTL_S, show_spinner=False)
def _items(url: str, vocabulary: str) -> list[Item]:
    client = _connect(url)
    return client.themes() if vocabulary == "themes" else client.provinces()


@st.cache_data(ttl=STATE_TTL_S, show_spinner=False)
def _state(url: str) -> dict[str, Any]:
    return _connect(url).index()


def themes() -> list[Item]:
    """Every theme with its number of entries, most first."""
    return sorted(_items(api_url(), "themes"), key=lambda item: (-item.get("count", 0), item["id"]))


def provinces() -> list[Item]:
    """Every province with its number of entries, most first."""
    return sorted(_items(api_url(), "provinces"), key=lambda item: (-item.get("count", 0), item["id"]))


def index_state() -> dict[str, Any]:
    """What the search index says of itself; empty when it cannot be asked (the page itself will say why)."""
    try:
        return _state(api_url())
    except ApiError:
        return {}


def shown(label: dict[str, Any], default: str) -> str:
    """A vocabulary's label in the reader's language, else in the other, else ``default``."""
    language = current()
    return label.get(language) or label.get(other(language)) or default


def theme_label(theme: str) -> str:
    """The theme's name in the reader's language."""
    return next((shown(item["label"], theme) for item in themes() if item["id"] == theme), theme)


def province_label(code: str) -> str:
    """The province's name in the reader's language."""
    return next((shown(item["label"], code) for item in provinces() if item["id"] == code), code)


def place_names(entry: dict[str, Any] | Any) -> list[str]:
    """Where an entry is: its provinces, ``nationwide``, or the country where that is not Thailand."""
    names = [province_label(code) for code in entry.get("provinces") or []]
    if entry.get("nationwide"):
        names.append(known("card.nationwide", ""))
    country = entry.get("country")
    if country and country != "TH":
        names.append(known(f"country.{country}", country))
    return names
