"""The records of the catalogue: pain points, proposals, hackathons and organisations.

Each field carries its description once (fields.py). Bodies are immutable values; status, revision and history
belong to the store. Absent means "the source does not say". Pure. Tested by tests/test_entries.py.
"""

import datetime
import hashlib
import json
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, Optional, Self, Union

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, create_model, model_validator

from catalogue.errors import NO_NUL
from catalogue.fields import About

Language = Literal["th", "en"]
Origin = Literal["human", "machine"]
Kind = Literal["pain_point", "proposal", "hackathon", "organization"]
LANGUAGES: tuple[Language, ...] = ("th", "en")

# PP-2566-00042: the Buddhist year of first registration and a number that is never used again.
ID_PREFIX: dict[str, str] = {"pain_point": "PP", "proposal": "PR", "hackathon": "HK", "organization": "OG"}
ID_DIGITS: dict[str, int] = {"pain_point": 5, "proposal": 5, "hackathon": 3, "organization": 3}
ID_PATTERN = r"^(PP|PR)-2[5-9]\d\d-\d{5,}$|^(HK|OG)-2[5-9]\d\d-\d{3,}$"

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000, pattern=NO_NUL)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=NO_NUL)]
EntryId = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
ProvinceCode = Annotated[str, StringConstraints(pattern=r"^TH-\d\d$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Year = Annotated[int, Field(ge=1900, le=2200)]


class Value(BaseModel):
    """Base of all records: immutable, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Value):
    """Readable text in one or both languages, each with its origin."""

    th: Words | None = None
    en: Words | None = None
    origin: dict[Language, Origin] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _default_origin(cls, data: Any) -> Any:
        """Text that does not say where it comes from was written by a person."""
        if isinstance(data, dict):
            present = [language for language in LANGUAGES if data.get(language)]
            given = data.get("origin") or {}
            if isinstance(given, dict):
                return data | {"origin": {language: given.get(language, "human") for language in present}}
        return data

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.th is None and self.en is None:
            raise ValueError("A text needs Thai or English words. / ต้องมีข้อความภาษาไทยหรืออังกฤษ")
        return self

    def get(self, language: Language) -> str | None:
        """The words in this language, if any."""
        return self.th if language == "th" else self.en


class OrganizationRef(Value):
    """An organisation as the source names it, and the catalogue's organisation where the name is known."""

    name: Text
    id: EntryId | None = None

    @property
    def filter_value(self) -> str | None:
        """The organisation's id, by which entries are filtered."""
        return self.id


class Host(Value):
    """An organisation's part in a hackathon."""

    organization: OrganizationRef
    role: Literal["lead_host", "co_host", "sponsor", "problem_owner", "data_owner", "venue", "platform"]
    sector: Literal["public", "private", "academic", "civic", "international"] | None = None

    @property
    def filter_value(self) -> str | None:
        """The host's id, by which hackathons are filtered."""
        return self.organization.id


class Source(Value):
    """Where an entry comes from: a document, with its words, date and licence."""

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"\x00-\x1f\x7f]+$", max_length=2000)] | None = None
    title: Words | None = None
    quote: Words | None = None  # verbatim, names of private persons cut
    date: datetime.date | None = None
    license: Name
    attribution: Name | None = None


LinkRole = Literal["addresses", "partly"]


class Link(Value):
    """A proposal's claim to address a pain point."""

    pain_point: EntryId
    role: LinkRole
    reason: Text | None = None


class Entry(Value):
    """What every kind has. ``language`` is the language of the source."""

    id: Annotated[EntryId, About("รหัส", "Id", column=False, term="dct:identifier")]
    kind: Annotated[Kind, About("ประเภท", "Kind", facet="kind", column=False, term="dct:type")]
    language: Annotated[Language, About("ภาษาต้นฉบับ", "Language of the source", facet="language", term="dct:language")]
    external_id: Annotated[Name | None, About("รหัสของผู้ส่ง", "Sender's id", term="adms:identifier")] = None
    title: Annotated[Text, About("ชื่อเรื่อง", "Title", role="title", term="dct:title")]
    country: Annotated[
        Country | None, About("ประเทศ", "Country", "รหัสสองตัวอักษร เช่น TH", "Two letters, such as TH", term="dct:spatial")
    ] = None
    year: Annotated[Year | None, About("ปี", "Year", facet="year", term="dct:temporal")] = None
    source: Annotated[Source | None, About("แหล่งที่มา", "Source", column=False, term="dct:source")] = None
    sample: Annotated[bool, About("ข้อมูลตัวอย่าง", "Sample data", column=False)] = False


