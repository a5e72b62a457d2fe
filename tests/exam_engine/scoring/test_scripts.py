"""Scripts against whoever has the database: what was marked is what was asked and handed in, and the log says so."""

from __future__ import annotations

import uuid
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam_engine.assembly.schemes import SchemeVersion
from exam_engine.delivery.lifecycle import Attempt
from exam_engine.delivery.responses import Response
from exam_engine.scoring.laying_out import lay_out_scripts
from exam_engine.scoring.marking_desk import scripts_waiting_for, shown_to_marker
from exam_engine.scoring.records import RECORDED
from exam_engine.scoring.results import Result, score_attempt
from exam_engine.scoring.scripts import Marking, Script
from exam_engine.scoring.unaltered import RecordsDisagree
from kernel.ids import new_id
from kernel.permissions import the_product
from kernel.reconciliation import reconcile
from question_bank.items import ItemVersion, content_hash
from tests.builders.kernel import NOW
from tests.builders.memory import peak_of
from tests.builders.scripts import BEST, TEXT, TEXT_BYTES, WORST, EssayHouse, lay_out, make_essay_house, make_handed_in
from tests.builders.scripts import mark as give
from tests.question_bank.test_guards import unguarded

DRAFTS = 400


@pytest.fixture
def essays(tx: Session) -> EssayHouse:
    return make_essay_house(tx)


def marked(tx: Session, essays: EssayHouse, levels: dict[str, str]) -> Script:
    """The script of another candidate, with the marks of two."""
    script = lay_out(tx, make_handed_in(tx, essays, TEXT))[0]
    for _ in range(2):
        give(tx, script, essays.marker(tx), levels)
    return script


def scored(tx: Session, attempt: Attempt) -> Result:
    return score_attempt(tx, attempt, actor=the_product(attempt.organisation_id), now=NOW)


def faults(tx: Session, essays: EssayHouse) -> tuple[str, ...]:
    tx.flush()
    tx.expire_all()
    return reconcile(tx, essays.bank.staff.organisation.id, RECORDED).faults


def change(tx: Session, script: Script, **facts: Any) -> None:
    tx.execute(update(Script).where(Script.id == script.id).values(facts))


def test_marks_that_are_exchanged_between_two_candidates_are_named(tx: Session, essays: EssayHouse) -> None:
    """Both wrote the same, so that no fingerprint tells one script from the other."""
    good, bad = marked(tx, essays, BEST), marked(tx, essays, WORST)
    assert faults(tx, essays) == ()
    theirs, slot = (good.attempt_id, bad.attempt_id), good.slot
    with unguarded(tx, "scripts"):
        change(tx, good, slot=99)
        change(tx, bad, attempt_id=theirs[0])
        change(tx, good, attempt_id=theirs[1], slot=slot)
    named = faults(tx, essays)
    assert len([fault for fault in named if "(script.mark)" in fault and "attempt" in fault]) == 4
    assert len([fault for fault in named if "(script.lay_out)" in fault]) == 2


@pytest.mark.parametrize("changed", [{"revision": 2}, {"value_hash": "0" * 64}, {"slot": 9}, {"version_id": None}])
def test_what_a_script_is_of_is_in_the_log_of_its_marks(
    tx: Session, essays: EssayHouse, changed: dict[str, Any]
) -> None:
    script = marked(tx, essays, BEST)
    if "version_id" in changed:
        changed = {"version_id": another_version(tx, script)}
    with unguarded(tx, "scripts"):
        change(tx, script, **changed)
    named = faults(tx, essays)
    assert all(any(f"({action})" in fault for fault in named) for action in ("script.mark", "script.lay_out"))


def test_a_script_that_nobody_laid_out_is_named(tx: Session, essays: EssayHouse) -> None:
    script = marked(tx, essays, BEST)
    tx.execute(insert(Script).values(row_of(script) | {"id": new_id(), "slot": 9}))
    assert any("(script.lay_out)" in fault for fault in faults(tx, essays))


@pytest.mark.parametrize("key", [("id",), ("attempt_id", "slot")])
def test_a_script_is_not_replaced_by_another(tx: Session, essays: EssayHouse, key: tuple[str, ...]) -> None:
    script = lay_out(tx, make_handed_in(tx, essays, TEXT))[0]
    other = {"id": new_id(), "attempt_id": make_handed_in(tx, essays).id, "slot": 9, "revision": 7}
    row = row_of(script) | {name: value for name, value in other.items() if name not in key}
    replacing: Any = insert(Script).prefix_with("OR REPLACE").values(row)
    if tx.get_bind().dialect.name == "sqlite":
        tx.execute(text("PRAGMA recursive_triggers = OFF"))  # as whoever opens the file with another program
    else:
        upsert = postgresql.insert(Script).values(row)
        replacing = upsert.on_conflict_do_update(index_elements=key, set_={"revision": 7})
    with pytest.raises(DBAPIError, match="a script keeps what it is of|are not replaced"), tx.begin_nested():
        tx.execute(replacing)
    if tx.get_bind().dialect.name == "sqlite":
        tx.execute(text("PRAGMA recursive_triggers = ON"))


