"""The story: from the bank to a verified certificate, each step taken by the person whose step it is.

One rule: everything goes through the public HTTP API, as a stranger's own tools would do it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from threading import Event
from typing import Any

from exam_engine.assembly.rules import percent_text
from exam_engine.assembly.sample import sample_blueprint, sample_scheme
from exam_engine.demo.candidate import sit
from exam_engine.demo.client import Caller
from exam_engine.demo.stage import CANDIDATE, DECISION_MAKER, MANAGER, PASSWORD, PROCTOR, SIMULATED, Person
from question_bank.sample import sample_answers, sample_framework

JOB_ROLE = "SCPD"
SEED = "demo-1"
PATIENCE_SECONDS = 60
POLL_SECONDS = 0.1
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ending:
    """What the story produced; ``--json`` prints it."""

    form_id: str
    attempt_id: str
    result_id: str
    credential_id: str
    score: str
    passed: bool
    areas: list[Any]
    levels: dict[str, int | None]
    certificate_pdf: str
    verify_url: str
    elapsed_seconds: float

    def as_json(self) -> Json:
        """Return the facts as one JSON object."""
        return asdict(self)


class Story:
    """The steps in order; each tells what it did."""

    def __init__(self, base_url: str, folder: Path, tell: Callable[[str, str], None]) -> None:
        self._base_url = base_url
        self._folder = folder
        self._tell = tell

    def play(self, now: datetime, begun: float) -> Ending:
        """Play the whole story and return how it ended.

        Args:
            begun: the monotonic moment from which the elapsed seconds count.
        """
        with ExitStack() as stack:
            manager, proctor, candidate, decider = (
                stack.enter_context(self._signed_in(person)) for person in (MANAGER, PROCTOR, SIMULATED, DECISION_MAKER)
            )
            form = self._assemble(manager)
            sitting = self._schedule(manager, form, now)
            attempt = self._sit(candidate, proctor, sitting)
            result = self._score(manager, sitting, attempt)
            self._decide(decider, result)
            credential = self._issue(manager, attempt)
            path = self._download(candidate, credential)
            verify_url = self._verify(credential)
            self._invite(manager, form, now)
        return Ending(
            form_id=form["id"],
            attempt_id=attempt["id"],
            result_id=result["id"],
            credential_id=credential["id"],
            score=result["score"],
            passed=result["passed"],
            areas=result["areas"],
            levels={area["code"]: area["level"] for area in result["areas"]},
            certificate_pdf=str(path),
            verify_url=verify_url,
            elapsed_seconds=round(time.monotonic() - begun, 2),
        )

    def _signed_in(self, person: Person) -> Caller:
        return Caller.signed_in(self._base_url, person.email, PASSWORD)

    def _assemble(self, manager: Caller) -> Json:
        scheme = manager.post("/api/v1/schemes", sample_scheme(sample_framework(), JOB_ROLE))
        manager.post(f"/api/v1/scheme-versions/{scheme['id']}/publication")
        self._tell("Scheme published", f"{scheme['title']}, version {scheme['number']}")
        plan = sample_blueprint(sample_framework(), JOB_ROLE)
        blueprint = manager.post(f"/api/v1/scheme-versions/{scheme['id']}/blueprints", plan)
        form: Json = manager.post(f"/api/v1/blueprints/{blueprint['id']}/forms", {"seed": SEED})
        count = sum(cell["count"] for cell in blueprint["cells"])
        difficulty = percent_text(Fraction(form["difficulty"]))
        self._tell("Form assembled", f"{count} items, mean difficulty {difficulty}, hash {form['form_hash'][:16]}")
        return form

    def _schedule(self, manager: Caller, form: Json, now: datetime) -> Json:
        sitting = self._sitting(manager, form, "Sitting of the simulated candidate", now)
        _book(manager, sitting, SIMULATED)
        self._tell("Sitting opened", f"{sitting['title']}, one place booked for {SIMULATED.name}")
        return sitting

    def _sit(self, candidate: Caller, proctor: Caller, sitting: Json) -> Json:
        booking = candidate.get("/api/v1/bookings")["items"][0]
        attempt: Json = candidate.post(f"/api/v1/bookings/{booking['id']}/arrival")
        waiting = proctor.get(f"/api/v1/sittings/{sitting['id']}/attempts")
        proctor.post(f"/api/v1/attempts/{waiting['items'][0]['attempt_id']}/check-in", {"method": "passport"})
        self._tell("Candidate admitted", "identity checked by the proctor")
        started = candidate.post(f"/api/v1/attempts/{attempt['id']}/start")
        saved = sum(1 for _ in sit(candidate, attempt["id"], started["exam_token"], sample_answers()))
        receipt = candidate.post(f"/api/v1/attempts/{attempt['id']}/submission")
        self._tell("Exam sat", f"{saved} answers acknowledged, receipt {receipt['receipt_hash'][:16]}")
        return attempt

    def _score(self, manager: Caller, sitting: Json, attempt: Json) -> Json:
        manager.post(f"/api/v1/sittings/{sitting['id']}/closing")
        row = _awaited(lambda: _first(manager.get("/api/v1/results")["items"], attempt_id=attempt["id"]))
        result: Json = manager.get(f"/api/v1/results/{row['id']}")
        verdict = "rules met" if result["passed"] else "rules not met"
        self._tell("Result scored", f"{percent_text(Fraction(result['score']))}, {verdict}")
        return result

    def _decide(self, decider: Caller, result: Json) -> None:
        reason = "The evidence is complete and the rules of the scheme are met."
        decider.post(f"/api/v1/results/{result['id']}/decision", {"outcome": "granted", "reason": reason})
        self._tell("Certificate granted", f"decided by {DECISION_MAKER.name}, who took no part in the exam")

    def _issue(self, manager: Caller, attempt: Json) -> Json:
        credential: Json = _awaited(lambda: _first(manager.get("/api/v1/credentials")["items"]))
        self._tell("Certificate issued", f"number {credential['code']}, attempt {attempt['id']}")
        return credential

    def _download(self, candidate: Caller, credential: Json) -> Path:
        path = self._folder / f"certificate-{credential['code']}.pdf"
        path.write_bytes(candidate.read("GET", f"/api/v1/own-credentials/{credential['id']}/pdf"))
        self._tell("Signed PDF", str(path))
        return path

    def _verify(self, credential: Json) -> str:
        path = f"/V/{credential['code']}"
        with Caller(self._base_url) as anybody:
            report = anybody.get(path)
        self._tell("Verified by URL", f"{report['status']}: {self._base_url}{path}")
        return f"{self._base_url}{path}"

    def _invite(self, manager: Caller, form: Json, now: datetime) -> None:
        sitting = self._sitting(manager, form, "Open sitting: try it in your browser", now)
        _book(manager, sitting, CANDIDATE)
        self._tell("Your turn", f"a place is booked for {CANDIDATE.name} in “{sitting['title']}”")

    def _sitting(self, manager: Caller, form: Json, title: str, now: datetime) -> Json:
        window = {"start_from": now.isoformat(), "start_by": (now + timedelta(hours=12)).isoformat()}
        order = {"title": title, "form_id": form["id"], "time_zone": "Europe/Sofia", **window}
        sitting: Json = manager.post("/api/v1/sittings", order)
        manager.post(f"/api/v1/sittings/{sitting['id']}/opening")
        return sitting


def _book(manager: Caller, sitting: Json, person: Person) -> None:
    order = {"email": person.email, "candidate_name": person.name}
    manager.post(f"/api/v1/sittings/{sitting['id']}/bookings", order)


def _first(rows: list[Json], **facts: Any) -> Json | None:  # noqa: ANN401
    return next((row for row in rows if all(row[name] == value for name, value in facts.items())), None)


def _awaited(look: Callable[[], Mapping[str, Any] | None]) -> Any:  # noqa: ANN401 - whatever is looked for
    """Look until the worker has done its part."""
    pause = Event()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
        pause.wait(POLL_SECONDS)
    message = f"the worker did not finish within {PATIENCE_SECONDS} seconds"
    raise TimeoutError(message)
