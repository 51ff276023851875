"""Texts that a spreadsheet program would take for formulas, made harmless, and back again. Pure.

Everything that leaves as a spreadsheet or CSV goes through :func:`neutral`; everything that comes in through
:func:`natural`. Tested by tests/test_workbook_safe.py.
"""

import re

# OWASP's list and the full-width forms that Excel folds; spaces and invisible characters before them do not help.
_FORMULA = re.compile(r"'*(?:[\t\r\n]|[\s\u00a0\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20])")
# A signed number, such as -5 or +66 81 234 5678, calculates nothing.
_NUMBER = re.compile(r"[+-]\d[\d,. ]*")


def neutral(text: str) -> str:
    """The text with an apostrophe before it where it could be taken for a formula."""
    return f"'{text}" if _is_dangerous(text) else text


def natural(text: str) -> str:
    """The text as it was before :func:`neutral`; other texts unchanged."""
    return text[1:] if text.startswith("'") and _is_dangerous(text[1:]) else text


def _is_dangerous(text: str) -> bool:
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text)
