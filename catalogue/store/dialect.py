"""What a database has to bring along to hold the store, and the words for its troubles that all share.

sqlite.py and postgresql.py are the two that do.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext

from catalogue.errors import CatalogueError, InvalidParameter, SettingsInvalid, StoreDamaged, StoreUnavailable

# Execution option of a connection whose transaction takes the one write lock when it begins.
WRITES = "hackgo_writes"


class Dialect(Protocol):
    """One database server or file."""

    engine: Engine
    name: str
    """What people call it, without user and password."""

    def reading(self) -> Connection:
        """A connection whose transaction reads, and sees one moment."""
        ...

    def check(self) -> None:
        """Raise ``StoreDamaged`` where it is not sound, as far as that can be told quickly."""
        ...

    def damage(self) -> list[str]:
        """What the database itself finds wrong with what it holds."""
        ...

    def snapshot(self) -> AbstractContextManager[Connection]:
        """One moment for as long as it is wanted; nobody who writes waits for it."""
        ...


def translate_errors(engine: Engine, translated: Callable[[BaseException], CatalogueError | None]) -> None:
    """Raise the domain's errors instead of the driver's, whose texts name hosts and paths."""

    @event.listens_for(engine, "handle_error")
    def translate(context: ExceptionContext) -> None:
        error = translated(context.original_exception)
        if error is not None:
            raise error from context.original_exception


def holds_nul() -> InvalidParameter:
    """For words with the character that PostgreSQL's text cannot hold."""
    return InvalidParameter(
        "What you sent holds the character NUL (U+0000). Send it without.",
        "ข้อมูลที่ส่งมามีอักขระ NUL (U+0000) โปรดลบออกแล้วส่งใหม่",
    )


def invalid_url() -> SettingsInvalid:
    """For an address of a database that the store cannot use; does not repeat it, for it may hold a password."""
    return SettingsInvalid(
        "The store is sqlite:///path/to/catalogue.db or postgresql://user@host/database. Check HACKGO_DATABASE_URL, or "
        "what was given in its place.",
        "คลังเก็บใน sqlite:///path/to/catalogue.db หรือ postgresql://user@host/database โปรดตรวจ HACKGO_DATABASE_URL "
        "หรือค่าที่ระบุแทน",
    )


def nothing_there(name: str) -> SettingsInvalid:
    """For settings that name a place where there is no catalogue."""
    return SettingsInvalid(
        f"There is no catalogue in {name}. Check HACKGO_DATABASE_URL and HACKGO_STATE_DIR, or what was given in their "
        "place.",
        f"ไม่มีคลังใน {name} โปรดตรวจ HACKGO_DATABASE_URL และ HACKGO_STATE_DIR หรือค่าที่ระบุแทน",
    )


def damaged(en: str, th: str) -> StoreDamaged:
    """For a database that holds something other than a sound catalogue."""
    return StoreDamaged(
        f"The catalogue's database cannot be used: {en}. Restore it from a backup, or start afresh: with "
        "`python3 run.py reset`, or on a new database of PostgreSQL. Nothing was deleted.",
        f"ใช้ฐานข้อมูลของคลังไม่ได้: {th} โปรดกู้คืนจากข้อมูลสำรอง หรือเริ่มใหม่ด้วย `python3 run.py reset` "
        "หรือด้วยฐานข้อมูลใหม่ของ PostgreSQL ยังไม่มีสิ่งใดถูกลบ",
    )


def unwritable() -> StoreUnavailable:
    """For a database that may not be written, or has no room."""
    return StoreUnavailable(
        "The database cannot be opened or written: check the free disk space and the permissions of the folder "
        "that holds it. Nothing that was confirmed is lost.",
        "เปิดหรือเขียนฐานข้อมูลไม่ได้ โปรดตรวจพื้นที่ว่างของดิสก์และสิทธิ์ของโฟลเดอร์ที่เก็บฐานข้อมูล สิ่งที่ยืนยันไปแล้วไม่สูญหาย",
    )


def busy() -> StoreUnavailable:
    """For a server that has too much to do, or a lock that another program does not let go."""
    return StoreUnavailable(
        "The database is busy: another program has been writing for a long time, or too many use it at once. Try "
        "again in a moment.",
        "ฐานข้อมูลไม่ว่าง มีโปรแกรมอื่นกำลังเขียนอยู่นาน หรือมีผู้ใช้พร้อมกันมากเกินไป โปรดลองใหม่อีกครั้งในอีกสักครู่",
    )
