"""A host's messy workbook: every planted fault at its cell, none invented; then written, repeated, changed, undone."""

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from catalogue import history, merges
from catalogue.batches import batches, undo
from catalogue.curation import Status
from catalogue.decisions import ACTION_LABELS, Action, Claim, Needs, Standing, decide
from catalogue.duplicates import Evidence
from catalogue.edit_faults import LEAVE_OUT
from catalogue.entries import Entry, body_of, content_hash, parse
from catalogue.errors import Conflict, EntryNotFound, IndexNotReady
from catalogue.imports import Plan, Row
from catalogue.loading import Upload, dry_run, import_rows, load_sample
from catalogue.people import Grant, Person, Role
from catalogue.repeats import MOST_BY_MEANING, Repeats
from catalogue.review import waiting_since
from catalogue.store import UPDATED, Change, Store
from catalogue.uploads import read_upload, remember, remembered
from catalogue.vocabulary import Vocabulary
from catalogue.workbooks.kinds import LINK
from tests.small_catalogue import create, going_back, pain_id
from tests.workbook_with_faults import Fault, workbook

NOW = datetime.datetime(2026, 11, 24, 5, 0, tzinfo=datetime.UTC)
HOST = "OG-2569-001"


def commit(data: bytes, store: Store, vocabulary: Vocabulary, **more: Any) -> Plan:
    rows = read_upload(data, "x.csv", vocabulary, {}).rows
    upload = Upload("x.csv", "0" * 64)
    return import_rows(
        rows,
        store,
        vocabulary,
        actor="a",
        batch="b" * 64,
        reason="import",
        at=NOW,
        upload=upload,
        **{"owner": HOST, **more},
    )


def test_all_planted_faults_at_exactly_their_cells(store: Store, vocabulary: Vocabulary) -> None:
    data, planted = workbook()
    found = read_upload(data, "x.xlsx", vocabulary, {})
    made = dry_run(found.rows, store, vocabulary, 2569, HOST)
    problems = [p.as_dict() for p in made.problems]
    assert {Fault(p["sheet"], p["cell"], p["code"]) for p in problems} == set(planted)
    assert len(problems) == 22
    assert all(p["message_th"] and p["message_en"] for p in problems)
    assert found.unknown == []
    assert store.revision() == 0


def test_the_repaired_workbook_is_taken_once_and_undone_as_a_whole(store: Store, vocabulary: Vocabulary) -> None:
    data, _ = workbook(repaired=True)
    made = commit(data, store, vocabulary)
    assert made.problems == []
    assert made.counts() == {"create": 52, "update": 0, "unchanged": 0, "rejected": 0}
    assert len(store.links_of([p.entry.id for p in made.create], None)) == 8
    assert {store.get(p.entry.id).status for p in made.create} == {Status.SUBMITTED}  # type: ignore[union-attr]
    before = store.revision()
    again = commit(data, store, vocabulary)
    assert again.counts() == {"create": 0, "update": 0, "unchanged": 52, "rejected": 0}
    assert store.revision() == before
    assert made.batch is not None
    assert undo(store, made.batch, "a", NOW, HOST) == 52
    assert store.entry_counts([Status.WITHDRAWN]) == {"pain_point": 36, "proposal": 16}
    assert [b.undone for b in batches(store, HOST)] == [True]
    assert commit(data, store, vocabulary).counts()["update"] == 52  # brought back
    assert store.entry_counts([Status.SUBMITTED]) == {"pain_point": 36, "proposal": 16}
    assert store.verify_audit().ok


CSV = "รหัสของผู้ส่ง,ชื่อเรื่อง,ปัญหา,จังหวัด\nA1,น้ำไม่ไหล,{},โคราช\nA2,ไฟดับ,ดับทุกคืน โทร 081-234-5678,กทม\n"


