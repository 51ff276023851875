"""The errors of the domain, in Thai and English. Pure: any room may raise them, problems.py renders them.

CatalogueError
├── EntryNotFound      404  no entry has this id
├── SignInNeeded       401  the request shows no session and no key
├── NotAllowed         403  this person may not do that, or the request is not from our own pages
├── TooManyAttempts    429  this was tried too often lately
├── InvalidParameter   422  a value that its vocabulary does not know
├── IncompleteEntry    422  fields of an entry are missing or wrong
├── Conflict           409  the entry changed since it was read
├── MergeRefused       409  entries that cannot become one
├── ActionRefused      409  the entry's status, or who asks, does not let this be done now
├── ProbableDuplicate  409  an entry is to be published unseen that probably repeats another one
├── IndexNotReady      503  nothing promoted yet
├── IndexDamaged       503  the index folder cannot be read
├── IndexUnavailable   503  the search cluster does not answer, or only in part
├── StoreDamaged       503  the database cannot be read
├── StoreTooNew        503  the database was migrated by a newer version
├── StoreUnavailable   503  the database stays locked, or cannot be opened or written
├── CatalogueNotEmpty  409  a restore would overwrite what the database holds
├── BackupDamaged      422  a backup is not what was written, or its history is not whole
├── FileRefused        422  an upload cannot be read, or is not safe to read
│   └── FileTooLarge   413  an upload is larger than the setting allows
├── ReaderBusy         503  as many uploads are being read as may be
├── LeaseLost          503  another indexer has taken over
├── ModelDamaged       503  the model file is missing or is not the one we ship
└── ModelUnavailable   503  the model that a setting names cannot be loaded
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar


class CatalogueError(Exception):
    """Base of every error that a person may see.

    Subclasses carry ``status``, ``slug`` and a title in both languages. An instance carries the detail of this
    one occurrence in both languages: where, and what to do, without any path, host or credential of the server.
    ``members`` extend the problem document.
    """

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    slug: ClassVar[str] = "unexpected"
    title_th: ClassVar[str] = "เกิดข้อผิดพลาด"
    title_en: ClassVar[str] = "Something went wrong"

    def __init__(self, en: str, th: str, **members: Any) -> None:
        super().__init__(f"{en}\n{th}")
        self.en = en
        self.th = th
        self.members = members


class EntryNotFound(CatalogueError):
    """No published entry has this id."""

    status, slug = HTTPStatus.NOT_FOUND, "entry-not-found"
    title_th, title_en = "ไม่พบรายการ", "Entry not found"


class SignInNeeded(CatalogueError):
    """Only somebody who is signed in may do this, and the request shows neither a valid session nor a valid key."""

    status, slug = HTTPStatus.UNAUTHORIZED, "sign-in-needed"
    title_th, title_en = "โปรดเข้าสู่ระบบ", "Sign in first"


class NotAllowed(CatalogueError):
    """This person has no role that lets them do it, or the request lacks the proof that it is theirs."""

    status, slug = HTTPStatus.FORBIDDEN, "not-allowed"
    title_th, title_en = "ไม่มีสิทธิ์ทำรายการนี้", "Not allowed"


class TooManyAttempts(CatalogueError):
    """Somebody tried this too often in a short time."""

    status, slug = HTTPStatus.TOO_MANY_REQUESTS, "too-many-attempts"
    title_th, title_en = "ลองบ่อยเกินไป", "Too many attempts"


class InvalidParameter(CatalogueError):
    """A parameter's value is not in its vocabulary."""

    status, slug = HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-parameter"
    title_th, title_en = "ค่าที่ส่งมาไม่ถูกต้อง", "Invalid parameter"


class IncompleteEntry(CatalogueError):
    """Fields of an entry are missing or wrong; ``errors`` points at each of them."""

    status, slug = HTTPStatus.UNPROCESSABLE_ENTITY, "incomplete-entry"
    title_th, title_en = "กรอกข้อมูลไม่ครบหรือไม่ถูกต้อง", "Incomplete entry"


class Conflict(CatalogueError):
    """The entry has changed since the caller read it."""

    status, slug = HTTPStatus.CONFLICT, "conflict"
    title_th, title_en = "รายการถูกแก้ไขไปแล้ว", "The entry has changed"


class MergeRefused(CatalogueError):
    """Entries that cannot become one."""

    status, slug = HTTPStatus.CONFLICT, "merge-refused"
    title_th, title_en = "รวมรายการเหล่านี้ไม่ได้", "These entries cannot be merged"


