"""One action for many entries: what it would do, then the same for good, each entry with its own outcome."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ui import decision_view, paging
from ui.candidates import candidates_of, probable
from ui.cards import opened
from ui.comparison import reasons
from ui.frame import section
from ui.language import counted, t
from ui.links import same_page_link
from ui.markup import escaped
from ui.vocabularies import api, shown

MANY = "queue-many"


def picked(item: dict[str, Any]) -> list[dict[str, Any]]:
    """A box to select an entry of a list by; the entry as it was read, where it is selected."""
    chosen = st.checkbox(t("queue.pick"), key=f"pick-{item['id']}")
    return [{"id": item["id"], "revision": item["revision"]}] if chosen else []


def many(chosen: list[dict[str, Any]], titles: Mapping[str, str], actions: Sequence[str]) -> None:
    """One of these actions for the entries that are picked: a preview first, then the same for good."""
    section(counted("queue.picked", len(chosen)))
    action = st.selectbox(t("queue.action"), actions, format_func=lambda a: t(f"action.{a}"), key="many-action")
    wanted = {"action": action, "entries": chosen, **decision_view.why(action, "many")}
    if st.button(t("queue.preview"), key="preview"):
        st.session_state[MANY] = (wanted, api().decide_many(wanted))
    # Only what was looked at is done.
    looked_at, outcomes = st.session_state.get(MANY) or (None, [])
    if looked_at != wanted:
        return
    refused = {outcome["id"]: outcome["problem"] for outcome in outcomes if outcome["problem"]}
    doubtful = [i for i, problem in refused.items() if problem.get("duplicates")]
    st.html(f"<p>{t('queue.would', done=len(outcomes) - len(refused), refused=len(refused))}</p>")
    _refusals([outcome for outcome in outcomes if outcome["id"] not in doubtful])
    _told(outcomes, titles)
    sure = [i for i in doubtful if _is_no_duplicate(i, titles[i])]
    certain = [one for one in chosen if one["id"] not in refused]
    asked = [(certain, {}), ([one for one in chosen if one["id"] in sure], {"sure": True})]
    if (certain or sure) and st.button(t("queue.do"), key="do", type="primary"):
        done = [
            outcome
            for entries, more in asked
            if entries
            for outcome in api().decide_many({**wanted, "entries": entries, "preview": False, **more})
        ]
        del st.session_state[MANY]
        failed = sum(outcome["problem"] is not None for outcome in done)
        st.success(t("queue.did", done=len(done) - failed, refused=failed))
        _refusals(done)
        _told(done, titles)


def _is_no_duplicate(entry_id: str, title: str) -> bool:
    """Shows what an entry that is to be published probably repeats; whether the curator says that it does not."""
    with st.container(border=True, key=f"doubt-{entry_id}", gap="xsmall"):
        same_page_link("queue", t("queue.doubtful", title=title), {**paging.place(), "id": entry_id})
        for hit in probable(candidates_of(entry_id)):
            st.html(reasons(hit["why"]) + opened(hit["entry"]))
        return st.checkbox(t("queue.no_duplicate"), key=f"sure-{entry_id}")


def _refusals(outcomes: list[dict[str, Any]]) -> None:
    for outcome in outcomes:
        if outcome["problem"]:
            said = shown({"th": outcome["problem"]["detail_th"], "en": outcome["problem"]["detail"]}, "")
            st.html(f'<p class="hg-facts">{escaped(outcome["id"])}: {escaped(said)}</p>')


def _told(outcomes: list[dict[str, Any]], titles: Mapping[str, str]) -> None:
    """What entries that are sent probably repeat, and how many were not compared."""
    for outcome in outcomes:
        if outcome["duplicates"]:
            decision_view.repeats(t("queue.repeats", title=titles[outcome["id"]]), outcome["duplicates"])
    if number := sum(outcome["uncompared"] for outcome in outcomes):
        st.warning(counted("queue.uncompared", number))
