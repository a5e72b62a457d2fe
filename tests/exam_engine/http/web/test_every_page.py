"""What holds for every page, whatever it shows: nothing from elsewhere, nothing inline, one heading, names for all."""

from __future__ import annotations

import re
import uuid
from collections import Counter

from fastapi.routing import APIRoute

from exam_engine.demo.stage import EVERYBODY, MANAGER
from exam_engine.http import web
from exam_engine.http.middleware import CONTENT_SECURITY_POLICY
from kernel.permissions import AccountRole
from tests.exam_engine.http.web.visitor import Page, Visitor
from tests.exam_engine.http.web.world import make_world, pages_of
from tests.stage import URL, Site

R = AccountRole
ANYBODY = frozenset[AccountRole]()
REGISTER_READERS = frozenset({R.MANAGER, R.DECISION_MAKER, R.AUDITOR})
BANK = frozenset({R.AUTHOR, R.REVIEWER, R.MANAGER})
WRITERS = frozenset({R.AUTHOR, R.MANAGER})
TABLE: dict[str, frozenset[AccountRole]] = {
    "GET /verify": ANYBODY,
    "GET /V/{code}": ANYBODY,
    "GET /v/{code}": ANYBODY,
    "GET /language/{tag}": ANYBODY,
    "GET /sign-in": ANYBODY,
    "POST /sign-in": ANYBODY,
    "POST /sign-out": ANYBODY,
    "GET /": frozenset(AccountRole),
    "GET /my": frozenset({R.CANDIDATE}),
    "POST /my/bookings/{booking_id}/arrival": frozenset({R.CANDIDATE}),
    "GET /my/attempts/{attempt_id}": frozenset({R.CANDIDATE}),
    "POST /my/attempts/{attempt_id}/start": frozenset({R.CANDIDATE}),
    "POST /my/attempts/{attempt_id}/submission": frozenset({R.CANDIDATE}),
    "GET /my/attempts/{attempt_id}/receipt": frozenset({R.CANDIDATE}),
    "GET /my/attempts/{attempt_id}/result": frozenset({R.CANDIDATE}),
    "GET /my/certificates/{credential_id}": frozenset({R.CANDIDATE}),
    "GET /proctor": frozenset({R.PROCTOR}),
    "GET /proctor/sittings/{sitting_id}": frozenset({R.PROCTOR}),
    "GET /proctor/sittings/{sitting_id}/attempts": frozenset({R.PROCTOR}),
    "POST /proctor/attempts/{attempt_id}/check-in": frozenset({R.PROCTOR}),
    "GET /manage": frozenset({R.MANAGER}),
    "POST /manage/setbacks/{setback_id}/retry": frozenset({R.MANAGER}),
    "GET /manage/coverage": frozenset({R.AUTHOR, R.REVIEWER, R.MANAGER}),
    "GET /manage/schemes": frozenset({R.MANAGER}),
    "GET /manage/results": frozenset({R.MANAGER}),
    "GET /manage/sittings": frozenset({R.MANAGER}),
    "POST /manage/sittings": frozenset({R.MANAGER}),
    "GET /manage/sittings/{sitting_id}": frozenset({R.MANAGER}),
    "POST /manage/sittings/{sitting_id}/opening": frozenset({R.MANAGER}),
    "POST /manage/sittings/{sitting_id}/closing": frozenset({R.MANAGER}),
    "POST /manage/sittings/{sitting_id}/bookings": frozenset({R.MANAGER}),
    "GET /bank": BANK,
    "GET /bank/items": BANK,
    "POST /bank/batches/preview": BANK,
    "POST /bank/batches": BANK,
    "GET /bank/batches/{batch_id}": BANK,
    "POST /bank/batches/{batch_id}/undoing": BANK,
    "GET /bank/import": WRITERS,
    "POST /bank/import": WRITERS,
    "GET /bank/import/{document_id}": WRITERS,
    "POST /bank/import/{document_id}": WRITERS,
    "GET /bank/import/{document_id}/losses": WRITERS,
    "GET /bank/import/{document_id}/files/{sha256}": WRITERS,
    "GET /bank/export": BANK,
    "GET /bank/export/document": BANK,
    "GET /bank/export/words": BANK,
    "GET /bank/media": BANK,
    "POST /bank/media": WRITERS,
    "GET /register": REGISTER_READERS,
    "GET /register/{credential_id}": REGISTER_READERS,
    "GET /register/{credential_id}/pdf": REGISTER_READERS,
    "POST /register/{credential_id}/status": frozenset({R.DECISION_MAKER}),
    "GET /bank/frameworks": BANK | {R.AUDITOR},
    "GET /bank/frameworks/{code}/versions/{version}": BANK | {R.AUDITOR},
    "GET /bank/frameworks/{code}/versions/{version}/export": BANK | {R.AUDITOR},
    "GET /bank/frameworks/{code}/versions/{version}/document": BANK | {R.AUDITOR},
    "GET /bank/frameworks/{code}/versions/{version}/case": BANK | {R.AUDITOR},
    "POST /bank/frameworks/{code}/versions/{version}/drafts": WRITERS,
    "POST /bank/frameworks/{code}/versions/{version}/carried-items": WRITERS,
    "GET /bank/framework-imports": WRITERS,
    "POST /bank/framework-imports": WRITERS,
    "POST /bank/framework-drafts": WRITERS,
    "GET /bank/framework-drafts/{draft_id}": BANK | {R.AUDITOR},
    "POST /bank/framework-drafts/{draft_id}/moves": WRITERS,
    "POST /bank/framework-drafts/{draft_id}/publication": frozenset({R.MANAGER}),
    "POST /bank/framework-drafts/{draft_id}/discarding": WRITERS,
    "GET /bank/framework-drafts/{draft_id}/{kind}/{index}": WRITERS,
    "POST /bank/framework-drafts/{draft_id}/{kind}/{index}": WRITERS,
    "GET /bank/work": BANK,
    "GET /bank/items/new": WRITERS,
    "GET /bank/items/{code}": BANK,
    "GET /bank/items/{code}/edit": WRITERS,
    "POST /bank/writing": WRITERS,
    "POST /bank/writing/copy": WRITERS,
    "POST /bank/marks": BANK,
    "POST /bank/items/{code}/versions/{number}/steps": BANK,
    "POST /bank/items/{code}/versions/{number}/comments": BANK,
    "POST /bank/comments/{comment_id}/resolution": BANK,
    "GET /marking": frozenset({R.MARKER}),
    "POST /marking/next": frozenset({R.MARKER}),
    "POST /marking/{script_id}/hold": frozenset({R.MARKER}),
    "POST /marking/{script_id}/release": frozenset({R.MARKER}),
    "GET /marking/{script_id}": frozenset({R.MARKER}),
    "POST /marking/{script_id}": frozenset({R.MARKER}),
    "GET /marking/agreement": frozenset({R.MANAGER}),
    "GET /marking/agreement/{version_id}": frozenset({R.MANAGER}),
    "GET /decisions": frozenset({R.DECISION_MAKER}),
    "GET /decisions/{result_id}": frozenset({R.DECISION_MAKER}),
    "POST /decisions/{result_id}": frozenset({R.DECISION_MAKER}),
}
SAID = {"number": "1", "kind": "areas", "index": "0"}
FIELDS = {
    "/steps": {"step": "submit"},
    "/check-in": {"method": "passport"},
    "/manage/sittings": {"form_id": str(uuid.uuid4())},
    "/status": {"change": "revoked", "reason_class": "misuse"},
    "/decisions/{result_id}": {"outcome": "granted"},
}