class ActionRefused(CatalogueError):
    """The entry's status, or who asks, does not let this be done now; ``allowed`` lists what may be done."""

    status, slug = HTTPStatus.CONFLICT, "action-refused"
    title_th, title_en = "ทำรายการนี้ไม่ได้ในตอนนี้", "Not possible now"


class ProbableDuplicate(CatalogueError):
    """An entry is to be published, with others and unseen, that probably repeats another one; ``duplicates`` has it."""

    status, slug = HTTPStatus.CONFLICT, "probable-duplicate"
    title_th, title_en = "อาจซ้ำกับรายการอื่น", "Probably a duplicate"


class IndexNotReady(CatalogueError):
    """No index has been promoted yet."""

    status, slug = HTTPStatus.SERVICE_UNAVAILABLE, "index-not-ready"
    title_th, title_en = "ดัชนีค้นหายังไม่พร้อม", "Search index not ready"


class IndexDamaged(CatalogueError):
    """The index folder cannot be read; a rebuild repairs it."""

    status, slug = HTTPStatus.SERVICE_UNAVAILABLE, "index-damaged"
    title_th, title_en = "ดัชนีค้นหาเสียหาย", "Search index damaged"


class IndexUnavailable(CatalogueError):
    """The search cluster does not answer in time, or only some of its shards do."""

    status, slug = HTTPStatus.SERVICE_UNAVAILABLE, "index-unavailable"
    title_th, title_en = "ระบบค้นหาไม่ตอบสนอง", "Search engine unavailable"


class StoreDamaged(CatalogueError):
    """The database file cannot be read."""

    status, slug = HTTPStatus.SERVICE_UNAVAILABLE, "store-damaged"
    title_th, title_en = "ฐานข้อมูลเสียหาย", "Database damaged"


class StoreTooNew(CatalogueError):
    """The database was migrated by a newer version of this software."""

    status, slug = HTTPStatus.SERVICE_UNAVAILABLE, "store-too-new"
    title_th, title_en = "ฐานข้อมูลใหม่กว่าโปรแกรม", "Database newer than the program"


class StoreUnavailable(CatalogueError):
    """The database stays locked, or cannot be opened or written; nothing in it is damaged."""

    status, slug = HTTPStatus.SERVICE_UNAVAILABLE, "store-unavailable"
    title_th, title_en = "ฐานข้อมูลไม่พร้อมใช้งาน", "Database unavailable"


class CatalogueNotEmpty(CatalogueError):
    """A copy or a restore would overwrite what the database holds."""

    status, slug = HTTPStatus.CONFLICT, "catalogue-not-empty"
    title_th, title_en = "มีคลังอยู่แล้ว", "The catalogue is not empty"


class BackupDamaged(CatalogueError):
    """A backup, or a database that is copied, is not what was written, or its history is not whole."""

    status, slug = HTTPStatus.UNPROCESSABLE_ENTITY, "backup-damaged"
    title_th, title_en = "ข้อมูลสำรองเสียหาย", "Backup damaged"


class LeaseLost(CatalogueError):
    """Another program holds the lease that this one had."""

    status, slug = HTTPStatus.SERVICE_UNAVAILABLE, "lease-lost"
    title_th, title_en = "โปรแกรมอื่นรับงานต่อแล้ว", "Another program has taken over"


class ModelDamaged(CatalogueError):
    """The embedding model's files are missing or are not those that we ship."""

    status, slug = HTTPStatus.SERVICE_UNAVAILABLE, "model-damaged"
    title_th, title_en = "ไฟล์แบบจำลองเสียหาย", "Model file damaged"


class ModelUnavailable(CatalogueError):
    """The embedding model that a setting names is not there, is no model, or lacks its runtime."""

    status, slug = HTTPStatus.SERVICE_UNAVAILABLE, "model-unavailable"
    title_th, title_en = "ใช้แบบจำลองที่ตั้งค่าไว้ไม่ได้", "Embedding model unavailable"


class FileRefused(CatalogueError):
    """An upload cannot be read, or is not safe to read; its member ``code`` says why."""

    status, slug = HTTPStatus.UNPROCESSABLE_ENTITY, "file-refused"
    title_th, title_en = "อ่านไฟล์นี้ไม่ได้", "The file cannot be read"


