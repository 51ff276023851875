"""The columns of the template's sheets and what may be chosen in them, derived from the fields of the records. Pure.

Tested by tests/test_workbook_template.py.
"""

from typing import Annotated, Any

from pydantic import BaseModel

from catalogue import fields
from catalogue.entries import KINDS, LinkRole, Name, Text
from catalogue.fields import About
from catalogue.vocabulary import Label, Vocabulary
from catalogue.workbooks.table import SHEETS


class LinkRow(BaseModel):
    """One row of the sheet of links: a proposal and a pain point, each by its id, its sender's id or its title."""

    proposal: Annotated[
        Name,
        About("ข้อเสนอ", "Proposal", "รหัสในคลัง รหัสของผู้ส่ง หรือชื่อเรื่อง", "Its id here, the sender's id, or its title"),
    ]
    pain_point: Annotated[
        Name,
        About("ปัญหา", "Pain point", "รหัสในคลัง รหัสของผู้ส่ง หรือชื่อเรื่อง", "Its id here, the sender's id, or its title"),
    ]
    role: Annotated[LinkRole, About("ความเกี่ยวข้อง", "Relation")] = "addresses"
    reason: Annotated[Text | None, About("เหตุผล", "Reason")] = None


MODELS: dict[str, type[BaseModel]] = {kind: KINDS.get(kind, LinkRow) for kind in SHEETS}

# What the values that a record's field allows are called. The UI's words for them are the same (tested).
WORDS: dict[str, dict[str, Label]] = {
    "language": {"th": Label("ไทย", "Thai"), "en": Label("อังกฤษ", "English")},
    "lasting": {
        "yes": Label("ใช่", "Yes"),
        "no": Label("ไม่ใช่", "No"),
        "unknown": Label("ไม่ทราบ", "Unknown"),
    },
    "nationwide": {"true": Label("ใช่", "Yes"), "false": Label("ไม่ใช่", "No")},
    "role": {"addresses": Label("แก้ปัญหานี้", "Addresses it"), "partly": Label("แก้ได้บางส่วน", "Partly")},
    "solution_type": {
        "policy": Label("นโยบาย", "Policy"),
        "process": Label("กระบวนการ", "Process"),
        "service": Label("บริการ", "Service"),
        "app": Label("แอปพลิเคชัน", "Application"),
        "data": Label("ข้อมูล", "Data"),
        "hardware": Label("อุปกรณ์", "Hardware"),
        "campaign": Label("การรณรงค์", "Campaign"),
        "research": Label("งานวิจัย", "Research"),
        "other": Label("อื่น ๆ", "Other"),
    },
}


def sheet_columns() -> dict[str, list[dict[str, Any]]]:
    """The columns of each of the template's sheets, by kind, as ``fields.columns`` describes them."""
    return {kind: fields.columns(model) for kind, model in MODELS.items()}


def choices(vocabulary: Vocabulary) -> dict[str, dict[str, Label]]:
    """By column: the values that may be chosen, by their code. The Thai label is what a host sees in the list.

    Whatever reads a cell should take the code and both labels.
    """
    themes = {theme.id: theme.label for theme in vocabulary.themes.values()}
    provinces = {province.code: province.label for province in vocabulary.provinces.values()}
    return {"theme": themes, "secondary_themes": themes, "provinces": provinces, **WORDS}
