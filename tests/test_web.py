"""Permalinks: what link previews, search engines and people without JavaScript get."""

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from catalogue.api.parts import Parts
from catalogue.app import build_app, open_parts
from catalogue.curation import Status
from catalogue.entries import body_of, content_hash, parse
from catalogue.languages import preferred
from catalogue.merges import merge
from catalogue.permalinks import permalink
from catalogue.settings import Settings
from catalogue.store import CREATED, STATUS_CHANGED, Change
from catalogue.web import sitemap
from catalogue.web.shell import translate
from tests.conftest import NOON

WHOLE = ("/api/v1/entries.csv", "/api/v1/entries.jsonl")


@pytest.fixture(scope="module")
def client(parts: Parts) -> Iterator[TestClient]:
    with TestClient(build_app(Settings(), parts, with_ui=False)) as made:
        yield made


def meta(page: str, name: str) -> str:
    found = re.search(rf'<meta (?:name|property)="{name}" content="([^"]*)">', page)
    assert found, name
    return found[1]


@pytest.mark.parametrize(("lang", "letters"), [("th", "[\u0e00-\u0e7f]"), ("en", "[A-Za-z]")])
def test_a_pasted_link_shows_the_problem_in_the_readers_language(client: TestClient, lang: str, letters: str) -> None:
    answer = client.get("/p/PP-2569-00001", headers={"accept-language": lang})
    page = answer.text
    assert answer.status_code == 200
    assert f'<html lang="{lang}">' in page
    assert answer.headers["content-language"] == lang
    title = meta(page, "og:title")
    assert re.search(letters, title)
    assert f"<title>{title} · hack.go.th</title>" in page
    assert re.search(letters, meta(page, "og:description"))
    assert len(meta(page, "description")) <= 200
    assert meta(page, "og:url").endswith("/p/PP-2569-00001")
    assert "ข้อมูลตัวอย่าง" in page or "Sample data" in page


def test_hackathons_have_their_own_room_and_wrong_rooms_redirect(client: TestClient) -> None:
    assert client.get("/h/HK-2569-001").status_code == 200
    moved = client.get("/p/HK-2569-001", follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (308, "/h/HK-2569-001")


def published(body: dict[str, Any], owner: str | None = None) -> list[Change]:
    entry = parse(body)
    told: Any = {"body": body_of(entry), "content_hash": content_hash(entry), "owner": owner}
    return [Change(CREATED, entry.id, status=Status.PUBLISHED, **told)]


def page_of(own_settings: Settings, parts: Parts, path: str, *changes: Change, reason: str = "") -> str:
    """A page of the sample catalogue after these changes."""
    own = open_parts(own_settings, parts)
    with closing(own.store):
        own.store.apply(changes, actor="host", reason=reason, at=NOON)
        with TestClient(build_app(own_settings, own, with_ui=False)) as client:
            return client.get(path).text


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("th", ("28 กุมภาพันธ์ 2566", "หอประชุมใหญ่", "เขา (รอหน่วยงานยืนยัน)", "สุขภาพและการแพทย์, ยาเสพติด")),
        ("en", ("28 February 2023", "they (unconfirmed)", "Health, Drugs")),
    ],
)
def test_a_hackathons_page_says_when_where_and_on_what_it_was_and_who_has_agreed_to_host_it(
    own_settings: Settings, parts: Parts, lang: str, said: tuple[str, ...]
) -> None:
    body = {
        "id": "HK-2569-901",
        "kind": "hackathon",
        "language": "th",
        "title": {"th": "แฮกน้ำ"},
        "theme": "health",
        "secondary_themes": ["drugs", "health"],
        "start_date": "2023-02-27",
        "end_date": "2023-02-28",
        "venue": {"th": "หอประชุมใหญ่"},
        "hosts": [
            {"organization": {"name": {"th": "เรา"}, "id": "OG-2569-003"}, "role": "lead_host"},
            {"organization": {"name": {"th": "เขา", "en": "they"}}, "role": "co_host"},
        ],
    }
    page = page_of(own_settings, parts, f"/h/{body['id']}?lang={lang}", *published(body, "OG-2569-003"))
    assert all(words in page for words in said)
    assert page.count("unconfirmed" if lang == "en" else "รอหน่วยงานยืนยัน") == 1


