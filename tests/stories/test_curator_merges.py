"""Story 3, its second half: a curator sees why two entries are alike, merges them, and takes the merge back."""

from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from fastapi.testclient import TestClient

from catalogue.api.parts import Parts
from catalogue.app import build_app, open_parts
from catalogue.people import Grant, Role
from catalogue.settings import Settings
from tests import people


@pytest.fixture
def people_of(own_settings: Settings, parts: Parts) -> Iterator[tuple[TestClient, TestClient]]:
    """A curator and a visitor of the sample catalogue."""
    parts = open_parts(own_settings, parts)
    with closing(parts.store), ExitStack() as stack:
        people.add(parts.store, "curator", Grant(Role.CURATOR))
        app = build_app(own_settings, parts, with_ui=False)
        yield tuple(stack.enter_context(people.client(app, parts.store, who)) for who in ("U-curator", None))  # type: ignore[misc]


def test_a_curator_merges_two_tellings_of_one_problem_and_takes_it_back(
    people_of: tuple[TestClient, TestClient],
) -> None:
    curator, visitor = people_of
    first, second = curator.get("/api/v1/duplicates", params={"limit": 2}).json()["hits"]
    assert first["why"]["reasons"]
    one, other = (entry["id"] for entry in first["entries"])
    before = {i: visitor.get(f"/api/v1/entries/{i}").json()["entry"] for i in (one, other)}

    # Side by side: what differs, and what would become of it.
    asked = {"canonical": one, "members": [other], "choices": {"title": other}, "preview": True}
    shown = curator.post("/api/v1/merges", json=asked).json()
    assert {"title", "statement"} <= {field["name"] for field in shown["differing"]}

    done = curator.post("/api/v1/merges", json=asked | {"preview": False, "read": shown["revisions"]}).json()
    moved = visitor.get(f"/api/v1/entries/{other}")
    assert (moved.status_code, moved.headers["location"]) == (308, f"/api/v1/entries/{one}")
    assert visitor.get(f"/p/{other}").headers["location"] == f"/p/{one}"
    merged = visitor.get(f"/api/v1/entries/{one}").json()
    assert merged["entry"]["title"] == before[other]["title"]
    assert [found["source"]["url"] for found in merged["merged"]] == [before[other]["source"]["url"]]

    curator.post(f"/api/v1/merges/{done['batch']}/undo", json={"reason": "two villages"}).raise_for_status()
    assert {i: visitor.get(f"/api/v1/entries/{i}").json()["entry"] for i in (one, other)} == before

    distinct = {"entries": [one, other], "verdict": "distinct", "reason": "two villages"}
    curator.post("/api/v1/duplicates/judgements", json=distinct).raise_for_status()
    assert curator.get("/api/v1/duplicates", params={"limit": 1}).json()["hits"] == [second]
