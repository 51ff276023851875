"""What an entry under review may repeat: each candidate with its reasons, and judging the pair from there."""

from typing import Any

import streamlit as st

from ui import decision_view, paging
from ui.api_client import ApiError
from ui.cards import SNIPPET_CHARACTERS, badges, opened
from ui.comparison import reasons
from ui.frame import section
from ui.language import readable, t
from ui.links import link
from ui.markup import paragraphs
from ui.vocabularies import api

VERDICTS = ("related", "distinct")  # without a merge; "same" opens the comparison, where entries are merged
Found = dict[str, Any]
"""What the API answers: ``hits``, and whether it compared the ``whole``."""


def candidates_of(entry_id: str) -> Found | None:
    """The entries that this one may repeat and nobody judged to be others; None where none can be looked up."""
    try:
        return api().duplicates(entry_id)
    except ApiError:
        return None


def probable(found: Found | None) -> list[dict[str, Any]]:
    """Those hits that are probably the same."""
    return [hit for hit in found["hits"] if hit["why"]["level"] == "probable"] if found else []


def named(hits: list[dict[str, Any]]) -> str:
    """The ids of these."""
    return ", ".join(hit["entry"]["id"] for hit in hits)


def doubt(found: Found | None) -> str:
    """What speaks against publishing unseen; "" where nothing does."""
    if found is None:
        return t("candidates.unknown")
    hits = probable(found)
    return t("candidates.probable", ids=named(hits)) if hits else ""


def candidates(entry_id: str, found: Found | None) -> None:
    """A section with every candidate; says so where there is none."""
    hits = found["hits"] if found else []
    section(t("candidates.title"), str(len(hits)) if hits else None)
    if not hits:
        st.html(f"<p>{t('candidates.unknown' if found is None else 'candidates.none')}</p>")
    for hit in hits:
        _candidate(entry_id, hit)
    if found and not found["whole"]:
        st.caption(t("candidates.part"))


def _candidate(entry_id: str, hit: dict[str, Any]) -> None:
    other = hit["entry"]
    with st.container(border=True, key=f"like-{other['id']}", gap="xsmall"):
        st.html(reasons(hit["why"], hit["verdict"]) + badges(other) + opened(other))
        if summary := readable(other.get("summary")):
            words = summary[0] if len(summary[0]) <= SNIPPET_CHARACTERS else summary[0][:SNIPPET_CHARACTERS] + "…"
            st.html(f'<p class="hg-snippet" lang="{summary[1]}">{paragraphs(words)}</p>')
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(key=f"same-{other['id']}", width="content"):
                # What is in the catalogue already is the one that stays.
                pair = {"a": other["id"], "b": entry_id}
                link("duplicates", t("candidates.same", id=other["id"]), paging.place() | pair)
            for verdict in VERDICTS:
                if st.button(t(f"duplicates.{verdict}"), key=f"{verdict}-{other['id']}"):
                    judge(entry_id, other["id"], verdict)
                    st.rerun()


def judge(one: str, other: str, verdict: str, reason: str = "") -> None:
    """Remember what the reader decided about two entries, and say so on the next page."""
    asked = {"entries": [one, other], "verdict": verdict, "reason": reason}
    api().send("POST", "/duplicates/judgements", asked)
    st.session_state[decision_view.NOTE] = f"{t(f'duplicates.{verdict}')} ({one}, {other})"
