"""Makes text of entries and readers safe to show: as HTML with marked matches, or as a Markdown label. Pure."""

import html
import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

# An invisible character that no line breaks at: it parts what Streamlit's Markdown would still find in escaped text.
WORD_JOINER = "\u2060"
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_SPACE = re.compile(r"\s+")
# Streamlit looks for these after unescaping: bare addresses (GFM), e-mail addresses, emoji and icon short codes.
_REVIVED = re.compile(r"(?i)(?<=http)(?=s?://)|(?<=www)(?=\.)|(?<=\S)(?=@)|(?<=:)(?=[\w+-])|(?<=[<>=~-])(?=[<>=~-])")


def escaped(text: str) -> str:
    """``text`` as HTML."""
    return html.escape(text, quote=True)


def paragraphs(text: str) -> str:
    """``text`` as HTML that keeps its line breaks."""
    return "<br>".join(escaped(line.strip()) for line in text.splitlines() if line.strip())


def marked(text: str, spans: Iterable[Sequence[int]]) -> str:
    """``text`` as HTML with every [start, end) of ``spans`` in ``<mark>``; overlaps join, wrong spans are left out."""
    parts, at = [], 0
    for start, end in joined(spans, len(text)):
        parts += [escaped(text[at:start]), "<mark>", escaped(text[start:end]), "</mark>"]
        at = end
    return "".join([*parts, escaped(text[at:])])


def lines(text: str, spans: Iterable[Sequence[int]]) -> str:
    """``text`` as HTML that keeps its line breaks, with every [start, end) of ``spans`` in ``<mark>``."""
    return marked(text, spans).replace("\n", "<br>")


def joined(spans: Iterable[Sequence[int]], length: int) -> list[tuple[int, int]]:
    """``spans`` in order, within ``length``, none empty, overlapping or touching."""
    result: list[tuple[int, int]] = []
    for start, end in sorted((max(0, span[0]), min(length, span[1])) for span in spans if len(span) == 2):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def label(text: str, spans: Iterable[Sequence[int]] = ()) -> str:
    """``text`` as one line of Markdown that shows just its characters: no link, image, formula, icon or colour.

    Every [start, end) of ``spans`` is shown as a match.
    """
    parts, at = [], 0
    for start, end in joined(spans, len(text)):
        if text[start:end].strip():
            parts += [_one_line(text[at:start]), ":orange-background[", _one_line(text[start:end]), "]"]
            at = end
    return "".join([*parts, _one_line(text[at:])]).strip()


def _one_line(text: str) -> str:
    return _PUNCTUATION.sub(r"\\\1", _REVIVED.sub(WORD_JOINER, _SPACE.sub(" ", text)))


def web_address(url: str | None) -> str | None:
    """``url`` when it is an ordinary web address that may become a link, else None."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None
