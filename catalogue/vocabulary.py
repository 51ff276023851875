"""Themes, provinces and organisations: reviewed data with labels in both languages, and finding them by any name.

The data lie in schemas/*.yaml and are read once, by ``read_vocabulary``; everything else here is pure.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

PROVINCE_PREFIX = re.compile(r"^(?:จังหวัด|จ\.|จ\s|changwat\s)\s*", re.IGNORECASE)
PROVINCE_SUFFIX = re.compile(r"\s+(?:province|จังหวัด)$", re.IGNORECASE)
BRACKETED = re.compile(r"\s*\([^()]*\)\s*$")
# "กรมอนามัย กระทรวงสาธารณสุข": the ministry after a space says where a department belongs, not what it is.
OF_MINISTRY = re.compile(r"\s+กระทรวง\S.*$")


@dataclass(frozen=True)
class Label:
    """What people read, in both languages."""

    th: str
    en: str


@dataclass(frozen=True)
class Theme:
    """What a pain point or proposal is about."""

    id: str
    label: Label
    description: Label
    icon: str  # name of a Material Symbol


@dataclass(frozen=True)
class Province:
    """One of the 77 provinces; ``code`` is its ISO 3166-2 code."""

    code: str
    label: Label
    region: str
    region_label: Label
    abbreviation: str  # the official two Thai letters
    aliases: tuple[str, ...]  # other names of the province
    places: tuple[str, ...]  # well-known places that lie in it


@dataclass(frozen=True)
class Organisation:
    """An organisation with the other names under which sources know it."""

    id: str
    label: Label
    aliases: tuple[str, ...]
    sector: str
    classification: str
    classification_label: Label
    country: str


class Vocabulary:
    """Themes, provinces and organisations in the order of their files.

    The mappings serve ids that we know to be right; the methods take what people and sources write and
    return ``None`` for what no name or alias matches.
    """

    def __init__(
        self, themes: Iterable[Theme], provinces: Iterable[Province], organisations: Iterable[Organisation]
    ) -> None:
        self.themes: Mapping[str, Theme] = _unique((t.id, t) for t in themes)
        self.provinces: Mapping[str, Province] = _unique((p.code, p) for p in provinces)
        self.organisations: Mapping[str, Organisation] = _unique((o.id, o) for o in organisations)
        self._codes = _index((p.code, _province_names(p)) for p in self.provinces.values())
        self._organisation_ids = _index(
            (o.id, (o.label.th, o.label.en, *o.aliases)) for o in self.organisations.values()
        )

    def theme(self, id: str) -> Theme | None:
        """The theme with this id."""
        return self.themes.get(id)

    def province(self, code: str) -> Province | None:
        """The province with this ISO 3166-2 code."""
        return self.provinces.get(code)

    def organisation(self, id: str) -> Organisation | None:
        """The organisation with this id."""
        return self.organisations.get(id)

    def province_code(self, name: str) -> str | None:
        """ISO 3166-2 code of the province that goes by this name, abbreviation or well-known place."""
        bare = PROVINCE_SUFFIX.sub("", PROVINCE_PREFIX.sub("", name.strip()))
        return self._codes.get(name_key(bare))

    def organisation_id(self, name: str) -> str | None:
        """Id of the organisation that goes by this name; "(…)" and a ministry at its end may be left out."""
        for tried in (name, BRACKETED.sub("", name), OF_MINISTRY.sub("", name)):
            if found := self._organisation_ids.get(name_key(tried)):
                return found
        return None

    def organisations_in(self, text: str) -> tuple[tuple[str, str | None], ...]:
        """Names and ids of the organisations that a source lists in one text.

        ";" always parts names. A space, "และ" or "and" part them only where all the parts are known, because
        names contain them too (กรมโยธาธิการและผังเมือง).
        """
        found: list[tuple[str, str | None]] = []
        for name in filter(None, (part.strip() for part in text.split(";"))):
            whole = self.organisation_id(name)
            found.extend(((name, whole),) if whole else self._known_parts(name) or ((name, None),))
        return tuple(dict.fromkeys(found))

    def label(self, filter_name: str, value: str) -> Label:
        """Label of a filter's value: of a theme, a province or an organisation; the value itself elsewhere."""
        tables: dict[str, Mapping[str, Theme | Province | Organisation]] = {
            "theme": self.themes,
            "province": self.provinces,
            "organisation": self.organisations,
        }
        known = tables.get(filter_name, {})
        return known[value].label if value in known else Label(value, value)

    def _known_parts(self, text: str) -> tuple[tuple[str, str | None], ...]:
        words = text.split()
        if not words:
            return ()
        for end in range(len(words), 0, -1):
            name = re.sub(r"^(?:และ|and\s)\s*", "", " ".join(words[:end])).rstrip(",")
            if not (id := self.organisation_id(name)):
                continue
            rest = self._known_parts(" ".join(words[end:]))
            if rest or end == len(words):
                return ((name, id), *rest)
        return ()


