"""Lists that an owner, or everything of one kind, would otherwise read the whole catalogue for."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index entries by who owns them and events by what they did."""
    op.create_index("ix_entry_owner_status_revision", "entry", ["owner", "status", "revision"])
    op.create_index("ix_event_kind_number", "event", ["kind", "number"])
