"""Scripts and marks: who may mark what, what is settled how, and what the database itself refuses."""

from __future__ import annotations

import itertools
import uuid
from datetime import timedelta
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam_engine.assembly.forms import form_versions
from exam_engine.delivery.admission import admit, arrive, start
from exam_engine.delivery.attempts import submit, take_part
from exam_engine.delivery.bookings import book
from exam_engine.delivery.lifecycle import Attempt, Part
from exam_engine.delivery.sittings import close_sitting, open_sitting, schedule_sitting
from exam_engine.scoring.decisions import Outcome, SittingNotClosed, TookPart, decide, took_part
from exam_engine.scoring.laying_out import lay_out_scripts
from exam_engine.scoring.marking_desk import (
    AlreadyMarked,
    InvalidComment,
    Recused,
    decline_script,
    script_for,
    scripts_waiting_for,
    shown_to_marker,
)
from exam_engine.scoring.results import AwaitingMarks, NotScorable, Result, score_attempt
from exam_engine.scoring.scripts import MOVES, Marking, Script, ScriptState
from exam_engine.scoring.worklist import attempts_to_lay_out, unscored_attempts
from exam_engine.worker import Worker
from kernel.db import Database
from kernel.errors import IllegalMove, NotFound
from kernel.permissions import AccountRole, Actor, the_product
from question_bank.authoring import Verdict, review_all, submit_all
from question_bank.item_kinds.rubrics import UnfitMarks
from question_bank.translations import draft_translation
from tests.builders.delivery import make_candidate, make_running_attempt
from tests.builders.kernel import NOW, make_actor, make_organisation
from tests.builders.scripts import (
    BEST,
    BETTER,
    TEXT,
    WORST,
    EssayHouse,
    lay_out,
    make_essay_house,
    make_handed_in,
    mark,
    save,
)
from tests.proofs import worked_again


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


def test_two_who_agree_are_worth_their_exact_mean(tx: Session) -> None:
    essays = make_essay_house(tx, tolerance="1/2")
    attempt = make_handed_in(tx, essays, TEXT)
    script, one, other = lay_out(tx, attempt)[0], essays.marker(tx), essays.marker(tx)
    mark(tx, script, one, BEST)
    assert script.state == "waiting"
    assert unscored_attempts(tx, NOW, 10) == []
    mark(tx, script, other, BETTER, style="Reads well.")
    assert script.state == "marked"
    assert unscored_attempts(tx, NOW, 10) == [attempt]
    result = scored(tx, attempt)
    row = result.marks[0]
    assert Fraction(row["fraction"]) == Fraction(3, 4) == worked_again(row["proof"])
    assert (row["proof"]["tolerance"], row["proof"]["settled_by"]) == ("1/2", "mean")
    assert result.score == Fraction(3, 4) / 3
    assert [marks["levels"] for marks in row["proof"]["given"]] == [BEST, BETTER]
    assert result.inputs["markings"]
    assert scored(tx, attempt) == result


def test_a_third_person_settles_what_two_differ_on_and_sees_both_marks(tx: Session, essays: EssayHouse) -> None:
    attempt = make_handed_in(tx, essays, TEXT)
    script = lay_out(tx, attempt)[0]
    one, other, third = (essays.marker(tx) for _ in range(3))
    first = mark(tx, script, one, WORST)
    assert shown_to_marker(tx, script)["to_settle"] == []
    second = mark(tx, script, other, BEST, facts="All of it is there.")
    assert script.state == "disputed"
    for marker in (one, other):
        assert scripts_waiting_for(tx, marker, now=NOW) == []
        with pytest.raises(AlreadyMarked):
            mark(tx, script, marker, BEST)
    assert scripts_waiting_for(tx, third, now=NOW) == [script]
    both = shown_to_marker(tx, script)["to_settle"]
    assert [row["levels"] for row in both] == [first.levels, second.levels]
    assert both[1]["comments"] == {"facts": "All of it is there."}
    assert not {str(one.person), str(other.person)} & set(str(both).split("'"))
    mark(tx, script, third, BETTER)
    assert script.state == "marked"
    row = scored(tx, attempt).marks[0]
    assert Fraction(row["fraction"]) == Fraction(1, 2) == worked_again(row["proof"])
    assert row["proof"]["settled_by"] == "adjudication"
    with pytest.raises(AlreadyMarked):
        script_for(tx, essays.marker(tx), script.id)


def test_the_default_tolerance_is_a_tenth(tx: Session, essays: EssayHouse) -> None:
    script = lay_out(tx, make_handed_in(tx, essays, TEXT))[0]
    mark(tx, script, essays.marker(tx), BETTER)
    mark(tx, script, essays.marker(tx), {"facts": "some", "style": "poor"})
    assert script.state == "disputed", "a third apart"


