"""`/api/v1/search`: one list of pain points, proposals and hackathons for a question in Thai or English."""

import time
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from catalogue.api.parts import MAY_BE_DEGRADED, Parts, PartsDep, degradation
from catalogue.api.summaries import Card, Summary
from catalogue.api.vocabularies import Label
from catalogue.curation import LABELS, PublicStatus, Status
from catalogue.entries import LANGUAGES, EntryId, Language, ProvinceCode, Text, Year
from catalogue.errors import InvalidParameter
from catalogue.languages import BUDDHIST_OFFSET
from catalogue.search.document import SEARCHED_KINDS
from catalogue.search.fallback import Answer
from catalogue.search.query import SearchQuery
from catalogue.search.retrieve import Hit, SearchResult, retrieve
from catalogue.search.snippet import Spans, highlights, snippet
from catalogue.search.suggestions import Reason
from catalogue.vocabulary import Vocabulary

router = APIRouter(tags=["search"])

LONGEST_QUERY = 500  # characters; the longest pain point title of the sample has 190
MOST_VALUES = 20  # per filter
DEEPEST_OFFSET = 10_000
FACETS = ("kind", "theme", "province", "language", "organisation", "year", "status")

# Names of the values that no vocabulary file holds.
KIND_LABELS: dict[str, Label] = {
    "pain_point": Label(th="ปัญหา", en="Pain point"),
    "proposal": Label(th="ข้อเสนอ", en="Proposal"),
    "hackathon": Label(th="แฮกกาธอน", en="Hackathon"),
}
DEGRADED_NOTICE = Label(
    th="เครื่องมือค้นหาหลักไม่ตอบสนอง ตอนนี้ใช้เครื่องมือสำรองแทน การเปลี่ยนแปลงล่าสุดอาจยังไม่ปรากฏ",
    en="The main search engine does not answer; a reserve answers meanwhile. The newest changes may be missing.",
)
LANGUAGE_LABELS = {"th": Label(th="ไทย", en="Thai"), "en": Label(th="อังกฤษ", en="English")}

SearchedKind = Literal["pain_point", "proposal", "hackathon"]
assert get_args(SearchedKind) == SEARCHED_KINDS
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$", max_length=60)]


def _many(description: str) -> Any:
    return Field(default_factory=list, max_length=MOST_VALUES, description=f"{description} Repeat for any of several.")


class SearchParams(BaseModel):
    """What can be asked. Filters of different names must all hold."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field("", max_length=LONGEST_QUERY, description="Question in Thai or English; empty lists the newest.")
    kind: list[SearchedKind] = _many("Kind of entry.")
    theme: list[Slug] = _many("Theme id, see /api/v1/themes.")
    province: list[ProvinceCode] = _many("ISO 3166-2:TH code, see /api/v1/provinces.")
    language: list[Language] = _many("Language of the entry's source.")
    organisation: list[EntryId] = _many("Organisation id, see /api/v1/organisations.")
    year: list[Year] = _many("Year, Common Era.")
    status: list[PublicStatus] = _many("Status of the entry.")
    limit: int = Field(10, ge=1, le=100, description="Entries per page.")
    offset: int = Field(0, ge=0, le=DEEPEST_OFFSET, description="Entries to skip.")
    explain: bool = Field(False, description="Give the scores of every hit.")


class Meant(BaseModel):
    """Another question that may have been meant: typed on the other keyboard layout, or misspelt."""

    text: str
    reason: Reason


class Place(BaseModel):
    """A province that the question names, as it was typed or meant, and the words that name it."""

    code: ProvinceCode
    label: Label
    text: str


class Asked(BaseModel):
    """The question as it was understood; `terms` and `language` are of what the hits answer."""

    text: str
    language: Language | None
    terms: list[str]
    did_you_mean: list[Meant] = Field(
        default_factory=list,
        description="What to ask instead, where little was found. It counts beside `text` as other names do.",
    )
    answered: str | None = Field(
        None, description="What the hits answer instead, where nothing answers `text`: the one in `did_you_mean`."
    )
    places: list[Place] = Field(
        default_factory=list, description="Provinces to filter by, where no `province` is chosen yet; not filtered by."
    )


class Total(BaseModel):
    """How many entries answer; ``gte``: at least so many."""

    value: int
    relation: Literal["eq", "gte"]


class Highlights(BaseModel):
    """(start, end) character offsets of the question's terms, by language of the text."""

    title: dict[Language, list[tuple[int, int]]]
    snippet: dict[Language, list[tuple[int, int]]]


