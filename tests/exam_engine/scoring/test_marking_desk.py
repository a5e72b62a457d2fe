"""The marking desk: what is laid out, what waits for whom, and who may mark what."""

from __future__ import annotations

import itertools
import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_engine.assembly.forms import form_versions
from exam_engine.delivery.admission import admit, arrive, start
from exam_engine.delivery.attempts import submit
from exam_engine.delivery.bookings import book
from exam_engine.delivery.lifecycle import Attempt, Part
from exam_engine.delivery.sittings import close_sitting, open_sitting, schedule_sitting
from exam_engine.scoring.decisions import Outcome, SittingNotClosed, TookPart, decide, took_part
from exam_engine.scoring.laying_out import lay_out_scripts
from exam_engine.scoring.marking_desk import script_for, scripts_waiting_for
from exam_engine.scoring.results import AwaitingMarks, NotScorable, Result, score_attempt
from exam_engine.scoring.scripts import MOVES, Script, ScriptState
from exam_engine.scoring.worklist import attempts_to_lay_out, unscored_attempts
from exam_engine.worker import Worker
from kernel.db import Database
from kernel.errors import IllegalMove, NotFound
from kernel.permissions import AccountRole, Actor, the_product
from question_bank.authoring import Verdict, review_all, submit_all
from question_bank.translations import draft_translation
from tests.builders.delivery import make_candidate, make_running_attempt
from tests.builders.kernel import NOW, make_actor, make_organisation
from tests.builders.scripts import (
    BEST,
    TEXT,
    EssayHouse,
    lay_out,
    make_essay_house,
    make_handed_in,
    mark,
    save,
)


@pytest.fixture
def essays(tx: Session) -> EssayHouse:
    return make_essay_house(tx)


def scored(tx: Session, attempt: Attempt) -> Result:
    return score_attempt(tx, attempt, actor=the_product(attempt.organisation_id), now=NOW)


@pytest.mark.parametrize(("state", "target"), [*itertools.product(ScriptState, ScriptState)])
def test_a_script_moves_along_its_table_alone(state: ScriptState, target: ScriptState) -> None:
    script = Script(state=state)
    if target in MOVES[state]:
        script.move(target)
        assert script.state == target
    else:
        with pytest.raises(IllegalMove):
            script.move(target)


def test_scripts_that_wait_are_read_in_pages(tx: Session, essays: EssayHouse) -> None:
    scripts = lay_out(tx, make_handed_in(tx, essays, TEXT, TEXT))[:2]
    marker = essays.marker(tx)
    whole = scripts_waiting_for(tx, marker, now=NOW)
    assert {script.id for script in whole} == {script.id for script in scripts}
    assert scripts_waiting_for(tx, marker, now=NOW, limit=1) == whole[:1]
    assert scripts_waiting_for(tx, marker, now=NOW, after=whole[0].id) == whole[1:]
    assert scripts_waiting_for(tx, marker, now=NOW, after=whole[1].id) == []
    with pytest.raises(NotFound):
        scripts_waiting_for(tx, marker, now=NOW, after=uuid.uuid4())


def test_an_ended_attempt_is_laid_out_once_and_what_was_left_open_needs_nobody(tx: Session, essays: EssayHouse) -> None:
    attempt = make_handed_in(tx, essays, TEXT, "")
    assert attempts_to_lay_out(tx, NOW) == [attempt]
    assert unscored_attempts(tx, NOW, 10) == []
    scripts = lay_out(tx, attempt)
    assert lay_out(tx, attempt) == scripts
    assert [(script.slot, script.state) for script in scripts] == [(1, "waiting"), (2, "marked"), (3, "marked")]
    assert (attempts_to_lay_out(tx, NOW), unscored_attempts(tx, NOW, 10)) == ([], [])
    assert {str(attempt.id)[:4], str(attempt.candidate_id)[:4]}.isdisjoint(script.number for script in scripts)
    with pytest.raises(AwaitingMarks):
        scored(tx, attempt)


def test_nobody_marks_while_it_is_written(tx: Session, essays: EssayHouse) -> None:
    attempt = make_running_attempt(tx, essays.house, make_candidate(tx, essays.house, now=NOW), now=NOW)
    assert attempts_to_lay_out(tx, NOW) == []
    with pytest.raises(NotScorable):
        lay_out(tx, attempt)


def test_nothing_is_laid_out_before_the_sitting_is_closed(tx: Session, essays: EssayHouse) -> None:
    """Otherwise whoever looks often sees which answers came together, and when."""
    candidate = make_candidate(tx, essays.house, now=NOW)
    attempt = make_running_attempt(tx, essays.house, candidate, now=NOW)
    submit(tx, attempt, actor=candidate.actor, now=NOW)
    assert (attempts_to_lay_out(tx, NOW), unscored_attempts(tx, NOW, 10)) == ([], [])
    with pytest.raises(SittingNotClosed, match="is open"):
        lay_out(tx, attempt)
    close_sitting(tx, attempt.booking.sitting, actor=essays.house.manager, now=NOW)
    assert attempts_to_lay_out(tx, NOW) == [attempt]