def test_one_changed_cell_is_one_update_and_undo_restores_it(store: Store, vocabulary: Vocabulary) -> None:
    first = commit(CSV.format("ทุกหน้าแล้ง").encode(), store, vocabulary)
    second = commit(CSV.format("ทุกวัน").encode(), store, vocabulary)
    assert second.counts() == {"create": 0, "update": 1, "unchanged": 1, "rejected": 0}
    (changed,) = second.update
    assert [change["field"] for change in changed.changes()] == ["statement"]
    with pytest.raises(Conflict) as later:
        undo(store, str(first.batch), "a", NOW)
    assert later.value.members["entries"] == [changed.entry.id]
    undo(store, str(second.batch), "a", NOW)
    stored = store.get(changed.entry.id)
    assert stored is not None
    assert stored.body["statement"]["th"] == "ทุกหน้าแล้ง"
    assert "081" not in str([event.payload for event in store.events_of_batch(str(first.batch))])
    with pytest.raises(Conflict):
        undo(store, str(second.batch), "a", NOW)
    with pytest.raises(EntryNotFound):
        undo(store, "nothing", "a", NOW)
    # What was changed later is as before: the first import can be taken back now.
    assert undo(store, str(first.batch), "a", NOW) == 2
    assert store.entry_counts([Status.WITHDRAWN]) == {"pain_point": 2}


def test_what_others_were_merged_into_is_not_undone(store: Store, vocabulary: Vocabulary) -> None:
    table = "ชื่อเรื่อง,ปัญหา\n{},ทุกวัน\n"
    first, second = (commit(table.format(title).encode(), store, vocabulary, owner="") for title in ("น้ำ", "ไฟ"))
    (canonical,), (member,) = ([planned.entry.id for planned in made.create] for made in (first, second))
    batch = merges.merge(store, canonical, [member], {}, actor="c", reason="")
    with pytest.raises(Conflict) as later:
        undo(store, str(first.batch), "a", NOW)
    assert later.value.members["entries"] == [canonical]
    merges.undo(store, batch, actor="c")
    assert undo(store, str(first.batch), "a", NOW) == 1


def stand(store: Store, entry_id: str, status: Status, **details: Any) -> None:
    store.apply([Change("entry.status_changed", entry_id, status=status, details=details)], actor="c", at=NOW)


@pytest.mark.parametrize("status", [s for s in Status if s != Status.MERGED])
def test_a_changed_row_obeys_the_table_of_decisions(store: Store, vocabulary: Vocabulary, status: Status) -> None:
    first = commit(CSV.format("ทุกหน้าแล้ง").encode(), store, vocabulary)
    entry_id = first.create[0].entry.id
    asked = {"comments": [{"field": "statement", "text": "เมื่อใด"}], "since": "2026-11-01T00:00:00.000000Z"}
    stand(store, entry_id, status, **asked, action="request_edits")
    before = store.revision()
    made = commit(CSV.format("ทุกวัน").encode(), store, vocabulary)
    stored, event = store.latest(ids=[entry_id])[0]
    assert stored.status == status
    if status in (Status.DRAFT, Status.SUBMITTED, Status.EDITS_REQUESTED):
        assert made.counts() == {"create": 0, "update": 1, "unchanged": 1, "rejected": 0}
        assert stored.body["statement"]["th"] == "ทุกวัน"
        told = event.data()["details"]
        assert (told["action"], told["as"]) == ("edit", "host")
        assert {name: told[name] for name in asked} == asked
        undo(store, str(made.batch), "a", NOW, HOST)
        stored, event = store.latest(ids=[entry_id])[0]
        assert (stored.status, stored.body["statement"]["th"]) == (status, "ทุกหน้าแล้ง")
        assert {name: event.data()["details"][name] for name in asked} == asked
    else:
        assert made.counts() == {"create": 0, "update": 0, "unchanged": 1, "rejected": 1}
        (problem,) = [p.as_dict() for p in made.problems if p.severity == "error"]
        assert (problem["code"], problem["cell"]) == ("not-editable", "A2")
        assert entry_id in problem["message_th"]
        assert entry_id in problem["message_en"]
        assert store.revision() == before
        # Who does what they are told can have the row taken.
        suggested = problem["suggestion_en"].casefold()
        stand(store, entry_id, followed(suggested, status))
        again = commit(CSV.format("ทุกวัน").encode(), store, vocabulary).counts()
        assert (again["update"] == 1) == (suggested != LEAVE_OUT[1].casefold())


