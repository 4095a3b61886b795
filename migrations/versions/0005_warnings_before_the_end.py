"""Warnings before the end of an entry's validity."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "validity_warning",
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("threshold_days", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_validity_warning_application_id_application")
        ),
        sa.PrimaryKeyConstraint("application_id", "threshold_days", name=op.f("pk_validity_warning")),
    )


def downgrade() -> None:
    op.drop_table("validity_warning")
