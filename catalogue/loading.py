"""Brings files of entries into the store: plan, then one transaction. The sample catalogue takes the same path."""

import datetime
import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from catalogue.curation import Status
from catalogue.decisions import Action, Part
from catalogue.entries import KINDS, Entry, body_of, content_hash, parse, public_id
from catalogue.imports import Known, Plan, Planned, Row, batch_id, plan, read
from catalogue.languages import BUDDHIST_OFFSET
from catalogue.store.events import timestamp
from catalogue.store.reading import Readings
from catalogue.store.store import CREATED, UPDATED, Change, Store
from catalogue.vocabulary import Vocabulary

SAMPLE = Path(__file__).parent / "sample"
SAMPLE_FILES = ("hackathons.jsonl", "pain_points.jsonl", "proposals.jsonl")
SUBMISSIONS = SAMPLE / "submissions.jsonl"
SAMPLE_ACTOR = "sample"


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


def make_plan(rows: Sequence[Row], store: Readings, vocabulary: Vocabulary, allocate: Callable[[str], str]) -> Plan:
    """What these rows would do to this store; writes nothing."""
    hashes = {i: digest for kind in KINDS for i, digest in store.content_hashes(kind).items()}
    known = {i: Known(i, digest) for i, digest in hashes.items()}
    for row in rows:
        external_id = row.values.get("external_id")
        if "id" not in row.values and isinstance(external_id, str):
            stored = store.find_by_external_id(str(row.values.get("kind")), external_id)
            if stored:
                known[external_id] = Known(stored.id, stored.content_hash)
    return plan(rows, known, vocabulary.organisation_id, allocate)


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
) -> Plan:
    """Plan and write in one transaction; rejected rows are left out and named in the plan.

    Nothing is written twice: what the store already has is ``unchanged``. Without ``update`` entries that the store
    has stay as they are, also where the rows differ.
    """
    year = at.year + BUDDHIST_OFFSET
    with store.writing() as writer:
        made = make_plan(rows, writer, vocabulary, lambda kind: public_id(kind, year, writer.allocate(kind, year)[0]))
        if not update:
            made.update.clear()
        changes = [_change(p, CREATED) for p in made.create] + [_change(p, UPDATED) for p in made.update]
        writer.apply(changes, actor=actor, reason=reason, batch=batch, at=at)
    return made


def dry_run(rows: Sequence[Row], store: Readings, vocabulary: Vocabulary, year: int) -> Plan:
    """What :func:`import_rows` would do; the ids of new entries are examples."""
    numbers = itertools.count(99_001)
    return make_plan(rows, store, vocabulary, lambda kind: public_id(kind, year, next(numbers)))


def load_sample(store: Store, vocabulary: Vocabulary, at: datetime.datetime) -> int:
    """Add what the store lacks of the sample catalogue; entries that it has, edited or withdrawn, stay as they are."""
    rows = sample_rows(vocabulary)
    batch = batch_id([SAMPLE / name for name in SAMPLE_FILES])
    made = import_rows(
        rows, store, vocabulary, actor=SAMPLE_ACTOR, batch=batch, reason="sample catalogue", at=at, update=False
    )
    assert not made.problems, made.problems[:3]  # the sample is ours; tests load it
    return len(made.create) + load_submissions(store, at)


def load_submissions(store: Store, at: datetime.datetime) -> int:
    """Add what the store lacks of the sample's submissions, which wait for a curator; nobody else sees them."""
    rows = [row.values for row in read(SUBMISSIONS)]
    with store.writing() as writer:
        known = writer.get_many([row["entry"]["id"] for row in rows])
        changes = [_submission(row, at) for row in rows if row["entry"]["id"] not in known]
        writer.apply(changes, SAMPLE_ACTOR, "sample submissions", batch_id([SUBMISSIONS]), at)
    return len(changes)


def _submission(row: Mapping[str, Any], at: datetime.datetime) -> Change:
    entry = parse(row["entry"])
    since = timestamp(at - datetime.timedelta(days=row["days"]))
    details = {"action": Action.SUBMIT, "as": Part.HOST, "since": since}
    return Change(
        CREATED, entry.id, body_of(entry), Status.SUBMITTED, content_hash(entry), owner=row["owner"], details=details
    )


def _change(planned: Planned, kind: str) -> Change:
    entry: Entry = planned.entry
    return Change(
        kind=kind,
        entry_id=entry.id,
        body=body_of(entry),
        content_hash=content_hash(entry),
        status=Status.PUBLISHED if kind == CREATED else None,
        details={"source": planned.row.place},
    )