Theme = Annotated[
    Name | None,
    About(
        "หมวด",
        "Theme",
        "เลือกจากรายการหมวด",
        "One of the catalogue's themes",
        facet="theme",
        term="dcat:theme",
    ),
]
# Beside the main theme, which decides who reviews an entry: so one that has a single theme reads as ever.
FurtherThemes = Annotated[tuple[Name, ...], About("หมวดรอง", "Further themes", facet="theme", term="dcat:theme")]
Summary = Annotated[
    Text | None,
    About("สรุป", "Summary", "ไม่กี่ประโยค อ่านแล้วเข้าใจได้เอง", "A few sentences that read on their own", role="body"),
]
Provinces = Annotated[tuple[ProvinceCode, ...], About("จังหวัด", "Provinces", facet="province", term="dct:spatial")]
HackathonId = Annotated[EntryId | None, About("แฮกกาธอน", "Hackathon", input="hackathon", term="schema:isPartOf")]


class PainPoint(Entry):
    """A problem, stated once with its evidence."""

    kind: Annotated[Literal["pain_point"], About("ประเภท", "Kind", facet="kind", column=False, term="dct:type")] = (
        "pain_point"
    )
    statement: Annotated[
        Text,
        About(
            "ปัญหา",
            "Problem statement",
            "เกิดอะไร กับใคร ตั้งแต่เมื่อไร",
            "What happens, to whom, since when",
            role="body",
            term="dct:description",
        ),
    ]
    summary: Annotated[
        Text | None, About("สรุปในอีกภาษา", "Summary in the other language", role="body", term="dct:abstract")
    ] = None
    theme: Theme = None
    secondary_themes: FurtherThemes = ()
    affected: Annotated[Text | None, About("ผู้ได้รับผลกระทบ", "Who is affected", role="text", term="schema:audience")] = (
        None
    )
    provinces: Provinces = ()
    nationwide: Annotated[bool, About("ทั่วประเทศ", "Nationwide")] = False
    evidence: Annotated[
        Text | None, About("หลักฐาน", "Evidence", "ตัวเลขหรือข้อเท็จจริงจากแหล่งที่มา", "A measured fact", role="text")
    ] = None
    owners: Annotated[
        tuple[OrganizationRef, ...],
        About("เจ้าของปัญหา", "Problem owners", facet="organisation", term="schema:provider"),
    ] = ()
    reporters: Annotated[
        tuple[OrganizationRef, ...],
        About(
            "ผู้รายงาน",
            "Reported by",
            "ผู้เผยแพร่ข่าว ไม่ใช่เจ้าของปัญหา",
            "Published it; not an owner",
            facet="organisation",
        ),
    ] = ()
    lasting: Annotated[Literal["yes", "no", "unknown"], About("ยังคงเป็นปัญหา", "Still a problem")] = "unknown"
    hackathon: HackathonId = None
    date: Annotated[datetime.date | None, About("วันที่ของแหล่งที่มา", "Date of the source", term="dct:issued")] = None


class Proposal(Entry):
    """What a hackathon proposed, and the pain points it addresses."""

    kind: Annotated[Literal["proposal"], About("ประเภท", "Kind", facet="kind", column=False, term="dct:type")] = (
        "proposal"
    )
    summary: Summary = None
    problem: Annotated[Text | None, About("ปัญหาที่แก้", "The problem it addresses", role="body", term="schema:about")] = (
        None
    )
    theme: Theme = None
    solution_type: Annotated[
        Literal["policy", "process", "service", "app", "data", "hardware", "campaign", "research", "other"] | None,
        About("รูปแบบ", "Kind of solution"),
    ] = None
    provinces: Provinces = ()
    award: Annotated[Text | None, About("รางวัล", "Award", role="text", term="schema:award")] = None
    hackathon: HackathonId = None
    pain_points: Annotated[
        tuple[Link, ...], About("ปัญหาในคลัง", "Pain points in the catalogue", term="schema:about")
    ] = ()


class Hackathon(Entry):
    """An event: who held it, when, where, on what."""

    kind: Annotated[Literal["hackathon"], About("ประเภท", "Kind", facet="kind", column=False, term="dct:type")] = (
        "hackathon"
    )
    edition: Annotated[Text | None, About("ครั้งที่", "Edition", role="text")] = None
    summary: Summary = None
    theme: Theme = None
    secondary_themes: FurtherThemes = ()
    provinces: Provinces = ()
    venue: Annotated[
        Text | None,
        About(
            "สถานที่จัด",
            "Venue",
            "ชื่ออาคารหรือสถานที่ หรือ ออนไลน์",
            "The building or place, or: online",
            term="schema:location",
        ),
    ] = None
    start_date: Annotated[datetime.date | None, About("วันเริ่ม", "First day", term="schema:startDate")] = None
    end_date: Annotated[datetime.date | None, About("วันสุดท้าย", "Last day", term="schema:endDate")] = None
    date_note: Annotated[Text | None, About("หมายเหตุวันที่", "Note on the dates")] = None
    hosts: Annotated[tuple[Host, ...], About("ผู้จัด", "Hosts", facet="organisation", term="schema:organizer")] = ()
    topics: Annotated[tuple[Text, ...], About("โจทย์", "Topics", role="body", term="schema:about")] = ()
    participants: Annotated[int | None, Field(ge=0), About("ผู้เข้าร่วม (คน)", "Participants (people)")] = None
    submissions: Annotated[int | None, Field(ge=0), About("ผลงานที่ส่ง", "Submissions")] = None
    teams: Annotated[int | None, Field(ge=0), About("ทีม", "Teams")] = None
    note: Annotated[Text | None, About("หมายเหตุ", "Note", role="text")] = None
    plan_date: Annotated[datetime.date | None, About("วันเริ่มแผน", "Plan date")] = None
    phases: Annotated[tuple[Text, ...], About("ระยะของแผน", "Phases of the plan")] = ()
    follow_up_every_months: Annotated[
        int | None, Field(ge=1, le=60), About("ติดตามทุกกี่เดือน", "Follow-up, every n months")
    ] = None


