"""Every API route x every role, from one table. A route without a row fails; so does a row without a route."""

from __future__ import annotations

import re
import uuid
from typing import Any

from exam_engine.demo.stage import EVERYBODY, MANAGER
from kernel.permissions import AccountRole
from tests.journeys.acts import answer_all, close_and_score, grant, hand_in, rightly, seated
from tests.stage import Caller, Site

R = AccountRole
ANYBODY = frozenset[AccountRole]()
SIGNED_IN = frozenset(AccountRole)
BANK = frozenset({R.AUTHOR, R.REVIEWER, R.MANAGER})
TABLE: dict[str, frozenset[AccountRole]] = {
    "POST /session": ANYBODY,
    "GET /session": SIGNED_IN,
    "DELETE /session": SIGNED_IN,
    "POST /frameworks": frozenset({R.MANAGER}),
    "GET /frameworks": BANK | {R.AUDITOR},
    "GET /frameworks/{code}": BANK | {R.AUDITOR},
    "GET /frameworks/{code}/versions/{version}": BANK | {R.AUDITOR},
    "GET /frameworks/{code}/versions/{version}/case": BANK | {R.AUDITOR},
    "GET /frameworks/{code}/versions/{version}/case/losses": BANK | {R.AUDITOR},
    "POST /frameworks/{code}/versions/{version}/carried-items": frozenset({R.AUTHOR, R.MANAGER}),
    "GET /frameworks/{code}/coverage": BANK,
    "GET /frameworks/{code}/coverage/counts": BANK,
    "POST /framework-drafts": frozenset({R.AUTHOR, R.MANAGER}),
    "POST /framework-drafts/case": frozenset({R.AUTHOR, R.MANAGER}),
    "GET /framework-drafts": BANK | {R.AUDITOR},
    "GET /framework-drafts/{draft_id}": BANK | {R.AUDITOR},
    "PUT /framework-drafts/{draft_id}": frozenset({R.AUTHOR, R.MANAGER}),
    "GET /framework-drafts/{draft_id}/comparison": BANK | {R.AUDITOR},
    "POST /framework-drafts/{draft_id}/publication": frozenset({R.MANAGER}),
    "POST /framework-drafts/{draft_id}/discarding": frozenset({R.AUTHOR, R.MANAGER}),
    "POST /frameworks/{code}/imports/previews": frozenset({R.AUTHOR, R.MANAGER}),
    "POST /frameworks/{code}/imports": frozenset({R.AUTHOR, R.MANAGER}),
    "GET /frameworks/{code}/exports": BANK,
    "GET /frameworks/{code}/exports/report": BANK,
    "GET /frameworks/{code}/words": BANK,
    "GET /item-formats/{name}/template": BANK,
    "POST /frameworks/{code}/drafts": frozenset({R.AUTHOR, R.MANAGER}),
    "POST /frameworks/{code}/previews": BANK,
    "GET /item-versions/{version_id}/checks": BANK,
    "POST /item-versions/{version_id}/trial-marks": BANK,
    "POST /working-copies": frozenset({R.AUTHOR, R.MANAGER}),
    "GET /working-copies": frozenset({R.AUTHOR, R.MANAGER}),
    "GET /working-copies/{copy_id}": frozenset({R.AUTHOR, R.MANAGER}),
    "PUT /working-copies/{copy_id}": frozenset({R.AUTHOR, R.MANAGER}),
    "DELETE /working-copies/{copy_id}": frozenset({R.AUTHOR, R.MANAGER}),
    "GET /items": BANK,
    "POST /item-batches/previews": BANK,
    "POST /item-batches": BANK,
    "GET /item-batches/{batch_id}": BANK,
    "GET /item-batches/{batch_id}/undoing": BANK,
    "POST /item-batches/{batch_id}/undoing": BANK,
    "GET /item-versions/{version_id}": BANK,
    "POST /item-versions/{version_id}/submission": frozenset({R.AUTHOR, R.MANAGER}),
    "POST /item-versions/{version_id}/reviews": frozenset({R.REVIEWER}),
    "POST /item-versions/{version_id}/pilot": frozenset({R.MANAGER}),
    "POST /item-versions/{version_id}/release": frozenset({R.MANAGER}),
    "POST /item-versions/{version_id}/moves": frozenset({R.MANAGER}),
    "GET /item-versions/{version_id}/history": BANK,
    "GET /item-versions/{version_id}/changes": BANK,
    "POST /item-versions/{version_id}/comments": BANK,
    "GET /item-versions/{version_id}/comments": BANK,
    "POST /item-comments/{comment_id}/resolution": BANK,
    "GET /items/{code}/statistics": BANK,
    "GET /items/{code}/uses": frozenset({R.MANAGER}),
    "GET /reviews-due": BANK,
    "POST /item-versions/{version_id}/translations": frozenset({R.AUTHOR, R.MANAGER}),
    "GET /item-versions/{version_id}/translations": BANK,
    "POST /media": frozenset({R.AUTHOR, R.MANAGER}),
    "GET /media": BANK,
    "GET /media/{sha256}": BANK,
    "GET /media/{sha256}/content": BANK,
    "POST /schemes": frozenset({R.MANAGER}),
    "GET /schemes": frozenset({R.MANAGER, R.DECISION_MAKER, R.AUDITOR}),
    "GET /scheme-versions/{version_id}": frozenset({R.MANAGER, R.DECISION_MAKER, R.AUDITOR}),
    "PUT /scheme-versions/{version_id}": frozenset({R.MANAGER}),
    "POST /scheme-versions/{version_id}/publication": frozenset({R.MANAGER}),
    "POST /scheme-versions/{version_id}/withdrawal": frozenset({R.MANAGER}),
    "POST /scheme-versions/{version_id}/blueprints": frozenset({R.MANAGER}),
    "GET /blueprints/{blueprint_id}": frozenset({R.MANAGER, R.DECISION_MAKER, R.AUDITOR}),
    "POST /blueprints/{blueprint_id}/forms": frozenset({R.MANAGER}),
    "GET /forms": frozenset({R.MANAGER, R.DECISION_MAKER, R.AUDITOR}),
    "GET /forms/{form_id}": frozenset({R.MANAGER, R.DECISION_MAKER, R.AUDITOR}),
    "POST /forms/{form_id}/editions": frozenset({R.MANAGER}),
    "GET /forms/{form_id}/editions": frozenset({R.MANAGER, R.DECISION_MAKER, R.AUDITOR}),
    "GET /forms/{form_id}/editions/{language}/readiness": frozenset({R.MANAGER, R.DECISION_MAKER, R.AUDITOR}),
    "POST /sittings": frozenset({R.MANAGER}),
    "GET /sittings": frozenset({R.MANAGER, R.PROCTOR, R.AUDITOR}),
    "GET /sittings/{sitting_id}": frozenset({R.MANAGER, R.PROCTOR, R.AUDITOR}),
    "POST /sittings/{sitting_id}/opening": frozenset({R.MANAGER}),
    "POST /sittings/{sitting_id}/closing": frozenset({R.MANAGER}),
    "POST /sittings/{sitting_id}/cancellation": frozenset({R.MANAGER}),
    "GET /sittings/{sitting_id}/security": frozenset({R.MANAGER}),
    "POST /sittings/{sitting_id}/clearances": frozenset({R.MANAGER}),
    "POST /sittings/{sitting_id}/bookings": frozenset({R.MANAGER}),
    "GET /sittings/{sitting_id}/bookings": frozenset({R.MANAGER, R.PROCTOR, R.AUDITOR}),
    "POST /sittings/{sitting_id}/bookings/{booking_id}/withdrawal": frozenset({R.MANAGER}),
    "GET /sittings/{sitting_id}/attempts": frozenset({R.MANAGER, R.PROCTOR, R.AUDITOR}),
    "POST /attempts/{attempt_id}/check-in": frozenset({R.PROCTOR}),
    "POST /attempts/{attempt_id}/termination": frozenset({R.PROCTOR, R.MANAGER}),
    "GET /bookings": frozenset({R.CANDIDATE}),
    "POST /bookings/{booking_id}/withdrawal": frozenset({R.CANDIDATE}),
    "POST /bookings/{booking_id}/arrival": frozenset({R.CANDIDATE}),
    "GET /attempts/{attempt_id}": frozenset({R.CANDIDATE}),
    "POST /attempts/{attempt_id}/start": frozenset({R.CANDIDATE}),
    "GET /attempts/{attempt_id}/paper": frozenset({R.CANDIDATE}),
    "GET /attempts/{attempt_id}/media/{sha256}": frozenset({R.CANDIDATE}),
    "POST /attempts/{attempt_id}/submission": frozenset({R.CANDIDATE}),
    "GET /attempts/{attempt_id}/receipt": frozenset({R.CANDIDATE}),
    "GET /attempts/{attempt_id}/result": frozenset({R.CANDIDATE}),
    "POST /attempts/{attempt_id}/slots/{slot}/files": frozenset({R.CANDIDATE}),
    "GET /attempts/{attempt_id}/slots/{slot}/files/{sha256}": frozenset({R.CANDIDATE}),
    "GET /scripts": frozenset({R.MARKER}),
    "POST /script-holds": frozenset({R.MARKER}),
    "POST /scripts/{script_id}/holds": frozenset({R.MARKER}),
    "DELETE /scripts/{script_id}/holds": frozenset({R.MARKER}),
    "GET /scripts/{script_id}": frozenset({R.MARKER}),
    "GET /scripts/{script_id}/media/{sha256}": frozenset({R.MARKER}),
    "GET /scripts/{script_id}/files/{number}": frozenset({R.MARKER}),
    "POST /scripts/{script_id}/markings": frozenset({R.MARKER}),
    "POST /scripts/{script_id}/recusals": frozenset({R.MARKER}),
    "GET /marker-agreement": frozenset({R.MANAGER}),
    "GET /marker-agreement/{version_id}": frozenset({R.MANAGER}),
    "POST /attempts/{attempt_id}/results": frozenset({R.MANAGER}),
    "GET /results": frozenset({R.MANAGER, R.DECISION_MAKER, R.AUDITOR}),
    "GET /results/{result_id}": frozenset({R.MANAGER, R.DECISION_MAKER, R.AUDITOR}),
    "POST /results/{result_id}/decision": frozenset({R.DECISION_MAKER}),
    "GET /setbacks": frozenset({R.MANAGER, R.DECISION_MAKER, R.AUDITOR}),
    "POST /setbacks/{setback_id}/retry": frozenset({R.MANAGER}),
    "GET /own-credentials": frozenset({R.CANDIDATE}),
    "GET /own-credentials/{credential_id}/pdf": frozenset({R.CANDIDATE}),
    "GET /credentials": frozenset({R.MANAGER, R.DECISION_MAKER, R.AUDITOR}),
    "GET /credentials/{credential_id}": frozenset({R.MANAGER, R.DECISION_MAKER, R.AUDITOR}),
    "GET /credentials/{credential_id}/pdf": frozenset({R.MANAGER, R.DECISION_MAKER, R.AUDITOR}),
    "POST /credentials/{credential_id}/status-changes": frozenset({R.DECISION_MAKER}),
    "GET /audit/entries": frozenset({R.AUDITOR}),
    "GET /audit/chain": frozenset({R.AUDITOR}),
}
OWNED = sorted(route for route in TABLE if "_id}" in route)


