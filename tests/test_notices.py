"""Notices: written with what they tell of, mailed once, in the reader's language."""

import contextlib
import datetime
import re
import smtplib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import get_args

import pytest

from catalogue import notify
from catalogue.api.parts import Parts
from catalogue.notices import PRIVATE, Template, templates, worded
from catalogue.people import Grant, Role
from catalogue.settings import Settings
from catalogue.sign_in import SignIn
from catalogue.store import Store
from catalogue.store.notices import CLAIM, RETRIES, SHOWN, Notices
from tests import people
from tests.conftest import NOON
from tests.curating import OWNER, desk
from tests.uploading import upload

ENTRY = {"id": "PP-2569-00001", "title": {"th": "น้ำไม่ไหล", "en": "Dry taps"}}
ORGANISATION = "OG-2569-003"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path, public_url="https://hack.go.th", mail_from="hack.go.th <no-reply@hack.go.th>")


def mails(settings: Settings) -> list[dict[str, str]]:
    read = [message_from_bytes(f.read_bytes(), policy=policy.default) for f in sorted(settings.outbox_dir.glob("*"))]
    return [{"to": m["To"], "subject": m["Subject"], "text": m.get_content(), "id": m["Message-ID"]} for m in read]


def test_every_template_has_words_in_both_languages_and_says_where_to_go() -> None:
    assert templates().keys() == set(get_args(Template))
    for name, known in templates().items():
        assert bool(known.get("private")) == (name in PRIVATE)
        for part in (known["subject"], known["text"]):
            assert part.keys() == {"th", "en"}
        for text in known["text"].values():
            assert "{link}" in text
            # A link goes to addresses that nobody has confirmed, with a name that a stranger may have chosen.
            assert ("{name}" in text) == ("token" not in known["path"])


def test_a_subject_stays_one_line_whatever_a_title_holds() -> None:
    words = worded("published", {"id": "PP-1", "title": "a\r\nBcc: b@c.th {name} {x!r}"}, "มะลิ", "th", "")
    assert words.subject == "เผยแพร่แล้ว: a Bcc: b@c.th {name} {x!r}"


def test_hosts_of_the_organisation_are_told_in_their_language_when_it_commits(store: Store, settings: Settings) -> None:
    people.add(store, "thai", Grant(Role.HOST_EDITOR, ORGANISATION), Grant(Role.HOST_ADMIN, ORGANISATION))
    people.add(store, "english", Grant(Role.HOST_EDITOR, ORGANISATION), language="en")
    people.add(store, "other", Grant(Role.HOST_EDITOR, "OG-2569-002"), Grant(Role.CURATOR, ORGANISATION))
    with contextlib.suppress(ConnectionError), store.writing() as writer:
        writer.notify(ORGANISATION, "submitted", ENTRY, NOON)
        raise ConnectionError
    with store.writing() as writer:
        writer.notify(ORGANISATION, "published", ENTRY, NOON)
        writer.notify_person("cli", "published", ENTRY, NOON)
    notices = Notices(store.database)
    assert notify.send_due(notices, settings, NOON) == (2, 0)
    assert notify.send_due(notices, settings, NOON + CLAIM * 2) == (0, 0)
    said = {
        mail["to"]: (mail["subject"], *re.findall(r"https://hack.go.th/app/(\S+)", mail["text"]))
        for mail in mails(settings)
    }
    assert said == {
        "thai@example.go.th": ("เผยแพร่แล้ว: น้ำไม่ไหล", "entry?id=PP-2569-00001&lang=th"),
        "english@example.go.th": ("Published: Dry taps", "entry?id=PP-2569-00001&lang=en"),
    }
    assert [n.template for n in notices.of("U-thai")] == ["published"]
    ids = [n.id for n in notices.of("U-thai") + notices.of("U-english")]
    notices.read("U-thai", ids, NOON)
    assert [n.read_at is None for n in notices.of("U-thai") + notices.of("U-english")] == [False, True]


