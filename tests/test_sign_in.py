"""Passwords, sessions, links, keys and throttling, on each kind of database."""

import datetime
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from catalogue import demo, passwords
from catalogue.errors import Conflict, InvalidParameter, NotAllowed, SignInNeeded, TooManyAttempts
from catalogue.people import VISITOR, Grant, Role
from catalogue.sign_in import IDLE, INVITED_FOR, LONGEST, PER_ACCOUNT, WINDOW, SignIn
from catalogue.store import Fact, Store
from catalogue.store.accounts import waiting
from catalogue.store.tables import event, metadata
from tests import people
from tests.conftest import NOON
from tests.people import PASSWORD

EMAIL = "mali@example.go.th"
LATER = datetime.timedelta(minutes=1)


@pytest.fixture
def sign_in(store: Store) -> SignIn:
    return SignIn.over(store)


def member(sign_in: SignIn, *grants: Grant) -> str:
    """Id of an account with a password."""
    account = sign_in.invite(EMAIL, "มะลิ", "th", grants, "test", NOON)
    sign_in.accounts.set_password(account.id, passwords.hashed(PASSWORD, EMAIL), NOON)
    return account.id


def test_an_invitation_to_an_unknown_organisation_changes_nothing(sign_in: SignIn, store: Store) -> None:
    with pytest.raises(InvalidParameter):
        sign_in.invite(EMAIL, "มะลิ", "th", (Grant(Role.CURATOR), Grant(Role.HOST_ADMIN, "OG-1")), "test", NOON)
    assert sign_in.accounts.everybody() == []
    assert sign_in.notices.claim(NOON + LATER) is None
    known = member(sign_in)
    with pytest.raises(InvalidParameter):
        sign_in.invite(EMAIL, "มะลิ", "th", (Grant(Role.CURATOR), Grant(Role.HOST_ADMIN, "OG-1")), "test", NOON)
    account = sign_in.accounts.get(known)
    assert account
    assert account.grants == ()
    assert not store.events_of_kind("person.granted")


@pytest.mark.parametrize("easy", ["short", "1234567890", "Password123", EMAIL, "aaaaaaaaaaaa", "ab" * 6, "x" * 201])
def test_easy_passwords_are_refused_without_repeating_them(easy: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        passwords.hashed(easy, EMAIL)
    assert easy not in str(refused.value)


@settings(max_examples=20, deadline=None)  # hashing is slow by design
@given(st.text(min_size=10, max_size=60).filter(lambda text: len(set(text.casefold())) > 6))
def test_only_the_password_itself_matches_its_hash(password: str) -> None:
    try:
        stored = passwords.hashed(password, EMAIL)
    except InvalidParameter:  # shorter once it is normalised
        return
    assert "$argon2id$" in stored
    assert passwords.matches(password, stored)
    assert not passwords.matches(password + "x", stored)
    assert not passwords.matches(password, "")


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "mali", "mali@", "@x.th", "a b@x.th", "a@x", "a@x.th\nBcc: b@x.th", "<a@x.th>", "=?utf-8?q?a=0ab?=@x.th"),
        *("a\0b@x.th", "a@x.t\0h", "a\x1b@x.th", "a\x7f@x.th"),
    ],
)
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidParameter):
        passwords.normalised(wrong)


def test_an_address_is_one_account_however_it_is_written(sign_in: SignIn) -> None:
    member(sign_in)
    assert sign_in.with_password(" Mali@Example.GO.TH ", PASSWORD, "10.0.0.1", NOON)
    with pytest.raises(Conflict):
        sign_in.accounts.add(waiting(EMAIL, "other", "en", NOON), "test")


def test_every_wrong_sign_in_gets_the_same_words(sign_in: SignIn) -> None:
    account = member(sign_in)
    said = set()
    for email, password in ((EMAIL, "wrong password"), ("nobody@example.go.th", PASSWORD), ("no address", PASSWORD)):
        with pytest.raises(SignInNeeded) as refused:
            sign_in.with_password(email, password, "10.0.0.1", NOON)
        said.add(str(refused.value))
    sign_in.accounts.disable(account, "test", NOON)
    with pytest.raises(SignInNeeded) as refused:
        sign_in.with_password(EMAIL, PASSWORD, "10.0.0.1", NOON)
    assert {str(refused.value)} == said


def test_guessing_is_slowed_down_per_account_and_forgiven_after_a_while(sign_in: SignIn, url: str) -> None:
    member(sign_in)
    for number in range(PER_ACCOUNT):
        with pytest.raises(SignInNeeded):
            sign_in.with_password(EMAIL, "wrong password", f"10.0.0.{number}", NOON)
    with closing(Store.open(url)) as another_process, pytest.raises(TooManyAttempts):
        SignIn.over(another_process).with_password(EMAIL, PASSWORD, "10.0.1.1", NOON)
    assert sign_in.with_password(EMAIL, PASSWORD, "10.0.0.1", NOON + WINDOW)


