"""A search of everything in Chinese reads an index instead of the rows.

Revision ID: 0021
Revises: 0020
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_project_search_chinese", "project_search", ["owner_id", "word", "chinese"])


def downgrade() -> None:
    op.drop_index("ix_project_search_chinese", table_name="project_search")
