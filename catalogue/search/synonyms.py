"""Other ways to say what a question says: reviewed groups of names, abbreviations, numbers and translations.

    read_groups(SCHEMAS)              schemas/synonyms.tsv with the names of provinces and organisations
    Synonyms(groups, analyser)        their forms as terms
    Synonyms.pieces(text)             the parts of a question that have other names, and these names
    Synonyms.in_full(text)            the question with the names in capitals that would be stop words (IT, US) in full
    Synonyms.read_out(text)           the question with its short forms written out, for the model

Applied to questions, never to entries: a change of the table wants no new index. Evidence that adds: what an entry
says in the question's own words counts as before (fusion.py).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalogue.languages import BUDDHIST_OFFSET
from catalogue.search.analysis import Analyser, Span
from catalogue.search.index import Piece
from catalogue.search.normalisation import language
from catalogue.vocabulary import BRACKETED, PROVINCE_PREFIX, Vocabulary, name_key, read_vocabulary

# An organisation's abbreviation of two Thai letters ("คน.", "กก.") is a word or part of one too often.
SHORTEST_THAI = 3
ASKED_ONLY = "?"
SHORT = "short"  # kind of the groups whose asked-only forms are written out before the model reads them
AREAS = {"จ": "จังหวัด", "อ": "อำเภอ", "ต": "ตำบล"}
AMBIGUOUS, ASKED, CAPITAL = "ambiguous", "asked", "capital"  # kinds of lines that are no group
# Years that people write in either era. Others are rarer than amounts of four digits.
BUDDHIST = range(2530, 2600)
# Two digits are a year after one of these words, unless they count something: งบปี 67; ทุกปี 50 หลัง, งบ 50 ล้าน.
_BEFORE_YEAR = re.compile(r"(?:(?<!ทุก)(?<!\d)(?<!\d )ปี|พ\.?ศ\.?|งบ(?:ประมาณ)?)\s*\Z")
_COUNTED = re.compile(r"\s*(?:ล้าน|แสน|หมื่น|พัน|ร้อย|บาท|คน|ราย|ครั้ง|วัน|เดือน|ปี|เปอร์เซ็นต์|%)")


@dataclass(frozen=True)
class Form:
    """One way to say something; ``sought`` in entries too, or only asked by; ``capital``: everyday without it."""

    text: str
    sought: bool = True
    capital: bool = False


@dataclass(frozen=True)
class Group:
    """Forms that mean the same; ``kind`` is a subject, or the id of a province or an organisation."""

    kind: str
    forms: tuple[Form, ...]


def read_groups(folder: Path) -> list[Group]:
    """The groups of synonyms.tsv, and those of the names in provinces.yaml and organisations.yaml.

    Raises ValueError, with the line, where the table breaks its own rules: a form in two groups, an id that does not
    exist, a group of one form.
    """
    vocabulary = read_vocabulary(folder)
    rows = list(_rows((folder / "synonyms.tsv").read_text(encoding="utf-8")))
    left_out, asked, capital = (_keys(rows, kind) for kind in (AMBIGUOUS, ASKED, CAPITAL))
    named = {
        kind: [
            Form(name, key not in asked, key in capital) for name in names if (key := name_key(name)) not in left_out
        ]
        for kind, names in _names(vocabulary).items()
    }
    seen = {name_key(form.text): kind for kind, forms in named.items() for form in forms}
    groups: list[Group] = []
    for number, kind, forms in rows:
        if kind in (AMBIGUOUS, ASKED, CAPITAL):
            continue
        own = kind if kind in named else f"{kind}, line {number},"
        for form in forms:
            if (other := seen.setdefault(name_key(form.text), own)) != own:
                raise ValueError(f"synonyms.tsv, line {number}: {form.text!r} stands under {other} already")
        if kind in named:
            named[kind].extend(forms)
        elif kind.startswith(("TH-", "OG-")):
            raise ValueError(f"synonyms.tsv, line {number}: no province or organisation has the id {kind}")
        elif len(forms) < 2:
            raise ValueError(f"synonyms.tsv, line {number}: a group has two forms or more")
        else:
            groups.append(Group(kind, tuple(forms)))
    return [*groups, *(Group(kind, tuple(forms)) for kind, forms in named.items())]


def marked_names(folder: Path, mark: str) -> set[str]:
    """The keys (vocabulary.name_key) of names on lines of this kind: ``AMBIGUOUS``, what means something else in a
    question more often; ``CAPITAL``, what does without its capital letter.
    """
    return _keys(_rows((folder / "synonyms.tsv").read_text(encoding="utf-8")), mark)


def _keys(rows: Iterable[tuple[int, str, list[Form]]], mark: str) -> set[str]:
    return {name_key(form.text) for _, kind, forms in rows if kind == mark for form in forms}


def _rows(text: str) -> Iterator[tuple[int, str, list[Form]]]:
    """Line number, kind and forms of each line that is no comment."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        kind, thai, english, _ = (*line.split("\t"), "", "", "")[:4]
        forms = [form.strip() for column in (thai, english) for form in column.split("|") if form.strip()]
        yield number, kind, [Form(form.removeprefix(ASKED_ONLY), not form.startswith(ASKED_ONLY)) for form in forms]


