"""Brings files of entries into the store: plan, then one transaction. The sample catalogue takes the same path."""

import datetime
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from catalogue.curation import Status
from catalogue.decisions import Action, Part
from catalogue.entries import body_of, content_hash, parse, parse_id, public_id
from catalogue.history import SAMPLE as SAMPLE_REASON
from catalogue.history import SAMPLE_SUBMISSIONS, UNDO, UNDONE
from catalogue.imports import Key, Known, Plan, Planned, Progress, Row, batch_id, identified, key_of, read, silent
from catalogue.languages import buddhist_year
from catalogue.planning import plan, tell_duplicates
from catalogue.repeats import Repeats, said
from catalogue.review import carried, tell_hosts
from catalogue.store.events import timestamp
from catalogue.store.reading import NOTED, Readings, Stored
from catalogue.store.store import CREATED, UPDATED, Change, Fact, Store
from catalogue.vocabulary import Vocabulary, name_key
from catalogue.workbooks.kinds import LINK

SAMPLE = Path(__file__).parent / "sample"
SAMPLE_FILES = ("hackathons.jsonl", "pain_points.jsonl", "proposals.jsonl")
SUBMISSIONS = SAMPLE / "submissions.jsonl"
SAMPLE_ACTOR = "sample"
IMPORTED = "batch.imported"
ENDS = ("proposal", "pain_point")


@dataclass(frozen=True)
class Upload:
    """The file of a batch, as it is remembered."""

    file: str  # its name, cleaned for display
    sha256: str


def organisation_rows(vocabulary: Vocabulary) -> list[Row]:
    """The reviewed organisations (schemas/organisations.yaml) as rows of an import."""
    return [
        Row(
            "organisations.yaml",
            number,
            {
                "id": organisation.id,
                "kind": "organization",
                "language": "th",
                "title": {"th": organisation.label.th, "en": organisation.label.en},
                "aliases": list(organisation.aliases),
                "sector": organisation.sector,
                "classification": organisation.classification,
                "country": organisation.country,
            },
        )
        for number, organisation in enumerate(vocabulary.organisations.values(), 1)
    ]


def sample_rows(vocabulary: Vocabulary) -> list[Row]:
    """The sample catalogue, its organisations first."""
    return organisation_rows(vocabulary) + [row for name in SAMPLE_FILES for row in read(SAMPLE / name)]


def has_sample(store: Readings) -> bool:
    """Does the catalogue show sample data?"""
    stored = store.get(_a_sample_id())
    return stored is not None and stored.public and bool(stored.body.get("sample"))


@lru_cache(1)
def _a_sample_id() -> str:
    return str(read(SAMPLE / SAMPLE_FILES[-1])[0].values["id"])


def make_plan(
    rows: Sequence[Row],
    store: Readings,
    vocabulary: Vocabulary,
    allocate: Callable[[str], str],
    owner: str = "",
    told: Progress = silent,
) -> Plan:
    """What these rows, sent by this organisation ("": nobody), would do to this store; writes nothing."""
    rows = [identified(row) for row in rows]
    known = known_to(rows, store, owner)
    return plan(rows, known, vocabulary.organisation_id, allocate, owner, told)


def known_to(rows: Sequence[Row], store: Readings, owner: str) -> dict[Key, Known]:
    """What the store has of these rows and of what they refer to, as far as this organisation may know it."""
    keys = {key for row in rows if (key := key_of(row))}
    named = {name for row in rows for names in row.references.values() for name in names}
    named |= {str(row.values[end]) for row in rows if row.kind == LINK for end in ENDS if row.values.get(end)}
    ids = {key for key in keys if isinstance(key, str)} | {name for name in named if parse_id(name)}
    by_kind: dict[str, set[str]] = {kind: set(named) for kind in ("pain_point", "proposal", "hackathon")}
    for key in keys:
        if isinstance(key, tuple):
            by_kind.setdefault(key[0], set()).add(key[1])
    held = store.get_many(ids)
    # Of a merged entry everybody may know its id alone: others may refer to it, and it leads on.
    leads = store.resolved([i for i, one in held.items() if one.status == Status.MERGED and i not in keys])
    shown = {i for i, one in store.get_many(leads.values()).items() if one.public}
    found: dict[Key, Stored] = {
        i: one for i, one in held.items() if not owner or one.owner == owner or one.public or leads.get(i) in shown
    }
    for kind, external_ids in by_kind.items():
        for external_id, stored in store.find_by_external_ids(kind, external_ids, owner).items():
            found[kind, external_id] = found[stored.id] = stored
    found |= _titled_events(rows, store, owner, {name for _, name in (key for key in found if isinstance(key, tuple))})
    withdrawn = {stored.id for stored in found.values() if stored.status == Status.WITHDRAWN}
    undone = _withdrawn_by_undoing(store, withdrawn)
    leads |= store.resolved([stored.id for stored in found.values() if stored.status == Status.MERGED])
    noted = store.noted([found[key].id for key in keys & found.keys()])
    return {
        key: _known(stored, stored.id in undone, leads.get(stored.id, ""), noted.get(stored.id, {}))
        for key, stored in found.items()
    }


