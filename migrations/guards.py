"""Guards that live in the database itself, in the dialect of each.

Append-only tables, deciders who took no part in the exam, and scheme versions that are frozen once published.
"""

from __future__ import annotations

from alembic import op

_REFUSE_FUNCTION = """
CREATE FUNCTION refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
_UNINVOLVED_FUNCTION = """
CREATE FUNCTION refuse_involved_decider() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM participations p
               WHERE p.attempt_id = NEW.attempt_id AND p.account_id = NEW.decided_by) THEN
        RAISE EXCEPTION 'decider took part in the exam' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$
"""

_FROZEN_FUNCTION = """
CREATE FUNCTION refuse_scheme_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published scheme version is frozen: % refused', TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
SCHEME_VERSION_CONTENT = (
    "id",
    "organisation_id",
    "scheme_id",
    "number",
    "framework_id",
    "job_role_id",
    "parts",
    "rules",
    "rules_hash",
    "created_at",
    "published_at",
    "published_by",
)
"""What a withdrawal leaves as it is; a test compares it with the model."""


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def make_functions() -> None:
    """Create what the triggers call; SQLite writes it into each trigger instead."""
    if _is_postgresql():
        op.execute(_REFUSE_FUNCTION)
        op.execute(_UNINVOLVED_FUNCTION)
        op.execute(_FROZEN_FUNCTION)


def drop_functions() -> None:
    """Undo :func:`make_functions`."""
    if _is_postgresql():
        op.execute("DROP FUNCTION refuse_scheme_edit()")
        op.execute("DROP FUNCTION refuse_involved_decider()")
        op.execute("DROP FUNCTION refuse_rewrite()")


def refuse_rewrites(table: str) -> None:
    """Make a table append-only: the database refuses UPDATE, DELETE and (PostgreSQL) TRUNCATE."""
    if _is_postgresql():
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table} is append-only: {verb} refused'); END"
        )


def refuse_involved_deciders() -> None:
    """Make the database refuse a decision by anybody who took part in the attempt."""
    if _is_postgresql():
        op.execute(
            "CREATE TRIGGER decisions_uninvolved BEFORE INSERT ON decisions"
            " FOR EACH ROW EXECUTE FUNCTION refuse_involved_decider()"
        )
        return
    op.execute(
        "CREATE TRIGGER decisions_uninvolved BEFORE INSERT ON decisions"
        " WHEN EXISTS (SELECT 1 FROM participations p"
        "              WHERE p.attempt_id = NEW.attempt_id AND p.account_id = NEW.decided_by)"
        " BEGIN SELECT RAISE(ABORT, 'decider took part in the exam'); END"
    )


def freeze_published_schemes() -> None:
    """Make the database refuse every change to a scheme version that is no draft, but the withdrawal of a published one."""
    old, new = (", ".join(f"{row}.{column}" for column in SCHEME_VERSION_CONTENT) for row in ("OLD", "NEW"))
    differs = "IS DISTINCT FROM" if _is_postgresql() else "IS NOT"
    edited = f"OLD.state <> 'published' OR NEW.state <> 'withdrawn' OR ({old}) {differs} ({new})"
    for verb, when in (("UPDATE", f"OLD.state <> 'draft' AND ({edited})"), ("DELETE", "OLD.state <> 'draft'")):
        refusal = (
            "EXECUTE FUNCTION refuse_scheme_edit()"
            if _is_postgresql()
            else f"BEGIN SELECT RAISE(ABORT, 'a published scheme version is frozen: {verb} refused'); END"
        )
        op.execute(
            f"CREATE TRIGGER scheme_versions_refuse_{verb.lower()} BEFORE {verb} ON scheme_versions"
            f" FOR EACH ROW WHEN ({when}) {refusal}"
        )
    if _is_postgresql():
        op.execute(
            "CREATE TRIGGER scheme_versions_no_truncate BEFORE TRUNCATE ON scheme_versions"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_scheme_edit()"
        )
