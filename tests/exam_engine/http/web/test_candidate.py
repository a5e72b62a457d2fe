from __future__ import annotations

import json
import re
from http.cookies import SimpleCookie
from typing import Any

import pytest

from exam_engine.demo.stage import CANDIDATE, DECISION_MAKER, MANAGER, SIMULATED
from exam_engine.http.web.assets import assets
from question_bank.item_kinds import KINDS
from tests.exam_engine.http.web.visitor import Page, Visitor
from tests.exam_engine.http.web.world import make_world
from tests.journeys.acts import (
    admit,
    answer_all,
    arrive,
    book,
    close_and_score,
    hand_in,
    rightly,
    rightly_but_in,
    seated,
    wrongly,
)
from tests.journeys.test_nothing_leaks import OF_EVERY_SLOT, SHOWN, members
from tests.stage import Site


def test_nothing_booked_says_what_to_wait_for(site: Site) -> None:
    page = Visitor.at(site, CANDIDATE).get("/my")
    assert "You have no place in an exam yet" in page.text
    assert "No certificate yet" in page.text


def test_the_way_from_the_door_to_the_exam(site: Site) -> None:
    seat = book(site)
    visitor = Visitor.at(site, CANDIDATE)
    page = visitor.get("/my")
    assert "The doors are open" in page.text
    arrival = next(action for action in page.actions() if action.endswith("/arrival"))
    waiting = visitor.submit(arrival)
    assert "An invigilator checks your identity" in waiting.text
    assert waiting.one("p", **{"data-poll": waiting.reply.url.path.replace("/my/", "/api/v1/")})
    assert waiting.all("button", type="submit")[1:] == []
    seat.attempt_id = waiting.reply.url.path.rpartition("/")[2]
    admit(seat)
    ready = visitor.get(waiting.reply.url.path)
    assert "80 questions in 2 hours and 20 minutes." in ready.text
    exam = visitor.submit(f"/my/attempts/{seat.attempt_id}/start")
    assert exam.reply.url.path == f"/my/attempts/{seat.attempt_id}"
    assert len(paper_of(exam)["slots"]) == 80


def test_arriving_and_starting_twice_changes_nothing(site: Site) -> None:
    seat = admit(arrive(book(site)))
    visitor = Visitor.at(site, CANDIDATE)
    first = paper_of(visitor.submit(f"/my/attempts/{seat.attempt_id}/start"))
    site.clock.turn(minutes=3)
    again = paper_of(visitor.submit(f"/my/attempts/{seat.attempt_id}/start"))
    assert again["deadline_at"] == first["deadline_at"]
    assert again["server_now"] > first["server_now"]


def test_before_the_window_opens_the_start_is_not_offered(site: Site) -> None:
    seat = admit(arrive(book(site)))
    site.clock.turn(minutes=-5)
    page = Visitor.at(site, CANDIDATE).get(f"/my/attempts/{seat.attempt_id}")
    assert "The start opens at 23 November 2026, 10:00 EET." in page.text
    assert f"/my/attempts/{seat.attempt_id}/start" not in page.actions()


def test_after_the_window_the_start_is_not_offered_either(site: Site) -> None:
    seat = admit(arrive(book(site)))
    site.clock.turn(hours=2, seconds=1)
    page = Visitor.at(site, CANDIDATE).get(f"/my/attempts/{seat.attempt_id}")
    assert "The last moment to start has passed" in page.text
    assert f"/my/attempts/{seat.attempt_id}/start" not in page.actions()


def test_starting_before_the_check_is_refused_readably(site: Site) -> None:
    seat = arrive(book(site))
    page = Visitor.at(site, CANDIDATE).submit(f"/my/attempts/{seat.attempt_id}/start")
    assert (page.status, page.heading) == (409, "Not possible now")
    assert "a proctor must check you in first" in page.text


