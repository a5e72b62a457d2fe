"""Lists over the API: all of one shape, read to their end by the cursor each page gives."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from exam_engine.demo.stage import AUDITOR, AUTHOR, CANDIDATE, MANAGER, MARKER, Person
from tests.builders.files import png
from tests.exam_engine.http.test_access import TABLE, _another_body
from tests.journeys.acts import Seat, answer_all, close_and_score, grant, hand_in, rightly, seated
from tests.stage import Site

ROWS_MAX = 200
CURSORS_OF_THEIR_OWN = {"/items", "/audit/entries"}
"""Lists that go on after a code or a sequence number; all others go on after a row's identifier."""

EMPTY_AFTER_AN_EXAM = {"/setbacks", "/scripts"}
"""Lists of what went wrong, and of what people mark."""


@pytest.fixture
def seat(site: Site) -> Seat:
    """An exam that was passed, long ago, and an item of it that is talked about: every list has something in it."""
    for width in (20, 30):
        site.people[AUTHOR].upload(png(width, 20))
        site.people[MANAGER].post("/framework-drafts", {})
        for writer in (AUTHOR, MANAGER):
            copy = {"framework": "smart-city-sample", "language": "en", "item": {"stem": f"Is it {width}?"}}
            site.people[writer].post("/working-copies", copy)
    seat = seated(site)
    answer_all(seat, rightly(site))
    hand_in(seat)
    grant(seat, close_and_score(seat))
    for text in ("Is this still so?", "It was last year."):
        site.people[MANAGER].post(f"/item-versions/{_used(site)['version_id']}/comments", {"text": text})
    return seat


def _used(site: Site) -> dict[str, Any]:
    """An item of the form."""
    manager = site.people[MANAGER]
    found: dict[str, Any] = next(
        item for item in manager.all("/items") if manager.get(f"/items/{item['code']}/uses")["items"]
    )
    return found


def _address(site: Site, seat: Seat, path: str) -> str:
    item = _used(site) if "{code}" in path or "{version_id}" in path else {}
    names = {"sitting_id": seat.sitting_id, "code": item.get("code"), "version_id": item.get("version_id")}
    # Everything that was approved is to be looked at again within four years.
    return path.format(**names) + ("?days_ahead=1460&" if path == "/reviews-due" else "?")


def lists(site: Site) -> dict[str, dict[str, Any]]:
    """Every route that answers with a list, with its description."""
    described = site.client.get("/api/v1/openapi.json").json()
    pages = {
        f"#/components/schemas/{name}"
        for name, schema in described["components"]["schemas"].items()
        if {"items", "next_after"} <= schema.get("properties", {}).keys()
    }
    return {
        path.removeprefix("/api/v1"): methods["get"]
        for path, methods in described["paths"].items()
        if "get" in methods and _reply(methods["get"]).get("$ref") in pages
    }


def _reply(route: dict[str, Any]) -> dict[str, Any]:
    shape: dict[str, Any] = route["responses"]["200"].get("content", {}).get("application/json", {}).get("schema", {})
    return shape


def test_no_list_is_given_whole(site: Site) -> None:
    described = site.client.get("/api/v1/openapi.json").json()["paths"]
    whole = [path for path, methods in described.items() if _reply(methods.get("get", _NOTHING)).get("type") == "array"]
    assert whole == []
    assert {"/bookings", "/sittings", "/results", "/credentials", "/items"} < lists(site).keys()


def test_every_list_can_be_read_to_its_end(site: Site, seat: Seat) -> None:
    for path, route in lists(site).items():
        caller = site.people[_reader(path)]
        address = _address(site, seat, path)
        assert {"after", "limit"} <= {parameter["name"] for parameter in route["parameters"]}, path
        whole = caller.get(f"{address}limit={ROWS_MAX}")
        assert whole["items"] or path in EMPTY_AFTER_AN_EXAM, f"{path} has nothing to show, so nothing is proved"
        first = caller.get(f"{address}limit=1")
        assert first["items"] == whole["items"][:1], path
        assert (first["next_after"] is None) == (len(whole["items"]) <= 1), path
        if first["next_after"]:
            second = caller.get(f"{address}limit=1&after={first['next_after']}")
            assert second["items"] == whole["items"][1:2], path


def test_a_page_has_its_bounds(site: Site, seat: Seat) -> None:
    for path in lists(site):
        caller = site.people[_reader(path)]
        address = _address(site, seat, path)
        for limit in (0, -1, ROWS_MAX + 1, "many"):
            assert caller.refused("GET", f"{address}limit={limit}")["status"] == 422, path


def test_a_cursor_of_nowhere_or_of_another_body_is_refused(site: Site, seat: Seat) -> None:
    strangers = _another_body(site)
    for path in lists(site).keys() - CURSORS_OF_THEIR_OWN - EMPTY_AFTER_AN_EXAM:
        address = _address(site, seat, path)
        caller = site.people[_reader(path)]
        assert caller.refused("GET", f"{address}after={uuid.uuid4()}")["code"] == "not_found", path
        ours = caller.get(address)["items"][0]
        cursor = ours.get("id") or ours["attempt_id"]
        stranger = strangers[_reader(path).role]
        assert stranger.refused("GET", f"{address}after={cursor}")["code"] == "not_found", path


def _reader(path: str) -> Person:
    return next(person for person in (MANAGER, CANDIDATE, AUDITOR, MARKER) if person.role in TABLE[f"GET {path}"])


_NOTHING: dict[str, Any] = {"responses": {"200": {}}}