class FileTooLarge(FileRefused):
    """An upload is larger than the setting allows."""

    status, slug = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "file-too-large"
    title_th, title_en = "ไฟล์ใหญ่เกินไป", "The file is too large"


class ReaderBusy(CatalogueError):
    """As many uploads are being read as may be at a time."""

    status, slug = HTTPStatus.SERVICE_UNAVAILABLE, "reader-busy"
    title_th, title_en = "กำลังอ่านไฟล์อื่นอยู่", "Other files are being read"


class RowsRejected(CatalogueError):
    """An import has rows that cannot be read; nothing was written."""

    status, slug = HTTPStatus.UNPROCESSABLE_ENTITY, "rows-rejected"
    title_th, title_en = "มีแถวที่นำเข้าไม่ได้", "Rows rejected"


class SettingsInvalid(CatalogueError):
    """An environment variable is unknown or has a bad value."""

    slug = "settings-invalid"
    title_th, title_en = "ค่าตั้งไม่ถูกต้อง", "Settings invalid"


class DeploymentRefused(CatalogueError):
    """A file of a deployment is there already, or cannot be made."""

    slug = "deployment-refused"
    title_th, title_en = "เตรียมการติดตั้งไม่สำเร็จ", "Deployment refused"


NO_NUL = r"^[^\x00]*$"
"""What texts have to match: PostgreSQL holds every character but that one."""
# pydantic's error types in English and Thai, with the limits of its context. Its own English is for programmers.
MESSAGES = {
    "missing": ("This is required.", "ต้องระบุ"),
    "extra_forbidden": ("There is no such name here.", "ไม่รู้จักชื่อนี้"),
    "string_type": ("Write a text.", "ต้องเป็นข้อความ"),
    "string_too_short": ("Write something here.", "ต้องกรอกข้อความ"),
    "string_too_long": ("Longer than {max_length} characters.", "ยาวเกิน {max_length} ตัวอักษร"),
    "string_pattern_mismatch": ("This is not the form that is asked for.", "รูปแบบไม่ถูกต้อง"),
    "string_unicode": ("This contains characters that no text has.", "มีอักขระที่ไม่ใช่ข้อความ"),
    "too_short": ("Name at least {min_length}.", "ต้องมีอย่างน้อย {min_length} ค่า"),
    "too_long": ("More than {max_length}.", "มีมากเกิน {max_length} ค่า"),
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), ("Write a whole number.", "ต้องเป็นจำนวนเต็ม")),
    **dict.fromkeys(("bool_parsing", "bool_type"), ("Write true or false.", "ต้องเป็น true หรือ false")),
    "greater_than_equal": ("Not less than {ge}.", "ต้องไม่น้อยกว่า {ge}"),
    "less_than_equal": ("Not more than {le}.", "ต้องไม่มากกว่า {le}"),
    **dict.fromkeys(("enum", "literal_error"), ("One of {expected}.", "ต้องเป็นค่าใดค่าหนึ่งใน {expected}")),
    **dict.fromkeys(
        ("date_parsing", "date_type", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        ("This is no date (YYYY-MM-DD).", "ไม่ใช่วันที่ (ปปปป-ดด-วว)"),
    ),
    **dict.fromkeys(("tuple_type", "list_type"), ("Write a list.", "ต้องเป็นรายการของค่า")),
    **dict.fromkeys(
        ("dict_type", "model_type", "model_attributes_type"),
        ("Write an object with names and values.", "ต้องเป็นออบเจกต์ที่มีชื่อและค่า"),
    ),
    "union_tag_not_found": ("Say the kind.", "ต้องระบุประเภท (kind)"),
    "union_tag_invalid": ("This kind is not known.", "ไม่รู้จักประเภทนี้"),
    "json_invalid": ("This is not JSON.", "ไม่ใช่ JSON"),
}
OTHER = ("The value is not right.", "ค่าไม่ถูกต้อง")


def worded(error: Mapping[str, Any]) -> tuple[str, str]:
    """One of pydantic's errors in English and Thai, without the value that caused it (it may be personal).

    A ``ValueError`` of our own says both itself, ``English / ไทย``.
    """
    if error["type"] == "value_error":
        en, _, th = str(error["ctx"]["error"]).partition(" / ")
        return en, th or OTHER[1]
    given = error.get("ctx") or {}
    en, th = MESSAGES.get("string_unicode" if given.get("pattern") == NO_NUL else error["type"], OTHER)
    return en.format_map(given), th.format_map(given)
