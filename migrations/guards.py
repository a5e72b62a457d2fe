"""Guards that live in the database itself, in the dialect of each: what the code above promises, it cannot break.

Append-only tables, second persons who are no first ones, facts that are frozen once they stand.
"""

from __future__ import annotations

from collections.abc import Iterable

from alembic import op

from migrations.replacing import allow_replacing, refuse_replacing, skip_replacing
from migrations.triggers import (
    differs,
    drop_guard,
    is_postgresql,
    quoted,
    refuse_by_query,
    refuse_rows_by_query,
    refuse_truncating,
    refuse_when,
)

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
_WROTE_BEFORE = (
    "NEW.verdict <> 'returned' AND EXISTS (SELECT 1 FROM item_versions v JOIN item_versions w"
    " ON w.item_id = v.item_id AND w.number <= v.number WHERE v.id = NEW.version_id AND w.author_id = NEW.reviewer_id)"
)
_OTHERS_VERSION = "NOT EXISTS (SELECT 1 FROM item_versions v WHERE v.id = NEW.version_id AND v.item_id = NEW.item_id)"
_OTHERS_LANGUAGE = (
    "NOT EXISTS (SELECT 1 FROM item_versions v WHERE v.id = NEW.version_id AND v.language = NEW.language)"
)
_SISTERS = (
    "EXISTS (SELECT 1 FROM item_versions v JOIN item_versions w ON w.item_id = v.item_id AND w.id <> v.id"
    " JOIN form_items f ON f.item_version_id = w.id AND f.form_id = NEW.form_id WHERE v.id = NEW.item_version_id)"
)
_SCRIPT = "SELECT 1 FROM scripts s WHERE s.id = NEW.script_id"
_HAD_ANOTHER_PART = (
    "EXISTS (SELECT 1 FROM participations p WHERE p.attempt_id = s.attempt_id AND p.account_id = NEW.marker_id"
    " AND p.part <> 'marker') OR EXISTS (SELECT 1 FROM recusals c WHERE c.script_id = s.id"
    " AND c.marker_id = NEW.marker_id)"
)
_ITEM_GUARDS = {
    "item_standings": (
        *(("table", "INSERT"), ("table", "UPDATE"), ("kept", "DELETE")),
        *(("reviewed", "UPDATE"), ("version", "INSERT")),
    ),
    "item_standing_changes": (("table", "INSERT"), ("reviewed", "INSERT")),
    "item_reviews": (("two_persons", "INSERT"),),
}
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
ITEM_STANDING_FACTS = ("version_id", "item_id")
ITEM_STATES_APPROVED = ("approved", "pilot", "live", "resting")
SCRIPT_FACTS = ("id", "organisation_id", "attempt_id", "slot", "version_id", "revision", "value_hash", "opened_at")
SITTING_FACTS = ("id", "organisation_id", "form_id", "created_at")
SITTING_ENDS = ("closed", "cancelled")
FRAMEWORK_DRAFT_FACTS = ("id", "organisation_id", "base_id", "report", "begun_by", "begun_at")


def make_functions() -> None:
    """Create what the triggers call; SQLite writes it into each trigger instead."""
    if is_postgresql():
        op.execute(_REFUSE)


def drop_functions() -> None:
    """Undo :func:`make_functions`, and drop what the guards on rows made."""
    if is_postgresql():
        for name in ("refuse_unfit_decision", "refuse_late_participant", "refuse"):
            op.execute(f"DROP FUNCTION IF EXISTS {name}()")


def refuse_rewrites(table: str) -> None:
    """Make a table append-only: UPDATE, DELETE, REPLACE (SQLite) and TRUNCATE (PostgreSQL) are refused."""
    _refuse_changes(table)
    refuse_replacing(table)


def refuse_rewrites_of_responses() -> None:
    """Make the responses append-only; writing one that stands does nothing, as the journal's statement asks."""
    _refuse_changes("responses")
    skip_replacing("responses")