def test_the_table_holds_every_page() -> None:
    routes = {
        f"{method} {route.path}"
        for router in _routers()
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    assert routes == set(TABLE)


def test_every_page_for_every_role(site: Site) -> None:
    visitors = {person: Visitor.at(site, person) for person in EVERYBODY}
    wrong = []
    for route, allowed in TABLE.items():
        if not allowed:
            continue
        for person, visitor in visitors.items():
            status = _asked(visitor, route)
            if (status == 403) == (person.role in allowed):
                wrong.append(f"{route} as {person.role}: {status}")
        status = _asked(Visitor.at(site), route)
        if status != (401 if route.startswith("POST") else 303):
            wrong.append(f"{route} as nobody: {status}")
    assert wrong == []


def test_every_page_keeps_the_rules_of_the_house(site: Site) -> None:
    world = make_world(site)
    visitors: dict[object, Visitor] = {}
    for path, person in pages_of(world).items():
        if person not in visitors:
            visitors[person] = Visitor.at(site, person)
        page = visitors[person].get(path)
        assert page.reply.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert page.reply.headers["cache-control"] == "no-store"
        assert _faults(page) == [], path


def test_whoever_enters_another_bodys_address_finds_nothing(site: Site) -> None:
    from tests.exam_engine.http.test_access import _another_body

    world = make_world(site)
    strangers = _another_body(site)
    ids = {
        "attempt_id": world.attempt_id,
        "sitting_id": world.sitting_id,
        "credential_id": world.credential_id,
        "result_id": world.result_id,
        "booking_id": site.people[MANAGER].all("/sittings")[0]["id"],
        "draft_id": world.draft_id,
    }
    found = []
    for route, allowed in TABLE.items():
        for role in allowed if "_id}" in route else ():
            visitor = Visitor.at(site)
            visitor.client.cookies.set("session", str(strangers[role].token))
            status = _asked(visitor, route, ids)
            if status != 404:
                found.append(f"{route} as a stranger's {role}: {status}")
    assert found == []


def _routers() -> list[object]:
    from exam_engine.http.web import (
        bank,
        candidate,
        decisions,
        entrance,
        frameworks,
        manager,
        marker_agreement,
        marking,
        proctor,
        public,
        register,
        results,
        sittings,
    )

    rooms = [
        public,
        entrance,
        candidate,
        results,
        proctor,
        sittings,
        register,
        manager,
        marker_agreement,
        marking,
        decisions,
    ]
    assert web.public_router is public.router
    return [*(room.router for room in rooms), *bank.ROUTERS, *frameworks.ROUTERS]


def _asked(visitor: Visitor, route: str, ids: dict[str, str] | None = None) -> int:
    method, template = route.split(" ")
    path = re.sub(
        r"\{(\w+)\}",
        lambda found: {**SAID, **(ids or {})}.get(found[1], str(uuid.uuid4())),
        template,
    )
    if method == "GET":
        return visitor.led(path).status_code
    fields = next((fields for ending, fields in FIELDS.items() if template.endswith(ending)), {})
    return visitor.send(path, **fields).status_code


def _faults(page: Page) -> list[str]:
    return [*_inline(page), *_from_elsewhere(page), *_unnamed(page), *_structure(page)]


def _inline(page: Page) -> list[str]:
    faults = [f"<{element.tag} style>" for element in page.elements if "style" in element.attributes]
    faults += [
        f"<{element.tag} {name}>" for element in page.elements for name in element.attributes if name.startswith("on")
    ]
    faults += ["<style>" for _ in page.all("style")]
    faults += [
        "inline script"
        for script in page.all("script")
        if not script.attributes.get("src") and script.attributes.get("type") != "application/json"
    ]
    return faults


def _from_elsewhere(page: Page) -> list[str]:
    loaded = [
        element.attributes[name]
        for element in page.elements
        for name in ("src", "action", "data-poll", "data-refresh")
        if name in element.attributes
    ]
    loaded += [link.attributes["href"] for link in page.all("link")]
    return [f"loads {url}" for url in loaded if not url.startswith("/") or url.startswith("//")]


def _unnamed(page: Page) -> list[str]:
    labelled = {label.attributes.get("for") for label in page.all("label")}
    return [
        f"{element.tag} {element.attributes} has no label"
        for element in page.elements
        if element.tag in {"input", "select", "textarea"}
        and element.attributes.get("type") != "hidden"
        and element.attributes.get("id") not in labelled
    ] + [f"{button.attributes} says nothing" for button in page.all("button") if not button.text.strip()]


def _structure(page: Page) -> list[str]:
    ids = Counter(element.attributes["id"] for element in page.elements if "id" in element.attributes)
    faults = [f"id {name} {count} times" for name, count in ids.items() if count > 1]
    if not page.one("html").attributes["lang"]:
        faults.append("no language")
    # The exam page has two views with a heading each; the one that is not shown is hidden.
    if len(page.all("h1")) != (2 if page.all("nav", **{"class": "map"}) else 1):
        faults.append(f"{len(page.all('h1'))} first headings")
    if "#main" not in page.hrefs() or not page.all("main", id="main"):
        faults.append("no way to skip to the content")
    if URL in page.reply.text and "/V/" not in str(page.reply.url).replace("/v/", "/V/"):
        faults.append("an absolute address")
    return faults
