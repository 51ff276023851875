"""The fields of an entry as a form: one box for each, chosen by what the API says about the field."""

import datetime
from collections.abc import Callable
from typing import Any

import streamlit as st

from ui.dates import BUDDHIST_ERA_OFFSET
from ui.language import Language, current, known, other, t
from ui.vocabularies import Vocabulary, label_of, most_first, shown

VOCABULARIES: dict[str, Vocabulary] = {"theme": "themes", "province": "provinces"}  # by the filter that a field feeds
LONG = 4000  # characters; a text that people write is seldom longer, and the API says so where it is
FIRST_DAY = datetime.date(1990, 1, 1)  # the calendar otherwise begins ten years ago


def value_of(field: dict[str, Any], entry: dict[str, Any], language: Language) -> Any:
    """Ask for a field with what ``entry`` holds already; its value as the API takes it, None where it is empty."""
    chosen = field["options"] or field["filter"] in VOCABULARIES
    asks: dict[str, Callable[[dict[str, Any], Any, Language], Any]] = {
        "text": _texts if field["many"] else _text,
        "number": _number,
        "date": _date,
        "yes_no": _yes_no,
    }
    return asks.get(field["input"], _choice if chosen else _line)(field, entry.get(field["name"]), language)


def _box(field: dict[str, Any]) -> dict[str, Any]:
    """What every box is told: its label, its help, its key."""
    label = shown(field["label"], field["name"])
    return {
        "label": t("form.required", field=label) if field["needed_to_submit"] else label,
        "help": shown(field["help"], "") or None,
        "key": f"field-{field['name']}",
    }


def _text(field: dict[str, Any], held: dict[str, Any] | None, language: Language) -> dict[str, Any] | None:
    """Words in one language; those in the other one stay as they were."""
    before = str((held or {}).get(language) or "")
    if field["role"] == "title":
        words = st.text_input(value=before, max_chars=500, **_box(field)).strip()
    else:
        words = st.text_area(value=before, max_chars=max(LONG, len(before)), height=140, **_box(field)).strip()
    second = other(language)
    kept: dict[str, Any] = {second: held[second]} if held and held.get(second) else {}
    said = kept | ({language: words} if words else {})
    origin = (held or {}).get("origin") or {}
    # Words that somebody changed are theirs, whoever wrote the first version.
    written = {la: origin.get(la, "human") if la == second or words == before else "human" for la in said}
    return {**said, "origin": written} if said else None


def _texts(field: dict[str, Any], held: list[dict[str, Any]] | None, language: Language) -> list[dict[str, Any]]:
    """One text a line; a line that was there before keeps its other language."""
    before = {item.get(language) or item.get(other(language)): item for item in held or []}
    box = _box(field)
    label = t("form.one_a_line", field=box.pop("label"))
    lines = st.text_area(label, "\n".join(filter(None, before)), max_chars=20 * LONG, **box).splitlines()
    return [before.get(line.strip(), {language: line.strip()}) for line in lines if line.strip()]


def _line(field: dict[str, Any], held: Any, language: Language) -> Any:
    box = _box(field)
    if field["many"]:
        label = t("form.one_a_line", field=box.pop("label"))
        lines = st.text_area(label, "\n".join(held or []), **box).splitlines()
        return [line.strip() for line in lines if line.strip()]
    return st.text_input(value=held or "", max_chars=500, **box).strip() or None


def _choice(field: dict[str, Any], held: Any, language: Language) -> Any:
    vocabulary = VOCABULARIES.get(field["filter"] or "")
    family = field["name"].split("_")[0]  # of the strings: solution_type is solution.app and so on

    def name_of(value: str) -> str:
        return label_of(vocabulary, value) if vocabulary else known(f"{family}.{value}", value)

    values = [item["id"] for item in most_first(vocabulary)] if vocabulary else list(field["options"])
    if vocabulary == "provinces":
        values.sort(key=name_of)
    more = {"format_func": name_of, "placeholder": t("form.choose"), **_box(field)}
    if field["many"]:
        return st.multiselect(options=values, default=[value for value in held or [] if value in values], **more)
    return st.selectbox(options=values, index=values.index(held) if held in values else None, **more)


def _number(field: dict[str, Any], held: int | None, language: Language) -> int | None:
    box = _box(field)
    # Thai readers count years in the Buddhist era, the catalogue in the common one.
    era = BUDDHIST_ERA_OFFSET if field["filter"] == "year" and current() == "th" else 0
    if era:
        box["label"] = t("form.buddhist", field=box["label"])
    found = st.number_input(value=held + era if held is not None else None, min_value=0, step=1, **box)
    return int(found) - era if found is not None else None


def _date(field: dict[str, Any], held: str | None, language: Language) -> str | None:
    day = datetime.date.fromisoformat(held) if held else None
    last = datetime.date(datetime.date.today().year + 5, 12, 31)
    found = st.date_input(
        value=day, min_value=min(FIRST_DAY, day or FIRST_DAY), max_value=last, format="DD/MM/YYYY", **_box(field)
    )
    return found.isoformat() if isinstance(found, datetime.date) else None


def _yes_no(field: dict[str, Any], held: bool | None, language: Language) -> bool:
    return st.checkbox(value=bool(held), **_box(field))
