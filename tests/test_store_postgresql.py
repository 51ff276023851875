"""PostgreSQL's own ways to fail: a server that is away, a wrong password, time-outs, connections that are cut."""

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import make_url, text

from catalogue.api.parts import Parts
from catalogue.curation import Status
from catalogue.errors import StoreUnavailable
from catalogue.settings import ROOT, Settings
from catalogue.sign_in import RESET_WITHIN, SignIn
from catalogue.store import CREATED, Change, Store
from catalogue.store.database import Database
from tests import people, postgres
from tests.conftest import NOON, absent, environ
from tests.curating import desk
from tests.databases import OfServer

PAIN, OTHER_PAIN = "PP-2569-00001", "PP-2569-00002"


def create(entry_id: str) -> Change:
    body = {"id": entry_id, "kind": "pain_point", "language": "th", "title": {"th": "น้ำไม่ไหล"}}
    return Change(CREATED, entry_id, body, Status.PUBLISHED, "hash")


@pytest.fixture
def url(postgres_server: postgres.Server) -> Iterator[str]:
    with postgres_server.database() as made:
        yield made


def with_options(url: str, **options: str) -> str:
    """The URL with settings of the session, as an operator writes them."""
    words = " ".join(f"-c {name}={value}" for name, value in options.items())
    return f"{url}?options={quote(words)}"


def say_nothing_of(url: str, *told: str) -> None:
    address = make_url(url)
    for secret in (str(address.password), str(address.host), str(address.port)):
        assert not [line for line in told if secret in line]


def test_a_session_waits_for_nothing_for_ever_and_what_the_operator_chose_stays(url: str) -> None:
    def settings(address: str) -> list[str]:
        database = Database(address)
        with database.writing() as connection:
            names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "synchronous_commit")
            shown = [str(connection.execute(text(f"SHOW {name}")).scalar()) for name in names]
        database.close()
        return shown

    assert settings(url) == ["15s", "1min", "1min", "on"]
    chosen = with_options(url, statement_timeout="5s", synchronous_commit="off")
    assert settings(chosen) == ["15s", "5s", "1min", "on"]
    assert settings(with_options(url, synchronous_commit="remote_apply"))[3] == "remote_apply"


def test_what_the_server_cannot_hold_is_said_or_leads_nowhere(url: str, parts: Parts) -> None:
    with closing(Store.open(url)) as store, desk(store, parts) as at_work:
        admin = at_work.clients["admin"]
        for path in ("/api/v1/entries/a%00", "/api/v1/entries/a%00/history", "/api/v1/imports/a%00"):
            answer = admin.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert admin.post("/api/v1/people/a%00/disable").status_code == 404
        answer = admin.post("/api/v1/keys", json={"name": "a\0", "scopes": ["read"]})
        assert (answer.status_code, "NUL" in answer.json()["detail_th"]) == (422, True)


def test_a_link_that_met_a_lock_still_sets_the_password(url: str) -> None:
    at_server = OfServer(url)
    with closing(Store.open(with_options(url, lock_timeout="200ms"))) as store, closing(at_server.raw()) as raw:
        sign_in = SignIn.over(store)
        account = people.add(store, "mali")
        link = sign_in.link(account.id, RESET_WITHIN, NOON)
        at_server.take_write_lock(raw, 5)
        with pytest.raises(StoreUnavailable):
            sign_in.reset(link, people.PASSWORD, NOON)
        raw.execute("ROLLBACK")
        assert sign_in.reset(link, people.PASSWORD, NOON) == account.id
        assert sign_in.with_password(account.email, people.PASSWORD, "10.0.0.1", NOON)


def test_a_moment_that_is_copied_may_be_idle_for_as_long_as_the_copy_takes(url: str) -> None:
    database = Database(url)
    shown = text("SHOW idle_in_transaction_session_timeout")
    with database.snapshot() as connection:
        assert connection.execute(shown).scalar() == "0"
    with database.reading() as connection:
        assert connection.execute(shown).scalar() == "1min", "and no longer than that"
    database.close()


def test_a_connection_that_reads_cannot_write(url: str) -> None:
    database = Database(url)
    with pytest.raises(StoreUnavailable), database.reading() as connection:
        connection.execute(text("DELETE FROM entry"))
    database.close()


