"""Counting: an exam that happened, worked out by hand; counted again it says the same, and a new result is not missed."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy.orm import Session

from exam_engine.assembly.forms import form_versions
from exam_engine.delivery.attempts import submit, terminate
from exam_engine.scoring.counting import count_sitting, keep_count
from exam_engine.scoring.results import Result
from exam_engine.scoring.sitting_counts import (
    forget_counts,
    note_count,
    uncountable_sittings,
    uncounted_sittings,
)
from kernel.permissions import the_product
from question_bank.item_analysis import ChoiceFigure
from question_bank.items import ItemVersion
from question_bank.usage import Usage, usages_of
from tests.builders.assembly import Bank, live_items, make_assembled_form, make_bank
from tests.builders.delivery import make_open_sitting
from tests.builders.examined import Hall, make_hall
from tests.builders.kernel import NOW
from tests.builders.memory import peak_of
from tests.builders.scripts import BEST, TEXT, TEXT_BYTES, lay_out, make_essay_house, mark

RIGHT, STRONG = ("c",), 6


@pytest.fixture
def bank(tx: Session) -> Bank:
    return make_bank(tx, live_items(2))


@pytest.fixture
def hall(tx: Session, bank: Bank) -> Hall:
    return make_hall(tx, bank, make_assembled_form(tx, bank), now=NOW)


@pytest.fixture
def versions(tx: Session, hall: Hall) -> list[ItemVersion]:
    return form_versions(tx, hall.house.form.id)


def usage(tx: Session, hall: Hall, version: ItemVersion) -> Usage:
    return usages_of(tx, hall.house.manager, version.item.code)[0].own


def examine(hall: Hall, versions: list[ItemVersion]) -> None:
    """Six who know all the rest and six who know nothing of it.

    Of the first item, five of the strong are right and one takes a; of the weak two are right, three take b, and one
    leaves it open. It is answered first, after 10 seconds by the first, after 20 by the second, and so on.
    """
    first, *others = (version.id for version in versions)
    of_first = [RIGHT] * 5 + [("a",)] + [RIGHT] * 2 + [("b",)] * 3 + [()]
    for number, chosen in enumerate(of_first, start=1):
        rest = RIGHT if number <= STRONG else ("d",)
        answers = {first: chosen} if chosen else {}
        hall.sit({**answers, **dict.fromkeys(others, rest)}, first_after=10 * number)
    hall.close()
    hall.score_all()


def leave_out(tx: Session, result: Result, paper: list[Any], version: ItemVersion) -> None:
    """Append a result as it would be if the place of a version did not count."""
    slot = next(entry["slot"] for entry in paper if entry["version"] == str(version.id))
    facts = {column.key: getattr(result, column.key) for column in Result.__table__.columns}
    marks = [mark for mark in result.marks if mark["slot"] != slot]
    tx.add(Result(**facts | {"id": uuid.uuid4(), "number": result.number + 1, "marks": marks}))
    tx.flush()


def test_figures_are_those_worked_out_by_hand(tx: Session, hall: Hall, versions: list[ItemVersion]) -> None:
    examine(hall, versions)
    hall.count()
    known = usage(tx, hall, versions[0])
    figures = known.figures
    assert (known.papers, figures.marked, figures.answered) == (12, 12, 11)
    assert known.last_seen_at == NOW + timedelta(seconds=10 * 12 + 5 * 5)
    assert figures.facility == Fraction(7, 12)
    # Of the strong 5 right and 1 not, of the weak 2 and 4: (5 x 4 - 1 x 2) / sqrt(6 x 6 x 7 x 5) = 0.50709...
    assert figures.discrimination == Decimal("0.5071")
    assert figures.choices == {
        ("", "a"): ChoiceFigure(1, Fraction(1, 2)),
        ("", "b"): ChoiceFigure(3, Fraction(-1, 2)),
        ("", "c"): ChoiceFigure(7, Fraction(5, 7) - Fraction(1, 2)),
    }
    assert figures.seconds == (30, 60, 90), "of 10, 20, ... 110 seconds"
    second = usage(tx, hall, versions[1]).figures
    assert second.facility == Fraction(1, 2)
    # Whoever is strong has all four others right and mostly the first: 5 of 6 with rest 1, one with 4/5; of the weak
    # two with 1/5 and four with 0. 2.7 / sqrt(3 x 2.51666...) = 0.98263...
    assert second.discrimination == Decimal("0.9826")


def test_counting_again_changes_nothing(tx: Session, hall: Hall, versions: list[ItemVersion]) -> None:
    examine(hall, versions)
    assert uncounted_sittings(tx, NOW, 10) == [hall.sitting.id]
    hall.count()
    before = [usage(tx, hall, version) for version in versions]
    assert uncounted_sittings(tx, NOW, 10) == []
    forget_counts(tx, failed_only=True)
    assert uncounted_sittings(tx, NOW, 10) == []
    forget_counts(tx, failed_only=False)
    assert uncounted_sittings(tx, NOW, 10) == [hall.sitting.id]
    hall.count()
    assert [usage(tx, hall, version) for version in versions] == before


def test_another_result_has_its_sitting_counted_again(tx: Session, hall: Hall, versions: list[ItemVersion]) -> None:
    attempt = hall.sit({version.id: RIGHT for version in versions})
    hall.close()
    stale = count_sitting(tx, hall.sitting)
    hall.score(attempt)
    assert not keep_count(tx, hall.sitting, stale, now=NOW), "a result came while it was counted"
    assert usage(tx, hall, versions[0]).papers == 0
    hall.count()
    assert usage(tx, hall, versions[0]).figures.marked == 1
    hall.score(attempt)
    assert uncounted_sittings(tx, NOW, 10) == [], "the same inputs give the same result"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exam_engine.scoring.handed_in.SCORING_VERSION", "another way of scoring")
        hall.score(attempt)
    assert uncounted_sittings(tx, NOW, 10) == [hall.sitting.id]
    hall.count()
    assert usage(tx, hall, versions[0]).figures.marked == 1, "the newest result counts, and it alone"


def test_who_was_sent_out_has_seen_the_items_all_the_same(tx: Session, hall: Hall, versions: list[ItemVersion]) -> None:
    hall.sit({versions[0].id: RIGHT})
    terminate(tx, hall.begin(), actor=hall.house.proctor, now=NOW + timedelta(minutes=5))
    hall.close()
    hall.score_all()
    hall.count()
    known = usage(tx, hall, versions[0])
    assert (known.papers, known.figures.marked) == (2, 1)


def test_an_exam_still_open_is_not_counted(tx: Session, hall: Hall) -> None:
    hall.begin()
    assert uncounted_sittings(tx, NOW, 10) == []


def test_what_cannot_be_counted_waits_for_a_reason_to_try(tx: Session, hall: Hall) -> None:
    attempt = hall.sit({})
    hall.close()
    note_count(tx, hall.sitting, reason="defect", now=NOW)
    assert uncounted_sittings(tx, NOW, 10) == []
    assert uncountable_sittings(tx) == [(hall.sitting.id, "defect")]
    forget_counts(tx, failed_only=True)
    assert uncounted_sittings(tx, NOW, 10) == [hall.sitting.id]
    note_count(tx, hall.sitting, reason="defect", now=NOW)
    assert uncounted_sittings(tx, NOW + timedelta(hours=1), 10) == [hall.sitting.id]
    hall.score(attempt)
    assert uncounted_sittings(tx, NOW, 10) == [hall.sitting.id]


def test_what_does_not_count_in_a_result_is_a_pilot(tx: Session, hall: Hall, versions: list[ItemVersion]) -> None:
    """Forms with places that are not scored come later; their results leave the marks of those places out."""
    pilot, *others = versions
    for number in range(12):
        right = number < STRONG
        attempt = hall.sit({pilot.id: RIGHT if right else ("a",), others[0].id: RIGHT if right else ("b",)})
        leave_out(tx, hall.score(attempt), attempt.paper, pilot)
    hall.close()
    hall.count()
    known = usage(tx, hall, pilot)
    assert (known.scored.marked, known.piloted.marked) == (0, 12)
    assert (known.piloted.facility, known.piloted.discrimination) == (Fraction(1, 2), Decimal(1))
    assert usage(tx, hall, others[0]).scored.discrimination is None, "the other scored items were left open by all"


def test_what_people_mark_and_no_result_scores_is_left_out(tx: Session) -> None:
    essays = make_essay_house(tx)
    hall = Hall(tx, essays.house, make_open_sitting(tx, essays.house, now=NOW), NOW)
    attempt = hall.begin()
    hall.save(attempt, 1, {"text": TEXT}, NOW)
    submit(tx, attempt, actor=the_product(attempt.organisation_id), now=NOW)
    hall.close()
    script = lay_out(tx, attempt)[0]
    for _ in range(2):
        mark(tx, script, essays.marker(tx), BEST)
    result = hall.score(attempt)
    leave_out(tx, result, attempt.paper, script.version)
    hall.count()
    known = usage(tx, hall, script.version)
    assert (known.papers, known.scored.marked, known.piloted.marked) == (1, 0, 0)


def test_a_count_reads_what_was_handed_in_and_of_the_rest_its_moments(tx: Session, hall: Hall) -> None:
    drafts, long = 400, {"text": "x" * TEXT_BYTES}
    attempt = hall.begin()
    for revision in range(1, drafts + 1):
        hall.save(attempt, 1, long, NOW + timedelta(seconds=revision), revision=revision)
    hall.save(attempt, 1, {"chosen": ["c"]}, NOW + timedelta(seconds=drafts + 1), revision=drafts + 1)
    submit(tx, attempt, actor=the_product(attempt.organisation_id), now=NOW + timedelta(hours=1))
    hall.close()
    hall.score_all()
    tx.expire_all()
    assert peak_of(lambda: count_sitting(tx, hall.sitting)) < drafts * TEXT_BYTES / 2
    of_first = {str(one.version_id): one for one in count_sitting(tx, hall.sitting).showings}[
        attempt.paper[0]["version"]
    ]
    assert of_first.tally.seconds == (drafts + 1,)
    assert sum(count for count, _ in of_first.tally.choices.values()) == 1
