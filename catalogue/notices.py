"""What people are told and in which words; notices.yaml has them in both languages."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

WORDS = Path(__file__).with_suffix(".yaml")

Template = Literal[
    "confirm",
    "known",
    "reset",
    "invited",
    "submitted",
    "imported",
    "edits_requested",
    "published",
    "merged",
    "unmerged",
    "withdrawn",
    "withdrawn_with",
    "restored",
    "rejected",
    "progress",
    "named_as_host",
]
# Those that may carry a secret link: mailed only, and the link is forgotten once it has left.
PRIVATE: frozenset[Template] = frozenset({"confirm", "known", "reset", "invited"})


@dataclass(frozen=True, slots=True)
class Words:
    """A notice in one language. ``text`` is a whole mail, ``link`` where it leads."""

    subject: str
    text: str
    link: str


@lru_cache(1)
def templates() -> dict[str, dict[str, Any]]:
    """The words by template, as the file has them."""
    import yaml

    words: dict[str, dict[str, Any]] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return words


def worded(template: Template, payload: Mapping[str, Any], name: str, language: str, site: str) -> Words:
    """The notice in the reader's language.

    A payload's value is text, or text per language (``{"th": …, "en": …}``: the other one steps in for a missing one).
    What the payload lacks is left out.
    """
    known = templates()[template]
    values = defaultdict(str, {key: _in(value, language) for key, value in payload.items()} | {"name": name})
    link = site + known["path"].format_map(values)
    if known["path"].startswith("/app/"):  # whoever is not signed in, and whose browser speaks another language
        link += f"{'&' if '?' in link else '?'}lang={language}"
    # A subject is one line whatever a title holds: a line feed would begin another header.
    subject = " ".join(known["subject"][language].format_map(values).split())
    text = known["text"][language].format_map(defaultdict(str, {**values, "link": link}))
    return Words(subject, text.replace("\n\n\n", "\n\n"), link)


def _in(value: Any, language: str) -> str:
    if isinstance(value, Mapping):
        return str(value.get(language) or value.get("en" if language == "th" else "th") or "")
    return str(value)
