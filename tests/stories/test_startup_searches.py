"""Story 1: a startup searches in English and finds the Thai pain point, and the reverse."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from catalogue.api.parts import Parts
from catalogue.app import build_api


@pytest.fixture(scope="module")
def client(parts: Parts) -> Iterator[TestClient]:
    app = build_api()
    app.state.parts = parts
    with TestClient(app) as made:
        yield made


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("every dry season the village taps run out", ("ประปา", "น้ำ")),
        ("ทุกหน้าแล้งน้ำประปาหมู่บ้านไม่ไหล", ("ประปา", "น้ำ")),
        ("mountains of uncollected trash on Samui", ("ขยะ", "สมุย")),
        ("ขยะล้นเกาะสมุยไม่มีคนเก็บ", ("ขยะ", "สมุย")),
        ("beach erosion", ("กัดเซาะ",)),
        ("ชายหาดถูกกัดเซาะ", ("กัดเซาะ",)),
        ("plane tickets are stupidly expensive", ("ตั๋วเครื่องบิน",)),
        ("ตั๋วเครื่องบินแพงมาก", ("ตั๋วเครื่องบิน",)),
    ],
)
def test_startup_searches_in_english_and_finds_thai_pain_points(
    client: TestClient, question: str, said: tuple[str, ...]
) -> None:
    answer = client.get("/api/v1/search", params={"q": question, "limit": 3}).json()
    found = [
        hit
        for hit in answer["hits"]
        if hit["entry"]["language"] == "th"
        and all(word in hit["entry"]["title"]["th"] + hit["snippet"]["th"] for word in said)
    ]
    assert found, [hit["entry"]["title"]["th"] for hit in answer["hits"]]
    assert found[0]["entry"]["title"]["en"]
    assert found[0]["why"]["by"] in ("terms", "meaning", "both")