def followed(suggestion: str, status: Status) -> Status:
    """Where an entry of the host stands after what the suggestion names was done, by the table of decisions."""
    host, curator = Person("h", grants=(Grant(Role.HOST_EDITOR, HOST),)), Person("c", grants=(Grant(Role.CURATOR),))
    claim = Claim("c", NOW) if status == Status.IN_REVIEW else None
    for action, person in ((Action.WITHDRAW, host), (Action.RESTORE, host), (Action.REQUEST_EDITS, curator)):
        if ACTION_LABELS[action]["en"].casefold() in suggestion:
            standing = Standing(status, None, HOST, claim)
            status = decide(standing, action, person, NOW, dict.fromkeys(Needs, "x")).status
    return status


def test_nobody_changes_entries_of_others_or_chooses_ids(store: Store, vocabulary: Vocabulary) -> None:
    load_sample(store, vocabulary, NOW)
    proposal = store.entries(kind="proposal", limit=1)[0].id
    pain_point = store.entries(kind="pain_point", limit=1)[0].id
    before = store.revision()
    ours = {"kind": "pain_point", "language": "th", "title": {"th": "ของเรา"}, "statement": {"th": "ยึดมา"}}
    rows = [Row("x.jsonl", n, ours | {"id": i}) for n, i in enumerate((pain_point, "PP-2569-77777"), 1)]
    link = Row("x.jsonl", 3, {"kind": LINK, "proposal": proposal, "pain_point": pain_point})
    made = dry_run([*rows, link], store, vocabulary, 2569, HOST)
    assert [p.code for p in made.problems if p.severity == "error"] == ["not-editable", "unknown-id", "not-editable"]
    assert (made.create, made.update) == ([], [])
    assert store.revision() == before


def test_rows_of_a_host_wait_for_a_curator_since_they_came(store: Store, vocabulary: Vocabulary) -> None:
    made = commit(CSV.format("ทุกวัน").encode(), store, vocabulary)
    for stored, event in store.latest(ids=[p.entry.id for p in made.create]):
        told = event.data()["details"]
        assert (told["action"], told["as"], waiting_since(stored, told)) == ("submit", "host", told["since"])
        assert told["since"].startswith("2026-11-24T05:00")
    undo(store, str(made.batch), "a", NOW, HOST)
    back = commit(CSV.format("ทุกวัน").encode(), store, vocabulary)
    assert back.counts()["update"] == 2
    steps = history.steps(store.events_of(back.update[0].entry.id))
    assert [(step.action, step.status) for step in steps] == [
        ("submit", Status.SUBMITTED),
        (None, Status.WITHDRAWN),
        ("submit", Status.SUBMITTED),
    ]


def test_two_columns_of_one_field_lose_nothing_silently(store: Store, vocabulary: Vocabulary) -> None:
    titles = "ชื่อเรื่อง,รายละเอียดปัญหา,คำอธิบาย,จังหวัด,พื้นที่\n"
    made = commit(f"{titles}น้ำขุ่น,หลังฝน,ตั้งแต่ปี 2565,น่าน,แพร่; น่าน\n".encode(), store, vocabulary)
    (problem,) = (one.as_dict() for one in made.problems)
    assert (problem["cell"], problem["code"], problem["severity"]) == ("C2", "column-repeated", "error")
    assert "“รายละเอียดปัญหา”" in problem["message_th"]
    assert made.create == []
    same = commit(f"{titles}น้ำขุ่น,หลังฝน,หลังฝน,น่าน,แพร่/น่าน\n".encode(), store, vocabulary)
    assert (same.problems, same.create[0].entry.provinces) == ([], ("TH-55", "TH-54"))  # type: ignore[attr-defined]


