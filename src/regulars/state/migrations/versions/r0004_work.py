"""Work: members are listed by what they are worth, by who does it, and named by their place.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes; the one by status alone is the beginning of the first."""
    op.drop_index("ix_members_status", "members")
    op.create_index("ix_members_work", "members", ["arm", "status", "profit", "audience", "place"])
    op.create_index("ix_members_assignee", "members", ["assignee"])
    op.create_index("ix_members_place", "members", ["audience", "arm", "place"])