def _titled_events(rows: Sequence[Row], store: Readings, owner: str, known: Collection[str]) -> dict[Key, Stored]:
    """The organisation's events to which rows refer by title, where one alone has it and no row of the file does."""
    titles = [row.values.get("title") or {} for row in rows if row.kind == "hackathon"]
    in_file = {name_key(str(words)) for title in titles if isinstance(title, Mapping) for words in title.values()}
    named = {name for row in rows for name in row.references.get("hackathon", ()) if name_key(name) not in in_file}
    asked = {name: name_key(name) for name in named - {*known} if not parse_id(name)}
    if not asked:
        return {}
    here = [status for status in Status if status not in (Status.WITHDRAWN, Status.REJECTED, Status.MERGED)]
    events: dict[str, set[str]] = {}
    for entry_id, kind, title in store.titles(here, owner):
        if kind == "hackathon":
            events.setdefault(name_key(title), set()).add(entry_id)
    one = {name: next(iter(ids)) for name, folded in asked.items() if len(ids := events.get(folded, set())) == 1}
    held = store.get_many(one.values())
    return {("hackathon", name): held[entry_id] for name, entry_id in one.items()}


def import_rows(
    rows: Sequence[Row],
    store: Store,
    vocabulary: Vocabulary,
    *,
    actor: str,
    batch: str,
    reason: str,
    at: datetime.datetime,
    update: bool = True,
    owner: str = "",
    upload: Upload | None = None,
    repeats: Repeats | None = None,
    told: Progress = silent,
) -> Plan:
    """Plan and write in one transaction; rejected rows are left out and named in the plan.

    Nothing is written twice: what the store already has is ``unchanged``. Without ``update`` entries that the store
    has stay as they are, also where the rows differ. What an organisation sends waits for a curator; what it may edit
    by the table of decisions.py stays where it stands, and its other changes are rejected. An ``upload`` is remembered
    as a batch of its own, ``Plan.batch``, which :func:`catalogue.batches.undo` takes back, and its organisation is
    told. ``repeats`` finds the probable duplicates of an upload; else they are found by their titles. ``told`` hears of
    the rows that are planned, compared and written.
    """
    year = buddhist_year(at)
    seen, made = store.head(), Plan()
    if upload:  # outside the transaction: others may write meanwhile
        made = _compared_plan(rows, store, vocabulary, _allocation(store, year), owner, repeats, told)
    with store.writing() as writer:
        if not upload or writer.head() != seen:
            made = _anew(made, make_plan(rows, writer, vocabulary, _allocation(writer, year), owner))
        if not update:
            made.update.clear()
        standing = {stored.id: carried(event) for stored, event in writer.latest(ids=[p.entry.id for p in made.update])}
        changes: list[Change | Fact] = [_new(p, CREATED, owner, at) for p in made.create]
        changes += [
            _new(p, UPDATED, owner, at) if p.existing and p.existing.undone else _edit(p, owner, standing[p.entry.id])
            for p in made.update
        ]
        entries = len(changes)
        if upload and changes:
            batch = f"{batch[:12]}-{writer.revision() + 1}"  # the same file may come again after it was undone
            made.batch = batch
            summary = {"file": upload.file, "sha256": upload.sha256, "owner": owner, "counts": made.counts()}
            changes.append(Fact(IMPORTED, summary))
            if owner:
                writer.notify(owner, "imported", {"file": upload.file, **made.counts()}, at)
        # The batch's own event is no row.
        writer.apply(
            changes, actor, reason, batch, at, lambda n, _: told("writing", n, entries) if n <= entries else None
        )
        for planned in made.update:
            tell_hosts(writer, planned.entry.id, at)
    return made


def dry_run(
    rows: Sequence[Row],
    store: Readings,
    vocabulary: Vocabulary,
    year: int,
    owner: str = "",
    repeats: Repeats | None = None,
    told: Progress = silent,
) -> Plan:
    """What :func:`import_rows` would do; the ids of new entries are examples."""
    numbers = itertools.count(99_001)

    def example(kind: str) -> str:
        return public_id(kind, year, next(numbers))

    return _compared_plan(rows, store, vocabulary, example, owner, repeats, told)


def _compared_plan(
    rows: Sequence[Row],
    store: Readings,
    vocabulary: Vocabulary,
    allocate: Callable[[str], str],
    owner: str,
    repeats: Repeats | None,
    told: Progress,
) -> Plan:
    """The plan with what new entries probably repeat."""
    made = make_plan(rows, store, vocabulary, allocate, owner, told)
    if made.create:
        found = (repeats or Repeats(store)).of([planned.entry for planned in made.create], owner, told)
        tell_duplicates(made, found)
        made.compared_by = "meaning" if found.by_meaning else "titles"
    return made


