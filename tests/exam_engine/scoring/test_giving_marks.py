"""Giving marks: what is settled how, who may give them, and what the database itself refuses."""

from __future__ import annotations

import uuid
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam_engine.delivery.attempts import take_part
from exam_engine.delivery.lifecycle import Attempt, Part
from exam_engine.scoring.decisions import TookPart, took_part
from exam_engine.scoring.giving_marks import InvalidComment, decline_script
from exam_engine.scoring.marking_desk import AlreadyMarked, Recused, script_for, scripts_waiting_for, shown_to_marker
from exam_engine.scoring.results import Result, score_attempt
from exam_engine.scoring.scripts import Marking, Script
from exam_engine.scoring.worklist import unscored_attempts
from kernel.permissions import the_product
from question_bank.item_kinds.rubrics import UnfitMarks
from tests.builders.kernel import NOW
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
)
from tests.proofs import worked_again


@pytest.fixture
def essays(tx: Session) -> EssayHouse:
    return make_essay_house(tx)


def scored(tx: Session, attempt: Attempt) -> Result:
    return score_attempt(tx, attempt, actor=the_product(attempt.organisation_id), now=NOW)


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
