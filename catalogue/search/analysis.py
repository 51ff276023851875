"""Thai and English text -> the terms and n-grams that indexes hold and queries ask for. The one analyser.

    normalise(text)        one spelling for what looks the same; what dictionary, documents and queries pass through
    Analyser().analyse(t)  tokens (words) and n-grams (rescue misspellings and words that no dictionary knows)
    Analyser().spans(t)    the same tokens with their places in the text as written, for highlights
    ANALYSIS_VERSION       part of every index's fingerprint

Text is cut into runs first: Thai letters, or Latin letters and digits (``pm2.5``, ``covid-19``). Only Thai runs
are segmented, by newmm with pythainlp's dictionary and ours (schemas/*words.tsv); nothing looks across a space, so
that the tokens of ``a + " " + b`` are those of ``a`` and then those of ``b``. Reasons and measurements:
docs/adr/0004-one-analyser-in-python.md.
"""

import gc
import hashlib
import importlib.metadata
import importlib.util
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

Language = Literal["th", "en"]
Span = tuple[int, int, str]
"""Start and end (exclusive) in the text, and the term there."""

SCHEMAS: Final = Path(__file__).resolve().parents[2] / "schemas"
OURS: Final = ("words.tsv", "place_words.tsv")

# Share of Thai letters from which a text counts as Thai. Thai writers mix in Latin names and terms freely
# ("ระบบ AI สำหรับ Smart City"); English text holds Thai only in a quoted name.
THAI_SHARE: Final = 0.2

THAI_GRAMS: Final = (3, 5)
LATIN_GRAM: Final = 4

# A term longer than this is junk or an address; cut, because engines refuse very long terms (tantivy: 65,530 bytes).
LONGEST_TERM: Final = 64

# --- normalisation ---------------------------------------------------------------------------------------------

_SIGN: Final = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"  # above, below and tone signs: never without a letter before
_TONE: Final = "\u0e48-\u0e4b"
_FOLLOW: Final = "\u0e30\u0e32\u0e33\u0e45"  # ะ า ำ ๅ
_LEAD: Final = "\u0e40-\u0e44"  # เ แ โ ใ ไ
_THAI: Final = "\u0e01-\u0e2e\u0e30-\u0e3a\u0e40-\u0e45\u0e47-\u0e4e"  # without ฯ ๆ ฿ ๏ and digits
_INVISIBLE: Final = "\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
# White space, controls (NUL among them), half surrogate pairs and private use: nothing that a reader could search for.
_BLANK: Final = "\\s\u0000-\u001f\u007f-\u009f\ud800-\uf8ff"

_INVISIBLES: Final = re.compile(f"[{_INVISIBLE}]+")
_BLANKS: Final = re.compile(f"[{_BLANK}]+")
_UNTIDY_BLANK: Final = re.compile(f"[^\\S ]|  |[{_BLANK[2:]}]")
# Where old Thai fonts, and PDF files made with them, keep other shapes of letters and signs (private use F700 to F71A).
_TONES: Final = "\u0e48\u0e49\u0e4a\u0e4b\u0e4c"
_OLD_SHAPES: Final = "ฐ\u0e34\u0e35\u0e36\u0e37" + _TONES * 2 + "ญ\u0e31\u0e4d\u0e47" + _TONES + "\u0e38\u0e39\u0e3a"
_FOLDS: Final = str.maketrans(
    {chr(0x0E50 + d): str(d) for d in range(10)}  # Thai digits
    | {chr(0xFF01 + i): chr(0x21 + i) for i in range(94)}  # full-width ASCII, the one part of NFKC that we want
    | {"\u2010": "-", "\u2011": "-", "\u2018": "'", "\u2019": "'", "\u02bc": "'"}
    | {chr(0xF700 + i): shape for i, shape in enumerate(_OLD_SHAPES)}
)
_FOLDABLE: Final = re.compile("[\u0e50-\u0e59\uff01-\uff5e\u2010\u2011\u2018\u2019\u02bc\uf700-\uf71a]")
# What pythainlp.util.normalize repairs (order of signs, doubled signs, เเ for แ, ํ + า for ำ): almost no text has any,
# and one search is much quicker than its thirty substitutions.
_ODD_THAI: Final = re.compile(
    f"[{_TONE}\u0e4c][\u0e31\u0e34-\u0e3a\u0e47\u0e4d]|\u0e4d[{_TONE}]*\u0e32|[{_FOLLOW}][{_SIGN}]|[{_TONE}]{{2}}"
    f"|([{_SIGN}{_FOLLOW}])\\1|\u0e45|\u0e40\u0e40|([\u0e41-\u0e44])\\2|(?<![{_THAI}])[{_SIGN}]"
)
_LEADS: Final = re.compile(f"([{_LEAD}])\\1+")
_SIGNS: Final = re.compile(f"(^|.)([{_SIGN}{_FOLLOW}]+)", re.DOTALL)
_REPEATS: Final = re.compile(f"([{_SIGN}{_FOLLOW}])\\1+")
_LOOSE_SIGNS: Final = re.compile(f"^[{_SIGN}]+")


