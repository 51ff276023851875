"""The history of one entry: every version and decision that the reader may know of; taking a merge back."""

import streamlit as st

from ui import decision_view, history_view
from ui.api_client import ApiError
from ui.frame import heading, show_error
from ui.language import t
from ui.links import link
from ui.vocabularies import api


def _offer_undo(batch: str) -> None:
    """A button that takes this merge back; later edits stay and are named."""
    with st.form(f"undo-{batch}"):  # a click on this one never undoes a merge that somebody made since
        reason = st.text_input(t("duplicates.why_undo"), max_chars=2000)
        if not st.form_submit_button(t("duplicates.undo")):
            return
    try:
        undone = api().undo_merge(batch, reason)
    except ApiError as error:
        show_error(error)
        return
    st.session_state[decision_view.NOTE] = decision_view.undone(undone)
    st.rerun()


entry_id = (st.query_params.get("id") or "").strip()
found = api().history(entry_id)
heading(t("history.title", id=entry_id))
decision_view.said()
with st.container(horizontal=True):
    link("entry", t("history.entry"), {"id": entry_id}, icon=":material/arrow_back:")
if not found["whole"]:
    st.html(f"<p>{t('history.public')}</p>")
for step in reversed(found["steps"]):
    history_view.step(step)
    if step["batch"] and step["batch"] == found["open_merge"]:
        _offer_undo(step["batch"])
