"""Pairs of likely duplicates kept for reviewers; links by which people set their own password; last sign-in."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("duplicate_key", schema=None) as batch_op:
        # Every project known so far is compared once by the first matching job after the upgrade.
        batch_op.add_column(sa.Column("change_count", sa.Integer(), server_default="1", nullable=False))
    is_waiting = sa.text("change_count > 0")
    op.create_index(
        "ix_duplicate_key_waiting",
        "duplicate_key",
        ["place", "project_id"],
        unique=False,
        sqlite_where=is_waiting,
        postgresql_where=is_waiting,
    )
    op.create_table(
        "duplicate_pair",
        sa.Column("lower_id", sa.Integer(), nullable=False),
        sa.Column("higher_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.Float(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("lower_id < higher_id", name=op.f("ck_duplicate_pair_pair_in_order")),
        sa.ForeignKeyConstraint(["lower_id"], ["project.id"], name=op.f("fk_duplicate_pair_lower_id_project")),
        sa.ForeignKeyConstraint(["higher_id"], ["project.id"], name=op.f("fk_duplicate_pair_higher_id_project")),
        sa.PrimaryKeyConstraint("lower_id", "higher_id", name=op.f("pk_duplicate_pair")),
    )
    with op.batch_alter_table("duplicate_pair", schema=None) as batch_op:
        batch_op.create_index("ix_duplicate_pair_higher", ["higher_id"], unique=False)
        batch_op.create_index("ix_duplicate_pair_points", ["points", "lower_id", "higher_id"], unique=False)
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "password_link",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_password_link_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_link")),
    )
    with op.batch_alter_table("password_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_password_link_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_password_link_user_id"), ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_table("password_link")
    # Not in a batch, which makes the table anew: others refer to its rows.
    op.execute("ALTER TABLE user_account DROP COLUMN last_sign_in_at")
    op.drop_table("duplicate_pair")
    op.drop_index("ix_duplicate_key_waiting", table_name="duplicate_key")
    with op.batch_alter_table("duplicate_key", schema=None) as batch_op:
        batch_op.drop_column("change_count")
