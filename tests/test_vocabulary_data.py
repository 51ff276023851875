"""The reviewed vocabularies: complete, in both languages, and no name that means two things."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalogue.vocabulary import Label, Vocabulary, name_key, read_vocabulary

ROOT = Path(__file__).parents[1]
SCHEMAS = ROOT / "schemas"
THAI = re.compile(r"[ก-๛]")


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return read_vocabulary(SCHEMAS)


def parsed(name: str) -> Any:
    return yaml.safe_load((SCHEMAS / f"{name}.yaml").read_text(encoding="utf-8"))


def labels(vocabulary: Vocabulary) -> Iterator[tuple[str, Label]]:
    for theme in vocabulary.themes.values():
        yield theme.id, theme.label
        yield theme.id, theme.description
    for province in vocabulary.provinces.values():
        yield province.code, province.label
        yield province.code, province.region_label
    for organisation in vocabulary.organisations.values():
        yield organisation.id, organisation.label
        yield organisation.id, organisation.classification_label


def test_every_label_is_there_in_both_languages(vocabulary: Vocabulary) -> None:
    for id, label in labels(vocabulary):
        assert label.th.strip(), id
        assert label.en.strip(), id
        assert not THAI.search(label.en), (id, label.en)
        # An organisation without a Thai name keeps its own in both languages.
        assert THAI.search(label.th) or label.th == label.en, (id, label.th)


def test_there_are_21_themes_with_icons_that_streamlit_knows(vocabulary: Vocabulary) -> None:
    from streamlit.material_icon_names import ALL_MATERIAL_ICONS

    assert len(vocabulary.themes) == 21
    icons = [theme.icon for theme in vocabulary.themes.values()]
    assert len(set(icons)) == 21
    assert set(icons) <= set(ALL_MATERIAL_ICONS)


def test_there_are_77_provinces_in_six_regions(vocabulary: Vocabulary) -> None:
    assert len(vocabulary.provinces) == 77
    assert all(re.fullmatch(r"TH-\d\d", code) for code in vocabulary.provinces)
    assert "TH-38" in vocabulary.provinces  # Bueng Kan, a province since 2011 and missing from older lists
    regions = Counter(province.region for province in vocabulary.provinces.values())
    assert regions == {"north": 9, "northeast": 20, "central": 22, "east": 7, "west": 5, "south": 14}


def test_province_abbreviations_are_two_thai_letters_and_differ(vocabulary: Vocabulary) -> None:
    abbreviations = [province.abbreviation for province in vocabulary.provinces.values()]
    assert all(re.fullmatch(r"[ก-ฮ]{2}", abbreviation) for abbreviation in abbreviations)
    assert len(set(abbreviations)) == 77


@pytest.mark.parametrize("name", ["themes", "provinces", "organisations"])
def test_ids_are_unique_in_the_file(name: str) -> None:
    ids = [item.get("id") or item["code"] for item in parsed(name)[name]]
    assert len(ids) == len(set(ids))


def test_organisation_ids_are_well_formed_and_in_order(vocabulary: Vocabulary) -> None:
    ids = list(vocabulary.organisations)
    assert all(re.fullmatch(r"OG-2569-\d{3}", id) for id in ids)
    assert ids == sorted(ids)


def test_an_organisation_is_added_as_the_guide_says(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "howto" / "people.md").read_text(encoding="utf-8")
    (added,) = re.findall(r"```yaml\n(.+?)```", guide, re.DOTALL)
    shutil.copytree(SCHEMAS, tmp_path / "schemas")
    with (tmp_path / "schemas" / "organisations.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\n{added}")
    known = read_vocabulary(tmp_path / "schemas")
    assert known.organisation_id("เทศบาลเมืองปัว") == known.organisation_id("ทม ปัว") == "OG-2569-999"


def test_organisation_sectors_are_those_of_hosts(vocabulary: Vocabulary) -> None:
    sectors = {organisation.sector for organisation in vocabulary.organisations.values()}
    assert sectors <= {"public", "private", "academic", "civic", "international"}


def test_no_alias_is_listed_twice(vocabulary: Vocabulary) -> None:
    for organisation in vocabulary.organisations.values():
        assert len(set(organisation.aliases)) == len(organisation.aliases), organisation.id
    for province in vocabulary.provinces.values():
        names = (*province.aliases, *province.places)
        assert len(set(names)) == len(names), province.code


def test_a_name_of_two_provinces_is_refused(vocabulary: Vocabulary) -> None:
    first, second, *others = vocabulary.provinces.values()
    second = replace(second, aliases=(*second.aliases, first.label.th))
    with pytest.raises(ValueError, match=f"names both {first.code} and {second.code}"):
        Vocabulary((), [first, second, *others], ())


def test_an_id_that_is_there_twice_is_refused(vocabulary: Vocabulary) -> None:
    theme = next(iter(vocabulary.themes.values()))
    with pytest.raises(ValueError, match="is there twice"):
        Vocabulary([theme, theme], (), ())


def test_ambiguous_names_resolve_to_nothing(vocabulary: Vocabulary) -> None:
    for item in parsed("provinces")["ambiguous"]:
        assert vocabulary.province_code(item["name"]) is None, item
        assert set(item["provinces"]) <= set(vocabulary.provinces), item
    for item in parsed("organisations")["ambiguous"]:
        assert vocabulary.organisation_id(item["name"]) is None, item


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("กทม", "TH-10"),
        ("กรุงเทพฯ", "TH-10"),
        ("BKK", "TH-10"),
        ("โคราช", "TH-30"),
        ("จังหวัดโคราช", "TH-30"),
        ("จ.ชม.", "TH-50"),
        ("จ. เชียงใหม่", "TH-50"),
        ("แปดริ้ว", "TH-24"),
        ("เมืองคอน", "TH-80"),
        ("นครศรีฯ", "TH-80"),
        ("อยุธยา", "TH-14"),
        ("เมืองจันท์", "TH-22"),
        ("เมืองกาญจน์", "TH-71"),
        ("ปากน้ำ", "TH-11"),
        ("เมืองนนท์", "TH-12"),
        ("ละโว้", "TH-16"),
        ("Si Sa Ket", "TH-33"),
        ("sisaket", "TH-33"),
        ("Chonburi Province", "TH-20"),
        ("Phang Nga", "TH-82"),
        ("พัทยา", "TH-20"),
        ("หาดใหญ่", "TH-90"),
        ("Samui", "TH-84"),
        ("กําแพงเพชร", "TH-62"),  # typed with ํ and า instead of ำ
        ("TH-38", "TH-38"),
        ("จังหวัด", None),
        ("Paris", None),
        ("", None),
    ],
)
def test_provinces_are_found_by_the_names_people_use(vocabulary: Vocabulary, name: str, code: str | None) -> None:
    assert vocabulary.province_code(name) == code


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("OPDC", "Office of the Public Sector Development Commission"),
        ("สำนักงาน ก.พ.ร.", "Office of the Public Sector Development Commission"),
        ("กพร.", "Office of the Public Sector Development Commission"),
        ("ก.พ.", "Office of the Civil Service Commission"),
        ("สพร", "Digital Government Development Agency"),
        ("สำนักงานพัฒนารัฐบาลดิจิทัล (สพร.)", "Digital Government Development Agency"),
        ("EGA", "Digital Government Development Agency"),
        ("สำนักงานพัฒนารัฐบาลอิเล็กทรอนิกส์", "Digital Government Development Agency"),
        ("ดีป้า", "Digital Economy Promotion Agency"),
        ("DEPA", "Digital Economy Promotion Agency"),
        ("กระทรวงเกษตรฯ", "Ministry of Agriculture and Cooperatives"),
        ("กรมอนามัย กระทรวงสาธารณสุข", "Department of Health"),
        ("the United Nations Development Programme (UNDP)", "United Nations Development Programme"),
    ],
)
def test_organisations_are_found_by_abbreviation_and_former_name(vocabulary: Vocabulary, name: str, label: str) -> None:
    found = vocabulary.organisation_id(name)
    assert found is not None
    assert vocabulary.organisations[found].label.en == label


def test_unknown_organisation_is_not_guessed(vocabulary: Vocabulary) -> None:
    assert vocabulary.organisation_id("กระทรวงเวทมนตร์") is None
    assert vocabulary.organisation_id("") is None
    assert vocabulary.organisation_id("...") is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "กรมเจ้าท่า กรมโยธาธิการและผังเมือง และกรมทรัพยากรทางทะเลและชายฝั่ง",
            ["กรมเจ้าท่า", "กรมโยธาธิการและผังเมือง", "กรมทรัพยากรทางทะเลและชายฝั่ง"],
        ),
        ("กรมทางหลวง; กรมทางหลวงชนบท", ["กรมทางหลวง", "กรมทางหลวงชนบท"]),
        ("กรมทางหลวง และหน่วยงานที่ไม่มีใครรู้จัก", ["กรมทางหลวง และหน่วยงานที่ไม่มีใครรู้จัก"]),
        ("", []),
    ],
)
def test_a_list_of_organisations_is_parted_where_all_parts_are_known(
    vocabulary: Vocabulary, text: str, names: list[str]
) -> None:
    assert [name for name, _ in vocabulary.organisations_in(text)] == names


def test_every_organisation_of_the_sample_is_known(vocabulary: Vocabulary) -> None:
    seen = 0
    for file in (ROOT / "catalogue" / "sample").glob("*.jsonl"):
        for line in file.read_text(encoding="utf-8").splitlines():
            for name in _organisation_names(json.loads(line)):
                seen += 1
                assert vocabulary.organisation_id(name), (file.name, name)
    assert seen > 200


def test_the_map_has_a_shape_for_every_province(vocabulary: Vocabulary) -> None:
    path = ROOT / "ui" / "static" / "thailand.geojson"
    shapes = json.loads(path.read_text(encoding="utf-8"))
    assert sorted(f["properties"]["code"] for f in shapes["features"]) == sorted(vocabulary.provinces)
    assert shapes["license"] == "CC-BY-4.0"
    assert path.stat().st_size <= 250_000
    for feature in shapes["features"]:
        for longitude, latitude in _points(feature["geometry"]["coordinates"]):
            assert 97 < longitude < 106, feature["id"]
            assert 5 < latitude < 21, feature["id"]


def test_the_outer_rings_of_the_map_turn_as_the_chart_library_wants() -> None:
    # d3 fills the inside of clockwise rings; the other way round it would paint the rest of the world.
    shapes = json.loads((ROOT / "ui" / "static" / "thailand.geojson").read_text(encoding="utf-8"))
    for feature in shapes["features"]:
        geometry = feature["geometry"]
        polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
        for polygon in polygons:
            ring = polygon[0]
            doubled_area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
            assert ring[0] == ring[-1]
            assert doubled_area < 0, feature["id"]


def test_fonts_ship_with_their_licence() -> None:
    fonts = ROOT / "ui" / "static" / "fonts"
    assert "SIL OPEN FONT LICENSE" in (fonts / "OFL.txt").read_text(encoding="utf-8")
    for subset in ("thai", "latin"):
        for weight in (400, 600):
            assert (fonts / f"sarabun-{subset}-{weight}.woff2").read_bytes()[:4] == b"wOF2"


def test_labels_of_filter_values_fall_back_to_the_value(vocabulary: Vocabulary) -> None:
    assert vocabulary.label("province", "TH-50") == Label("เชียงใหม่", "Chiang Mai")
    assert vocabulary.label("theme", "tourism").en == "Tourism"
    assert vocabulary.label("organisation", "OG-2569-002").en == "Digital Government Development Agency"
    assert vocabulary.label("year", "2021") == Label("2021", "2021")


def test_names_compare_without_spaces_dots_and_case() -> None:
    assert name_key("ก.พ.ร.") == name_key("กพร")
    assert name_key("U.S. Agency") == name_key("us agency")
    assert name_key("กระทรวงเกษตรฯ") == name_key("กระทรวงเกษตร")
    assert name_key("Research & Technology") == name_key("Research and Technology")
    assert name_key("น้ำ") != name_key("นำ")


def _organisation_names(record: dict[str, Any]) -> Iterator[str]:
    references = [*record.get("owners", ()), *record.get("reporters", ())]
    references += [host["organization"] for host in record.get("hosts", ())]
    for reference in references:
        yield from filter(None, (reference["name"].get("th"), reference["name"].get("en")))


def _points(coordinates: Any) -> Iterator[tuple[float, float]]:
    if isinstance(coordinates[0], float | int):
        yield coordinates[0], coordinates[1]
    else:
        for part in coordinates:
            yield from _points(part)