@lru_cache(maxsize=4096)
def _tidy_signs(base: str, signs: str) -> str:
    """The signs after one letter in one order, each once: vowel, tone (the last one typed), following vowel."""
    if base not in ("ฤ", "ฦ"):  # ๅ is a letter of its own after these, elsewhere a misspelt า
        signs = signs.replace("\u0e45", "\u0e32")
    # Nobody means more than four signs; the substitutions below are quadratic in what was pasted.
    signs, before = _REPEATS.sub(r"\1", signs)[:12], None
    while signs != before:
        before = signs
        signs = re.sub(f"([{_TONE}\u0e4c]+)([\u0e31\u0e34-\u0e3a\u0e47\u0e4d]+)", r"\2\1", signs)
        signs = re.sub(f"\u0e4d([{_TONE}]*)\u0e32", "\\1\u0e33", signs)
        signs = re.sub(f"([{_FOLLOW}]+)([{_SIGN}]+)", r"\2\1", signs)
        signs = re.sub(f"[{_TONE}]+", lambda tones: tones[0][-1], signs)
        signs = unicodedata.normalize("NFC", _REPEATS.sub(r"\1", signs))
        if not re.match(f"[{_THAI}]", base):
            signs = _LOOSE_SIGNS.sub("", signs)
    return signs


def _fold(text: str) -> str:
    """The normalised text, but for the blanks at both ends."""
    if text.isascii():
        text = text.lower()
    else:
        text = _INVISIBLES.sub("", text)
        text = unicodedata.normalize("NFC", text).casefold()
        if _FOLDABLE.search(text):
            text = text.translate(_FOLDS)
        text = unicodedata.normalize("NFC", text)
        if _ODD_THAI.search(text):
            text = _LEADS.sub(r"\1", re.sub("\u0e40{2,}", "\u0e41", text))
            # Once more, because a sign that went may have stood between a letter and its accent.
            text = unicodedata.normalize("NFC", _SIGNS.sub(lambda run: run[1] + _tidy_signs(run[1], run[2]), text))
    return _BLANKS.sub(" ", text) if _UNTIDY_BLANK.search(text) else text


def normalise(text: str) -> str:
    """Text in the one spelling that everything is compared in: NFC, Thai signs in order, digits 0-9, lower case.

    Does what ``pythainlp.util.normalize`` does (นํ้า -> น้ำ, เเ -> แ, doubled signs, zero-width characters, signs
    without a letter) and never moves anything across a space. Controls and half surrogate pairs become a space;
    spaces are single, none at the ends. Not NFKC, which takes ำ apart. Idempotent; takes any text.
    """
    return _fold(text).strip()


def language(text: str) -> Language:
    """Thai where at least a fifth of the Thai and Latin letters are Thai, or where there are none; else English."""
    thai = len(re.findall(f"[{_THAI}]", text))
    latin = len(re.findall("[A-Za-z\u00c0-\u024f]", text))
    return "th" if thai >= THAI_SHARE * (thai + latin) else "en"


# --- the way back to the text as written -------------------------------------------------------------------------

# What never begins a cluster, beside Unicode's marks: following vowels, invisible characters, Hangul vowels and finals
# (the only characters that NFC joins to the one before without being marks), old shapes of Thai signs.
_JOINS: Final = re.compile(f"[{_SIGN}{_FOLLOW}{_INVISIBLE}\u1160-\u11ff\uf701-\uf70e\uf710-\uf71a]")

