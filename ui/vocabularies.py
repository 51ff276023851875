"""The API's answers that change rarely, kept for a while: vocabularies with their labels, and the index's state."""

import os
from collections.abc import Mapping
from typing import Any, Literal

import streamlit as st

from ui.api_client import DEFAULT_URL, SESSION, ApiClient, ApiError, Item, Summary
from ui.language import current, known, other, t

Vocabulary = Literal["themes", "provinces", "organisations"]
VOCABULARY_TTL_S = 60  # counts on the start page may be this old
NOT_PEOPLES = ("id", "kind", "sample")  # fields that the catalogue itself sets
HEARD = "answers-heard"  # of the page that is being shown: were answers usual (False) or degraded (True)?
EVENTS_OFFERED = 100  # the most that a search gives; another one is named by its id
STATE_TTL_S = 10  # the banners: soon after something happens


@st.cache_resource
def connect(url: str) -> ApiClient:
    """The connections to an API, used as a visitor."""
    return ApiClient(url, _heard)


def _heard(degraded: bool) -> None:
    if HEARD in st.session_state:
        st.session_state[HEARD] |= {degraded}


def forget_answers() -> None:
    """Begin a page: what was heard until now belongs to another one."""
    st.session_state[HEARD] = set[bool]()


def is_degraded() -> bool:
    """Did a reserve engine give an answer that this page shows? Where all its answers were remembered: lately."""
    heard: set[bool] = st.session_state[HEARD]
    return True in heard if heard else bool(index_state().get("degraded"))


def api_url() -> str:
    """Where the API answers: the origin that serves this UI tells it in ``HACKGO_API_URL``."""
    return os.environ.get("HACKGO_API_URL", DEFAULT_URL)


def api() -> ApiClient:
    """The client of the API, as whoever reads this page."""
    return connect(api_url()).of(st.context.cookies.get(SESSION))


@st.cache_data(ttl=VOCABULARY_TTL_S, show_spinner=False)
def _items(url: str, vocabulary: Vocabulary) -> list[Item]:
    return connect(url).vocabulary(vocabulary)


@st.cache_data(ttl=VOCABULARY_TTL_S, show_spinner=False)
def _fields(url: str) -> dict[str, list[dict[str, Any]]]:
    return connect(url).fields()


@st.cache_data(ttl=VOCABULARY_TTL_S, show_spinner=False)
def _events(url: str) -> list[Summary]:
    hits = connect(url).search({"kind": "hackathon", "limit": EVENTS_OFFERED})["hits"]
    return [hit["entry"] for hit in hits]


@st.cache_data(ttl=STATE_TTL_S, show_spinner=False)
def _state(url: str) -> dict[str, Any]:
    return connect(url).index()


def most_first(vocabulary: Vocabulary) -> list[Item]:
    """Every value of a vocabulary, those with most entries first."""
    return sorted(_items(api_url(), vocabulary), key=lambda item: (-item.get("count", 0), item["id"]))


def label_of(vocabulary: Vocabulary, value: str) -> str:
    """The name of ``value`` in the reader's language; the value itself where the vocabulary does not know it."""
    return next((shown(item["label"], value) for item in _items(api_url(), vocabulary) if item["id"] == value), value)


def fields_of(kind: str) -> list[dict[str, Any]]:
    """The fields of a kind of entry that people fill in, in the catalogue's order."""
    return [field for field in _fields(api_url()).get(kind, []) if field["name"] not in NOT_PEOPLES]


def events() -> list[Summary]:
    """The published hackathons that a form offers, the newest first."""
    return _events(api_url())


def field_label(name: str) -> str:
    """What people call a field of any kind of entry; the name itself where nobody knows it."""
    try:
        known_fields = [field for fields in _fields(api_url()).values() for field in fields]
    except ApiError:
        return name
    return next((shown(field["label"], name) for field in known_fields if field["name"] == name), name)


def form_kinds() -> list[str]:
    """The kinds of entries that people write in a form: those that have fields to fill in before they are sent."""
    return [kind for kind, fields in _fields(api_url()).items() if any(f["needed_to_submit"] for f in fields)]


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


def place_names(entry: Mapping[str, Any]) -> list[str]:
    """Where an entry is: its provinces, ``nationwide``, or the country where that is not Thailand."""
    names = [label_of("provinces", code) for code in entry.get("provinces") or []]
    if entry.get("nationwide"):
        names.append(t("card.nationwide"))
    country = entry.get("country")
    if country and country != "TH":
        names.append(known(f"country.{country}", country))
    return names


def theme_icon(theme: Item) -> str | None:
    """The theme's icon as Streamlit names it; the icons' font is Streamlit's own, from our origin."""
    icon = theme.get("icon") or ""
    return f":material/{icon}:" if icon.replace("_", "").isalnum() else None
