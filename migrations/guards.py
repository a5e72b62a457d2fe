"""Guards that live in the database itself, in the dialect of each: what the code above promises, it cannot break.

Append-only tables, deciders who took no part in the exam, facts that are frozen once they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from alembic import op

# The search path is fixed, so that nobody's temporary table stands in for a real one.
_REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%: % refused', TG_ARGV[0], TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
_UNFIT_DECISIONS = (
    (
        "decider took part in the exam",
        "EXISTS (SELECT 1 FROM participations p WHERE p.attempt_id = NEW.attempt_id AND p.account_id = NEW.decided_by)",
    ),
    (
        "the rules are not met, so nothing can be granted",
        "NEW.outcome = 'granted' AND NOT EXISTS (SELECT 1 FROM results r WHERE r.id = NEW.result_id AND r.passed)",
    ),
)
_DECIDED_BEFORE = (
    "whoever decided on an exam cannot take part in it afterwards",
    "EXISTS (SELECT 1 FROM decisions d WHERE d.attempt_id = NEW.attempt_id AND d.decided_by = NEW.account_id)",
)
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
ATTEMPT_FACTS = (
    *("id", "organisation_id", "booking_id", "candidate_id", "form_id"),
    *("paper", "paper_hash", "slot_count", "time_limit_seconds", "arrived_at"),
)
ATTEMPT_MOMENTS = ("admitted_at", "started_at", "deadline_at", "ended_at")
ATTEMPT_ENDS = ("submitted", "timed_out", "terminated", "expired")
BOOKING_FACTS = ("id", "organisation_id", "sitting_id", "candidate_id", "candidate_name", "booked_at")
SITTING_FACTS = ("id", "organisation_id", "form_id", "created_at")
SITTING_ENDS = ("closed", "cancelled")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def make_functions() -> None:
    """Create what the triggers call; SQLite writes it into each trigger instead."""
    if _is_postgresql():
        op.execute(_REFUSE)


def drop_functions() -> None:
    """Undo :func:`make_functions`, and drop what the guards on rows made."""
    if _is_postgresql():
        for name in ("refuse_unfit_decision", "refuse_late_participant", "refuse"):
            op.execute(f"DROP FUNCTION IF EXISTS {name}()")


def refuse_rewrites(table: str, keys: Iterable[Sequence[str]] = ()) -> None:
    """Make a table append-only: UPDATE, DELETE and (PostgreSQL) TRUNCATE are refused.

    Args:
        keys: the columns of every unique key. SQLite's REPLACE deletes what stands in its way without firing DELETE
            triggers unless a connection asks for them, so an insert onto a key that is taken is refused as well.
    """
    message = f"{table} is append-only"
    _refuse_when(table, "append_only", "UPDATE", message)
    _refuse_when(table, "append_only", "DELETE", message)
    _refuse_truncating(table, message)
    if not _is_postgresql():
        for number, columns in enumerate(keys):
            taken = " AND ".join(f"t.{column} = NEW.{column}" for column in columns)
            _refuse_when(
                table, f"unique_{number}", "INSERT", message, f"EXISTS (SELECT 1 FROM {table} t WHERE {taken})"
            )


def skip_replacing(table: str, columns: Sequence[str]) -> None:
    """Make an insert onto a taken key do nothing on SQLite, which is what the journal's statement asks for."""
    if not _is_postgresql():
        taken = " AND ".join(f"t.{column} = NEW.{column}" for column in columns)
        op.execute(
            f"CREATE TRIGGER {table}_skip_taken BEFORE INSERT ON {table}"
            f" WHEN EXISTS (SELECT 1 FROM {table} t WHERE {taken}) BEGIN SELECT RAISE(IGNORE); END"
        )


def refuse_unfit_decisions() -> None:
    """Refuse a decision by anybody who took part, a grant against the rules, and taking part after deciding."""
    if _is_postgresql():
        _refuse_rows_by_query("decisions", "refuse_unfit_decision", _UNFIT_DECISIONS)
        _refuse_rows_by_query("participations", "refuse_late_participant", (_DECIDED_BEFORE,))
        return
    for number, (message, condition) in enumerate(_UNFIT_DECISIONS):
        _refuse_when("decisions", f"unfit_{number}", "INSERT", message, condition)
    _refuse_when("participations", "late", "INSERT", *_DECIDED_BEFORE)


def freeze_published_schemes() -> None:
    """Refuse every change to a scheme version that is no draft, but the withdrawal of a published one."""
    message = "a published scheme version is frozen"
    edited = f"OLD.state <> 'published' OR NEW.state <> 'withdrawn' OR {_differs(SCHEME_VERSION_CONTENT)}"
    _refuse_when("scheme_versions", "frozen", "UPDATE", message, f"OLD.state <> 'draft' AND ({edited})")
    _refuse_when("scheme_versions", "frozen", "DELETE", message, "OLD.state <> 'draft'")
    _refuse_truncating("scheme_versions", message)


def freeze_attempts() -> None:
    """Refuse to change what an attempt is, a moment that stands, or its end."""
    moments = " OR ".join(f"(OLD.{column} IS NOT NULL AND {_differs([column])})" for column in ATTEMPT_MOMENTS)
    reopened = f"OLD.state IN ({_quoted(ATTEMPT_ENDS)}) AND NEW.state <> OLD.state"
    changed = f"{_differs(ATTEMPT_FACTS)} OR {moments} OR ({reopened})"
    _refuse_when("attempts", "frozen", "UPDATE", "an attempt keeps what it is, its moments and its end", changed)
    _refuse_when("attempts", "kept", "DELETE", "an attempt is kept")


def freeze_places() -> None:
    """Refuse to change whom a booking is for, what a sitting sits, or anything of a sitting that is over."""
    _refuse_when("bookings", "frozen", "UPDATE", "a booking keeps its candidate and name", _differs(BOOKING_FACTS))
    over = f"OLD.state IN ({_quoted(SITTING_ENDS)})"
    _refuse_when("sittings", "frozen", "UPDATE", "a sitting keeps its form", f"{over} OR {_differs(SITTING_FACTS)}")
    for table in ("bookings", "sittings"):
        _refuse_when(table, "kept", "DELETE", f"{table} are kept")


def _refuse_when(table: str, name: str, verb: str, message: str, condition: str = "") -> None:
    """Refuse one verb on a table where a condition on the row holds."""
    when = f" WHEN ({condition})" if condition else ""
    refusal = (
        f"EXECUTE FUNCTION refuse('{message}')"
        if _is_postgresql()
        else f"BEGIN SELECT RAISE(ABORT, '{message}: {verb} refused'); END"
    )
    op.execute(f"CREATE TRIGGER {table}_{name}_{verb.lower()} BEFORE {verb} ON {table} FOR EACH ROW{when} {refusal}")


def _refuse_truncating(table: str, message: str) -> None:
    if _is_postgresql():
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION refuse('{message}')"
        )


def _refuse_rows_by_query(table: str, function: str, refusals: Iterable[tuple[str, str]]) -> None:
    """PostgreSQL allows no query in a trigger's condition, so it stands in a function of its own."""
    checks = "".join(
        f" IF {condition} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
        for message, condition in refusals
    )
    op.execute(
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$"
        f" BEGIN{checks} RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {table}_fit BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()")


def _differs(columns: Iterable[str]) -> str:
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return f"({old}) {'IS DISTINCT FROM' if _is_postgresql() else 'IS NOT'} ({new})"


def _quoted(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)
