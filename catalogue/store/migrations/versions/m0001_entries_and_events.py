"""Events, entries, links and counters."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

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
    # ALWAYS: also in a session that calls itself a replica, which skips ordinary triggers.
    "postgresql": (
        """
        CREATE OR REPLACE FUNCTION event_refused() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'event is append-only: no %', TG_OP USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """,
        """
        CREATE OR REPLACE FUNCTION event_without_gap() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.number IS DISTINCT FROM (SELECT COALESCE(MAX(number), 0) + 1 FROM event) THEN
            RAISE EXCEPTION 'event numbers have no gaps' USING ERRCODE = 'integrity_constraint_violation';
          END IF;
          RETURN NEW;
        END $$
        """,
        "CREATE TRIGGER event_never_updated BEFORE UPDATE ON event FOR EACH ROW EXECUTE FUNCTION event_refused()",
        "CREATE TRIGGER event_never_deleted BEFORE DELETE ON event FOR EACH ROW EXECUTE FUNCTION event_refused()",
        "CREATE TRIGGER event_never_truncated BEFORE TRUNCATE ON event EXECUTE FUNCTION event_refused()",
        "CREATE TRIGGER event_without_gap BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION event_without_gap()",
        *(
            f"ALTER TABLE event ENABLE ALWAYS TRIGGER event_{name}"
            for name in ("never_updated", "never_deleted", "never_truncated", "without_gap")
        ),
    ),
}


def upgrade() -> None:
    """Create the four tables and guard the events."""
    op.create_table(
        "event",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("entry_id", TEXT),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("reason", TEXT),
        sa.Column("payload", TEXT, nullable=False),
        sa.Column("batch", TEXT),
        sa.Column("previous_hash", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_event_entry_id_number", "event", ["entry_id", "number"])
    op.create_index("ix_event_batch_number", "event", ["batch", "number"])

    op.create_table(
        "entry",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("revision", NUMBER, _reference("event.number"), nullable=False),
        sa.Column("content_hash", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("external_id", TEXT),
        sa.Column("canonical_id", TEXT, _reference("entry.id")),
        sa.Column("theme", TEXT),
        sa.Column("year", sa.Integer),
        sa.Column("language", TEXT),
        sa.Column("hackathon_id", TEXT, _reference("entry.id")),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("updated_at", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.UniqueConstraint("owner", "kind", "external_id", name="uq_entry_external_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_entry_status_id_revision", "entry", ["status", "id", "revision"])
    op.create_index("ix_entry_kind_id_content_hash", "entry", ["kind", "id", "content_hash"])
    op.create_index("ix_entry_hackathon_id_status_kind_id", "entry", ["hackathon_id", "status", "kind", "id"])
    op.create_index("ix_entry_canonical_id", "entry", ["canonical_id"])

    op.create_table(
        "link",
        sa.Column("proposal_id", TEXT, _reference("entry.id"), primary_key=True),
        sa.Column("pain_point_id", TEXT, _reference("entry.id"), primary_key=True),
        sa.Column("role", TEXT, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_link_pain_point_id_proposal_id", "link", ["pain_point_id", "proposal_id"])

    op.create_table(
        "counter",
        sa.Column("kind", TEXT, primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
        sqlite_strict=True,
    )

    for guard in GUARDS[op.get_bind().dialect.name]:
        op.execute(guard)


def _reference(target: str) -> sa.ForeignKey:
    return sa.ForeignKey(target, deferrable=True, initially="DEFERRED")
