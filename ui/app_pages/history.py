"""The history of one entry: every version and decision that the reader may know of."""

import streamlit as st

from ui import history_view
from ui.frame import heading
from ui.language import t
from ui.links import link
from ui.vocabularies import api

entry_id = (st.query_params.get("id") or "").strip()
heading(t("history.title", id=entry_id))
found = api().history(entry_id)
link("entry", t("history.entry"), {"id": entry_id}, icon=":material/arrow_back:")
if not found["whole"]:
    st.html(f"<p>{t('history.public')}</p>")
for step in reversed(found["steps"]):
    history_view.step(step)
