"""The workbook with planted faults has what it says, where it says, and nothing wrong besides."""

from stdnum.th import pin  # type: ignore[import-untyped]

from catalogue.headers import all_titles
from catalogue.vocabulary import Vocabulary
from catalogue.workbooks.child import read
from catalogue.workbooks.table import Scalar, Table, cell_name
from tests.workbook_with_faults import COLUMNS, LINKS, PAIN_POINTS, PROPOSALS, Fault, thai_id, workbook


def cells(table: Table) -> dict[str, Scalar]:
    return {cell_name(column, line.number): value for line in table.lines for column, value in enumerate(line.values)}


def test_sixty_rows_with_twenty_two_faults_of_fourteen_kinds() -> None:
    data, faults = workbook()
    tables = read(data, "x.xlsx", all_titles())
    assert [table.sheet for table in tables] == [PAIN_POINTS, PROPOSALS, LINKS]
    assert [table.header_row for table in tables] == [4, 2, 1]
    assert sum(len(table.lines) for table in tables) == 60
    assert len(set(faults)) == len(faults) == 22
    assert len({fault.code for fault in faults}) == 14


def test_the_repaired_workbook_differs_in_exactly_the_faulty_cells() -> None:
    (broken, faults), (right, none) = workbook(), workbook(repaired=True)
    assert none == ()
    changed = {
        (table.sheet, cell)
        for table, other in zip(read(broken, "x", all_titles()), read(right, "x", all_titles()), strict=True)
        for cell, value in cells(table).items()
        if value != cells(other)[cell]
    }
    planted = {(fault.sheet, fault.cell) for fault in faults}
    # The repeated row is spoilt whole; its fault stands at its id.
    (repeated,) = (fault for fault in faults if fault.code == "row-repeated")
    row = repeated.cell.lstrip("ABCDEFGHIJ")
    assert {place for place in changed if place[1].lstrip("ABCDEFGHIJ") != row} == planted - {
        (repeated.sheet, repeated.cell)
    }


def test_what_is_not_planted_is_known(vocabulary: Vocabulary) -> None:
    for sheet in read(workbook(repaired=True)[0], "x", all_titles())[:2]:
        for line in sheet.lines:
            row = dict(zip(COLUMNS[sheet.sheet or ""], line.values, strict=False))
            for place in str(row.get("provinces") or "กทม").split(";"):
                assert vocabulary.province_code(place), place
            themes = {
                name for theme in vocabulary.themes.values() for name in (theme.id, theme.label.th, theme.label.en)
            }
            assert row["theme"] in themes, row["theme"]
            assert vocabulary.organisation_id(str(row.get("owners") or "สพร.")), row["owners"]


def test_what_is_planted_is_wrong(vocabulary: Vocabulary) -> None:
    data, faults = workbook()
    values = {
        (table.sheet, cell): value for table in read(data, "x", all_titles()) for cell, value in cells(table).items()
    }

    def planted(code: str) -> list[str]:
        return [str(values[fault.sheet, fault.cell]) for fault in faults if fault.code == code]

    assert not any(map(vocabulary.province_code, planted("unknown-province")))
    assert not any(map(vocabulary.organisation_id, planted("unknown-organisation")))
    assert planted("missing") == ["None", "None"]
    assert [len(text) > 20_000 for text in planted("too-long")] == [True]
    assert Fault(PAIN_POINTS, "I6", "impossible-date") in faults
    assert pin.is_valid(thai_id("110170020345"))
