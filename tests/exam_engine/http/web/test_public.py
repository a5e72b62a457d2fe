from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from starlette.testclient import TestClient

from certificates.codes import grouped
from certificates.credentials import Credential, StatusChange
from exam_engine.demo.stage import DECISION_MAKER, MANAGER, SIMULATED
from exam_engine.http.app import create_verification_app
from exam_engine.http.web.public import LOOKS_PER_MINUTE
from kernel.accounts import Account
from kernel.organisations import Organisation
from kernel.permissions import the_product
from tests.builders.certificates import Body, issue_one
from tests.builders.kernel import unguard
from tests.exam_engine.http.web.visitor import Page, Visitor
from tests.exam_engine.http.web.world import World, make_world
from tests.stage import MORNING, URL, Site

UNKNOWN = "0000000000000000"


def test_a_certificate_shows_every_signed_field(site: Site) -> None:
    world = make_world(site)
    page = Visitor.at(site).get(f"/V/{world.code}")
    snapshot = site.people[MANAGER].get(f"/credentials/{world.credential_id}")["snapshot"]
    assert (page.status, page.heading) == (200, "Valid")
    said = [
        grouped(world.code),
        SIMULATED.name,
        *(snapshot[name] for name in ("title", "job_role", "scheme", "framework", "supervision")),
        f"version {snapshot['scheme_version']}",
        snapshot["issuer"]["name"],
        snapshot["signature"]["root_sha256"],
        *(area["name"] for area in snapshot["areas"]),
        "This is a sample",
        "23 November 2026",
        "23 November 2029",
        f"begins with {URL}/",
        "not a qualified signature",
    ]
    assert [words for words in said if words not in page.text] == []
    assert "name_as_given" not in page.reply.text


def test_the_same_address_answers_json_to_whoever_prefers_it(site: Site) -> None:
    world = make_world(site)
    visitor = Visitor.at(site)
    report = visitor.client.get(f"/v/{world.code}", headers={"Accept": "application/json"})
    assert report.headers["content-type"] == "application/json"
    assert report.json()["status"] == "valid"
    assert report.json()["fields"]["holder_name"] == SIMULATED.name
    assert report.headers["vary"] == "Accept, Accept-Language, Cookie"


def test_an_unknown_number_gets_an_answer_of_the_same_shape(site: Site) -> None:
    world = make_world(site)
    visitor = Visitor.at(site)
    known, unknown, unreadable = (
        visitor.client.get(f"/V/{code}", headers={"Accept": "application/json"})
        for code in (world.code, UNKNOWN, "no number")
    )
    assert (unknown.status_code, unreadable.status_code) == (404, 404)
    assert set(known.json()) == set(unknown.json())
    assert unknown.json() == unreadable.json()
    assert unknown.json()["status"] == "unknown"
    assert set(known.headers) == set(unknown.headers)


@pytest.mark.parametrize("code", [UNKNOWN, "no-number", "7K2M", "x" * 500])
def test_the_page_of_an_unknown_number_says_so_and_nothing_more(site: Site, code: str) -> None:
    page = Visitor.at(site).get(f"/V/{code}")
    assert (page.status, page.heading) == (404, "Unknown")
    assert "Nothing is known under this number" in page.text
    assert "/verify" in page.hrefs()


def test_the_words_of_a_visitor_are_shown_as_words(site: Site) -> None:
    page = Visitor.at(site).get("/V/<script>alert(1)<-script>")
    assert page.all("script") == []
    assert "<script>alert(1)" in page.text


@pytest.mark.parametrize(
    ("change", "reason", "heading", "said"),
    [
        ("suspended", "under_investigation", "Suspended", "under investigation"),
        ("revoked", "misuse", "Revoked", "misuse of the certificate"),
    ],
)
def test_a_change_is_public_at_once_with_the_class_of_its_reason(
    site: Site, change: str, reason: str, heading: str, said: str
) -> None:
    world = make_world(site)
    _change(site, world, status=change, reason_class=reason, reason="Our own words about it.")
    page = Visitor.at(site).get(f"/V/{world.code}")
    assert (page.status, page.heading) == (200, heading)
    assert said.capitalize() in page.text
    assert "Our own words" not in page.reply.text


def test_an_expired_certificate_says_so(site: Site) -> None:
    world = make_world(site)
    site.clock.turn(days=365 * 3 + 5)
    assert Visitor.at(site).get(f"/V/{world.code}").heading == "Expired"


@pytest.mark.parametrize("spelling", [str.lower, grouped, lambda code: f" {grouped(code)} "])
def test_a_number_is_understood_as_people_type_it(site: Site, spelling: Any) -> None:
    world = make_world(site)
    reply = Visitor.at(site).client.get("/verify", params={"code": spelling(world.code)}, follow_redirects=False)
    assert (reply.status_code, reply.headers["location"]) == (303, f"/V/{world.code}")


def test_a_number_that_cannot_be_one_is_refused_at_its_field(site: Site) -> None:
    page = Visitor.at(site).get("/verify?code=7K2M")
    field = page.one("input", name="code")
    assert page.status == 422
    assert (field.attributes["value"], field.attributes["aria-invalid"]) == ("7K2M", "true")
    assert "code-fault" in field.attributes["aria-describedby"]


