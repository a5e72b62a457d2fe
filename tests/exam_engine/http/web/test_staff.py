"""The pages of those who run exams, keep the register and decide."""

from __future__ import annotations

import uuid

import pytest

from exam_engine.demo.stage import CANDIDATE, DECISION_MAKER, MANAGER, PROCTOR, SIMULATED
from kernel.accounts import grant_roles, member_with_email
from kernel.permissions import AccountRole
from tests.exam_engine.http.web.visitor import Visitor
from tests.exam_engine.http.web.world import make_world
from tests.journeys.acts import (
    answer_all,
    arrive,
    book,
    close_and_score,
    hand_in,
    rightly,
    rightly_but_in,
    seated,
)
from tests.stage import Site


def test_a_proctor_checks_an_identity_and_lets_the_candidate_in(site: Site) -> None:
    seat = arrive(book(site))
    visitor = Visitor.at(site, PROCTOR)
    page = visitor.get(f"/proctor/sittings/{seat.sitting_id}")
    check = f"/proctor/attempts/{seat.attempt_id}/check-in"
    assert check in page.actions()
    assert CANDIDATE.name in page.text
    after = visitor.submit(check, method="residence_permit")
    assert after.reply.url.path == f"/proctor/sittings/{seat.sitting_id}"
    assert check not in after.actions()
    assert "Let in" in after.text
    fragment = visitor.get(f"/proctor/sittings/{seat.sitting_id}/attempts").reply.text
    assert CANDIDATE.name in fragment
    assert "<html" not in fragment


def test_an_identity_check_needs_a_document_we_know(site: Site) -> None:
    seat = arrive(book(site))
    page = Visitor.at(site, PROCTOR).submit(f"/proctor/attempts/{seat.attempt_id}/check-in", method="library card")
    assert (page.status, page.heading) == (422, "Please check what you entered")


def test_a_sitting_is_scheduled_in_the_time_of_its_place(site: Site) -> None:
    visitor = Visitor.at(site, MANAGER)
    page = visitor.submit(
        "/manage/sittings",
        title="Afternoon in Madrid",
        form_id=site.form_id,
        start_from="2026-12-01T15:00",
        start_by="2026-12-01T16:00",
        time_zone="Europe/Madrid",
    )
    assert page.heading == "Afternoon in Madrid"
    assert "1 December 2026, 15:00 CET" in page.text
    opened = visitor.submit(f"{page.reply.url.path}/opening")
    assert f"{page.reply.url.path}/closing" in opened.actions()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", "", "between 1 and 200 characters"),
        ("start_from", "tomorrow", "a day and a time"),
        ("start_by", "2026-12-01T14:00", "lies after the first one"),
        ("time_zone", "Europe/Atlantis", "no IANA time zone"),
        ("time_zone", "../etc", "no IANA time zone"),
    ],
)
def test_a_refused_form_comes_back_with_the_fault_at_its_field(site: Site, field: str, value: str, said: str) -> None:
    fields = {
        "title": "Afternoon",
        "form_id": site.form_id,
        "start_from": "2026-12-01T15:00",
        "start_by": "2026-12-01T16:00",
        "time_zone": "Europe/Madrid",
        field: value,
    }
    page = Visitor.at(site, MANAGER).submit("/manage/sittings", **fields)
    control = page.one("input", name=field)
    assert page.status == 422
    assert control.attributes["aria-invalid"] == "true"
    assert said in page.one("p", id=f"{field}-fault").text
    kept = {name: page.one("input", name=name).attributes["value"] for name in fields if name != "form_id"}
    assert kept == {name: given for name, given in fields.items() if name != "form_id"}
    assert site.people[MANAGER].all("/sittings") == []


