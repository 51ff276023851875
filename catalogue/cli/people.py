"""`hackgo users`, `tick`: who may sign in, and the notices that people get."""

import datetime
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from catalogue.cli.terminal import NO, fail, say, settings_of_environment
from catalogue.people import HOSTS, Grant, Role
from catalogue.stopping import asked_by_signals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalogue.store.accounts import Account, Accounts

app = typer.Typer()
users = typer.Typer(no_args_is_help=True, help="Accounts and their roles.")
app.add_typer(users, name="users")
ACTOR = "cli"


@users.command("add")
def add(
    email: Annotated[str, typer.Argument(help="Address; an account that exists gets the role.")],
    name: Annotated[str, typer.Option(help="Shown beside what they decide.")] = "",
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.ADMIN,
    organisation: Annotated[str | None, typer.Option(help="Id of the hosts' organisation.")] = None,
    language: Annotated[str, typer.Option(help="th or en.")] = "th",
    password: Annotated[bool, typer.Option("--password-stdin", help="Read a password; else print a link.")] = False,
) -> None:
    """Give somebody an account and a role: the way to the first administrator."""
    from catalogue import passwords
    from catalogue.sign_in import INVITED_FOR, SignIn
    from catalogue.store.accounts import waiting
    from catalogue.store.store import Store
    from catalogue.up import running_at

    if (role in HOSTS) != bool(organisation) and role != Role.CURATOR:
        fail(
            "--organisation: เจ้าภาพต้องระบุหน่วยงาน ผู้ดูแลระบบไม่ต้องระบุ",
            "--organisation: hosts have an organisation, administrators have none",
        )
    if language not in ("th", "en"):
        fail("--language: เลือก th หรือ en", "--language: th or en")
    settings, now = settings_of_environment(), datetime.datetime.now(datetime.UTC)
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    email = passwords.normalised(email)
    stored = passwords.hashed(sys.stdin.readline().rstrip("\n"), email) if password else None
    with closing(Store.open(settings.database)) as store:
        sign_in = SignIn.over(store)
        known = sign_in.accounts.by_email(email)
        if known and known.disabled_at:
            fail(
                f"บัญชี {known.id} ถูกปิดอยู่ เปิดก่อนด้วย `hackgo users enable {email}`",
                f"{known.id} is disabled. Enable it first: `hackgo users enable {email}`",
            )
        new = waiting(email, name or email.partition("@")[0], language, now)
        account = sign_in.accounts.admit(new, (Grant(role, organisation),), ACTOR, now)
        if stored:
            sign_in.accounts.set_password(account.id, stored, now)
            say(f"{account.id} พร้อมใช้งาน", f"{account.id} may sign in")
        elif account.active:
            say(f"{account.id} ได้รับบทบาทแล้ว", f"{account.id} has the role")
        else:
            site = settings.public_url or running_at(settings) or settings.site
            link = f"{site}/reset?token={sign_in.link(account.id, INVITED_FOR, now)}"
            say(f"เปิดลิงก์นี้ภายใน 7 วันเพื่อตั้งรหัสผ่าน\n{link}", "Open this link within 7 days to set the password")


@users.command("list")
def list_() -> None:
    """Print every account: id, address, state, roles."""
    from catalogue.store.accounts import Accounts
    from catalogue.store.store import Store

    with closing(Store.open(settings_of_environment().database)) as store:
        for account in Accounts(store.database).everybody():
            state = "disabled" if account.disabled_at else "active" if account.active else "waiting"
            roles = " ".join(f"{g.role}{f'@{g.organisation}' if g.organisation else ''}" for g in account.grants)
            print(f"{account.id} {account.email} {state} {roles}".rstrip())


@users.command("disable")
def disable(email: Annotated[str, typer.Argument(help="Address of the account.")]) -> None:
    """End an account with its sessions and keys. Its id stays in the history."""
    with _account(email) as (accounts, account):
        accounts.disable(account.id, ACTOR, datetime.datetime.now(datetime.UTC))
    say(f"ปิดบัญชี {account.id} แล้ว", f"{account.id} is disabled")


@users.command("erase")
def erase(email: Annotated[str, typer.Argument(help="Address of the account.")]) -> None:
    """End an account and forget its name and address. Its id stays in the history; nothing brings it back."""
    with _account(email) as (accounts, account):
        accounts.erase(account.id, ACTOR, datetime.datetime.now(datetime.UTC))
    say(
        f"ลบชื่อและที่อยู่อีเมลของ {account.id} แล้ว ข้อมูลสำรองเก่ายังมีอยู่ ลบเมื่อหมดอายุ",
        f"Name and address of {account.id} are erased. Older backups still hold them: delete these in time",
    )


@users.command("enable")
def enable(email: Annotated[str, typer.Argument(help="Address of the account.")]) -> None:
    """Open an account that was disabled, with the roles that it had; a new password is set by a link."""
    with _account(email) as (accounts, account):
        accounts.enable(account.id, ACTOR, datetime.datetime.now(datetime.UTC))
    say(
        f"เปิดบัญชี {account.id} แล้ว เจ้าของบัญชีตั้งรหัสผ่านใหม่ได้ที่ /forgot",
        f"{account.id} is enabled; they set a new password at /forgot",
    )


@contextmanager
def _account(email: str) -> "Iterator[tuple[Accounts, Account]]":
    """The account of this address among all of them; ends the command where there is none."""
    from catalogue.passwords import normalised
    from catalogue.store.accounts import Accounts
    from catalogue.store.store import Store

    with closing(Store.open(settings_of_environment().database)) as store:
        accounts = Accounts(store.database)
        account = accounts.by_email(normalised(email))
        if account is None:
            fail("ไม่มีบัญชีนี้ ดูรายชื่อได้ด้วย `hackgo users list`", "No such account. `hackgo users list` prints all.")
        yield accounts, account


@app.command()
def tick(
    follow: Annotated[bool, typer.Option("--follow", help="Go on until stopped.")] = False,
) -> None:
    """Send the notices that are due. Several may run at once: each notice is claimed by one."""
    from catalogue import logs
    from catalogue.notify import keep_sending, send_due
    from catalogue.store.notices import Notices
    from catalogue.store.store import Store

    settings = settings_of_environment()
    logs.configure(settings.log_format)
    with closing(Store.open(settings.database)) as store:
        notices = Notices(store.database)
        if follow:
            keep_sending(notices, settings, asked_by_signals())
            return
        sent, failed = send_due(notices, settings, datetime.datetime.now(datetime.UTC))
    say(f"ส่งแล้ว {sent} จะลองใหม่ {failed}", f"{sent} sent, {failed} to be tried again")
    raise typer.Exit(NO if failed else 0)
