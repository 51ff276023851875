"""The revisions of entries that were on the screen: who decides on a page has read these.

Every click runs its page anew, which asks the API anew: what that answers is shown only after the click.
"""

from collections.abc import Mapping

import streamlit as st

READ = "revisions-read"


def read(now: Mapping[str, int]) -> dict[str, int]:
    """The revision of each of these entries that was shown before this run; where none was, the one of ``now``."""
    before: dict[str, int] = st.session_state.get(READ, {})
    return {entry_id: before.get(entry_id, revision) for entry_id, revision in now.items()}


def shown(now: Mapping[str, int]) -> None:
    """These are on the screen: said once a page has drawn what it knows of them."""
    st.session_state[READ] = dict(now)
