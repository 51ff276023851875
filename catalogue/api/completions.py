"""`/api/v1/completions`: what a person may be typing: titles of entries, themes and provinces."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from catalogue.api.parts import PartsDep
from catalogue.entries import LANGUAGES, Language
from catalogue.search.completions import begins_in, key
from catalogue.search.normalisation import language
from catalogue.vocabulary import Label, Vocabulary

router = APIRouter(tags=["search"])

Named = Literal["theme", "province"]
NAMED: tuple[Named, ...] = ("theme", "province")

LONGEST_TYPED = 100  # characters; who has typed more has said what they look for
INSIDE = 3  # rank of a label with a word that begins as typed: behind labels, other names and places that do
NAMES_AT_MOST = 2  # themes, and provinces: most people look for an entry


class Completion(BaseModel):
    """A title, a theme or a province in which a word begins with what was typed."""

    kind: Literal["pain_point", "proposal", "hackathon", "theme", "province"]
    id: str
    label: dict[Language, str]
    language: Language = Field(description="The language of `label` in which it was found.")
    name: str | None = Field(default=None, description="The other name that was found, as a place in the province.")


class Completions(BaseModel):
    """Themes and provinces, then entries: titles that begin with what was typed come first, then the newest."""

    items: list[Completion]


@router.get("/completions")
def completions(
    parts: PartsDep,
    q: Annotated[str, Query(max_length=LONGEST_TYPED, description="What was typed so far, in Thai or English.")],
    limit: Annotated[int, Query(ge=1, le=20, description="Items at most.")] = 8,
) -> Completions:
    """What begins as typed: published entries by title, themes and provinces by name."""
    typed = key(q)
    if not typed:
        return Completions(items=[])
    items = [one for kind in NAMED for one in _named(parts.vocabulary, kind, typed)][:limit]
    found = dict(parts.titles.now().find(typed, limit - len(items)) if len(items) < limit else ())
    cards, _ = parts.cards.of(list(found))  # from the store: what was withdrawn a moment ago is not among them
    for card in cards.values():
        told = {la: text for la in LANGUAGES if (text := card.title.get(la))}
        made = {"kind": card.kind, "id": card.id, "label": told, "language": found[card.id]}
        items.append(Completion.model_validate(made))
    return Completions(items=items)


def _named(vocabulary: Vocabulary, kind: Named, typed: str) -> list[Completion]:
    """The themes or provinces that go by a name as typed: those first that are called so, then those by other names,
    by places that begin so, and last those in whose own name a word does.
    """
    best: dict[str, tuple[int, Completion]] = {}
    for rank, one, text in _names(vocabulary, kind):
        if text.startswith(typed):
            found = (rank, one)
        elif one.name is None and begins_in(typed, text):
            found = (INSIDE, one)
        else:
            continue
        best[one.id] = min(best.get(one.id, found), found, key=_rank)
    return [one for _, one in sorted(best.values(), key=_rank)][:NAMES_AT_MOST]


@lru_cache
def _names(vocabulary: Vocabulary, kind: Named) -> list[tuple[int, Completion, str]]:
    """How near a name is to what it leads to (its label, another name, a place in it), that, and the name's key."""
    named: list[tuple[str, Label, Sequence[Sequence[str]]]]
    if kind == "theme":
        named = [(t.id, t.label, ()) for t in vocabulary.themes.values()]
    else:
        named = [(p.code, p.label, (p.aliases, p.places)) for p in vocabulary.provinces.values()]
    found = []
    for code, label, others in named:
        told: dict[Language, str] = {"th": label.th, "en": label.en}
        for rank, names in enumerate((tuple(told.values()), *others)):
            for text in names:
                name = None if text in told.values() else text
                made = Completion(kind=kind, id=code, label=told, language=language(text), name=name)
                found.append((rank, made, key(text)))
    return found


def _rank(found: tuple[int, Completion]) -> int:
    return found[0]
