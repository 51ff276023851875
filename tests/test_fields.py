"""A field is declared once: a new one appears in everything that is derived."""

from typing import Annotated, get_args

import pytest

from catalogue import fields
from catalogue.contracts import contracts
from catalogue.entries import KINDS, PainPoint, Text, body_of
from catalogue.fields import About
from catalogue.search.document import lexical, passages

ABOUT = About("อุปสรรค", "Obstacle", "สิ่งที่ขวาง", "What stands in the way", role="body", term="x:obstacle")


class Extended(PainPoint):
    """A pain point with one more field."""

    obstacle: Annotated[Text | None, ABOUT] = None
    level: Annotated[str | None, About("ระดับ", "Level", facet="level")] = None


@pytest.fixture
def entry() -> Extended:
    return Extended.model_validate(
        {
            "id": "PP-2566-00001",
            "language": "th",
            "title": {"th": "ชื่อ"},
            "statement": {"th": "ปัญหา"},
            "obstacle": {"th": "กฎหมาย", "en": "law"},
            "level": "high",
        }
    )


def test_a_new_field_is_in_everything_derived(entry: Extended) -> None:
    assert fields.about(Extended)["obstacle"] == ABOUT
    assert {c["key"] for c in fields.columns(Extended)} >= {"obstacle.th", "obstacle.en", "level"}
    assert Extended.model_json_schema()["properties"]["obstacle"]
    mapping = fields.index_mapping({"pain_point": Extended})
    assert mapping["kinds"]["pain_point"]["obstacle"] == {"role": "body", "filter": None}
    assert "level" in mapping["filters"]
    assert fields.facets(entry)["level"] == ("high",)
    assert "กฎหมาย" in passages(entry)["th"]
    assert passages(entry)["en"] == "law"
    assert "law" in lexical(entry)[1]
    assert body_of(entry)["obstacle"]["en"] == "law"
    described = next(d for d in fields.dictionary(Extended) if d["name"] == "obstacle")
    assert described["label"] == {"th": "อุปสรรค", "en": "Obstacle"}
    assert described["term"] == "x:obstacle"


def test_personal_fields_are_never_indexed() -> None:
    class Private(PainPoint):
        address: Annotated[Text | None, About("ที่อยู่", "Address", role="text", personal=True)] = None
        phone: Annotated[str | None, About("โทร", "Phone", facet="phone", personal=True)] = None

    mapping = fields.index_mapping({"pain_point": Private})["kinds"]["pain_point"]
    assert not {"phone", "address"} & mapping.keys()
    private = {"address": {"th": "บ้านเลขที่ 12"}, "phone": "0812345678"}
    body = {"id": "PP-2566-00001", "language": "th", "title": {"th": "ก"}, "statement": {"th": "ข"}}
    entry = Private.model_validate(body | private)
    assert "บ้านเลขที่" not in lexical(entry)[1]
    assert "phone" not in fields.facets(entry)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_field_is_described_in_both_languages(kind: str) -> None:
    model = KINDS[kind]
    assert list(fields.about(model)) == list(model.model_fields)
    assert all(d.th and d.en for d in fields.about(model).values())


def test_facets_take_each_value_once() -> None:
    entry = PainPoint.model_validate(
        {
            "id": "PP-2566-00001",
            "language": "th",
            "title": {"th": "ก"},
            "statement": {"th": "ข"},
            "theme": "health",
            "secondary_themes": ["drugs", "health"],
            "owners": [{"name": {"th": "สพร."}, "id": "OG-2569-002"}, {"name": {"th": "ไม่รู้จัก"}}],
        }
    )
    assert fields.facets(entry)["theme"] == ("health", "drugs")
    assert fields.facets(entry)["organisation"] == ("OG-2569-002",)


def test_schemas_name_every_field_of_every_kind() -> None:
    made = contracts({})
    for kind, model in KINDS.items():
        assert all(f'"{name}"' in made[f"{kind}.schema.json"] for name in model.model_fields)
    assert get_args(PainPoint.model_fields["kind"].annotation) == ("pain_point",)