@pytest.mark.parametrize("at_once", [40, 2])
def test_answers_of_several_people_are_laid_out_in_one_transaction(
    database: Database, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("exam_engine.worker.LAID_OUT_AT_ONCE", at_once)
    with database.transaction() as tx:
        essays = make_essay_house(tx)
        for _ in range(3):
            make_handed_in(tx, essays, TEXT, TEXT)
    seen: list[int] = []

    def looked_at(tx: Session, attempt: Attempt, **facts: Any) -> list[Script]:
        with database.reading() as other:
            seen.append(other.scalars(select(func.count(Script.attempt_id.distinct()))).one())
        return lay_out_scripts(tx, attempt, **facts)

    monkeypatch.setattr("exam_engine.worker.lay_out_scripts", looked_at)
    installation: Any = SimpleNamespace(database=database, clock=lambda: NOW)
    assert Worker(installation)._lay_out() == 3
    assert seen == ([0, 0, 0] if at_once == 40 else [0, 0, 2])


def test_an_exam_in_which_nothing_was_written_is_scored_without_anybody(tx: Session, essays: EssayHouse) -> None:
    attempt = make_handed_in(tx, essays)
    lay_out(tx, attempt)
    assert unscored_attempts(tx, NOW, 10) == [attempt]
    result = scored(tx, attempt)
    assert result.score == 0
    assert "markings" not in result.inputs


def test_whoever_had_another_part_neither_sees_nor_marks(tx: Session, essays: EssayHouse) -> None:
    attempt = make_handed_in(tx, essays, TEXT)
    script = lay_out(tx, attempt)[0]
    staff = essays.bank.staff
    for involved in (staff.author, staff.reviewer, staff.manager, essays.house.proctor):
        assert scripts_waiting_for(tx, involved, now=NOW) == []
        with pytest.raises(TookPart):
            script_for(tx, involved, script.id)
        with pytest.raises(TookPart):
            mark(tx, script, involved, BEST)


def test_whoever_translated_what_is_asked_neither_marks_nor_decides(tx: Session, essays: EssayHouse) -> None:
    """Nor whoever reviewed the translation: a paper may have shown their words instead of the original's."""
    roles = (AccountRole.AUTHOR, AccountRole.REVIEWER, AccountRole.MARKER, AccountRole.DECISION_MAKER)
    writer, reader = (make_actor(tx, essays.bank.staff.organisation, *roles) for _ in range(2))
    original = form_versions(tx, essays.house.form.id)[0]
    content = {**original.content, "source": "Ein Buch"}
    version = draft_translation(tx, original, language="de", content=content, actor=writer, now=NOW)
    submit_all(tx, [version], actor=writer, now=NOW)
    review_all(tx, [version], verdict=Verdict.APPROVED, reason="Reads well.", actor=reader, now=NOW)
    script, nothing_written = lay_out(tx, make_handed_in(tx, essays, TEXT))[0], make_handed_in(tx, essays)
    lay_out(tx, nothing_written)
    result = scored(tx, nothing_written)
    for involved in (writer, reader):
        assert scripts_waiting_for(tx, involved, now=NOW) == []
        with pytest.raises(TookPart):
            mark(tx, script, involved, BEST)
        with pytest.raises(TookPart):
            refuse(tx, result, involved)
    refuse(tx, result, essays.marker(tx))  # whoever had no part does


def refuse(tx: Session, result: Result, actor: Actor) -> None:
    decide(tx, result, outcome=Outcome.REFUSED, reason="Nothing was written.", actor=actor, now=NOW)


def test_another_body_finds_nothing(tx: Session, essays: EssayHouse) -> None:
    script = lay_out(tx, make_handed_in(tx, essays, TEXT))[0]
    stranger = make_actor(tx, make_organisation(tx), AccountRole.MARKER)
    assert scripts_waiting_for(tx, stranger, now=NOW) == []
    with pytest.raises(NotFound):
        script_for(tx, stranger, script.id)


def test_what_waits_is_listed_page_by_page(tx: Session, essays: EssayHouse) -> None:
    scripts = {script.id for script in lay_out(tx, make_handed_in(tx, essays, TEXT, TEXT, TEXT))}
    marker = essays.marker(tx)
    (first,) = scripts_waiting_for(tx, marker, now=NOW, limit=1)
    rest = scripts_waiting_for(tx, marker, now=NOW, after=first.id)
    assert {first.id, *(script.id for script in rest)} == scripts
    assert len(rest) == 2


@pytest.mark.parametrize("step", ["schedule", "open", "book"])
def test_whoever_schedules_opens_or_books_knows_who_sits_and_marks_nothing(
    tx: Session, essays: EssayHouse, step: str
) -> None:
    steps = ("schedule", "open", "book", "close")
    people = {
        one: make_actor(tx, essays.bank.staff.organisation, AccountRole.MANAGER, AccountRole.MARKER) for one in steps
    }
    window = {"start_from": NOW, "start_by": NOW + timedelta(hours=1), "time_zone": "Europe/Sofia", "now": NOW}
    sitting = schedule_sitting(tx, essays.house.form, title="Noon", actor=people["schedule"], **window)
    open_sitting(tx, sitting, actor=people["open"], now=NOW)
    candidate = make_candidate(tx, essays.house, now=NOW)
    booking = book(tx, sitting, candidate.account, candidate_name="Ana Ionescu", actor=people["book"], now=NOW)
    attempt = arrive(tx, booking, actor=candidate.actor, now=NOW)
    assert took_part(tx, attempt, people[step].person, [Part.ORGANISER])
    assert not took_part(tx, attempt, people["close"].person)
    admit(tx, attempt, actor=essays.house.proctor, now=NOW)
    start(tx, attempt, actor=candidate.actor, now=NOW)
    save(tx, attempt, 1, {"text": TEXT}, 1)
    tx.flush()
    submit(tx, attempt, actor=candidate.actor, now=NOW)
    close_sitting(tx, sitting, actor=people["close"], now=NOW)
    script = lay_out(tx, attempt)[0]
    assert scripts_waiting_for(tx, people[step], now=NOW) == []
    with pytest.raises(TookPart):
        script_for(tx, people[step], script.id)