def test_only_what_was_shown_is_read_and_the_rest_comes_next(store: Store) -> None:
    account = people.add(store, "mali")
    notices = Notices(store.database)
    for minute in range(SHOWN + 2):
        notices.post(account.id, "published", ENTRY, NOON + datetime.timedelta(minutes=minute))
    first = notices.of(account.id)
    later = NOON + datetime.timedelta(days=1)
    notices.post(account.id, "rejected", ENTRY, later)  # while they look at those
    assert (len(first), notices.unread(account.id)) == (SHOWN, SHOWN + 3)
    notices.read(account.id, [told.id for told in first], later)
    assert notices.unread(account.id) == 3
    then = notices.of(account.id)
    assert [told.template for told in then[:3]] == ["rejected", "published", "published"]
    assert [told.read_at is None for told in then[:4]] == [True, True, True, False]
    assert {told.id for told in then[1:3]}.isdisjoint(told.id for told in first)


def test_every_decision_is_told_once_to_each_reader_in_their_language(
    store: Store, parts: Parts, settings: Settings
) -> None:
    people.add(store, "english", Grant(Role.HOST_EDITOR, OWNER), language="en")
    title = {"title": {"th": "น้ำไม่ไหล", "en": "Dry taps"}}
    with desk(store, parts) as at_work:
        kept, gone, refused = (at_work.create(**title) for _ in range(3))
        for entry_id in (kept, gone, refused):
            at_work.done("curator", entry_id, "claim")
        comments = [{"field": "provinces", "text": "จังหวัดใด"}]
        at_work.done("curator", kept, "request_edits", comments=comments)
        at_work.done("host", kept, "answer")
        at_work.done("curator", kept, "claim", "publish")
        at_work.done("curator", gone, "publish")
        at_work.done("curator", refused, "reject", code="no-source")
        asked = {"canonical": kept, "members": [gone], "reason": "สองคนเล่าเรื่องเดียวกัน"}
        done = at_work.clients["curator"].post("/api/v1/merges", json=asked).json()
        at_work.clients["curator"].post(f"/api/v1/merges/{done['batch']}/undo", json={}).raise_for_status()
        later = at_work.now + CLAIM
    notices = Notices(store.database)
    assert notify.send_due(notices, settings, later) == (18, 0)
    assert notify.send_due(notices, settings, later + CLAIM * 2) == (0, 0)
    for name, subjects in {
        "host": ("ได้รับรายการแล้ว", "ขอให้แก้ไข", "เผยแพร่แล้ว", "ไม่รับเข้าคลัง", "ไม่รวมกับรายการอื่นแล้ว", "รวมกับรายการอื่น"),
        "english": ("Received", "Changes asked for", "Published", "Not accepted", "No longer merged", "Merged"),
    }.items():
        mine = [mail for mail in mails(settings) if mail["to"] == f"{name}@example.go.th"]
        words = "น้ำไม่ไหล" if name == "host" else "Dry taps"
        expected = [
            f"{subject}: {words}"
            for subject, times in zip(subjects, (3, 1, 2, 1, 1, 1), strict=True)
            for _ in range(times)
        ]
        assert sorted(mail["subject"] for mail in mine) == sorted(expected)
        (merged,) = [mail for mail in mine if mail["subject"].startswith(subjects[-1])]
        assert gone in merged["text"]
        assert f"https://hack.go.th/app/entry?id={kept}" in merged["text"]
        assert "สองคนเล่าเรื่องเดียวกัน" in merged["text"]


