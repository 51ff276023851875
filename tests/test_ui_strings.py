"""Every word of the UI stands in strings.yaml in both languages, and every one that stands there is used."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from ui.language import LANGUAGES, choose, strings

UI = Path(__file__).resolve().parents[1] / "ui"
THAI = re.compile(r"[\u0e01-\u0e5b]")
SOURCES = sorted(UI.rglob("*.py"))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", strings())
def test_both_languages_say_the_same(key: str) -> None:
    texts = strings()[key]
    assert set(texts) == set(LANGUAGES)
    assert all(text.strip() for text in texts.values())
    assert placeholders(texts["th"]) == placeholders(texts["en"])
    assert not THAI.search(texts["en"]) or key.startswith("language.")


def test_counted_strings_have_a_singular() -> None:
    for path in SOURCES:
        for key in re.findall(r'counted\(\s*"([a-z_.]+)"', path.read_text(encoding="utf-8")):
            assert f"{key}.one" in strings(), key


def keys_in(tree: ast.AST) -> Iterator[re.Pattern[str]]:
    """What the code's strings may be as keys: constants as they are, f"kind.{kind}" as any key of that family."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.compile(re.escape(node.value) + r"(\.one)?")
        elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else ".+" for v in node.values]
            if re.fullmatch(r"[a-z]+\\\..*", parts[0]):
                yield re.compile("".join(parts))


def test_every_key_in_the_code_exists_and_every_string_is_used() -> None:
    used: set[str] = set()
    for path in SOURCES:
        code = path.read_text(encoding="utf-8")
        for key in re.findall(r'\bt\(\s*"([a-z_.]+)"', code):
            assert key in strings(), key
        for pattern in keys_in(ast.parse(code)):
            used |= {key for key in strings() if pattern.fullmatch(key)}
    assert strings().keys() - used == set()


def test_pages_hold_no_words_of_their_own() -> None:
    allowed = {"search_box.py", "dates.py"}  # example searches; months and พ.ศ.
    for path in SOURCES:
        if path.name in allowed:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        words = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        assert not [text for text in words if THAI.search(text)], path


@pytest.mark.parametrize(
    ("requested", "browser", "shown"),
    [
        ("en", ["th-TH"], "en"),
        ("th", ["en-US"], "th"),
        (None, ["en-GB", "th"], "en"),
        (None, ["de-CH", "th-TH", "en"], "th"),
        (None, ["de"], "th"),
        ("fr", [""], "th"),
        (None, [], "th"),
        ("EN-us", [], "en"),
    ],
)
def test_language_is_the_address_then_the_browser_then_thai(requested: str, browser: list[str], shown: str) -> None:
    assert choose(requested, browser) == shown
