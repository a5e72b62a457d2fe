"""The house: every table of the first journey, and the guards that live in the database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import guards

revision = "2026_11_22_0900"
down_revision = None
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
APPEND_ONLY = (
    "areas",
    "audit_entries",
    "blueprints",
    "certificate_documents",
    "check_ins",
    "competences",
    "credential_status_changes",
    "credentials",
    "decisions",
    "enemy_pairs",
    "form_items",
    "forms",
    "frameworks",
    "item_reviews",
    "item_standing_changes",
    "item_versions",
    "items",
    "job_roles",
    "participations",
    "receipts",
    "results",
    "role_levels",
)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("closed_at", UTC, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("email", name=op.f("uq_accounts_email")),
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("created_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("slug", name=op.f("uq_organisations_slug")),
    )
    op.create_table(
        "revoked_tokens",
        sa.Column("token_id", sa.Text(), nullable=False),
        sa.Column("expires_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_revoked_tokens")),
    )
    op.create_index(op.f("ix_revoked_tokens_expires_at"), "revoked_tokens", ["expires_at"], unique=False)
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("entry_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_audit_entries_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("organisation_id", "sequence", name=op.f("uq_audit_entries_organisation_id_sequence")),
    )
    op.create_index(op.f("ix_audit_entries_organisation_id"), "audit_entries", ["organisation_id"], unique=False)
    op.create_table(
        "audit_heads",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("entry_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_audit_heads_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_audit_heads")),
    )
    op.create_table(
        "frameworks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("level_statement", sa.Text(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("document_hash", sa.Text(), nullable=False),
        sa.Column("imported_at", UTC, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_frameworks_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frameworks")),
        sa.UniqueConstraint(
            "organisation_id", "code", "version", name=op.f("uq_frameworks_organisation_id_code_version")
        ),
    )
    op.create_index(op.f("ix_frameworks_organisation_id"), "frameworks", ["organisation_id"], unique=False)
    op.create_table(
        "issuers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("created_at", UTC, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_issuers_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuers")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_issuers_organisation_id")),
    )
    op.create_index(op.f("ix_issuers_organisation_id"), "issuers", ["organisation_id"], unique=False)
    op.create_table(
        "memberships",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("granted_at", UTC, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_memberships_account_id_accounts")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_memberships_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint(
            "organisation_id", "account_id", "role", name=op.f("uq_memberships_organisation_id_account_id_role")
        ),
    )
    op.create_index(op.f("ix_memberships_account_id"), "memberships", ["account_id"], unique=False)
    op.create_index(op.f("ix_memberships_organisation_id"), "memberships", ["organisation_id"], unique=False)
    op.create_table(
        "schemes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_schemes_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schemes")),
        sa.UniqueConstraint("organisation_id", "code", name=op.f("uq_schemes_organisation_id_code")),
    )
    op.create_index(op.f("ix_schemes_organisation_id"), "schemes", ["organisation_id"], unique=False)
    op.create_table(
        "areas",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("provenance", JSON, nullable=False),
        sa.ForeignKeyConstraint(["framework_id"], ["frameworks.id"], name=op.f("fk_areas_framework_id_frameworks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_areas")),
        sa.UniqueConstraint("framework_id", "code", name=op.f("uq_areas_framework_id_code")),
    )
    op.create_table(
        "items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.ForeignKeyConstraint(["framework_id"], ["frameworks.id"], name=op.f("fk_items_framework_id_frameworks")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_items_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sa.UniqueConstraint("organisation_id", "code", name=op.f("uq_items_organisation_id_code")),
    )
    op.create_index(op.f("ix_items_framework_id"), "items", ["framework_id"], unique=False)
    op.create_index(op.f("ix_items_organisation_id"), "items", ["organisation_id"], unique=False)
    op.create_table(
        "job_roles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("life_cycle_phase", sa.Text(), nullable=True),
        sa.Column("prerequisites", JSON, nullable=False),
        sa.Column("provenance", JSON, nullable=False),
        sa.ForeignKeyConstraint(["framework_id"], ["frameworks.id"], name=op.f("fk_job_roles_framework_id_frameworks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_roles")),
        sa.UniqueConstraint("framework_id", "code", name=op.f("uq_job_roles_framework_id_code")),
    )
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("certificate_pem", sa.Text(), nullable=False),
        sa.Column("root_pem", sa.Text(), nullable=False),
        sa.Column("valid_from", UTC, nullable=False),
        sa.Column("valid_until", UTC, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("retired_at", UTC, nullable=True),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_signing_keys_issuer_id_issuers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_keys")),
        sa.UniqueConstraint("issuer_id", "kid", name=op.f("uq_signing_keys_issuer_id_kid")),
    )
    op.create_table(
        "competences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("basis", JSON, nullable=False),
        sa.Column("provenance", JSON, nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_competences_area_id_areas")),
        sa.ForeignKeyConstraint(
            ["framework_id"], ["frameworks.id"], name=op.f("fk_competences_framework_id_frameworks")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competences")),
        sa.UniqueConstraint("framework_id", "code", name=op.f("uq_competences_framework_id_code")),
    )
    op.create_index(op.f("ix_competences_area_id"), "competences", ["area_id"], unique=False)
    op.create_table(
        "credentials",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("signing_key_id", sa.Uuid(), nullable=False),
        sa.Column("award_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("snapshot", JSON, nullable=False),
        sa.Column("snapshot_hash", sa.Text(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("issued_at", UTC, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["holder_id"], ["accounts.id"], name=op.f("fk_credentials_holder_id_accounts")),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_credentials_issuer_id_issuers")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_credentials_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["signing_key_id"], ["signing_keys.id"], name=op.f("fk_credentials_signing_key_id_signing_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credentials")),
        sa.UniqueConstraint("award_id", name=op.f("uq_credentials_award_id")),
        sa.UniqueConstraint("code", name=op.f("uq_credentials_code")),
    )
    op.create_index(op.f("ix_credentials_holder_id"), "credentials", ["holder_id"], unique=False)
    op.create_index(op.f("ix_credentials_issuer_id"), "credentials", ["issuer_id"], unique=False)
    op.create_index(op.f("ix_credentials_organisation_id"), "credentials", ["organisation_id"], unique=False)
    op.create_table(
        "enemy_pairs",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("enemy_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("item_id < enemy_id", name=op.f("ck_enemy_pairs_ordered")),
        sa.ForeignKeyConstraint(["enemy_id"], ["items.id"], name=op.f("fk_enemy_pairs_enemy_id_items")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_enemy_pairs_item_id_items")),
        sa.PrimaryKeyConstraint("item_id", "enemy_id", name=op.f("pk_enemy_pairs")),
    )
    op.create_index(op.f("ix_enemy_pairs_enemy_id"), "enemy_pairs", ["enemy_id"], unique=False)
    op.create_table(
        "scheme_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column("job_role_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("parts", JSON, nullable=False),
        sa.Column("rules", JSON, nullable=False),
        sa.Column("rules_hash", sa.Text(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("published_at", UTC, nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", UTC, nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawal_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name=op.f("ck_scheme_versions_withdrawn_at_a_time")
        ),
        sa.CheckConstraint(
            "state <> 'published' OR published_at IS NOT NULL", name=op.f("ck_scheme_versions_published_at_a_time")
        ),
        sa.ForeignKeyConstraint(
            ["framework_id"], ["frameworks.id"], name=op.f("fk_scheme_versions_framework_id_frameworks")
        ),
        sa.ForeignKeyConstraint(
            ["job_role_id"], ["job_roles.id"], name=op.f("fk_scheme_versions_job_role_id_job_roles")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_scheme_versions_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["published_by"], ["accounts.id"], name=op.f("fk_scheme_versions_published_by_accounts")
        ),
        sa.ForeignKeyConstraint(["scheme_id"], ["schemes.id"], name=op.f("fk_scheme_versions_scheme_id_schemes")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["accounts.id"], name=op.f("fk_scheme_versions_withdrawn_by_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheme_versions")),
        sa.UniqueConstraint("scheme_id", "number", name=op.f("uq_scheme_versions_scheme_id_number")),
    )
    op.create_index(op.f("ix_scheme_versions_organisation_id"), "scheme_versions", ["organisation_id"], unique=False)
    op.create_table(
        "blueprints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("scheme_version_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cells", JSON, nullable=False),
        sa.Column("time_limit_seconds", sa.Integer(), nullable=False),
        sa.Column("difficulty_target", sa.Text(), nullable=False),
        sa.Column("difficulty_tolerance", sa.Text(), nullable=False),
        sa.Column("blueprint_hash", sa.Text(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.CheckConstraint("time_limit_seconds > 0", name=op.f("ck_blueprints_takes_time")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_blueprints_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["scheme_version_id"], ["scheme_versions.id"], name=op.f("fk_blueprints_scheme_version_id_scheme_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blueprints")),
        sa.UniqueConstraint("scheme_version_id", "number", name=op.f("uq_blueprints_scheme_version_id_number")),
    )
    op.create_index(op.f("ix_blueprints_organisation_id"), "blueprints", ["organisation_id"], unique=False)
    op.create_table(
        "certificate_documents",
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("pdf_sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credentials.id"], name=op.f("fk_certificate_documents_credential_id_credentials")
        ),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_certificate_documents")),
    )
    op.create_table(
        "credential_status_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason_class", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "status IN ('revoked', 'suspended', 'reinstated')", name=op.f("ck_credential_status_changes_status")
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["accounts.id"], name=op.f("fk_credential_status_changes_actor_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credentials.id"], name=op.f("fk_credential_status_changes_credential_id_credentials")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential_status_changes")),
        sa.UniqueConstraint("credential_id", "number", name=op.f("uq_credential_status_changes_credential_id_number")),
    )
    op.create_table(
        "item_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("competence_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("cognitive", sa.Text(), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("expected_difficulty", sa.Text(), nullable=False),
        sa.Column("expected_seconds", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.CheckConstraint("expected_seconds > 0", name=op.f("ck_item_versions_takes_time")),
        sa.CheckConstraint("level BETWEEN 1 AND 8", name=op.f("ck_item_versions_level_is_eqf")),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.id"], name=op.f("fk_item_versions_author_id_accounts")),
        sa.ForeignKeyConstraint(
            ["competence_id"], ["competences.id"], name=op.f("fk_item_versions_competence_id_competences")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_item_versions_item_id_items")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_versions")),
        sa.UniqueConstraint("id", "author_id", name=op.f("uq_item_versions_id_author_id")),
        sa.UniqueConstraint("item_id", "number", name=op.f("uq_item_versions_item_id_number")),
    )
    op.create_index(op.f("ix_item_versions_competence_id"), "item_versions", ["competence_id"], unique=False)
    op.create_table(
        "role_levels",
        sa.Column("job_role_id", sa.Uuid(), nullable=False),
        sa.Column("competence_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 8", name=op.f("ck_role_levels_level_is_eqf")),
        sa.ForeignKeyConstraint(
            ["competence_id"], ["competences.id"], name=op.f("fk_role_levels_competence_id_competences")
        ),
        sa.ForeignKeyConstraint(["job_role_id"], ["job_roles.id"], name=op.f("fk_role_levels_job_role_id_job_roles")),
        sa.PrimaryKeyConstraint("job_role_id", "competence_id", name=op.f("pk_role_levels")),
    )
    op.create_index(op.f("ix_role_levels_competence_id"), "role_levels", ["competence_id"], unique=False)
    op.create_table(
        "forms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("blueprint_id", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("pool_hash", sa.Text(), nullable=False),
        sa.Column("form_hash", sa.Text(), nullable=False),
        sa.Column("difficulty", sa.Text(), nullable=False),
        sa.Column("report", JSON, nullable=False),
        sa.Column("assembled_at", UTC, nullable=False),
        sa.Column("assembled_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["assembled_by"], ["accounts.id"], name=op.f("fk_forms_assembled_by_accounts")),
        sa.ForeignKeyConstraint(["blueprint_id"], ["blueprints.id"], name=op.f("fk_forms_blueprint_id_blueprints")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_forms_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forms")),
        sa.UniqueConstraint("blueprint_id", "seed", "pool_hash", name=op.f("uq_forms_blueprint_id_seed_pool_hash")),
    )
    op.create_index(op.f("ix_forms_blueprint_id"), "forms", ["blueprint_id"], unique=False)
    op.create_index(op.f("ix_forms_organisation_id"), "forms", ["organisation_id"], unique=False)
    op.create_table(
        "item_reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.CheckConstraint("reviewer_id <> author_id", name=op.f("ck_item_reviews_two_persons")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["accounts.id"], name=op.f("fk_item_reviews_reviewer_id_accounts")),
        sa.ForeignKeyConstraint(
            ["version_id", "author_id"],
            ["item_versions.id", "item_versions.author_id"],
            name=op.f("fk_item_reviews_version_id_author_id_item_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_reviews")),
    )
    op.create_index(op.f("ix_item_reviews_version_id"), "item_reviews", ["version_id"], unique=False)
    op.create_table(
        "item_standing_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["accounts.id"], name=op.f("fk_item_standing_changes_actor_id_accounts")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_versions.id"], name=op.f("fk_item_standing_changes_version_id_item_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_standing_changes")),
    )
    op.create_index(op.f("ix_item_standing_changes_version_id"), "item_standing_changes", ["version_id"], unique=False)
    op.create_table(
        "item_standings",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", UTC, nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_item_standings_item_id_items")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_versions.id"], name=op.f("fk_item_standings_version_id_item_versions")
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_item_standings")),
    )
    op.create_index(op.f("ix_item_standings_item_id"), "item_standings", ["item_id"], unique=False)
    op.create_index(op.f("ix_item_standings_state"), "item_standings", ["state"], unique=False)
    op.create_index(
        "uq_item_standings_live",
        "item_standings",
        ["item_id"],
        unique=True,
        sqlite_where=sa.text("state = 'live'"),
        postgresql_where=sa.text("state = 'live'"),
    )
    op.create_table(
        "form_items",
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item_version_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["forms.id"], name=op.f("fk_form_items_form_id_forms")),
        sa.ForeignKeyConstraint(
            ["item_version_id"], ["item_versions.id"], name=op.f("fk_form_items_item_version_id_item_versions")
        ),
        sa.PrimaryKeyConstraint("form_id", "position", name=op.f("pk_form_items")),
        sa.UniqueConstraint("form_id", "item_version_id", name=op.f("uq_form_items_form_id_item_version_id")),
    )
    op.create_index(op.f("ix_form_items_item_version_id"), "form_items", ["item_version_id"], unique=False)
    op.create_table(
        "sittings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("start_from", UTC, nullable=False),
        sa.Column("start_by", UTC, nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("closed_at", UTC, nullable=True),
        sa.CheckConstraint("start_from < start_by", name=op.f("ck_sittings_window")),
        sa.ForeignKeyConstraint(["form_id"], ["forms.id"], name=op.f("fk_sittings_form_id_forms")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_sittings_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sittings")),
    )
    op.create_index(op.f("ix_sittings_form_id"), "sittings", ["form_id"], unique=False)
    op.create_index(op.f("ix_sittings_organisation_id"), "sittings", ["organisation_id"], unique=False)
    op.create_table(
        "bookings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_name", sa.Text(), nullable=False),
        sa.Column("booked_at", UTC, nullable=False),
        sa.Column("withdrawn_at", UTC, nullable=True),
        sa.ForeignKeyConstraint(["candidate_id"], ["accounts.id"], name=op.f("fk_bookings_candidate_id_accounts")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_bookings_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["sitting_id"], ["sittings.id"], name=op.f("fk_bookings_sitting_id_sittings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
        sa.UniqueConstraint("sitting_id", "candidate_id", name=op.f("uq_bookings_sitting_id_candidate_id")),
    )
    op.create_index(op.f("ix_bookings_candidate_id"), "bookings", ["candidate_id"], unique=False)
    op.create_index(op.f("ix_bookings_organisation_id"), "bookings", ["organisation_id"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("paper", JSON, nullable=False),
        sa.Column("paper_hash", sa.Text(), nullable=False),
        sa.Column("slot_count", sa.Integer(), nullable=False),
        sa.Column("time_limit_seconds", sa.Integer(), nullable=False),
        sa.Column("arrived_at", UTC, nullable=False),
        sa.Column("admitted_at", UTC, nullable=True),
        sa.Column("started_at", UTC, nullable=True),
        sa.Column("deadline_at", UTC, nullable=True),
        sa.Column("ended_at", UTC, nullable=True),
        sa.CheckConstraint(
            "state <> 'in_progress' OR deadline_at IS NOT NULL", name=op.f("ck_attempts_progress_needs_deadline")
        ),
        sa.CheckConstraint(
            "state IN ('awaiting', 'in_progress', 'submitted', 'timed_out', 'terminated', 'expired')",
            name=op.f("ck_attempts_state"),
        ),
        sa.CheckConstraint(
            "deadline_at IS NULL OR started_at IS NOT NULL", name=op.f("ck_attempts_deadline_needs_start")
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_attempts_booking_id_bookings")),
        sa.ForeignKeyConstraint(["candidate_id"], ["accounts.id"], name=op.f("fk_attempts_candidate_id_accounts")),
        sa.ForeignKeyConstraint(["form_id"], ["forms.id"], name=op.f("fk_attempts_form_id_forms")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_attempts_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_attempts_booking_id")),
    )
    op.create_index(op.f("ix_attempts_organisation_id"), "attempts", ["organisation_id"], unique=False)
    op.create_index("ix_attempts_state_deadline", "attempts", ["state", "deadline_at"], unique=False)
    op.create_index(
        "uq_attempts_live",
        "attempts",
        ["candidate_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('awaiting', 'in_progress')"),
        postgresql_where=sa.text("state IN ('awaiting', 'in_progress')"),
    )
    op.create_table(
        "check_ins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("proctor_id", sa.Uuid(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("checked_at", UTC, nullable=False),
        sa.CheckConstraint(
            "method IN ('identity_card', 'passport', 'residence_permit', 'known_in_person')",
            name=op.f("ck_check_ins_method"),
        ),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_check_ins_attempt_id_attempts")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_check_ins_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["proctor_id"], ["accounts.id"], name=op.f("fk_check_ins_proctor_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_ins")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_check_ins_attempt_id")),
    )
    op.create_index(op.f("ix_check_ins_organisation_id"), "check_ins", ["organisation_id"], unique=False)
    op.create_table(
        "participations",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("since", UTC, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_participations_account_id_accounts")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_participations_attempt_id_attempts")),
        sa.PrimaryKeyConstraint("attempt_id", "account_id", "part", name=op.f("pk_participations")),
    )
    op.create_table(
        "receipts",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("form_hash", sa.Text(), nullable=False),
        sa.Column("paper_hash", sa.Text(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=False),
        sa.Column("ended_at", UTC, nullable=False),
        sa.Column("answered_count", sa.Integer(), nullable=False),
        sa.Column("responses", JSON, nullable=False),
        sa.Column("receipt_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_receipts_attempt_id_attempts")),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_receipts")),
    )
    op.create_table(
        "responses",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("save_id", sa.Text(), nullable=False),
        sa.Column("value", JSON, nullable=False),
        sa.Column("value_hash", sa.Text(), nullable=False),
        sa.Column("received_at", UTC, nullable=False),
        sa.CheckConstraint("revision BETWEEN 1 AND 1000", name=op.f("ck_responses_counted_from_one")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_responses_attempt_id_attempts")),
        sa.PrimaryKeyConstraint("attempt_id", "slot", "revision", name=op.f("pk_responses")),
    )
    op.create_table(
        "results",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("inputs", JSON, nullable=False),
        sa.Column("marks", JSON, nullable=False),
        sa.Column("score", sa.Text(), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("areas", JSON, nullable=False),
        sa.Column("competences", JSON, nullable=False),
        sa.Column("rules_met", JSON, nullable=False),
        sa.Column("deciding_cuts", JSON, nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("borderline", sa.Boolean(), nullable=False),
        sa.Column("scored_at", UTC, nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_results_attempt_id_attempts")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_results_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results")),
        sa.UniqueConstraint("attempt_id", "number", name=op.f("uq_results_attempt_id_number")),
        sa.UniqueConstraint("id", "attempt_id", name=op.f("uq_results_id_attempt_id")),
    )
    op.create_index(op.f("ix_results_organisation_id"), "results", ["organisation_id"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("result_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", JSON, nullable=False),
        sa.Column("evidence_hash", sa.Text(), nullable=False),
        sa.Column("decided_at", UTC, nullable=False),
        sa.CheckConstraint("outcome IN ('granted', 'refused')", name=op.f("ck_decisions_outcome")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_decisions_attempt_id_attempts")),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name=op.f("fk_decisions_decided_by_accounts")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_decisions_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["result_id", "attempt_id"],
            ["results.id", "results.attempt_id"],
            name=op.f("fk_decisions_result_id_attempt_id_results"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_decisions_attempt_id")),
        sa.UniqueConstraint("result_id", name=op.f("uq_decisions_result_id")),
    )
    op.create_index(op.f("ix_decisions_organisation_id"), "decisions", ["organisation_id"], unique=False)
    guards.make_functions()
    for table in APPEND_ONLY:
        guards.refuse_rewrites(table)
    guards.refuse_rewrites_of_responses()
    guards.refuse_unfit_decisions()
    guards.freeze_published_schemes()
    guards.freeze_attempts()
    guards.freeze_places()


def downgrade() -> None:
    op.drop_index(op.f("ix_decisions_organisation_id"), table_name="decisions")
    op.drop_table("decisions")
    op.drop_index(op.f("ix_results_organisation_id"), table_name="results")
    op.drop_table("results")
    op.drop_table("responses")
    op.drop_table("receipts")
    op.drop_table("participations")
    op.drop_index(op.f("ix_check_ins_organisation_id"), table_name="check_ins")
    op.drop_table("check_ins")
    op.drop_index(
        "uq_attempts_live",
        table_name="attempts",
        sqlite_where=sa.text("state IN ('awaiting', 'in_progress')"),
        postgresql_where=sa.text("state IN ('awaiting', 'in_progress')"),
    )
    op.drop_index("ix_attempts_state_deadline", table_name="attempts")
    op.drop_index(op.f("ix_attempts_organisation_id"), table_name="attempts")
    op.drop_table("attempts")
    op.drop_index(op.f("ix_bookings_organisation_id"), table_name="bookings")
    op.drop_index(op.f("ix_bookings_candidate_id"), table_name="bookings")
    op.drop_table("bookings")
    op.drop_index(op.f("ix_sittings_organisation_id"), table_name="sittings")
    op.drop_index(op.f("ix_sittings_form_id"), table_name="sittings")
    op.drop_table("sittings")
    op.drop_index(op.f("ix_form_items_item_version_id"), table_name="form_items")
    op.drop_table("form_items")
    op.drop_index(
        "uq_item_standings_live",
        table_name="item_standings",
        sqlite_where=sa.text("state = 'live'"),
        postgresql_where=sa.text("state = 'live'"),
    )
    op.drop_index(op.f("ix_item_standings_state"), table_name="item_standings")
    op.drop_index(op.f("ix_item_standings_item_id"), table_name="item_standings")
    op.drop_table("item_standings")
    op.drop_index(op.f("ix_item_standing_changes_version_id"), table_name="item_standing_changes")
    op.drop_table("item_standing_changes")
    op.drop_index(op.f("ix_item_reviews_version_id"), table_name="item_reviews")
    op.drop_table("item_reviews")
    op.drop_index(op.f("ix_forms_organisation_id"), table_name="forms")
    op.drop_index(op.f("ix_forms_blueprint_id"), table_name="forms")
    op.drop_table("forms")
    op.drop_index(op.f("ix_role_levels_competence_id"), table_name="role_levels")
    op.drop_table("role_levels")
    op.drop_index(op.f("ix_item_versions_competence_id"), table_name="item_versions")
    op.drop_table("item_versions")
    op.drop_table("credential_status_changes")
    op.drop_table("certificate_documents")
    op.drop_index(op.f("ix_blueprints_organisation_id"), table_name="blueprints")
    op.drop_table("blueprints")
    op.drop_index(op.f("ix_scheme_versions_organisation_id"), table_name="scheme_versions")
    op.drop_table("scheme_versions")
    op.drop_index(op.f("ix_enemy_pairs_enemy_id"), table_name="enemy_pairs")
    op.drop_table("enemy_pairs")
    op.drop_index(op.f("ix_credentials_organisation_id"), table_name="credentials")
    op.drop_index(op.f("ix_credentials_issuer_id"), table_name="credentials")
    op.drop_index(op.f("ix_credentials_holder_id"), table_name="credentials")
    op.drop_table("credentials")
    op.drop_index(op.f("ix_competences_area_id"), table_name="competences")
    op.drop_table("competences")
    op.drop_table("signing_keys")
    op.drop_table("job_roles")
    op.drop_index(op.f("ix_items_organisation_id"), table_name="items")
    op.drop_index(op.f("ix_items_framework_id"), table_name="items")
    op.drop_table("items")
    op.drop_table("areas")
    op.drop_index(op.f("ix_schemes_organisation_id"), table_name="schemes")
    op.drop_table("schemes")
    op.drop_index(op.f("ix_memberships_organisation_id"), table_name="memberships")
    op.drop_index(op.f("ix_memberships_account_id"), table_name="memberships")
    op.drop_table("memberships")
    op.drop_index(op.f("ix_issuers_organisation_id"), table_name="issuers")
    op.drop_table("issuers")
    op.drop_index(op.f("ix_frameworks_organisation_id"), table_name="frameworks")
    op.drop_table("frameworks")
    op.drop_table("audit_heads")
    op.drop_index(op.f("ix_audit_entries_organisation_id"), table_name="audit_entries")
    op.drop_table("audit_entries")
    op.drop_index(op.f("ix_revoked_tokens_expires_at"), table_name="revoked_tokens")
    op.drop_table("revoked_tokens")
    op.drop_table("organisations")
    op.drop_table("accounts")
    guards.drop_functions()
