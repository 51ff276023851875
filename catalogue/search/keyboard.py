"""The two keyboards of Thai computers: what was struck on one while the other was meant. Pure.

other_layout("l;ylfu")     สวัสดี
other_layout("ดสนนก")       flood
"""

import re

# US QWERTY and Thai Kedmanee (TIS 820-2538 as Windows and Linux have it), row by row, then the same keys with Shift.
US = r"`1234567890-=qwertyuiop[]\asdfghjkl;'zxcvbnm,./" + r'~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?'
KEDMANEE = (
    "_ๅ/-ภถ\u0e38\u0e36คตจขชๆไ\u0e33พ\u0e30\u0e31\u0e35รนยบลฃฟหกดเ\u0e49\u0e48\u0e32สวงผปแอ\u0e34\u0e37ทมใฝ"
    '%+๑๒๓๔\u0e39฿๕๖๗๘๙๐"ฎฑธ\u0e4d\u0e4aณฯญฐ,ฅฤฆฏโฌ\u0e47\u0e4bษศซ.()ฉฮ\u0e3a\u0e4c?ฒฬฦ'
)
_TO_THAI = str.maketrans(US, KEDMANEE)
_TO_US = str.maketrans(KEDMANEE, US)
_THAI = re.compile("[\u0e01-\u0e5b]")
_LATIN = re.compile("[A-Za-z]")
NUMBER = re.compile(r"(?<!\S)\d+(?!\S)")  # one that stands alone


def to_thai(text: str) -> str:
    """What the same keys write on the Thai layout; what no key of the US layout writes stays."""
    return text.translate(_TO_THAI)


def to_us(text: str) -> str:
    """What the same keys write on the US layout; what no key of the Thai layout writes stays."""
    return text.translate(_TO_US)


def other_layout(text: str, *, numbers: bool = True) -> str | None:
    """The text as the other layout writes it; None where it has letters of both scripts, or of none.

    Without ``numbers``, those that stand alone stay: a number pad writes them on either layout.
    """
    thai, latin = bool(_THAI.search(text)), bool(_LATIN.search(text))
    if thai == latin:
        return None
    write = to_us if thai else to_thai
    if numbers:
        return write(text)
    kept = iter((*NUMBER.findall(text), ""))
    return "".join(write(part) + number for part, number in zip(NUMBER.split(text), kept, strict=True))