def refuse_unfit_decisions() -> None:
    """Refuse a decision by anybody who took part, a grant against the rules, and taking part after deciding."""
    if is_postgresql():
        refuse_rows_by_query("decisions", "refuse_unfit_decision", _UNFIT_DECISIONS)
        refuse_rows_by_query("participations", "refuse_late_participant", (_DECIDED_BEFORE,))
        return
    for number, (message, condition) in enumerate(_UNFIT_DECISIONS):
        refuse_when("decisions", f"unfit_{number}", "INSERT", message, condition)
    refuse_when("participations", "late", "INSERT", *_DECIDED_BEFORE)


def freeze_published_schemes() -> None:
    """Refuse every change to a scheme version that is no draft, but the withdrawal of a published one."""
    message = "a published scheme version is frozen"
    edited = f"OLD.state <> 'published' OR NEW.state <> 'withdrawn' OR {differs(SCHEME_VERSION_CONTENT)}"
    refuse_when("scheme_versions", "frozen", "UPDATE", message, f"OLD.state <> 'draft' AND ({edited})")
    refuse_when("scheme_versions", "frozen", "DELETE", message, "OLD.state <> 'draft'")
    refuse_truncating("scheme_versions", message)


def freeze_attempts() -> None:
    """Refuse to change what an attempt is, a moment that stands, or its end."""
    moments = " OR ".join(f"(OLD.{column} IS NOT NULL AND {differs([column])})" for column in ATTEMPT_MOMENTS)
    reopened = f"OLD.state IN ({quoted(ATTEMPT_ENDS)}) AND NEW.state <> OLD.state"
    changed = f"{differs(ATTEMPT_FACTS)} OR {moments} OR ({reopened})"
    refuse_when("attempts", "frozen", "UPDATE", "an attempt keeps what it is, its moments and its end", changed)
    refuse_when("attempts", "kept", "DELETE", "an attempt is kept")


def freeze_places() -> None:
    """Refuse to change whom a booking is for, what a sitting sits, or anything of a sitting that is over."""
    refuse_when("bookings", "frozen", "UPDATE", "a booking keeps its candidate and name", differs(BOOKING_FACTS))
    over = f"OLD.state IN ({quoted(SITTING_ENDS)})"
    refuse_when("sittings", "frozen", "UPDATE", "a sitting keeps its form", f"{over} OR {differs(SITTING_FACTS)}")
    for table in ("bookings", "sittings"):
        refuse_when(table, "kept", "DELETE", f"{table} are kept")


def freeze_framework_drafts() -> None:
    """Refuse every change to a framework draft that was published or discarded, and to how an open one began."""
    message, table = "a framework draft that is not open is frozen", "framework_drafts"
    # PostgreSQL compares its binary JSON; an SQLite that is told to write the same text writes the same.
    refuse_when(table, "frozen", "UPDATE", message, f"OLD.state <> 'open' OR {differs(FRAMEWORK_DRAFT_FACTS)}")
    refuse_when(table, "begins", "INSERT", "a framework draft begins open", "NEW.state <> 'open'")
    refuse_when(table, "kept", "DELETE", "framework drafts are kept")
    refuse_truncating(table, "framework drafts are kept")
    refuse_replacing(table)


def release_framework_drafts() -> None:
    """Undo :func:`freeze_framework_drafts`."""
    for name, verb in (("frozen", "UPDATE"), ("begins", "INSERT"), ("kept", "DELETE")):
        drop_guard("framework_drafts", name, verb)
    if is_postgresql():
        op.execute("DROP TRIGGER framework_drafts_no_truncate ON framework_drafts")
    allow_replacing("framework_drafts")


