"""Start page: what this is, how much there is, and four ways in: search, example, theme, recent."""

import streamlit as st

from ui.cards import card
from ui.frame import heading, section
from ui.language import known, t
from ui.links import link, open_page
from ui.markup import escaped, label
from ui.search_box import examples, search_box
from ui.vocabularies import api, most_first, shown, theme_icon

THEMES_SHOWN = 12
RECENT_SHOWN = 4
KINDS = ("pain_point", "proposal", "hackathon")


def _leave(q: str) -> None:
    st.session_state["leave-for"] = q


heading(t("start.title"), f"{t('start.what')} {t('start.bilingual')}")
search_box("", _leave)
if (typed := st.session_state.pop("leave-for", None)) is not None:
    open_page("search", {"q": typed} if typed else {})
examples(t("start.examples"))

newest = api().search({"kind": "pain_point", "limit": RECENT_SHOWN})
everything = api().search({"limit": 1})

counts = {facet["value"]: facet["count"] for facet in everything["facets"].get("kind", [])}
st.html(
    '<ul class="hg-counts">'
    + "".join(
        f"<li><strong>{counts.get(kind, 0):,}</strong> {escaped(known(f'kinds.{kind}', kind))}</li>" for kind in KINDS
    )
    + "</ul>"
)

section(t("start.themes"))
with st.container(horizontal=True, gap="small", key="themes"):
    for theme in most_first("themes")[:THEMES_SHOWN]:
        name = label(shown(theme["label"], theme["id"]))
        link("search", f"{name} :gray[{theme.get('count', 0):,}]", {"theme": theme["id"]}, icon=theme_icon(theme))
with st.container(horizontal=True, key="more"):
    link("themes", t("start.all_themes"), icon=":material/category:")
    link("provinces", t("start.map"), icon=":material/map:")

section(t("start.recent"), t("start.recent_note"))
for hit in newest["hits"]:
    card(hit["entry"], hit, key="recent")
with st.container(key="more-recent"):
    link("search", t("start.all_recent"), {"kind": "pain_point"}, icon=":material/arrow_forward:")
