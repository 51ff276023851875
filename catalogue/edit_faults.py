"""Why a file may not change an entry, and what its host can do about it. Pure.

Tested by tests/test_upload_planning.py and tests/test_uploaded_again.py.
"""

from catalogue.curation import LABELS, PUBLIC, Status
from catalogue.decisions import host_edits
from catalogue.imports import Known, Row, RowProblem

LEAVE_OUT = ("เอาแถวนี้ออก", "Leave this row out")
# What hosts can do about an entry of theirs that a file may not change, by the table of decisions.py.
TO_EDIT: tuple[tuple[frozenset[Status], tuple[str, str]], ...] = (
    (frozenset({Status.IN_REVIEW}), ("ขอให้ผู้ตรวจเปิดให้แก้ไข", "Ask the curator to request edits")),
    (
        PUBLIC,
        (
            "เอาแถวนี้ออก หรือขอให้ผู้ตรวจแก้ไขให้ หรือถอนรายการ นำกลับมาเป็นฉบับร่าง แล้วแก้ไขและส่งใหม่",
            "Leave this row out; ask a curator to edit it; or withdraw it, restore it as a draft, edit and send it",
        ),
    ),
    (
        frozenset({Status.WITHDRAWN, Status.DISCARDED}),
        ("นำรายการกลับมาเป็นฉบับร่างก่อน แล้วอัปโหลดใหม่", "Restore the entry as a draft first, then upload the file again"),
    ),
)


def edit_fault(row: Row, existing: Known, host: str) -> RowProblem | None:
    """Why a host may not change the entry by a file; what the undoing of a batch withdrew, its row brings back."""
    if not host or existing.undone or existing.status is None:
        return None
    if host_edits(existing.status, existing.owner, host):
        return None
    if existing.owner != host:
        why_th, why_en = "เป็นของหน่วยงานอื่น", "belongs to another organisation"
        what_to_do = LEAVE_OUT
    else:
        label = LABELS[existing.status]
        why_th, why_en = f"มีสถานะ “{label['th']}”", f"has the status “{label['en']}”"
        what_to_do = next((told for statuses, told in TO_EDIT if existing.status in statuses), LEAVE_OUT)
    return RowProblem(
        row,
        "id" if "id" in row.values else "external_id",
        "not-editable",
        f"{existing.id} {why_th} ไฟล์จึงเปลี่ยนเนื้อหาไม่ได้",
        f"{existing.id} {why_en}: a file cannot change it.",
        what_to_do,
    )


def merged_fault(row: Row, existing: Known) -> RowProblem:
    """What is told of a row that would change what became part of another entry."""
    return RowProblem(
        row,
        "id" if "id" in row.values else "external_id",
        "entry-merged",
        f"{existing.id} เป็นส่วนหนึ่งของ {existing.part_of} แล้ว ไฟล์จึงเปลี่ยนเนื้อหาไม่ได้",
        f"{existing.id} became part of {existing.part_of}: a file cannot change it.",
        LEAVE_OUT,
    )