def guard_item_reviews(moves: Iterable[tuple[str, str]]) -> None:
    """Refuse a standing that no review led to, a step that is not in the table, and approving what one wrote.

    Args:
        moves: the legal steps of an item version, from one state to another; it begins as a draft.
    """
    message = "an item version begins as a draft and moves along its table"
    steps = quoted(f"{start} {target}" for start, target in moves)
    left_out = f"OLD.state <> NEW.state AND OLD.state || ' ' || NEW.state NOT IN ({steps})"
    refuse_when("item_standings", "table", "INSERT", message, "NEW.state <> 'draft'")
    refuse_when("item_standings", "table", "UPDATE", message, f"{left_out} OR {differs(ITEM_STANDING_FACTS)}")
    refuse_when("item_standings", "kept", "DELETE", "item_standings are kept")
    refuse_truncating("item_standings", "item_standings are kept")
    left_out = f"COALESCE(NEW.from_state, '') || ' ' || NEW.to_state NOT IN (' draft', {steps})"
    refuse_when("item_standing_changes", "table", "INSERT", message, left_out)
    for table, state, verb in (
        ("item_standings", "state", "UPDATE"),
        ("item_standing_changes", "to_state", "INSERT"),
    ):
        refuse_by_query(table, "reviewed", verb, "an item version needs an approving review", _unreviewed(state))
    refuse_by_query("item_standings", "version", "INSERT", "a standing names the item of its version", _OTHERS_VERSION)
    refuse_by_query("item_reviews", "two_persons", "INSERT", "who wrote an item does not approve it", _WROTE_BEFORE)
    refuse_replacing("item_standings")


def release_item_reviews() -> None:
    """Undo :func:`guard_item_reviews`."""
    for table, triggers in _ITEM_GUARDS.items():
        for name, verb in triggers:
            drop_guard(table, name, verb)
    if is_postgresql():
        op.execute("DROP TRIGGER item_standings_no_truncate ON item_standings")
    allow_replacing("item_standings")


def guard_markings() -> None:
    """Refuse marks by whoever had another part in the exam and marks out of turn; a script keeps what it is of."""
    out_of_turn = "s.state <> CASE WHEN NEW.part = 'adjudication' THEN 'disputed' ELSE 'waiting' END"
    for name, message, condition in (
        ("others", "marker took part in the exam", f"EXISTS ({_SCRIPT} AND ({_HAD_ANOTHER_PART}))"),
        ("turn", "marks are given in their turn", f"EXISTS ({_SCRIPT} AND {out_of_turn})"),
    ):
        refuse_by_query("markings", name, "INSERT", message, condition)
    back = "OLD.state = 'marked' AND NEW.state <> 'marked' OR OLD.state = 'disputed' AND NEW.state = 'waiting'"
    frozen = f"{differs(SCRIPT_FACTS)} OR {back}"
    refuse_when("scripts", "frozen", "UPDATE", "a script keeps what it is of, and its end", frozen)
    refuse_when("scripts", "kept", "DELETE", "scripts are kept")
    refuse_truncating("scripts", "scripts are kept")


def release_markings() -> None:
    """Undo :func:`guard_markings`, but for what goes with the tables."""
    if is_postgresql():
        for name in ("others", "turn"):
            drop_guard("markings", name, "INSERT")


def guard_standing_languages() -> None:
    """Refuse a standing in another language than its version's: one version is live in each language, by that word."""
    message = "a standing names the language of its version"
    refuse_by_query("item_standings", "language", "INSERT", message, _OTHERS_LANGUAGE)
    refuse_when("item_standings", "language", "UPDATE", message, differs(["language"]))


def release_standing_languages() -> None:
    """Undo :func:`guard_standing_languages`."""
    for verb in ("INSERT", "UPDATE"):
        drop_guard("item_standings", "language", verb)


def refuse_two_versions_of_one_item() -> None:
    """Refuse a form in which two versions of one item meet."""
    refuse_by_query("form_items", "one_version", "INSERT", "two versions of one item do not meet in a form", _SISTERS)


def allow_two_versions_of_one_item() -> None:
    """Undo :func:`refuse_two_versions_of_one_item`."""
    drop_guard("form_items", "one_version", "INSERT")


def _refuse_changes(table: str) -> None:
    message = f"{table} is append-only"
    refuse_when(table, "append_only", "UPDATE", message)
    refuse_when(table, "append_only", "DELETE", message)
    refuse_truncating(table, message)


def _unreviewed(state: str) -> str:
    return (
        f"NEW.{state} IN ({quoted(ITEM_STATES_APPROVED)}) AND NOT EXISTS (SELECT 1 FROM item_reviews r"
        " WHERE r.version_id = NEW.version_id AND r.verdict = 'approved')"
    )