def test_a_committed_file_is_told_once_to_everybody_who_edits_for_its_organisation(
    store: Store, parts: Parts, settings: Settings
) -> None:
    people.add(store, "english", Grant(Role.HOST_ADMIN, OWNER), language="en")
    data = "ชื่อเรื่อง,ปัญหา\nไฟดับ,ทุกคืน\nน้ำไม่ไหล,ทุกวัน\n,ไม่มีชื่อ\n".encode()
    with desk(store, parts) as at_work:
        for commit in (False, True, True):  # what brings nothing new is no news
            assert upload(at_work.clients["host"], data, "ปัญหา.csv", commit=commit).status_code == 200
    notices = Notices(store.database)
    assert notify.send_due(notices, settings, at_work.now) == (2, 0)
    said = {mail["to"]: mail for mail in mails(settings)}
    assert said["host@example.go.th"]["subject"] == "นำเข้าแล้ว: ปัญหา.csv"
    assert "เพิ่ม 2 รายการ แก้ไข 0 รายการ ไม่รับ 1 แถว" in said["host@example.go.th"]["text"]
    assert said["english@example.go.th"]["subject"] == "Imported: ปัญหา.csv"
    assert "2 added, 0 changed, 1 rows rejected" in said["english@example.go.th"]["text"]
    assert "https://hack.go.th/app/upload?lang=en" in said["english@example.go.th"]["text"]
    assert [told.template for told in notices.of("U-host")] == ["imported"]


def test_what_is_due_to_an_account_that_was_disabled_is_not_sent(store: Store, settings: Settings) -> None:
    gone, kept = people.add(store, "gone"), people.add(store, "kept")
    sign_in = SignIn.over(store)
    for account in (gone, kept):
        sign_in.notices.post(account.id, "published", ENTRY, NOON)
    sign_in.accounts.disable(gone.id, "admin", NOON)
    assert notify.send_due(sign_in.notices, settings, NOON + CLAIM) == (1, 0)
    assert [mail["to"] for mail in mails(settings)] == ["kept@example.go.th"]


def test_who_has_not_confirmed_their_address_is_mailed_links_alone_and_the_rest_once_they_have(
    store: Store, settings: Settings
) -> None:
    sign_in = SignIn.over(store)
    account = sign_in.invite("new@example.go.th", "http://evil.example", "en", (), "test", NOON).id
    sign_in.notices.post(account, "published", ENTRY, NOON)
    assert notify.send_due(sign_in.notices, settings, NOON) == (1, 0)
    (mail,) = mails(settings)
    assert mail["subject"] == templates()["invited"]["subject"]["en"]
    assert "evil" not in mail["text"]
    sign_in.accounts.set_password(account, "a hash", NOON)
    assert notify.send_due(sign_in.notices, settings, NOON) == (1, 0)


def test_several_senders_send_each_notice_once(store: Store) -> None:
    account = people.add(store, "mali")
    notices = Notices(store.database)
    for _ in range(12):
        notices.post(account.id, "published", ENTRY, NOON)

    def claim_all(_: int) -> list[str]:
        found = []
        while claimed := notices.claim(NOON):
            found.append(claimed.id)
        return found

    with ThreadPoolExecutor(4) as pool:
        claimed = [i for ids in pool.map(claim_all, range(4)) for i in ids]
    assert len(claimed) == len(set(claimed)) == 12


def test_a_sender_that_dies_leaves_its_notice_to_the_next_one_under_the_same_id(
    store: Store, settings: Settings
) -> None:
    account = people.add(store, "mali")
    notices = Notices(store.database)
    notices.post(account.id, "published", ENTRY, NOON)
    claimed = notices.claim(NOON)
    assert claimed is not None
    assert notices.claim(NOON + CLAIM - datetime.timedelta(seconds=1)) is None
    assert notify.send_due(notices, settings, NOON + CLAIM) == (1, 0)
    assert [mail["id"] for mail in mails(settings)] == [f"<{claimed.id}@hack.go.th>"]