_WRITTEN: Final = re.compile(r"\s+|\S+")


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Where each character and what belongs to it begin and end: folding cluster by cluster folds the text."""
    start, last, blank = 0, "", False
    for place, char in enumerate(text):
        joins = bool(_JOINS.match(char)) or unicodedata.category(char)[0] == "M"
        is_blank = not joins and bool(_BLANKS.match(char))
        is_lead = "\u0e40" <= char <= "\u0e44"
        if place and not (joins or (is_blank and blank) or (is_lead and "\u0e40" <= last <= "\u0e44")):
            yield start, place
            start, blank = place, is_blank
        elif not place:
            blank = is_blank
        if not (joins and _INVISIBLES.match(char)):
            last = char
    if text:
        yield start, len(text)


def _aligned(raw: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """The normalised text, and for each of its characters where what it was made of begins and ends in ``raw``."""
    normal = _fold(raw)
    like = raw.casefold().replace("\n", " ")
    if len(like) == len(raw) and normal == like and not normal.startswith(" "):  # letter for letter
        return normal.rstrip(), range(len(raw)), range(1, len(raw) + 1)
    starts: list[int] = []
    ends: list[int] = []
    folded: list[str] = []

    def add(piece: str, start: int, end: int) -> None:
        if piece.startswith(" ") and (not folded or folded[-1] == " "):
            piece = piece[1:]
        folded.extend(piece)
        if len(piece) == end - start and piece == raw[start:end].casefold():  # letter for letter
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
        else:
            starts.extend([start] * len(piece))
            ends.extend([end] * len(piece))

    for found in _WRITTEN.finditer(raw):
        start, end = found.span()
        piece = _fold(found[0])
        if piece == " " or piece == found[0].casefold():
            add(piece, start, end)
        else:
            for first, last in _clusters(found[0]):
                add(_fold(found[0][first:last]), start + first, start + last)
    return "".join(folded).strip(), starts, ends


# --- terms -------------------------------------------------------------------------------------------------------

_WORD_CHAR: Final = "[^\\W_\u0e00-\u0e7f]"
_NOT_AFTER_THAI, _NOT_BEFORE_THAI = f"(?<![{_THAI}])", f"(?![{_THAI}])"
_ABBREVIATION: Final = "|".join(
    (
        f"{_NOT_AFTER_THAI}(?:[ก-ฮ]{{1,4}}\\.){{2,}}(?:[ก-ฮ]{{1,2}}{_NOT_BEFORE_THAI})?",  # รพ.สต. พ.ร.บ. ก.พ.ร
        f"{_NOT_AFTER_THAI}[ก-ฮ]{{1,2}}\\.[ก-ฮ]{{1,2}}{_NOT_BEFORE_THAI}",  # พ.ศ
        f"(?:[ก-ฮ]\\.){{2,}}(?:[ก-ฮ]{_NOT_BEFORE_THAI})?",  # ปีพ.ศ.
    )
)
_RUNS: Final = re.compile(
    f"ฯลฯ|(?P<abbreviation>{_ABBREVIATION})"
    f"|(?P<thai>[{_THAI}]+?(?=(?:[ก-ฮ]\\.){{2}}|[^{_THAI}]|\\Z))"
    f"|(?P<number>\\d+(?:,\\d{{3}})+(?:\\.\\d+)?(?!{_WORD_CHAR}|[,.]\\d))"
    f"|(?P<latin>{_WORD_CHAR}+(?:[.&'-]{_WORD_CHAR}+)*)"
)
_PARTS: Final = re.compile("[^\\W\\d_]{2,}|\\d+(?:\\.\\d+)*")

# Plurals that the rules below would take for something else.
_PLURALS: Final = {
    "buses": "bus", "gases": "gas", "viruses": "virus", "campuses": "campus", "crises": "crisis",
    "analyses": "analysis", "movies": "movie", "cookies": "cookie", "calories": "calorie",
    "children": "child", "women": "woman", "men": "man",
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
    """Changes with anything that can change a term: this file, the word lists, pythainlp, Unicode."""
    digest = hashlib.sha256()
    for file in (Path(__file__), *(SCHEMAS / name for name in (*OURS, "stopwords.tsv")), _pythainlp_words()):
        digest.update(hashlib.sha256(file.read_bytes().replace(b"\r\n", b"\n")).digest())
    digest.update(f"{importlib.metadata.version('pythainlp')} {unicodedata.unidata_version}".encode())
    return digest.hexdigest()[:12]


ANALYSIS_VERSION: Final = _version()


def dictionary() -> list[str]:
    """Every word that segmentation knows, normalised, sorted, Thai letters only."""
    ours = [word.replace(".", "") for name in OURS for word in _lines(name)]
    lines = [*_pythainlp_words().read_text(encoding="utf-8").splitlines(), *ours]
    # One fold over all is six times quicker than one for each; a word with a space in it could never match a run.
    return sorted(set(_fold(" ".join(filter(re.compile(f"[{_THAI}]+").fullmatch, lines))).split()))


def _newmm() -> Callable[[str], list[str]]:
    """pythainlp's maximal matching with our dictionary."""
    from pythainlp.tokenize import newmm
    from pythainlp.util import Trie

    collecting = gc.isenabled()
    gc.disable()  # the trie is 200,000 small objects and no garbage: half the time is the collector looking for some
    try:
        trie = Trie(dictionary())
    finally:
        if collecting:
            gc.enable()

    def words(run: str) -> list[str]:
        found: list[str] = []
        for word in newmm.segment(run, trie):
            if found and _LOOSE_SIGNS.match(word):  # never between a letter and its signs, however it was typed
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
        self._segment = lru_cache(maxsize=16_384)(_newmm())
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

    def ngrams(self, text: str) -> list[str]:
        """Grams of 3 and 5 characters of Thai runs, of 4 of other words, whose edges are ``_``. None spans a space."""
        return self._ngrams(normalise(text))

    def spans(self, text: str, among: Collection[str] | None = None) -> list[Span]:
        """Tokens, or those ``among`` some, with start and end in ``text``. Parts (pm) overlap their whole (pm2.5)."""
        normal, starts, ends = _aligned(text)
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
        """All terms in order; of Thai runs in which none ``among`` these can stand, none."""
        for run in _RUNS.finditer(normal):
            kind, start = run.lastgroup, run.start()
            if kind == "thai":
                wanted = among is None or any(term in run[0] for term in among)  # segmenting is the slow part
                for word in self._segment(run[0]) if wanted else ():
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
