"""What large queues and sums read: narrow indexes, so that a nation's worth of dossiers is left alone; provinces.

Revision ID: 0019
Revises: 0016
"""

from alembic import op

revision = "0019"
down_revision = "0016"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_application_entered", "application", ("state", "entered_on")),
    ("ix_assessment_glance_word", "assessment_glance", ("project_id", "word")),
    ("ix_project_search_word", "project_search", ("project_id", "word")),
    ("ix_project_updated", "project", ("updated_at",)),
    ("ix_project_sum", "project", ("id", "owner_id", "city_code", "total_investment")),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, list(columns))
    # Only where it is run: every command that looks after the database reads this file.
    from registry.projects.search.keys import rebuild  # noqa: PLC0415

    # Lists take the province from the division code now, as the portfolio always did. A later migration that changes
    # what these rows hold writes them itself; this line then goes there.
    rebuild(op.get_bind())


def downgrade() -> None:
    for name, table, _ in INDEXES:
        op.drop_index(name, table_name=table)