def test_guessing_is_counted_together_however_the_address_is_written(sign_in: SignIn) -> None:
    member(sign_in)
    for number in range(PER_ACCOUNT):
        written = chr(0xFF41 + ord("m") - ord("a")) + EMAIL[1:] if number % 2 else EMAIL.upper()  # full-width m
        with pytest.raises(SignInNeeded):
            sign_in.with_password(written, "wrong password", f"10.0.0.{number}", NOON)
    with pytest.raises(TooManyAttempts):
        sign_in.with_password(EMAIL, PASSWORD, "10.0.1.1", NOON)


def test_one_address_cannot_try_the_passwords_of_everybody(sign_in: SignIn) -> None:
    refusals = []
    for number in range(70):
        with pytest.raises((SignInNeeded, TooManyAttempts)) as refused:
            sign_in.with_password(f"u{number}@example.go.th", PASSWORD, "10.0.0.1", NOON)
        refusals.append(refused.type)
    assert refusals == [SignInNeeded] * 60 + [TooManyAttempts] * 10


def test_a_session_ends_by_idleness_by_age_and_by_signing_out(sign_in: SignIn) -> None:
    account = member(sign_in, Grant(Role.CURATOR, themes=frozenset({"water"})))
    secret = sign_in.with_password(EMAIL, PASSWORD, "10.0.0.1", NOON)
    found = sign_in.session(secret, NOON + LATER)
    assert found is not None
    assert (found.person.id, found.person.curates("water", "", public=True)) == (account, True)
    assert not found.person.curates("roads", "", public=True)
    assert sign_in.session(secret, NOON + IDLE) is None
    at = NOON
    while at < NOON + LONGEST:  # in use all the time
        assert sign_in.session(secret, at)
        at += IDLE / 2
    assert sign_in.session(secret, at) is None
    other = sign_in.begin(account, NOON)
    sign_in.sessions.end(passwords.digest(other))
    assert sign_in.session(other, NOON) is None
    assert sign_in.session("no secret", NOON) is None


def test_a_role_that_was_taken_away_is_gone_with_the_next_request(sign_in: SignIn) -> None:
    grant = Grant(Role.CURATOR)
    account = member(sign_in, grant)
    secret = sign_in.begin(account, NOON)
    sign_in.accounts.revoke(account, grant, "test", NOON)
    found = sign_in.session(secret, NOON)
    assert found is not None
    assert not found.person.is_curator
    sign_in.accounts.disable(account, "test", NOON)
    assert sign_in.session(secret, NOON) is None


def test_a_link_sets_the_password_once_and_signs_out_everywhere(sign_in: SignIn) -> None:
    account = member(sign_in)
    session = sign_in.begin(account, NOON)
    other = sign_in.link(account, LATER, NOON)
    link = sign_in.link(account, LATER, NOON)
    with pytest.raises(InvalidParameter):
        sign_in.reset(link, "short", NOON)
    assert sign_in.reset(link, "another good one", NOON + LATER) is None, "it has expired"
    assert sign_in.reset(link, "another good one", NOON) == account
    for used in (link, other):
        assert sign_in.reset(used, "another good two", NOON) is None
    assert sign_in.session(session, NOON) is None
    assert sign_in.with_password(EMAIL, "another good one", "10.0.0.1", NOON)


def test_of_two_who_use_a_link_at_once_one_succeeds(sign_in: SignIn) -> None:
    account = member(sign_in)
    link = sign_in.link(account, LATER, NOON)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda n: sign_in.reset(link, f"another good one {n}", NOON), range(4)))
    assert sorted(filter(None, done)) == [account]
    assert sign_in.with_password(EMAIL, f"another good one {done.index(account)}", "10.0.0.1", NOON)


def test_erasing_takes_what_keys_were_called_and_nobody_else_gets_the_address(sign_in: SignIn) -> None:
    account = member(sign_in)
    sign_in.new_key(account, "โน้ตบุ๊กของสมชาย", ["read"], 30, NOON)
    sign_in.accounts.erase(account, "test", NOON)
    (key,) = sign_in.sessions.keys_of(account)
    assert (key.name, key.prefix, bool(key.revoked_at)) == ("", "", True)
    erased = sign_in.accounts.get(account)
    assert erased
    with pytest.raises(InvalidParameter):
        sign_in.invite(erased.email.replace("u-", "u-1"), "x", "th", (), "test", NOON)


