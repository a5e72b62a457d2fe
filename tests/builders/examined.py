"""Candidates who have sat a form: each with answers and the moments at which these reached the server."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from exam_engine.assembly.forms import Form
from exam_engine.delivery.attempts import submit
from exam_engine.delivery.lifecycle import Attempt
from exam_engine.delivery.responses import Response
from exam_engine.delivery.sittings import Sitting, close_sitting
from exam_engine.scoring.counting import count_sitting, keep_count
from exam_engine.scoring.results import Result, score_attempt
from exam_engine.scoring.worklist import unscored_attempts
from kernel.canonical import digest
from kernel.permissions import AccountRole, the_product
from tests.builders.assembly import Bank
from tests.builders.delivery import House, make_candidate, make_open_sitting, make_person, make_running_attempt

PACE = timedelta(seconds=5)


@dataclass
class Hall:
    """A sitting of a form with the people who run it."""

    tx: Session
    house: House
    sitting: Sitting
    now: datetime

    def begin(self) -> Attempt:
        """Somebody comes and starts."""
        candidate = make_candidate(self.tx, self.house, now=self.now)
        return make_running_attempt(self.tx, self.house, candidate, sitting=self.sitting, now=self.now)

    def sit(self, answers: Mapping[uuid.UUID, tuple[str, ...]], *, first_after: int = 5) -> Attempt:
        """Somebody answers versions in this order, the first after so many seconds, the next ones at a steady pace.

        Args:
            answers: the options chosen by version; what is not named is left open.
        """
        attempt = self.begin()
        slots = {uuid.UUID(slot["version"]): slot["slot"] for slot in attempt.paper}
        at = self.now + timedelta(seconds=first_after)
        for version_id, chosen in answers.items():
            self.save(attempt, slots[version_id], {"chosen": list(chosen)}, at)
            at += PACE
        submit(self.tx, attempt, actor=the_product(self.house.organisation_id), now=at)
        return attempt

    def save(self, attempt: Attempt, slot: int, value: dict[str, Any], at: datetime, *, revision: int = 1) -> None:
        """A response reaches the server."""
        facts = {"value": value, "value_hash": digest(value), "received_at": at, "save_id": f"save-{slot}-{revision}"}
        self.tx.add(Response(attempt_id=attempt.id, slot=slot, revision=revision, **facts))
        self.tx.flush()

    def close(self) -> None:
        """The sitting is over."""
        close_sitting(self.tx, self.sitting, actor=self.house.manager, now=self.now + timedelta(hours=3))

    def score(self, attempt: Attempt) -> Result:
        """The attempt is scored."""
        actor = the_product(attempt.organisation_id)
        return score_attempt(self.tx, attempt, actor=actor, now=self.now + timedelta(hours=4))

    def score_all(self) -> None:
        """Whatever is scored without a person's word is scored."""
        for attempt in unscored_attempts(self.tx, self.now, 1000):
            self.score(attempt)

    def count(self) -> None:
        """The uses of its items are counted."""
        assert keep_count(self.tx, self.sitting, count_sitting(self.tx, self.sitting), now=self.now)


def make_hall(tx: Session, bank: Bank, form: Form, *, now: datetime) -> Hall:
    """Open a sitting of a form of the bank's body."""
    proctor = make_person(tx, bank.staff.organisation.id, AccountRole.PROCTOR, now=now)
    house = House(bank.staff.organisation.id, bank.staff.manager, proctor.actor, form)
    return Hall(tx, house, make_open_sitting(tx, house, now=now), now)
