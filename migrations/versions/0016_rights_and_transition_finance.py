"""Rights and transition finance: the tag of transition finance among the search columns and the facts of rights.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

FACTS = (
    "has_ccer_methodology",
    "is_ccer_registered",
    "is_pollution_right_confirmed",
    "has_compensation_agreement",
    "has_ecological_product_buyer",
    "has_transition_plan",
)
COUNTS = ("ccer_count", "pollution_rights_count", "ecological_compensation_count", "ecological_product_count")


def upgrade() -> None:
    with op.batch_alter_table("project", schema=None) as batch_op:
        for name in FACTS:
            batch_op.add_column(sa.Column(name, sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("transition_finance_sector", sa.String(length=40), nullable=True))
        for name in COUNTS:
            batch_op.add_column(sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rights", sa.Text(), server_default="[]", nullable=False))
    # Only where it is run: every command that looks after the database reads this file, and need not load the rules.
    from registry.assessments.prospects.keys import rebuild as rebuild_glances  # noqa: PLC0415
    from registry.projects.search.keys import rebuild  # noqa: PLC0415

    # The word of a project is longer by its green class, its revision and its transition tag. A later migration that
    # changes what these rows hold, or adds a column they are read with, writes them itself; these lines then go there.
    rebuild(op.get_bind())
    rebuild_glances(op.get_bind())


def downgrade() -> None:
    # Not in a batch, which makes the table anew: others refer to its rows.
    op.execute("ALTER TABLE assessment DROP COLUMN rights")
    for name in (*FACTS, "transition_finance_sector", *COUNTS):
        op.execute(f"ALTER TABLE project DROP COLUMN {name}")
