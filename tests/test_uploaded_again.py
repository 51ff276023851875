"""A file that comes again: its rows are known again, whatever was explained, linked, merged or published in between."""

from collections.abc import Iterator
from typing import Any

import pytest

from catalogue import merges
from catalogue.api.parts import Parts
from catalogue.curation import Status
from catalogue.loading import dry_run
from catalogue.store import Change, Store
from catalogue.uploads import read_upload, remember, remembered
from catalogue.vocabulary import Vocabulary
from tests.curating import Desk
from tests.curating import desk as opened
from tests.test_messy_workbooks import LINKS, P1, PAINS, PROPOSALS, book, lines, told
from tests.test_upload_planning import HOST, NOW, commit, stand
from tests.uploading import upload

AGAIN = {"create": 0, "update": 0, "unchanged": 1, "rejected": 0}
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