def test_a_new_password_ends_the_keys_too(sign_in: SignIn) -> None:
    account = member(sign_in)
    secret, _ = sign_in.new_key(account, "script", ["read"], 30, NOON)
    assert sign_in.reset(sign_in.link(account, LATER, NOON), "another good one", NOON)
    assert sign_in.of_key(secret, False, NOON) is None
    assert sign_in.sessions.keys_of(account)[0].revoked_at


def test_who_proved_themselves_by_a_password_that_was_replaced_meanwhile_gets_no_session(sign_in: SignIn) -> None:
    account = sign_in.accounts.get(member(sign_in))
    assert account
    assert sign_in.session(sign_in.begin(account.id, NOON, account.password), NOON)
    sign_in.accounts.set_password(account.id, passwords.hashed("another good one", EMAIL), NOON)
    with pytest.raises(SignInNeeded):
        sign_in.begin(account.id, NOON, account.password)


def test_an_account_that_was_disabled_is_enabled_with_its_roles_and_nothing_else(sign_in: SignIn, store: Store) -> None:
    account = member(sign_in, Grant(Role.CURATOR))
    secret, _ = sign_in.new_key(account, "script", ["read"], 30, NOON)
    link = sign_in.link(account, LATER, NOON)
    sign_in.accounts.enable(account, "admin", NOON)
    assert not store.events_of_kind("person.enabled"), "it was not disabled"
    sign_in.accounts.disable(account, "admin", NOON)
    sign_in.accounts.enable(account, "admin", NOON)
    assert [event.data() for event in store.events_of_kind("person.enabled")] == [{"account": account}]
    assert sign_in.of_key(secret, False, NOON) is None
    assert sign_in.reset(link, "another good one", NOON) is None
    with pytest.raises(SignInNeeded):
        sign_in.with_password(EMAIL, PASSWORD, "10.0.0.1", NOON)
    sign_in.forgot(EMAIL, NOON)
    assert sign_in.reset(mailed(sign_in)["reset"], "another good one", NOON)
    session = sign_in.session(sign_in.with_password(EMAIL, "another good one", "10.0.0.1", NOON), NOON)
    assert session
    assert session.person.is_curator


def mailed(sign_in: SignIn) -> dict[str, str]:
    """The secrets of the links that are due, by template."""
    found = {}
    while notice := sign_in.notices.claim(NOON):
        found[notice.template] = notice.payload.get("token", "")
    return found


@pytest.mark.parametrize("first", ["nobody", "a stranger"])
def test_nobody_keeps_an_invitation_from_its_reader(sign_in: SignIn, first: str) -> None:
    if first == "a stranger":
        sign_in.register(waiting(EMAIL, "somebody else", "en", NOON, "OG-2569-003"), NOON)
    sign_in.invite(EMAIL, "มะลิ", "th", (Grant(Role.CURATOR),), "test", NOON)
    link = mailed(sign_in)["invited"]
    sign_in.forgot(EMAIL, NOON)
    sign_in.register(waiting(EMAIL, "somebody else", "en", NOON), NOON)
    sign_in.invite(EMAIL, "มะลิ", "th", (Grant(Role.CURATOR),), "test", NOON)
    assert set(mailed(sign_in)) == {"reset", "confirm", "invited"}, "invited again, it is mailed again"
    account = sign_in.reset(link, PASSWORD, NOON + INVITED_FOR - LATER)
    assert account
    sign_in.invite(EMAIL, "มะลิ", "th", (Grant(Role.CURATOR),), "test", NOON)
    assert mailed(sign_in) == {}


def test_who_registers_last_is_asked_for_until_the_address_is_confirmed_or_has_a_role(sign_in: SignIn) -> None:
    def said() -> tuple[str, str, str] | None:
        account = sign_in.accounts.by_email(EMAIL)
        return account and (account.name, account.language, account.asks_for)

    sign_in.register(waiting(EMAIL, "somebody else", "en", NOON, "OG-2569-002"), NOON)
    sign_in.register(waiting(EMAIL, "มะลิ", "th", NOON, "OG-2569-003"), NOON)
    mine = ("มะลิ", "th", "OG-2569-003")
    assert said() == mine
    account = sign_in.invite(EMAIL, "x", "en", (Grant(Role.CURATOR),), "test", NOON).id
    sign_in.register(waiting(EMAIL, "somebody else", "en", NOON), NOON)
    assert said() == mine
    sign_in.accounts.revoke(account, Grant(Role.CURATOR), "test", NOON)
    sign_in.accounts.set_password(account, passwords.hashed(PASSWORD, EMAIL), NOON)
    sign_in.register(waiting(EMAIL, "somebody else", "en", NOON), NOON)
    assert said() == mine