def test_a_senders_id_is_one_in_thai_digits_too(store: Store, vocabulary: Vocabulary) -> None:
    titles = "ประเภท,รหัส,ชื่อเรื่อง,ปัญหา,สรุป,ปัญหาในคลัง,ผู้ได้รับผลกระทบ\n"
    first = f"{titles}ปัญหา,๑,น้ำขุ่น,หลังฝน,,,๑๒๐\nข้อเสนอ,S๑,กรองน้ำ,,ถังกรอง,๑,\n".encode()
    assert commit(first, store, vocabulary).counts()["create"] == 2
    again = first.replace("ปัญหา,๑".encode(), "ปัญหา,1".encode()).replace("ถังกรอง,๑".encode(), "ถังกรอง,1".encode())
    assert commit(again, store, vocabulary).counts() == {"create": 0, "update": 0, "unchanged": 2, "rejected": 0}
    bodies = {stored.kind: stored.body for stored in store.entries(statuses=None)}
    assert bodies["pain_point"]["affected"]["th"] == "๑๒๐"  # as the rest of its row
    assert len(bodies["proposal"]["pain_points"]) == 1


def test_rows_without_id_are_known_by_their_content(store: Store, vocabulary: Vocabulary) -> None:
    data = "ชื่อเรื่อง,ปัญหา\nน้ำไม่ไหล,ทุกหน้าแล้ง\nน้ำไม่ไหล,ทุกหน้าแล้ง\n".encode()
    made = commit(data, store, vocabulary)
    assert [p.code for p in made.problems] == ["row-repeated"]
    assert made.counts()["create"] == 1
    assert commit(data, store, vocabulary).counts()["unchanged"] == 1


def test_a_hackathon_has_themes_and_each_cell_takes_what_its_title_says(store: Store, vocabulary: Vocabulary) -> None:
    titles = "ประเภท,รหัสของผู้ส่ง,ชื่อเรื่อง,หมวด,หมวดรอง\n"
    told = commit(f"{titles}แฮกกาธอน,H1,แฮกเมือง,ยาเสพติด; Health,\n".encode(), store, vocabulary)
    (problem,) = (one.as_dict() for one in told.problems)
    assert (problem["cell"], problem["code"], told.create) == ("D2", "several-themes", [])
    assert "“หมวดรอง”" in problem["suggestion_th"]
    assert "“Further themes”" in problem["suggestion_en"]
    for several in ("Health; น้ำ น้ำท่วม ภัยแล้ง", '"Health, น้ำ น้ำท่วม ภัยแล้ง"', "Health / น้ำ น้ำท่วม ภัยแล้ง"):
        read = read_upload(f"{titles}แฮกกาธอน,H1,แฮกเมือง,,{several}\n".encode(), "x.csv", vocabulary, {})
        assert read.rows[0].values["secondary_themes"] == ["health", "water-flood-drought"]
    row = f"{titles}แฮกกาธอน,H1,แฮกเมือง,ยาเสพติด,Health; น้ำ น้ำท่วม ภัยแล้ง\n".encode()
    commit(row, store, vocabulary)
    (event,) = store.entries(statuses=None)
    assert (event.body["theme"], event.body["secondary_themes"]) == ("drugs", ["health", "water-flood-drought"])


def test_an_entry_of_an_older_version_is_unchanged_by_its_own_row(store: Store, vocabulary: Vocabulary) -> None:
    row = "ประเภท,รหัสของผู้ส่ง,ชื่อเรื่อง\nแฮกกาธอน,H1,แฮกเมือง\n".encode()
    commit(row, store, vocabulary)
    (event,) = store.entries(statuses=None)
    older = {name: value for name, value in event.body.items() if name != "secondary_themes"}
    store.apply([Change(UPDATED, event.id, older, content_hash="of its version")], actor="host")
    assert commit(row, store, vocabulary).counts() == {"create": 0, "update": 0, "unchanged": 1, "rejected": 0}
    made = commit(row.replace("แฮกเมือง".encode(), "แฮกเมืองน่าน".encode()), store, vocabulary)
    assert [[change["field"] for change in planned.changes()] for planned in made.update] == [["title"]]


