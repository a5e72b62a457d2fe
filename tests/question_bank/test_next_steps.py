"""Next steps: whatever is offered is accepted, and whatever is not offered would be refused, for every state and person."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from kernel.errors import DomainError
from kernel.permissions import AccountRole, Actor
from question_bank.authoring import Verdict, move_item, pilot, release, review, submit_for_review, withdraw_all
from question_bank.items import MOVES, ItemState, ItemVersion
from question_bank.next_steps import STEPS, Step, steps_open
from tests.builders.kernel import NOW, make_actor
from tests.builders.question_bank import Staff, item_document, make_drafts, make_framework, make_staff

S = ItemState
WAY: dict[ItemState, tuple[Step, ...]] = {
    S.DRAFT: (),
    S.IN_REVIEW: (Step.SUBMIT,),
    S.APPROVED: (Step.SUBMIT, Step.APPROVE),
    S.PILOT: (Step.SUBMIT, Step.APPROVE, Step.PILOT),
    S.LIVE: (Step.SUBMIT, Step.APPROVE, Step.RELEASE),
    S.RESTING: (Step.SUBMIT, Step.APPROVE, Step.RELEASE, Step.REST),
    S.RETIRED: (Step.SUBMIT, Step.APPROVE, Step.RETIRE),
    S.COMPROMISED: (Step.SUBMIT, Step.APPROVE, Step.COMPROMISE),
}


def take(tx: Session, version: ItemVersion, step: Step, actor: Actor) -> None:
    actor.require(STEPS[step].permission)
    match step:
        case Step.SUBMIT:
            submit_for_review(tx, version, actor=actor, now=NOW)
        case Step.APPROVE | Step.RETURN:
            verdict = Verdict.APPROVED if step is Step.APPROVE else Verdict.RETURNED
            review(tx, version, verdict=verdict, reason="So.", actor=actor, now=NOW)
        case Step.WITHDRAW:
            withdraw_all(tx, [version], reason="So.", actor=actor, now=NOW)
        case Step.PILOT | Step.RELEASE:
            (pilot if step is Step.PILOT else release)(tx, version, actor=actor, now=NOW)
        case _:
            move_item(tx, version, target=STEPS[step].target, reason="So.", actor=actor, now=NOW)


def people(tx: Session, staff: Staff) -> list[Actor]:
    everything = frozenset({AccountRole.AUTHOR, AccountRole.REVIEWER, AccountRole.MANAGER})
    author_of_all = Actor(staff.author.account_id, staff.organisation.id, everything)
    return [staff.author, staff.reviewer, staff.manager, author_of_all, make_actor(tx, staff.organisation)]


@pytest.mark.parametrize("state", list(S))
def test_what_is_offered_is_accepted_and_nothing_else(tx: Session, state: ItemState) -> None:
    staff = make_staff(tx)
    (version,) = make_drafts(tx, staff, make_framework(tx, staff), [item_document()])
    for step in WAY[state]:
        take(tx, version, step, staff.reviewer if step is Step.APPROVE else staff.manager)
    tx.refresh(version, ["standing"])
    assert version.standing.state == state
    for actor in people(tx, staff):
        offered = steps_open(tx, version, actor)
        for step in Step:
            if step is Step.RETIRE and state is S.IN_REVIEW and step not in offered:
                assert not actor.may(STEPS[step].permission)
            tried = tx.begin_nested()
            try:
                take(tx, version, step, actor)
                is_accepted = True
            except DomainError:
                is_accepted = False
            tried.rollback()
            tx.refresh(version, ["standing"])
            assert is_accepted == (step in offered), (actor.roles, step)


def test_whoever_wrote_an_earlier_version_may_return_but_not_approve(tx: Session) -> None:
    staff = make_staff(tx)
    framework = make_framework(tx, staff)
    make_drafts(tx, staff, framework, [item_document()])
    other = Staff(staff.organisation, staff.manager, staff.reviewer, staff.manager)
    (second,) = make_drafts(tx, other, framework, [item_document(stem="Newer?")])
    submit_for_review(tx, second, actor=staff.manager, now=NOW)
    tx.refresh(second, ["standing"])
    both = Actor(staff.author.account_id, staff.organisation.id, frozenset({AccountRole.REVIEWER}))
    assert steps_open(tx, second, both) == [Step.RETURN]


def test_every_step_is_a_move_of_the_table() -> None:
    assert set(STEPS) == set(Step)
    assert {facts.target for facts in STEPS.values()} == {target for targets in MOVES.values() for target in targets}
