"""Accounts, their roles, keys and sessions, and the notices that they get."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables of people."""
    op.create_table(
        "account",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("email", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("language", TEXT, nullable=False),
        sa.Column("password", TEXT, nullable=False),
        sa.Column("asks_for", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("confirmed_at", TEXT),
        sa.Column("disabled_at", TEXT),
        sa.UniqueConstraint("email", name="uq_account_email"),
        sqlite_strict=True,
    )
    op.create_table(
        "held_role",
        sa.Column("account", TEXT, _account(), primary_key=True),
        sa.Column("role", TEXT, primary_key=True),
        sa.Column("organisation", TEXT, primary_key=True),
        sa.Column("themes", TEXT, nullable=False),
        sa.Column("granted_at", TEXT, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "api_key",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("account", TEXT, _account(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("prefix", TEXT, nullable=False),
        sa.Column("scopes", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("expires_at", TEXT, nullable=False),
        sa.Column("used_at", TEXT),
        sa.Column("revoked_at", TEXT),
        sa.UniqueConstraint("hash", name="uq_api_key_hash"),
        sqlite_strict=True,
    )
    op.create_index("ix_api_key_account", "api_key", ["account"])
    op.create_table(
        "session",
        sa.Column("hash", TEXT, primary_key=True),
        sa.Column("account", TEXT, _account(), nullable=False),
        sa.Column("csrf", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("seen_at", TEXT, nullable=False),
        sa.Column("expires_at", TEXT, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_session_account", "session", ["account"])
    op.create_table(
        "token",
        sa.Column("hash", TEXT, primary_key=True),
        sa.Column("account", TEXT, _account(), nullable=False),
        sa.Column("expires_at", TEXT, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_token_account", "token", ["account"])
    op.create_table(
        "attempt",
        sa.Column("key", TEXT, primary_key=True),
        sa.Column("since", TEXT, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "notice",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("account", TEXT, _account(), nullable=False),
        sa.Column("template", TEXT, nullable=False),
        sa.Column("payload", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("due_at", TEXT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("sent_at", TEXT),
        sa.Column("read_at", TEXT),
        sqlite_strict=True,
    )
    op.create_index("ix_notice_account_created_at", "notice", ["account", "created_at"])
    op.create_index("ix_notice_sent_at_due_at", "notice", ["sent_at", "due_at"])


def _account() -> sa.ForeignKey:
    return sa.ForeignKey("account.id", deferrable=True, initially="DEFERRED")
