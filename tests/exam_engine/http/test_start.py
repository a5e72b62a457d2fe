"""Starting over HTTP: the clock starts when the start is really made, however long the candidate had to wait for it."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from exam_engine.delivery.lifecycle import Attempt
from exam_engine.demo.stage import CANDIDATE, PASSWORD
from exam_engine.http.app import create_app
from exam_engine.installation import Installation
from kernel.db import open_engine
from tests.journeys.acts import Seat, admit, arrive, book
from tests.stage import URL, Clock, Site

WAITED = timedelta(seconds=3)
WINDOW = timedelta(hours=2)


class WaitingClock:
    """It shows a later time once the attempt is held: so long the candidate has waited for others."""

    def __init__(self, clock: Clock, url: str) -> None:
        self._clock = clock
        self._engine = open_engine(url)
        self.attempt_id: uuid.UUID | None = None

    def __call__(self) -> datetime:
        return self._clock() + (WAITED if self.attempt_id and self._is_held(self.attempt_id) else timedelta())

    def close(self) -> None:
        self._engine.dispose()

    def _is_held(self, attempt_id: uuid.UUID) -> bool:
        """Whether somebody else could not take the attempt now."""
        with self._engine.connect().execution_options(read_only=True) as connection:
            try:
                if connection.dialect.name == "sqlite":
                    connection.exec_driver_sql("PRAGMA busy_timeout=0")
                    connection.exec_driver_sql("UPDATE attempts SET state = state WHERE false")
                else:
                    connection.execute(select(Attempt.id).where(Attempt.id == attempt_id).with_for_update(nowait=True))
            except OperationalError:
                return True
            return False


@pytest.fixture
def clock(installation: Installation) -> Iterator[WaitingClock]:
    assert isinstance(installation.clock, Clock)
    waiting = WaitingClock(installation.clock, installation.settings.database)
    yield waiting
    waiting.close()


@pytest.fixture
def waiting_site(installation: Installation, clock: WaitingClock, stage: tuple[object, str]) -> Iterator[Site]:
    from pathlib import Path

    with TestClient(create_app(dataclasses.replace(installation, clock=clock), works=False), base_url=URL) as client:
        assert isinstance(installation.clock, Clock)
        yield Site(client, installation.clock, installation, (Path(str(stage[0])) / "form").read_text())


def admitted(site: Site, clock: WaitingClock) -> Seat:
    seat = admit(arrive(book(site)))
    clock.attempt_id = uuid.UUID(seat.attempt_id)
    return seat


def test_whoever_waits_for_the_start_loses_no_second(waiting_site: Site, clock: WaitingClock) -> None:
    seat = admitted(waiting_site, clock)
    asked_at = waiting_site.clock()
    told = seat.caller.post(f"/attempts/{seat.attempt_id}/start")["attempt"]
    assert datetime.fromisoformat(told["started_at"]) == asked_at + WAITED
    assert told["remaining_seconds"] == told["time_limit_seconds"]
    limit = timedelta(seconds=told["time_limit_seconds"])
    assert datetime.fromisoformat(told["deadline_at"]) == asked_at + WAITED + limit


def test_the_page_starts_the_clock_at_the_same_moment(waiting_site: Site, clock: WaitingClock) -> None:
    seat = admitted(waiting_site, clock)
    asked_at = waiting_site.clock()
    sign_in = {"email": CANDIDATE.email, "password": PASSWORD}
    browser = TestClient(waiting_site.client.app, base_url=URL, headers={"Origin": URL, "Accept": "text/html"})
    browser.post("/sign-in", data=sign_in)
    assert browser.post(f"/my/attempts/{seat.attempt_id}/start", follow_redirects=False).status_code == 303
    assert datetime.fromisoformat(seat.standing()["started_at"]) == asked_at + WAITED


@pytest.mark.parametrize(("asked", "status"), [(WINDOW, 200), (WINDOW + timedelta(microseconds=1), 409)])
def test_whoever_asks_within_the_window_has_come_in_time(
    waiting_site: Site, clock: WaitingClock, *, asked: timedelta, status: int
) -> None:
    seat = admitted(waiting_site, clock)
    waiting_site.clock.turn(seconds=asked.total_seconds())
    assert seat.caller.ask("POST", f"/attempts/{seat.attempt_id}/start").status_code == status
