"""The reader's language and every word of the UI in it; strings.yaml holds the words, both languages side by side."""

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, cast

import streamlit as st
import yaml

from ui.api_client import Text

Language = Literal["th", "en"]
LANGUAGES: tuple[Language, ...] = ("th", "en")
STRINGS = Path(__file__).with_name("strings.yaml")


def choose(requested: str | None, browser: Iterable[str]) -> Language:
    """The language to show: ``requested`` (``?lang=``), else the browser's first that we speak, else Thai."""
    for wanted in [requested or "", *browser]:
        tag = wanted.strip().lower().split("-")[0]
        if tag in LANGUAGES:
            return tag
    return "th"


def current() -> Language:
    """The language of this reader's page."""
    accepted = (st.context.headers.get("Accept-Language") or "").split(",")
    browser = [part.split(";")[0] for part in accepted]
    return choose(st.query_params.get("lang"), [st.context.locale or "", *browser])


def other(language: Language) -> Language:
    """The language that ``language`` is not."""
    return "en" if language == "th" else "th"


def is_thai(word: str) -> bool:
    """Is it written in Thai letters?"""
    return any("\u0e00" <= letter <= "\u0e7f" for letter in word)


@functools.cache
def strings() -> dict[str, dict[str, str]]:
    """Every string by its key; each value holds ``th`` and ``en``."""
    return cast(dict[str, dict[str, str]], yaml.safe_load(STRINGS.read_text(encoding="utf-8")))


def t(key: str, /, **values: object) -> str:
    """The string of ``key`` in the reader's language with ``values`` filled in; KeyError for an unknown key."""
    return strings()[key][current()].format(**values)


def counted(key: str, n: int, **more: str) -> str:
    """The string of ``key`` for ``n`` things: ``key.one`` when there is exactly one, with thousands marked."""
    return t(f"{key}.one" if n == 1 else key, n=f"{n:,}", **more)


def known(key: str, default: str) -> str:
    """The string of ``key``, unfilled, or ``default`` for what the strings do not know (a newer server's)."""
    return strings()[key][current()] if key in strings() else default


def readable(text: Text | None, language: Language | None = None) -> tuple[str, Language] | None:
    """What to show of ``text`` and its language: the wanted one first, the other where that is missing."""
    if not text:
        return None
    first = language or current()
    for candidate in (first, other(first)):
        if value := text.get(candidate):
            return value, candidate
    return None