def test_a_page_links_the_hackathon_that_its_own_became_part_of(own_settings: Settings, parts: Parts) -> None:
    own = open_parts(own_settings, parts)
    with closing(own.store):
        posed = next(one for one in own.store.entries(kind="pain_point") if one.body.get("hackathon"))
        held = posed.body["hackathon"]
        other = next(one.id for one in own.store.entries(kind="hackathon") if one.id != held)
        merge(own.store, other, [held], {}, actor="curator", reason="")
        with TestClient(build_app(own_settings, own, with_ui=False)) as client:
            page = client.get(f"/p/{posed.id}?lang=en").text
    assert f'<a href="/h/{other}?lang=en">' in page
    assert f"/h/{held}" not in page


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("th", ("แก้ได้แล้ว", "เจ้าของปัญหา", "กรมชลประทาน", "ความคืบหน้า", "24 พฤศจิกายน 2569 · แก้ได้แล้ว", "ขุดลอกแล้ว")),
        ("en", ("Solved", "Problem owners", "Royal Irrigation", "Progress", "24 November 2026 · Solved", "ขุดลอกแล้ว")),
    ],
)
def test_a_problems_page_says_how_it_stands_whose_it_is_and_what_was_done(
    own_settings: Settings, parts: Parts, lang: str, said: tuple[str, ...]
) -> None:
    body = {
        "id": "PP-2569-90901",
        "kind": "pain_point",
        "language": "th",
        "title": {"th": "คลองตื้นเขิน"},
        "statement": {"th": "เรือผ่านไม่ได้"},
        "owners": [{"name": {"th": "กรมชลประทาน", "en": "Royal Irrigation Department"}}],
    }
    details = {"action": "follow_up", "as": "host"}
    solved = Change(STATUS_CHANGED, str(body["id"]), status=Status.SOLVED, details=details)
    page = page_of(own_settings, parts, f"/p/{body['id']}?lang={lang}", *published(body), solved, reason="ขุดลอกแล้ว")
    assert all(words in page for words in said)
    assert "noindex" not in page


def test_pages_link_each_other_both_ways(client: TestClient, parts: Parts) -> None:
    pages = {
        one.id: client.get(str(permalink(one.kind, one.id))).text
        for kind in ("hackathon", "proposal", "pain_point")
        for one in parts.store.entries(kind=kind)
    }
    links = {i: set(re.findall(r'href="/[ph]/([A-Z]{2}-[0-9-]+)\?', page)) for i, page in pages.items()}
    assert all(one in links[other] for one, others in links.items() for other in others)
    for one in parts.store.entries(kind="proposal"):
        wanted = {one.body.get("hackathon"), *(claim["pain_point"] for claim in one.body["pain_points"])} - {None}
        assert links[one.id] == wanted
    for event in parts.store.entries(kind="hackathon"):
        came = parts.store.backlinks(event.id)
        assert links[event.id] == {*came.pain_points, *came.proposals}


