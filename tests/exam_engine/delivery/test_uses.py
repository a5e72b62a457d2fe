"""Uses: every form and sitting of an item, whichever of its versions, and how many met it; attempts keep theirs."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_engine.assembly.forms import Form, FormItem, assemble_form, form_versions
from exam_engine.delivery.paper import candidate_paper
from exam_engine.delivery.uses import recent_use, uses_of_item
from kernel.errors import NotFound
from kernel.permissions import AccountRole
from question_bank.authoring import draft_item
from question_bank.items import Item
from tests.builders.assembly import Bank, live_items, make_assembled_form, make_bank, make_plan
from tests.builders.delivery import (
    House,
    make_booking,
    make_candidate,
    make_open_sitting,
    make_person,
    make_running_attempt,
    make_waiting_attempt,
)
from tests.builders.kernel import NOW
from tests.builders.question_bank import make_live_items, make_staff


@pytest.fixture
def bank(tx: Session) -> Bank:
    return make_bank(tx, live_items(2))


def house_of(tx: Session, bank: Bank, form: Form) -> House:
    organisation_id = bank.staff.organisation.id
    proctor = make_person(tx, organisation_id, AccountRole.PROCTOR, now=NOW)
    return House(organisation_id, bank.staff.manager, proctor.actor, form)


def revised(tx: Session, bank: Bank, code: str) -> None:
    """Edit a live item, have it reviewed, and release it."""
    document = next(item for item in live_items(2) if item["code"] == code)
    make_live_items(tx, bank.staff, bank.framework, [document | {"stem": "What does the city do instead?"}])


def test_uses_tell_forms_sittings_versions_and_how_many_met_it(tx: Session, bank: Bank) -> None:
    plan = make_plan(tx, bank)
    old_form = make_assembled_form(tx, bank, plan)
    house = house_of(tx, bank, old_form)
    item = form_versions(tx, old_form.id)[0].item
    morning = make_open_sitting(tx, house, now=NOW)
    for _ in range(2):
        make_running_attempt(tx, house, make_candidate(tx, house, now=NOW), sitting=morning, now=NOW)
    make_waiting_attempt(tx, house, make_candidate(tx, house, now=NOW), sitting=morning, now=NOW)
    make_booking(tx, house, make_candidate(tx, house, now=NOW), sitting=morning, now=NOW)
    evening = make_open_sitting(tx, house, now=NOW + timedelta(hours=8))
    revised(tx, bank, item.code)
    new_form = assemble_form(tx, plan, seed="one", actor=bank.staff.manager, now=NOW + timedelta(days=1))
    uses = uses_of_item(tx, bank.staff.manager, item)
    assert [(use.form, use.version.number, use.sitting, use.attempts, use.begun) for use in uses] == [
        (new_form, 2, None, 0, 0),
        (old_form, 1, evening, 0, 0),
        (old_form, 1, morning, 3, 2),
    ]


def test_a_form_that_does_not_hold_the_item_is_no_use(tx: Session) -> None:
    bank = make_bank(tx)
    form = make_assembled_form(tx, bank)
    held = {version.item_id for version in form_versions(tx, form.id)}
    items = tx.query(Item).filter_by(organisation_id=bank.staff.organisation.id).all()
    assert {item.id for item in items if uses_of_item(tx, bank.staff.manager, item)} == held
    assert len(held) < len(items), "every item is used, so nothing is proved"


def test_strangers_learn_of_no_use(tx: Session, bank: Bank) -> None:
    item = form_versions(tx, make_assembled_form(tx, bank).id)[0].item
    with pytest.raises(NotFound):
        uses_of_item(tx, make_staff(tx).manager, item)
    with pytest.raises(NotFound):
        uses_of_item(tx, bank.staff.manager, item, after=uuid.uuid4())


def test_a_live_item_that_is_edited_stays_as_it_was_for_whoever_sits_it(tx: Session, bank: Bank) -> None:
    form = make_assembled_form(tx, bank)
    house = house_of(tx, bank, form)
    candidate = make_candidate(tx, house, now=NOW)
    attempt = make_running_attempt(tx, house, candidate, now=NOW)
    before = candidate_paper(tx, attempt)
    old = form_versions(tx, form.id)
    revised(tx, bank, old[0].item.code)
    tx.expire_all()
    assert candidate_paper(tx, attempt) == before
    assert [version.id for version in form_versions(tx, form.id)] == [version.id for version in old]
    assert old[0].standing.state == "resting"
    # Even whoever arrives afterwards sits the form as it was assembled.
    late = make_waiting_attempt(tx, house, make_candidate(tx, house, now=NOW), now=NOW)
    assert {slot["version"] for slot in late.paper} == {str(version.id) for version in old}


def test_two_versions_of_one_item_never_meet_in_a_form(tx: Session, bank: Bank) -> None:
    form = make_assembled_form(tx, bank)
    version = form_versions(tx, form.id)[0]
    document = next(item for item in live_items(2) if item["code"] == version.item.code)
    later = draft_item(
        tx, bank.framework, document | {"stem": "What else?"}, language="en", actor=bank.staff.author, now=NOW
    )
    row = {"form_id": form.id, "position": 99, "item_version_id": later.id}
    with pytest.raises(IntegrityError, match="do not meet in a form"), tx.begin_nested():
        tx.execute(insert(FormItem).values(row))


def test_recent_use_is_a_share_of_what_was_asked_in_the_last_365_days(tx: Session, bank: Bank) -> None:
    plan = make_plan(tx, bank)
    form = make_assembled_form(tx, bank, plan)
    house = house_of(tx, bank, form)
    asked = form_versions(tx, form.id)[0].item
    make_open_sitting(tx, house, now=NOW)
    make_open_sitting(tx, house, now=NOW)
    revised(tx, bank, asked.code)
    other = assemble_form(tx, plan, seed="two", actor=bank.staff.manager, now=NOW + timedelta(days=200))
    make_live_items(tx, bank.staff, bank.framework, [live_items(2)[0] | {"code": "never-asked"}])
    never = tx.scalars(select(Item).where(Item.code == "never-asked")).one()
    assert asked.id in {version.item_id for version in form_versions(tx, other.id)}, "in its new version"

    def shares(item: Item, days: int) -> tuple[int, ...]:
        recent = recent_use(tx, bank.staff.author, item, now=NOW + timedelta(days=days))
        return recent.forms, recent.forms_of, recent.sittings, recent.sittings_of

    assert shares(asked, 1) == (2, 2, 2, 2)
    assert shares(asked, 366) == (1, 1, 0, 0)
    assert shares(never, 1) == (0, 2, 0, 2)
    assert shares(asked, -1)[2:] == (0, 0), "what has not begun has shown nothing"
