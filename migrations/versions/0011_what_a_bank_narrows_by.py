"""Glances of assessments, saved searches, and search rows that know the green class and the revision.

Revision ID: 0011
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assessment_glance",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_assessment_glance_project_id_project")),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_assessment_glance")),
    )
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("is_alerting", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_saved_search_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user_account.id"], name=op.f("fk_saved_search_created_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("organisation_id", "name", name="uq_saved_search"),
    )
    op.create_table(
        "saved_search_hit",
        sa.Column("search_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["search_id"], ["saved_search.id"], name=op.f("fk_saved_search_hit_search_id_saved_search")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_saved_search_hit_project_id_project")),
        sa.PrimaryKeyConstraint("search_id", "project_id", name=op.f("pk_saved_search_hit")),
    )
    # The rows are written by the newest migration that changes what they hold or what they are made of.


def downgrade() -> None:
    op.drop_table("saved_search_hit")
    op.drop_table("saved_search")
    op.drop_table("assessment_glance")