def test_keys_carry_what_their_scopes_say_and_never_administration(sign_in: SignIn) -> None:
    account = member(sign_in, Grant(Role.ADMIN))
    for scopes, read, change in (
        ({"read"}, Role.CURATOR, None),
        ({"import"}, None, None),
        ({"read", "curate"}, Role.CURATOR, Role.CURATOR),
    ):
        secret, key = sign_in.new_key(account, "script", scopes, 30, NOON)
        for unsafe, role in ((False, read), (True, change)):
            person = sign_in.of_key(secret, unsafe, NOON)
            assert person is not None
            assert not person.is_admin
            assert [grant.role for grant in person.grants] == ([role] if role else [])
        assert secret.startswith(key.prefix)
        assert sign_in.sessions.keys_of(account)[0].used_at is not None or read is None
        assert sign_in.of_key(secret, False, NOON + datetime.timedelta(days=30)) is None
        assert sign_in.sessions.revoke_key(account, key.id, NOON)
        assert not sign_in.sessions.revoke_key(account, key.id, NOON)
        assert sign_in.of_key(secret, False, NOON) is None
    assert sign_in.of_key("hgt_unknown", False, NOON) is None


def test_a_key_of_a_host_that_may_only_read_is_a_visitor_when_it_writes(sign_in: SignIn, store: Store) -> None:
    account = people.add(store, "piti", Grant(Role.HOST_EDITOR, "OG-2569-003"))
    secret, _ = sign_in.new_key(account.id, "script", ["read"], 30, NOON)
    reading, writing = sign_in.of_key(secret, False, NOON), sign_in.of_key(secret, True, NOON)
    assert reading is not None
    assert writing is not None
    assert (reading.organisations, writing.organisations) == ({"OG-2569-003"}, VISITOR.organisations)


def test_with_a_key_too_nobody_reviews_what_their_own_organisation_sent(sign_in: SignIn, store: Store) -> None:
    account = people.add(store, "piti", Grant(Role.HOST_EDITOR, "OG-2569-003"), Grant(Role.CURATOR))
    for scopes in (["curate"], ["import", "curate"], ["read", "curate"]):
        secret, _ = sign_in.new_key(account.id, "script", scopes, 30, NOON)
        writing = sign_in.of_key(secret, True, NOON)
        assert writing is not None
        assert writing.curates("water", "OG-2569-002", public=True)
        assert not writing.curates("water", "OG-2569-003", public=True)


def test_no_secret_and_no_address_lies_in_an_event_and_no_secret_in_the_store(sign_in: SignIn, store: Store) -> None:
    account = member(sign_in, Grant(Role.CURATOR))
    session, link = sign_in.begin(account, NOON), sign_in.link(account, LATER, NOON)
    key, _ = sign_in.new_key(account, "script", ["read"], 30, NOON)
    with store.database.reading() as connection:
        events = connection.execute(select(event.c.kind, event.c.payload)).all()
        kept = [table for table in metadata.sorted_tables if table.name != "notice"]  # until it is mailed
        held = str([connection.execute(select(table)).all() for table in kept])
    assert [row.kind for row in events] == ["person.granted"]
    assert EMAIL not in str(events)
    for secret in (session, link, key, PASSWORD):
        assert secret not in held


def test_the_people_of_the_demo_vanish_beside_real_data(sign_in: SignIn, store: Store) -> None:
    store.apply([Fact("sample.loaded", {})], "sample")
    secrets = {name: sign_in.for_demo(name, NOON) for name in (demo.FOUNDER, demo.HOST, demo.CURATOR, demo.HOST)}
    for name, secret in secrets.items():
        found = sign_in.session(secret, NOON)
        assert found is not None
        assert found.person.id == name
    key, _ = sign_in.new_key(demo.CURATOR, "script", ["curate"], 30, NOON)
    store.apply([Fact("anything", {})], demo.CURATOR)
    assert sign_in.of_key(key, True, NOON)
    store.apply([Fact("anything", {})], "cli")
    assert [sign_in.session(secret, NOON) for secret in secrets.values()] == [None] * 3
    assert sign_in.of_key(key, True, NOON) is None
    with pytest.raises(NotAllowed):
        sign_in.for_demo(demo.HOST, NOON)


def test_the_people_of_the_demo_vanish_beside_another_account(sign_in: SignIn, store: Store) -> None:
    secret = sign_in.for_demo(demo.HOST, NOON)
    with pytest.raises(NotAllowed):
        sign_in.for_demo("U-anybody", NOON)
    assert sign_in.session(secret, NOON)
    sign_in.accounts.add(waiting(EMAIL, "real", "th", NOON), "sample")
    assert sign_in.session(secret, NOON) is None
    with pytest.raises(NotAllowed):
        sign_in.for_demo(demo.HOST, NOON)
