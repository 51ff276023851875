"""Thai and English text -> the terms and n-grams that indexes hold and queries ask for. The one analyser.

    Analyser().analyse(t)  tokens (words) and n-grams (rescue misspellings and words that no dictionary knows)
    Analyser().spans(t)    the same tokens with their places in the text as written, for highlights
    ANALYSIS_VERSION       part of every index's fingerprint

Text is cut into runs first: Thai letters, or Latin letters and digits (``pm2.5``, ``covid-19``). Only Thai runs
are segmented, by maximal matching with pythainlp's dictionary and ours (schemas/*words.tsv); nothing looks across a
space, so that the tokens of ``a + " " + b`` are those of ``a`` and then those of ``b``. Reasons and measurements:
docs/adr/0004-one-analyser-in-python.md, docs/adr/0026-maximal-matching-in-rust.md.
"""

import gc
import hashlib
import importlib.metadata
import importlib.util
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from catalogue.search import normalisation
from catalogue.search.normalisation import LOOSE_SIGNS, THAI, aligned, fold, normalise

Span = tuple[int, int, str]
"""Start and end (exclusive) in the text, and the term there."""

SCHEMAS: Final = Path(__file__).resolve().parents[2] / "schemas"
OURS: Final = ("words.tsv", "place_words.tsv")

# Of a run without a blank that is longer, some that nobody writes (นานา a thousand times) take nlpo3 long.
LONGEST_RUN: Final = 200

THAI_GRAMS: Final = (3, 5)
LATIN_GRAM: Final = 4

# A term's first letters are those of the word it was made from (fly, flies); Thai words stand as they are.
STEM: Final = 2
_THAI_WORD: Final = re.compile("[\u0e00-\u0e7f]+")
_WRITTEN: Final = re.compile("[^ ]+")

# A term longer than this is junk or an address; cut, because engines refuse very long terms (tantivy: 65,530 bytes).
LONGEST_TERM: Final = 64

_WORD_CHAR: Final = "[^\\W_\u0e00-\u0e7f]"
_NOT_AFTER_THAI, _NOT_BEFORE_THAI = f"(?<![{THAI}])", f"(?![{THAI}])"
_ABBREVIATION: Final = "|".join(
    (
        f"{_NOT_AFTER_THAI}(?:[ก-ฮ]{{1,4}}\\.){{2,}}(?:[ก-ฮ]{{1,2}}{_NOT_BEFORE_THAI})?",  # รพ.สต. พ.ร.บ. ก.พ.ร
        f"{_NOT_AFTER_THAI}[ก-ฮ]{{1,2}}\\.[ก-ฮ]{{1,2}}{_NOT_BEFORE_THAI}",  # พ.ศ
        f"(?:[ก-ฮ]\\.){{2,}}(?:[ก-ฮ]{_NOT_BEFORE_THAI})?",  # ปีพ.ศ.
    )
)
_RUNS: Final = re.compile(
    f"ฯลฯ|(?P<abbreviation>{_ABBREVIATION})"
    f"|(?P<thai>[{THAI}]+?(?=(?:[ก-ฮ]\\.){{2}}|[^{THAI}]|\\Z))"
    f"|(?P<number>\\d+(?:,\\d{{3}})+(?:\\.\\d+)?(?!{_WORD_CHAR}|[,.]\\d))"
    f"|(?P<latin>{_WORD_CHAR}+(?:[.&'-]{_WORD_CHAR}+)*)"
)
_PARTS: Final = re.compile("[^\\W\\d_]{2,}|\\d+(?:\\.\\d+)*")

# Plurals that the rules below would take for something else, and a disease that is no plural.
_PLURALS: Final = {
    "buses": "bus", "gases": "gas", "viruses": "virus", "campuses": "campus", "crises": "crisis",
    "analyses": "analysis", "movies": "movie", "cookies": "cookie", "calories": "calorie",
    "children": "child", "women": "woman", "men": "man", "aids": "aids",
}  # fmt: skip


def _singular(word: str) -> str:
    """Harman's S-stemmer ("How effective is suffixing?", 1991), its gaps closed (boxes, employees, crisis)."""
    if len(word) < 4 or not word.endswith(("s", "men", "children")) or not word.isascii():
        return _PLURALS.get(word, word)
    if word in _PLURALS:
        return _PLURALS[word]
    if word.endswith(("ss", "us", "is")) or not word.endswith("s"):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 and not word.endswith(("eies", "aies")) else word[:-1]
    if word.endswith(("shes", "sses", "xes", "zzes", "eaches", "oaches")) or (word.endswith("oes") and len(word) > 5):
        return word[:-2]
    if word.endswith("ches") and not word.endswith("aches"):
        return word[:-2]
    return word[:-1]


