"""The entries of a host's organisations: where each stands, and the way to a new one."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from ui import bulk, decision_view, paging
from ui.api_client import ApiError
from ui.cards import title_of
from ui.frame import heading, refuse
from ui.language import counted, t
from ui.links import link
from ui.markup import escaped, label
from ui.vocabularies import api, shown

ACTIONS = ("submit", "withdraw")
ENDED = ("withdrawn", "discarded", "merged", "rejected")
STATUS = "own-status"


def _page() -> dict[str, Any]:
    """The entries that the address asks for."""
    status = st.query_params.get("status")
    return api().own_entries(paging.asked() | ({"status": status} if status else {}))


def _filter(statuses: Sequence[dict[str, Any]]) -> None:
    """Choose a status: what was discarded or withdrawn is shown only so."""
    chosen = st.query_params.get("status") or ""
    labels = {"": t("queue.all")} | {
        one["value"]: f"{shown(one['label'], one['value'])} ({one['count']:,})"
        for one in statuses
        if one["count"] or one["value"] == chosen
    }
    if len(labels) > 1:
        st.session_state[STATUS] = chosen
        st.selectbox(
            t("own.status"),
            list(labels),
            format_func=labels.__getitem__,
            key=STATUS,
            on_change=paging.choose,
            args=("status", STATUS),
        )


def _entries(items: Sequence[dict[str, Any]]) -> None:
    picked = []
    for item in items:
        with st.container(border=True, key=f"own-{item['id']}"):
            link("entry_form", label(title_of(item)), {**paging.place(), "id": item["id"]})
            status = shown(item["status_label"], item["status"])
            st.html(f'<p class="hg-facts">{escaped(status)} · {escaped(item["id"])}</p>')
            if item["status"] not in ENDED:
                picked += bulk.picked(item)
    if picked:
        bulk.many(picked, {item["id"]: title_of(item) for item in items}, ACTIONS)


try:
    mine = _page()
    heading(t("own.title"))
    decision_view.said()
    st.html(f'<p class="hg-facts">{counted("own.count", mine["total"])}</p>')
    link("entry_form", t("own.new"), icon=":material/add:")
    _filter(mine["statuses"])
    _entries(mine["items"])
    paging.turn(mine["total"])
except ApiError as error:
    if error.status != 401:
        raise
    refuse(t("own.title"), t("own.refused"), "own")
