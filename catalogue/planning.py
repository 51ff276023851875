"""Decides what each row of an import would do. Pure: what the store has and what ids are free is given.

Tested by tests/test_imports.py.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from catalogue.cells import Suggestion, several
from catalogue.curation import Status
from catalogue.date_ranges import end_before_start
from catalogue.edit_faults import edit_fault, merged_fault
from catalogue.entries import KINDS, LANGUAGES, Entry, body_of, known_organisations, parse, parse_draft, parse_id
from catalogue.errors import worded
from catalogue.fields import about
from catalogue.imports import (
    Alike,
    Key,
    Known,
    Plan,
    Planned,
    Progress,
    Row,
    RowProblem,
    digest,
    identified,
    key_of,
    meaning,
    silent,
)
from catalogue.references import Names, incomplete
from catalogue.thai_dates import THAI_DIGITS
from catalogue.vocabulary import name_key
from catalogue.workbooks.kinds import LINK

# What others refer to comes first, so that a reference to a rejected row is found.
ORDER = ("organization", "hackathon", "pain_point", "proposal", LINK)
# pydantic's error types that hosts meet, by the names under which documents and tests know them.
CODES = {"missing": "missing", "string_too_long": "too-long", "string_pattern_mismatch": "bad-form"}
DAYS = ("start_date", "end_date")  # of an event
NO_ID = {kind: f"{prefix}-2500-{'0' * 5}" for kind, prefix in (("pain_point", "PP"), ("proposal", "PR"))} | {
    kind: f"{prefix}-2500-{'0' * 3}" for kind, prefix in (("hackathon", "HK"), ("organization", "OG"))
}


def plan(
    rows: Iterable[Row],
    known: Mapping[Key, Known],
    organisation_id: Callable[[str], str | None],
    allocate: Callable[[str], str],
    host: str = "",
    told: Progress = silent,
) -> Plan:
    """Decide what each row would do; every problem of every row is found in one pass.

    Args:
        rows: Rows in file order.
        known: What the store has, by public id and by kind and external id.
        organisation_id: Finds an organisation by any of its names.
        allocate: Gives the next public id of a kind to a row that brings none.
        host: The organisation that sends the rows, which may do what hosts may; "": an administrator may do all.
        told: Hears of each row.
    """
    return _Planning(known, organisation_id, allocate, host, told).of([identified(row) for row in rows])


def tell_duplicates(made: Plan, near: Callable[[Entry], Sequence[Alike]]) -> None:
    """Warn of the entries that new ones probably repeat, ``near`` has them best first; told after everything else."""
    for number, planned in enumerate(made.create):
        if alike := tuple(one for one in near(planned.entry) if one.id != planned.entry.id):
            made.create[number] = replace(planned, near=alike)
            th, en = (", ".join(one.named(language) for one in alike) for language in LANGUAGES)
            made.problems.append(_duplicate(planned.row, th, en, ", ".join(one.id for one in alike)))


class _Planning:
    """One pass over the rows."""

    def __init__(
        self,
        known: Mapping[Key, Known],
        organisation_id: Callable[[str], str | None],
        allocate: Callable[[str], str],
        host: str,
        told: Progress,
    ) -> None:
        self._host, self._told = host, told
        self._known, self._organisation_id, self._allocate = known, organisation_id, allocate
        self._made = Plan()
        self._seen: dict[Key, Row] = {}
        self._titles: dict[tuple[str, str], Row] = {}
        self._names = Names(())
        self._taken: dict[int, str] = {}  # ids of the entries of accepted rows, by the rows' own id()

    def of(self, rows: Sequence[Row]) -> Plan:
        ordered = sorted(rows, key=lambda row: ORDER.index(row.kind) if row.kind in ORDER else len(ORDER))
        links = [row for row in ordered if row.kind == LINK]
        self._names = Names(row for row in ordered if row.kind != LINK)
        tied = self._tied(links)
        for row in self._counted(ordered):
            if row.kind != LINK:
                self._plan(row, tied.get(id(row), ()))
        of_the_file = {id(link) for mine in tied.values() for link in mine}
        for link in links:
            self._tell(link)
        self._tie_to_stored([link for link in links if id(link) not in of_the_file])
        order = {id(row): number for number, row in enumerate(rows)}
        self._made.problems.sort(key=lambda p: order.get(id(p.row), -1))
        return self._made

    def _tied(self, links: Sequence[Row]) -> dict[int, list[Row]]:
        """The links that mean a proposal of the file, by the ``id()`` of its row."""
        tied: dict[int, list[Row]] = {}
        for link in links:
            found = self._names.meant("proposal", str(link.values.get("proposal", "")), self._known)
            if isinstance(found, Row):
                tied.setdefault(id(found), []).append(link)
        return tied

    def _counted(self, rows: Sequence[Row]) -> Iterator[Row]:
        for done, row in enumerate(rows, 1):
            yield row
            self._told("planning", done, len(rows))

    def _plan(self, row: Row, links: Sequence[Row]) -> None:
        self._tell(row)
        key = key_of(row)
        existing = self._known.get(key) if key else None
        means = meaning(row, self._leads(row))
        heard = existing if existing and existing.heard(means) else None
        values = dict(heard.body) if heard else _merged(row, existing)
        faulty = any(fault.severity == "error" for _, fault in row.faults)
        asking = replace(row, places={}, references={}) if heard else row
        found = self._referred(asking, links, existing)
        values.update(found)
        if existing:
            values["id"] = existing.id
        elif "id" not in values and row.kind in NO_ID:
            values["id"] = NO_ID[row.kind]
        try:
            entry = known_organisations((parse_draft if heard else parse)(values), self._organisation_id)
        except ValidationError as error:
            told = {name.partition(".")[0] for name, fault in row.faults if fault.severity == "error"}
            self._made.problems += [p for p in _problems(row, error) if p.column.partition(".")[0] not in told]
            return
        if fault := self._identity_fault(row, entry, key, existing) or _order_fault(row, entry):
            self._made.problems.append(fault)
        elif not faulty and not self._lacks_reference(asking, found):
            self._accept(row, entry, existing, means)
        for one in (key, existing.id if existing else None):
            if one:
                self._seen.setdefault(one, row)

    def _accept(self, row: Row, entry: Entry, existing: Known | None, means: Mapping[str, str]) -> None:
        if existing is None:
            if entry.id == NO_ID[entry.kind]:
                entry = entry.model_copy(update={"id": self._allocate(entry.kind)})
            self._made.create.append(Planned(row, entry, meaning=means))
            self._tell_twin(row, entry)
        elif existing.says(entry) and not existing.undone:
            self._made.unchanged.append(existing.id)
        elif fault := edit_fault(row, existing, self._host):
            self._made.problems.append(fault)
        else:
            self._made.update.append(Planned(row, entry, existing, meaning=means))
        self._taken[id(row)] = entry.id

    def _tell_twin(self, row: Row, entry: Entry) -> None:
        """Another row of the file has the same title."""
        title = (entry.kind, name_key(entry.title.th or entry.title.en or ""))
        twin = self._titles.setdefault(title, row)
        if twin is not row:
            where = _place_of(twin)
            self._made.problems.append(_duplicate(row, where, where, where))

    def _tell(self, row: Row) -> None:
        for key, fault in row.faults:
            self._made.problems.append(
                RowProblem(row, key, fault.code, fault.th, fault.en, fault.suggestion, fault.severity)
            )

    def _referred(self, row: Row, links: Sequence[Row], existing: Known | None) -> dict[str, Any]:
        """The fields that point at other entries; a reference that leads nowhere is a problem of its row.

        A sheet of links adds to what the catalogue has; a column of pain points says all.
        """
        found: dict[str, Any] = {}
        if name := next(iter(row.references.get("hackathon", ())), None):
            if hackathon := self._lookup("hackathon", name):
                found["hackathon"] = hackathon
            else:
                self._made.problems.append(self._names.unknown(row, "hackathon", "hackathon", name))
        stored: dict[str, dict[str, Any]] = existing.claims if existing else {}
        claims = dict(stored) if links and "pain_points" not in row.places else {}
        for name in self._asked(row):
            if pain_point := self._lookup("pain_point", name):
                # A column names pain points alone: what a sheet of links said of one stays.
                claims[pain_point] = stored.get(pain_point) or {"pain_point": pain_point, "role": "addresses"}
            else:
                self._made.problems.append(self._names.unknown(row, "pain_points", "pain_point", name))
        for link in links:
            if claim := self._claim(link, existing):
                claims[claim["pain_point"]] = claim
        if claims or "pain_points" in row.places:
            found["pain_points"] = list(claims.values())
        return found

    def _claim(self, link: Row, existing: Known | None) -> dict[str, Any] | None:
        """What a link says, laid over what the proposal claims of the pain point; None where it is told to be wrong."""
        pain_point = self._lookup("pain_point", name := str(link.values.get("pain_point", "")))
        if any(fault.severity == "error" for _, fault in link.faults):
            return None
        if pain_point is None:
            self._made.problems.append(self._names.unknown(link, "pain_point", "pain_point", name))
            return None
        held = existing.claims.get(pain_point, {}) if existing and link.places else {}
        kept = {name: value for name, value in held.items() if not link.where(name)}
        said = {name: link.values[name] for name in ("role", "reason") if name in link.values}
        return {"role": "addresses", **kept, **said, "pain_point": pain_point}

    def _tie_to_stored(self, links: Sequence[Row]) -> None:
        """Links whose proposal is in the catalogue and not in the file change that proposal."""
        tied: dict[str, tuple[Known, list[tuple[Row, dict[str, Any]]]]] = {}
        updates = {planned.entry.id: planned for planned in self._made.update}
        for link in links:
            proposal = self._lookup("proposal", name := str(link.values.get("proposal", "")))
            existing = self._known.get(proposal) if proposal else None
            claim = self._claim(link, existing)
            if existing is None or not existing.body:
                self._made.problems.append(self._names.unknown(link, "proposal", "proposal", name))
            elif claim and (existing.id in updates or not existing.claims_already(claim)):
                if fault := edit_fault(link, existing, self._host):
                    self._made.problems.append(fault)
                else:
                    tied.setdefault(existing.id, (existing, []))[1].append((link, claim))
        for existing, claims in tied.values():
            planned = updates.get(existing.id)
            body = body_of(planned.entry) if planned else dict(existing.body)
            if taken := [(link, claim) for link, claim in claims if self._fits(link, body, claim)]:
                said = [*(body.get("pain_points") or ()), *(claim for _, claim in taken)]
                entry = parse(body | {"pain_points": list({claim["pain_point"]: claim for claim in said}.values())})
                updates.pop(existing.id, None)
                if not existing.says(entry):
                    row, means = (planned.row, planned.meaning) if planned else (taken[-1][0], {})
                    updates[existing.id] = Planned(row, entry, existing, meaning=means)
        self._made.update = list(updates.values())

    def _fits(self, link: Row, body: Mapping[str, Any], claim: Mapping[str, Any]) -> bool:
        """May the entry with this body be written with this link? A draft may lack what an entry has to have."""
        try:
            parse({**body, "pain_points": [claim]})
        except ValidationError as error:
            lacks = any("pain_points" not in e["loc"] for e in error.errors())
            self._made.problems += [incomplete(link, "proposal", body["id"])] if lacks else _problems(link, error)
            return False
        return True

    def _lookup(self, kind: str, name: str) -> str | None:
        found = self._names.meant(kind, name, self._known)
        if isinstance(found, Row):
            if taken := self._taken.get(id(found)):
                return taken
            found = self._known.get(key) if (key := key_of(found)) else None  # a rejected row's entry is still there
        return found.id if found else None

    def _asked(self, row: Row) -> tuple[str, ...]:
        """The pain points that a row names; a title may hold what else parts several."""
        names, place = row.references.get("pain_points", ()), row.places.get("pain_points")
        if place is None or len(names) < 2 or all(self._lookup("pain_point", name) for name in names):
            return names
        whole = str(place.value).translate(THAI_DIGITS).strip()
        return (whole,) if several(whole) == names and self._names.is_title("pain_point", whole) else names

    def _leads(self, row: Row) -> dict[str, list[str | None]]:
        """The ids to which the row's columns lead."""
        event = [self._lookup("hackathon", name) for name in row.references.get("hackathon", ())[:1]]
        problems = [self._lookup("pain_point", name) for name in self._asked(row)]
        return {key: ids for key, ids in (("hackathon", event), ("pain_points", problems)) if key in row.places}

    def _lacks_reference(self, row: Row, found: Mapping[str, Any]) -> bool:
        asked = self._asked(row)
        return ("hackathon" in row.references and "hackathon" not in found) or not all(
            self._lookup("pain_point", name) for name in asked
        )

    def _identity_fault(self, row: Row, entry: Entry, key: Key | None, existing: Known | None) -> RowProblem | None:
        identity = parse_id(entry.id)
        if identity is None or identity[0] != entry.kind:
            return RowProblem(
                row,
                "id",
                "id-of-another-kind",
                "รหัสไม่ตรงกับประเภทของรายการ",
                "The id belongs to another kind of entry.",
            )
        if self._host and existing is None and isinstance(key, str):
            return RowProblem(
                row,
                "id",
                "unknown-id",
                "ไม่มีรายการของหน่วยงานคุณที่ใช้รหัสนี้",
                "Your organisation has no entry with this id.",
                ("เว้นว่างไว้ ระบบจะออกรหัสให้", "Leave it empty: the catalogue gives out ids"),
            )
        keys = (
            key,
            existing.id if existing else None,
        )  # rows may name one entry by either
        if before := next((self._seen[one] for one in keys if one in self._seen), None):
            first = _place_of(before)
            return RowProblem(
                row,
                "id" if isinstance(key, str) else "external_id",
                "row-repeated",
                f"ซ้ำกับแถว {first}",
                f"Row {first} has the same id or the same content.",
                (f"ลบแถวนี้ หรือตั้งรหัสใหม่ ({first})", f"Delete this row, or give it another id ({first})"),
            )
        if existing and existing.status == Status.MERGED and not existing.says(entry):
            return merged_fault(row, existing)
        return None


