"""The whole catalogue in one file: all of what visitors read elsewhere, and nothing else."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from catalogue.api import dumps
from catalogue.api.parts import Parts
from catalogue.curation import PUBLIC
from catalogue.store import Store
from tests.curating import Desk
from tests.curating import desk as opened
from tests.test_linked_entries import event_of, merged_with_a_claim, proposed

FILES = ("/api/v1/entries.jsonl", "/api/v1/entries.csv")


@pytest.fixture
def desk(store: Store, parts: Parts) -> Iterator[Desk]:
    with opened(store, parts) as made:
        yield made


def lines(client: TestClient) -> list[dict[str, Any]]:
    return [json.loads(line) for line in client.get(FILES[0]).text.splitlines()]


def rows(client: TestClient) -> list[dict[str, str]]:
    answer = client.get(FILES[1])
    assert answer.content.startswith("\ufeff".encode())
    found = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))
    assert not [row for row in found if None in row or None in row.values()]
    return found


def test_the_lines_are_all_that_is_published_in_order_as_the_entries_pages_tell_it(
    client: TestClient, parts: Parts
) -> None:
    found = lines(client)
    ids = [line["entry"]["id"] for line in found]
    assert len(ids) > dumps.PAGE
    assert ids == [one.id for one in parts.store.entries(limit=10_000, statuses=PUBLIC)]
    assert {line["entry"]["kind"] for line in found} == {"pain_point", "proposal", "hackathon", "organization"}
    for line in found[::25]:
        page = client.get(f"/api/v1/entries/{line['entry']['id']}").json()
        told = (line["entry"], line["status"], line["revision"], line["hackathon"], line["pain_points"])
        event = page["hackathon"] and page["hackathon"]["id"]
        assert told == (
            page["entry"],
            page["status"],
            page["revision"],
            event,
            [one["id"] for one in page["pain_points"]],
        )
        assert line["proposals"] == [one["id"] for one in page["proposals"]]
        path = page["summary"]["url"]
        assert line["url"] == (path and f"http://testserver{path}")


def test_the_table_has_the_same_entries_with_words_sources_and_licences(client: TestClient) -> None:
    found = {row["รหัส / Id"]: row for row in rows(client)}
    assert list(found) == [line["entry"]["id"] for line in lines(client)]
    one, entry = found["PP-2569-00090"], client.get("/api/v1/entries/PP-2569-00090").json()["entry"]
    assert one["ชื่อเรื่อง (ไทย) / Title (Thai)"] == entry["title"]["th"]
    assert one["หมวด (อังกฤษ) / Theme (English)"] not in ("", entry["theme"])
    assert one["สัญญาอนุญาต / Licence"] == entry["source"]["license"]
    assert "PR-2569-00174" in one["ข้อเสนอในคลัง / Proposals in the catalogue"].split("; ")
    assert "PP-2569-00090" in found["PR-2569-00174"]["ปัญหาในคลัง / Pain points in the catalogue"].split("; ")
    assert found["PR-2569-00174"]["แฮกกาธอน / Hackathon"].startswith("HK-")


def test_the_files_hold_nothing_of_what_is_not_published(desk: Desk) -> None:
    public, secret, event = desk.create(external_id="ours-1"), desk.create(title={"th": "ความลับ"}), event_of(desk)
    proposal = proposed(desk, event, public, secret)
    for entry_id in (public, proposal):
        desk.done("curator", entry_id, "claim", "publish")
    for who in ("visitor", "host"):  # the same for everybody
        for path in FILES:
            text = desk.clients[who].get(path).text
            assert public in text
            assert not [one for one in (secret, event, "ความลับ") if one in text]
    (mine,) = [line for line in lines(desk.clients["host"]) if line["entry"]["id"] == proposal]
    assert [one["pain_point"] for one in mine["entry"]["pain_points"]] == mine["pain_points"] == [public]
    desk.done("host", public, "withdraw", reason="ผิด")
    assert [line["entry"]["id"] for line in lines(desk.clients["visitor"])] == [proposal]


def test_what_was_merged_is_told_where_it_leads(desk: Desk) -> None:
    first, second, proposal = merged_with_a_claim(desk)
    found = {line["entry"]["id"]: line for line in lines(desk.clients["visitor"])}
    assert list(found) == [first, proposal]
    assert (found[first]["merged"], found[first]["proposals"]) == ([second], [proposal])
    assert found[proposal]["pain_points"] == [first]


def test_no_cell_is_a_formula(desk: Desk) -> None:
    entry_id = desk.create(title={"th": '=HYPERLINK("http://x.example")', "en": "@cmd"})
    desk.done("curator", entry_id, "claim", "publish")
    (row,) = rows(desk.clients["visitor"])
    assert row["ชื่อเรื่อง (ไทย) / Title (Thai)"] == '\'=HYPERLINK("http://x.example")'
    assert row["ชื่อเรื่อง (อังกฤษ) / Title (English)"] == "'@cmd"


@pytest.mark.parametrize("path", FILES)
def test_who_has_the_file_is_sent_it_again_only_once_something_was_written(desk: Desk, path: str) -> None:
    visitor = desk.clients["visitor"]
    empty = visitor.get(path)
    assert (empty.status_code, empty.text.count("\n")) == (200, path.endswith("csv"))
    entry_id = desk.create()
    desk.done("curator", entry_id, "claim", "publish")
    had = visitor.get(path).headers
    assert had["content-disposition"].endswith(f'-{desk.now:%Y-%m-%d}.{path.rpartition(".")[2]}"')
    assert had["last-modified"] == f"{desk.now:%a, %d %b %Y %H:%M:%S} GMT"
    again = visitor.get(path, headers={"If-None-Match": had["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", had["etag"])
    desk.done("host", entry_id, "withdraw", reason="ผิด")
    assert visitor.get(path, headers={"If-None-Match": had["etag"]}).status_code == 200