def test_the_same_title_is_told_and_the_row_is_taken(store: Store, vocabulary: Vocabulary) -> None:
    load_sample(store, vocabulary, NOW)
    known = store.entries(kind="pain_point", limit=1)[0]
    title = known.body["title"]["th"]
    made = commit(f'ชื่อเรื่อง,ปัญหา\n"{title}",อย่างอื่น\n'.encode(), store, vocabulary)
    assert [[one.id for one in p.near] for p in made.create] == [[known.id]]
    (problem,) = made.problems
    assert (problem.code, problem.severity, problem.suggestion) == ("probable-duplicate", "warning", known.id)
    assert problem.message_th == f"อาจซ้ำกับ {known.id} “{title}”"
    assert made.report()["duplicates"][0]["near"][0]["title"]["th"] == title
    assert made.compared_by == "titles"


def test_titles_are_told_of_what_one_may_know_as_it_stands_now(store: Store, vocabulary: Vocabulary) -> None:
    made = commit(CSV.format("ทุกวัน").encode(), store, vocabulary)
    first, second = (planned.entry for planned in made.create)
    repeats = Repeats(store)

    def found(entry: Entry, owner: str = "") -> list[str]:
        again = parse(body_of(entry) | {"id": "PP-2569-09999", "external_id": "again"})
        return [one.id for one in repeats.of([again], owner)(again)]

    assert found(first) == found(first, "OG-2569-002") == []
    assert found(first, HOST) == [first.id]
    stand(store, second.id, Status.PUBLISHED)
    assert found(second, "OG-2569-002") == [second.id]
    stand(store, second.id, Status.WITHDRAWN)
    assert found(second, HOST) == []
    emptied = {name: value for name, value in body_of(first).items() if name != "title"}
    store.apply([Change(UPDATED, first.id, emptied, Status.DRAFT, content_hash=first.id)], "host")
    assert found(first, HOST) == []
    renamed = parse(body_of(first) | {"title": {"th": "ฝนตก", "en": "It rains"}})
    store.apply([Change(UPDATED, first.id, body_of(renamed), content_hash=content_hash(renamed))], "host")
    assert found(first, HOST) == []
    english = parse(body_of(first) | {"title": {"en": "it  RAINS"}, "language": "en"})
    assert found(english, HOST) == [first.id]
    assert store.titles(None, ids=[second.id]) == [(second.id, "pain_point", "ไฟดับ")]


def test_titles_of_another_history_are_read_anew(store: Store, tmp_path: Path) -> None:
    repeats = Repeats(store)

    def found(number: int) -> list[str]:
        entry = parse(create(number).body or {})
        return [one.id for one in repeats.of([entry])(entry)]

    store.apply([create(5)], "test")
    with going_back(store, tmp_path, instead=[create(1), create(3)]):
        store.apply([create(2), create(4)], "test")
        assert found(2) == [pain_id(2)]
    assert store.revision() == 3
    assert found(3) == [pain_id(3)]


def test_what_a_search_finds_is_told_too_and_its_absence_is_in_nobodys_way(
    store: Store, vocabulary: Vocabulary
) -> None:
    load_sample(store, vocabulary, NOW)
    known = store.entries(kind="pain_point", limit=1)[0]
    asked: list[tuple[int, str]] = []

    why = Evidence(meaning=0.9, titles=0.0, words=0.0, terms=(), theme=None, provinces=())

    def search(entries: Sequence[Entry], owner: str) -> Callable[[Entry], list[tuple[str, Evidence]]]:
        asked.append((len(entries), owner))
        return lambda entry: [(known.id, why), ("PP-2569-99999", why)] if entry.title.th == "ไฟดับ" else []

    rows = read_upload(CSV.format("ทุกวัน").encode(), "x.csv", vocabulary, {}).rows
    planned = dry_run(rows, store, vocabulary, 2569, HOST, Repeats(store, search))
    made = commit(CSV.format("ทุกวัน").encode(), store, vocabulary, repeats=Repeats(store, search))
    for one in (planned, made):
        assert [[(near.id, near.score) for near in p.near] for p in one.create] == [[], [(known.id, 0.9)]]
        assert [p.code for p in one.problems if p.column == "title"] == ["probable-duplicate"]
        assert one.compared_by == "meaning"
    assert asked == [(2, HOST)] * 2
    (created,) = store.events_of(made.create[1].entry.id)
    assert created.data()["details"]["near"] == [known.id]

    many = [made.create[1].entry] * (MOST_BY_MEANING + 1)
    assert not Repeats(store, search).of(many, HOST).by_meaning
    assert len(asked) == 2

    def broken(entries: Sequence[Entry], owner: str) -> Callable[[Entry], list[tuple[str, Evidence]]]:
        raise IndexNotReady("No index.", "ไม่มีดัชนี")

    alone = dry_run(rows, store, vocabulary, 2569, "OG-2569-002", Repeats(store, broken))
    assert (alone.compared_by, len(alone.create)) == ("titles", 2)
    assert [p for p in alone.problems if p.column == "title"] == []