def test_a_wrong_password_is_told_without_host_or_password(
    url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = make_url(url).set(password="not-the-password").render_as_string(hide_password=False)
    with caplog.at_level(logging.DEBUG), pytest.raises(StoreUnavailable) as refused:
        Store.open(wrong)
    say_nothing_of(wrong, str(refused.value), caplog.text)
    assert "HACKGO_DATABASE_URL" in refused.value.en
    assert "รหัสผ่าน" in refused.value.th
    done = subprocess.run(
        [sys.executable, "-m", "catalogue.cli", "audit", "verify"],
        env=environ(Settings(state_dir=tmp_path, database_url=wrong)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [refused.value.th, refused.value.en]
    say_nothing_of(wrong, done.stdout, done.stderr)


def test_parameters_are_not_told_where_a_statement_fails(url: str) -> None:
    database = Database(url)
    with pytest.raises(Exception, match="hidden") as failed, database.reading() as connection:
        connection.execute(text("SELECT no_such_column FROM entry WHERE id = :words"), {"words": "a person's words"})
    database.close()
    assert "a person's words" not in str(failed.value)


def test_a_statement_that_takes_too_long_is_given_up(url: str) -> None:
    database = Database(with_options(url, statement_timeout="200ms"))
    with pytest.raises(StoreUnavailable, match="busy"), database.reading() as connection:
        connection.execute(text("SELECT pg_sleep(30)"))
    database.close()


def test_a_writer_that_waits_too_long_is_told_that_the_database_is_busy(url: str) -> None:
    holder, other = Store.open(url), Store.open(with_options(url, lock_timeout="200ms"))
    with holder.writing(), pytest.raises(StoreUnavailable, match="busy"):
        other.apply([create(PAIN)], "a")
    other.apply([create(PAIN)], "a")
    for store in (holder, other):
        store.close()


def test_a_writer_that_stops_in_the_middle_does_not_hold_up_the_others(url: str) -> None:
    other = Store.open(url)  # makes the tables, which may take long
    stopped = Store.open(with_options(url, idle_in_transaction_session_timeout="3s"))

    def stop_in_the_middle() -> None:
        with stopped.writing() as writer:
            writer.apply([create(PAIN)], "a")
            other.apply([create(OTHER_PAIN)], "b")  # waits until the server has cut the first one's connection
            writer.revision()

    with pytest.raises(StoreUnavailable):
        stop_in_the_middle()
    assert (other.get(PAIN), other.revision()) == (None, 1)
    stopped.apply([create(PAIN)], "a")
    assert other.verify_audit().ok
    for store in (stopped, other):
        store.close()


def test_more_readers_than_connections_wait_and_are_then_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalogue.store.postgresql.POOL_SIZE", 1)
    monkeypatch.setattr("catalogue.store.postgresql.WAITS_FOR_CONNECTION_S", 0.2)
    database = Database(url)
    with database.reading(), pytest.raises(StoreUnavailable, match="busy"), database.reading():
        pass
    waited = threading.Thread(target=lambda: database.reading().__enter__().close())
    waited.start()
    waited.join(30)
    assert not waited.is_alive()
    database.close()


def test_a_server_that_stops_is_told_and_the_same_store_goes_on_when_it_is_back() -> None:
    programs = postgres.binaries()
    if programs is None:
        absent("postgres", postgres.HOW)
    with postgres.own_server(programs) as server, server.database() as url, closing(Store.open(url)) as store:
        store.apply([create(PAIN)], "a")
        server.stop()
        for question in (store.revision, lambda: store.apply([create(OTHER_PAIN)], "a")):
            with pytest.raises(StoreUnavailable) as refused:
                question()
            say_nothing_of(url, str(refused.value))
            assert "does not answer" in refused.value.en
        with pytest.raises(StoreUnavailable):
            Store.open(url)
        server.start()
        assert store.apply([create(OTHER_PAIN)], "a") == [2]
        assert store.verify_audit().ok


def test_a_connection_that_is_cut_in_the_middle_undoes_the_transaction(url: str) -> None:
    with closing(Store.open(url)) as store, closing(postgres.connected(url)) as operator:

        def be_cut() -> None:
            with store.writing() as writer:
                writer.apply([create(PAIN)], "a")
                operator.execute(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

        with pytest.raises(StoreUnavailable):
            be_cut()
        assert store.get(PAIN) is None
        assert store.apply([create(PAIN)], "a") == [1]