def test_the_exam_page_holds_what_is_asked_and_nothing_that_answers_it(site: Site) -> None:
    seat = seated(site)
    page = Visitor.at(site, CANDIDATE).get(f"/my/attempts/{seat.attempt_id}")
    paper = paper_of(page)
    assert set(paper) == {"attempt_id", "title", "deadline_at", "server_now", "slots"}
    for slot in paper["slots"]:
        assert members(slot) <= OF_EVERY_SLOT | SHOWN[slot["kind"]], slot
    version = site.people[MANAGER].get(f"/item-versions/{_version_ids(site)[0]}")
    secrets = [version["content"]["rationale"], version["content"]["source"], *_feedback(version)]
    assert [secret for secret in secrets if secret in page.reply.text] == []
    assert "rationale" not in page.reply.text


def test_the_exam_page_can_show_every_kind_of_item() -> None:
    script = assets().files["scripts/exam/questions.js"].decode()
    families = re.search(r"FAMILIES = \{\n(.*?)\n\};", script, re.DOTALL)
    assert families
    assert re.findall(r"^  (\w+): \w+,$", families[1], re.MULTILINE) == list(KINDS)


def test_the_exam_cookie_is_narrow(site: Site) -> None:
    seat = seated(site)
    reply = Visitor.at(site, CANDIDATE).led(f"/my/attempts/{seat.attempt_id}")
    cookie = SimpleCookie(reply.headers["set-cookie"])["exam"]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "strict")
    assert cookie["path"] == f"/api/v1/attempts/{seat.attempt_id}"
    saved = seat.caller.respond(seat.attempt_id, 1, 0, {}, token=cookie.value)
    assert saved.status_code == 200


def test_what_was_answered_is_there_after_loading_again(site: Site) -> None:
    seat = seated(site)
    slots = seat.paper()
    answer_all(seat, wrongly(site))
    shown = paper_of(Visitor.at(site, CANDIDATE).get(f"/my/attempts/{seat.attempt_id}"))["slots"]
    assert {slot["revision"] for slot in shown} == {1}
    assert [slot["response"] for slot in shown] == [wrongly(site)(slot) for slot in slots]


def test_a_title_cannot_break_out_of_the_data_in_the_page(site: Site) -> None:
    seat = admit(arrive(book(site, title="</script><script>alert(1)</script>")))
    page = Visitor.at(site, CANDIDATE).submit(f"/my/attempts/{seat.attempt_id}/start")
    assert paper_of(page)["title"] == "</script><script>alert(1)</script>"
    assert "<script>alert" not in page.reply.text


def test_handing_in_gives_one_receipt_however_often(site: Site) -> None:
    seat = seated(site)
    answer_all(seat, rightly(site))
    visitor = Visitor.at(site, CANDIDATE)
    page = visitor.submit(f"/my/attempts/{seat.attempt_id}/submission")
    again = visitor.submit(f"/my/attempts/{seat.attempt_id}/submission")
    assert page.heading == "Handed in"
    assert page.text == again.text
    assert "80 of 80" in page.text
    assert seat.caller.get(f"/attempts/{seat.attempt_id}/receipt")["receipt_hash"] in page.text
    assert visitor.led(f"/my/attempts/{seat.attempt_id}").headers["location"].endswith("/receipt")
    assert page.all("section", **{"data-ended": seat.attempt_id})


def test_when_time_is_over_the_page_waits_for_the_receipt(site: Site) -> None:
    seat = seated(site)
    visitor = Visitor.at(site, CANDIDATE)
    site.clock.turn(minutes=140)
    closing = visitor.get(f"/my/attempts/{seat.attempt_id}")
    assert closing.heading == "Time is over"
    assert closing.one("meta", **{"http-equiv": "refresh"})
    site.clock.turn(seconds=6)
    site.work()
    assert visitor.get(f"/my/attempts/{seat.attempt_id}").heading == "Time ran out"


def test_before_the_end_there_is_no_receipt_and_before_closing_no_result(site: Site) -> None:
    seat = seated(site)
    visitor = Visitor.at(site, CANDIDATE)
    assert visitor.led(f"/my/attempts/{seat.attempt_id}/receipt").headers["location"].endswith(seat.attempt_id)
    hand_in(seat)
    site.work()
    page = visitor.get(f"/my/attempts/{seat.attempt_id}/result")
    assert page.reply.url.path.endswith("/receipt")
    assert "%" not in page.text


