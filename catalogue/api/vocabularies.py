"""`/api/v1/themes`, `/provinces`, `/organisations`, `/fields`: the words that filters and forms use."""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from catalogue import fields, forms, vocabulary
from catalogue.api.parts import MAY_BE_DEGRADED, PartsDep, told
from catalogue.entries import KINDS

router = APIRouter(tags=["vocabularies"])


class Label(BaseModel):
    """A name in both languages."""

    th: str
    en: str


class Term(BaseModel):
    """One value of a vocabulary and how many published entries carry it."""

    id: str
    label: Label
    count: int
    description: Label | None = None
    icon: str | None = None
    region: Label | None = None
    aliases: list[str] = []


class Terms(BaseModel):
    """A vocabulary in its own order."""

    items: list[Term]


class FieldAbout(BaseModel):
    """What a field is called and means, and how a form asks for it. ``parts``: lists of values in a record."""

    name: str
    label: Label
    help: Label
    filter: str | None
    role: fields.Role | None
    term: str | None
    personal: bool
    required: bool
    needed_to_submit: bool
    input: fields.Input | None
    options: list[str]
    parts: dict[str, list[str]]
    many: bool


class Fields(BaseModel):
    """Fields by kind of entry: the data dictionary."""

    kinds: dict[str, list[FieldAbout]]


def _label(label: vocabulary.Label) -> Label:
    return Label(th=label.th, en=label.en)


def _counts(parts: PartsDep, response: Response, name: str) -> dict[str, int]:
    found = parts.engines.ask("facets", lambda reader: reader.open().facets({}, [name])[name])
    counts = told(found, response)
    return dict(counts)


@router.get("/themes", responses=MAY_BE_DEGRADED)
def themes(parts: PartsDep, response: Response) -> Terms:
    """All themes, with the number of published entries in each."""
    counts = _counts(parts, response, "theme")
    return Terms(
        items=[
            Term(
                id=t.id,
                label=_label(t.label),
                description=_label(t.description),
                icon=t.icon,
                count=counts.get(t.id, 0),
            )
            for t in parts.vocabulary.themes.values()
        ]
    )


@router.get("/provinces", responses=MAY_BE_DEGRADED)
def provinces(parts: PartsDep, response: Response) -> Terms:
    """All 77 provinces by ISO 3166-2:TH code, with the number of published entries in each."""
    counts = _counts(parts, response, "province")
    return Terms(
        items=[
            Term(
                id=p.code,
                label=_label(p.label),
                region=_label(p.region_label),
                aliases=list(p.aliases),
                count=counts.get(p.code, 0),
            )
            for p in parts.vocabulary.provinces.values()
        ]
    )


@router.get("/organisations", responses=MAY_BE_DEGRADED)
def organisations(parts: PartsDep, response: Response) -> Terms:
    """All known organisations with their other names, and the number of published entries that name each."""
    counts = _counts(parts, response, "organisation")
    return Terms(
        items=[
            Term(id=o.id, label=_label(o.label), aliases=list(o.aliases), count=counts.get(o.id, 0))
            for o in parts.vocabulary.organisations.values()
        ]
    )


@router.get("/fields")
def field_dictionary() -> Fields:
    """The data dictionary: every field of every kind of entry, in both languages."""
    return Fields(
        kinds={
            kind: [
                FieldAbout(**told, needed_to_submit=told["name"] in forms.REQUIRED.get(kind, ()))
                for told in fields.dictionary(model)
            ]
            for kind, model in KINDS.items()
        }
    )
