"""Use comes back: what candidates met and answered is counted when the sitting is over, and its author can read it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from exam_engine.assembly.forms import form_versions
from exam_engine.demo.stage import AUTHOR, CANDIDATE, MANAGER, SIMULATED
from exam_engine.scoring import counting
from kernel.canonical import iso
from tests.journeys.acts import Seat, admit, answer_all, arrive, close_and_score, hand_in, rightly, seated, start
from tests.stage import Site


def sat_by_two(site: Site) -> Seat:
    """One who answers all at once after a minute, and one who answers nothing, in the same sitting."""
    seat = seated(site, CANDIDATE)
    manager = site.people[MANAGER]
    facts = {"email": SIMULATED.email, "candidate_name": SIMULATED.name}
    manager.post(f"/sittings/{seat.sitting_id}/bookings", facts)
    other = start(admit(arrive(Seat(site, SIMULATED, seat.sitting_id))))
    site.clock.turn(minutes=1)
    answer_all(seat, rightly(site))
    hand_in(seat)
    hand_in(other)
    return seat


def test_what_candidates_met_is_counted_when_the_sitting_is_over(site: Site) -> None:
    seat = sat_by_two(site)
    author = site.people[AUTHOR]
    with site.installation.database.reading() as tx:
        asked = {version.item.code for version in form_versions(tx, uuid.UUID(site.form_id))}
    code = min(asked)
    assert author.get(f"/items/{code}/statistics")["papers"] == 0
    assert author.get("/items?exposure=few&limit=200")["items"] == []
    close_and_score(seat)
    assert {row["code"] for row in author.get("/items?exposure=few&limit=200")["items"]} == asked
    told = author.get(f"/items/{code}/statistics")
    (version,) = (row for row in told["versions"] if row["version_id"] == told["judged_by"])
    assert (told["papers"], version["own"]["last_seen_at"]) == (2, iso(site.clock()).replace(".000000", ""))
    since = iso(site.clock() - timedelta(days=365)).replace(".000000", "")
    assert told["recent"] == {"since": since, "forms": 1, "forms_of": 1, "sittings": 1, "sittings_of": 1}
    scored = version["pooled"]["scored"]
    assert (scored["marked"], scored["is_withheld"], scored["facility"], scored["choices"]) == (2, True, None, [])
    assert version["questions"] == [{"query": "too_few", "place": None, "id": None}]
    assert site.people[CANDIDATE].refused("GET", f"/items/{code}/statistics")["code"] == "forbidden"
    assert site.work() == 0, "what is counted is counted"


def test_a_sitting_that_cannot_be_counted_stops_nobody_and_is_counted_when_told(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        message = f"cannot read what {CANDIDATE.name} answered"
        raise ValueError(message)

    seat = sat_by_two(site)
    with monkeypatch.context() as patch:
        patch.setattr(counting, "tally_of", broken)
        close_and_score(seat)
    assert "'doing': 'count'" in caplog.text
    assert CANDIDATE.name not in caplog.text
    caplog.clear()
    assert site.people[AUTHOR].get("/items?exposure=few")["items"] == []
    assert site.work() == 0
    site.clock.turn(hours=1)
    assert site.work() == 1
    assert site.people[AUTHOR].get("/items?exposure=few")["items"]
