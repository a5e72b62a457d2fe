"""Nobody writes faster than a limit, and everybody has their own."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from exam_engine.demo.stage import CANDIDATE, MANAGER, PROCTOR
from exam_engine.http.app import create_app
from exam_engine.http.deps import PACE_SECONDS
from exam_engine.installation import Installation
from tests.stage import URL, Clock, Site

LIMIT = PACE_SECONDS  # one a second


@pytest.fixture
def dialect() -> str:
    """Counting does not depend on the database."""
    return "sqlite"


@pytest.fixture
def slow_site(installation: Installation) -> Iterator[Site]:
    """The product, for accounts that may write once a second."""
    settings = installation.settings.model_copy(update={"account_writes_per_second": 1})
    slow = dataclasses.replace(installation, settings=settings)
    assert isinstance(slow.clock, Clock)
    with TestClient(create_app(slow, works=False), base_url=URL) as client:
        yield Site(client, slow.clock, slow, "")


def test_a_flood_of_writing_requests_is_told_to_wait(slow_site: Site) -> None:
    arrival = f"/bookings/{uuid.uuid4()}/arrival"
    candidate = slow_site.people[CANDIDATE]
    assert [candidate.ask("POST", arrival).status_code for _ in range(LIMIT)] == [404] * LIMIT
    reply = candidate.ask("POST", arrival)
    assert (reply.status_code, reply.json()["code"]) == (429, "too_many_requests")
    assert reply.headers["retry-after"] == str(PACE_SECONDS) == str(reply.json()["retry_after_seconds"])
    assert candidate.ask("DELETE", "/session").status_code == 429
    assert candidate.ask("GET", "/bookings").status_code == 200, "reading is no writing"
    again = slow_site.sign_in(CANDIDATE)
    assert again.ask("POST", arrival).status_code == 429, "another session is the same account"
    assert slow_site.people[MANAGER].ask("POST", arrival).status_code == 403, "somebody else has done nothing"


def test_the_pages_count_with_the_api(slow_site: Site) -> None:
    cookie = {"Cookie": f"session={slow_site.people[PROCTOR].token}", "Origin": URL, "Accept": "text/html"}
    path = f"/proctor/attempts/{uuid.uuid4()}/check-in"
    for _ in range(LIMIT):
        assert slow_site.client.post(path, data={"method": "passport"}, headers=cookie).status_code == 404
    reply = slow_site.client.post(path, data={"method": "passport"}, headers=cookie)
    assert (reply.status_code, reply.headers["retry-after"]) == (429, str(PACE_SECONDS))
    assert slow_site.people[PROCTOR].ask("POST", f"/attempts/{uuid.uuid4()}/check-in").status_code == 429
    assert slow_site.client.post("/sign-out", headers=cookie).status_code == 429
