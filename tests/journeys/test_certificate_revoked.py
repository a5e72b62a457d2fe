"""A certificate is suspended, reinstated and revoked; the public page changes at once and keeps the history."""

from __future__ import annotations

from exam_engine.demo.stage import DECISION_MAKER
from tests.journeys.acts import answer_all, close_and_score, grant, hand_in, rightly, seated, verified
from tests.stage import Site


def test_the_public_page_follows(site: Site) -> None:
    seat = seated(site)
    answer_all(seat, rightly(site))
    hand_in(seat)
    credential = grant(seat, close_and_score(seat))
    decider, path = site.people[DECISION_MAKER], f"/credentials/{credential['id']}/status-changes"
    told = []
    for status, reason_class in (
        ("suspended", "under_investigation"),
        ("reinstated", "matter_resolved"),
        ("revoked", "misuse"),
    ):
        site.clock.turn(hours=1)
        decider.post(path, {"status": status, "reason_class": reason_class, "reason": "A complaint, file 2026-7."})
        report = verified(site, credential["code"])
        assert "file 2026-7" not in str(report)
        told.append(report["status"])
    assert told == ["suspended", "valid", "revoked"]
    final = decider.refused(
        "POST", path, {"status": "reinstated", "reason_class": "matter_resolved", "reason": "Sorry."}
    )
    assert final["status"] in {409, 422}


def test_it_expires_by_the_clock_alone(site: Site) -> None:
    seat = seated(site)
    answer_all(seat, rightly(site))
    hand_in(seat)
    credential = grant(seat, close_and_score(seat))
    site.clock.turn(days=366 * 60)
    assert verified(site, credential["code"])["status"] == "expired"


def test_unknown_codes_all_read_alike(site: Site) -> None:
    reports = [verified(site, code) for code in ("0" * 17, "ZZZZZZZZZZZZZZZZZ", "short", "A" * 400)]
    assert {report["status"] for report in reports} == {"unknown"}
    assert len({tuple(sorted(report)) for report in reports}) == 1
