"""Entries that people write in a form: what they have to fill in, and what the form fills in for them. Pure.

A form saves what it has as a draft, whatever is missing; three fields per kind have to be filled in before it is
submitted. What it asks for, with labels and help, comes from the fields' own descriptions (fields.py).
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ValidationError

from catalogue.date_ranges import end_before_start
from catalogue.entries import KINDS, Entry, known_organisations, parse, parse_draft
from catalogue.errors import IncompleteEntry, worded
from catalogue.fields import about
from catalogue.privacy import Removed, cleaned
from catalogue.vocabulary import Vocabulary

FormKind = Literal["pain_point", "proposal", "hackathon"]
REQUIRED: dict[str, tuple[str, ...]] = {  # by FormKind
    "pain_point": ("title", "statement", "theme"),
    "proposal": ("title", "summary", "theme"),
    "hackathon": ("title", "summary", "start_date"),
}
FILL_IN = ("Fill this in before you submit.", "โปรดกรอกก่อนส่งให้ตรวจ")
# Set by the catalogue, never by whoever writes the form.
OURS = ("id", "kind", "sample")


def read(
    kind: str, entry_id: str, values: Mapping[str, Any], vocabulary: Vocabulary, sample: bool = False
) -> tuple[Entry, tuple[Removed, ...]]:
    """The entry that a form describes so far, and the personal data taken out of it, which nobody should keep.

    Raises ``IncompleteEntry`` that names every wrong field at once; :func:`refuse_incomplete` looks for missing ones.
    """
    filled = {name: value for name, value in values.items() if name not in OURS and value not in (None, "", [], {})}
    title = filled.get("title")
    filled.setdefault("language", "en" if isinstance(title, Mapping) and not title.get("th") else "th")
    ours = {"id": entry_id, "kind": kind, "sample": sample}
    _parsed(filled | ours)  # what is longer or deeper than an entry may be is not worth looking through
    filled, removed = cleaned(filled)
    if any(one.field == "external_id" for one in removed):
        del filled["external_id"]  # what is left of such an id would be that of the next one as well
    entry = _parsed(filled | ours)
    _refuse_unknown(entry, vocabulary)
    return known_organisations(entry, vocabulary.organisation_id), removed


def _parsed(values: dict[str, Any]) -> Entry:
    try:
        return parse_draft(values)
    except ValidationError as error:
        raise _faulty(_told(error)) from None


def refuse_incomplete(body: dict[str, Any], *, to_submit: bool = True) -> None:
    """Raise ``IncompleteEntry`` that names everything which this entry, as JSON values, lacks to be one.

    ``to_submit``: and what has to be filled in before it is submitted.
    """
    wrong: dict[str, tuple[str, str]] = {}
    try:
        entry = parse(body)
    except ValidationError as error:
        wrong = _told(error)
    else:
        if fault := end_before_start(getattr(entry, "start_date", None), getattr(entry, "end_date", None)):
            wrong["end_date"] = (fault.en, fault.th)
    wanted = REQUIRED.get(body["kind"], ()) if to_submit else ()
    wrong |= {name: FILL_IN for name in wanted if not body.get(name)}
    if wrong:
        raise _faulty(wrong)


def _told(error: ValidationError) -> dict[str, tuple[str, str]]:
    """English and Thai words for each fault, by the path of its field."""
    return {".".join(map(str, e["loc"][1:])): FILL_IN if e["type"] == "missing" else worded(e) for e in error.errors()}


def _refuse_unknown(entry: Entry, vocabulary: Vocabulary) -> None:
    wrong = {}
    for name in ("theme", "secondary_themes"):
        said = getattr(entry, name, None) or ()
        if {said} - vocabulary.themes.keys() if isinstance(said, str) else set(said) - vocabulary.themes.keys():
            wrong[name] = ("Choose a theme from /api/v1/themes.", "โปรดเลือกหมวดจาก /api/v1/themes")
    if set(getattr(entry, "provinces", ())) - vocabulary.provinces.keys():
        wrong["provinces"] = ("Choose provinces from /api/v1/provinces.", "โปรดเลือกจังหวัดจาก /api/v1/provinces")
    if wrong:
        raise _faulty(wrong)


def _faulty(wrong: Mapping[str, tuple[str, str]]) -> IncompleteEntry:
    labels = [(label_of(name, "en"), label_of(name, "th")) for name in wrong]
    return IncompleteEntry(
        f"Check: {', '.join(dict.fromkeys(en for en, _ in labels))}.",
        f"โปรดตรวจสอบ: {', '.join(dict.fromkeys(th for _, th in labels))}",
        errors=[
            {"pointer": "#/body/" + name.replace(".", "/"), "detail": en, "detail_th": th}
            for name, (en, th) in wrong.items()
        ],
    )


def label_of(path: str, language: str) -> str:
    """What people call the field at the beginning of a path."""
    name = path.split(".")[0]
    found = next((d for model in KINDS.values() if (d := about(model).get(name))), None)
    return (found.th if language == "th" else found.en) if found else name
