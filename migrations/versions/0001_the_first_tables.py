"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_action"), ["action"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_subject"), ["subject"], unique=False)

    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "code_counter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_counter")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Integer(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_requested_by"), ["requested_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_state"), ["state"], unique=False)

    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("group", sa.String(length=20), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("division_code", sa.String(length=6), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organisation.id"], name=op.f("fk_organisation_parent_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("name", name=op.f("uq_organisation_name")),
    )
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisation_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "sign_in_attempt",
        sa.Column("login_sha256", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("login_sha256", name=op.f("pk_sign_in_attempt")),
    )
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_attempt_last_at"), ["last_at"], unique=False)

    op.create_table(
        "stored_file",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_stored_file")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("project_code", sa.String(length=20), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_notice_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_organisation", ["organisation_id", "id"], unique=False)

    op.create_table(
        "project",
        sa.Column("capital_sector", sa.String(length=40), nullable=True),
        sa.Column("is_capital_relief_claimed", sa.Boolean(), nullable=True),
        sa.Column("has_debt_in_capital", sa.Boolean(), nullable=True),
        sa.Column("has_capital_withdrawal", sa.Boolean(), nullable=True),
        sa.Column("is_separate_legal_entity", sa.Boolean(), nullable=True),
        sa.Column("has_capital_account", sa.Boolean(), nullable=True),
        sa.Column("is_capital_stated_in_approval", sa.Boolean(), nullable=True),
        sa.Column("equity_instrument_ratio", sa.Float(), nullable=True),
        sa.Column("has_debt_like_terms", sa.Boolean(), nullable=True),
        sa.Column("bond_capital_sector", sa.String(length=40), nullable=True),
        sa.Column("province_bond_capital_ratio", sa.Float(), nullable=True),
        sa.Column("has_bond_repayment_arrangement", sa.Boolean(), nullable=True),
        sa.Column("project_life_years", sa.Float(), nullable=True),
        sa.Column("has_bond_plan", sa.Boolean(), nullable=True),
        sa.Column("has_bond_financial_report", sa.Boolean(), nullable=True),
        sa.Column("has_bond_legal_opinion", sa.Boolean(), nullable=True),
        sa.Column("borrower_type", sa.String(length=40), nullable=True),
        sa.Column("loan_use", sa.String(length=40), nullable=True),
        sa.Column("has_head_office_approval", sa.Boolean(), nullable=True),
        sa.Column("is_project_finance", sa.Boolean(), nullable=True),
        sa.Column("is_project_company", sa.Boolean(), nullable=True),
        sa.Column("has_income_account", sa.Boolean(), nullable=True),
        sa.Column("is_repaid_in_instalments", sa.Boolean(), nullable=True),
        sa.Column("capital_paid_in_ratio", sa.Float(), nullable=True),
        sa.Column("loan_drawn_ratio", sa.Float(), nullable=True),
        sa.Column("has_government_guarantee", sa.Boolean(), nullable=True),
        sa.Column("loan_approval_date", sa.String(length=10), nullable=True),
        sa.Column("is_loan_approved", sa.Boolean(), nullable=True),
        sa.Column("green_catalogue_class", sa.String(length=40), nullable=True),
        sa.Column("has_green_catalogue_code", sa.Boolean(), nullable=True),
        sa.Column("climate_effect", sa.String(length=40), nullable=True),
        sa.Column("climate_mitigation_group", sa.String(length=40), nullable=True),
        sa.Column("climate_adaptation_group", sa.String(length=40), nullable=True),
        sa.Column("emission_reduction_tco2e", sa.Float(), nullable=True),
        sa.Column("has_adaptation_benefit", sa.Boolean(), nullable=True),
        sa.Column("has_benefit_method", sa.Boolean(), nullable=True),
        sa.Column("has_benefit_baseline", sa.Boolean(), nullable=True),
        sa.Column("has_benefit_boundary", sa.Boolean(), nullable=True),
        sa.Column("has_monitoring_plan", sa.Boolean(), nullable=True),
        sa.Column("has_third_party_verification", sa.Boolean(), nullable=True),
        sa.Column("state_new_area", sa.String(length=40), nullable=True),
        sa.Column("shenzhen_climate_field", sa.String(length=40), nullable=True),
        sa.Column("has_expert_review", sa.Boolean(), nullable=True),
        sa.Column("central_fund", sa.String(length=40), nullable=True),
        sa.Column("pollution_control_investment", sa.BigInteger(), nullable=True),
        sa.Column("has_implementation_plan", sa.Boolean(), nullable=True),
        sa.Column("is_competitive_allocation", sa.Boolean(), nullable=True),
        sa.Column("is_competition_selected", sa.Boolean(), nullable=True),
        sa.Column("has_received_central_funds", sa.Boolean(), nullable=True),
        sa.Column("central_funds_received_date", sa.String(length=10), nullable=True),
        sa.Column("central_funds_filing_date", sa.String(length=10), nullable=True),
        sa.Column("liable_party", sa.String(length=40), nullable=True),
        sa.Column("air_project_type", sa.String(length=40), nullable=True),
        sa.Column("has_equipment_list", sa.Boolean(), nullable=True),
        sa.Column("has_reduction_targets", sa.Boolean(), nullable=True),
        sa.Column("boiler_capacity_tph", sa.Float(), nullable=True),
        sa.Column("water_project_type", sa.String(length=40), nullable=True),
        sa.Column("soil_project_type", sa.String(length=40), nullable=True),
        sa.Column("has_soil_survey", sa.Boolean(), nullable=True),
        sa.Column("is_on_contaminated_site_list", sa.Boolean(), nullable=True),
        sa.Column("rural_project_type", sa.String(length=40), nullable=True),
        sa.Column("is_rural_fund_merged", sa.Boolean(), nullable=True),
        sa.Column("gfl_field", sa.String(length=40), nullable=True),
        sa.Column("province_eod_entries", sa.Integer(), nullable=True),
        sa.Column("eod_organiser", sa.String(length=40), nullable=True),
        sa.Column("has_treatment_component", sa.Boolean(), nullable=True),
        sa.Column("has_industry_link", sa.Boolean(), nullable=True),
        sa.Column("has_land_transfer_income", sa.Boolean(), nullable=True),
        sa.Column("has_ministry_authorisation_claim", sa.Boolean(), nullable=True),
        sa.Column("implementer_established_date", sa.String(length=10), nullable=True),
        sa.Column("is_implementer_registered_in_china", sa.Boolean(), nullable=True),
        sa.Column("has_inspection_case", sa.Boolean(), nullable=True),
        sa.Column("has_major_environmental_accident", sa.Boolean(), nullable=True),
        sa.Column("project_nature", sa.String(length=40), nullable=True),
        sa.Column("investment_type", sa.String(length=40), nullable=True),
        sa.Column("implementation_mode", sa.String(length=40), nullable=True),
        sa.Column("implementer_type", sa.String(length=40), nullable=True),
        sa.Column("main_content", sa.String(length=40), nullable=True),
        sa.Column("landscape_cost_ratio", sa.Float(), nullable=True),
        sa.Column("has_recurrent_spending", sa.Boolean(), nullable=True),
        sa.Column("has_hidden_debt", sa.Boolean(), nullable=True),
        sa.Column("has_other_central_funding", sa.Boolean(), nullable=True),
        sa.Column("has_component_in_two_libraries", sa.Boolean(), nullable=True),
        sa.Column("has_environment_plan_link", sa.Boolean(), nullable=True),
        sa.Column("is_on_dishonesty_list", sa.Boolean(), nullable=True),
        sa.Column("is_environmental_credit_lowest", sa.Boolean(), nullable=True),
        sa.Column("has_unresolved_environmental_breach", sa.Boolean(), nullable=True),
        sa.Column("has_provincial_recommendation", sa.Boolean(), nullable=True),
        sa.Column("planned_application_date", sa.String(length=10), nullable=True),
        sa.Column("cef_status", sa.String(length=40), nullable=True),
        sa.Column("cef_entry_date", sa.String(length=10), nullable=True),
        sa.Column("gfl_status", sa.String(length=40), nullable=True),
        sa.Column("cif_status", sa.String(length=40), nullable=True),
        sa.Column("is_content_changed_after_entry", sa.Boolean(), nullable=True),
        sa.Column("has_change_approval", sa.Boolean(), nullable=True),
        sa.Column("beautiful_city_dimension", sa.String(length=40), nullable=True),
        sa.Column("beautiful_city_task", sa.String(length=40), nullable=True),
        sa.Column("has_city_plan", sa.Boolean(), nullable=True),
        sa.Column("is_in_city_plan", sa.Boolean(), nullable=True),
        sa.Column("has_city_financing_plan", sa.Boolean(), nullable=True),
        sa.Column("is_in_city_financing_plan", sa.Boolean(), nullable=True),
        sa.Column("is_county_unit_allowed", sa.Boolean(), nullable=True),
        sa.Column("is_polluted_land", sa.Boolean(), nullable=True),
        sa.Column("is_ecological_reuse_considered", sa.Boolean(), nullable=True),
        sa.Column("total_investment", sa.BigInteger(), nullable=True),
        sa.Column("project_capital", sa.BigInteger(), nullable=True),
        sa.Column("special_bond_total", sa.BigInteger(), nullable=True),
        sa.Column("bond_as_capital", sa.BigInteger(), nullable=True),
        sa.Column("other_debt", sa.BigInteger(), nullable=True),
        sa.Column("expected_revenue", sa.BigInteger(), nullable=True),
        sa.Column("operation_cost_total", sa.BigInteger(), nullable=True),
        sa.Column("revenue_source", sa.String(length=1000), nullable=True),
        sa.Column("published_cost_to_revenue", sa.Float(), nullable=True),
        sa.Column("published_coverage_multiple", sa.Float(), nullable=True),
        sa.Column("content_summary", sa.String(length=4000), nullable=True),
        sa.Column("need_statement", sa.String(length=4000), nullable=True),
        sa.Column("construction_status", sa.String(length=20), nullable=True),
        sa.Column("construction_progress_ratio", sa.Float(), nullable=True),
        sa.Column("construction_start", sa.String(length=10), nullable=True),
        sa.Column("construction_end", sa.String(length=10), nullable=True),
        sa.Column("operation_start", sa.String(length=10), nullable=True),
        sa.Column("operation_end", sa.String(length=10), nullable=True),
        sa.Column("is_in_annual_budget", sa.Boolean(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("approval_code", sa.String(length=24), nullable=True),
        sa.Column("implementer_name", sa.String(length=200), nullable=True),
        sa.Column("implementer_credit_code", sa.String(length=18), nullable=True),
        sa.Column("city_code", sa.String(length=6), nullable=True),
        sa.Column("province_name", sa.String(length=50), nullable=True),
        sa.Column("city_name", sa.String(length=50), nullable=True),
        sa.Column("county_name", sa.String(length=50), nullable=True),
        sa.Column("published_field", sa.String(length=100), nullable=True),
        sa.Column("contact_name", sa.String(length=60), nullable=True),
        sa.Column("contact_phone", sa.String(length=40), nullable=True),
        sa.Column("source_url", sa.String(length=500), nullable=True),
        sa.Column("source_title", sa.String(length=300), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("revision_number", sa.Integer(), nullable=False),
        sa.Column("import_key", sa.String(length=64), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("performance_goal_count", sa.Integer(), nullable=False),
        sa.Column("component_count", sa.Integer(), nullable=False),
        sa.Column("quantified_benefit_count", sa.Integer(), nullable=False),
        sa.CheckConstraint("revision_number >= 1", name=op.f("ck_project_revision_number_from_one")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisation.id"], name=op.f("fk_project_owner_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("code", name=op.f("uq_project_code")),
    )
    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_approval_code"), ["approval_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_project_city_code"), ["city_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_project_import_key"), ["import_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_project_name"), ["name"], unique=False)
        batch_op.create_index("ix_project_owner_code", ["owner_id", "code"], unique=False)

    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=60), nullable=False),
        sa.Column("display_name", sa.String(length=60), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("oidc_subject", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_user_account_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("login", name=op.f("uq_user_account_login")),
        sa.UniqueConstraint("oidc_subject", name=op.f("uq_user_account_oidc_subject")),
    )
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_account_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "webhook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("secret", sa.String(length=100), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_webhook_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sa.UniqueConstraint("organisation_id", "url", name="uq_webhook"),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_api_token_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_api_token_secret_sha256")),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_user_id"), ["user_id"], unique=False)

    op.create_table(
        "application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("library", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("revision_number", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["opened_by"], ["user_account.id"], name=op.f("fk_application_opened_by_user_account")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_application_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
    )
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_application_project_id"), ["project_id"], unique=False)
        batch_op.create_index("ix_application_state", ["state", "state_since"], unique=False)
        batch_op.create_index(
            "uq_application_open",
            ["project_id", "library"],
            unique=True,
            sqlite_where=sa.text("is_open = 1"),
            postgresql_where=sa.text("is_open"),
        )

    op.create_table(
        "assessment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("revision_number", sa.Integer(), nullable=False),
        sa.Column("governing_date", sa.Date(), nullable=False),
        sa.Column("engine_version", sa.String(length=40), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("firr_pre_tax", sa.Float(), nullable=True),
        sa.Column("firr_post_tax", sa.Float(), nullable=True),
        sa.Column("capital_irr", sa.Float(), nullable=True),
        sa.Column("fnpv_post_tax", sa.Float(), nullable=True),
        sa.Column("payback_years", sa.Float(), nullable=True),
        sa.Column("dscr_min", sa.Float(), nullable=True),
        sa.Column("dscr_average", sa.Float(), nullable=True),
        sa.Column("coverage", sa.Float(), nullable=True),
        sa.Column("finance_facts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["user_account.id"], name=op.f("fk_assessment_author_id_user_account")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_assessment_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("hash", name=op.f("uq_assessment_hash")),
    )
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.create_index("ix_assessment_latest", ["project_id", "id"], unique=False)

    op.create_table(
        "autosaved_draft",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("project_code", sa.String(length=20), nullable=False),
        sa.Column("base_revision", sa.Integer(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_autosaved_draft_user_id_user_account")),
        sa.PrimaryKeyConstraint("user_id", "project_code", name=op.f("pk_autosaved_draft")),
    )
    op.create_table(
        "bank_interest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["user_account.id"], name=op.f("fk_bank_interest_changed_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_bank_interest_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_bank_interest_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_interest")),
        sa.UniqueConstraint("project_id", "organisation_id", name="uq_bank_interest"),
    )
    with op.batch_alter_table("bank_interest", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bank_interest_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "checklist_document",
        sa.Column("checklist_code", sa.String(length=20), nullable=False),
        sa.Column("is_available", sa.Boolean(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=True),
        sa.Column("number", sa.String(length=100), nullable=True),
        sa.Column("date", sa.String(length=10), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_checklist_document_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_document")),
    )
    with op.batch_alter_table("checklist_document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_checklist_document_project_id"), ["project_id"], unique=False)
        batch_op.create_index("ix_checklist_document_sha256", ["sha256"], unique=False)

    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("field", sa.String(length=120), nullable=True),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("revision_number", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_name", sa.String(length=60), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["user_account.id"], name=op.f("fk_comment_author_id_user_account")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_comment_project_id_project")),
        sa.ForeignKeyConstraint(["settled_by"], ["user_account.id"], name=op.f("fk_comment_settled_by_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.create_index("ix_comment_project", ["project_id", "section"], unique=False)

    op.create_table(
        "duplicate_key",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=4), nullable=True),
        sa.Column("name_core", sa.String(length=200), nullable=True),
        sa.Column("credit_code", sa.String(length=18), nullable=True),
        sa.Column("total_investment", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_duplicate_key_project_id_project")),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_duplicate_key")),
    )
    with op.batch_alter_table("duplicate_key", schema=None) as batch_op:
        batch_op.create_index("ix_duplicate_key_credit_code", ["credit_code"], unique=False)
        batch_op.create_index("ix_duplicate_key_name_core", ["name_core"], unique=False)
        batch_op.create_index("ix_duplicate_key_place", ["place"], unique=False)
        batch_op.create_index("ix_duplicate_key_total_investment", ["total_investment"], unique=False)

    op.create_table(
        "duplicate_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lower_id", sa.Integer(), nullable=False),
        sa.Column("higher_id", sa.Integer(), nullable=False),
        sa.Column("is_same", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("lower_id < higher_id", name=op.f("ck_duplicate_mark_pair_in_order")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user_account.id"], name=op.f("fk_duplicate_mark_author_id_user_account")
        ),
        sa.ForeignKeyConstraint(["higher_id"], ["project.id"], name=op.f("fk_duplicate_mark_higher_id_project")),
        sa.ForeignKeyConstraint(["lower_id"], ["project.id"], name=op.f("fk_duplicate_mark_lower_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_mark")),
        sa.UniqueConstraint("lower_id", "higher_id", name="uq_duplicate_mark_pair"),
    )
    with op.batch_alter_table("duplicate_mark", schema=None) as batch_op:
        batch_op.create_index("ix_duplicate_mark_higher", ["higher_id"], unique=False)

    op.create_table(
        "funding_line",
        sa.Column("source", sa.String(length=30), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("instrument", sa.String(length=100), nullable=True),
        sa.Column("evidence", sa.String(length=300), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_funding_line_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_funding_line")),
    )
    with op.batch_alter_table("funding_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_funding_line_project_id"), ["project_id"], unique=False)

    op.create_table(
        "idempotent_answer",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_idempotent_answer_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotent_answer")),
    )
    with op.batch_alter_table("idempotent_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotent_answer_created_at"), ["created_at"], unique=False)

    op.create_table(
        "import_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=300), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("rejected_rows", sa.Text(), nullable=False),
        sa.Column("extra_cells", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["user_account.id"], name=op.f("fk_import_batch_actor_id_user_account")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_import_batch_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_batch_file_sha256"), ["file_sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_import_batch_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "information_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["user_account.id"], name=op.f("fk_information_request_answered_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["user_account.id"], name=op.f("fk_information_request_asked_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_information_request_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_information_request_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_information_request")),
    )
    with op.batch_alter_table("information_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_information_request_project_id"), ["project_id"], unique=False)

    op.create_table(
        "loan_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=30), nullable=False),
        sa.Column("is_approved", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("rate", sa.Float(), nullable=True),
        sa.Column("term_years", sa.Float(), nullable=True),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Integer(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "NOT is_approved OR (amount > 0 AND term_years > 0)", name=op.f("ck_loan_decision_approved_has_terms")
        ),
        sa.CheckConstraint("accepted_at IS NULL OR is_approved", name=op.f("ck_loan_decision_accepted_is_approved")),
        sa.ForeignKeyConstraint(
            ["accepted_by"], ["user_account.id"], name=op.f("fk_loan_decision_accepted_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_loan_decision_decided_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_loan_decision_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_loan_decision_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_decision")),
    )
    with op.batch_alter_table("loan_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_loan_decision_project_id"), ["project_id"], unique=False)

    op.create_table(
        "mail_address",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_mail_address_user_id_user_account")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_mail_address")),
    )
    op.create_table(
        "notice_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_delivery_notice_id_notice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_delivery")),
    )
    with op.batch_alter_table("notice_delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_delivery_notice_id"), ["notice_id"], unique=False)

    op.create_table(
        "notice_reading",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_reading_notice_id_notice")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_notice_reading_user_id_user_account")),
        sa.PrimaryKeyConstraint("notice_id", "user_id", name=op.f("pk_notice_reading")),
    )
    op.create_table(
        "pending_sign_in",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_pending_sign_in_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_sign_in")),
    )
    with op.batch_alter_table("pending_sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pending_sign_in_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_pending_sign_in_user_id"), ["user_id"], unique=False)

    op.create_table(
        "private_pack",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("pack_id", sa.String(length=80), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_private_pack_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["user_account.id"], name=op.f("fk_private_pack_uploaded_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_private_pack")),
    )
    with op.batch_alter_table("private_pack", schema=None) as batch_op:
        batch_op.create_index("ix_private_pack_organisation", ["organisation_id", "pack_id"], unique=False)

    op.create_table(
        "project_release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_project_release_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_release_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_release")),
        sa.UniqueConstraint("project_id", "organisation_id", name="uq_project_release"),
    )
    with op.batch_alter_table("project_release", schema=None) as batch_op:
        batch_op.create_index("ix_project_release_organisation", ["organisation_id", "project_id"], unique=False)

    op.create_table(
        "project_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user_account.id"], name=op.f("fk_project_revision_author_id_user_account")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_revision_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_revision")),
        sa.UniqueConstraint("project_id", "number", name="uq_project_revision_number"),
    )
    op.create_table(
        "recorded_judgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("pack_id", sa.String(length=60), nullable=False),
        sa.Column("pack_version", sa.String(length=40), nullable=False),
        sa.Column("rule_id", sa.String(length=80), nullable=False),
        sa.Column("is_met", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("person_name", sa.String(length=60), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user_account.id"], name=op.f("fk_recorded_judgement_person_id_user_account")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_recorded_judgement_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recorded_judgement")),
    )
    with op.batch_alter_table("recorded_judgement", schema=None) as batch_op:
        batch_op.create_index(
            "ix_recorded_judgement_rule", ["project_id", "pack_id", "pack_version", "rule_id"], unique=False
        )

    op.create_table(
        "recovery_code",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code_sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_recovery_code_user_id_user_account")),
        sa.PrimaryKeyConstraint("user_id", "code_sha256", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "second_factor",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_second_factor_user_id_user_account")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "uploaded_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("checklist_code", sa.String(length=20), nullable=True),
        sa.Column("uploaded_by", sa.Integer(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_uploaded_document_project_id_project")),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_uploaded_document_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["user_account.id"], name=op.f("fk_uploaded_document_uploaded_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploaded_document")),
    )
    with op.batch_alter_table("uploaded_document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_uploaded_document_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_uploaded_document_sha256"), ["sha256"], unique=False)

    op.create_table(
        "web_session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_web_session_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
    )
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_web_session_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_web_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "application_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("from_state", sa.String(length=20), nullable=False),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("revision_number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sections", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["user_account.id"], name=op.f("fk_application_event_actor_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_application_event_application_id_application")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_event")),
    )
    with op.batch_alter_table("application_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_application_event_application_id"), ["application_id"], unique=False)

    op.create_table(
        "assessment_verdict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("pack_id", sa.String(length=60), nullable=False),
        sa.Column("pack_version", sa.String(length=40), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("fail_count", sa.Integer(), nullable=False),
        sa.Column("unknown_count", sa.Integer(), nullable=False),
        sa.Column("judgement_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_assessment_verdict_assessment_id_assessment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_verdict")),
        sa.UniqueConstraint("assessment_id", "pack_id", name="uq_assessment_verdict"),
    )
    with op.batch_alter_table("assessment_verdict", schema=None) as batch_op:
        batch_op.create_index("ix_assessment_verdict_pack", ["pack_id", "verdict"], unique=False)

    op.create_table(
        "department_opinion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("department", sa.String(length=20), nullable=False),
        sa.Column("requested_by", sa.Integer(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_favourable", sa.Boolean(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("given_by", sa.Integer(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_department_opinion_application_id_application")
        ),
        sa.ForeignKeyConstraint(
            ["given_by"], ["user_account.id"], name=op.f("fk_department_opinion_given_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["user_account.id"], name=op.f("fk_department_opinion_requested_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_opinion")),
        sa.UniqueConstraint("application_id", "round", "level", "department", name="uq_department_opinion"),
    )
    op.create_table(
        "package_release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("revision_number", sa.Integer(), nullable=False),
        sa.Column("governing_date", sa.Date(), nullable=False),
        sa.Column("file_name", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("released_by", sa.Integer(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_package_release_assessment_id_assessment")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_package_release_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_package_release_project_id_project")),
        sa.ForeignKeyConstraint(
            ["released_by"], ["user_account.id"], name=op.f("fk_package_release_released_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_release")),
        sa.UniqueConstraint("project_id", "organisation_id", "content_sha256", name="uq_package_release"),
    )
    with op.batch_alter_table("package_release", schema=None) as batch_op:
        batch_op.create_index("ix_package_release_organisation", ["organisation_id", "project_id"], unique=False)

    op.create_table(
        "review_assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("assigned_by", sa.Integer(), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_review_assignment_application_id_application")
        ),
        sa.ForeignKeyConstraint(
            ["assigned_by"], ["user_account.id"], name=op.f("fk_review_assignment_assigned_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["user_account.id"], name=op.f("fk_review_assignment_reviewer_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_assignment")),
        sa.UniqueConstraint("application_id", "reviewer_id", name="uq_review_assignment"),
    )
    op.bulk_insert(sa.table("audit_head", sa.column("id"), sa.column("hash")), [{"id": 1, "hash": "0" * 64}])
    op.bulk_insert(sa.table("code_counter", sa.column("id"), sa.column("last")), [{"id": 1, "last": 0}])


def downgrade() -> None:
    op.drop_table("review_assignment")
    with op.batch_alter_table("package_release", schema=None) as batch_op:
        batch_op.drop_index("ix_package_release_organisation")

    op.drop_table("package_release")
    op.drop_table("department_opinion")
    with op.batch_alter_table("assessment_verdict", schema=None) as batch_op:
        batch_op.drop_index("ix_assessment_verdict_pack")

    op.drop_table("assessment_verdict")
    with op.batch_alter_table("application_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_application_event_application_id"))

    op.drop_table("application_event")
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_web_session_user_id"))
        batch_op.drop_index(batch_op.f("ix_web_session_expires_at"))

    op.drop_table("web_session")
    with op.batch_alter_table("uploaded_document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_uploaded_document_sha256"))
        batch_op.drop_index(batch_op.f("ix_uploaded_document_project_id"))

    op.drop_table("uploaded_document")
    op.drop_table("second_factor")
    op.drop_table("recovery_code")
    with op.batch_alter_table("recorded_judgement", schema=None) as batch_op:
        batch_op.drop_index("ix_recorded_judgement_rule")

    op.drop_table("recorded_judgement")
    op.drop_table("project_revision")
    with op.batch_alter_table("project_release", schema=None) as batch_op:
        batch_op.drop_index("ix_project_release_organisation")

    op.drop_table("project_release")
    with op.batch_alter_table("private_pack", schema=None) as batch_op:
        batch_op.drop_index("ix_private_pack_organisation")

    op.drop_table("private_pack")
    with op.batch_alter_table("pending_sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pending_sign_in_user_id"))
        batch_op.drop_index(batch_op.f("ix_pending_sign_in_expires_at"))

    op.drop_table("pending_sign_in")
    op.drop_table("notice_reading")
    with op.batch_alter_table("notice_delivery", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_delivery_notice_id"))

    op.drop_table("notice_delivery")
    op.drop_table("mail_address")
    with op.batch_alter_table("loan_decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_loan_decision_project_id"))

    op.drop_table("loan_decision")
    with op.batch_alter_table("information_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_information_request_project_id"))

    op.drop_table("information_request")
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_batch_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_import_batch_file_sha256"))

    op.drop_table("import_batch")
    with op.batch_alter_table("idempotent_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotent_answer_created_at"))

    op.drop_table("idempotent_answer")
    with op.batch_alter_table("funding_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_funding_line_project_id"))

    op.drop_table("funding_line")
    with op.batch_alter_table("duplicate_mark", schema=None) as batch_op:
        batch_op.drop_index("ix_duplicate_mark_higher")

    op.drop_table("duplicate_mark")
    with op.batch_alter_table("duplicate_key", schema=None) as batch_op:
        batch_op.drop_index("ix_duplicate_key_total_investment")
        batch_op.drop_index("ix_duplicate_key_place")
        batch_op.drop_index("ix_duplicate_key_name_core")
        batch_op.drop_index("ix_duplicate_key_credit_code")

    op.drop_table("duplicate_key")
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.drop_index("ix_comment_project")

    op.drop_table("comment")
    with op.batch_alter_table("checklist_document", schema=None) as batch_op:
        batch_op.drop_index("ix_checklist_document_sha256")
        batch_op.drop_index(batch_op.f("ix_checklist_document_project_id"))

    op.drop_table("checklist_document")
    with op.batch_alter_table("bank_interest", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bank_interest_organisation_id"))

    op.drop_table("bank_interest")
    op.drop_table("autosaved_draft")
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.drop_index("ix_assessment_latest")

    op.drop_table("assessment")
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_application_open", sqlite_where=sa.text("is_open = 1"), postgresql_where=sa.text("is_open")
        )
        batch_op.drop_index("ix_application_state")
        batch_op.drop_index(batch_op.f("ix_application_project_id"))

    op.drop_table("application")
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_token_user_id"))

    op.drop_table("api_token")
    op.drop_table("webhook")
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_account_organisation_id"))

    op.drop_table("user_account")
    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.drop_index("ix_project_owner_code")
        batch_op.drop_index(batch_op.f("ix_project_name"))
        batch_op.drop_index(batch_op.f("ix_project_import_key"))
        batch_op.drop_index(batch_op.f("ix_project_city_code"))
        batch_op.drop_index(batch_op.f("ix_project_approval_code"))

    op.drop_table("project")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index("ix_notice_organisation")

    op.drop_table("notice")
    op.drop_table("stored_file")
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_attempt_last_at"))

    op.drop_table("sign_in_attempt")
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_parent_id"))

    op.drop_table("organisation")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_state"))
        batch_op.drop_index(batch_op.f("ix_job_requested_by"))

    op.drop_table("job")
    op.drop_table("code_counter")
    op.drop_table("audit_head")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_subject"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_actor_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_action"))

    op.drop_table("audit_entry")
