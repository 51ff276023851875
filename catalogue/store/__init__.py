"""The system of record, and the only SQL of the project.

``Store`` is what the rest of the catalogue and the indexer use; its questions are in reading.py, its changes in
store.py.
"""

from catalogue.store.audit import AuditProblem, AuditReport
from catalogue.store.events import Event
from catalogue.store.leases import Lease
from catalogue.store.linking import Backlinks, Counts, LinkRow
from catalogue.store.reading import Outline, Stored
from catalogue.store.store import CREATED, STATUS_CHANGED, UPDATED, Change, Fact, Store, Writer

__all__ = [
    "CREATED",
    "STATUS_CHANGED",
    "UPDATED",
    "AuditProblem",
    "AuditReport",
    "Backlinks",
    "Change",
    "Counts",
    "Event",
    "Fact",
    "Lease",
    "LinkRow",
    "Outline",
    "Store",
    "Stored",
    "Writer",
]