def test_a_mail_server_that_refuses_is_tried_less_and_less_often(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = []

    @contextmanager
    def refusing(_: Settings) -> Iterator[notify.Deliver]:
        attempts.append(1)
        raise smtplib.SMTPServerDisconnected
        yield

    monkeypatch.setattr(notify, "outlet", refusing)
    account = people.add(store, "mali")
    notices = Notices(store.database)
    notices.post(account.id, "published", ENTRY, NOON)
    at = NOON
    for minutes in RETRIES:
        assert notify.send_due(notices, settings, at) == (0, 1)
        assert notify.send_due(notices, settings, at) == (0, 0)
        at += datetime.timedelta(minutes=minutes)
    notify.send_due(notices, settings, at)
    assert notify.send_due(notices, settings, at + datetime.timedelta(days=30)) == (0, 0)
    assert len(attempts) == len(RETRIES) + 1
    assert len(notices.of(account.id)) == 1, "it stays in the app"


def test_a_notice_of_which_no_mail_can_be_made_is_in_nobodys_way(store: Store, settings: Settings) -> None:
    notices = Notices(store.database)
    for account in (people.add(store, "=?utf-8?q?a=0ab?="), people.add(store, "mali")):
        notices.post(account.id, "published", ENTRY, NOON)
    assert notify.send_due(notices, settings, NOON) == (1, 1)
    assert [mail["to"] for mail in mails(settings)] == ["mali@example.go.th"]
    assert notify.send_due(notices, settings, NOON) == (0, 0), "it has its next turn later"


def test_a_secret_link_is_mailed_and_kept_nowhere(store: Store, settings: Settings) -> None:
    account = people.add(store, "mali")
    sign_in = SignIn.over(store)
    sign_in.mail_link(account.id, "reset", datetime.timedelta(hours=1), NOON)
    notify.send_due(sign_in.notices, settings, NOON)
    (mail,) = mails(settings)
    assert "https://hack.go.th/reset?token=" in mail["text"]
    assert sign_in.notices.of(account.id) == []
    token = mail["text"].split("token=")[1].split()[0]
    with store.database.reading() as connection:
        from catalogue.store.tables import notice

        assert token not in str(connection.execute(notice.select()).all())


def test_a_link_does_not_wait_behind_what_a_large_upload_tells(store: Store) -> None:
    account = people.add(store, "mali", Grant(Role.HOST_EDITOR, ORGANISATION))
    sign_in = SignIn.over(store)
    for number in range(3):
        sign_in.notices.post(account.id, "published", ENTRY | {"id": f"PP-2569-0000{number}"}, NOON)
    later = NOON + datetime.timedelta(minutes=1)
    sign_in.mail_link(account.id, "reset", datetime.timedelta(hours=1), later)
    claimed = [sign_in.notices.claim(later) for _ in range(5)]
    assert [one and one.template for one in claimed] == ["reset", *["published"] * 3, None]


@pytest.mark.parametrize("url", ["smtp://mail.example:587", "smtps://user:p%40ss@mail.example:465"])
def test_a_mail_server_is_talked_to_under_a_certificate_that_is_checked(
    url: str, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    import ssl

    done: list[str] = []

    class Server:
        def __init__(self, host: str, port: int, timeout: float, context: ssl.SSLContext | None = None) -> None:
            self.trust(context)

        def trust(self, context: ssl.SSLContext | None) -> None:
            if context:
                assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
                done.append("tls")

        def starttls(self, context: ssl.SSLContext) -> None:
            self.trust(context)

        def login(self, user: str, password: str) -> None:
            done.append(f"login {user} {password}")

        def send_message(self, message: object) -> dict[str, tuple[int, bytes]]:
            done.append("sent")
            return {}

        def __enter__(self) -> "Server":
            return self

        def __exit__(self, *_: object) -> None:
            done.append("closed")

    monkeypatch.setattr(smtplib, "SMTP", Server)
    monkeypatch.setattr(smtplib, "SMTP_SSL", Server)
    from email.message import EmailMessage

    with notify.outlet(Settings.from_env({"HACKGO_SMTP_URL": url})) as deliver:
        deliver(EmailMessage())
    login = ["login user p@ss"] if "user" in url else []
    assert done == ["tls", *login, "sent", "closed"]
