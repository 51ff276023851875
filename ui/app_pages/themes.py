"""Every theme with its number of entries, each a link to them."""

import streamlit as st

from ui.frame import heading
from ui.language import counted, t
from ui.links import link
from ui.markup import escaped, label
from ui.vocabularies import most_first, shown, theme_icon

heading(t("themes.title"), t("themes.intro"))
with st.container(key="theme-list"):
    for item in most_first("themes"):
        name = label(shown(item["label"], item["id"]))
        with st.container(key=f"theme-{item['id']}", gap=None):
            count = counted("themes.entries", item.get("count", 0))
            link("search", f"**{name}** :gray[{count}]", {"theme": item["id"]}, icon=theme_icon(item))
            st.html(f'<p class="hg-note">{escaped(shown(item.get("description") or {}, ""))}</p>')