def name_key(name: str) -> str:
    """Fold a name for comparison: no spaces, dots, hyphens, ฯ or letter case; "&" is "and", ๑ is 1."""
    composed = unicodedata.normalize("NFC", name).replace("\u0e4d\u0e32", "\u0e33")  # ํ + า typed for ำ
    words = composed.casefold().strip().replace("&", "and")
    if words.startswith("the"):
        words = re.sub(r"^the\s+", "", words)
    return words.translate(_KEPT)


class _Kept(dict[int, int | None]):
    """Letters, digits and marks by code point, each looked at once: an import folds every title of the catalogue."""

    def __missing__(self, point: int) -> int | None:
        letter = chr(point)
        kept = letter != "ฯ" and (letter.isalnum() or unicodedata.category(letter).startswith("M"))
        same = ord(str(unicodedata.decimal(letter))) if letter.isdecimal() else point
        self[point] = same if kept else None
        return self[point]


_KEPT = _Kept()


def parse_vocabulary(themes: Any, provinces: Any, organisations: Any) -> Vocabulary:
    """Build the vocabulary from the parsed content of the three files."""
    return Vocabulary(
        (Theme(t["id"], Label(**t["label"]), Label(**t["description"]), t["icon"]) for t in themes["themes"]),
        (
            Province(
                code=p["code"],
                label=Label(**p["label"]),
                region=p["region"],
                region_label=Label(**provinces["regions"][p["region"]]),
                abbreviation=p["abbreviation"],
                aliases=tuple(p.get("aliases", ())),
                places=tuple(p.get("places", ())),
            )
            for p in provinces["provinces"]
        ),
        (
            Organisation(
                id=o["id"],
                label=Label(**o["label"]),
                aliases=tuple(o.get("aliases", ())),
                sector=o["sector"],
                classification=o["classification"],
                classification_label=Label(**organisations["classifications"][o["classification"]]),
                country=o.get("country", "TH"),
            )
            for o in organisations["organisations"]
        ),
    )


@lru_cache(maxsize=4)  # the API and the search want it, and it takes a tenth of a second
def read_vocabulary(folder: Path) -> Vocabulary:
    """Read themes.yaml, provinces.yaml and organisations.yaml from a folder."""
    import yaml

    # The C parser, which every wheel has, reads the files ten times faster.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return parse_vocabulary(
        *(
            yaml.load((folder / f"{name}.yaml").read_text(encoding="utf-8"), Loader=loader)
            for name in ("themes", "provinces", "organisations")
        )
    )


def read_reasons(folder: Path) -> dict[str, Label]:
    """The reasons for which an entry is not accepted (reasons.yaml): label by code, in the order of the file."""
    import yaml

    known = yaml.safe_load((folder / "reasons.yaml").read_text(encoding="utf-8"))["reasons"]
    return _unique((reason["code"], Label(**reason["label"])) for reason in known)


def _province_names(province: Province) -> Iterator[str]:
    yield from (province.code, province.label.th, province.label.en, province.abbreviation)
    yield from province.aliases
    yield from province.places


def _unique(pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
    found: dict[str, T] = {}
    for id, value in pairs:
        if id in found:
            raise ValueError(f"{id} is there twice")
        found[id] = value
    return found


def _index(names: Iterable[tuple[str, Iterable[str]]]) -> dict[str, str]:
    """Map the key of each name to its id; a name may not belong to two."""
    found: dict[str, str] = {}
    for id, known in names:
        for name in known:
            if found.setdefault(name_key(name), id) != id:
                raise ValueError(f"{name!r} names both {found[name_key(name)]} and {id}")
    return found
