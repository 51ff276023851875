"""Does an index equal the store? Counts what it lacks, holds too much, or holds in an older form."""

from dataclasses import dataclass, replace

from catalogue.search.document import SEARCHED_KINDS
from catalogue.search.index import LiveIndex
from catalogue.store import Store
from indexer.changes import changed_since, of_this_history, readable

_LISTS = ("missing", "extra", "stale")
LISTED = 20  # ids that are shown of each list; --json has them all


@dataclass(frozen=True)
class Drift:
    """How an index differs from the store; ids in order."""

    entries: int
    """Entries of the store that an index holds."""
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    stale: tuple[str, ...]
    """Indexed at another revision than the store's; or all of them, by another version of this program or from another
    history of the store.
    """

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra or self.stale)

    def lines(self) -> list[str]:
        """What `hackgo-index verify` prints: the counts, then the first ids of each list."""
        counts = f"{len(self.missing)} missing, {len(self.extra)} extra, {len(self.stale)} stale"
        found = [f"{self.entries} entries, {counts}"]
        for name in _LISTS:
            ids = getattr(self, name)
            if ids:
                more = ["…"] if len(ids) > LISTED else []
                found.append(f"{name}: {' '.join([*ids[:LISTED], *more])}")
        return found


def drift(store: Store, index: LiveIndex, fingerprint: str) -> Drift:
    """How this generation differs from the store as it is now."""
    held = index.revisions()  # before the store: what is indexed meanwhile cannot look stale
    wanted = store.public_revisions(SEARCHED_KINDS)
    alike = index.info.fingerprint == fingerprint and of_this_history(store, index.info.revision, index.info.event)
    return Drift(
        entries=len(wanted),
        missing=tuple(sorted(wanted.keys() - held.keys())),
        extra=tuple(sorted(held.keys() - wanted.keys())),
        stale=tuple(
            sorted(
                entry_id for entry_id in wanted.keys() & held.keys() if not alike or held[entry_id] != wanted[entry_id]
            )
        ),
    )


def settled_drift(store: Store, index: LiveIndex, fingerprint: str) -> Drift:
    """As :func:`drift`, without what was changed after the revision of the index, which the next sync writes, and
    without what lacks because this version cannot read it: no index would hold it.
    """
    found = drift(store, index, fingerprint)
    if not found:
        return found
    # After the comparison, never before it: else what is committed between the two would count as a difference.
    pending = changed_since(store, index.info.revision)
    lacking = store.get_many([entry_id for entry_id in found.missing if entry_id not in pending])
    return replace(
        found,
        missing=tuple(sorted(one.id for one, _ in readable(list(lacking.values())))),
        extra=tuple(entry_id for entry_id in found.extra if entry_id not in pending),
        stale=tuple(entry_id for entry_id in found.stale if entry_id not in pending),
    )
