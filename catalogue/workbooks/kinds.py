"""Words by which sheets and cells say what kind of entry they hold. Pure, and quick to load: child.py wants them.

Tested by tests/test_upload_planning.py.
"""

from catalogue.vocabulary import name_key

LINK = "link"  # kind of a row that ties a proposal to a pain point and is no entry itself
KIND = "kind"  # key of the column that says what a row of a combined sheet is
# แนวทางแก้ปัญหา and the like name solutions, though they end like a problem.
SOLVING = tuple(
    f"{what}{how}{solves}ปัญหา"
    for what in ("แนวทาง", "วิธี", "นวัตกรรม", "ไอเดีย")
    for how in ("", "การ", "เพื่อ")
    for solves in ("แก้", "แก้ไข")
)
KIND_WORDS: dict[str, tuple[str, ...]] = {
    "link": ("ความเชื่อมโยง", "เชื่อมโยง", "link", "links"),
    "proposal": ("ข้อเสนอ", "proposal", "proposals", "ผลงาน", "โครงการ", "solution", "solutions", *SOLVING),
    "pain_point": ("ปัญหา", "painpoint", "painpoints", "problem", "problems", "โจทย์"),
    "hackathon": ("แฮกกาธอน", "hackathon", "hackathons", "event", "งาน"),
}
NEVER_INSIDE = frozenset({"งาน", "event"})  # พลังงาน, แรงงาน, รายงาน and "prevention" are no events


def named_kind(words: str) -> str | None:
    """The kind of which these words are a name and nothing else."""
    folded = name_key(words)
    return next((kind for kind, names in KIND_WORDS.items() if folded == name_key(kind) or folded in names), None)


def kind_of(words: str) -> str | None:
    """The kind that a sheet's name or a cell of a combined sheet means: it names one, or has such a word in it."""
    if kind := named_kind(words):
        return kind
    folded = name_key(words)
    inside = {kind: [name for name in names if name not in NEVER_INSIDE] for kind, names in KIND_WORDS.items()}
    return next((kind for kind, names in inside.items() if any(name in folded for name in names)), None)