def test_nobody_may_try_many_numbers(site: Site) -> None:
    visitor = Visitor.at(site)
    statuses = [visitor.led(f"/V/{UNKNOWN}").status_code for _ in range(LOOKS_PER_MINUTE + 1)]
    assert statuses[-1] == 429
    assert set(statuses[:-1]) == {404}


def test_search_engines_are_asked_to_stay_away(site: Site) -> None:
    page = Visitor.at(site).get(f"/V/{UNKNOWN}")
    assert page.one("meta", name="robots").attributes["content"] == "noindex"
    assert "noindex" in page.reply.headers["x-robots-tag"]


def test_verification_alone_serves_the_same_page_without_a_door_to_sign_in(site: Site) -> None:
    world = make_world(site)
    app = create_verification_app(site.installation)
    with TestClient(app, base_url=URL, headers={"Accept": "text/html"}) as client:
        page = Page(client.get(f"/V/{world.code}"))
        assert (page.status, page.heading) == (200, "Valid")
        assert all(client.get(href).status_code == 200 for href in page.hrefs() if href.startswith("/"))
        assert client.get("/sign-in").status_code == 404
        assert Page(client.get("/my")).status == 404


def test_a_record_that_was_changed_in_the_database_is_not_shown(site: Site) -> None:
    world = make_world(site)
    with site.installation.database.transaction() as tx:
        unguard(tx, "credentials")
        tx.execute(update(Credential).values(valid_until=site.clock().date() + timedelta(9999)))
    page = Visitor.at(site).get(f"/V/{world.code}")
    assert page.heading == "Unknown"
    assert "The record does not match its seal" in page.text
    assert SIMULATED.name not in page.text


@pytest.mark.parametrize("attack", ["forged", "dropped"])
def test_a_history_that_was_changed_in_the_database_is_said_not_to_hold(site: Site, attack: str) -> None:
    world = make_world(site)
    _change(site, world, status="suspended", reason_class="misuse", reason="A complaint.")
    with site.installation.database.transaction() as tx:
        unguard(tx, "credential_status_changes")
        (suspension,) = tx.scalars(select(StatusChange))
        if attack == "dropped":
            tx.execute(delete(StatusChange))
        else:
            copied = ("credential_id", "at", "actor_id", "seal", "reason")
            facts = {name: getattr(suspension, name) for name in copied}
            tx.add(StatusChange(number=2, status="reinstated", reason_class="matter_resolved", **facts))
    visitor = Visitor.at(site)
    page = visitor.get(f"/V/{world.code}")
    assert (page.status, page.heading) == (404, "Unknown")
    assert "This record does not hold" in page.text
    assert SIMULATED.name not in page.text
    told = visitor.client.get(f"/V/{world.code}", headers={"Accept": "application/json"}).json()
    assert (told["status"], told["record_intact"], told["history_intact"], told["holds"]) == (
        "unknown",
        True,
        False,
        False,
    )


def test_the_page_and_the_json_say_how_long_the_signing_key_is_valid(site: Site) -> None:
    world = make_world(site)
    visitor = Visitor.at(site)
    page = visitor.get(f"/V/{world.code}")
    assert "valid from 23 November 2026 until 20 November 2038" in page.text
    assert "outlives" not in page.text
    told = visitor.client.get(f"/V/{world.code}", headers={"Accept": "application/json"}).json()["signature"]
    assert told["key_valid_from"].startswith("2026-11-23")
    assert told["key_valid_until"].startswith("2038-11-20")
    assert (told["outlives_key"], told["note"]) == (False, None)


def test_when_the_keys_certificate_has_ended_the_page_says_what_holds(site: Site) -> None:
    world = make_world(site)
    site.clock.turn(days=365 * 13)
    visitor = Visitor.at(site)
    page = visitor.get(f"/V/{world.code}")
    assert page.heading == "Expired"
    assert "The signing key's certificate has ended" in page.text
    assert "What holds is what this page says" in page.text
    told = visitor.client.get(f"/V/{world.code}", headers={"Accept": "application/json"}).json()["signature"]
    assert "this report, checked anew, is what to go by" in told["note"]


def test_a_certificate_without_an_end_says_that_it_outlives_its_keys_certificate(site: Site) -> None:
    with site.installation.database.transaction() as tx:
        organisation = tx.scalars(select(Organisation)).one()
        holder = tx.scalars(select(Account).where(Account.email == SIMULATED.email)).one()
        body = Body(organisation, the_product(organisation.id), holder)
        dates = {"decided_on": MORNING.date(), "valid_from": MORNING.date(), "valid_until": None}
        code = issue_one(tx, body, keys=site.installation.keys, now=site.clock(), **dates).code
    page = Visitor.at(site).get(f"/V/{code}")
    assert page.heading == "Valid"
    assert "This certificate outlives the one of its signing key" in page.text
    assert "Until 20 November 2038 other programs can check the PDF by themselves" in page.text
    assert "without an end date" in page.text


def _change(site: Site, world: World, **change: str) -> None:
    site.people[DECISION_MAKER].post(f"/credentials/{world.credential_id}/status-changes", change)
