"""Passwords and other secrets: made, hashed, checked. The only file that knows how.

People's passwords are hashed with argon2id; what we make ourselves has 256 bits and needs only SHA-256.
"""

import hashlib
import re
import secrets
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from catalogue.errors import InvalidParameter

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 10, 200  # the longest: hashing takes time with length
# OWASP's choice for servers: 19 MiB and two passes. Ten sign-ins at once take 190 MiB.
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
# One a line: of the usual lists those of at least ten characters, in lower case; and what people here would type first.
COMMONEST = Path(__file__).with_suffix(".txt")
# "=?" begins an encoded word (RFC 2047), which mail programs would read as other characters, line breaks among them;
# NUL and its like no mail server takes, and PostgreSQL no NUL.
EMAIL = re.compile(
    r"(?!.*(?:=\?|[\x00-\x1f\x7f]))[^@\s<>,;:\"()\[\]\\]{1,64}@[^@\s<>,;:\"()\[\]\\]{1,189}\.[^@\s.]{2,63}"
)


@lru_cache(1)
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


@lru_cache(1)
def _nobodys() -> str:
    """What the password of an unknown person is compared with, so that the answer takes as long as for a known one."""
    return _hasher().hash(secrets.token_urlsafe())


@lru_cache(1)
def _commonest() -> frozenset[str]:
    return frozenset(COMMONEST.read_text(encoding="utf-8").splitlines())


def normalised(email: str) -> str:
    """The address as accounts are known by it; raises ``InvalidParameter`` where it is none."""
    address = unicodedata.normalize("NFKC", email).strip().casefold()
    if not EMAIL.fullmatch(address):
        raise InvalidParameter(
            "This is not an e-mail address. Write it as name@example.go.th.",
            "ที่อยู่อีเมลไม่ถูกต้อง โปรดเขียนในรูป name@example.go.th",
            field="email",
        )
    return address


def hashed(password: str, email: str) -> str:
    """The password's argon2id hash; raises ``InvalidParameter`` for one that is too short or too easy to guess."""
    text = unicodedata.normalize("NFKC", password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise _refused(f"between {SHORTEST} and {LONGEST} characters", f"ยาว {SHORTEST} ถึง {LONGEST} ตัวอักษร")
    easy = text.casefold()
    if easy in _commonest() or len(set(easy)) < 4 or easy in (email, email.partition("@")[0]):
        raise _refused("one that is hard to guess", "ชุดที่เดาได้ยาก")
    return _hasher().hash(text)


def matches(password: str, stored: str) -> bool:
    """Is this the password of that hash? Takes as long where there is no hash (empty)."""
    from argon2.exceptions import InvalidHashError, VerificationError

    text = unicodedata.normalize("NFKC", password[: LONGEST + 1])
    try:
        return _hasher().verify(stored or _nobodys(), text) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def secret(prefix: str = "") -> str:
    """A new random secret of 256 bits for a cookie, a link or a key."""
    return prefix + secrets.token_urlsafe(32)


def digest(text: str) -> str:
    """What is stored of a secret of ours: it finds the secret's row and gives nothing away."""
    return hashlib.sha256(text.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Are two secrets equal? Takes the same time wherever they differ."""
    return secrets.compare_digest(one.encode(), other.encode())


def _refused(en: str, th: str) -> InvalidParameter:
    return InvalidParameter(
        f"Choose another password: {en}. Several words in a row are easy to remember.",
        f"โปรดตั้งรหัสผ่านใหม่ให้{th} คำหลายคำเรียงกันจำง่ายและเดายาก",
        field="password",
    )