class Why(BaseModel):
    """Why an entry is listed: it says these terms, means something near, or both; ``newest``: nothing was asked."""

    by: Literal["terms", "meaning", "both", "newest"]
    terms: list[str]
    otherwise: list[str] = Field(default_factory=list, description="Other names for what was asked that it uses.")
    highlights: Highlights


class Scores(BaseModel):
    """What the order was made of. Compare only within one answer."""

    score: float
    meaning: float = Field(description="Cosine of question and entry, centred per language, -1 to 1.")
    refined: float = Field(description="The same after feedback: with the question as its best answers make it.")
    terms: float = Field(description="Share of the question's information in the entry's words, 0 to 1.")


class SearchHit(BaseModel):
    """One entry of the page."""

    rank: int
    entry: Card
    snippet: Text | None = Field(description="Of the entry's body, where it says most of what was asked.")
    why: Why
    scores: Scores | None


class FacetValue(BaseModel):
    """A filter's value, its name, and how many entries of the result carry it."""

    value: str
    label: Label
    count: int


class SearchedIndex(BaseModel):
    """The index that was asked, its engine, and how many events it is behind the store."""

    engine: str
    name: str
    fingerprint: str
    revision: int
    lag: int


class Timings(BaseModel):
    """Milliseconds spent on the parts of the answer."""

    embedding: float
    engine: float
    page: float


class SearchAnswer(BaseModel):
    """One page of entries in one order for both languages, with counts to filter by."""

    query: Asked
    total: Total
    limit: int
    offset: int
    nothing_close: bool = Field(description="Is nothing close to the question? Hits are merely the nearest then.")
    hits: list[SearchHit]
    facets: dict[str, list[FacetValue]]
    index: SearchedIndex
    degraded: bool = Field(False, description="Did another engine than the usual one answer? `notice` says so.")
    notice: Label | None = None
    timings_ms: Timings


@router.get("/search", response_model=SearchAnswer, responses=MAY_BE_DEGRADED)
def search(params: Annotated[SearchParams, Query()], parts: PartsDep) -> Response:
    """Find entries by meaning and words, in both languages; without a question, the newest first."""
    # Written by pydantic itself: passing through the framework's encoder takes as long as the search.
    found = find(params, parts)
    return Response(page(params, parts, found).model_dump_json(), 200, degradation(found), "application/json")


def find(params: SearchParams, parts: Parts) -> Answer[SearchResult]:
    """What the engines say."""
    filters = {name: frozenset(map(str, v)) for name in FACETS if (v := getattr(params, name))}
    _refuse_unknown(parts, filters)
    asked = SearchQuery(params.q, filters, params.limit, params.offset, FACETS)
    return parts.engines.ask(
        "search" if params.q.strip() else "browse", lambda reader: retrieve(reader, parts.queries, asked)
    )


def page(params: SearchParams, parts: Parts, found: Answer[SearchResult]) -> SearchAnswer:
    """The page that was asked for."""
    result = found.value
    started = time.perf_counter()
    cards, revision = parts.cards.of([hit.id for hit in result.hits])
    asked = len(result.query.tokens) if result.query else 0
    meant = [other.text for other in result.suggestions if result.total.value]  # offered only, where nothing is shown
    hits = [
        _hit(parts.analyser.spans, hit, params.offset + place, cards[hit.id], asked, params.explain)
        for place, hit in enumerate(result.hits, 1)
        if hit.id in cards
    ]
    return SearchAnswer(
        query=Asked(
            text=params.q,
            language=result.query.language if result.query else None,
            terms=list(result.query.tokens) if result.query else [],
            did_you_mean=[Meant(text=other.text, reason=other.reason) for other in result.suggestions],
            answered=result.query.text if result.query and result.instead else None,
            places=[] if params.province else _places(parts, [params.q, *meant]),
        ),
        total=Total(value=result.total.value, relation=result.total.relation),
        limit=params.limit,
        offset=params.offset,
        nothing_close=not result.close,
        hits=hits,
        facets={name: [_facet_value(parts, name, *v) for v in result.facets.get(name, ())] for name in FACETS},
        index=SearchedIndex(
            engine=found.engine,
            name=result.index.name,
            fingerprint=result.index.fingerprint,
            revision=result.index.revision,
            lag=max(0, revision - result.index.revision),
        ),
        degraded=found.degraded,
        notice=DEGRADED_NOTICE if found.degraded else None,
        timings_ms=Timings(
            embedding=round(result.embedding_ms, 2),
            engine=round(result.engine_ms, 2),
            page=round((time.perf_counter() - started) * 1000, 2),
        ),
    )


