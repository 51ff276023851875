"""The fields of an entry as a form: one box for each, chosen by what the API says about the field."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from ui.dates import BUDDHIST_ERA_OFFSET
from ui.language import Language, current, known, other, t
from ui.markup import paragraphs
from ui.vocabularies import Vocabulary, label_of, most_first, shown

VOCABULARIES: dict[str, Vocabulary] = {"theme": "themes", "province": "provinces"}  # by the filter that a field feeds
LONG = 4000  # characters; a text that people write is seldom longer, and the API says so where it is
SHORT = 500  # characters of a title or a name, as the API has it
PAUSE = "400ms"  # in typing a title, after which it is looked for
FIRST_DAY = datetime.date(1990, 1, 1)  # the calendar otherwise begins ten years ago
KEPT: Any = {"persist_state": "session"}  # of a box: it says the same when one comes back from another page
Field = dict[str, Any]
"""What the API says about a field."""


@dataclass(frozen=True)
class Form:
    """What is filled in: the entry as it was read, the language one writes in, and what a curator asked for."""

    entry: Mapping[str, Any]
    language: Language
    name: str  # of this reading of the entry: another one has boxes of its own
    organisation: str  # in whose name
    comments: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by field

    def key(self, name: str) -> str:
        """The key of a box, by which it keeps what was typed."""
        return "-".join(filter(None, ("field", name, self.name)))


def box(asked: Field, form: Form) -> dict[str, Any]:
    """What every box is told: its label, its help, its key. What a curator asked for stands above it."""
    for comment in form.comments.get(asked["name"], ()):
        st.html(f'<p class="hg-asked">{paragraphs(comment)}</p>')
    label = shown(asked["label"], asked["name"])
    return {
        "label": t("form.required", field=label) if asked["needed_to_submit"] else label,
        "help": shown(asked["help"], "") or None,
        "key": form.key(asked["name"]),
        **KEPT,
    }


def value_of(asked: Field, form: Form) -> Any:
    """Ask for a field that one box holds; its value as the API takes it, None where it is empty."""
    chosen = asked["options"] or asked["filter"] in VOCABULARIES
    asks: dict[str, Callable[[Field, Any, Form], Any]] = {
        "text": _texts if asked["many"] else _text,
        "number": _number,
        "date": _date,
        "yes_no": _yes_no,
    }
    return asks.get(asked["input"], _choice if chosen else _line)(asked, form.entry.get(asked["name"]), form)


def translation_of(asked: Field, value: dict[str, Any] | None, form: Form) -> dict[str, Any] | None:
    """Ask for a text in the other language too; ``value`` is what it says in the first."""
    second = other(form.language)
    told = box(asked, form)
    told["label"] = t(f"form.also_in_{second}", field=shown(asked["label"], asked["name"]))
    told["key"] += f"-{second}"
    words = _words(asked, str((form.entry.get(asked["name"]) or {}).get(second) or ""), told, live=False)
    return said(form.entry.get(asked["name"]), {**(value or {}), second: words})


def _text(asked: Field, held: dict[str, Any] | None, form: Form) -> dict[str, Any] | None:
    """Words in one language; those in the other one stay as they were."""
    words = _words(asked, str((held or {}).get(form.language) or ""), box(asked, form))
    return said(held, {**(held or {}), form.language: words})


def _words(asked: Field, before: str, told: dict[str, Any], live: bool = True) -> str:
    if asked["role"] == "title":
        # What is like it shows while one writes.
        return str(st.text_input(value=before, max_chars=SHORT, live=PAUSE if live else False, **told)).strip()
    return str(st.text_area(value=before, max_chars=max(LONG, len(before)), height=140, **told)).strip()


def said(held: Mapping[str, Any] | None, now: Mapping[str, Any]) -> dict[str, Any] | None:
    """A text with its origins: words that somebody changed are theirs, whoever wrote the first version."""
    before = held or {}
    said: dict[str, Any] = {la: words for la in ("th", "en") if (words := now.get(la))}
    origin = before.get("origin") or {}
    written = {la: origin.get(la, "human") if said[la] == before.get(la) else "human" for la in said}
    return {**said, "origin": written} if said else None


def _texts(asked: Field, held: list[dict[str, Any]] | None, form: Form) -> list[dict[str, Any]]:
    """One text a line; a line that was there before keeps its other language."""
    before = {item.get(form.language) or item.get(other(form.language)): item for item in held or []}
    told = box(asked, form)
    label = t("form.one_a_line", field=told.pop("label"))
    lines = st.text_area(label, "\n".join(filter(None, before)), max_chars=20 * LONG, **told).splitlines()
    return [before.get(line.strip(), {form.language: line.strip()}) for line in lines if line.strip()]


def _line(asked: Field, held: Any, form: Form) -> Any:
    told = box(asked, form)
    if asked["many"]:
        label = t("form.one_a_line", field=told.pop("label"))
        lines = st.text_area(label, "\n".join(held or []), **told).splitlines()
        return [line.strip() for line in lines if line.strip()]
    return st.text_input(value=held or "", max_chars=SHORT, **told).strip() or None


def _choice(asked: Field, held: Any, form: Form) -> Any:
    vocabulary = VOCABULARIES.get(asked["filter"] or "")
    family = asked["name"].split("_")[0]  # of the strings: solution_type is solution.app and so on

    def name_of(value: str) -> str:
        return label_of(vocabulary, value) if vocabulary else known(f"{family}.{value}", value)

    values = [item["id"] for item in most_first(vocabulary)] if vocabulary else list(asked["options"])
    if vocabulary == "provinces":
        values.sort(key=name_of)
    more = {"format_func": name_of, "placeholder": t("form.choose"), **box(asked, form)}
    if asked["many"]:
        return st.multiselect(options=values, default=[value for value in held or [] if value in values], **more)
    return st.selectbox(options=values, index=values.index(held) if held in values else None, **more)


def _number(asked: Field, held: int | None, form: Form) -> int | None:
    told = box(asked, form)
    # Thai readers count years in the Buddhist era, the catalogue in the common one.
    era = BUDDHIST_ERA_OFFSET if asked["filter"] == "year" and current() == "th" else 0
    if era:
        told["label"] = t("form.buddhist", field=told["label"])
    found = st.number_input(value=held + era if held is not None else None, min_value=0, step=1, **told)
    return int(found) - era if found is not None else None


def _date(asked: Field, held: str | None, form: Form) -> str | None:
    return day(held, box(asked, form))


def day(held: str | None, told: dict[str, Any]) -> str | None:
    """Ask for a day; an ISO date."""
    before = datetime.date.fromisoformat(held) if held else None
    last = datetime.date(datetime.date.today().year + 5, 12, 31)
    found = st.date_input(
        value=before, min_value=min(FIRST_DAY, before or FIRST_DAY), max_value=last, format="DD/MM/YYYY", **told
    )
    return found.isoformat() if isinstance(found, datetime.date) else None


def _yes_no(asked: Field, held: bool | None, form: Form) -> bool:
    return st.checkbox(value=bool(held), **box(asked, form))
