"""Places: a candidate's bookings as stages on the way from the booking to the result, and which one comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from exam_engine.delivery.bookings import Booking
from exam_engine.delivery.lifecycle import AttemptState
from exam_engine.delivery.schedule import SittingState
from exam_engine.http.web.listings import Occupied
from exam_engine.http.web.words import ENDINGS, N_, Sign


class Stage(StrEnum):
    """Where a candidate stands with one booking, the most urgent first."""

    RUNNING = "running"
    WAITING = "waiting"
    OPEN = "open"
    AHEAD = "ahead"
    HANDED_IN = "handed_in"
    TERMINATED = "terminated"
    RESULT = "result"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"


SIGNS: Mapping[Stage, Sign] = {
    Stage.RUNNING: Sign(N_("Exam running"), "warn", "clock", N_("Your exam is running. The clock does not stop.")),
    Stage.WAITING: Sign(N_("In the waiting room"), "live", "clock", N_("You have arrived. Go on in the waiting room.")),
    Stage.OPEN: Sign(
        N_("Doors open"),
        "live",
        "valid",
        N_("The doors are open. Go to the waiting room; an invigilator checks your identity there."),
    ),
    Stage.AHEAD: Sign(
        N_("Booked"),
        "quiet",
        "clock",
        N_("The doors are not open yet. Come back shortly before the first moment to start."),
    ),
    Stage.HANDED_IN: Sign(
        N_("Handed in"),
        "good",
        "check",
        N_("You have handed in. Your result appears here when the sitting has been closed and all answers are marked."),
    ),
    Stage.TERMINATED: ENDINGS[AttemptState.TERMINATED],
    Stage.RESULT: Sign(N_("Result available"), "live", "info"),
    Stage.MISSED: Sign(N_("Not taken"), "quiet", "cross"),
    Stage.WITHDRAWN: Sign(N_("Cancelled"), "quiet", "cross"),
}
STAGE_OF: Mapping[AttemptState, Stage] = {
    AttemptState.AWAITING: Stage.WAITING,
    AttemptState.IN_PROGRESS: Stage.RUNNING,
    AttemptState.SUBMITTED: Stage.HANDED_IN,
    AttemptState.TIMED_OUT: Stage.HANDED_IN,
    AttemptState.TERMINATED: Stage.TERMINATED,
    AttemptState.EXPIRED: Stage.MISSED,
}
"""As long as there is no result to show."""
SHOWN_FIRST = (Stage.RUNNING, Stage.WAITING, Stage.OPEN, Stage.AHEAD, Stage.HANDED_IN, Stage.TERMINATED)


@dataclass(frozen=True, slots=True)
class Place:
    """A booking with its stage, its sign and the address of its attempt."""

    booking: Booking
    stage: Stage
    sign: Sign
    href: str

    @property
    def has_window(self) -> bool:
        """Whether the times for starting still matter."""
        return self.stage in {Stage.WAITING, Stage.OPEN, Stage.AHEAD}


def place_of(occupied: Occupied, now: datetime, *, is_scored: bool) -> Place:
    """Work out where a candidate stands with one booking."""
    stage = _stage(occupied, now, is_scored=is_scored)
    href = f"/my/attempts/{occupied.attempt.id}" if occupied.attempt else ""
    return Place(occupied.booking, stage, SIGNS[stage], href)


def most_urgent(places: Sequence[Place]) -> Place | None:
    """Return the place that asks for something next: what runs comes first, then what begins soonest."""
    candidates = [place for place in places if place.stage in SHOWN_FIRST]
    return min(
        candidates,
        key=lambda place: (SHOWN_FIRST.index(place.stage), place.booking.sitting.start_from),
        default=None,
    )


def _stage(occupied: Occupied, now: datetime, *, is_scored: bool) -> Stage:
    booking, attempt = occupied.booking, occupied.attempt
    if attempt is None or booking.withdrawn_at is not None:
        return _stage_before(booking, now)
    if is_scored and booking.sitting.state == SittingState.CLOSED:
        return Stage.RESULT
    return STAGE_OF[AttemptState(attempt.state)]


def _stage_before(booking: Booking, now: datetime) -> Stage:
    sitting = booking.sitting
    if booking.withdrawn_at is not None or sitting.state == SittingState.CANCELLED:
        return Stage.WITHDRAWN
    if sitting.state == SittingState.CLOSED or now > sitting.start_by:
        return Stage.MISSED
    return Stage.OPEN if sitting.state == SittingState.OPEN else Stage.AHEAD