def _places(parts: Parts, texts: Iterable[str]) -> list[Place]:
    """The provinces that these texts name, each once."""
    found: dict[str, Place] = {}
    for place in chain.from_iterable(map(parts.queries.places, texts)):
        label = _label(parts.vocabulary, "province", place.code)
        found.setdefault(place.code, Place(code=place.code, label=label, text=place.text))
    return list(found.values())


def _refuse_unknown(parts: Parts, filters: dict[str, frozenset[str]]) -> None:
    known = {
        "theme": parts.vocabulary.themes.keys(),
        "province": parts.vocabulary.provinces.keys(),
        "organisation": parts.vocabulary.organisations.keys(),
    }
    for name, vocabulary in known.items():
        if unknown := sorted(filters.get(name, frozenset()) - vocabulary):
            where = f"/api/v1/{name}s"
            raise InvalidParameter(
                f"`{name}` has {len(unknown)} value(s) that do not exist. {where} lists the known ones.",
                f"`{name}` มีค่าที่ไม่มีอยู่ {len(unknown)} ค่า ดูค่าที่ใช้ได้ที่ {where}",
                errors=[
                    {"parameter": name, "detail": f"Not in {where}.", "detail_th": f"ไม่มีใน {where}"} for _ in unknown
                ],
            )


def _hit(spans: Spans, hit: Hit, rank: int, card: Summary, asked: int, explain: bool) -> SearchHit:
    terms = frozenset(hit.terms)
    title = {la: highlights(spans, text, terms) for la, text in _texts(card.title)}
    cut = {
        la: snippet(spans, text, terms, cosines=hit.excerpts.get(la, ()), asked=max(1, asked))
        for la, text in _texts(card.summary)
    }
    scores = None
    numbers = {"score": hit.score, "meaning": hit.meaning, "refined": hit.refined, "terms": hit.words}
    if explain and hit.score is not None:
        scores = Scores(**{name: round(number, 4) for name, number in numbers.items() if number is not None})
    return SearchHit(
        rank=rank,
        entry=card,
        snippet=_snippet(card, {la: text for la, (text, _) in cut.items()}),
        why=Why(
            by=hit.by,
            terms=list(hit.terms),
            otherwise=list(hit.otherwise),
            highlights=Highlights(title=title, snippet={la: marks for la, (_, marks) in cut.items() if marks}),
        ),
        scores=scores,
    )


def _snippet(card: Summary, words: dict[Language, str]) -> Text | None:
    """Built without looking: what is cut out of a text may begin with a blank, and offsets count it."""
    if not card.summary:
        return None
    return Text.model_construct(th=words.get("th"), en=words.get("en"), origin=card.summary.origin)


def _texts(text: Text | None) -> list[tuple[Language, str]]:
    return [(la, words) for la in LANGUAGES if text and (words := text.get(la))]


def _facet_value(parts: Parts, name: str, value: str, count: int) -> FacetValue:
    return FacetValue(value=value, label=_label(parts.vocabulary, name, value), count=count)


@lru_cache(4096)  # about seventy in every answer
def _label(vocabulary: Vocabulary, name: str, value: str) -> Label:
    if name == "kind":
        return KIND_LABELS[value]
    if name == "language":
        return LANGUAGE_LABELS[value]
    if name == "status":
        return Label(**LABELS[Status(value)])
    if name == "year":
        return Label(th=str(int(value) + BUDDHIST_OFFSET), en=value)
    known = vocabulary.label(name, value)
    return Label(th=known.th, en=known.en)