def test_the_table_holds_every_route(site: Site) -> None:
    paths = site.client.get("/api/v1/openapi.json").json()["paths"]
    routes = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, methods in paths.items()
        if path.startswith("/api/v1")
        for method in methods
    }
    assert routes == set(TABLE)


def test_every_route_for_every_role(site: Site) -> None:
    wrong = []
    for route, allowed in TABLE.items():
        method, path = _filled(route, {})
        for person in EVERYBODY:
            caller = site.sign_in(person) if route == "DELETE /session" else site.people[person]
            status = caller.ask(method, path).status_code
            refused = status == 403
            if allowed and refused == (person.role in allowed):
                wrong.append(f"{route} as {person.role}: {status}")
        status = Caller(site.client).ask(method, path).status_code
        if allowed and status != 401:
            wrong.append(f"{route} as nobody: {status}")
    assert wrong == []


def test_another_body_finds_nothing(site: Site) -> None:
    """People of another body, in the very roles, get 404 for every object that is not theirs."""
    seat = seated(site)
    answer_all(seat, rightly(site))
    hand_in(seat)
    result = close_and_score(seat)
    credential = grant(seat, result)
    booking = seat.caller.all("/bookings")[0]
    form = site.people[MANAGER].get(f"/forms/{site.form_id}")
    item = site.people[MANAGER].all("/items")[0]["version_id"]
    comment = site.people[MANAGER].post(f"/item-versions/{item}/comments", {"text": "Is this still so?"})
    written = {"framework": "smart-city-sample", "language": "en", "item": {"kind": "numeric"}}
    copy = site.people[MANAGER].post("/working-copies", written)
    real = {
        "copy_id": copy["id"],
        "attempt_id": seat.attempt_id,
        "sitting_id": seat.sitting_id,
        "result_id": result["id"],
        "credential_id": credential["id"],
        "booking_id": booking["id"],
        "form_id": site.form_id,
        "blueprint_id": form["blueprint_id"],
        "version_id": site.people[MANAGER].all("/schemes")[0]["id"],
        "item": item,
        "comment_id": comment["id"],
        "draft_id": site.people[MANAGER].post("/framework-drafts", {})["id"],
    }
    rest = {"step": "rest", "version_ids": [real["item"]], "reason": "a rest"}
    real["batch_id"] = site.people[MANAGER].post("/item-batches", rest)["id"]
    strangers = _another_body(site)
    found = []
    for route in OWNED:
        ids = {**real, "version_id": real["item"] if "item-versions" in route else real["version_id"]}
        method, path = _filled(route, ids)
        for role in TABLE[route]:
            status = strangers[role].ask(method, path, _body(route)).status_code
            if status != 404:
                found.append(f"{route} as a stranger's {role}: {status}")
    assert found == []


