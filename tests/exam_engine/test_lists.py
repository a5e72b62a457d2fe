"""Lists that are read in pages: whoever walks meets every row once and in order, whatever is added meanwhile."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from certificates.revocation import credentials_of, own_credentials
from certificates.signing import KeyStore
from exam_engine.assembly.forms import form_versions, forms_of
from exam_engine.assembly.schemes import scheme_versions_of
from exam_engine.delivery.admission import arrive
from exam_engine.delivery.attempts import Attempt, submit
from exam_engine.delivery.bookings import bookings_in, own_bookings
from exam_engine.delivery.lifecycle import Part
from exam_engine.delivery.sittings import schedule_sitting, sittings_of
from exam_engine.delivery.uses import uses_of_item
from exam_engine.proctoring.sessions import waiting_attempts
from exam_engine.scoring.results import Result, results_of
from kernel.audit import entries_after, record
from kernel.errors import NotFound
from kernel.permissions import AccountRole, Actor
from question_bank.authoring import submit_for_review
from question_bank.comments import add_comment, comments_on, resolve_comment
from question_bank.competences import frameworks_of
from question_bank.finding import Search, find_items
from question_bank.review_dates import reviews_due
from tests.builders.assembly import live_items, make_assembled_form, make_bank, make_draft, make_plan
from tests.builders.certificates import issue_one, make_body
from tests.builders.delivery import (
    WINDOW,
    House,
    make_booking,
    make_candidate,
    make_house,
    make_open_sitting,
    make_running_attempt,
)
from tests.builders.question_bank import framework_document, item_document, make_drafts, make_framework, make_staff

ROWS, ADDED = 5, 3
Rows = list[Any]


@dataclass(frozen=True)
class Listing:
    """A list: a page of it, how a row gets into it, and whether such a row stands at the end."""

    page: Callable[[Any, int | None], Rows]
    add: Callable[[int], object]
    grows_at_the_end: bool = False
    cursor: Callable[[Any], object] = attrgetter("id")


def sittings(tx: Session, now: datetime, _folder: Path) -> Listing:
    house = make_house(tx, now=now)

    def add(number: int) -> None:
        begin = now + timedelta(hours=number // 2)  # two of them at one moment
        window = {"start_from": begin, "start_by": begin + WINDOW, "time_zone": "UTC"}
        schedule_sitting(tx, house.form, title=str(number), **window, actor=house.manager, now=now)  # type: ignore[arg-type]

    return Listing(lambda after, limit: sittings_of(tx, house.manager, after=after, limit=limit), add)


def own_places(tx: Session, now: datetime, _folder: Path) -> Listing:
    house = make_house(tx, now=now)
    candidate = make_candidate(tx, house, now=now)

    def add(number: int) -> None:
        sitting = make_open_sitting(tx, house, now=now + timedelta(hours=number // 2))
        make_booking(tx, house, candidate, sitting=sitting, now=now)

    return Listing(lambda after, limit: own_bookings(tx, candidate.actor, after=after, limit=limit), add)


def places(tx: Session, now: datetime, _folder: Path) -> Listing:
    house = make_house(tx, now=now)
    sitting = make_open_sitting(tx, house, now=now)

    def add(number: int) -> None:
        at = now + timedelta(seconds=number // 2)
        make_booking(tx, house, make_candidate(tx, house, now=now), sitting=sitting, now=at)

    return Listing(lambda after, limit: bookings_in(tx, sitting, after=after, limit=limit), add, grows_at_the_end=True)


def arrivals(tx: Session, now: datetime, _folder: Path) -> Listing:
    house = make_house(tx, now=now)
    sitting = make_open_sitting(tx, house, now=now)

    def add(number: int) -> None:
        candidate = make_candidate(tx, house, now=now)
        booking = make_booking(tx, house, candidate, sitting=sitting, now=now)
        arrive(tx, booking, actor=candidate.actor, now=now + timedelta(seconds=number))

    def page(after: uuid.UUID | None, limit: int | None) -> Rows:
        return waiting_attempts(tx, house.proctor, sitting, after=after, limit=limit)

    return Listing(page, add, grows_at_the_end=True)


def results(tx: Session, now: datetime, _folder: Path) -> Listing:
    """Every new result comes with a regrade of the oldest one, which has been met or is still to come."""
    house = make_house(tx, now=now)
    ended: list[Attempt] = []

    def append(attempt: Attempt, number: int) -> None:
        columns = ("marks", "areas", "competences", "rules_met", "deciding_cuts")
        empty: dict[str, Any] = {column: [] for column in columns}
        tx.add(
            Result(
                organisation_id=house.organisation_id,
                attempt_id=attempt.id,
                number=number,
                inputs={},
                score=Fraction(1, 2),
                item_count=4,
                passed=True,
                borderline=False,
                scored_at=now + timedelta(days=number),
                **empty,
            )
        )
        tx.flush()

    def add(number: int) -> None:
        candidate = make_candidate(tx, house, now=now)
        attempt = make_running_attempt(tx, house, candidate, now=now)
        submit(tx, attempt, actor=candidate.actor, now=now + timedelta(minutes=number // 2))
        ended.append(attempt)
        append(attempt, 1)
        if number >= ROWS:
            append(ended[0], number)

    return Listing(lambda after, limit: results_of(tx, house.manager, after=after, limit=limit), add)


def certificates(tx: Session, now: datetime, folder: Path) -> Listing:
    body, keys = make_body(tx), KeyStore(folder)

    def add(number: int) -> None:
        issue_one(tx, body, keys=keys, now=now + timedelta(seconds=number // 2))

    return Listing(lambda after, limit: credentials_of(tx, body.manager, after=after, limit=limit), add)


def own_certificates(tx: Session, now: datetime, folder: Path) -> Listing:
    body, keys = make_body(tx), KeyStore(folder)
    holder = Actor(body.holder.id, body.organisation.id, frozenset({AccountRole.CANDIDATE}))

    def add(number: int) -> None:
        issue_one(tx, body, keys=keys, now=now + timedelta(seconds=number))

    return Listing(lambda after, limit: own_credentials(tx, holder, after=after, limit=limit), add)


def frameworks(tx: Session, now: datetime, _folder: Path) -> Listing:
    staff = make_staff(tx)

    def add(number: int) -> None:
        document = framework_document(code=f"city-{number % 2}", version=str(number))
        make_framework(tx, staff, document, now=now + timedelta(seconds=number // 4))

    def page(after: uuid.UUID | None, limit: int | None) -> Rows:
        return frameworks_of(tx, staff.organisation.id, after=after, limit=limit)

    return Listing(page, add)


def schemes(tx: Session, _now: datetime, _folder: Path) -> Listing:
    bank = make_bank(tx, [])

    def add(number: int) -> None:
        make_draft(tx, bank, code=f"scheme-{number % 2}")

    return Listing(lambda after, limit: scheme_versions_of(tx, bank.staff.manager, after=after, limit=limit), add)


def forms(tx: Session, _now: datetime, _folder: Path) -> Listing:
    bank = make_bank(tx)
    plan = make_plan(tx, bank)

    def add(number: int) -> None:
        make_assembled_form(tx, bank, plan, seed=str(number))

    return Listing(lambda after, limit: forms_of(tx, bank.staff.manager, after=after, limit=limit), add)


def items(tx: Session, _now: datetime, _folder: Path) -> Listing:
    staff = make_staff(tx)
    framework = make_framework(tx, staff)

    def add(number: int) -> None:
        make_drafts(tx, staff, framework, [item_document(f"item-{number % 3}-{number}", stem=f"What is {number}?")])

    def page(after: str | None, limit: int | None) -> Rows:
        lines = find_items(tx, staff.author, Search(), after=after or "", limit=limit or 1000).lines
        return [line.newest for line in lines]

    return Listing(page, add, cursor=attrgetter("item.code"))


def entries(tx: Session, now: datetime, _folder: Path) -> Listing:
    house = make_house(tx, now=now)
    seen = entries_after(tx, house.organisation_id, 0, 1000)[-1].sequence

    def add(number: int) -> None:
        record(tx, house.manager, Part.ORGANISER, f"row:{number}", now)

    def page(after: int | None, limit: int | None) -> Rows:
        return entries_after(tx, house.organisation_id, after or seen, limit or 1000)

    return Listing(page, add, grows_at_the_end=True, cursor=attrgetter("sequence"))


def comments(tx: Session, now: datetime, _folder: Path) -> Listing:
    staff = make_staff(tx)
    (version,) = make_drafts(tx, staff, make_framework(tx, staff), [item_document()])

    def add(number: int) -> None:
        comment = add_comment(tx, version, text=str(number), actor=staff.reviewer, now=now + timedelta(hours=number))
        resolve_comment(tx, comment, text="Done.", actor=staff.author, now=now)

    def page(after: uuid.UUID | None, limit: int | None) -> Rows:
        return list(comments_on(tx, staff.author, version, after=after, limit=limit))

    return Listing(page, add, grows_at_the_end=True)


def dues(tx: Session, now: datetime, _folder: Path) -> Listing:
    staff = make_staff(tx)
    framework = make_framework(tx, staff)

    def add(number: int) -> None:
        (version,) = make_drafts(tx, staff, framework, [item_document(f"item-{number}")])
        due_at = now + timedelta(days=1 + number // 2)
        submit_for_review(tx, version, due_at=due_at, actor=staff.author, now=now)

    def page(after: uuid.UUID | None, limit: int | None) -> Rows:
        later = now + timedelta(days=99)
        return list(reviews_due(tx, staff.author, now=later, after=after, limit=limit))

    return Listing(page, add)


def uses(tx: Session, now: datetime, _folder: Path) -> Listing:
    """Sittings of one form; a second form of the item was never scheduled."""
    bank = make_bank(tx, live_items(2))
    plan = make_plan(tx, bank)
    form, _ = (make_assembled_form(tx, bank, plan, seed=seed) for seed in ("one", "two"))
    (item, *_) = (version.item for version in form_versions(tx, form.id))
    house = House(bank.staff.organisation.id, bank.staff.manager, bank.staff.manager, form)

    def add(number: int) -> None:
        if number:  # the form without a sitting is a row as well
            make_open_sitting(tx, house, now=now + timedelta(hours=number // 2))

    def page(after: uuid.UUID | None, limit: int | None) -> Rows:
        return uses_of_item(tx, bank.staff.manager, item, after=after, limit=limit)

    return Listing(page, add)


LISTINGS = (sittings, own_places, places, arrivals, results, certificates, own_certificates, frameworks, schemes, forms)
TALK = (comments, dues, uses)


@pytest.fixture(params=[*LISTINGS, *TALK, items, entries])
def listing(request: pytest.FixtureRequest, tx: Session, now: datetime, tmp_path: Path) -> Listing:
    """A list with some rows in it."""
    made: Listing = request.param(tx, now, tmp_path)
    for number in range(ROWS):
        made.add(number)
    return made


def walked(listing: Listing, limit: int, between: Callable[[], object] = lambda: None) -> list[uuid.UUID]:
    """Read page by page, and let something happen between any two pages."""
    met: Rows = []
    for _ in range(10 * ROWS):
        found = listing.page(listing.cursor(met[-1]) if met else None, limit)
        assert len(found) <= limit
        met += found
        if len(found) < limit:
            return [row.id for row in met]
        between()
    pytest.fail("the list does not end")


@pytest.mark.parametrize("limit", [1, 2, ROWS, ROWS + 1])
def test_pages_together_are_the_list(listing: Listing, limit: int) -> None:
    whole = [row.id for row in listing.page(None, None)]
    assert len(whole) == len(set(whole)) == ROWS
    assert walked(listing, limit) == whole


def test_what_is_added_meanwhile_repeats_and_skips_nothing(listing: Listing) -> None:
    before = [row.id for row in listing.page(None, None)]
    numbers = iter(range(ROWS, ROWS + ADDED))

    def between() -> None:
        for number in itertools.islice(numbers, 1):
            listing.add(number)

    met = walked(listing, 2, between)
    after = [row.id for row in listing.page(None, None)]
    kept = [row for row in before if row in after]  # a regrade puts a result's newest version in its place
    assert len(met) == len(set(met))
    assert [row for row in met if row in kept] == kept
    assert len(after) > ROWS, "nothing was added, so nothing is proved"
    if listing.grows_at_the_end:
        assert met == after


@pytest.mark.parametrize("make", [*LISTINGS, *TALK])
def test_neither_nowhere_nor_another_bodys_row_is_a_place_to_go_on(
    tx: Session, now: datetime, tmp_path: Path, make: Callable[[Session, datetime, Path], Listing]
) -> None:
    ours, theirs = make(tx, now, tmp_path), make(tx, now, tmp_path)
    theirs.add(0)
    for cursor in (uuid.uuid4(), theirs.page(None, None)[0].id):
        with pytest.raises(NotFound):
            ours.page(cursor, 10)