class Organization(Entry):
    """An organisation with the other names under which sources know it."""

    kind: Annotated[Literal["organization"], About("ประเภท", "Kind", facet="kind", column=False, term="dct:type")] = (
        "organization"
    )
    aliases: Annotated[tuple[Name, ...], About("ชื่ออื่น", "Other names", term="skos:altLabel")] = ()
    sector: Annotated[Name | None, About("ภาคส่วน", "Sector")] = None
    classification: Annotated[Name | None, About("ประเภทหน่วยงาน", "Classification")] = None


KINDS: dict[str, type[Entry]] = {
    "pain_point": PainPoint,
    "proposal": Proposal,
    "hackathon": Hackathon,
    "organization": Organization,
}
AnyEntry = Annotated[PainPoint | Proposal | Hackathon | Organization, Field(discriminator="kind")]
ENTRY: TypeAdapter[PainPoint | Proposal | Hackathon | Organization] = TypeAdapter(AnyEntry)


def _so_far(model: type[Value], **other: Any) -> type[Value]:
    """The model of what somebody has written so far: no field is required but those that the catalogue fills in."""
    told: dict[str, Any] = {
        name: (Annotated[(Optional[field.annotation], *field.metadata)], None)  # noqa: UP045 - made here
        for name, field in model.model_fields.items()
        if field.is_required() and name not in ("id", "language")
    }
    return create_model(f"{model.__name__}Draft", __base__=model, __doc__=model.__doc__, **(told | other))


def _draft(model: type[Entry]) -> type[Value]:
    source = model.model_fields["source"]
    return _so_far(model, source=(Annotated[(_so_far(Source) | None, *source.metadata)], None))


_ANY_DRAFT: Any = Annotated[Union[tuple(map(_draft, KINDS.values()))], Field(discriminator="kind")]  # noqa: UP007
_DRAFT: TypeAdapter[Entry] = TypeAdapter(_ANY_DRAFT)


def parse(body: dict[str, Any]) -> PainPoint | Proposal | Hackathon | Organization:
    """Read an entry from its JSON body; raises pydantic's ``ValidationError``."""
    return ENTRY.validate_python(body, strict=False)


def parse_draft(body: dict[str, Any]) -> Entry:
    """Read what somebody has written so far: any field may be missing; those that are there must be right.

    Raises pydantic's ``ValidationError``, whose places are those of :func:`parse`.
    """
    return _DRAFT.validate_python(body, strict=False)


def body_of(entry: Entry) -> dict[str, Any]:
    """The entry as JSON values, what the source does not say left out."""
    return entry.model_dump(mode="json", exclude_none=True, exclude_defaults=False)


def content_hash(entry: Entry) -> str:
    """sha256 (hex) of everything that a reader could see change; equal content gives equal hashes."""
    canonical = json.dumps(body_of(entry), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def known_organisations(entry: Entry, organisation_id: Callable[[str], str | None]) -> Entry:
    """The entry with the organisations that it names looked up by their names, which all have to be those of one.

    An id that whoever writes the entry gives beside a name counts for nothing: an organisation of another name would
    pass for one that has agreed (hosting.py).
    """

    def known(ref: OrganizationRef) -> OrganizationRef:
        found = {organisation_id(name) for name in (ref.name.th, ref.name.en) if name}
        return ref.model_copy(update={"id": found.pop() if len(found) == 1 else None})

    changes: dict[str, Any] = {}
    for name in type(entry).model_fields:
        value = getattr(entry, name)
        if isinstance(value, tuple) and value and isinstance(value[0], OrganizationRef):
            changes[name] = tuple(map(known, value))
        elif isinstance(value, tuple) and value and isinstance(value[0], Host):
            changes[name] = tuple(h.model_copy(update={"organization": known(h.organization)}) for h in value)
    return entry.model_copy(update=changes) if changes else entry


def public_id(kind: str, buddhist_year: int, number: int) -> str:
    """``PP-2566-00042`` for the 42nd pain point first registered in 2566."""
    return f"{ID_PREFIX[kind]}-{buddhist_year}-{number:0{ID_DIGITS[kind]}d}"


def parse_id(entry_id: str) -> tuple[str, int, int] | None:
    """``(kind, Buddhist year, number)`` of a well-formed public id, else None."""
    if not re.fullmatch(ID_PATTERN, entry_id):
        return None
    prefix, year, number = entry_id.split("-")
    kind = next(kind for kind, known in ID_PREFIX.items() if known == prefix)
    return kind, int(year), int(number)
