"""Files that tests upload, and the API as an uploader sees it."""

import io
from typing import Any

from fastapi.testclient import TestClient
from openpyxl import load_workbook

from tests.curating import OWNER

IMPORTS = "/api/v1/imports"


def upload(client: TestClient, data: bytes, name: str = "x.xlsx", *, commit: bool = False, owner: str = OWNER) -> Any:
    """The answer to this file."""
    params: dict[str, Any] = {"name": name, "commit": commit, "organisation": owner}
    return client.post(IMPORTS, params=params, content=data)


def counts(answer: Any) -> tuple[int, int, int, int]:
    """Created, updated, unchanged, rejected."""
    assert answer.status_code == 200, answer.text
    told = answer.json()
    return told["create"], told["update"], told["unchanged"], told["rejected"]


def changed(data: bytes, sheet: str, cell: str, value: Any) -> bytes:
    """The workbook with another value in one cell."""
    book = load_workbook(io.BytesIO(data))
    book[sheet][cell] = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