def test_what_others_hide_is_not_told(store: Store, vocabulary: Vocabulary) -> None:
    made = commit(CSV.format("ทุกวัน").encode(), store, vocabulary)
    hidden = made.create[0].entry
    rows = read_upload(f"ชื่อเรื่อง,ปัญหาในคลัง\nแก้น้ำ,{hidden.id}\n".encode(), "x.csv", vocabulary, {}).rows
    other = dry_run(rows, store, vocabulary, 2569, "OG-2569-002")
    assert [p.code for p in other.problems] == ["unknown-pain-point"]
    assert dry_run(rows, store, vocabulary, 2569, HOST).problems == []
    store.apply([Change("entry.published", hidden.id, status=Status.PUBLISHED)], actor="c")
    assert dry_run(rows, store, vocabulary, 2569, "OG-2569-002").problems == []


def test_what_was_merged_may_be_referred_to_where_it_leads_to_what_is_public(
    store: Store, vocabulary: Vocabulary
) -> None:
    made = commit(CSV.format("ทุกวัน").encode(), store, vocabulary)
    kept, gone = (planned.entry.id for planned in made.create)
    stand(store, kept, Status.PUBLISHED)
    merges.merge(store, kept, [gone], {}, actor="c", reason="")
    rows = read_upload(f"ชื่อเรื่อง,ปัญหาในคลัง\nแก้น้ำ,{gone}\n".encode(), "x.csv", vocabulary, {}).rows
    assert dry_run(rows, store, vocabulary, 2569, "OG-2569-002").problems == []
    ours = {"kind": "pain_point", "language": "th", "title": {"th": "ของเรา"}, "statement": {"th": "ยึดมา"}}
    taking = dry_run([Row("x.jsonl", 1, ours | {"id": gone})], store, vocabulary, 2569, "OG-2569-002")
    assert [p.code for p in taking.problems] == ["unknown-id"]
    stand(store, kept, Status.WITHDRAWN)
    hidden = dry_run(rows, store, vocabulary, 2569, "OG-2569-002")
    assert [p.code for p in hidden.problems] == ["unknown-pain-point"]


def test_a_mapping_is_remembered_for_its_organisation(store: Store, vocabulary: Vocabulary) -> None:
    data = "Timestamp,ชื่อทีม,เรื่องที่อยากให้แก้,เล่าให้ฟัง\n1/2/2566,ก,น้ำไม่ไหล,ทุกหน้าแล้ง\n".encode()
    assert len(read_upload(data, "f.csv", vocabulary, {}).unknown) == 4
    mapping = {"Timestamp": "", "ชื่อทีม": "", "เรื่องที่อยากให้แก้": "title", "เล่าให้ฟัง": "statement"}
    remember(store, HOST, mapping, "a", NOW)
    remember(store, HOST, mapping, "a", NOW)
    assert store.revision() == 1
    assert remembered(store, "OG-2569-002") == {}
    found = read_upload(data, "f.csv", vocabulary, remembered(store, HOST))
    assert found.unknown == []
    assert found.rows[0].values["title"] == {"th": "น้ำไม่ไหล"}
