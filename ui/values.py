"""A field's value as people read it: names instead of codes, texts in their languages, what differs marked."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ui import dates
from ui.api_client import Text
from ui.language import current, known, other, readable, t
from ui.markup import escaped, lines
from ui.vocabularies import label_of

DAY = re.compile(r"\d{4}-\d\d-\d\d")
EMPTY: tuple[Any, ...] = (None, "", [], {})
FAMILIES = {"role": ("host", "role"), "solution_type": ("solution",)}  # of the strings; else the field's own name


def told(value: Any, field: str, marks: Mapping[str, Any] | None = None) -> str:
    """The value of ``field`` as HTML; ``marks``: [start, end) to mark in a text, by its language."""
    if value in EMPTY:
        return f"<em>{escaped(t('history.empty'))}</em>"
    if isinstance(value, Mapping):
        if readable(cast(Text, value)):
            texts = [(la, value[la]) for la in (current(), other(current())) if value.get(la)]
            return "".join(f'<p lang="{la}">{lines(words, (marks or {}).get(la, ()))}</p>' for la, words in texts)
        named = {name: part for name, part in value.items() if name != "origin" and part not in EMPTY}
        if "name" in named:
            named.pop("id", None)
        return "<br>".join(told(part, name) for name, part in named.items())
    if isinstance(value, list):
        return "<br>".join(told(part, field) for part in value)
    return escaped(_word(value, field))


def differing(value: Any, field: str, marks: Mapping[str, Any], others: Sequence[Any]) -> str:
    """The same beside what others say: marked is what only this value has."""
    if isinstance(value, Mapping) and readable(cast(Text, value)):
        return told(value, field, marks)
    if isinstance(value, list) and value:
        known_ones = [part for one in others if isinstance(one, list) for part in one]
        parts = ((told(part, field), part in known_ones) for part in value)
        return "<br>".join(words if same else f"<mark>{words}</mark>" for words, same in parts)
    return told(value, field) if value in EMPTY or value in others else f"<mark>{told(value, field)}</mark>"


def _word(value: Any, field: str) -> str:
    if isinstance(value, bool):
        return t("value.yes" if value else "value.no")
    if field in ("theme", "secondary_themes"):
        return label_of("themes", str(value))
    if field == "provinces":
        return label_of("provinces", str(value))
    if field == "year":
        return dates.year(value, current())
    if DAY.fullmatch(str(value)):
        return dates.day(value, current())
    families = FAMILIES.get(field, (field,))
    return next((word for family in families if (word := known(f"{family}.{value}", ""))), str(value))
