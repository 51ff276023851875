"""The UI's router: chooses the page, in the reader's language, between header and footer."""

from pathlib import Path

import streamlit as st

from ui.api_client import ApiError
from ui.frame import degraded_notice, footer, header, show_error
from ui.language import t
from ui.links import PAGES, script
from ui.vocabularies import forget_answers

# A file of ours: Streamlit fetches emoji and material icons of the tab from other origins.
ICON = Path(__file__).parent / "static" / "icon.svg"

st.set_page_config(page_icon=ICON, layout="centered")
pages = {
    name: st.Page(
        script(name),
        title=f"{t(f'nav.{name}')} · {t('product.name')}",
        url_path=name,
        default=name == "start",
    )
    for name in PAGES
}
chosen = st.navigation(list(pages.values()), position="hidden")
forget_answers()
header(next(name for name, page in pages.items() if page == chosen))
notices = st.container(key="notices")  # above the page, but only after it is known who answered
with st.container(key="content", gap="xsmall"):
    try:
        chosen.run()
    except ApiError as error:
        show_error(error)
with notices:
    degraded_notice()
footer()
