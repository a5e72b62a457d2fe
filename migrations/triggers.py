"""Triggers: how one refusal is written in the dialect of each database.

One rule: a refusal names its table's promise and the verb, and is an integrity error to whoever meets it.
"""

from __future__ import annotations

from collections.abc import Iterable

from alembic import op


def is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def refuse_when(table: str, name: str, verb: str, message: str, condition: str = "") -> None:
    """Refuse one verb on a table where a condition on the row holds."""
    when = f" WHEN ({condition})" if condition else ""
    refusal = (
        f"EXECUTE FUNCTION refuse('{message}')"
        if is_postgresql()
        else f"BEGIN SELECT RAISE(ABORT, '{message}: {verb} refused'); END"
    )
    op.execute(f"CREATE TRIGGER {table}_{name}_{verb.lower()} BEFORE {verb} ON {table} FOR EACH ROW{when} {refusal}")


def refuse_truncating(table: str, message: str) -> None:
    if is_postgresql():
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION refuse('{message}')"
        )


def refuse_rows_by_query(table: str, function: str, refusals: Iterable[tuple[str, str]]) -> None:
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


def refuse_by_query(table: str, name: str, verb: str, message: str, condition: str) -> None:
    """Refuse one verb on a table where a query about the row finds something."""
    if not is_postgresql():
        refuse_when(table, name, verb, message, condition)
        return
    function = f"refuse_{table}_{name}"
    op.execute(
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$"
        f" BEGIN IF {condition} THEN RAISE EXCEPTION '{message}: {verb} refused'"
        " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_{name}_{verb.lower()} BEFORE {verb} ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {function}()"
    )


def drop_guard(table: str, name: str, verb: str) -> None:
    on = f" ON {table}" if is_postgresql() else ""
    op.execute(f"DROP TRIGGER {table}_{name}_{verb.lower()}{on}")
    if is_postgresql():
        op.execute(f"DROP FUNCTION IF EXISTS refuse_{table}_{name}()")


def differs(columns: Iterable[str]) -> str:
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return f"({old}) {'IS DISTINCT FROM' if is_postgresql() else 'IS NOT'} ({new})"


def quoted(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)
