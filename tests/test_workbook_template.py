"""The template follows the fields, opens in a spreadsheet program, and is read back as it was filled."""

import io
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import yaml
from openpyxl import load_workbook

from catalogue import fields
from catalogue.contracts import contracts
from catalogue.errors import FileRefused
from catalogue.headers import all_titles
from catalogue.settings import ROOT
from catalogue.vocabulary import Vocabulary
from catalogue.workbooks.child import read
from catalogue.workbooks.columns import MODELS, WORDS, choices, sheet_columns
from catalogue.workbooks.examples import EXAMPLES
from catalogue.workbooks.table import EXAMPLE, INSTRUCTIONS, LISTS, SHEETS, heading
from catalogue.workbooks.template import template
from tests import libreoffice


def book() -> Any:
    return load_workbook(io.BytesIO(template()))


def filled(**cells: Any) -> bytes:
    """The template with one pain point filled in below the example."""
    made = book()
    sheet = made[SHEETS["pain_point"]]
    for index, column in enumerate(sheet_columns()["pain_point"], 1):
        sheet.cell(3, index).value = cells.get(column["key"])
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


@pytest.mark.parametrize("kind", SHEETS)
def test_every_column_of_every_kind_has_its_titles_in_both_languages(kind: str) -> None:
    titles = [cell.value for cell in book()[SHEETS[kind]][1]]
    columns = fields.columns(MODELS[kind])
    assert titles == [heading(column) for column in columns]
    for column, title in zip(columns, titles, strict=True):
        assert column["header"]["th"] in title
        assert column["header"]["en"] in title
    assert len(set(titles)) == len(titles)


def test_what_is_required_is_marked() -> None:
    required = {c["key"] for c in sheet_columns()["pain_point"] if heading(c).endswith("*")}
    assert required == {"language", "title.th", "title.en", "statement.th", "statement.en"}


def test_provinces_themes_and_words_are_offered(vocabulary: Vocabulary) -> None:
    made = book()
    sheet = made[SHEETS["pain_point"]]
    keys = [column["key"] for column in sheet_columns()["pain_point"]]
    offers = {keys[next(iter(o.sqref.ranges)).min_col - 1]: o for o in sheet.data_validations.dataValidation}
    for key, values in choices(vocabulary).items():
        if key in keys:
            place = offers[key].formula1.split("!")[1].replace("$", "")
            words = [cell.value for row in made[LISTS][place] for cell in row]
            assert words == [label.th for label in values.values()]
    assert len(choices(vocabulary)["provinces"]) == 77
    assert {"theme", "provinces", "language", "lasting"} <= offers.keys()


def test_words_are_those_that_the_fields_allow() -> None:
    named = {
        name: codes for model in MODELS.values() for name in model.model_fields if (codes := _allowed(model, name))
    }
    # A column is what may be filled in; a kind is told by its sheet.
    columns = {column["key"] for kind in sheet_columns().values() for column in kind}
    assert {name: set(codes) for name, codes in named.items() if name in columns} == {
        name: set(words) for name, words in WORDS.items()
    }


def test_words_are_those_of_the_pages() -> None:
    strings = yaml.safe_load((ROOT / "ui" / "strings.yaml").read_text(encoding="utf-8"))
    for ours, theirs in (("solution_type", "solution"), ("lasting", "lasting")):
        for code, label in WORDS[ours].items():
            if said := strings.get(f"{theirs}.{code}"):
                assert said == {"th": label.th, "en": label.en}


def test_the_contract_names_every_sheet() -> None:
    import json

    assert json.loads(contracts({})["workbook-columns.json"]).keys() >= SHEETS.keys()


def test_an_untouched_template_has_no_rows() -> None:
    with pytest.raises(FileRefused) as caught:
        read(template(), "x.xlsx", all_titles())
    assert caught.value.members["code"] == "no-rows"


def test_examples_are_of_known_columns_and_marked() -> None:
    for kind, example in EXAMPLES.items():
        assert example.keys() <= {column["key"] for column in sheet_columns()[kind]}
        assert EXAMPLE in example.values()


def test_what_is_filled_in_is_read_without_the_example() -> None:
    cells = {
        "language": "ไทย",
        "external_id": "007",
        "title.th": "น้ำขุ่น",
        "statement.th": "ขุ่นทุกวัน",
        "provinces": "ตาก; กทม",
    }
    (table,) = read(filled(**cells), "x.xlsx", all_titles())
    assert table.sheet == SHEETS["pain_point"]
    (line,) = table.lines
    assert line.number == 3
    keys = [column["key"] for column in sheet_columns()["pain_point"]]
    assert {key: value for key, value in zip(keys, line.values, strict=False) if value is not None} == cells


def test_it_opens_in_libreoffice(tmp_path: Path) -> None:
    shown = libreoffice.opened(template(), tmp_path)
    assert set(shown) == {INSTRUCTIONS, LISTS, *SHEETS.values()}
    for kind, title in SHEETS.items():
        assert shown[title][0] == [heading(column) for column in sheet_columns()[kind]]
        assert EXAMPLE in shown[title][1]


def _allowed(model: Any, name: str) -> tuple[str, ...]:
    """The codes that a field's type allows; none where it allows any text."""
    annotation = model.model_fields[name].annotation
    for part in (annotation, *get_args(annotation)):
        if get_origin(part) is Literal:
            return tuple(get_args(part))
    return ("true", "false") if annotation is bool else ()