@pytest.mark.parametrize("most", [50_000, 250])
def test_the_sitemap_has_every_page_with_its_last_change_in_as_many_files_as_it_takes(
    client: TestClient, parts: Parts, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(sitemap, "MOST", most)
    named = [line for line in client.get("/robots.txt").text.splitlines() if line.startswith("Sitemap: ")]
    assert named == ["Sitemap: http://testserver/sitemap.xml"]
    answers = [client.get("/sitemap.xml")]
    if most < 622:
        maps = re.findall("<sitemap><loc>(.*?)</loc></sitemap>", answers[0].text)
        assert maps == [f"http://testserver/sitemap-{n}.xml" for n in (1, 2, 3)]
        answers = [client.get(one) for one in maps]
        assert client.get("/sitemap-4.xml").status_code == 404
    assert {one.headers["content-type"] for one in answers} == {"application/xml"}
    found = [
        (url.findtext("{*}loc"), url.findtext("{*}lastmod"))
        for one in answers
        for url in ElementTree.fromstring(one.text)
    ]
    entries = parts.store.entries(limit=10_000)
    wanted = [(permalink(one.kind, one.id), one.updated_at) for one in entries]
    assert found == [(f"http://testserver{path}", at) for path, at in wanted if path]
    assert client.get(str(found[0][0])).status_code == 200


def test_robots_may_read_permalinks_and_the_files_of_all_entries_and_no_search(client: TestClient) -> None:
    robots = RobotFileParser()
    # Python's reader knows no "$" and takes the first rule that fits; search engines take the longest.
    robots.parse(client.get("/robots.txt").text.replace("$", "").replace("Allow: /app/\n", "").splitlines())
    for path in ("/", "/p/PP-2569-00001", "/h/HK-2569-001", "/docs", *WHOLE):
        assert robots.can_fetch("any", f"http://testserver{path}"), path
    for path in ("/app/search?q=x", "/api/v1/search?q=x", "/api/v1/entries/PP-2569-00001/similar", "/sign-in?next=x"):
        assert not robots.can_fetch("any", f"http://testserver{path}"), path


@pytest.mark.parametrize("path", ["/p/PP-2569-00001", "/docs", "/p/nothing"])
def test_the_files_of_all_entries_are_linked_without_javascript(client: TestClient, path: str) -> None:
    for lang in ("th", "en"):
        page = client.get(f"{path}?lang={lang}", headers={"accept": "text/html"}).text
        assert all(f'href="{one}"' in page for one in WHOLE)


def test_head_is_answered_for_pages(client: TestClient) -> None:
    for path in ("/p/PP-2569-00001", "/docs", "/sitemap.xml", "/web/page.css"):
        head = client.head(path)
        assert (head.status_code, head.content) == (200, b""), path
        assert head.headers["content-length"] == client.get(path).headers["content-length"]


@pytest.mark.parametrize("path", ["/p/PP-2569-99999", "/p/nothing", "/h/HK-2569-999", "/p/%00", "/q/PP-2569-00001"])
def test_what_does_not_exist_is_a_real_404(client: TestClient, path: str) -> None:
    assert client.get(path, headers={"accept": "text/html"}).status_code == 404


@pytest.mark.parametrize(("lang", "said"), [("th", "ไม่พบหน้านี้"), ("en", "Page not found")])
def test_a_person_who_mistypes_an_address_gets_a_page_and_a_program_a_problem(
    client: TestClient, lang: str, said: str
) -> None:
    asked = {"accept": "text/html,*/*", "accept-language": lang}
    page = client.get("/serach", headers=asked)
    assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (404, "text/html")
    assert said in page.text
    for path, headers in (("/serach", {}), ("/api/v1/serach", asked)):
        assert client.get(path, headers=headers).json()["status"] == 404


def test_a_missing_page_tells_what_to_do(client: TestClient) -> None:
    page = client.get("/p/PP-2569-99999?lang=en").text
    assert "Page not found" in page
    assert 'href="/app/search?lang=en"' in page


def test_text_of_entries_is_escaped(client: TestClient) -> None:
    page = client.get("/p/PR-2569-00195?lang=en").text
    assert "legal compiler" in page
    assert '"legal compiler"' not in page.replace("&#34;", "&quot;")


def test_every_public_entry_has_a_page(client: TestClient, parts: Parts) -> None:
    for kind, room in (("pain_point", "p"), ("proposal", "p"), ("hackathon", "h")):
        for stored in parts.store.entries(limit=25, kind=kind):
            assert client.get(f"/{room}/{stored.id}").status_code == 200, stored.id


def test_pages_load_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/p/PP-2569-00001").text
    loaded = re.findall(r'<(?:link rel="stylesheet"|script|img)[^>]*(?:href|src)="([^"]+)"', page)
    assert loaded == ["/web/page.css"]
    css = client.get("/web/page.css")
    assert css.headers["content-type"].startswith("text/css")
    for font in re.findall(r'url\("([^"]+)"\)', css.text):
        assert client.get(font).status_code == 200, font


@pytest.mark.parametrize("lang", ["th", "en"])
def test_the_api_page_lists_every_operation_and_error(client: TestClient, lang: str) -> None:
    page = client.get(f"/docs?lang={lang}").text
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        for method in operations:
            assert f"{method.upper()} {path}</code>" in page
    kind = client.get("/api/v1/entries/PP-2569-99999").json()["type"]
    assert kind.startswith("/docs#")
    assert f'id="{kind.removeprefix("/docs#")}"' in page
    assert "https://" not in page


@pytest.mark.parametrize(
    ("asked", "accepted", "given"),
    [
        ("en", "th", "en"),
        (None, "en-GB,en;q=0.9", "en"),
        (None, "de,en;q=0.5,th;q=0.8", "th"),
        (None, "fr", "th"),
        (None, None, "th"),
        ("xx", "en", "en"),
        (None, "en;q=0", "th"),
        (None, ";;q=,,th;q=x", "th"),
    ],
)
def test_language_is_the_one_asked_for_then_the_browsers_then_thai(
    asked: str | None, accepted: str | None, given: str
) -> None:
    assert preferred(asked, accepted) == given


def test_the_apps_shell_gets_language_and_title() -> None:
    shell = b'<!doctype html><html lang="en"><head><title>Streamlit</title></head></html>'
    page = translate(shell, "th").decode()
    assert '<html lang="th">' in page
    assert "<title>คลังปัญหาและข้อเสนอ · hack.go.th</title>" in page
    assert 'name="description"' in page
