"""Next steps: what a person may do now with a version, so that nothing is offered that would be refused.

One rule: who may and from where is read from the tables that the use cases obey; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy.orm import Session

from kernel.permissions import Actor, Permission
from question_bank.items import MOVES, ItemState, ItemVersion
from question_bank.reviews import wrote_any

_S = ItemState


class Step(StrEnum):
    """One thing to do with a version, or with many."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    APPROVE = "approve"
    RETURN = "return"
    PILOT = "pilot"
    RELEASE = "release"
    REST = "rest"
    RETIRE = "retire"
    COMPROMISE = "compromise"


class StepFacts(NamedTuple):
    """Where a step leads, who may take it, and whether it needs a reason."""

    target: ItemState
    permission: Permission
    needs_reason: bool

    @property
    def begins(self) -> frozenset[ItemState]:
        """The states from which the table lets it be taken."""
        return frozenset(state for state, onward in MOVES.items() if self.target in onward)


STEPS: Mapping[Step, StepFacts] = MappingProxyType(
    {
        Step.SUBMIT: StepFacts(_S.IN_REVIEW, Permission.ITEM_WRITE, needs_reason=False),
        Step.WITHDRAW: StepFacts(_S.DRAFT, Permission.ITEM_WRITE, needs_reason=True),
        Step.APPROVE: StepFacts(_S.APPROVED, Permission.ITEM_REVIEW, needs_reason=True),
        Step.RETURN: StepFacts(_S.DRAFT, Permission.ITEM_REVIEW, needs_reason=True),
        Step.PILOT: StepFacts(_S.PILOT, Permission.ITEM_RELEASE, needs_reason=False),
        Step.RELEASE: StepFacts(_S.LIVE, Permission.ITEM_RELEASE, needs_reason=False),
        Step.REST: StepFacts(_S.RESTING, Permission.ITEM_RELEASE, needs_reason=True),
        Step.RETIRE: StepFacts(_S.RETIRED, Permission.ITEM_RELEASE, needs_reason=True),
        Step.COMPROMISE: StepFacts(_S.COMPROMISED, Permission.ITEM_RELEASE, needs_reason=True),
    }
)


def steps_open(tx: Session, version: ItemVersion, actor: Actor) -> list[Step]:
    """Return the steps that a person may take with a version where it stands now."""
    onward = MOVES[ItemState(version.standing.state)]
    steps = [step for step, facts in STEPS.items() if actor.may(facts.permission) and facts.target in onward]
    if version.author_id == actor.account_id:
        return [step for step in steps if step not in {Step.APPROVE, Step.RETURN}]
    if Step.APPROVE in steps and wrote_any(tx, version, actor.person):
        steps.remove(Step.APPROVE)
    return steps
