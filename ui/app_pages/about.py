"""Where the data come from, under which licences, how to use the API, and the state of the search index."""

import streamlit as st

from ui import dates
from ui.api_client import ApiError
from ui.frame import heading, section
from ui.language import current, t
from ui.markup import escaped
from ui.vocabularies import api, index_state

OF_SAMPLE = ("th", "us", "ch", "opdc")  # the sources of the sample


def _paragraph(text: str) -> None:
    st.html(f'<p class="hg-text">{escaped(text)}</p>')


def _addresses(addresses: dict[str, str], before: str) -> None:
    st.html(
        '<dl class="hg-calls">'
        + "".join(
            f'<dt>{escaped(t(key))}</dt><dd><a href="{escaped(one)}"><code>{before}{escaped(one)}</code></a></dd>'
            for key, one in addresses.items()
        )
        + "</dl>"
    )


def _newest() -> str:
    """An id for the examples; empty where there is none, or no search answers."""
    try:
        hits = api().search({"limit": 1})["hits"]
    except ApiError:
        return ""
    return hits[0]["entry"]["id"] if hits else ""


heading(t("about.title"))
section(t("about.why"))
_paragraph(t("about.why_text"))

state = index_state()
if state.get("sample"):
    section(t("about.data"))
    _paragraph(t("about.data_text"))
section(t("about.licences"))
sources = (*(OF_SAMPLE if state.get("sample") else ("entries",)), "shipped")
st.html(
    '<ul class="hg-list">'
    + "".join(f"<li>{escaped(t(f'about.licence_{source}'))}</li>" for source in sources)
    + "</ul>"
)

section(t("about.dumps"))
_paragraph(t("about.dumps_text", count=f"{state['documents']:,}" if state else "…"))
files = {"about.dumps_jsonl": "/api/v1/entries.jsonl", "about.dumps_csv": "/api/v1/entries.csv"}
_addresses(files, "")

section(t("about.api"))
_paragraph(t("about.api_text"))
calls = {"about.api_search": "/api/v1/search?q=beach+erosion&kind=pain_point"}
if example := _newest():
    calls["about.api_entry"] = f"/api/v1/entries/{example}"
    calls["about.api_similar"] = f"/api/v1/entries/{example}/similar?limit=5"
_addresses(calls, "GET ")
st.html(
    f'<p class="hg-text"><a href="/docs">{escaped(t("about.api_docs"))}</a> · <a href="/openapi.json">OpenAPI</a></p>'
)

if state:
    section(t("about.index"))
    facts = {
        "about.index_documents": state.get("documents"),
        "about.index_revision": state.get("revision"),
        "about.index_lag": state.get("lag"),
        "about.index_built": dates.day_of(str(state.get("built_at") or ""), current()),
        "about.index_fingerprint": state.get("fingerprint"),
    }
    st.html(
        '<dl class="hg-dl">'
        + "".join(
            f"<dt>{escaped(t(key))}</dt><dd>{escaped(f'{value:,}' if isinstance(value, int) else str(value))}</dd>"
            for key, value in facts.items()
            if value not in (None, "")
        )
        + "</dl>"
    )