def load_sample(store: Store, vocabulary: Vocabulary, at: datetime.datetime) -> int:
    """Add what the store lacks of the sample catalogue; entries that it has, edited or withdrawn, stay as they are."""
    rows = sample_rows(vocabulary)
    batch = batch_id([SAMPLE / name for name in SAMPLE_FILES])
    made = import_rows(
        rows, store, vocabulary, actor=SAMPLE_ACTOR, batch=batch, reason=SAMPLE_REASON, at=at, update=False
    )
    assert not made.problems, made.problems[:3]  # the sample is ours; tests load it
    return len(made.create) + load_submissions(store, at)


def load_submissions(store: Store, at: datetime.datetime) -> int:
    """Add what the store lacks of the sample's submissions, which wait for a curator; nobody else sees them."""
    rows = [row.values for row in read(SUBMISSIONS)]
    with store.writing() as writer:
        known = writer.get_many([row["entry"]["id"] for row in rows])
        changes = [_submission(row, at) for row in rows if row["entry"]["id"] not in known]
        writer.apply(changes, SAMPLE_ACTOR, SAMPLE_SUBMISSIONS, batch_id([SUBMISSIONS]), at)
    return len(changes)


def _submission(row: Mapping[str, Any], at: datetime.datetime) -> Change:
    entry = parse(row["entry"])
    since = timestamp(at - datetime.timedelta(days=row["days"]))
    details = {"action": Action.SUBMIT, "as": Part.HOST, "since": since}
    return Change(
        CREATED, entry.id, body_of(entry), Status.SUBMITTED, content_hash(entry), owner=row["owner"], details=details
    )


def _new(planned: Planned, kind: str, owner: str, at: datetime.datetime) -> Change:
    """An entry that is new, or that the undoing of its batch had withdrawn."""
    told = {"action": Action.SUBMIT, "as": Part.HOST, "since": timestamp(at)} if owner else {}
    near = [one.id for one in planned.near]
    return Change(
        kind=kind,
        entry_id=planned.entry.id,
        body=body_of(planned.entry),
        content_hash=content_hash(planned.entry),
        status=Status.SUBMITTED if owner else Status.PUBLISHED,
        owner=owner if kind == CREATED else None,
        details=told | _origin(planned) | ({"near": near} if near else {}),
    )


def _edit(planned: Planned, owner: str, standing: Mapping[str, Any]) -> Change:
    """A changed row: the entry stays where it stands, and so do its claim, its comments and since when it waits."""
    part = Part.HOST if owner else Part.ADMIN
    return Change(
        kind=UPDATED,
        entry_id=planned.entry.id,
        body=body_of(planned.entry),
        content_hash=content_hash(planned.entry),
        details={**standing, "action": Action.EDIT, "as": part, **_origin(planned)},
    )


def _origin(planned: Planned) -> dict[str, Any]:
    """The row that an entry came from, and what it meant: a row that means it again changes nothing."""
    return {"source": planned.row.place} | ({NOTED: dict(planned.meaning)} if planned.meaning else {})


def _withdrawn_by_undoing(store: Readings, withdrawn: Collection[str]) -> set[str]:
    """Of withdrawn entries those that the undoing of a batch withdrew; one that was withdrawn before stays so."""
    undoing = {
        stored.id: str(event.reason).removeprefix(f"{UNDO} ")
        for stored, event in store.latest(ids=withdrawn)
        if event.kind == UNDONE
    }
    events = [event for batch in sorted(set(undoing.values())) for event in store.events_of_batch(batch)]
    left = [event for event in events if event.entry_id and undoing.get(event.entry_id) == event.batch]
    return undoing.keys() - {e.entry_id for e in left if e.data().get("status") == Status.WITHDRAWN}


def _known(stored: Stored, undone: bool, part_of: str, noted: Mapping[str, str]) -> Known:
    return Known(stored.id, stored.content_hash, stored.body, stored.status, undone, stored.owner, part_of, noted)


def _anew(before: Plan, made: Plan) -> Plan:
    """The plan with what was found when its rows were planned before: that others wrote since changes no text."""
    near = {said(planned.entry): planned.near for planned in before.create}
    tell_duplicates(made, lambda entry: near.get(said(entry), ()))
    made.compared_by = before.compared_by
    return made


def _allocation(store: Readings, year: int) -> Callable[[str], str]:
    """Gives the next free ids one after the other; ``Writer.apply`` counts those that are used as given out."""
    numbers: dict[str, Iterator[int]] = {}

    def allocate(kind: str) -> str:
        if kind not in numbers:
            numbers[kind] = itertools.count(store.last_number(kind, year) + 1)
        return public_id(kind, year, next(numbers[kind]))

    return allocate
