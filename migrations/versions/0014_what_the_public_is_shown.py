"""What the public is shown: released projects, model cases with their pictures, comments."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


_IN_FORCE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "display_release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("revision_number", sa.Integer(), nullable=False),
        sa.Column("revision_hash", sa.String(length=64), nullable=False),
        sa.Column("revision_saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("introduction", sa.String(length=2000), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("province_name", sa.String(length=100), nullable=True),
        sa.Column("city_name", sa.String(length=100), nullable=True),
        sa.Column("city_code", sa.String(length=6), nullable=True),
        sa.Column("dimension", sa.String(length=40), nullable=True),
        sa.Column("total_investment", sa.BigInteger(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("embargo_until", sa.Date(), nullable=True),
        sa.Column("released_by", sa.Integer(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ending", sa.String(length=20), nullable=True),
        sa.Column("ending_reason", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["user_account.id"], name=op.f("fk_display_release_ended_by_user_account")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_display_release_project_id_project")),
        sa.ForeignKeyConstraint(
            ["released_by"], ["user_account.id"], name=op.f("fk_display_release_released_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_display_release")),
    )
    with op.batch_alter_table("display_release", schema=None) as batch_op:
        batch_op.create_index("ix_display_release_code", ["code", "id"], unique=False)
        batch_op.create_index("ix_display_release_place", ["city_code"], unique=False)
        batch_op.create_index(
            "uq_display_release_in_force",
            ["project_id"],
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        )

    op.create_table(
        "model_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("city_code", sa.String(length=6), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("embargo_until", sa.Date(), nullable=True),
        sa.Column("was_shown", sa.Boolean(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_model_case_version_from_one")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisation.id"], name=op.f("fk_model_case_owner_id_organisation")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_model_case_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_case")),
    )
    with op.batch_alter_table("model_case", schema=None) as batch_op:
        batch_op.create_index("ix_model_case_owner", ["owner_id"], unique=False)
        batch_op.create_index("ix_model_case_state", ["state", "kind"], unique=False)

    op.create_table(
        "case_picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(length=200), nullable=False),
        sa.Column("uploaded_by", sa.Integer(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["model_case.id"], name=op.f("fk_case_picture_case_id_model_case")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_case_picture_sha256_stored_file")),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["user_account.id"], name=op.f("fk_case_picture_uploaded_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_picture")),
    )
    with op.batch_alter_table("case_picture", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_picture_case_id"), ["case_id"], unique=False)

    op.create_table(
        "display_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["display_release.id"], name=op.f("fk_display_evidence_release_id_display_release")
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_display_evidence_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_display_evidence")),
    )
    with op.batch_alter_table("display_evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_display_evidence_release_id"), ["release_id"], unique=False)

    op.create_table(
        "model_case_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("from_state", sa.String(length=20), nullable=False),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["user_account.id"], name=op.f("fk_model_case_event_actor_id_user_account")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["model_case.id"], name=op.f("fk_model_case_event_case_id_model_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_case_event")),
    )
    with op.batch_alter_table("model_case_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_model_case_event_case_id"), ["case_id"], unique=False)

    op.create_table(
        "public_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.CheckConstraint("(project_id IS NULL) <> (case_id IS NULL)", name=op.f("ck_public_comment_on_one_thing")),
        sa.ForeignKeyConstraint(["case_id"], ["model_case.id"], name=op.f("fk_public_comment_case_id_model_case")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_public_comment_decided_by_user_account")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_public_comment_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_comment")),
    )
    with op.batch_alter_table("public_comment", schema=None) as batch_op:
        batch_op.create_index("ix_public_comment_case", ["case_id", "state"], unique=False)
        batch_op.create_index("ix_public_comment_project", ["project_id", "state"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("public_comment", schema=None) as batch_op:
        batch_op.drop_index("ix_public_comment_project")
        batch_op.drop_index("ix_public_comment_case")

    op.drop_table("public_comment")
    with op.batch_alter_table("model_case_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_model_case_event_case_id"))

    op.drop_table("model_case_event")
    with op.batch_alter_table("display_evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_display_evidence_release_id"))

    op.drop_table("display_evidence")
    with op.batch_alter_table("case_picture", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_picture_case_id"))

    op.drop_table("case_picture")
    with op.batch_alter_table("model_case", schema=None) as batch_op:
        batch_op.drop_index("ix_model_case_state")
        batch_op.drop_index("ix_model_case_owner")

    op.drop_table("model_case")
    with op.batch_alter_table("display_release", schema=None) as batch_op:
        batch_op.drop_index("uq_display_release_in_force", sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE)
        batch_op.drop_index("ix_display_release_place")
        batch_op.drop_index("ix_display_release_code")

    op.drop_table("display_release")