@pytest.mark.parametrize("name", ["revision", "version_id", "value_hash"])
def test_marks_of_something_else_are_worth_nothing(tx: Session, essays: EssayHouse, name: str) -> None:
    script = marked(tx, essays, BEST)
    changed = {"revision": 2, "version_id": another_version(tx, script), "value_hash": "0" * 64}
    with unguarded(tx, "scripts"):
        change(tx, script, **{name: changed[name]})
    tx.expire_all()
    with pytest.raises(RecordsDisagree):
        scored(tx, script.attempt)


def test_a_text_that_is_exchanged_for_a_while_is_neither_shown_nor_marked(tx: Session, essays: EssayHouse) -> None:
    script, marker = lay_out(tx, make_handed_in(tx, essays, TEXT))[0], essays.marker(tx)
    for value in ({"text": "All that anybody could ask for."}, {"text": TEXT}):
        with unguarded(tx, "responses"):
            tx.execute(update(Response).values(value=value))
        tx.expire_all()
        if value["text"] != TEXT:
            with pytest.raises(RecordsDisagree):
                shown_to_marker(tx, script)
            with pytest.raises(RecordsDisagree):
                give(tx, script, marker, BEST)
    assert tx.scalars(select(Marking)).all() == []
    assert shown_to_marker(tx, script)["response"] == {"text": TEXT}
    give(tx, script, marker, BEST)


@pytest.mark.parametrize("table", ["item_versions", "scheme_versions"])
def test_a_rubric_or_a_rule_that_is_changed_for_a_while_decides_nothing(
    tx: Session, essays: EssayHouse, table: str
) -> None:
    """The worker would score it before the old content is put back, and no digest would tell."""
    script = marked(tx, essays, WORST)
    version, scheme = script.version, script.attempt.form.blueprint.scheme_version
    item, rules = {**version.content, "rationale": "Whatever was written is right."}, {**scheme.rules}
    with unguarded(tx, table):
        if table == "item_versions":
            tx.execute(update(ItemVersion).where(ItemVersion.id == version.id).values(content=item))
        else:
            rules["pass"] = {"overall": "0"}
            tx.execute(update(SchemeVersion).values(rules=rules))
    tx.expire_all()
    with pytest.raises(RecordsDisagree):
        scored(tx, script.attempt)
    other = lay_out(tx, make_handed_in(tx, essays, *[TEXT] * 3))
    with pytest.raises(RecordsDisagree):
        for one in other:
            for _ in range(2):
                give(tx, one, essays.marker(tx), BEST)
    if table == "item_versions":
        (same,) = (one for one in other if one.version_id == version.id)
        with pytest.raises(RecordsDisagree):
            shown_to_marker(tx, same)


def test_a_result_worked_out_from_other_hashes_is_named(tx: Session, essays: EssayHouse) -> None:
    """Content and hash were changed together, and both put back after the worker had scored."""
    script = marked(tx, essays, BEST)
    version = script.version
    kept = {"content": deepcopy(version.content), "content_hash": version.content_hash}
    other = {**kept["content"], "rationale": "Another."}
    changed = {"content": other, "content_hash": content_hash(version.kind, version.language, other)}
    for facts in (changed, kept):
        with unguarded(tx, "item_versions"):
            tx.execute(update(ItemVersion).where(ItemVersion.id == version.id).values(facts))
        tx.expire_all()
        if facts is changed:
            scored(tx, script.attempt)
    assert any("(result.score)" in fault for fault in faults(tx, essays))


def test_a_text_that_was_exchanged_is_not_laid_out(tx: Session, essays: EssayHouse) -> None:
    attempt = make_handed_in(tx, essays, TEXT)
    with unguarded(tx, "responses"):
        tx.execute(text("DELETE FROM responses"))
    with pytest.raises(RecordsDisagree):
        lay_out(tx, attempt)


def test_answers_of_one_exam_wait_among_those_of_the_same_day(tx: Session, essays: EssayHouse) -> None:
    for minutes in (0, 1):
        attempt = make_handed_in(tx, essays, TEXT, TEXT, TEXT)
        now = NOW + timedelta(minutes=minutes)
        lay_out_scripts(tx, attempt, actor=the_product(attempt.organisation_id), now=now)
    waiting = scripts_waiting_for(tx, essays.marker(tx), now=NOW)
    assert len({script.attempt_id for script in waiting}) == 2
    assert len({script.opened_at for script in waiting}) == 1
    assert {script.opened_on for script in waiting} == {NOW.date()}
    ids = [script.id for script in waiting]
    assert ids == sorted(ids)


def test_what_was_written_before_is_not_read_again(tx: Session, essays: EssayHouse) -> None:
    attempt = make_handed_in(tx, essays, TEXT, drafts=DRAFTS)
    tx.expire_all()
    scripts: list[Script] = []
    assert peak_of(lambda: scripts.extend(lay_out(tx, attempt))) < DRAFTS * TEXT_BYTES / 2
    for _ in range(2):
        give(tx, scripts[0], essays.marker(tx), BEST)
    assert peak_of(lambda: scored(tx, attempt)) < DRAFTS * TEXT_BYTES / 2


def row_of(script: Script) -> dict[str, Any]:
    return {column.key: getattr(script, column.key) for column in Script.__table__.columns}


def another_version(tx: Session, script: Script) -> uuid.UUID:
    return tx.scalars(select(ItemVersion.id).where(ItemVersion.id != script.version_id).limit(1)).one()