def _order_fault(row: Row, entry: Entry) -> RowProblem | None:
    """An event ends before it begins, by this row or by this row and what the catalogue has."""
    fault = end_before_start(*(getattr(entry, name, None) for name in DAYS))
    if fault is None or row.values.keys().isdisjoint(DAYS):
        return None
    column = next((name for name in reversed(DAYS) if row.where(name)), DAYS[1])
    return RowProblem(row, column, fault.code, fault.th, fault.en)


def _place_of(row: Row) -> str:
    return f"{row.sheet or row.file} {row.number}"


def _merged(row: Row, existing: Known | None) -> dict[str, Any]:
    """The body that the row means: a spreadsheet's columns laid over what the catalogue has."""
    if existing is None or not row.places:
        return dict(row.values)
    body = dict(existing.body)
    for key in row.places:
        base, _, language = key.partition(".")
        new, old = row.values.get(base), body.get(base)
        if isinstance(old, dict) and (isinstance(new, dict) or new is None):
            behind = [] if language else _left_behind(row, existing, base, new or old)
            languages = (language,) if language else (*(new or old), *behind)
            words = {name: old.get(name) for name in ("th", "en")} | {name: (new or {}).get(name) for name in languages}
            origin = {
                name: (old.get("origin") or {}).get(name, "human") if words[name] == old.get(name) else "human"
                for name in words
                if words[name]
            }
            body[base] = {name: value for name, value in words.items() if value} | {"origin": origin}
            new = body[base] if origin else None
            if base == "title" and body.get("language") in behind and "language" not in row.places:
                body["language"] = row.values["language"]
        if new is None or new == []:
            body.pop(base, None)
        else:
            body[base] = new
    return body


