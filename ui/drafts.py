"""What somebody writes is kept: by the API as soon as a box is left, a title at each pause in typing, never over what
another one saved; and in the boxes themselves, also while other pages are looked at.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from ui import dates
from ui.language import current, t
from ui.markup import escaped
from ui.vocabularies import api

DRAFTS, BEGUN = "drafts", "drafts-begun"
BY_ITSELF = ("draft", "edits_requested")  # statuses in which an entry is with its host alone


@dataclass
class Draft:
    """An entry as this person has it open: what its boxes began with, and what of them is saved."""

    name: str  # of the boxes
    entry: Mapping[str, Any]
    id: str = ""  # none before it is saved
    revision: int = 0
    body: dict[str, Any] | None = None  # what the boxes said when it was saved; None: nobody has asked them yet
    kind: str = ""  # of a new entry, and in whose name; both are for good once it is saved
    owner: str = ""
    done: dict[str, Any] = field(default_factory=dict)  # what the API answered to the last saving, and when that was
    at: str = ""
    unsaved: bool = False  # do the boxes say something that is not saved?
    shown: dict[str, Any] | None = None  # what they said when the page was last shown as a whole; None while it is
    by_itself: bool = True  # does the page save it without being asked?
    place: Any = None  # of the page, where it is told what is saved

    def differs(self, body: dict[str, Any]) -> bool:
        """Do the boxes say something else than what is saved?"""
        if self.body is None:
            self.body = body
        return body != self.body

    def save(self, body: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        """Save what the boxes say, over nothing but what they were filled from; raises ``ApiError``."""
        if self.id:
            edited = {"body": body} | ({"reason": reason} if reason else {})
            done = api().send("PUT", f"/entries/{self.id}", edited, self.revision)
        else:
            done = api().send("POST", "/entries", {"kind": self.kind, "owner": self.owner, "body": body})
        # First of all: with the state of the session the next run of the page may take over, and would save it again.
        self.id, self.revision, self.body, self.done = done["id"], done["revision"], body, done
        self.at, self.unsaved = datetime.datetime.now(datetime.UTC).isoformat(), False
        _held()[self.id] = self
        return done

    def discard(self) -> None:
        """Withdraw what is saved and keep what the boxes say, to be saved as another entry; raises ``ApiError``."""
        api().decide(self.id, self.revision, {"action": "withdraw"})
        _held().pop(self.id)
        self.id = ""

    def said(self) -> None:
        """Tell, at its place, when it was saved and what of it was not, or that nothing was."""
        with self.place.container():
            if removed := [one[f"message_{current()}"] for one in self.done.get("removed", ())]:
                st.warning(" · ".join(removed))
            if self.unsaved or self.at:
                words = t("form.unsaved") if self.unsaved else t("form.saved_at", at=dates.moment(self.at, current()))
                st.html(f'<p class="hg-facts" role="status">{escaped(words)}</p>')


def begun() -> Draft:
    """The new entry that this person writes; another one where they left the page on which that was saved."""
    held = _held()
    if "" not in held or (held[""].id and not _is_still_there()):
        st.session_state[BEGUN] = number = st.session_state.get(BEGUN, 0) + 1
        held[""] = Draft(f"new{number}" if number > 1 else "", {})
    return held[""]


def is_being_written(entry_id: str) -> bool:
    """Is it a new entry whose page is still the one on which it was begun?"""
    held = _held()
    return _is_still_there() and "" in held and held[""].id == entry_id


def _is_still_there() -> bool:
    # The page of new entries alone has this box; Streamlit forgets a box with the first page that has it no more.
    return "kind" in st.session_state


def opened(entry: Mapping[str, Any], revision: int) -> Draft:
    """An entry that somebody edits: as they left it, else as it is now."""
    return _held().setdefault(entry["id"], Draft(f"{entry['id']}-{revision}", entry, entry["id"], revision))


def forget(entry_id: str) -> None:
    """When it is opened next it is as it is then."""
    draft = _held().pop(entry_id, None)
    if draft and draft is _held().get(""):
        del _held()[""]


def _held() -> dict[str, Draft]:
    found: dict[str, Draft] = st.session_state.setdefault(DRAFTS, {})
    return found
