"""An entry as lists show it; filled from the store, so that what was withdrawn a moment ago never shows."""

from collections.abc import Collection, Iterable, Sequence

from pydantic import BaseModel

from catalogue.entries import Kind, Language, Text
from catalogue.permalinks import permalink
from catalogue.review import entry_of
from catalogue.search.document import body
from catalogue.store.reading import Readings, Stored
from catalogue.store.store import Store

CARDS_REMEMBERED = 4096  # about 4 KB each


class Named(BaseModel):
    """Another entry by id and title."""

    id: str
    title: Text


class Counts(BaseModel):
    """How many published entries are linked: to a problem its proposals, to a proposal or an event its problems."""

    proposals: int = 0
    pain_points: int = 0


class Card(BaseModel):
    """What a card in a list shows beside words of the body."""

    id: str
    kind: Kind
    language: Language
    status: str
    title: Text
    theme: str | None
    provinces: list[str]
    nationwide: bool
    country: str | None
    year: int | None
    sample: bool
    hackathon: Named | None
    counts: Counts
    url: str | None


class Summary(Card):
    """A card with the body."""

    summary: Text | None


class Cards:
    """Summaries of published entries by id, remembered for as long as nothing is written into the store.

    Every answer begins by asking the store for its last event, so what was withdrawn a moment ago never shows.
    """

    def __init__(self, store: Store, most: int = CARDS_REMEMBERED) -> None:
        self._store = store
        self._most = most
        self._held: tuple[tuple[int, str], dict[str, Summary | None]] = ((-1, ""), {})

    def of(self, ids: Collection[str]) -> tuple[dict[str, Summary], int]:
        """Those of these entries that are published, in the order asked for, and the revision they are of."""
        with self._store.moment() as store:
            head = store.head()
            if self._held[0] != head or len(self._held[1]) > self._most:
                self._held = (head, {})
            at, held = self._held
            if at != head:  # another request saw another moment meanwhile
                held = {}
            if missing := [i for i in ids if i not in held]:
                made = summaries(store, public(store, missing).values())
                held.update((i, made.get(i)) for i in missing)
            return {i: card for i in ids if (card := held[i])}, head[0]


def public(store: Readings, ids: Sequence[str]) -> dict[str, Stored]:
    """The published ones of these entries, in the order asked for."""
    found = store.get_many(ids)
    return {i: found[i] for i in ids if i in found and found[i].public}


def summaries(store: Readings, stored: Iterable[Stored]) -> dict[str, Summary]:
    """Summaries by id, but for drafts without a title; the same few queries however many entries."""
    rows = [row for row in stored if row.body.get("title")]
    entries = {row.id: entry_of(row) for row in rows}
    counts = store.counts(list(entries))
    named = {event for entry in entries.values() if (event := getattr(entry, "hackathon", None))}
    leads = store.resolved(named)
    hackathons = public(store, sorted(set(leads.values())))
    made = {}
    for row in rows:
        entry = entries[row.id]
        event = hackathons.get(leads.get(getattr(entry, "hackathon", None) or "", ""))
        made[row.id] = Summary(
            id=row.id,
            kind=entry.kind,
            language=entry.language,
            status=row.status,
            title=entry.title,
            summary=body(entry),
            theme=getattr(entry, "theme", None),
            provinces=list(getattr(entry, "provinces", ())),
            nationwide=getattr(entry, "nationwide", False),
            country=entry.country,
            year=entry.year,
            sample=entry.sample,
            hackathon=Named(id=event.id, title=Text.model_validate(event.body["title"])) if event else None,
            counts=Counts(proposals=counts[row.id].proposals, pain_points=counts[row.id].pain_points),
            url=permalink(entry.kind, row.id),
        )
    return made
