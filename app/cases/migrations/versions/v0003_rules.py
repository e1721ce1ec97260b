"""Rules that people publish, and the last good text of each file of rules."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add both tables."""
    op.create_table(
        "publication",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("rule", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("author", sa.String(128), nullable=False),
        sa.Column("via", sa.String(16), nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
    )
    op.create_index("ix_publication_rule_number", "publication", ["rule", "number"])
    op.create_table(
        "rule_file",
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("taken_at", sa.DateTime, nullable=False),
    )