def _names(vocabulary: Vocabulary) -> dict[str, list[str]]:
    """The names of each province and organisation; an organisation that is a province shares the province's."""
    named = {p.code: [p.label.th, p.label.en, *p.aliases] for p in vocabulary.provinces.values()}
    provinces = {p.label.th: p.code for p in vocabulary.provinces.values()}
    for organisation in vocabulary.organisations.values():
        id = provinces.get(PROVINCE_PREFIX.sub("", organisation.label.th), organisation.id)
        names = (organisation.label.th, organisation.label.en, *organisation.aliases)
        named.setdefault(id, []).extend(BRACKETED.sub("", name) for name in names)
    # Told apart as written: the analyser cuts Chiangmai otherwise than Chiang Mai, whose key is the same.
    return {id: [name for name in dict.fromkeys(names) if not _too_short(name)] for id, names in named.items()}


def _too_short(name: str) -> bool:
    key = name_key(name)
    return len(key) < SHORTEST_THAI and not key.isascii()


class Synonyms:
    """The groups as terms. Any number of threads may share one."""

    def __init__(self, groups: Iterable[Group], analyser: Analyser) -> None:
        """Cut every form into terms."""
        groups = list(groups)
        self._analyser = analyser
        self._sought: list[Mapping[tuple[str, ...], str]] = []
        self._group_of: dict[tuple[str, ...], int] = {}
        for number, group in enumerate(groups):
            words = {self.words(form.text): form for form in reversed(group.forms)}
            sought = {found: form.text for found, form in words.items() if form.sought and self._tells(found)}
            self._sought.append(_shortest(sought))
            for found in words:
                self._group_of.setdefault(found, number)
        self._longest = max(map(len, self._group_of), default=0)
        self._capital = {form.text.lower() for group in groups for form in group.forms if form.capital}
        self._in_full = {
            form.text: {language(name.text): name.text for name in reversed(group.forms) if name != form}
            for group in groups
            for form in group.forms
            if form.text.isupper() and all(map(analyser.is_stopword, self.words(form.text)))
        }
        self._long: dict[str, str] = {}
        for group in groups:
            if group.kind == SHORT:
                long = next(form.text for form in group.forms if form.sought)
                short = (self.words(form.text) for form in group.forms if not form.sought)
                self._long |= {term: long for term, *others in short if not others}

    def words(self, text: str) -> tuple[str, ...]:
        """The terms of a form as they are compared: no stop words, PM2.5 as its parts."""
        return tuple(term for _, _, term in self.parts(text))

    def parts(self, text: str, *, keep_stopwords: bool = False) -> Sequence[Span]:
        """The same terms with their places in the text."""
        return _parts(text, self._analyser.spans(text) if keep_stopwords else self._kept(text))

    def names(self) -> list[Sequence[str]]:
        """What each group is called in entries, as written."""
        return [tuple(forms.values()) for forms in self._sought]

    def pieces(self, text: str) -> tuple[Piece, ...]:
        """What of a question has other names, in its order; the longest names, none inside another."""
        spans = self._kept(text)
        words = _parts(text, spans)
        found: list[Piece] = []
        seen: set[str] = set()  # a token said twice is weighed once
        at = 0
        while at < len(words):
            size, otherwise = self._named(text, words, at)
            start, end = words[at][0], words[at + size - 1][1]
            if otherwise and self.is_name(text[start:end]):
                own = dict.fromkeys(term for first, last, term in spans if start <= first and last <= end)
                others = {name: written for name, written in otherwise.items() if set(name) != own.keys()}
                if others and seen.isdisjoint(own):
                    found.append(Piece(tuple(own), tuple(others), tuple(others.values())))
                    seen.update(own)
            at += size
        return tuple(found)

    def is_name(self, written: str) -> bool:
        """Is it no everyday word, which is a name with its capital letter alone (nan, Nan)?"""
        return written.istitle() or written.lower() not in self._capital

    def in_full(self, text: str) -> str:
        """The text with names that are stop words but for their capitals in full, in its language: งาน IT, งาน ไอที.

        In a text that is all in capitals they are stop words.
        """
        if (text.isascii() and text.isupper() and " " in text.strip()) or not any(
            map(text.__contains__, self._in_full)
        ):
            return text
        spoken = language(text)
        for start, end, _ in reversed(self._analyser.spans(text)):
            if names := self._in_full.get(text[start:end]):
                text = text[:start] + names.get(spoken, text[start:end]) + text[end:]
        return text

    def read_out(self, text: str) -> str:
        """The text with its short forms as they are said, for a model that hardly knows them: รร. โรงเรียน, อ.ปาย
        อำเภอปาย, tech technology.
        """
        spans = self._kept(text)
        found: list[tuple[int, int, str]] = []
        for start, end, term in spans:
            if long := self._long.get(term) or _area(text, start, end, term):
                found.append((start, end + (text[end : end + 1] == "."), long))
        for start, end, long in reversed(found):
            text = text[:start] + long + text[end:]
        return text

    def _named(self, text: str, words: Sequence[Span], at: int) -> tuple[int, Mapping[tuple[str, ...], str]]:
        """How many words from here on are the longest name, and its other forms; 1 and none where there is none."""
        for size in range(min(self._longest, len(words) - at), 0, -1):
            group = self._group_of.get(tuple(term for _, _, term in words[at : at + size]))
            if group is not None:
                return size, self._sought[group]
        return 1, _other_era(text, words[at])

    def _tells(self, words: Sequence[str]) -> bool:
        """Are they worth looking for? Numbers alone, and stop words alone (WHO, which is who), stand in any text."""
        return not (_is_number(words) or all(map(self._analyser.is_stopword, words)))

    def _kept(self, text: str) -> list[Span]:
        kept = set(self._analyser.tokens(text, keep_stopwords=False))
        return [span for span in self._analyser.spans(text) if span[2] in kept]


