"""Pairs that may be one problem told twice; two entries side by side; judging, merging and taking a merge back."""

from typing import Any

import streamlit as st

from ui import decision_view, paging, revisions
from ui.api_client import ApiClient, ApiError
from ui.candidates import VERDICTS, judge
from ui.cards import title_of
from ui.comparison import differences, pair_card, told_entry
from ui.entry_view import answers
from ui.frame import heading, refuse, section, show_error
from ui.language import counted, t
from ui.links import link, open_page, same_page_link
from ui.markup import escaped, label
from ui.person import is_curator
from ui.vocabularies import api

PER_PAGE, PAGE = 10, "pairs"  # and its name in the address: one comes here from a page of the queue, too
MOST = 10_000  # offset that the API takes
PAIR = ("a", "b", "batch", "canonical")
WAITING = ("submitted", "in_review", "edits_requested")


def _pairs(client: ApiClient) -> None:
    heading(t("duplicates.title"), t("duplicates.lead"))
    with st.spinner(t("duplicates.comparing")):
        asked = paging.asked(PER_PAGE, PAGE)
        answer = client.pairs(asked | {"offset": min(asked["offset"], MOST)})
    if not answer["total"]:
        st.html(f"<p>{escaped(t('duplicates.none'))}</p>")
        link("search", t("entry.to_search"), icon=":material/search:")
        return
    newest = f" · {t('duplicates.newest')}" if answer["total_relation"] == "gte" else ""
    st.html(f'<p class="hg-facts">{escaped(counted("duplicates.total", answer["total"]) + newest)}</p>')
    for hit in answer["hits"]:
        pair_card(hit)
    paging.turn(min(answer["total"], MOST + PER_PAGE), PER_PAGE, PAGE)


def _compare(client: ApiClient, one: str, other: str) -> None:
    heading(t("duplicates.side_by_side"), t("duplicates.marked"))
    place = paging.place(*PAIR)
    same_page_link("duplicates", t("duplicates.back"), place)
    pages = {i: client.entry(i) for i in (one, other)}
    entries = {i: page["entry"] for i, page in pages.items()}
    waiting = next((i for i, page in pages.items() if page["status"] in WAITING), None)
    canonical = st.radio(
        t("duplicates.keep"),
        list(entries),
        format_func=lambda i: label(f"{i} · {title_of(entries[i])}"),
        key=f"keep-{one}",
    )
    asked = {"canonical": canonical, "members": [i for i in entries if i != canonical], "preview": True}
    plan = client.send("POST", "/merges", asked)
    choices = differences(plan, [one, other])
    for entry_id, page in pages.items():
        answers(page, entry_id, apart=True)
    reason = st.text_input(t("duplicates.why"), max_chars=2000)
    with st.container(horizontal=True):
        preview = st.toggle(t("duplicates.preview"))
        pressed = [verdict for verdict in VERDICTS if st.button(t(f"duplicates.{verdict}"))]
    for verdict in pressed:
        judge(one, other, verdict, reason)
        # Whoever came from a review goes on with it.
        open_page("queue" if waiting else "duplicates", {**place, "id": waiting} if waiting else place)
    if preview:
        section(t("duplicates.becomes"))
        told_entry(client.send("POST", "/merges", asked | {"choices": choices})["entry"])
    read = revisions.read(plan["revisions"])
    revisions.shown(plan["revisions"])
    if st.button(t("duplicates.merge"), type="primary", key="merge"):
        # What the reader chose from, not this run's plan: what somebody wrote between the two nobody has seen.
        asked |= {"choices": choices, "preview": False, "reason": reason, "read": read}
        _merge(client, asked, read != plan["revisions"])


def _merge(client: ApiClient, asked: dict[str, Any], changed: bool) -> None:
    """Merge and go where it can be taken back. What is in the way is said; the entries as they are now stand above."""
    try:
        merged = client.send("POST", "/merges", asked)
    except ApiError as error:
        if error.status != 409:
            raise
        show_error(error)
        if changed:
            st.html(f'<p role="status">{escaped(t("duplicates.changed"))}</p>')
    else:
        merge = {"batch": merged["batch"], "canonical": asked["canonical"]}
        open_page("duplicates", paging.place(*PAIR) | merge)


def _merged(client: ApiClient, batch: str, canonical: str) -> None:
    heading(t("duplicates.merged", id=canonical))
    place = paging.place(*PAIR)
    with st.container(horizontal=True):
        link("entry", label(canonical), {"id": canonical}, icon=":material/article:")
        link("queue", t("queue.back"), place, icon=":material/list:")
        same_page_link("duplicates", t("duplicates.back"), place)
    if st.button(t("duplicates.undo")):
        undone = client.undo_merge(batch)
        st.session_state[decision_view.NOTE] = decision_view.undone(undone)
        open_page("duplicates", place)


def _show() -> None:
    if not is_curator():
        refuse(t("duplicates.title"), t("queue.refused"), "duplicates")
        return
    client = api()
    decision_view.said()
    asked = st.query_params
    if asked.get("batch") and asked.get("canonical"):
        _merged(client, asked["batch"], asked["canonical"])
    elif asked.get("a") and asked.get("b"):
        _compare(client, asked["a"], asked["b"])
    else:
        _pairs(client)


_show()
