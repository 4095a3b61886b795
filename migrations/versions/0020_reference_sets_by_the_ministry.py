"""Reference sets of indicators the ministry publishes in the registry: a version each, with its source.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reference_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("source_url", sa.String(length=500), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("published_by", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["published_by"], ["user_account.id"], name=op.f("fk_reference_version_published_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_version")),
        sa.UniqueConstraint("version", name=op.f("uq_reference_version_version")),
        sa.UniqueConstraint("in_force_from", name=op.f("uq_reference_version_in_force_from")),
    )


def downgrade() -> None:
    op.drop_table("reference_version")