def test_a_place_is_booked_and_a_stranger_is_not(site: Site) -> None:
    seat = book(site, SIMULATED)
    visitor = Visitor.at(site, MANAGER)
    path = f"/manage/sittings/{seat.sitting_id}"
    booked = visitor.submit(f"{path}/bookings", email=CANDIDATE.email, candidate_name="Мария Николова")
    assert "Мария Николова" in booked.text
    refused = visitor.submit(f"{path}/bookings", email="nobody@demo.example", candidate_name="Nobody")
    assert refused.status == 404
    assert refused.one("input", name="email").attributes["value"] == "nobody@demo.example"
    assert "no candidate with this address" in refused.text
    unnamed = visitor.submit(f"{path}/bookings", email=CANDIDATE.email, candidate_name=" ")
    assert unnamed.one("input", name="candidate_name").attributes["aria-invalid"] == "true"
    twice = visitor.submit(f"{path}/bookings", email=CANDIDATE.email, candidate_name="Мария Николова")
    assert twice.status == 409


def test_a_sitting_is_not_closed_over_somebodys_head(site: Site) -> None:
    seat = seated(site)
    visitor = Visitor.at(site, MANAGER)
    refused = visitor.submit(f"/manage/sittings/{seat.sitting_id}/closing")
    assert refused.status == 409
    assert "1 attempt is still in progress" in refused.text
    hand_in(seat)
    closed = visitor.submit(f"/manage/sittings/{seat.sitting_id}/closing")
    assert "The sitting is over" in closed.text


def test_the_chain_shows_where_things_stand(site: Site) -> None:
    visitor = Visitor.at(site, MANAGER)
    assert "Next step: Schedule a sitting" in visitor.get("/manage").text
    make_world(site)
    assert "close the open sitting when everybody has finished" in visitor.get("/manage").text


def test_a_certificate_is_suspended_reinstated_and_revoked_with_reasons(site: Site) -> None:
    world = make_world(site)
    visitor = Visitor.at(site, DECISION_MAKER)
    path = f"/register/{world.credential_id}"
    choices = {choice.attributes["value"] for choice in visitor.get(path).all("input", name="change")}
    assert choices == {"suspended", "revoked"}
    assert Visitor.at(site, MANAGER).get(path).all("input", name="change") == []
    refused = visitor.submit(f"{path}/status", change="suspended", reason_class="under_investigation", reason=" ")
    assert refused.status == 422
    assert refused.one("textarea", name="reason").attributes["aria-invalid"] == "true"
    unfit = visitor.submit(f"{path}/status", change="suspended", reason_class="issued_in_error", reason="Why not")
    assert unfit.one("select", name="reason_class").attributes["aria-invalid"] == "true"
    steps = [("suspended", "under_investigation"), ("reinstated", "matter_resolved"), ("revoked", "misuse")]
    for change, reason_class in steps:
        page = visitor.submit(f"{path}/status", change=change, reason_class=reason_class, reason="A letter of 1 May.")
        assert page.status == 200, page.text
    assert page.all("input", name="change") == []
    assert page.text.count("A letter of 1 May.") == 3
    assert visitor.submit(f"{path}/status", change="suspended", reason_class="misuse", reason="Again").status == 409


def test_the_register_downloads_what_was_signed(site: Site) -> None:
    world = make_world(site)
    assert world.code in Visitor.at(site, MANAGER).get("/register").text.replace("-", "")
    assert Visitor.at(site, MANAGER).led(f"/register/{world.credential_id}/pdf").content.startswith(b"%PDF")


def test_a_decision_rests_on_the_whole_evidence(site: Site) -> None:
    seat = seated(site)
    answer_all(seat, rightly(site))
    receipt = hand_in(seat)
    result = close_and_score(seat)
    visitor = Visitor.at(site, DECISION_MAKER)
    assert f"/decisions/{result['id']}" in visitor.get("/decisions").hrefs()
    page = visitor.get(f"/decisions/{result['id']}")
    said = [
        CANDIDATE.name,
        PROCTOR.name,
        "Passport",
        receipt["receipt_hash"],
        result["inputs"]["form_hash"],
        "80 of 80",
    ]
    assert [words for words in said if words not in page.text] == []
    assert len(page.all("input", name="outcome")) == 2
    short = visitor.submit(f"/decisions/{result['id']}", outcome="granted", reason="ok")
    assert short.status == 422
    assert short.one("textarea", name="reason").text == "ok"
    granted = visitor.submit(f"/decisions/{result['id']}", outcome="granted", reason="The evidence is complete.")
    assert granted.status == 200
    assert granted.all("input", name="outcome") == []
    assert "The evidence is complete." in granted.text
    again = visitor.submit(f"/decisions/{result['id']}", outcome="refused", reason="On second thoughts, no.")
    assert again.status == 409


