"""Schemathesis over the committed OpenAPI document: no server error, no answer outside the contract."""

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from catalogue.api.parts import Parts
from catalogue.app import build_api
from catalogue.settings import SCHEMAS

EXAMPLES = 40  # per operation; the search is asked with all its parameters at once

committed = json.loads((SCHEMAS / "openapi.json").read_text(encoding="utf-8"))


app = build_api()
contract = schemathesis.openapi.from_dict(committed)
OPERATIONS = {o.ok().label: o.ok() for o in contract.get_all_operations()}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


def test_the_served_document_is_the_committed_one() -> None:
    assert app.openapi() == committed


@pytest.mark.parametrize("label", OPERATIONS)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_request_leaves_the_contract(parts: Parts, label: str, mode: GenerationMode) -> None:
    app.state.parts = parts
    asked = 0

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(OPERATIONS[label].as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        nonlocal asked
        asked += 1
        case.validate_response(case.call(app=app), checks=CHECKS)

    try:
        ask()
    except Unsatisfiable:
        assert mode == GenerationMode.NEGATIVE, "operations without parameters cannot be asked wrongly"
        return
    assert asked
