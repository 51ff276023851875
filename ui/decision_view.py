"""Deciding on one entry: a button for each action that the API allows, with what the action needs."""

from typing import Any

import streamlit as st

from ui.api_client import ApiError
from ui.frame import show_error
from ui.language import current, t
from ui.vocabularies import api, shown

# One key each: the review goes by keyboard. The actions that need words open a form first.
SHORTCUTS = {
    "claim": "T",
    "release": "L",
    "request_edits": "E",
    "publish": "P",
    "reject": "J",
    "withdraw": "W",
    "restore": "S",
    "submit": "S",
    "answer": "A",
}
CHOSEN = "decision-chosen"
NOTE = "decision-note"
FIELDS = ("title", "statement", "summary", "theme", "provinces", "affected", "evidence", "source")


def decide(entry_id: str, revision: int, decision: dict[str, Any]) -> bool:
    """Send a decision; what went wrong is said on the page. Was it written?"""
    try:
        done = api().decide(entry_id, revision, decision)
    except ApiError as error:
        show_error(error)
        return False
    st.session_state.pop(CHOSEN, None)
    note(done)
    return True


def note(done: dict[str, Any], said: str = "") -> None:
    """Keep for the next page what was done, else how the entry stands now, and which personal data were not kept."""
    words = [said or shown(done["status_label"], done["status"])]
    words += [one[f"message_{current()}"] for one in done["removed"]]
    st.session_state[NOTE] = " · ".join(words)


def buttons(standing: dict[str, Any], *, leave_out: tuple[str, ...] = ("edit",)) -> str | None:
    """The actions as buttons; the one that was just decided on, after it was written."""
    entry_id, revision = standing["id"], standing["revision"]
    offered = [one for one in standing["allowed"] if one["action"] not in leave_out]
    if not offered:
        st.html(f"<p>{t('decision.none')}</p>")
        return None
    with st.container(horizontal=True, key="decisions"):
        for one in offered:
            pressed = st.button(
                shown(one["label"], one["action"]),
                key=f"decide-{one['action']}",
                shortcut=SHORTCUTS.get(one["action"]),
                type="primary" if one["action"] in ("publish", "claim", "submit", "answer") else "secondary",
            )
            if pressed and one["needs"] != "nothing":
                st.session_state[CHOSEN] = (entry_id, one["action"], one["needs"])
            elif pressed and decide(entry_id, revision, {"action": one["action"]}):
                return str(one["action"])
    chosen = st.session_state.get(CHOSEN)
    if chosen and chosen[0] == entry_id and chosen[1] in {one["action"] for one in offered}:
        return _with_words(entry_id, revision, chosen[1], chosen[2])
    return None


def _with_words(entry_id: str, revision: int, action: str, needs: str) -> str | None:
    with st.form(f"words-{action}"):
        decision: dict[str, Any] = {"action": action}
        field = None
        if needs == "code":
            reasons = {item["id"]: shown(item["label"], item["id"]) for item in api().reasons()}
            decision["code"] = st.selectbox(t("decision.code"), list(reasons), format_func=reasons.__getitem__)
        if needs == "comments":
            field = st.selectbox(t("decision.field"), FIELDS, format_func=lambda name: t(f"field.{name}"))
        words = st.text_area(t("decision.comment" if needs == "comments" else "decision.reason"), max_chars=4000)
        if not st.form_submit_button(t("decision.send"), type="primary"):
            return None
    if field and words.strip():
        decision["comments"] = [{"field": field, "text": words.strip()}]
    elif words.strip():
        decision["reason"] = words.strip()
    return action if decide(entry_id, revision, decision) else None


def said() -> None:
    """What the last decision led to, once."""
    if note := st.session_state.pop(NOTE, None):
        st.success(t("decision.done", status=note))
