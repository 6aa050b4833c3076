"""Audiences: whom something is done for, who is held out, and what became of each.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "audiences",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("team", sa.String(64), nullable=False),
        sa.Column("as_of", sa.String(10), nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("holdout", sa.Float, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_audiences"),
    )
    op.create_table(
        "members",
        sa.Column("audience", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("arm", sa.String(16), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("profit", sa.Float, nullable=False),
        sa.Column("error", sa.Float, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("assignee", sa.String(64)),
        sa.Column("until", sa.BigInteger),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("audience", "digest", name="pk_members"),
        sa.ForeignKeyConstraint(["audience"], ["audiences.name"], name="fk_members_audience", ondelete="CASCADE"),
    )
    op.create_index("ix_members_status", "members", ["status"])
