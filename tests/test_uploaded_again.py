"""A file that comes again: its rows are known again, whatever was explained, linked, merged or published in between."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from catalogue import merges
from catalogue.api.parts import Parts
from catalogue.batches import undo
from catalogue.curation import Status
from catalogue.entries import body_of, content_hash, parse
from catalogue.loading import dry_run, known_to
from catalogue.planning import plan
from catalogue.store import UPDATED, Change, Store
from catalogue.uploads import read_upload, remember, remembered
from catalogue.vocabulary import Vocabulary
from tests.curating import Desk
from tests.curating import desk as opened
from tests.test_messy_workbooks import LINKS, P1, PAINS, PROPOSALS, book, lines, told
from tests.test_upload_planning import HOST, NOW, commit, stand
from tests.uploading import upload

AGAIN = {"create": 0, "update": 0, "unchanged": 1, "rejected": 0}
TEXTS = ("title", "statement")
TITLES = [*LINKS, "ความเกี่ยวข้อง", "เหตุผล"]


@pytest.fixture
def desk(store: Store, parts: Parts) -> Iterator[Desk]:
    with opened(store, parts) as made:
        yield made


def ids(data: bytes, vocabulary: Vocabulary, mapping: dict[str, str]) -> list[Any]:
    return [row.values.get("external_id") for row in read_upload(data, "x.csv", vocabulary, mapping).rows]


def test_a_row_without_an_id_is_the_same_when_a_title_was_explained(vocabulary: Vocabulary) -> None:
    data = lines("ลำดับ,ชื่อปัญหา,รายละเอียดปัญหา,เล่าให้ฟัง", "1,น้ำท่วม,ท่วม,โทร 081-234-5678", "2,น้ำท่วม,ท่วม,ทุกปี")
    before = ids(data, vocabulary, {})
    assert len(set(before)) == 2
    for mapping in ({"เล่าให้ฟัง": "evidence"}, {"เล่าให้ฟัง": ""}, {"รายละเอียดปัญหา": "affected", "ลำดับ": ""}):
        assert ids(data, vocabulary, mapping) == before
    # Columns in another order, another running number and another telephone number make it no other row.
    other = lines("รายละเอียดปัญหา,ชื่อ ปัญหา,เล่าให้ฟัง,ลำดับ", "ท่วม,น้ำท่วม,โทร 089-999-9999,7")
    assert ids(other, vocabulary, {}) == before[:1]


def test_a_file_doubles_nothing_after_its_titles_were_explained(store: Store, vocabulary: Vocabulary) -> None:
    data = lines("ชื่อปัญหา,รายละเอียดปัญหา,ใครเดือดร้อนบ้าง", "น้ำท่วม,ท่วม,ชาวนา")
    assert commit(data, store, vocabulary).counts()["create"] == 1
    remember(store, HOST, {"ใครเดือดร้อนบ้าง": "affected"}, "a", NOW)
    rows = read_upload(data, "x.csv", vocabulary, remembered(store, HOST)).rows
    assert dry_run(rows, store, vocabulary, 2569, HOST).counts() == AGAIN | {"unchanged": 0, "update": 1}


@pytest.mark.parametrize("title", ["รหัส", "id", "รหัสของผู้ส่ง"])
def test_the_catalogues_own_id_in_a_column_of_ids_is_that_entrys(
    store: Store, vocabulary: Vocabulary, title: str
) -> None:
    first = commit(lines("รหัส,ชื่อปัญหา,รายละเอียดปัญหา", "A1,น้ำท่วม,ท่วม"), store, vocabulary)
    own = first.create[0].entry.id
    changed = commit(lines(f"{title},ชื่อปัญหา,รายละเอียดปัญหา", f"{own},น้ำท่วม,ท่วมทุกปี"), store, vocabulary)
    assert changed.counts() == AGAIN | {"unchanged": 0, "update": 1}
    stored = store.get(own)
    assert stored is not None
    assert (stored.body["external_id"], stored.body["statement"]["th"]) == ("A1", "ท่วมทุกปี")
    unknown = commit(lines("id,ชื่อปัญหา,รายละเอียดปัญหา", "PP-2569-77777,ฝุ่น,หนา"), store, vocabulary)
    assert told(unknown) == [(None, "A2", "unknown-id", "error")]
    # Of another kind it is a text like any other.
    other = commit(lines("ประเภท,id,ชื่อผลงาน,สรุปข้อเสนอ", f"ข้อเสนอ,{own},แอป,แจ้ง"), store, vocabulary)
    assert other.create[0].entry.external_id == own


def test_what_a_sheet_of_links_said_stays_when_proposals_or_links_come_again(
    store: Store, vocabulary: Vocabulary
) -> None:
    proposals = book(ข้อเสนอ=[PROPOSALS, ["R1", "แอป", "แจ้ง", "P1"]])
    commit(book(ปัญหา=[PAINS, P1]), store, vocabulary)
    commit(proposals, store, vocabulary)
    links = book(เชื่อมโยง=[TITLES, ["R1", "P1", "แก้ได้บางส่วน", "เตือนได้เร็วขึ้น"]])
    assert commit(links, store, vocabulary).counts()["update"] == 1
    before = store.revision()
    assert commit(proposals, store, vocabulary).counts() == AGAIN
    assert commit(book(เชื่อมโยง=[LINKS, ["R1", "P1"]]), store, vocabulary).counts() == AGAIN | {"unchanged": 0}
    (proposal,) = store.entries(kind="proposal", statuses=[Status.SUBMITTED])
    (claim,) = proposal.body["pain_points"]
    assert (claim["role"], claim["reason"]["th"], store.revision()) == ("partly", "เตือนได้เร็วขึ้น", before)
    # What the sheet of links says otherwise counts, an empty cell too.
    commit(book(เชื่อมโยง=[TITLES, ["R1", "P1", "แก้ปัญหานี้", None]]), store, vocabulary)
    (proposal,) = store.entries(kind="proposal", statuses=[Status.SUBMITTED])
    assert [(one["role"], one.get("reason")) for one in proposal.body["pain_points"]] == [("addresses", None)]


def test_links_of_a_published_proposal_that_it_has_are_no_fault(store: Store, vocabulary: Vocabulary) -> None:
    commit(book(ปัญหา=[PAINS, P1, ["P2", "ฝุ่น", "หนา"]], ข้อเสนอ=[PROPOSALS[:3], ["R1", "แอป", "แจ้ง"]]), store, vocabulary)
    link = ["R1", "P1", "แก้ได้บางส่วน", "เตือนได้เร็วขึ้น"]
    made = commit(book(เชื่อมโยง=[TITLES, link]), store, vocabulary)
    stand(store, made.update[0].entry.id, Status.PUBLISHED)
    assert told(commit(book(เชื่อมโยง=[TITLES, link]), store, vocabulary)) == []
    more = commit(book(เชื่อมโยง=[TITLES, link, ["R1", "P2", None, None]]), store, vocabulary)
    assert told(more) == [("เชื่อมโยง", None, "not-editable", "error")]


def test_a_row_of_a_merged_entry_is_unchanged_or_names_what_it_is_part_of(store: Store, vocabulary: Vocabulary) -> None:
    rows = lines("รหัส,ชื่อปัญหา,รายละเอียดปัญหา", "A1,น้ำท่วม,ท่วม", "A2,น้ำเอ่อ,เอ่อ")
    kept, gone = (planned.entry.id for planned in commit(rows, store, vocabulary).create)
    store.apply([Change("entry.published", one, status=Status.PUBLISHED) for one in (kept, gone)], actor="c")
    merges.merge(store, kept, [gone], {}, actor="c", reason="")
    again = commit(rows, store, vocabulary)
    assert (again.problems, again.counts()) == ([], AGAIN | {"unchanged": 2})
    made = commit(rows + "แล้ว".encode(), store, vocabulary)
    (problem,) = (one.as_dict() for one in made.problems)
    assert (problem["code"], problem["cell"], problem["suggestion_en"]) == ("entry-merged", "A3", "Leave this row out")
    assert kept in problem["message_th"]
    assert kept in problem["message_en"]


def test_visitors_learn_no_id_that_was_made_of_the_cells_of_a_row(desk: Desk) -> None:
    file = lines("ชื่อปัญหา,รายละเอียดปัญหา,ผู้ส่ง", "น้ำท่วม,ท่วม,สมชาย")
    assert upload(desk.clients["host"], file, "x.csv", commit=True).json()["create"] == 1
    (one,) = (one for one in desk.store.entries(statuses=[Status.SUBMITTED]) if one.body["title"].get("th") == "น้ำท่วม")
    desk.done("curator", one.id, "claim", "publish")
    shown = {who: desk.clients[who].get(f"/api/v1/entries/{one.id}").json()["entry"] for who in ("visitor", "host")}
    assert shown["host"]["external_id"].startswith("content:")
    assert shown["visitor"].get("external_id") is None
    body = {name: value for name, value in shown["host"].items() if name != "external_id"} | {"year": 2026}
    desk.done("curator", one.id, "edit", body=body, reason="แก้ปี")
    found = {who: desk.clients[who].get(f"/api/v1/entries/{one.id}/history").json() for who in ("visitor", "host")}
    changed = {who: [change["field"] for change in told["steps"][-1]["changes"]] for who, told in found.items()}
    assert changed == {"visitor": ["year"], "host": ["external_id", "year"]}
    assert "content:" not in str(found["visitor"])


THREE = "รหัส,ชื่อเรื่อง,รายละเอียด"


def corrected(store: Store, vocabulary: Vocabulary, column: str = "") -> tuple[bytes, str]:
    """A file that was saved, and the id of its one entry, whose statement somebody corrected since."""
    data = lines(f"{THREE}{column and ',' + column}", f"A1,น้ำท่วม,ท่วม{column and ',ชาวนา'}")
    (planned,) = commit(data, store, vocabulary).create
    stored = store.get(planned.entry.id)
    assert stored is not None
    entry = parse(stored.body | {"statement": {"th": "ท่วมทุกปี", "en": "Each year"}})
    store.apply([Change(UPDATED, entry.id, body_of(entry), content_hash=content_hash(entry))], "form")
    return data, entry.id


def statement(store: Store, entry_id: str) -> dict[str, str]:
    stored = store.get(entry_id)
    assert stored is not None
    return {name: words for name, words in stored.body["statement"].items() if name != "origin"}


@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.PUBLISHED])
def test_a_row_that_says_again_what_it_said_undoes_no_correction(
    store: Store, vocabulary: Vocabulary, status: Status
) -> None:
    data, entry_id = corrected(store, vocabulary)
    stand(store, entry_id, status)
    again = commit(data, store, vocabulary)
    assert (again.problems, again.counts()) == ([], AGAIN)
    assert statement(store, entry_id) == {"th": "ท่วมทุกปี", "en": "Each year"}
    more = commit(data + "\nA2,ฝุ่น,หนา".encode(), store, vocabulary)
    assert more.counts() == AGAIN | {"create": 1}


def test_a_row_that_says_something_else_counts_and_may_be_undone(store: Store, vocabulary: Vocabulary) -> None:
    data, entry_id = corrected(store, vocabulary)
    changed = data.replace("น้ำท่วม".encode(), "น้ำเอ่อ".encode())
    made = commit(changed, store, vocabulary)
    assert made.counts()["update"] == 1
    assert statement(store, entry_id) == {"th": "ท่วม", "en": "Each year"}
    undo(store, str(made.batch), "a", NOW, HOST)
    assert commit(data, store, vocabulary).counts() == AGAIN  # it said that before what was undone
    assert commit(changed, store, vocabulary).counts()["update"] == 1


def test_a_row_of_which_more_is_read_since_counts(store: Store, vocabulary: Vocabulary) -> None:
    data, entry_id = corrected(store, vocabulary, column="ใครเดือดร้อนบ้าง")
    remember(store, HOST, {"ใครเดือดร้อนบ้าง": "affected"}, "a", NOW)
    rows = read_upload(data, "x.csv", vocabulary, remembered(store, HOST)).rows
    assert [one.entry.id for one in dry_run(rows, store, vocabulary, 2569, HOST).update] == [entry_id]


def test_an_entry_without_a_note_of_its_row_is_compared_by_what_it_says(store: Store, vocabulary: Vocabulary) -> None:
    data, _ = corrected(store, vocabulary)
    rows = read_upload(data, "x.csv", vocabulary, {}).rows
    known = {key: replace(one, noted={}) for key, one in known_to(rows, store, HOST).items()}
    assert len(plan(rows, known, vocabulary.organisation_id, str, HOST).update) == 1


def test_links_are_tied_to_a_proposal_whose_row_came_again(store: Store, vocabulary: Vocabulary) -> None:
    sheets = {"ปัญหา": [PAINS, P1, ["P2", "ฝุ่น", "หนา"]], "ข้อเสนอ": [PROPOSALS, ["R1", "แอป", "แจ้ง", "P1"]]}
    commit(book(**sheets), store, vocabulary)
    assert commit(book(**sheets, เชื่อมโยง=[LINKS, ["R1", "P2"]]), store, vocabulary).counts()["update"] == 1
    assert commit(book(**sheets), store, vocabulary).counts() == AGAIN | {"unchanged": 3}
    sheets["ข้อเสนอ"] = [PROPOSALS, ["R1", "แอป", "แจ้ง", "P2"]]
    commit(book(**sheets), store, vocabulary)
    (proposal,) = store.entries(kind="proposal", statuses=[Status.SUBMITTED])
    assert len(proposal.body["pain_points"]) == 1


def test_a_column_that_says_it_in_another_language_keeps_no_old_text(store: Store, vocabulary: Vocabulary) -> None:
    def after(title: str, text: str, titles: str = THREE) -> tuple[Any, ...]:
        commit(lines(titles, f"A1,{title},{text}"), store, vocabulary)
        (one,) = store.entries(statuses=[Status.SUBMITTED])
        texts = [{name: words for name, words in one.body[key].items() if name != "origin"} for key in TEXTS]
        return one.body["language"], *texts

    assert after("น้ำท่วม", "ท่วม") == ("th", {"th": "น้ำท่วม"}, {"th": "ท่วม"})
    assert after("Floods", "Each year") == ("en", {"en": "Floods"}, {"en": "Each year"})
    assert after("ภัยแล้ง", "แล้ง") == ("th", {"th": "ภัยแล้ง"}, {"th": "แล้ง"})
    # What came from elsewhere stays: from the form, or from a column of its own.
    (one,) = store.entries(statuses=[Status.SUBMITTED])
    entry = parse(one.body | {"title": {"th": "ภัยแล้ง", "en": "Drought"}})
    store.apply([Change(UPDATED, entry.id, body_of(entry), content_hash=content_hash(entry))], "form")
    assert after("ภัยแล้งซ้ำซาก", "แล้ง")[1] == {"th": "ภัยแล้งซ้ำซาก", "en": "Drought"}
    own = "รหัส,ชื่อเรื่อง (ไทย),รายละเอียด"
    assert after("ภัยแล้ง", "Dry each year", own)[1:] == ({"th": "ภัยแล้ง", "en": "Drought"}, {"en": "Dry each year"})


def test_an_event_of_the_catalogue_may_be_named_by_its_title(store: Store, vocabulary: Vocabulary) -> None:
    event = "ชื่องาน,วันที่จัด\n{},12-14 ก.พ. 2568"
    (held,) = commit(event.format("OpenGov Hackathon 2568").encode(), store, vocabulary).create
    rows = [["ชื่อปัญหา", "รายละเอียดปัญหา", "แฮกกาธอน"], ["น้ำท่วม", "ท่วม", "OpenGov hackathon ๒๕๖๘"]]
    (made,) = commit(book(ปัญหา=rows), store, vocabulary).create
    assert body_of(made.entry)["hackathon"] == held.entry.id
    read = read_upload(book(ปัญหา=rows), "x.xlsx", vocabulary, {}).rows
    assert [one.code for one in dry_run(read, store, vocabulary, 2569, "OG-2569-002").problems] == ["unknown-hackathon"]
    commit(event.format("OpenGov Hackathon 2568!").encode(), store, vocabulary)
    assert [one.code for one in dry_run(read, store, vocabulary, 2569, HOST).problems] == ["unknown-hackathon"]
