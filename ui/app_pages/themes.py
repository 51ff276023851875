"""Every theme with its number of entries, each a link to them."""

import streamlit as st

from ui.frame import heading
from ui.language import counted, t
from ui.links import link
from ui.markup import label
from ui.vocabularies import shown, themes

heading(t("themes.title"), t("themes.intro"))
with st.container(key="theme-list", gap="small"):
    for item in themes():
        name = label(shown(item["label"], item["id"]))
        link("search", f"**{name}** :gray[{counted('themes.entries', item.get('count', 0))}]", {"theme": item["id"]})
