"""History: what happened to one version, by whom, in order: its steps and the verdicts they rest on.

One rule: it is read from what was appended, never from where things stand now.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CompoundSelect, Text, case, cast, literal, null, select, tuple_
from sqlalchemy.orm import Session

from kernel.accounts import Account
from kernel.errors import NotFound
from kernel.sentences import say
from question_bank.items import ItemReview, ItemState, ItemVersion, StandingChange
from question_bank.reviews import Verdict

_VERDICT_RANK = 2
_RANKS: dict[str, int] = {
    ItemState.IN_REVIEW: 1,
    ItemState.DRAFT: 3,  # returned by a verdict; what was just written comes first of all
    ItemState.APPROVED: 3,
    ItemState.PILOT: 4,
    ItemState.LIVE: 5,
    ItemState.RESTING: 6,
    ItemState.RETIRED: 7,
    ItemState.COMPROMISED: 8,
}
"""Steps of one moment stand in the order of a life, and a verdict before the step that it leads to."""


@dataclass(frozen=True, slots=True)
class Event:
    """A step, where ``to_state`` says whither, or a verdict on the version."""

    id: uuid.UUID
    at: datetime
    from_state: ItemState | None
    to_state: ItemState | None
    verdict: Verdict | None
    reason: str
    due_at: datetime | None
    """When the verdict is due, of a step into review; when to look again, of an approving verdict."""
    who_id: uuid.UUID | None
    who: str | None
    """The name that the person shows."""


def history_of(
    tx: Session, version: ItemVersion, *, after: uuid.UUID | None = None, limit: int | None = None
) -> Sequence[Event]:
    """Return what happened to a version that the caller has reached, the first thing first.

    Raises:
        NotFound: ``after`` names nothing that happened to it.
    """
    events = _events(version).subquery()
    order = (events.c.at, events.c.rank, events.c.id)
    found = select(events, Account.display_name).outerjoin(Account, Account.id == events.c.who_id)
    if after is not None:
        last = tx.execute(select(*order).where(events.c.id == after)).one_or_none()
        if last is None:
            message = say("nothing of that name happened to this version")
            raise NotFound(message)
        found = found.where(tuple_(*order) > tuple(last))
    return [_event(*row) for row in tx.execute(found.order_by(*order).limit(limit))]


def _events(version: ItemVersion) -> CompoundSelect[tuple[object, ...]]:
    step, verdict = StandingChange, ItemReview
    steps = select(
        step.id,
        step.at,
        case((step.from_state.is_(None), 0), else_=case(_RANKS, value=step.to_state)).label("rank"),
        step.from_state,
        step.to_state,
        cast(null(), Text).label("verdict"),
        step.reason,
        step.due_at,
        step.actor_id.label("who_id"),
    ).where(step.version_id == version.id)
    verdicts = select(
        verdict.id,
        verdict.at,
        literal(_VERDICT_RANK),
        null(),
        null(),
        verdict.verdict,
        verdict.reason,
        verdict.review_again_at,
        verdict.reviewer_id,
    ).where(verdict.version_id == version.id)
    return steps.union_all(verdicts)


def _event(
    id_: uuid.UUID,
    at: datetime,
    _rank: int,
    from_state: str | None,
    to_state: str | None,
    verdict: str | None,
    reason: str,
    due_at: datetime | None,
    who_id: uuid.UUID | None,
    who: str | None,
) -> Event:
    return Event(
        id=id_,
        at=at,
        from_state=ItemState(from_state) if from_state else None,
        to_state=ItemState(to_state) if to_state else None,
        verdict=Verdict(verdict) if verdict else None,
        reason=reason,
        due_at=due_at,
        who_id=who_id,
        who=who,
    )