def test_a_result_says_what_was_reached_and_what_comes_next(site: Site) -> None:
    seat = seated(site)
    answer_all(seat, rightly(site))
    hand_in(seat)
    close_and_score(seat)
    page = Visitor.at(site, CANDIDATE).get(f"/my/attempts/{seat.attempt_id}/result")
    assert page.heading == "Awaiting the decision"
    assert "Overall at least 66.25%" in page.text
    assert "At least 6 of 8 areas with 66.66…% or more" in page.text
    assert "80 of 80 points" in page.text
    assert len(page.all("svg", **{"class": "bar profile-bar"})) == 8
    assert "indicative" in page.text
    assert "proof" not in page.reply.text


def test_a_failed_area_is_named_with_its_line(site: Site) -> None:
    seat = seated(site)
    answer_all(seat, rightly_but_in(site, ["A3"]))
    hand_in(seat)
    close_and_score(seat)
    page = Visitor.at(site, CANDIDATE).get(f"/my/attempts/{seat.attempt_id}/result")
    assert page.heading == "Not passed"
    assert "No area below 40% missed: Business models, finance and procurement (0%)" in page.text
    assert len(page.all("rect", **{"class": "bar-missed"})) == 2  # the key and the one area


def test_the_reason_is_read_whatever_was_decided_and_not_before(site: Site) -> None:
    granted, refused = seated(site, CANDIDATE), seated(site, SIMULATED)
    for seat, outcome, reason in (
        (granted, "granted", "The evidence is complete and all rules are met."),
        (refused, "refused", "The identity check was found to be that of another person."),
    ):
        answer_all(seat, rightly(site))
        hand_in(seat)
        result = close_and_score(seat)
        address = f"/my/attempts/{seat.attempt_id}/result"
        visitor = Visitor.at(site, seat.person)
        assert "Reason given" not in visitor.get(address).text
        decision = {"outcome": outcome, "reason": reason}
        site.people[DECISION_MAKER].post(f"/results/{result['id']}/decision", decision)
        assert f"Reason given by the decision maker {reason}" in visitor.get(address).text


def test_a_result_explains_levels_and_tells_no_points_of_two_questions(site: Site) -> None:
    seat = seated(site)
    answer_all(seat, rightly_but_in(site, ["A4"]))
    hand_in(seat)
    close_and_score(seat)
    page = Visitor.at(site, CANDIDATE).get(f"/my/attempts/{seat.attempt_id}/result")
    assert "Project and programme management 4 50% 0% 4, indicative not attained: line missed" in page.text
    assert "Innovation and concept design 6 66.66…% 100% 10 attained" in page.text
    assert "City strategy and governance 4 50% not shown 2, indicative attained" in page.text
    assert len(page.all("td", **{"data-label": "Points"})) == 8, "points of areas alone"
    assert re.search(r"[012] of 2", page.text) is None


def test_a_certificate_is_offered_as_soon_as_it_is_signed(site: Site) -> None:
    world = make_world(site)
    visitor = Visitor.at(site, SIMULATED)
    page = visitor.get(f"/my/attempts/{world.attempt_id}/result")
    assert page.heading == "Passed"
    assert {f"/my/certificates/{world.credential_id}", f"/V/{world.code}"} <= page.hrefs()
    assert visitor.get("/my").hrefs() >= {f"/my/certificates/{world.credential_id}"}
    pdf = visitor.led(f"/my/certificates/{world.credential_id}")
    assert pdf.content.startswith(b"%PDF")
    assert pdf.headers["content-disposition"] == f'attachment; filename="certificate-{world.code}.pdf"'


@pytest.mark.parametrize("page", ["", "/receipt", "/result"])
def test_another_candidate_finds_nothing(site: Site, page: str) -> None:
    seat = seated(site, CANDIDATE)
    assert Visitor.at(site, SIMULATED).get(f"/my/attempts/{seat.attempt_id}{page}").status == 404


def paper_of(page: Page) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="paper">(.*?)</script>', page.reply.text, re.DOTALL)
    assert found is not None
    paper: dict[str, Any] = json.loads(found[1])
    return paper


def _version_ids(site: Site) -> list[str]:
    return [row["version_id"] for row in site.people[MANAGER].get("/items?limit=5")["items"]]


def _feedback(version: dict[str, Any]) -> list[str]:
    return [option["feedback"] for option in version["content"]["options"]]
