"""Selection of cities: rounds, nominations, panel, minutes; and who was told of which deadline."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deadline_warning",
        sa.Column("event", sa.String(length=80), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("threshold_days", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_deadline_warning_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("event", "organisation_id", "threshold_days", name=op.f("pk_deadline_warning")),
    )
    op.create_table(
        "selection_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=True),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("step_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_selection_round_period_in_order")),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["user_account.id"], name=op.f("fk_selection_round_opened_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selection_round")),
        sa.UniqueConstraint("title", name=op.f("uq_selection_round_title")),
    )
    op.create_table(
        "nomination",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("urban_population_10k", sa.Float(), nullable=True),
        sa.Column("population_source", sa.String(length=300), nullable=True),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submitted_by", sa.Integer(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_recommended", sa.Boolean(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("opinion_by", sa.Integer(), nullable=True),
        sa.Column("opinion_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_in_form", sa.Boolean(), nullable=True),
        sa.Column("form_remark", sa.Text(), nullable=True),
        sa.Column("code", sa.String(length=10), nullable=True),
        sa.Column("facts", sa.Text(), nullable=True),
        sa.Column("proposal", sa.String(length=10), nullable=True),
        sa.Column("proposal_reason", sa.Text(), nullable=True),
        sa.Column("decision", sa.String(length=10), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["opinion_by"], ["user_account.id"], name=op.f("fk_nomination_opinion_by_user_account")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["organisation.id"], name=op.f("fk_nomination_owner_id_organisation")),
        sa.ForeignKeyConstraint(["plan_id"], ["city_paper.id"], name=op.f("fk_nomination_plan_id_city_paper")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["selection_round.id"], name=op.f("fk_nomination_round_id_selection_round")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["user_account.id"], name=op.f("fk_nomination_submitted_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination")),
        sa.UniqueConstraint("round_id", "code", name="uq_nomination_code"),
        sa.UniqueConstraint("round_id", "owner_id", name="uq_nomination"),
    )
    with op.batch_alter_table("nomination", schema=None) as batch_op:
        batch_op.create_index("ix_nomination_owner", ["owner_id"], unique=False)

    op.create_table(
        "panel_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("home_province", sa.String(length=6), nullable=True),
        sa.Column("named_by", sa.Integer(), nullable=True),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["named_by"], ["user_account.id"], name=op.f("fk_panel_member_named_by_user_account")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["selection_round.id"], name=op.f("fk_panel_member_round_id_selection_round")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_panel_member_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_member")),
        sa.UniqueConstraint("round_id", "user_id", name="uq_panel_member"),
    )
    op.create_table(
        "selection_minute",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["user_account.id"], name=op.f("fk_selection_minute_actor_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["selection_round.id"], name=op.f("fk_selection_minute_round_id_selection_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selection_minute")),
    )
    with op.batch_alter_table("selection_minute", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_selection_minute_round_id"), ["round_id"], unique=False)

    op.create_table(
        "selection_quota",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(length=20), nullable=False),
        sa.Column("size_class", sa.String(length=20), nullable=False),
        sa.Column("least", sa.Integer(), nullable=True),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.CheckConstraint("least IS NOT NULL OR most IS NOT NULL", name=op.f("ck_selection_quota_some_limit")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["selection_round.id"], name=op.f("fk_selection_quota_round_id_selection_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selection_quota")),
        sa.UniqueConstraint("round_id", "region", "size_class", name="uq_selection_quota"),
    )
    op.create_table(
        "panel_score",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nomination_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=60), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("remark", sa.String(length=1000), nullable=True),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("score >= 0", name=op.f("ck_panel_score_score_from_zero")),
        sa.ForeignKeyConstraint(["member_id"], ["panel_member.id"], name=op.f("fk_panel_score_member_id_panel_member")),
        sa.ForeignKeyConstraint(
            ["nomination_id"], ["nomination.id"], name=op.f("fk_panel_score_nomination_id_nomination")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_score")),
        sa.UniqueConstraint("nomination_id", "member_id", "item", name="uq_panel_score"),
    )


def downgrade() -> None:
    op.drop_table("panel_score")
    op.drop_table("selection_quota")
    with op.batch_alter_table("selection_minute", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_selection_minute_round_id"))

    op.drop_table("selection_minute")
    op.drop_table("panel_member")
    with op.batch_alter_table("nomination", schema=None) as batch_op:
        batch_op.drop_index("ix_nomination_owner")

    op.drop_table("nomination")
    op.drop_table("selection_round")
    op.drop_table("deadline_warning")