def _term(word: str) -> str:
    return _singular(word.removesuffix("'s").replace("'", ""))[:LONGEST_TERM]


def _latin(run: str) -> Iterator[Span]:
    """A run of Latin letters and digits as one term, then its parts where it has some (pm2.5, pm, 2.5)."""
    if run.isalpha():
        yield 0, len(run), _term(run)
        return
    parts = list(_PARTS.finditer(run))
    worded = any(part[0][0].isalpha() for part in parts)
    if worded or not re.fullmatch("[\\d.-]+", run):
        yield 0, len(run), _term(run)
        if not worded or "'" in run:
            return
    for part in parts:
        if len(part[0]) < len(run) or not worded:
            yield *part.span(), _term(part[0])


def trace(term: str) -> str:
    """What each text with this term holds, normalised or `bare` as well: quicker to look for than segmenting."""
    return term if _THAI_WORD.fullmatch(term) else term[:STEM]


def bare(normal: str) -> str:
    """A normalised text without what terms may be written without: 4,000 and พ.ศ."""
    return normal.replace(".", "").replace(",", "")  # five times as quick as one translate()


def _runs_with(normal: str, terms: Collection[str]) -> Iterator[re.Match[str]]:
    """The runs in which one of the terms may stand, and some more."""
    traces = set(map(trace, terms))
    for word in _WRITTEN.finditer(normal):  # nothing looks across a space
        if any(one in word[0] or one in bare(word[0]) for one in traces):
            yield from _RUNS.finditer(normal, *word.span())


def _grams(run: str, sizes: tuple[int, ...]) -> Iterator[str]:
    if len(run) <= sizes[0]:
        yield run
        return
    yield from (run[start : start + size] for size in sizes for start in range(len(run) - size + 1))


def _lines(name: str) -> list[str]:
    """First columns of a reviewed list; # begins a comment."""
    rows = (SCHEMAS / name).read_text(encoding="utf-8").splitlines()
    return [row.split("\t")[0].strip() for row in rows if row.strip() and not row.startswith("#")]


def _pythainlp_words() -> Path:
    found = importlib.util.find_spec("pythainlp")  # does not import it, which takes 0.1 s
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("pythainlp is not installed", name="pythainlp")
    return Path(found.submodule_search_locations[0]) / "corpus" / "words_th.txt"


def _version() -> str:
    """Changes with anything that can change a term: two files of ours, the word lists, what segments, Unicode."""
    digest = hashlib.sha256()
    lists = (SCHEMAS / name for name in (*OURS, "stopwords.tsv"))
    for file in (Path(__file__), Path(normalisation.__file__), *lists, _pythainlp_words()):
        digest.update(hashlib.sha256(file.read_bytes().replace(b"\r\n", b"\n")).digest())
    segmenters = [importlib.metadata.version(name) for name in ("pythainlp", "nlpo3") if importlib.util.find_spec(name)]
    digest.update(" ".join([*segmenters, unicodedata.unidata_version]).encode())
    return digest.hexdigest()[:12]


ANALYSIS_VERSION: Final = _version()


def dictionary() -> list[str]:
    """Every word that segmentation knows, normalised, sorted, Thai letters only."""
    ours = [word.replace(".", "") for name in OURS for word in _lines(name)]
    lines = [*_pythainlp_words().read_text(encoding="utf-8").splitlines(), *ours]
    # One fold over all is six times quicker than one for each; a word with a space in it could never match a run.
    return sorted(set(fold(" ".join(filter(re.compile(f"[{THAI}]+").fullmatch, lines))).split()))


def _tree(words: Collection[str]) -> Any:
    """The dictionary by its letters."""
    from pythainlp.util import Trie

    collecting = gc.isenabled()
    gc.disable()  # the tree is 200,000 small objects and no garbage: half the time is the collector looking for some
    try:
        return Trie(words)
    finally:
        if collecting:
            gc.enable()


def _maximal_matching(dictionary: Collection[str], tree: Any) -> Callable[[str], list[str]]:
    """nlpo3's with our dictionary; where it has no wheel, that of pythainlp, from which it was ported to Rust."""
    from pythainlp.tokenize import newmm

    try:
        import nlpo3
    except ModuleNotFoundError:
        return lambda run: newmm.segment(run, tree)

    name = hashlib.sha256("\n".join(dictionary).encode()).hexdigest()
    with TemporaryDirectory() as folder:  # it reads nothing but files
        file = Path(folder) / "words.txt"
        file.write_text("\n".join(dictionary), encoding="utf-8")
        nlpo3.load_dict(str(file), name)  # or has it already, of another analyser in this process
    return lambda run: nlpo3.segment(run, name) if len(run) <= LONGEST_RUN else newmm.segment(run, tree)


