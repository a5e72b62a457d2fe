"""The worker: one failing piece stops nothing, is tried again ever more rarely, and is told until it has succeeded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from exam_engine.delivery.bookings import Booking
from exam_engine.delivery.responses import Response
from exam_engine.demo.stage import CANDIDATE, DECISION_MAKER, MANAGER, SIMULATED, Person
from kernel.accounts import Account
from kernel.audit import AuditEntry
from tests.builders.kernel import unguard
from tests.journeys.acts import (
    admit,
    answer_all,
    arrive,
    book,
    close_and_score,
    hand_in,
    rightly,
    start,
)
from tests.stage import Site

UNPRINTABLE = "𓀀𓀁"


def test_one_certificate_that_cannot_be_printed_does_not_hold_up_another(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    for person in (CANDIDATE, SIMULATED):
        granted_as(site, person, UNPRINTABLE if person is CANDIDATE else person.name)
    site.clock.turn(minutes=1)
    assert site.work() == 1
    assert "worker.piece_failed" in caplog.text
    assert "missing_glyph" in caplog.text
    caplog.clear()
    assert len(register(site)) == 1
    assert site.work() == 0
    assert "worker.piece_failed" not in caplog.text, "tried again at once"
    rename(site, CANDIDATE, CANDIDATE.name)
    site.clock.turn(minutes=1)
    assert site.work() == 1
    assert len(register(site)) == 2
    assert setbacks(site) == []


def test_what_cannot_be_issued_is_kept_and_told_until_it_is_mended(site: Site) -> None:
    begun = granted_as(site, CANDIDATE, UNPRINTABLE)
    for expected_tries in (1, 2, 3):
        assert site.work() == 0
        (told,) = setbacks(site)
        assert (told["work"], told["reason"], told["places"]) == ("issue", "missing_glyph", ["holder_name"])
        assert (told["tries"], moment(told["since"])) == (expected_tries, begun)
        assert moment(told["next_try_at"]) == site.clock() + timedelta(seconds=2**expected_tries)
        site.clock.turn(seconds=2**expected_tries)
    rename(site, CANDIDATE, CANDIDATE.name)
    site.work()
    assert setbacks(site) == []
    (issued,) = register(site)
    assert issued["snapshot"]["holder"]["name"] == CANDIDATE.name
    told = [(entry.action, entry.details["reason"]) for entry in entries(site, "setback")]
    assert told == [("setback.note", "missing_glyph")], "noted once, not at every try"


def test_whoever_mended_the_cause_need_not_wait(site: Site) -> None:
    granted_as(site, CANDIDATE, UNPRINTABLE)
    for _ in range(8):
        site.work()
        site.clock.turn(minutes=11)
    (told,) = setbacks(site)
    site.clock.turn(minutes=-11)
    rename(site, CANDIDATE, CANDIDATE.name)
    assert site.work() == 0, "it would wait ten minutes"
    again = site.people[MANAGER].post(f"/setbacks/{told['id']}/retry")
    assert moment(again["next_try_at"]) == site.clock()
    assert site.work() == 1
    assert site.people[MANAGER].refused("POST", f"/setbacks/{told['id']}/retry")["code"] == "not_found"
    noted, asked = entries(site, "setback")
    assert (asked.action, asked.subject) == ("setback.try_again", noted.subject)
    assert (noted.actor_id, asked.actor_id is None) == (None, False)


def test_a_missing_signing_key_is_a_setback_and_the_key_found_again_ends_it(site: Site) -> None:
    folder = site.installation.settings.data_dir / "keys"
    granted_as(site, CANDIDATE, CANDIDATE.name)
    away = folder.rename(folder.with_name("away"))
    site.installation.keys._loaded.clear()
    site.work()
    (told,) = setbacks(site)
    assert (told["reason"], told["places"]) == ("signing_unavailable", [])
    away.rename(folder)
    site.clock.turn(seconds=2)
    assert site.work() == 1
    assert setbacks(site) == []


def test_many_that_fail_never_keep_what_stands_behind_them_from_its_turn(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exam_engine.worker.BATCH", 1)
    granted_as(site, CANDIDATE, UNPRINTABLE)
    granted_as(site, SIMULATED, SIMULATED.name)
    site.clock.turn(minutes=11)
    assert (site.work(), site.work()) == (0, 1)
    (issued,) = register(site)
    assert issued["snapshot"]["holder"]["name"] == SIMULATED.name


def test_the_log_says_what_broke_and_quotes_nobody(
    site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        message = f"cannot digest {CANDIDATE.name}"
        raise ValueError(message)

    granted_as(site, CANDIDATE, CANDIDATE.name)
    monkeypatch.setattr("exam_engine.worker.issue", broken)
    site.work()
    assert "ValueError" in caplog.text
    assert "in broken" in caplog.text
    assert CANDIDATE.name not in caplog.text
    caplog.clear()
    (told,) = setbacks(site)
    assert (told["reason"], told["places"]) == ("defect", [])


def test_an_exam_that_cannot_be_scored_is_told_as_well(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    seat = book(site, CANDIDATE)
    answer_all(start(admit(arrive(seat))), rightly(site))
    hand_in(seat)
    with site.installation.database.transaction() as tx:
        unguard(tx, "responses")
        tx.execute(update(Response).values(value=["no such option"]))
    site.people[MANAGER].post(f"/sittings/{seat.sitting_id}/closing")
    site.work()
    caplog.clear()
    (told,) = setbacks(site)
    assert (told["work"], told["reason"], told["attempt_id"]) == ("score", "records_disagree", seat.attempt_id)


def granted_as(site: Site, person: Person, name: str) -> datetime:
    """Somebody passes under a name and is granted the certificate; it is not issued yet. Returns when."""
    seat = book(site, person)
    rename(site, person, name)
    site.clock.turn(seconds=1)
    answer_all(start(admit(arrive(seat))), rightly(site))
    hand_in(seat)
    result = close_and_score(seat)
    decision = {"outcome": "granted", "reason": "The rules of the scheme are met."}
    site.people[DECISION_MAKER].post(f"/results/{result['id']}/decision", decision)
    return site.clock()


def moment(written: str) -> datetime:
    return datetime.fromisoformat(written)


def setbacks(site: Site) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = site.people[MANAGER].get("/setbacks")["items"]
    return rows


def register(site: Site) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = site.people[MANAGER].get("/credentials")["items"]
    return rows


def entries(site: Site, thing: str) -> list[AuditEntry]:
    """What the audit log says of one kind of thing."""
    with site.installation.database.reading() as tx:
        found = select(AuditEntry).where(AuditEntry.action.like(f"{thing}.%")).order_by(AuditEntry.sequence)
        return list(tx.scalars(found))


def rename(site: Site, person: Person, name: str) -> None:
    """Put a name on somebody's booking that booking would have refused, past the database's guard."""
    candidate = select(Account.id).where(Account.email == person.email).scalar_subquery()
    with site.installation.database.transaction() as tx:
        unguard(tx, "bookings")
        tx.execute(update(Booking).where(Booking.candidate_id == candidate).values(candidate_name=name))
