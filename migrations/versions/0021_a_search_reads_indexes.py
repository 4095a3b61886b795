"""A search of everything reads an index instead of the rows.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_project_search_chinese", ("owner_id", "word", "chinese"), None),
    ("ix_project_search_latin", ("owner_id", "word", "latin"), "length(latin) <= 600"),
    ("ix_project_search_long", ("owner_id",), "length(latin) > 600"),
)


def upgrade() -> None:
    for name, columns, condition in INDEXES:
        where = None if condition is None else sa.text(condition)
        op.create_index(name, "project_search", list(columns), sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, _, _ in INDEXES:
        op.drop_index(name, table_name="project_search")
