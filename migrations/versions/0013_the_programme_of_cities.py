"""Zones, indicators, self-evaluation rounds: the tables of the Beautiful City programme."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "zone_membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("division_code", sa.String(length=6), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("source_url", sa.String(length=500), nullable=True),
        sa.Column("noted_by", sa.Integer(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_zone_membership_period_in_order")),
        sa.ForeignKeyConstraint(
            ["noted_by"], ["user_account.id"], name=op.f("fk_zone_membership_noted_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zone_membership")),
    )
    with op.batch_alter_table("zone_membership", schema=None) as batch_op:
        batch_op.create_index("ix_zone_membership_place", ["zone", "division_code"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("zone_membership", schema=None) as batch_op:
        batch_op.drop_index("ix_zone_membership_place")

    op.drop_table("zone_membership")
