"""What people read of an entry who do not work on it: nothing of entries that they could not read themselves."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from catalogue.api.summaries import public
from catalogue.history import Step
from catalogue.imports import CONTENT
from catalogue.review import referred
from catalogue.store.reading import Readings

REFERENCES = ("pain_points", "hackathon")
"""The fields that refer to other entries."""


def shown(store: Readings, bodies: Iterable[Mapping[str, Any]]) -> set[str]:
    """Of the entries to which these bodies refer, those that are published, or lead to one that is."""
    leads = store.resolved({entry_id for body in bodies for entry_id in referred(body)})
    known = public(store, sorted(set(leads.values())))
    return {entry_id for entry_id, last in leads.items() if last in known}


def told(body: Mapping[str, Any], seen: Collection[str]) -> dict[str, Any]:
    """The body without what it says of entries that are not ``seen``, and without an id that was made of a row's cells:
    with that, guesses at them could be tried.
    """
    kept = {name: _of_seen(name, value, seen) for name, value in body.items()}
    if _of_cells(body.get("external_id")):
        del kept["external_id"]
    return {name: value for name, value in kept.items() if value is not None}


def told_steps(store: Readings, steps: Sequence[Step]) -> list[Step]:
    """The same for the changes in a history; those that told of nothing else are left out."""
    values = [{one.field: value} for step in steps for one in step.changes for value in (one.before, one.after)]
    seen = shown(store, values)
    found = []
    for step in steps:
        changes = (
            replace(
                one,
                before=_of_seen(one.field, one.before, seen) or None,
                after=_of_seen(one.field, one.after, seen) or None,
            )
            if one.field in REFERENCES
            else one
            for one in step.changes
        )
        kept = (one for one in changes if one.before != one.after and not _of_cells(one.before, one.after))
        found.append(replace(step, changes=tuple(kept)))
    return found


def _of_cells(*values: Any) -> bool:
    return any(str(value).startswith(CONTENT) for value in values)


def _of_seen(name: str, value: Any, seen: Collection[str]) -> Any:
    if name == "pain_points":
        return [claim for claim in value or () if claim["pain_point"] in seen]
    return value if name != "hackathon" or value in seen else None
