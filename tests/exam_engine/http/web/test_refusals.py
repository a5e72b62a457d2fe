from __future__ import annotations

from sqlalchemy import text
from starlette.testclient import TestClient

from exam_engine.demo.stage import CANDIDATE, MANAGER
from kernel.errors import Forbidden, TooLarge
from tests.exam_engine.http.web.visitor import Page, Visitor
from tests.stage import URL, Site


def test_an_address_that_does_not_exist_is_answered_as_a_page_or_as_a_problem(site: Site) -> None:
    visitor = Visitor.at(site, CANDIDATE)
    page = visitor.get("/nowhere")
    assert (page.status, page.heading) == (404, "Not found")
    assert page.all("form", action="/sign-out")
    problem = visitor.client.get("/nowhere", headers={"Accept": "application/json"})
    assert (problem.status_code, problem.headers["content-type"]) == (404, "application/problem+json")


def test_somebody_elses_desk_is_refused_by_name(site: Site) -> None:
    page = Visitor.at(site, CANDIDATE).get("/manage")
    assert (page.status, page.heading) == (Forbidden.status, "You may not do this")
    assert "this needs the permission sitting.manage" in page.text


def test_a_wrong_method_names_the_right_one(site: Site) -> None:
    reply = Visitor.at(site).send("/verify")
    assert reply.status_code == 405
    assert reply.headers["allow"] == "GET"
    assert Page(reply).heading == "Not possible here"


def test_an_address_with_nonsense_in_it_is_refused_without_echo(site: Site) -> None:
    page = Visitor.at(site, CANDIDATE).get("/my/attempts/nonsense")
    assert page.status == 422
    assert "nonsense" not in page.text
    assert "attempt_id" not in page.text


def test_a_body_that_is_too_large_is_refused(site: Site) -> None:
    reply = Visitor.at(site).client.post(
        "/sign-in", content=b"", headers={"Origin": URL, "Content-Length": str(10**10)}
    )
    assert reply.status_code == TooLarge.status


def test_when_the_database_does_not_answer_the_page_still_stands(site: Site) -> None:
    visitor = Visitor.at(site, MANAGER)
    cookies = dict(visitor.client.cookies)
    visitor.client = TestClient(site.client.app, base_url=URL, raise_server_exceptions=False, cookies=cookies)
    with site.installation.database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE accounts RENAME TO accounts_gone"))
    page = visitor.get("/manage", Accept="text/html")
    assert (page.status, page.heading) == (500, "Something went wrong on our side")
    assert "accounts" not in page.text
    assert page.all("form", action="/sign-out") == []
