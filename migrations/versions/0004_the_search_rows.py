"""The narrow rows that lists and searches read, written for every project that is there.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_value",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_value")),
        sa.UniqueConstraint("kind", "text", name="uq_search_value_kind"),
    )
    op.create_table(
        "project_search",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("city_code", sa.String(length=6), nullable=True),
        sa.Column("word", sa.String(length=60), nullable=False),
        sa.Column("chinese", sa.Text(), nullable=False),
        sa.Column("latin", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["organisation.id"], name=op.f("fk_project_search_owner_id_organisation")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_search_project_id_project")),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_project_search")),
    )
    # The rows are written by the newest migration that changes what they hold.
    with op.batch_alter_table("project_search", schema=None) as batch_op:
        batch_op.create_index("ix_project_search_owner", ["owner_id", "word"], unique=False)
        batch_op.create_index("ix_project_search_city_code", ["city_code", "word"], unique=False)


def downgrade() -> None:
    op.drop_table("project_search")
    op.drop_table("search_value")
