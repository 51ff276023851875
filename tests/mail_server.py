"""A real mail server on this machine: it keeps what it is sent, and refuses or breaks off where a test wants it to."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from catalogue import deployment
from catalogue.up import free_port

USER, PASSWORD = "hackgo", "p@ss/word"
FIRST_PORT = 8700


@dataclass
class Post:
    """What came in, in order; ``refused`` addresses have no mailbox, ``breaking`` ends connections amid a letter."""

    port: int
    letters: list[EmailMessage] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    breaking: bool = False
    signed_in: int = 0

    @property
    def addressees(self) -> list[str]:
        """To whom it all went."""
        return sorted(letter["To"] for letter in self.letters)

    def authenticate(self, server: Any, session: Session, envelope: Envelope, way: str, told: Any) -> AuthResult:
        """Everybody is let in who knows the password."""
        assert _secured(server), "a password in the clear"
        right = LoginPassword(USER.encode(), PASSWORD.encode()) == told
        self.signed_in += right
        return AuthResult(success=right)

    async def handle_RCPT(self, server: Any, session: Session, envelope: Envelope, address: str, _: Any) -> str:
        if address in self.refused:
            return "550 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        if self.breaking:
            server.transport.abort()
            return "451 never seen"
        assert envelope.content
        letter = message_from_bytes(envelope.content, policy=policy.default)  # type: ignore[arg-type]
        assert isinstance(letter, EmailMessage)
        assert _secured(server), "a letter in the clear"
        self.letters.append(letter)
        return "250 OK"


def _secured(server: Any) -> bool:
    return server.transport.get_extra_info("ssl_object") is not None


@contextmanager
def mail_server(certificates: Path, *, port: int = 0, wrapped: bool = False, plain: bool = False) -> Iterator[Post]:
    """A server that wants a password: with STARTTLS, within TLS (``wrapped``), or one that knows no TLS (``plain``)."""
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(certificates / deployment.NODE, certificates / deployment.NODE_KEY)
    post = Post(port or free_port("127.0.0.1", FIRST_PORT))
    secured = {} if wrapped or plain else {"tls_context": trust, "require_starttls": True}
    server = Controller(
        post,
        hostname="127.0.0.1",
        port=post.port,
        ssl_context=trust if wrapped else None,
        authenticator=post.authenticate,
        auth_required=not plain,
        auth_require_tls=not wrapped,  # it knows of STARTTLS alone
        ready_timeout=60,
        **secured,
    )
    server.start()
    try:
        yield post
    finally:
        server.stop()
