"""The contracts in schemas/ that are made from code: people without Python can read them, tests check them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from catalogue import fields
from catalogue.entries import KINDS
from catalogue.workbooks.columns import LinkRow


def contracts(openapi: Mapping[str, Any]) -> dict[str, str]:
    """Content of every generated file by its name in schemas/."""
    made: dict[str, Any] = {
        f"{kind}.schema.json": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **model.model_json_schema(mode="validation"),
            "x-fields": fields.dictionary(model),
        }
        for kind, model in KINDS.items()
    }
    made["workbook-columns.json"] = {kind: fields.columns(model) for kind, model in (KINDS | {"link": LinkRow}).items()}
    made["index-mapping.json"] = fields.index_mapping(KINDS)
    made["openapi.json"] = openapi
    return {name: json.dumps(value, ensure_ascii=False, indent=1) + "\n" for name, value in made.items()}


def stale(folder: Path, openapi: Mapping[str, Any]) -> list[str]:
    """Names of generated files that differ from what the code says."""
    return [
        name
        for name, content in contracts(openapi).items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != content
    ]


def write(folder: Path, openapi: Mapping[str, Any]) -> list[str]:
    """Bring the generated files up to date; returns the names of those that changed."""
    changed = stale(folder, openapi)
    made = contracts(openapi)
    for name in changed:
        (folder / name).write_text(made[name], encoding="utf-8", newline="\n")
    return changed
