"""The three people of the demo, whom one click signs in: only beside sample data, whatever else is set.

Their sessions and keys work only while the store holds nothing but the sample and what they did themselves: with the
first account or event of anybody else they are void.
"""

import datetime

from catalogue.loading import SAMPLE_ACTOR
from catalogue.people import Grant, Role
from catalogue.store.accounts import Account, Accounts
from catalogue.store.events import timestamp

FOUNDER, HOST, CURATOR = "demo-founder", "demo-host", "demo-curator"
HOST_ORGANISATION = "OG-2569-003"  # DEPA, in schemas/organisations.yaml
# ``.invalid`` never exists (RFC 2606): no mail can reach anybody.
PEOPLE = {
    FOUNDER: ("founder@demo.invalid", "มะลิ สตาร์ทอัพ (ตัวอย่าง)", ()),
    HOST: ("host@demo.invalid", "ปิติ เจ้าภาพ (ตัวอย่าง)", (Grant(Role.HOST_ADMIN, HOST_ORGANISATION),)),
    CURATOR: ("curator@demo.invalid", "ชูใจ ผู้ตรวจ (ตัวอย่าง)", (Grant(Role.CURATOR),)),
}


def is_demo(account_id: str) -> bool:
    """Is this one of the demo's people?"""
    return account_id in PEOPLE


def only_sample(accounts: Accounts) -> bool:
    """Does the store hold nothing but sample data, and no account but the demo's?"""
    return accounts.actors() <= {SAMPLE_ACTOR, *PEOPLE}


def add(account_id: str, accounts: Accounts, now: datetime.datetime) -> None:
    """Make sure that this person of the demo has an account."""
    email, name, grants = PEOPLE[account_id]
    if accounts.get(account_id) is None:
        accounts.add(
            Account(account_id, email, name, "th", "", "", timestamp(now), timestamp(now), None, grants), account_id
        )