def _whole(segment: Callable[[str], list[str]]) -> Callable[[str], list[str]]:
    """Words of a run, none of which begins between a letter and its signs, however they were typed."""

    def words(run: str) -> list[str]:
        found: list[str] = []
        for word in segment(run):
            if found and LOOSE_SIGNS.match(word):
                found[-1] += word
            else:
                found.append(word)
        return found

    return words


class Analysis(NamedTuple):
    """What an index holds of a text, in the order of the text, repeats kept."""

    tokens: list[str]
    ngrams: list[str]


class Analyser:
    """The analyser with its dictionary loaded (half a second, 70 MB). Any number of threads may share one."""

    version: Final = ANALYSIS_VERSION

    def __init__(self) -> None:
        """Load the dictionary and the stop words."""
        # Pages show the same passages again and again, and texts repeat their phrases.
        words = dictionary()
        self.dictionary = _tree(words)
        self._segment = lru_cache(maxsize=16_384)(_whole(_maximal_matching(words, self.dictionary)))
        self._stopwords = frozenset(map(_term, map(normalise, _lines("stopwords.tsv"))))

    def analyse(self, text: str) -> Analysis:
        """Tokens, stop words kept, and n-grams of one text."""
        normal = normalise(text)
        return Analysis([term for _, _, term in self._pieces(normal)], self._ngrams(normal))

    def tokens(self, text: str, *, keep_stopwords: bool = True) -> list[str]:
        """Terms in the order of the text, repeats kept. A text of stop words alone keeps them."""
        terms = [term for _, _, term in self._pieces(normalise(text))]
        if keep_stopwords:
            return terms
        return [term for term in terms if term not in self._stopwords] or terms

    def is_stopword(self, term: str) -> bool:
        """Does this term say nothing about a subject?"""
        return term in self._stopwords

    def ngrams(self, text: str) -> list[str]:
        """Grams of 3 and 5 characters of Thai runs, of 4 of other words, whose edges are ``_``. None spans a space."""
        return self._ngrams(normalise(text))

    def spans(self, text: str, among: Collection[str] | None = None, folded: str | None = None) -> list[Span]:
        """Tokens, or those ``among`` some, with start and end in ``text``. Parts (pm) overlap their whole (pm2.5).

        ``folded``: what `fold` makes of the text, if that is known.
        """
        normal, starts, ends = aligned(text, folded)
        pieces = self._pieces(normal, among)
        return [(starts[at], ends[end - 1], term) for at, end, term in pieces if among is None or term in among]

    def highlights(self, text: str, terms: Collection[str]) -> list[tuple[int, int]]:
        """Where the terms stand in ``text`` as written: start and end, ascending, touching ones merged."""
        merged: list[tuple[int, int]] = []
        for start, end, _ in self.spans(text, frozenset(terms)):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    def _pieces(self, normal: str, among: Collection[str] | None = None) -> Iterator[Span]:
        """All terms in order, or at least those ``among`` these."""
        for run in _RUNS.finditer(normal) if among is None else _runs_with(normal, among):
            kind, start = run.lastgroup, run.start()
            if kind == "thai":
                for word in self._segment(run[0]):
                    yield start, start + len(word), word[:LONGEST_TERM]
                    start += len(word)
            elif kind == "latin":
                for begin, end, term in _latin(run[0]):
                    yield start + begin, start + end, term
            elif kind:
                yield start, run.end(), run[0].replace("." if kind == "abbreviation" else ",", "")[:LONGEST_TERM]

    def _ngrams(self, normal: str) -> list[str]:
        grams: list[str] = []
        for run in _RUNS.finditer(normal):
            if run.lastgroup == "thai":
                grams.extend(_grams(run[0], THAI_GRAMS))
            elif run.lastgroup == "abbreviation":
                grams.extend(_grams(run[0].replace(".", ""), THAI_GRAMS))
            elif run.lastgroup == "number":
                grams.append(f"_{run[0].replace(',', '')}_")
            elif run.lastgroup:
                lettered = any(map(str.isalpha, run[0]))
                # A number is found whole or not at all: 2566 is not a misspelt 2565.
                grams.extend(
                    _grams(f"_{run[0]}_", (LATIN_GRAM,)) if lettered else map("_{}_".format, _PARTS.findall(run[0]))
                )
        return grams