def test_a_marker_may_mark_several_answers_of_one_exam_and_decides_on_it_no_more(
    tx: Session, essays: EssayHouse
) -> None:
    attempt = make_handed_in(tx, essays, TEXT, TEXT)
    one, other, _ = lay_out(tx, attempt)
    marker = essays.marker(tx)
    assert not took_part(tx, attempt, marker.person)
    mark(tx, one, marker, BEST)
    assert scripts_waiting_for(tx, marker, now=NOW) == [other]
    mark(tx, other, marker, BEST)
    assert took_part(tx, attempt, marker.person)


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


def test_whoever_knows_the_writer_leaves_the_script_to_others(tx: Session, essays: EssayHouse) -> None:
    script = lay_out(tx, make_handed_in(tx, essays, TEXT))[0]
    knowing, other = essays.marker(tx), essays.marker(tx)
    first = decline_script(tx, script, actor=knowing, now=NOW)
    assert decline_script(tx, script, actor=knowing, now=NOW) == first
    assert (scripts_waiting_for(tx, knowing, now=NOW), scripts_waiting_for(tx, other, now=NOW)) == ([], [script])
    with pytest.raises(Recused):
        script_for(tx, knowing, script.id)
    with pytest.raises(Recused):
        mark(tx, script, knowing, BEST)
    with pytest.raises(DBAPIError, match="took part"), tx.begin_nested():
        row = {"levels": BEST, "comments": {}, "points": 6, "marked_at": NOW, "part": "first"}
        facts = {"organisation_id": script.organisation_id, "script_id": script.id, "marker_id": knowing.person}
        tx.execute(insert(Marking).values({**row, **facts, "id": uuid.uuid4()}))
    mark(tx, script, other, BEST)
    with pytest.raises(AlreadyMarked):
        decline_script(tx, script, actor=other, now=NOW)


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


@pytest.mark.parametrize(
    ("levels", "comments", "error", "place"),
    [
        ({"facts": "all"}, {}, UnfitMarks, "/style"),
        ({**BEST, "foreign": "all"}, {}, UnfitMarks, "/foreign"),
        (BEST, {"foreign": "what?"}, InvalidComment, "/foreign"),
        (BEST, {"facts": "x" * 2001}, InvalidComment, "/facts"),
        (BEST, {"facts": "nul \0"}, InvalidComment, "/facts"),
    ],
)
def test_unfit_marks_are_refused_and_nothing_is_kept(
    tx: Session, essays: EssayHouse, levels: dict[str, str], comments: dict[str, str], error: Any, place: str
) -> None:
    script = lay_out(tx, make_handed_in(tx, essays, TEXT))[0]
    with pytest.raises(error) as refusal:
        mark(tx, script, essays.marker(tx), levels, **comments)
    assert [fault.place for fault in refusal.value.faults] == [place]
    assert tx.scalars(select(Marking)).all() == []


def test_the_database_refuses_what_the_code_would_never_write(tx: Session, essays: EssayHouse) -> None:
    attempt = make_handed_in(tx, essays, TEXT)
    script = lay_out(tx, attempt)[0]
    one, other = essays.marker(tx), essays.marker(tx)
    row = {
        "organisation_id": script.organisation_id,
        "script_id": script.id,
        "levels": BEST,
        "comments": {},
        "points": 6,
        "marked_at": NOW,
    }

    def slip_in(part: str, marker: uuid.UUID) -> None:
        with tx.begin_nested():
            tx.execute(insert(Marking).values({**row, "id": uuid.uuid4(), "part": part, "marker_id": marker}))

    with pytest.raises(DBAPIError, match="in their turn"):
        slip_in("adjudication", one.person)
    with pytest.raises(DBAPIError, match="took part"):
        slip_in("first", essays.house.proctor.person)
    mark(tx, script, one, BEST)
    for part, marker in (("second", one), ("first", other)):
        with pytest.raises(DBAPIError):
            slip_in(part, marker.person)
    for statement in (
        update(Marking).values(points=0),
        text("DELETE FROM markings"),
        update(Script).values(slot=9),
        text("DELETE FROM scripts"),
    ):
        with pytest.raises(DBAPIError), tx.begin_nested():
            tx.execute(statement)
    mark(tx, script, other, BEST)
    for statement in (update(Script).values(state="waiting"),):
        with pytest.raises(DBAPIError, match="its end"), tx.begin_nested():
            tx.execute(statement)


def test_whoever_joins_an_exam_cannot_mark_it_from_then_on(tx: Session, essays: EssayHouse) -> None:
    attempt = make_handed_in(tx, essays, TEXT)
    script, marker = lay_out(tx, attempt)[0], essays.marker(tx)
    script_for(tx, marker, script.id)
    take_part(tx, attempt, marker.person, Part.PROCTOR, now=NOW)
    with pytest.raises(TookPart):
        mark(tx, script, marker, BEST)


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