def test_rules_that_are_not_met_cannot_be_granted(site: Site) -> None:
    seat = seated(site)
    answer_all(seat, rightly_but_in(site, ["A3"]))
    hand_in(seat)
    result = close_and_score(seat)
    visitor = Visitor.at(site, DECISION_MAKER)
    page = visitor.get(f"/decisions/{result['id']}")
    assert [choice.attributes["value"] for choice in page.all("input", name="outcome")] == ["refused"]
    forced = visitor.submit(f"/decisions/{result['id']}", outcome="granted", reason="A kind heart says yes.")
    assert forced.status == 409
    assert "scores are never altered by a decision" in forced.text
    visitor.submit(f"/decisions/{result['id']}", outcome="refused", reason="One area lies below its floor.")
    told = Visitor.at(site, CANDIDATE).get(f"/my/attempts/{seat.attempt_id}/result")
    assert "One area lies below its floor." in told.text
    assert "A decision maker has confirmed it" in told.text


def test_whoever_took_part_is_told_that_somebody_else_decides(site: Site) -> None:
    seat = seated(site)
    answer_all(seat, rightly(site))
    hand_in(seat)
    result = close_and_score(seat)
    with site.installation.database.transaction() as tx:
        body = uuid.UUID(site.people[MANAGER].get("/session")["organisation_id"])
        proctor = member_with_email(tx, body, PROCTOR.email, AccountRole.PROCTOR)
        grant_roles(tx, proctor, body, [AccountRole.DECISION_MAKER], now=site.clock())
    visitor = Visitor.at(site, PROCTOR)
    page = visitor.get(f"/decisions/{result['id']}")
    assert "Somebody else must decide" in page.text
    assert page.all("input", name="outcome") == []
    forced = visitor.submit(f"/decisions/{result['id']}", outcome="granted", reason="I was there, it was fine.")
    assert forced.status == 403
    assert "somebody else must decide" in forced.text


def test_a_time_that_the_clocks_skip_is_refused(site: Site) -> None:
    fields = {"title": "Night", "form_id": site.form_id, "time_zone": "Europe/Sofia"}
    page = Visitor.at(site, MANAGER).submit(
        "/manage/sittings", **fields, start_from="2027-03-28T03:30", start_by="2027-03-28T09:00"
    )
    assert page.status == 422
    assert "this time does not exist there" in page.one("p", id="start_from-fault").text


def test_a_long_register_is_shown_in_pieces(site: Site) -> None:
    make_world(site)
    visitor = Visitor.at(site, MANAGER)
    assert visitor.get("/register").hrefs() & {"/register?start=50"} == set()
    beyond = visitor.get("/register?start=50")
    assert "/register?start=0" in beyond.hrefs()
    assert visitor.get("/register?start=-1").status == 422


def test_a_manager_is_told_what_stands_still_and_can_try_again_at_once(site: Site) -> None:
    make_world(site)
    (told,) = site.people[MANAGER].get("/setbacks")["items"]
    visitor = Visitor.at(site, MANAGER)
    page = visitor.get("/manage")
    for words in (
        "This stands still",
        f"The certificate could not be issued: {CANDIDATE.name}",
        "A text holds characters that the certificate cannot print. holder_name",
        "Since 23 November 2026, 10:00 EET. Tries: 1. Next try: 10:00.",
    ):
        assert words in page.text
    again = f"/manage/setbacks/{told['id']}/retry"
    assert again in page.actions()
    assert visitor.submit(again).reply.url.path == "/manage"
    (after,) = site.people[MANAGER].get("/setbacks")["items"]
    assert after["next_try_at"] < told["next_try_at"]


def test_where_nothing_stands_still_nothing_is_said_of_it(site: Site) -> None:
    assert "stands still" not in Visitor.at(site, MANAGER).get("/manage").text
