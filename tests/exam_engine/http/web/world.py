"""A world in which every page has something to show: an exam passed and certified, another one still running."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from exam_engine.delivery.lifecycle import Attempt
from exam_engine.demo.stage import CANDIDATE, DECISION_MAKER, MANAGER, PROCTOR, SIMULATED, Person
from exam_engine.scoring.setbacks import Work, note_setback
from kernel.permissions import AccountRole
from tests.journeys.acts import answer_all, close_and_score, grant, hand_in, rightly, seated
from tests.stage import Site

R = AccountRole
PERSON_OF = {R.CANDIDATE: SIMULATED, R.PROCTOR: PROCTOR, R.MANAGER: MANAGER, R.DECISION_MAKER: DECISION_MAKER}


@dataclass(frozen=True)
class World:
    """The identifiers of what is there. The simulated candidate has passed; the other one is working."""

    sitting_id: str
    attempt_id: str
    result_id: str
    credential_id: str
    code: str
    running_sitting_id: str
    running_attempt_id: str


def make_world(site: Site) -> World:
    """Play one exam to its certificate, and start another."""
    seat = seated(site, SIMULATED)
    answer_all(seat, rightly(site))
    hand_in(seat)
    result = close_and_score(seat)
    credential = grant(seat, result)
    running = seated(site, CANDIDATE)
    _let_stand_still(site, running.attempt_id)
    return World(
        sitting_id=seat.sitting_id,
        attempt_id=seat.attempt_id,
        result_id=result["id"],
        credential_id=credential["id"],
        code=credential["code"],
        running_sitting_id=running.sitting_id,
        running_attempt_id=running.attempt_id,
    )


def _let_stand_still(site: Site, attempt_id: str) -> None:
    """Note a certificate that could not be issued, so that the manager's page has something to tell."""
    with site.installation.database.transaction() as tx:
        attempt = tx.get_one(Attempt, uuid.UUID(attempt_id))
        facts = {"reason": "missing_glyph", "places": ["holder_name"], "now": site.clock()}
        note_setback(tx, Work.ISSUE, attempt.id, attempt.organisation_id, **facts)  # type: ignore[arg-type]


def pages_of(world: World) -> dict[str, Person | None]:
    """Return every page that shows something, and somebody who may see it."""
    public = [
        "/sign-in",
        "/verify",
        "/verify?code=x",
        f"/V/{world.code}",
        f"/v/{world.code}",
        "/V/0000000000000000",
        "/no",
    ]
    passed = ["/my", f"/my/attempts/{world.attempt_id}/receipt", f"/my/attempts/{world.attempt_id}/result"]
    proctor = [f"/proctor/sittings/{world.running_sitting_id}", "/proctor", f"/proctor/sittings/{world.sitting_id}"]
    manager = [
        "/manage",
        "/manage/bank",
        "/manage/schemes",
        "/manage/sittings",
        f"/manage/sittings/{world.sitting_id}",
        f"/manage/sittings/{world.running_sitting_id}",
        "/manage/results",
        "/register",
    ]
    return {
        **dict.fromkeys(public),
        **dict.fromkeys(passed, SIMULATED),
        "/my": CANDIDATE,
        f"/my/attempts/{world.running_attempt_id}": CANDIDATE,
        **dict.fromkeys(proctor, PROCTOR),
        **dict.fromkeys(manager, MANAGER),
        **dict.fromkeys(["/decisions", f"/decisions/{world.result_id}"], DECISION_MAKER),
        f"/register/{world.credential_id}": DECISION_MAKER,
    }
