"""Scripts in hand: who has a place kept, for how long, and that it tells nobody anything of others or their marks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_engine.scoring.giving_marks import decline_script, give_marks
from exam_engine.scoring.holds import (
    AWAY_FOR,
    HELD_AT_MOST,
    HELD_FOR,
    RENEWED_AFTER,
    HeldByOthers,
    Hold,
    OthersFirst,
    hold_of,
)
from exam_engine.scoring.marking_desk import AlreadyMarked, scripts_waiting_for
from exam_engine.scoring.scripts import Script
from exam_engine.scoring.taking import NothingWaits, hand_back, take_next, take_script
from kernel.db import Database
from kernel.permissions import Actor
from tests.builders.kernel import NOW
from tests.builders.scripts import BEST, TEXT, WORST, EssayHouse, lay_out, make_essay_house, make_handed_in, mark

LATER = NOW + HELD_FOR
MINUTE = timedelta(minutes=1)


@pytest.fixture
def essays(tx: Session) -> EssayHouse:
    return make_essay_house(tx)


@pytest.fixture
def script(tx: Session, essays: EssayHouse) -> Script:
    return lay_out(tx, make_handed_in(tx, essays, TEXT))[0]


def is_offered(tx: Session, script: Script, marker: Actor, minutes: int = 0) -> bool:
    return script in scripts_waiting_for(tx, marker, now=NOW + minutes * MINUTE)


def is_refused(tx: Session, script: Script, marker: Actor) -> bool:
    try:
        take_script(tx, script.id, actor=marker, now=NOW)
    except HeldByOthers:
        return True
    return False


def test_two_may_have_a_script_in_hand_and_a_third_may_not(tx: Session, essays: EssayHouse, script: Script) -> None:
    one, other, third = (essays.marker(tx) for _ in range(3))
    assert take_next(tx, actor=one, now=NOW).held_until == LATER
    assert is_offered(tx, script, other)
    take_next(tx, actor=other, now=NOW)
    assert not is_offered(tx, script, third)
    with pytest.raises(NothingWaits):
        take_next(tx, actor=third, now=NOW)
    for refused in (
        lambda: take_script(tx, script.id, actor=third, now=NOW),
        lambda: mark(tx, script, third, BEST),
    ):
        with pytest.raises(HeldByOthers):
            refused()
    assert is_offered(tx, script, third, 60), "nobody waits longer"
    mark(tx, script, one, BEST)
    mark(tx, script, other, BEST)
    assert script.state == "marked"


def test_a_script_in_other_hands_tells_nothing_of_marks(tx: Session, essays: EssayHouse) -> None:
    """In two hands without marks, or in one with the first marks given: whoever comes is told the same."""
    two, one = (lay_out(tx, make_handed_in(tx, essays, TEXT))[0] for _ in range(2))
    someone, third = essays.marker(tx), essays.marker(tx)
    mark(tx, one, someone, BEST)
    assert is_offered(tx, two, third)
    assert is_offered(tx, one, third), "and neither does one that is in no hands"
    for script, hands in ((two, 2), (one, 1)):
        for _ in range(hands):
            take_script(tx, script.id, actor=essays.marker(tx), now=NOW)
    assert is_refused(tx, two, third)
    assert is_refused(tx, one, third)
    assert scripts_waiting_for(tx, third, now=NOW) == []


def test_a_disputed_script_is_in_one_hand(tx: Session, essays: EssayHouse, script: Script) -> None:
    for levels in (WORST, BEST):
        mark(tx, script, essays.marker(tx), levels)
    third, fourth = essays.marker(tx), essays.marker(tx)
    take_next(tx, actor=third, now=NOW)
    assert not is_offered(tx, script, fourth)
    mark(tx, script, third, BEST)
    assert script.state == "marked"


def test_a_marker_has_one_script_in_hand_and_asking_twice_takes_one(tx: Session, essays: EssayHouse) -> None:
    first, second = (lay_out(tx, make_handed_in(tx, essays, TEXT))[0] for _ in range(2))
    marker, other, third = (essays.marker(tx) for _ in range(3))
    taken = take_script(tx, first.id, actor=marker, now=NOW)
    assert take_next(tx, actor=marker, now=NOW + MINUTE) == taken
    take_script(tx, first.id, actor=other, now=NOW)
    assert not is_offered(tx, first, third)
    take_script(tx, second.id, actor=marker, now=NOW)
    assert is_offered(tx, first, third)
    own = hold_of(tx, marker, now=NOW)
    assert own is not None
    assert own.script_id == second.id


def test_work_keeps_a_script_and_writes_a_row_now_and_then(tx: Session, essays: EssayHouse, script: Script) -> None:
    marker = essays.marker(tx)
    for minutes in range(0, 50, 5):
        take_script(tx, script.id, actor=marker, now=NOW + minutes * MINUTE)
    rows = tx.scalars(select(Hold).order_by(Hold.number)).all()
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]
    assert rows[-1].held_until == NOW + 40 * MINUTE + HELD_FOR
    assert rows[1].held_at - rows[0].held_at == RENEWED_AFTER


def test_nobody_keeps_a_script_for_ever(tx: Session, essays: EssayHouse, script: Script) -> None:
    marker, other = essays.marker(tx), essays.marker(tx)
    for minutes in range(0, 240, 20):
        held = take_script(tx, script.id, actor=marker, now=NOW + minutes * MINUTE)
    last = NOW + HELD_AT_MOST
    assert held.held_until == last
    for now in (last, last + AWAY_FOR - MINUTE):
        with pytest.raises(OthersFirst):
            take_script(tx, script.id, actor=marker, now=now)
        with pytest.raises(NothingWaits):
            take_next(tx, actor=marker, now=now)
    assert take_next(tx, actor=other, now=last).script_id == script.id
    later = last + AWAY_FOR
    assert take_next(tx, actor=marker, now=later).held_until == later + HELD_FOR
    mark(tx, script, marker, BEST)


def test_handing_back_and_taking_again_goes_on_counting(tx: Session, essays: EssayHouse, script: Script) -> None:
    marker = essays.marker(tx)
    for minutes in range(0, 240, 30):
        take_script(tx, script.id, actor=marker, now=NOW + minutes * MINUTE)
        hand_back(tx, script.id, actor=marker, now=NOW + (minutes + 29) * MINUTE)
    with pytest.raises(OthersFirst):
        take_script(tx, script.id, actor=marker, now=NOW + HELD_AT_MOST)


@pytest.mark.parametrize("how", ["back", "marked", "declined"])
def test_what_is_done_with_a_script_ends_the_hold(tx: Session, essays: EssayHouse, script: Script, how: str) -> None:
    marker = essays.marker(tx)
    take_next(tx, actor=marker, now=NOW)
    if how == "back":
        hand_back(tx, script.id, actor=marker, now=NOW)
        assert is_offered(tx, script, marker)
    elif how == "marked":
        mark(tx, script, marker, BEST)
    else:
        decline_script(tx, script, actor=marker, now=NOW)
    assert hold_of(tx, marker, now=NOW) is None
    take_next(tx, actor=essays.marker(tx), now=NOW)
    if how != "marked":
        take_next(tx, actor=essays.marker(tx), now=NOW)


def test_handing_back_what_one_does_not_have_changes_nothing(tx: Session, essays: EssayHouse, script: Script) -> None:
    one, other = essays.marker(tx), essays.marker(tx)
    held = take_next(tx, actor=one, now=NOW)
    hand_back(tx, script.id, actor=other, now=NOW)
    assert tx.scalars(select(Hold)).all() == [held]


def test_handing_back_too_late_is_no_fault(tx: Session, essays: EssayHouse, script: Script) -> None:
    """The answer needs no marks of theirs any more, and nothing is left to hand back."""
    slow, others = essays.marker(tx), (essays.marker(tx), essays.marker(tx))
    held, later = take_next(tx, actor=slow, now=NOW), NOW + 2 * HELD_FOR
    for person in others:
        give_marks(tx, script, levels=BEST, comments={}, actor=person, now=later)
    hand_back(tx, script.id, actor=slow, now=later)
    assert tx.scalars(select(Hold)).all() == [held]


def test_marks_that_come_late_are_kept_while_there_is_a_place(tx: Session, essays: EssayHouse, script: Script) -> None:
    late, other, third = (essays.marker(tx) for _ in range(3))
    take_next(tx, actor=late, now=NOW)
    now = LATER + MINUTE
    take_next(tx, actor=other, now=now)
    give_marks(tx, script, levels=BEST, comments={}, actor=late, now=now)
    with pytest.raises(HeldByOthers):
        take_script(tx, script.id, actor=third, now=now)
    give_marks(tx, script, levels=BEST, comments={}, actor=other, now=now)
    with pytest.raises(AlreadyMarked):
        take_script(tx, script.id, actor=third, now=now)


def test_of_many_who_take_one_script_at_once_two_have_it(database: Database) -> None:
    with database.transaction() as tx:
        essays = make_essay_house(tx)
        script_id = lay_out(tx, make_handed_in(tx, essays, TEXT))[0].id
        markers = [essays.marker(tx) for _ in range(4)]

    def takes(marker: Actor) -> bool:
        try:
            with database.transaction() as tx:
                take_script(tx, script_id, actor=marker, now=NOW)
        except HeldByOthers:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(takes, markers)) == [False, False, True, True]
