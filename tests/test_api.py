"""The JSON API over the sample catalogue, with the real model, index and store."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from catalogue.api.parts import Parts
from catalogue.app import build_api
from catalogue.problems import MEDIA_TYPE


def ask(client: TestClient, **params: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/search", params=params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def ids(answer: dict[str, Any]) -> list[str]:
    return [hit["entry"]["id"] for hit in answer["hits"]]


def test_without_a_question_the_newest_come_first_and_all_are_counted(client: TestClient) -> None:
    answer = ask(client, limit=20)
    assert answer["total"] == {"value": 622, "relation": "eq"}
    assert {f["value"]: f["count"] for f in answer["facets"]["kind"]} == {
        "pain_point": 368,
        "proposal": 195,
        "hackathon": 59,
    }
    assert {hit["why"]["by"] for hit in answer["hits"]} == {"newest"}
    years = [hit["entry"]["year"] for hit in answer["hits"]]
    assert years == sorted(years, reverse=True)


def test_pages_join_without_gap_or_double(client: TestClient) -> None:
    whole = ids(ask(client, q="น้ำท่วม", limit=30))
    pages = [i for offset in (0, 10, 20) for i in ids(ask(client, q="น้ำท่วม", limit=10, offset=offset))]
    assert pages == whole
    assert len(set(whole)) == len(whole)


@pytest.mark.parametrize(
    ("name", "value"),
    [("kind", "proposal"), ("language", "en"), ("theme", "tourism"), ("province", "TH-50"), ("year", "2021")],
)
def test_filters_hold_for_every_hit(client: TestClient, name: str, value: str) -> None:
    answer = ask(client, q="ท่องเที่ยว", limit=50, **{name: value})
    browsed = ask(client, limit=100, **{name: value})
    assert browsed["total"]["value"] == len(browsed["hits"]) or browsed["total"]["value"] > 100
    for hit in answer["hits"] + browsed["hits"]:
        entry = client.get(f"/api/v1/entries/{hit['entry']['id']}").json()["entry"]
        held = {
            "theme": [entry.get("theme"), *(entry.get("secondary_themes") or [])],
            "province": entry.get("provinces"),
        }.get(name, [str(entry.get(name))])
        assert value in held


def test_values_of_one_filter_are_alternatives(client: TestClient) -> None:
    one = ask(client, theme="drugs")["total"]["value"]
    other = ask(client, theme="tourism")["total"]["value"]
    both = ask(client, theme=["drugs", "tourism"])["total"]["value"]
    assert max(one, other) < both <= one + other


def test_facet_counts_are_what_filtering_gives(client: TestClient) -> None:
    for name, values in ask(client)["facets"].items():
        for value in values[:3]:
            assert ask(client, **{name: value["value"]})["total"]["value"] == value["count"], (name, value)


@pytest.mark.parametrize(
    "question", ["ฆ่าตัวตาย", "kidney dialysis", "ประกันสังคม", "ยาบ้า", "โควิด", "diabetes", "น้ำท่วมถนนในเชียงใหม่", "bus"]
)
def test_a_filter_leaves_the_question_what_it_was(client: TestClient, question: str) -> None:
    free = ask(client, q=question, limit=10)
    for name in ("kind", "theme", "language"):
        for told in free["facets"][name][:4]:
            narrow = ask(client, q=question, limit=50, **{name: told["value"]})
            assert narrow["total"]["value"] >= told["count"], (name, told)
            shown = ids(narrow)
            before = [hit["entry"]["id"] for hit in free["hits"] if hit["entry"].get(name) == told["value"]]
            assert [i for i in shown if i in before] == before, (name, told)


@pytest.mark.parametrize("nonsense", ["asdfgh qwerzx", "กฟหกดฟหกด ฟหกด", "zzzz", "!!!???", "xqzv jjkw plmokn"])
def test_nonsense_gives_an_honest_empty_page(client: TestClient, nonsense: str) -> None:
    answer = ask(client, q=nonsense)
    assert answer["hits"] == []
    assert answer["total"]["value"] == 0


@pytest.mark.parametrize(
    ("typed", "meant", "reason"),
    [("l;ylfu", "สวัสดี", "keyboard"), ("ดสนนก", "flood", "keyboard"), ("flod", "flood", "spelling")],
)
def test_another_question_is_offered(client: TestClient, typed: str, meant: str, reason: str) -> None:
    asked = ask(client, q=typed)["query"]
    assert asked["text"] == typed
    assert asked["did_you_mean"] == [{"text": meant, "reason": reason}]
    plain = ask(client, q=meant)["query"]
    assert (plain["did_you_mean"], plain["answered"]) == ([], None)


def test_the_offer_is_answered_where_nothing_answers_the_question(client: TestClient) -> None:
    answer, plain = ask(client, q="พนฟก หฟดำะั"), ask(client, q="road safety")
    assert (answer["query"]["text"], answer["query"]["answered"]) == ("พนฟก หฟดำะั", "road safety")
    assert answer["hits"] == plain["hits"]
    assert answer["query"]["terms"] == ["road", "safety"]


@pytest.mark.parametrize(
    ("question", "code", "said"),
    [
        ("เชียงไหม่ฝุ่น", "TH-50", "เชียงใหม่"),
        ("พิษณูโลก", "TH-65", "พิษณุโลก"),
        ("Bankok traffic", "TH-10", "Bangkok"),
        ("ภุเก็ต", "TH-83", "ภูเก็ต"),
    ],
)
def test_a_province_is_offered_where_its_name_is_misspelt(
    client: TestClient, question: str, code: str, said: str
) -> None:
    places = ask(client, q=question)["query"]["places"]
    assert [(place["code"], place["text"]) for place in places] == [(code, said)]


@pytest.mark.parametrize(("question", "said"), [("น้ำท่วม เชียงใหม่", "เชียงใหม่"), ("flood in Chiang Mai", "Chiang Mai")])
def test_a_province_in_the_question_is_offered_as_a_filter_until_one_is_chosen(
    client: TestClient, question: str, said: str
) -> None:
    answer = ask(client, q=question)
    label = {"th": "เชียงใหม่", "en": "Chiang Mai"}
    assert answer["query"]["places"] == [{"code": "TH-50", "label": label, "text": said}]
    filtered = ask(client, q=question, province="TH-50")
    assert filtered["query"]["places"] == []
    assert 0 < filtered["total"]["value"] < answer["total"]["value"]


def test_hits_say_why(client: TestClient) -> None:
    answer = ask(client, q="กัดเซาะชายฝั่ง", explain=True)
    first = answer["hits"][0]
    assert first["why"]["by"] in ("terms", "both")
    title = first["entry"]["title"]["th"]
    marked = [title[start:end] for start, end in first["why"]["highlights"]["title"]["th"]]
    assert "กัดเซาะ" in "".join(marked)
    assert -1 <= first["scores"]["meaning"] <= 1
    assert first["scores"]["refined"] > first["scores"]["meaning"]  # it is among those that feedback learns from
    assert first["why"]["otherwise"] == ["coastal erosion"]  # in its English text
    assert ask(client, q="กัดเซาะชายฝั่ง")["hits"][0]["scores"] is None


def test_hits_say_which_other_names_they_use(client: TestClient) -> None:
    first = ask(client, q="ฝุ่นจิ๋ว")["hits"][0]
    assert "PM2.5" in first["why"]["otherwise"]
    assert {"pm", "2.5"} <= set(first["why"]["terms"])


def test_an_entry_comes_with_everything_linked_to_it(client: TestClient) -> None:
    proposal = client.get("/api/v1/entries/PR-2569-00174").json()
    assert "PP-2569-00090" in [link["entry"]["id"] for link in proposal["pain_points"]]
    assert proposal["hackathon"]["id"] == proposal["entry"]["hackathon"]
    problem = client.get("/api/v1/entries/PP-2569-00090").json()
    link = next(link for link in problem["proposals"] if link["entry"]["id"] == "PR-2569-00174")
    assert link["role"] == "partly"
    assert link["reason"]["origin"] == {"th": "machine", "en": "machine"}
    event = client.get(f"/api/v1/entries/{proposal['hackathon']['id']}").json()
    assert "PR-2569-00174" in [card["id"] for card in event["submitted_here"]]
    assert problem["summary"]["counts"]["proposals"] == len(problem["proposals"])


def test_every_field_of_an_imported_entry_has_its_provenance(client: TestClient) -> None:
    page = client.get("/api/v1/entries/PP-2569-00007").json()
    stated = {name for name, value in page["entry"].items() if value not in (None, [], False)}
    assert stated <= set(page["provenance"])
    assert page["provenance"]["title"]["file"] == "pain_points.jsonl"
    assert page["provenance"]["title"]["row"] == 7


def test_similar_entries_exclude_the_entry_itself(client: TestClient) -> None:
    hits = client.get("/api/v1/entries/PP-2569-00001/similar", params={"limit": 8}).json()["hits"]
    assert len(hits) == 8
    assert "PP-2569-00001" not in [h["entry"]["id"] for h in hits]
    assert [h["score"] for h in hits] == sorted((h["score"] for h in hits), reverse=True)


def test_vocabularies_count_what_the_filter_finds(client: TestClient) -> None:
    for noun, name in (("themes", "theme"), ("provinces", "province")):
        items = client.get(f"/api/v1/{noun}").json()["items"]
        used = max(items, key=lambda item: item["count"])
        assert ask(client, **{name: used["id"]})["total"]["value"] == used["count"] > 0
        assert all(item["label"]["th"] and item["label"]["en"] for item in items)
    assert len(client.get("/api/v1/provinces").json()["items"]) == 77


def test_state_of_the_index(client: TestClient) -> None:
    state = client.get("/api/v1/index").json()
    assert state["documents"] == 622
    assert (state["engine"], state["degraded"]) == ("embedded", False)
    assert state["lag"] == 0
    assert state["current"] is True
    assert state["sample"] is True
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready", "engine": "embedded", "lag": 0}


@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        ("/api/v1/search?theme=nope", 422, "theme"),
        ("/api/v1/search?province=TH-99", 422, "province"),
        ("/api/v1/search?province=Bangkok", 422, "province"),
        ("/api/v1/search?organisation=OG-2569-999", 422, "organisation"),
        ("/api/v1/search?kind=idea", 422, "kind"),
        ("/api/v1/search?offset=-1", 422, "offset"),
        ("/api/v1/search?limit=0", 422, "limit"),
        ("/api/v1/search?limit=ten", 422, "limit"),
        ("/api/v1/search?year=2566", 422, "year"),
        ("/api/v1/search?status=draft", 422, "status"),
        ("/api/v1/search?explain=perhaps", 422, "explain"),
        ("/api/v1/search?colour=red", 422, "colour"),
        ("/api/v1/search?q=" + "a" * 5000, 422, "q"),
        ("/api/v1/search?" + "theme=drugs&" * 21, 422, "theme"),
        ("/api/v1/entries/PP-2569-99999", 404, ""),
        ("/api/v1/entries/%00", 404, ""),
        ("/api/v1/entries/PP-2569-99999/similar", 404, ""),
        ("/api/v1/entries/PP-2569-00001/similar?limit=1000", 422, "limit"),
        ("/api/v1/nothing", 404, ""),
    ],
)
def test_bad_input_is_a_clear_problem_in_both_languages(client: TestClient, path: str, status: int, named: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == MEDIA_TYPE
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["title_th"]
    assert problem["detail"]
    assert problem["detail_th"]
    assert any("\u0e00" <= c <= "\u0e7f" for c in problem["detail_th"])
    if named:
        assert named in {e["parameter"].split(".")[0] for e in problem["errors"]}
        assert all(any("\u0e00" <= c <= "\u0e7f" for c in e["detail_th"]) for e in problem["errors"])


@pytest.mark.parametrize("query", ["q=%00", "q=a%00b", "q=%ff%fe", "q=%ed%a0%80", "q=%F0%9F%98%80", "q=%E2%80%8B"])
def test_broken_text_is_answered(client: TestClient, query: str) -> None:
    assert client.get(f"/api/v1/search?{query}").status_code == 200


def test_wrong_method_keeps_its_allow_header(client: TestClient) -> None:
    answer = client.post("/api/v1/search")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert answer.headers["content-type"] == MEDIA_TYPE


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/entries/PP-2569-00001",
        "/api/v1/entries.jsonl",
        "/api/v1/themes",
        "/openapi.json",
        "/healthz",
        "/nothing",
    ],
)
def test_head_is_get_without_its_body(client: TestClient, path: str) -> None:
    whole, head = client.get(path), client.head(path)
    assert (head.status_code, head.content, head.headers) == (whole.status_code, b"", whole.headers)
    assert client.head("/api/v1/decisions").status_code == 405


@pytest.mark.parametrize(
    ("named", "status"),
    [("{}", 304), ('"x", {}', 304), ("W/{}", 304), ("*", 304), ('"x"', 200), ('"1"', 200), ("", 200)],
)
def test_who_has_an_entry_already_is_not_sent_it_again(client: TestClient, named: str, status: int) -> None:
    path = "/api/v1/entries/PP-2569-00001"
    tag = client.get(path).headers["etag"]
    for method in ("GET", "HEAD"):
        answer = client.request(method, path, headers={"If-None-Match": named.format(tag)})
        assert (answer.status_code, answer.headers["etag"]) == (status, tag)
        assert bool(answer.content) == (status == 200 and method == "GET")
    assert client.get("/api/v1/entries/PP-2569-99999", headers={"If-None-Match": "*"}).status_code == 404


def test_a_bug_is_a_problem_that_tells_nothing_of_the_inside(parts: Parts) -> None:
    app = build_api()
    app.state.parts = parts

    @app.get("/bug")
    def bug() -> None:
        raise RuntimeError("secret at /home/operator")

    answer = TestClient(app, raise_server_exceptions=False).get("/bug")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert "secret" not in answer.text
