"""What is said once about a field, and everything that is read from it.

A field of an entry (entries.py) carries an :class:`About`. Labels, workbook columns, the index mapping, facets,
what is embedded, the JSON Schema's extras and the data dictionary are derived here, so that a new field is one
declaration. Pure. Tested by tests/test_fields.py, which adds a field and finds it in all of them.
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import EllipsisType, NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

Role = Literal["title", "body", "text"]
"""title and body are embedded (in the entry's own language) and searched by word; text is searched by word only."""

Input = Literal[
    "text", "line", "number", "date", "yes_no", "choice", "hackathon", "organisation", "host", "link", "source"
]
"""How a form asks for a field; ``text`` is words in both languages, those from ``hackathon`` on are ids and records."""
_INPUTS: dict[Any, Input] = {str: "line", int: "number", bool: "yes_no", datetime.date: "date"}
_RECORDS: dict[str, Input] = {
    "Text": "text",
    "OrganizationRef": "organisation",
    "Host": "host",
    "Link": "link",
    "Source": "source",
}


@dataclass(frozen=True)
class About:
    """What people and machines need to know about one field."""

    th: str
    en: str
    help_th: str = ""
    help_en: str = ""
    role: Role | None = None
    facet: str | None = None  # name of the filter that this field feeds; several fields may feed one
    column: bool = True  # offered in the workbook
    input: Input | None = None  # where the type does not say how a form asks for it
    personal: bool = False  # may hold personal data: never indexed, never exported
    term: str | None = None  # DCAT, Dublin Core or schema.org term


@cache
def about(model: type[BaseModel]) -> Mapping[str, About]:
    """Map each described field of a model to its description, in declaration order."""
    found: dict[str, About] = {}
    for name, field in model.model_fields.items():
        for item in field.metadata:
            if isinstance(item, About):
                found[name] = item
    return found


def facets(entry: BaseModel) -> dict[str, tuple[str, ...]]:
    """Filter values of one entry by filter name, each value once, in declaration order."""
    values: dict[str, dict[str, None]] = {}
    for name, described in about(type(entry)).items():
        if described.facet and not described.personal:
            values.setdefault(described.facet, {}).update(dict.fromkeys(_leaves(getattr(entry, name))))
    return {facet: tuple(found) for facet, found in values.items()}


def facet_names(models: tuple[type[BaseModel], ...]) -> tuple[str, ...]:
    """Names of all filters that the models' fields feed, in order of first declaration."""
    return tuple(dict.fromkeys(d.facet for m in models for d in about(m).values() if d.facet))


def texts(entry: BaseModel, *roles: Role) -> Iterator[tuple[str, Any]]:
    """Yield ``(field name, value)`` of the non-empty fields that have one of the roles, in declaration order."""
    for name in _played(type(entry), roles):
        if value := getattr(entry, name):
            yield name, value


@cache
def _played(model: type[BaseModel], roles: tuple[Role, ...]) -> tuple[str, ...]:
    """Names of the fields that have one of the roles, in declaration order."""
    return tuple(name for name, d in about(model).items() if d.role in roles and not d.personal)


def columns(model: type[BaseModel]) -> list[dict[str, Any]]:
    """Workbook columns of a model: one per field, one per language where the field is a text in two.

    A required text may stand in either language: ``required_in_a_language``.
    """
    found = []
    for name, described in about(model).items():
        if not described.column:
            continue
        field = model.model_fields[name]
        languages = ("th", "en") if _is_text(field.annotation) else (None,)
        for language in languages:
            suffix_th, suffix_en = {
                "th": (" (ไทย)", " (Thai)"),
                "en": (" (อังกฤษ)", " (English)"),
                None: ("", ""),
            }[language]
            found.append(
                {
                    "key": name if language is None else f"{name}.{language}",
                    "header": {"th": described.th + suffix_th, "en": described.en + suffix_en},
                    "help": {"th": described.help_th, "en": described.help_en},
                    "required": field.is_required() and language is None,
                    "required_in_a_language": field.is_required() and language is not None,
                    "many": _is_many(field.annotation),
                }
            )
    return found


def index_mapping(models: Mapping[str, type[BaseModel]]) -> dict[str, Any]:
    """What an index holds, in our words: per kind the fields by role, and the filters they feed."""
    return {
        "filters": list(facet_names(tuple(models.values()))),
        "kinds": {
            kind: {
                name: {"role": d.role, "filter": d.facet}
                for name, d in about(model).items()
                if (d.role or d.facet) and not d.personal
            }
            for kind, model in models.items()
        },
    }


def dictionary(model: type[BaseModel]) -> list[dict[str, Any]]:
    """Data dictionary of a model: what each field is called, means and maps to."""
    return [
        {
            "name": name,
            "label": {"th": d.th, "en": d.en},
            "help": {"th": d.help_th, "en": d.help_en},
            "filter": d.facet,
            "role": d.role,
            "term": d.term,
            "personal": d.personal,
            "required": model.model_fields[name].is_required(),
            **_asked(model.model_fields[name].annotation, d.input),
        }
        for name, d in about(model).items()
    ]


def _leaves(value: Any) -> Iterator[str]:
    """Flatten a field's value to filter values: lists, numbers, and models that name their own ``filter_value``."""
    if value is None:
        return
    if isinstance(value, tuple | list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, BaseModel):
        yield from _leaves(value.filter_value)  # type: ignore[attr-defined]  # only such models are given a facet
    else:
        yield str(value)


def _asked(annotation: Any, said: Input | None) -> dict[str, Any]:
    """How a form asks for a value of this type; ``parts``: the values of a record's parts that have a list of them."""
    kind = _one(annotation)
    found = said or _RECORDS.get(getattr(kind, "__name__", "")) or _INPUTS.get(kind)
    options = _options(kind)
    fields = kind.model_fields if found in ("host", "link") else {}
    parts = {name: _options(_one(field.annotation)) for name, field in fields.items()}
    return {
        "input": "choice" if options else found,
        "options": options,
        "parts": {name: values for name, values in parts.items() if values},
        "many": _is_many(annotation),
    }


def _options(kind: Any) -> list[str]:
    """The values of a type that lists them."""
    return list(get_args(kind)) if get_origin(kind) is Literal else []


def _one(annotation: Any) -> Any:
    """The type of one value: without None, the tuple around it, and what else is said about it."""
    if get_origin(annotation) in (None, Literal):
        return annotation
    return _one(next(a for a in get_args(annotation) if a not in (NoneType, EllipsisType, ...)))


def _is_text(annotation: Any) -> bool:
    names = {getattr(a, "__name__", "") for a in (annotation, *get_args(annotation))}
    return "Text" in names and not _is_many(annotation)


def _is_many(annotation: Any) -> bool:
    return any(getattr(a, "__origin__", a) is tuple for a in (annotation, *get_args(annotation)))
