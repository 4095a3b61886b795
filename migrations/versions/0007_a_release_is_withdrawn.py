"""A released package is withdrawn, and its bank told once that it is superseded."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_IN_FORCE = sa.text("withdrawn_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("package_release", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_signed", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("withdrawn_by", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("withdrawal_reason", sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column("told_superseded_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_package_release_withdrawn_by_user_account"), "user_account", ["withdrawn_by"], ["id"]
        )
        batch_op.drop_constraint("uq_package_release", type_="unique")
    op.create_index(
        "uq_package_release_in_force",
        "package_release",
        ["project_id", "organisation_id", "content_sha256"],
        unique=True,
        sqlite_where=_IN_FORCE,
        postgresql_where=_IN_FORCE,
    )


def downgrade() -> None:
    op.drop_index("uq_package_release_in_force", table_name="package_release")
    with op.batch_alter_table("package_release", schema=None) as batch_op:
        batch_op.create_unique_constraint("uq_package_release", ["project_id", "organisation_id", "content_sha256"])
        batch_op.drop_constraint(op.f("fk_package_release_withdrawn_by_user_account"), type_="foreignkey")
        for name in ("is_signed", "withdrawn_by", "withdrawn_at", "withdrawal_reason", "told_superseded_at"):
            batch_op.drop_column(name)
