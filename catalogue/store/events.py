"""Events, and the chain of hashes that makes a changed one visible. Pure.

Everything that happens to the catalogue is one event in one append-only table (docs/adr/0003-one-event-table.md).
An event's number is the revision of the store; numbers start at 1 and have no gaps.
"""

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# The hash before the first event.
GENESIS = "0" * 64
# Kinds that start so carry a snapshot of one entry; every other kind tells of something that changed no entry.
ENTRY_KINDS = "entry."


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, as it was written. ``payload`` is its JSON text: these bytes are what was hashed."""

    number: int
    at: str
    actor: str
    entry_id: str | None
    kind: str
    reason: str | None
    payload: str
    batch: str | None
    previous_hash: str
    hash: str

    def data(self) -> dict[str, Any]:
        """The payload as values. Of an ``entry.*`` event: body, status, content_hash, owner, canonical_id, details."""
        values: dict[str, Any] = json.loads(self.payload)
        return values


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(text: str) -> str:
    """Hex digest of the text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def event_hash(event: Mapping[str, Any]) -> str:
    """The hash of an event's fields, its number and its predecessor's hash among them; ``hash`` itself is not read.

    The payload enters through its own digest.
    """
    fields = {
        name: event[name] for name in ("number", "at", "actor", "entry_id", "kind", "reason", "batch", "previous_hash")
    }
    return sha256(canonical(fields | {"payload": sha256(event["payload"])}))


def timestamp(at: datetime.datetime) -> str:
    """``2026-11-24T09:30:00.000000Z``: UTC, of one length, so that text order is time order."""
    if at.tzinfo is None:
        raise ValueError("a point in time needs its time zone")
    return at.astimezone(datetime.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
