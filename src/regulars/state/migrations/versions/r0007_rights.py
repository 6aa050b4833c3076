"""Files that wait to be sent carry the rights that they were made with.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; files that wait already were made for nobody in particular, as far as is known."""
    op.add_column("outbox", sa.Column("enclosed_for", sa.Text, nullable=False, server_default=""))
