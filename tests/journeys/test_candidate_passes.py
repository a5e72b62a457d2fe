"""A candidate passes: from the booking to a certificate that anybody verifies."""

from __future__ import annotations

import uuid

from exam_engine.demo.stage import AUDITOR, CANDIDATE, DECISION_MAKER, MANAGER, PROCTOR
from kernel.accounts import grant_roles, member_with_email
from kernel.permissions import AccountRole
from tests.journeys.acts import (
    admit,
    answer_all,
    arrive,
    book,
    close_and_score,
    grant,
    hand_in,
    rightly,
    seated,
    start,
    verified,
)
from tests.stage import Site


def test_from_booking_to_verified_certificate(site: Site) -> None:
    seat = arrive(book(site))
    assert seat.caller.refused("POST", f"/attempts/{seat.attempt_id}/start")["code"] == "not_admitted"
    start(admit(seat))
    assert seat.standing()["remaining_seconds"] == 8400

    site.clock.turn(minutes=50)
    assert answer_all(seat, rightly(site)) == 80
    receipt = hand_in(seat)
    assert (receipt["ending"], receipt["answered_count"]) == ("submitted", 80)
    assert hand_in(seat) == receipt
    assert seat.caller.refused("GET", f"/attempts/{seat.attempt_id}/result")["code"] == "not_found"

    result = close_and_score(seat)
    assert (result["score"], result["passed"], result["borderline"]) == ("1", True, False)
    own = seat.caller.get(f"/attempts/{seat.attempt_id}/result")
    assert own["score"] == "1"
    assert all(area["level"] == max(area["levels_tested"]) for area in own["areas"])
    assert all(competence["indicative"] for competence in own["competences"])
    assert not any(area["indicative"] for area in own["areas"])

    credential = grant(seat, result)
    report = verified(site, credential["code"])
    assert report["status"] == "valid"
    assert CANDIDATE.name in str(report)
    assert verified(site, credential["code"].lower())["status"] == "valid"
    pdf = seat.caller.ask("GET", f"/own-credentials/{credential['id']}/pdf")
    assert pdf.content.startswith(b"%PDF-")
    assert site.work() == 0

    chain = site.people[AUDITOR].get("/audit/chain")
    assert chain["holds"]


def test_an_auditor_who_marks_as_well_does_not_see_the_log(site: Site) -> None:
    """It says of every script whose attempt it is of."""
    auditor = site.people[AUDITOR]
    assert auditor.get("/audit/entries")["items"]
    with site.installation.database.transaction() as tx:
        organisation_id = site_organisation(site)
        account = member_with_email(tx, organisation_id, AUDITOR.email, AUDITOR.role)
        grant_roles(tx, account, organisation_id, [AccountRole.MARKER], now=site.clock())
    for path in ("/audit/entries", "/audit/chain"):
        assert auditor.refused("GET", path)["code"] == "marks_too"


def test_nobody_who_took_part_decides(site: Site) -> None:
    """A person may hold several roles; the evidence of having taken part outweighs them."""
    seat = seated(site)
    answer_all(seat, rightly(site))
    hand_in(seat)
    with site.installation.database.transaction() as tx:
        organisation_id = site_organisation(site)
        for person in (PROCTOR, CANDIDATE):
            account = member_with_email(tx, organisation_id, person.email, person.role)
            grant_roles(tx, account, organisation_id, [AccountRole.DECISION_MAKER], now=site.clock())
    result = close_and_score(seat)
    decision = {"outcome": "granted", "reason": "I saw it myself, it was fine."}
    for person in (PROCTOR, CANDIDATE):
        refused = site.people[person].refused("POST", f"/results/{result['id']}/decision", decision)
        assert refused["code"] == "took_part"
    assert site.people[MANAGER].refused("POST", f"/results/{result['id']}/decision", decision)["code"] == "forbidden"
    site.people[DECISION_MAKER].post(f"/results/{result['id']}/decision", decision)
    again = site.people[DECISION_MAKER].refused("POST", f"/results/{result['id']}/decision", decision)
    assert again["code"] == "already_decided"


def site_organisation(site: Site) -> uuid.UUID:
    return uuid.UUID(site.people[MANAGER].get("/session")["organisation_id"])
