"""Sends the notices that are due: by a mail server, or as files where none is named."""

import datetime
import logging
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from email.message import EmailMessage
from pathlib import Path
from threading import Event
from urllib.parse import unquote, urlsplit

from catalogue.notices import worded
from catalogue.settings import Settings
from catalogue.store.notices import Notice, Notices

log = logging.getLogger(__name__)
ANSWERS_WITHIN_S = 30
LOOKS_EVERY_S = 2.0

Deliver = Callable[[EmailMessage], None]
"""Hands one mail over; raises ``OSError`` or ``smtplib.SMTPException`` where it cannot."""


def send_due(
    notices: Notices, settings: Settings, now: datetime.datetime, stopping: Event | None = None
) -> tuple[int, int]:
    """Send every notice that is due, or those until it is to stop; how many left, and how many will be tried again."""
    sent = failed = 0
    while not (stopping and stopping.is_set()) and (notice := notices.claim(now)) is not None:
        try:
            with outlet(settings) as deliver:
                deliver(mail(notice, settings))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one notice, the others do not wait for it
            failed += 1
            # Only the kind: a server's answer may repeat addresses.
            log.warning("notice.not_sent", extra={"notice": notice.id, "error": type(error).__name__})
            notices.failed(notice, now)
        else:
            sent += 1
            notices.sent(notice, now)
    return sent, failed


def keep_sending(notices: Notices, settings: Settings, stopping: Event) -> None:
    """Send what is due, again and again, until it is to stop; a mail that is on its way is sent to its end."""
    while not stopping.wait(LOOKS_EVERY_S):
        send_due(notices, settings, datetime.datetime.now(datetime.UTC), stopping)


def mail(notice: Notice, settings: Settings) -> EmailMessage:
    """The notice as a mail in its reader's language."""
    words = worded(notice.template, notice.payload, notice.name, notice.language, settings.site)
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = settings.mail_from, notice.email, words.subject
    # The same at every attempt: of a mail that left twice, programs show one.
    made["Message-ID"] = f"<{notice.id}@{urlsplit(settings.site).hostname}>"
    made["Date"] = datetime.datetime.fromisoformat(notice.created_at)
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(words.text)
    return made


def outlet(settings: Settings) -> AbstractContextManager[Deliver]:
    """Where mails go by these settings."""
    url = settings.smtp_url.get_secret_value()
    return _server(url) if url else _folder(settings.outbox_dir)


@contextmanager
def _server(url: str) -> Iterator[Deliver]:
    parts, trusted = urlsplit(url), ssl.create_default_context()  # checks certificate and name
    host = parts.hostname or ""
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=ANSWERS_WITHIN_S, context=trusted)
    else:
        server = smtplib.SMTP(host, parts.port or 587, timeout=ANSWERS_WITHIN_S)
    with server:
        if parts.scheme == "smtp":
            server.starttls(context=trusted)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        yield lambda made: _raise_refusals(server.send_message(made))


def _raise_refusals(refused: dict[str, tuple[int, bytes]]) -> None:
    if refused:
        raise smtplib.SMTPRecipientsRefused(refused)


@contextmanager
def _folder(folder: Path) -> Iterator[Deliver]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # links in them open accounts

    def write(made: EmailMessage) -> None:
        name = made["Message-ID"].strip("<>").partition("@")[0]
        partial = folder / f"{name}.partial"
        partial.write_bytes(made.as_bytes())
        partial.replace(folder / f"{name}.eml")

    yield write
