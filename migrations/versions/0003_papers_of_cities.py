"""Papers of cities: plans and reports, their revisions and moves."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "city_paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision_number", sa.Integer(), nullable=False),
        sa.Column("approved_revision", sa.Integer(), nullable=True),
        sa.Column("published_revision", sa.Integer(), nullable=True),
        sa.Column("embargo_until", sa.Date(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("revision_number >= 1", name=op.f("ck_city_paper_revision_number_from_one")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisation.id"], name=op.f("fk_city_paper_owner_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_city_paper")),
        sa.UniqueConstraint("kind", "owner_id", "year", "title", name="uq_city_paper"),
    )
    with op.batch_alter_table("city_paper", schema=None) as batch_op:
        batch_op.create_index("ix_city_paper_kind", ["kind", "year"], unique=False)
        batch_op.create_index("ix_city_paper_owner", ["owner_id", "kind"], unique=False)

    op.create_table(
        "city_paper_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("from_state", sa.String(length=20), nullable=False),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        sa.Column("revision_number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["user_account.id"], name=op.f("fk_city_paper_event_actor_id_user_account")
        ),
        sa.ForeignKeyConstraint(["paper_id"], ["city_paper.id"], name=op.f("fk_city_paper_event_paper_id_city_paper")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_city_paper_event")),
    )
    with op.batch_alter_table("city_paper_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_city_paper_event_paper_id"), ["paper_id"], unique=False)

    op.create_table(
        "city_paper_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user_account.id"], name=op.f("fk_city_paper_revision_author_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["city_paper.id"], name=op.f("fk_city_paper_revision_paper_id_city_paper")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_city_paper_revision")),
        sa.UniqueConstraint("paper_id", "number", name="uq_city_paper_revision_number"),
    )


def downgrade() -> None:
    op.drop_table("city_paper_revision")
    with op.batch_alter_table("city_paper_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_city_paper_event_paper_id"))

    op.drop_table("city_paper_event")
    with op.batch_alter_table("city_paper", schema=None) as batch_op:
        batch_op.drop_index("ix_city_paper_owner")
        batch_op.drop_index("ix_city_paper_kind")

    op.drop_table("city_paper")
