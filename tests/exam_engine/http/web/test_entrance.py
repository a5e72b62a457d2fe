from __future__ import annotations

import uuid
from http.cookies import SimpleCookie

import pytest

from exam_engine.demo.stage import (
    AUDITOR,
    AUTHOR,
    CANDIDATE,
    DECISION_MAKER,
    MANAGER,
    PASSWORD,
    PROCTOR,
    REVIEWER,
    Person,
)
from exam_engine.http.signing_in import GUESSES_PER_MINUTE
from exam_engine.http.web import frame
from kernel.accounts import grant_roles, member_with_email
from kernel.permissions import AccountRole
from tests.exam_engine.http.web.visitor import Visitor
from tests.stage import Site


def test_signing_in_sets_one_careful_cookie_and_leads_on(site: Site) -> None:
    reply = Visitor.at(site).send("/sign-in", email=CANDIDATE.email, password=PASSWORD, next="/my")
    assert (reply.status_code, reply.headers["location"]) == (303, "/my")
    cookie = SimpleCookie(reply.headers["set-cookie"])["session"]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"], cookie["path"]) == (True, True, "lax", "/")
    assert int(cookie["max-age"]) == site.installation.settings.session_minutes * 60


@pytest.mark.parametrize("address", ["nobody@demo.example", CANDIDATE.email, ""])
def test_a_wrong_password_and_an_unknown_address_look_alike(site: Site, address: str) -> None:
    page = Visitor.at(site).submit("/sign-in", email=address, password="not this one", next="/my")
    assert page.status == 401
    assert "The address or the password is wrong" in page.text
    assert page.one("input", name="email").attributes["value"] == address
    assert page.one("input", name="next").attributes["value"] == "/my"
    assert (
        "value" not in page.one("input", name="password").attributes
        or not page.one("input", name="password").attributes["value"]
    )


def test_signing_in_never_leads_elsewhere(site: Site) -> None:
    visitor = Visitor.at(site)
    assert visitor.get("/sign-in?next=//evil.example").one("input", name="next").attributes["value"] == "/"
    reply = visitor.send("/sign-in", email=CANDIDATE.email, password=PASSWORD, next="https://evil.example/")
    assert reply.headers["location"] == "/"


def test_a_stranger_is_led_to_the_door_and_back(site: Site) -> None:
    reply = Visitor.at(site).led("/manage/schemes?x=1&y=2")
    assert (reply.status_code, reply.headers["location"]) == (303, "/sign-in?next=/manage/schemes%3Fx%3D1%26y%3D2")
    page = Visitor.at(site).get("/manage/schemes?x=1&y=2")
    assert page.one("input", name="next").attributes["value"] == "/manage/schemes?x=1&y=2"


def test_a_form_sent_after_the_session_ended_asks_to_sign_in(site: Site) -> None:
    page = Visitor.at(site).submit("/manage/sittings")
    assert page.status == 401
    assert "/sign-in?next=/" in page.hrefs()


@pytest.mark.parametrize(
    ("person", "desk"),
    [
        (CANDIDATE, "/my"),
        (PROCTOR, "/proctor"),
        (MANAGER, "/manage"),
        (DECISION_MAKER, "/decisions"),
        (AUDITOR, "/register"),
        (AUTHOR, "/bank/work"),
        (REVIEWER, "/bank/work"),
    ],
)
def test_whoever_has_one_desk_is_led_to_it(site: Site, person: Person, desk: str) -> None:
    visitor = Visitor.at(site, person)
    assert visitor.led("/").headers["location"] == desk
    assert visitor.get(desk).all("nav", **{"aria-label": "Your tasks"}) == []


def test_whoever_has_several_desks_sees_them_all(site: Site) -> None:
    with site.installation.database.transaction() as tx:
        body = site.people[MANAGER].get("/session")["organisation_id"]
        account = member_with_email(tx, uuid.UUID(body), PROCTOR.email, AccountRole.PROCTOR)
        grant_roles(tx, account, uuid.UUID(body), [AccountRole.CANDIDATE], now=site.clock())
    page = Visitor.at(site, PROCTOR).get("/")
    assert {"/my", "/proctor"} <= page.hrefs()
    assert page.all("nav", **{"aria-label": "Your tasks"})


def test_whoever_has_no_desk_is_told_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "DESKS", ())
    assert "Your work goes through the API" in Visitor.at(site, AUTHOR).get("/").text


def test_signing_out_makes_the_token_worthless_everywhere(site: Site) -> None:
    visitor = Visitor.at(site, CANDIDATE)
    token = visitor.client.cookies["session"]
    reply = visitor.send("/sign-out")
    assert (reply.status_code, reply.headers["location"]) == (303, "/sign-in")
    assert "session" not in visitor.client.cookies
    assert site.client.get("/api/v1/session", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert visitor.send("/sign-out").status_code == 303


def test_a_form_of_another_site_is_refused(site: Site) -> None:
    visitor = Visitor.at(site, CANDIDATE)
    reply = visitor.client.post("/sign-out", headers={"Origin": "https://evil.example"})
    assert reply.status_code == 403


def test_a_guesser_is_slowed_down(site: Site) -> None:
    visitor = Visitor.at(site)
    for _ in range(GUESSES_PER_MINUTE + 1):
        reply = visitor.send("/sign-in", email="", password="guess")
        if reply.status_code == 429:
            break
    assert reply.status_code == 429
    assert reply.headers["retry-after"]
    assert "Too many attempts" in reply.text
