"""A draft belongs to one open form."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("autosaved_draft", schema=None) as batch_op:
        batch_op.add_column(sa.Column("form_id", sa.String(length=40), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("autosaved_draft", schema=None) as batch_op:
        batch_op.drop_column("form_id")
