"""The tables of the store, and the columns that are derived from an entry's body.

``event`` is the truth; ``entry`` and ``link`` are its latest reading, kept in the same transaction; ``counter``
remembers which public ids were given out. The migrations create them; a test compares the two.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
)
from sqlalchemy import Text as AnyText

# One counter for events and revisions. SQLite gives only INTEGER keys their fast path; 8 bytes either way.
NUMBER = BigInteger().with_variant(Integer(), "sqlite")
# Order by code point, as Python and SQLite have it: a page of ids ends where the next one begins, on any server.
Text = AnyText().with_variant(AnyText(collation="C"), "postgresql")

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _reference(target: str) -> ForeignKey:
    # Checked at commit: the entries of one batch may point at each other in any order.
    return ForeignKey(target, deferrable=True, initially="DEFERRED")


# Append-only: triggers of the first migration refuse UPDATE, DELETE and any number but the next one.
event = Table(
    "event",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("entry_id", Text),
    Column("kind", Text, nullable=False),
    Column("reason", Text),
    Column("payload", Text, nullable=False),  # text, not a JSON type: exactly these bytes were hashed
    Column("batch", Text),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("ix_event_entry_id_number", "entry_id", "number"),
    Index("ix_event_batch_number", "batch", "number"),
    Index("ix_event_kind_number", "kind", "number"),
    sqlite_strict=True,
)

entry = Table(
    "entry",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("revision", NUMBER, _reference("event.number"), nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("external_id", Text),
    Column("canonical_id", Text, _reference("entry.id")),
    Column("theme", Text),
    Column("year", Integer),
    Column("language", Text),
    Column("hackathon_id", Text, _reference("entry.id")),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("owner", "kind", "external_id", name="uq_entry_external_id"),
    Index("ix_entry_status_id_revision", "status", "id", "revision"),
    Index("ix_entry_kind_id_content_hash", "kind", "id", "content_hash"),
    Index("ix_entry_hackathon_id_status_kind_id", "hackathon_id", "status", "kind", "id"),
    Index("ix_entry_canonical_id", "canonical_id"),
    Index("ix_entry_owner_status_revision", "owner", "status", "revision"),
    sqlite_strict=True,
)

link = Table(
    "link",
    metadata,
    Column("proposal_id", Text, _reference("entry.id"), primary_key=True),
    Column("pain_point_id", Text, _reference("entry.id"), primary_key=True),
    Column("role", Text, nullable=False),
    Index("ix_link_pain_point_id_proposal_id", "pain_point_id", "proposal_id"),
    sqlite_strict=True,
)

# The last number given out per kind and Buddhist year; never goes back.
counter = Table(
    "counter",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
    sqlite_strict=True,
)

# Which of several programs may work (leases.py). No part of the catalogue: not copied, not backed up.
lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("token", NUMBER, nullable=False),
    Column("beat", NUMBER, nullable=False),
    sqlite_strict=True,
)

# People are personal data: no events (those carry account ids alone), in no public export.
account = Table(
    "account",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False, unique=True),  # normalised: passwords.normalised
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("password", Text, nullable=False),  # argon2; empty: none set yet, nobody can sign in
    Column("asks_for", Text, nullable=False),  # organisation that they say they belong to; a grant makes it true
    Column("created_at", Text, nullable=False),
    Column("confirmed_at", Text),
    Column("disabled_at", Text),
    sqlite_strict=True,
)

held_role = Table(
    "held_role",
    metadata,
    Column("account", Text, _reference("account.id"), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("organisation", Text, primary_key=True),  # empty: of no organisation
    Column("themes", Text, nullable=False),  # JSON list; empty list: all
    Column("granted_at", Text, nullable=False),
    sqlite_strict=True,
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, _reference("account.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Column("prefix", Text, nullable=False),  # the first letters, by which people recognise it
    Column("scopes", Text, nullable=False),  # JSON list
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("used_at", Text),
    Column("revoked_at", Text),
    Index("ix_api_key_account", "account"),
    sqlite_strict=True,
)

# These four live for a while only: not copied, not backed up.
session = Table(
    "session",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("account", Text, _reference("account.id"), nullable=False),
    Column("csrf", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("seen_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Index("ix_session_account", "account"),
    sqlite_strict=True,
)

token = Table(
    "token",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("account", Text, _reference("account.id"), nullable=False),
    Column("expires_at", Text, nullable=False),
    Index("ix_token_account", "account"),
    sqlite_strict=True,
)

# How often something was tried lately, by the hash of who tried: throttling that all web processes share.
attempt = Table(
    "attempt",
    metadata,
    Column("key", Text, primary_key=True),
    Column("since", Text, nullable=False),
    Column("count", Integer, nullable=False),
    sqlite_strict=True,
)

notice = Table(
    "notice",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, _reference("account.id"), nullable=False),
    Column("template", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("due_at", Text, nullable=False),  # when to send it, or to try again
    Column("attempts", Integer, nullable=False),
    Column("sent_at", Text),
    Column("read_at", Text),
    Index("ix_notice_account_created_at", "account", "created_at"),
    Index("ix_notice_sent_at_due_at", "sent_at", "due_at"),
    sqlite_strict=True,
)


def promoted(body: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of ``entry`` that repeat something from its body."""
    return {
        "kind": body["kind"],
        "external_id": body.get("external_id"),
        "theme": body.get("theme"),
        "year": body.get("year"),
        "language": body.get("language"),
        "hackathon_id": body.get("hackathon"),
    }


def links(body: Mapping[str, Any]) -> dict[str, str]:
    """The pain points that a proposal's body claims to address, and how: ``{pain point id: role}``."""
    found: dict[str, str] = {}
    for claim in body.get("pain_points") or ():
        found.setdefault(claim["pain_point"], claim["role"])
    return found
