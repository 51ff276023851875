"""Mails through a real mail server: under TLS alone, each once, whatever the server refuses and whenever it is away."""

import datetime
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from catalogue import deployment, notify
from catalogue.settings import Settings
from catalogue.store import Store
from catalogue.store.notices import RETRIES, Notices
from tests import compose, people
from tests.conftest import NOON, absent
from tests.mail_server import PASSWORD, USER, Post, mail_server
from tests.small_catalogue import wait_for
from tests.test_deployment import EMBEDDED, Deployment
from tests.test_notices import ENTRY

LATER = NOON + datetime.timedelta(minutes=RETRIES[0])


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of this machine, signed by an authority that nobody else has."""
    if not shutil.which("openssl"):
        absent("opensearch", "certificates need openssl (apt install openssl)")
    made = tmp_path_factory.mktemp("certificates")
    deployment.make_certificates(made)
    return made


@pytest.fixture(autouse=True)
def trusted(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / deployment.CA))


@pytest.fixture
def notices(store: Store) -> Iterator[Notices]:
    """Two readers, one notice for each, due at noon."""
    made = Notices(store.database)
    for name, language in (("mali", "th"), ("english", "en")):
        made.post(people.add(store, name, language=language).id, "published", ENTRY, NOON)
    return made


def url_of(post: Post, scheme: str = "smtp", password: str = PASSWORD) -> str:
    return f"{scheme}://{USER}:{quote(password, safe='')}@127.0.0.1:{post.port}"


def settings_for(url: str) -> Settings:
    told = {"SMTP_URL": url, "PUBLIC_URL": "https://hack.go.th", "MAIL_FROM": "hack.go.th <no-reply@hack.go.th>"}
    return Settings.from_env({f"HACKGO_{name}": value for name, value in told.items()})


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # of the server, which is within TLS
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_each_mail_arrives_once_in_its_language_under_tls(notices: Notices, certificates: Path, scheme: str) -> None:
    with mail_server(certificates, wrapped=scheme == "smtps") as post:
        settings = settings_for(url_of(post, scheme))
        assert notify.send_due(notices, settings, NOON) == (2, 0)
        assert notify.send_due(notices, settings, NOON + datetime.timedelta(days=1)) == (0, 0)
    assert post.addressees == ["english@example.go.th", "mali@example.go.th"]
    assert post.signed_in == 2
    subjects = {letter["To"]: letter["Subject"] for letter in post.letters}
    assert subjects == {
        "mali@example.go.th": "เผยแพร่แล้ว: น้ำไม่ไหล",
        "english@example.go.th": "Published: Dry taps",
    }
    for letter in post.letters:
        assert letter["From"] == '"hack.go.th" <no-reply@hack.go.th>'
        assert letter["Message-ID"].endswith("@hack.go.th>")
        assert "https://hack.go.th/app/entry?id=PP-2569-00001" in letter.get_content()


def test_a_server_that_cannot_prove_who_it_is_gets_neither_mail_nor_password(
    notices: Notices, certificates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment.make_certificates(tmp_path)
    with mail_server(tmp_path) as post:
        assert notify.send_due(notices, settings_for(url_of(post)), NOON) == (0, 2)
        assert (post.letters, post.signed_in) == ([], 0)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / deployment.CA))
        assert notify.send_due(notices, settings_for(url_of(post)), LATER) == (2, 0)


def test_a_server_without_tls_and_a_wrong_password_leave_mails_for_later(
    notices: Notices, certificates: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as quick, mail_server(certificates, plain=True) as post:
        quick.setattr(notify, "ANSWERS_WITHIN_S", 2)  # such a server never answers
        assert notify.send_due(notices, settings_for(url_of(post)), NOON) == (0, 2)
        assert post.letters == []
    with mail_server(certificates) as post:
        assert notify.send_due(notices, settings_for(url_of(post, password="another")), LATER) == (0, 2)
        assert post.letters == []
        later = LATER + datetime.timedelta(minutes=RETRIES[1])
        assert notify.send_due(notices, settings_for(url_of(post)), later) == (2, 0)
    assert len(post.letters) == 2
    assert not [secret for secret in ("another", PASSWORD, "example.go.th") if secret in caplog.text]


def test_a_refused_recipient_keeps_nobody_else_from_their_mail(notices: Notices, certificates: Path) -> None:
    with mail_server(certificates) as post:
        settings = settings_for(url_of(post))
        post.refused = {"mali@example.go.th"}
        assert notify.send_due(notices, settings, NOON) == (1, 1)
        assert post.addressees == ["english@example.go.th"]
        post.refused = set()
        assert notify.send_due(notices, settings, LATER) == (1, 0)
    assert post.addressees == ["english@example.go.th", "mali@example.go.th"]


def test_mails_wait_for_a_server_that_is_away_or_breaks_off_and_arrive_once(
    notices: Notices, certificates: Path
) -> None:
    with mail_server(certificates) as post:
        post.breaking = True
        assert notify.send_due(notices, settings_for(url_of(post)), NOON) == (0, 2)
    assert notify.send_due(notices, settings_for(url_of(post)), LATER) == (0, 2)  # nobody listens
    later = LATER + datetime.timedelta(minutes=RETRIES[1])
    with mail_server(certificates, port=post.port) as again:
        assert notify.send_due(notices, settings_for(url_of(post)), later) == (2, 0)
        assert notify.send_due(notices, settings_for(url_of(post)), later + datetime.timedelta(days=1)) == (0, 0)
    assert post.letters == []
    assert again.addressees == ["english@example.go.th", "mali@example.go.th"]


@pytest.mark.skipif(os.name != "posix", reason="containers are Linux's")
def test_the_service_of_the_compose_file_sends_with_the_settings_of_its_env_file(
    certificates: Path, tmp_path: Path
) -> None:
    with mail_server(certificates) as post:
        told = {"SMTP_URL": url_of(post), "PUBLIC_URL": "https://hack.go.th", "MAIL_FROM": "hack <no-reply@hack.go.th>"}
        services = compose.services(compose.dotenv(deployment.environment(1)) | told)
        own = {"HACKGO_STATE_DIR": str(tmp_path), "SSL_CERT_FILE": str(certificates / deployment.CA)}
        product = Deployment(services, EMBEDDED | own, tmp_path)
        assert product.finish("migrate").returncode == 0
        store = Store.open(Settings(state_dir=tmp_path).database)
        Notices(store.database).post(people.add(store, "mali").id, "published", ENTRY, NOON)
        store.close()
        product.start("tick")
        try:
            wait_for(lambda: bool(post.letters))
        finally:
            assert product.stop("tick") == 0
    (letter,) = post.letters
    assert (letter["To"], letter["From"]) == ("mali@example.go.th", "hack <no-reply@hack.go.th>")
    assert "https://hack.go.th/app/" in letter.get_content()
    assert "Traceback" not in (tmp_path / "tick.log").read_text()