def _body(route: str) -> dict[str, Any] | None:
    """A body that would be valid, so that only the object can be what is refused."""
    bodies: dict[str, dict[str, Any]] = {
        "/trial-marks": {"response": {}},
        "PUT /working-copies/{copy_id}": {"item": {}},
        "/reviews": {"verdict": "approved", "reason": "looks right"},
        "/comments": {"text": "How so?"},
        "/resolution": {"text": "Because."},
        "/clearances": {"reason": "nobody here knows of it"},
        "/undoing": {"reason": "a mistake"},
        "/moves": {"to": "resting", "reason": "a rest"},
        "/withdrawal": {"reason": "replaced by another"},
        "/cancellation": {"reason": "the room is flooded"},
        "/termination": {"reason": "a fire in the building"},
        "PUT /scheme-versions/{version_id}": {"parts": {}, "rules": {}},
        "/blueprints": {"cells": [], "time_limit_seconds": 60, "difficulty_target": "1/2", "difficulty_tolerance": "1"},
        "/forms": {"seed": "x"},
        "/translations": {"language": "bg", "content": {}},
        "/editions": {"language": "bg"},
        "/bookings": {"email": "a@b.de", "candidate_name": "A"},
        "/markings": {"levels": {}},
        "/check-in": {"method": "passport"},
        "/decision": {"outcome": "refused", "reason": "not convincing at all"},
        "/status-changes": {"status": "revoked", "reason_class": "misuse", "reason": "a complaint"},
    }
    return next(
        (body for ending, body in bodies.items() if not route.startswith("GET") and route.endswith(ending)), None
    )


def _another_body(site: Site) -> dict[AccountRole, Caller]:
    from exam_engine.demo.stage import PASSWORD
    from kernel.accounts import grant_roles, open_account
    from kernel.organisations import found_organisation

    callers = {}
    with site.installation.database.transaction() as tx:
        organisation = found_organisation(tx, slug="other", name="Other", now=site.clock())
        for role in AccountRole:
            account = open_account(
                tx, email=f"{role}@other.example", display_name=role, password=PASSWORD, now=site.clock()
            )
            grant_roles(tx, account, organisation.id, [role], now=site.clock())
    for role in AccountRole:
        reply = site.client.post("/api/v1/session", json={"email": f"{role}@other.example", "password": PASSWORD})
        callers[role] = Caller(site.client, reply.json()["token"])
    return callers


def _filled(route: str, ids: dict[str, str]) -> tuple[str, str]:
    method, path = route.split(" ")
    path = path.replace("{code}", "smart-city-sample")
    known = {"slot": "1", "number": "1", **ids}
    return method, re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], str(uuid.uuid4())), path)
