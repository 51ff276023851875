"""The statuses of an entry, who sees them, and their names in Thai and English. Pure.

draft → submitted → in_review ⇄ edits_requested → published → (in_progress, solved, partly_solved, dormant);
rejected, withdrawn and merged end a life; a draft that nobody ever submitted ends discarded.
An entry's status belongs to the store, not to its body.
Tested by tests/test_store.py.
"""

from enum import StrEnum
from typing import Literal, get_args


class Status(StrEnum):
    """Where an entry stands between its first draft and its end."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    EDITS_REQUESTED = "edits_requested"
    PUBLISHED = "published"
    IN_PROGRESS = "in_progress"
    SOLVED = "solved"
    PARTLY_SOLVED = "partly_solved"
    DORMANT = "dormant"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"
    MERGED = "merged"


# Readable by everybody, without an account. A merged entry is not: its id leads to the entry it became part of.
PublicStatus = Literal[Status.PUBLISHED, Status.IN_PROGRESS, Status.SOLVED, Status.PARTLY_SOLVED, Status.DORMANT]
PUBLIC: frozenset[Status] = frozenset(get_args(PublicStatus))
# Held by the search index. The same set, so that search can never know more than a visitor may read.
INDEXED: frozenset[Status] = PUBLIC

# Sent in, and nobody has decided about them yet.
OPEN: frozenset[Status] = frozenset({Status.SUBMITTED, Status.IN_REVIEW, Status.EDITS_REQUESTED})

# Never submitted: they exist for their organisation alone.
UNSENT: frozenset[Status] = frozenset({Status.DRAFT, Status.DISCARDED})

LABELS: dict[Status, dict[str, str]] = {
    Status.DRAFT: {"th": "ฉบับร่าง", "en": "Draft"},
    Status.SUBMITTED: {"th": "ส่งแล้ว รอตรวจ", "en": "Submitted"},
    Status.IN_REVIEW: {"th": "กำลังตรวจ", "en": "In review"},
    Status.EDITS_REQUESTED: {"th": "ขอให้แก้ไข", "en": "Edits requested"},
    Status.PUBLISHED: {"th": "เผยแพร่แล้ว", "en": "Published"},
    Status.IN_PROGRESS: {"th": "กำลังแก้ปัญหา", "en": "In progress"},
    Status.SOLVED: {"th": "แก้ได้แล้ว", "en": "Solved"},
    Status.PARTLY_SOLVED: {"th": "แก้ได้บางส่วน", "en": "Partly solved"},
    Status.DORMANT: {"th": "ไม่มีความเคลื่อนไหว", "en": "Dormant"},
    Status.REJECTED: {"th": "ไม่รับเข้าคลัง", "en": "Rejected"},
    Status.WITHDRAWN: {"th": "ถอนออกแล้ว", "en": "Withdrawn"},
    Status.DISCARDED: {"th": "ทิ้งฉบับร่างแล้ว", "en": "Draft discarded"},
    Status.MERGED: {"th": "รวมกับรายการอื่นแล้ว", "en": "Merged"},
}