def _left_behind(row: Row, existing: Known, base: str, new: Mapping[str, Any]) -> list[str]:
    """The languages in which a column said something that it says in another one now."""
    old, others = existing.body.get(base) or {}, set(LANGUAGES) - {*new}
    said = {name: existing.noted.get(f"{base}.{name}") for name in others if f"{base}.{name}" not in row.places}
    return [name for name, noted in said.items() if noted and noted == digest(old.get(name))]


def _duplicate(row: Row, th: str, en: str, suggestion: str) -> RowProblem:
    said_th, said_en = f"อาจซ้ำกับ {th}", f"Probably a duplicate of {en}."
    return RowProblem(row, "title", "probable-duplicate", said_th, said_en, suggestion, "warning")


def _problems(row: Row, error: ValidationError) -> list[RowProblem]:
    found = []
    for e in error.errors(include_url=False):
        path = [str(part) for part in e["loc"] if part not in KINDS]
        key = ".".join(path) or "row"
        if row.places and key not in row.places:
            key = path[0] if path else "row"
        code = CODES.get(e["type"], e["type"])
        add = _column_to_add(row, key) if code == "missing" else ""
        en, th = worded(e)
        found.append(RowProblem(row, key, code, th, en, add))
    return list({(p.column, p.code): p for p in found}.values()) if row.places else found


def _column_to_add(row: Row, key: str) -> Suggestion:
    """What to do where a spreadsheet lacks the whole column; "" where it has it, and for other rows."""
    described = about(KINDS[row.kind]).get(key)
    if not row.places or row.where(key) or described is None:
        return ""
    return f"เพิ่มคอลัมน์ “{described.th}” แล้วกรอก", f"Add the column “{described.en}” and fill it"
