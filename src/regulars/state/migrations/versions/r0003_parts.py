"""Members of audiences carry the segment by which effects are learned.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of audiences that were kept before no segment is known."""
    op.add_column("members", sa.Column("part", sa.Text, nullable=False, server_default=""))