def _area(text: str, start: int, end: int, term: str) -> str | None:
    """What จ. อ. ต. before a name are short for; in พ.ต.อ. they are something else."""
    named = text[end : end + 1] == "." and text[end + 1 : end + 2] >= "ก" and text[max(0, start - 1) : start] != "."
    return AREAS.get(term) if named else None


def _parts(text: str, spans: Sequence[Span]) -> list[Span]:
    """Each stretch of the text once: a word as its parts where they say all of it (pm, 2.5), else whole (e-service)."""
    found: list[Span] = []
    at = 0
    while at < len(spans):
        start, end, term = spans[at]
        inside = at + 1
        while inside < len(spans) and spans[inside][1] <= end:
            inside += 1
        parts = spans[at + 1 : inside]
        whole = len(parts) and sum(_letters(text[a:b]) for a, b, _ in parts) == _letters(text[start:end])
        found.extend(parts if whole else [(start, end, term)])
        at = inside
    return found


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _is_number(words: Sequence[str]) -> bool:
    return all(word.replace(".", "").isdigit() for word in words)


def _shortest(forms: Mapping[tuple[str, ...], str]) -> dict[tuple[str, ...], str]:
    """In their order, without those that hold all words of another: whoever says them says the other."""
    distinct = list({frozenset(words): words for words in forms}.items())[::-1]
    return {words: forms[words] for held, words in distinct if not any(other < held for other, _ in distinct)}


def _other_era(text: str, span: Span) -> Mapping[tuple[str, ...], str]:
    """The year in full and in the other era, where a number in the text is one."""
    start, end, term = span
    if not term.isdecimal() or "," in text[start:end]:  # 2,566 is an amount
        return {}
    year = int(term)
    if len(term) == len("66") and (full := BUDDHIST[0] // 100 * 100 + year) in BUDDHIST:
        is_year = _BEFORE_YEAR.search(text[:start]) and not _COUNTED.match(text, end)
        return {(str(one),): str(one) for one in (full, full - BUDDHIST_OFFSET)} if is_year else {}
    if len(term) != len("2566"):
        return {}
    other = year - BUDDHIST_OFFSET if year in BUDDHIST else year + BUDDHIST_OFFSET
    return {(str(other),): str(other)} if year in BUDDHIST or other in BUDDHIST else {}
