"""Events, entries, links and counters."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# What keeps the event table append-only, per dialect. The check of the number also stops INSERT OR REPLACE,
# which deletes rows without asking the DELETE trigger.
GUARDS = {
    "sqlite": (
        """
        CREATE TRIGGER event_never_updated BEFORE UPDATE ON event
        BEGIN SELECT RAISE(ABORT, 'event is append-only: no UPDATE'); END
        """,
        """
        CREATE TRIGGER event_never_deleted BEFORE DELETE ON event
        BEGIN SELECT RAISE(ABORT, 'event is append-only: no DELETE'); END
        """,
        """
        CREATE TRIGGER event_without_gap BEFORE INSERT ON event
        WHEN NEW.number IS NOT (SELECT COALESCE(MAX(number), 0) + 1 FROM event)
        BEGIN SELECT RAISE(ABORT, 'event numbers have no gaps'); END
        """,
    ),
}


def upgrade() -> None:
    """Create the four tables and guard the events."""
    op.create_table(
        "event",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("entry_id", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("batch", sa.Text),
        sa.Column("previous_hash", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_event_entry_id_number", "event", ["entry_id", "number"])
    op.create_index("ix_event_batch_number", "event", ["batch", "number"])

    op.create_table(
        "entry",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("revision", NUMBER, _reference("event.number"), nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("canonical_id", sa.Text, _reference("entry.id")),
        sa.Column("theme", sa.Text),
        sa.Column("year", sa.Integer),
        sa.Column("language", sa.Text),
        sa.Column("hackathon_id", sa.Text, _reference("entry.id")),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("updated_at", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.UniqueConstraint("owner", "kind", "external_id", name="uq_entry_external_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_entry_status_id_revision", "entry", ["status", "id", "revision"])
    op.create_index("ix_entry_kind_id_content_hash", "entry", ["kind", "id", "content_hash"])
    op.create_index("ix_entry_hackathon_id_status_kind_id", "entry", ["hackathon_id", "status", "kind", "id"])
    op.create_index("ix_entry_canonical_id", "entry", ["canonical_id"])

    op.create_table(
        "link",
        sa.Column("proposal_id", sa.Text, _reference("entry.id"), primary_key=True),
        sa.Column("pain_point_id", sa.Text, _reference("entry.id"), primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_link_pain_point_id_proposal_id", "link", ["pain_point_id", "proposal_id"])

    op.create_table(
        "counter",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
        sqlite_strict=True,
    )

    for guard in GUARDS[op.get_bind().dialect.name]:
        op.execute(guard)


def _reference(target: str) -> sa.ForeignKey:
    return sa.ForeignKey(target, deferrable=True, initially="DEFERRED")
