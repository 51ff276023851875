"""How a word may have been misspelt, in Thai and in English: what lies near it, and how near. Pure.

edits("ระบาท")           every string one edit away: a letter more, less, other, or two swapped
slips("prediciton")      the likely ones among them
cost("ระบาท", "ระบาด")    how much went wrong: SLIP for what hands and ears mistake, SWAP for two letters in the wrong
                         order, 1 for anything else
"""

from collections.abc import Iterator

SLIP = 0.5
SWAP = 0.4  # durain is durian, not drain
FIRST = 0.5  # more, where the first letter is another: it is seldom mistaken
# Letters that sound or look alike.
THAI_ALIKE = (
    "สศษซ", "นณญรล", "ทธฑฒ", "พภผฟ", "คฆข", "ตฏ", "ดฎต", "ญย", "ถฐ", "กข", "ชฌฉ", "บพ", "ทด",
    "\u0e34\u0e35", "\u0e36\u0e37", "\u0e38\u0e39", "\u0e30\u0e31", "เแ", "ใไ", "\u0e48\u0e49\u0e4a\u0e4b",
    "\u0e47\u0e49\u0e4a",
)  # fmt: skip
LATIN_ALIKE = ("aeiou", "iy", "ckq", "sz", "sc", "fv", "gj", "mn")
KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
NEIGHBOURS = tuple(row[i : i + 2] for row in KEYS for i in range(len(row) - 1))
ALIKE = frozenset((a, b) for group in (*THAI_ALIKE, *LATIN_ALIKE, *NEIGHBOURS) for a in group for b in group if a != b)
# Tones, silent vowels and their mark, the second letters of clusters (ประปา, ปะปา), English vowels, and h
# (Puket, Patum Thani, scool): left out or added.
THAI_LIGHT = "\u0e34\u0e38\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e30รล"
LATIN_LIGHT = "aeiouh"
LIGHT = frozenset(THAI_LIGHT + LATIN_LIGHT)

THAI_LETTERS = "".join(
    map(chr, (*range(0x0E01, 0x0E2F), *range(0x0E30, 0x0E3A), *range(0x0E40, 0x0E46), *range(0x0E47, 0x0E4D)))
)
LATIN_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def edits(word: str) -> set[str]:
    """Every string one edit away, in the letters of the word's script."""
    letters = LATIN_LETTERS if word.isascii() else THAI_LETTERS
    found = {word[:i] + letter + word[i:] for i in range(len(word) + 1) for letter in letters}
    found.update(word[:i] + letter + word[i + 1 :] for i in range(len(word)) for letter in letters)
    found.update(_shortened(word))
    return found - {word}


def slips(word: str) -> set[str]:
    """The likely edits: a light letter more, one doubled, swapped with the next or for one like it; any letter less."""
    light = LATIN_LIGHT if word.isascii() else THAI_LIGHT
    found = {word[:i] + letter + word[i:] for i in range(len(word) + 1) for letter in light}
    return (found | _muddled(word)) - {word}


def two_slips(word: str) -> set[str]:
    """What two of them make, light letters left where they are: a thousand strings for a word of ten letters."""
    return {twice for once in _muddled(word) for twice in _muddled(once)} - {word}


def _muddled(word: str) -> set[str]:
    found = {word[:i] + letter + word[i:] for i, letter in enumerate(word)}
    found.update(word[:i] + b + word[i + 1 :] for i, letter in enumerate(word) for a, b in ALIKE if a == letter)
    found.update(_shortened(word))
    return found


def _shortened(word: str) -> Iterator[str]:
    yield from (word[:i] + word[i + 1 :] for i in range(len(word)))
    yield from (word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1))


def cost(typed: str, meant: str) -> float:
    """The least sum of edits between them (optimal string alignment): SWAP, SLIP for a likely one, 1 for another."""
    before: list[float] = []
    row = [0.0]
    for j in range(len(meant)):
        row.append(row[j] + _lack(meant, j))
    for i, letter in enumerate(typed):
        above, row = row, [row[0] + _lack(typed, i)]
        for j, other in enumerate(meant):
            swap = 0.0 if letter == other else SLIP if (letter, other) in ALIKE else 1.0
            best = min(above[j] + swap, above[j + 1] + _lack(typed, i), row[j] + _lack(meant, j))
            if i and j and letter == meant[j - 1] and typed[i - 1] == other:
                best = min(best, before[j - 1] + SWAP)
            row.append(best)
        before = above
    return row[-1] + (FIRST if typed[:1] != meant[:1] else 0)


def _lack(word: str, i: int) -> float:
    """What it costs that one of the two has no such letter."""
    return SLIP if word[i] in LIGHT or word[i] in (word[i - 1 : i], word[i + 1 : i + 2]) else 1.0
