"""The save route: who may save, what a body may look like, and what each refusal says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from exam_engine.delivery.responses import Response
from exam_engine.demo.stage import CANDIDATE, SIMULATED
from exam_engine.http.saves import BODY_BYTES_MAX
from kernel.accounts import any_member_with_email, set_password
from kernel.db import Database
from kernel.organisations import organisation_by_slug
from kernel.tokens import KeyRing, Purpose, issue_token, read_token
from tests.journeys.acts import Seat, hand_in, seated
from tests.stage import URL, Site

GOOD = {"base_revision": 0, "save_id": "save-0001", "response": {}}


def put(seat: Seat, content: bytes | object = GOOD, *, slot: int | str = 1, **headers: str | bytes) -> Any:
    """Save with these headers alone; the bearer token is added unless another identity is given."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if not sent.keys() & {"authorization", "cookie"}:
        sent["authorization"] = f"Bearer {seat.exam_token}"
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return seat.site.client.put(f"/api/v1/attempts/{seat.attempt_id}/responses/{slot}", content=body, headers=sent)


def problem(reply: Any) -> tuple[int, str]:
    assert reply.headers["content-type"] == "application/problem+json", reply.text
    document = reply.json()
    assert document["status"] == reply.status_code
    assert document["detail"]
    return reply.status_code, document["code"]


def kept(site: Site) -> int:
    with site.installation.database.reading() as tx:
        return tx.query(Response).count()


def token_for(seat: Seat, *, ring: KeyRing | None = None, **changes: Any) -> str:
    """Sign an exam token that differs from the genuine one in one thing."""
    installation, now = seat.site.installation, seat.site.clock()
    genuine = read_token(installation.ring, seat.exam_token, purpose=Purpose.WORK, audience=URL, now=now)
    claims: dict[str, Any] = {
        "purpose": Purpose.WORK,
        "audience": URL,
        "subject": genuine.subject,
        "now": now,
        "lifetime": timedelta(hours=1),
        "facts": {"attempt": seat.attempt_id, "session": genuine.facts["session"]},
    }
    return issue_token(ring or seat.site.installation.ring, **claims | changes)


def exchange(seat: Seat, pieces: Sequence[bytes], *, complete: bool = True) -> list[dict[str, Any]]:
    """Speak ASGI to the running product: send a body in pieces, or go away before its end; return what it sends."""
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    if complete:
        messages[-1]["more_body"] = False
    sent: list[dict[str, Any]] = []
    path = f"/api/v1/attempts/{seat.attempt_id}/responses/1"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "PUT",
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"exam.example.org"), (b"authorization", f"Bearer {seat.exam_token}".encode())],
        "client": ("192.0.2.1", 1),
        "server": ("exam.example.org", 443),
    }

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    portal = seat.site.client.portal
    assert portal is not None
    portal.call(seat.site.client.app, scope, receive, send)
    return sent


# Tokens


def test_the_exam_token_saves_and_does_nothing_else(site: Site) -> None:
    seat = seated(site)
    reply = put(seat)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "application/json"
    assert set(reply.json()) == {"revision", "sha256", "saved_at"}
    assert reply.json()["revision"] == 1
    assert seat.caller.refused("GET", "/session", token=seat.exam_token)["code"] == "token_invalid"


def test_every_other_token_is_refused(site: Site) -> None:
    seat = seated(site)
    foreign = KeyRing({next(iter(site.installation.ring.keys)): b"another key of thirty-two bytes!"})
    session = site.people[CANDIDATE].token
    refused = {
        "a session": session,
        "made for something else": token_for(seat, purpose=Purpose.SESSION),
        "for another installation": token_for(seat, audience="https://other.example.org"),
        "signed by somebody else": token_for(seat, ring=foreign),
        "without an attempt": token_for(seat, facts={}),
        "for no attempt": token_for(seat, facts={"attempt": "everything", "session": "s"}),
        "for a list": token_for(seat, facts={"attempt": [seat.attempt_id], "session": "s"}),
        "cut": seat.exam_token[:-2],
        "empty": "",
        "no token": "a.b.c",
        "not text": "\u00ff\u00fe",
    }
    for what, token in refused.items():
        reply = put(seat, authorization=b"Bearer " + token.encode("latin-1"))
        assert problem(reply) == (401, "token_invalid"), what
        assert reply.headers["www-authenticate"] == "Bearer"
    assert kept(site) == 0
    assert put(seat, authorization=f"bEaReR {token_for(seat)}").status_code == 200


def test_without_any_token_nobody_saves(site: Site) -> None:
    seat = seated(site)
    for headers in ({"authorization": "Basic eDp5"}, {"cookie": f"session={site.people[CANDIDATE].token}"}):
        reply = put(seat, **headers)
        assert problem(reply) == (401, "unauthenticated")
        assert reply.headers["www-authenticate"] == "Bearer"


def test_a_token_ends(site: Site) -> None:
    seat = seated(site)
    unseen = token_for(seat)
    assert put(seat).status_code == 200, "and is remembered from now on"
    site.clock.turn(minutes=145, seconds=4)
    assert problem(put(seat, GOOD | {"base_revision": 1})) == (409, "too_late")
    site.clock.turn(seconds=1)
    assert problem(put(seat, GOOD | {"base_revision": 1})) == (401, "token_expired")
    assert problem(put(seat, authorization=f"Bearer {unseen}")) == (401, "token_expired")


def test_signing_out_makes_the_exam_token_worthless_at_once(site: Site) -> None:
    seat = seated(site)
    unseen = token_for(seat)
    assert put(seat).status_code == 200, "and is remembered from now on"
    assert seat.caller.ask("DELETE", "/session").status_code == 204
    for token in (seat.exam_token, unseen):
        reply = put(seat, GOOD | {"base_revision": 1}, authorization=f"Bearer {token}")
        assert problem(reply) == (401, "token_invalid")
    assert kept(site) == 1


def test_a_new_password_ends_sessions_and_exam_tokens_in_every_process_at_once(site: Site) -> None:
    """It is given by another process, which has no way to send a message to this one."""
    seat = seated(site)
    unseen = token_for(seat)
    assert put(seat).status_code == 200, "and is remembered from now on"
    _give_another_password(site)
    for token in (seat.exam_token, unseen):
        for base in (0, 1):
            reply = put(seat, GOOD | {"base_revision": base}, authorization=f"Bearer {token}")
            assert problem(reply) == (401, "session_ended")
    assert problem(seat.caller.ask("GET", "/session")) == (401, "session_ended")
    assert kept(site) == 1


def _give_another_password(site: Site) -> None:
    elsewhere = Database(site.installation.settings.database)
    with elsewhere.transaction() as tx:
        body = organisation_by_slug(tx, "demo")
        account = any_member_with_email(tx, body.id, CANDIDATE.email)
        set_password(tx, account, body.id, "another long password", now=site.clock())
    elsewhere.close()


def test_the_token_of_one_attempt_knows_no_other(site: Site) -> None:
    mine, theirs = seated(site), seated(site, SIMULATED)
    assert problem(put(mine, authorization=f"Bearer {theirs.exam_token}")) == (404, "not_found")
    assert kept(site) == 0


# The cookie of the exam page


OWN = [{"origin": URL}, {"sec_fetch_site": "same-origin"}]
FOREIGN = [
    {},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": URL + ".evil.example"},
    {"sec_fetch_site": "cross-site"},
    {"sec_fetch_site": "same-site"},
    {"sec_fetch_site": "none"},
]


def test_the_cookie_saves_from_our_own_pages_only(site: Site) -> None:
    seat = seated(site)
    for headers in FOREIGN:
        assert problem(put(seat, cookie=f"exam={seat.exam_token}", **headers)) == (403, "cross_origin"), headers
    assert kept(site) == 0
    for headers in OWN:
        assert put(seat, cookie=f"theme=dark; exam={seat.exam_token}", **headers).status_code == 200, headers


# The body


def test_a_body_may_come_in_pieces(site: Site) -> None:
    seat = seated(site)
    body = json.dumps(GOOD).encode()
    start, *rest = exchange(seat, [body[:10], b"", body[10:]])
    assert start["status"] == 200
    assert json.loads(b"".join(message["body"] for message in rest))["revision"] == 1


def test_who_goes_away_before_the_end_has_saved_nothing(site: Site) -> None:
    seat = seated(site)
    assert exchange(seat, [json.dumps(GOOD).encode()], complete=False) == []
    assert exchange(seat, [], complete=False) == []
    assert kept(site) == 0


def test_a_body_has_a_size(site: Site) -> None:
    seat = seated(site)
    body = json.dumps(GOOD).encode()
    assert BODY_BYTES_MAX == 16 * 1024
    too_long = body.ljust(BODY_BYTES_MAX + 1)
    assert problem(put(seat, too_long)) == (413, "too_large")
    for pieces in ([too_long], [too_long[:-1], too_long[-1:]], [b" " * 1024] * 17):
        assert exchange(seat, pieces)[0]["status"] == 413
    assert kept(site) == 0
    assert put(seat, too_long[:-1]).status_code == 200


NO_DOCUMENTS = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"\xff\xfe",
    b'{"base_revision": 0, "save_id": "save-\xff\xfe01", "response": {}}',
    b'{"base_revision": 0, "save_id": "save-0001", "response": {"chosen": }}',
    b'{"base_revision": 0, "save_id": "save-0001", "response": NaN}',
    b'{"base_revision": 0, "save_id": "save-0001", "response": {"chosen": ["\\ud800"]}}',
    b'{"base_revision": 0, "save_id": "save-0001", "response": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    json.dumps(GOOD).encode("utf-16"),
    b"[" * 8000,
    b'{"base_revision": ' + b"9" * 5000 + b', "save_id": "save-0001", "response": {}}',
]


def test_what_is_no_such_document_is_invalid(site: Site) -> None:
    seat = seated(site)
    for content in NO_DOCUMENTS:
        reply = put(seat, content)
        assert problem(reply) == (422, "invalid"), content[:80]
        assert reply.json()["faults"], content[:80]
    assert kept(site) == 0


FAULTY: list[tuple[dict[str, Any], str]] = [
    ({"base_revision": -1}, "base_revision"),
    ({"base_revision": 1.5}, "base_revision"),
    ({"base_revision": "0"}, "base_revision"),
    ({"base_revision": True}, "base_revision"),
    ({"save_id": "short"}, "save_id"),
    ({"save_id": "x" * 65}, "save_id"),
    ({"save_id": "with a space"}, "save_id"),
    ({"save_id": "nul\0nul\0"}, "save_id"),
]


def test_a_fault_names_its_place(site: Site) -> None:
    seat = seated(site)
    for changes, place in FAULTY:
        reply = put(seat, GOOD | changes)
        assert problem(reply) == (422, "invalid"), changes
        (fault,) = reply.json()["faults"]
        assert fault["place"] == place
    assert kept(site) == 0


def test_a_response_nested_beyond_reading_is_said_to_be(site: Site) -> None:
    reply = put(seated(site), b'{"response": ' + b'{"a": ' * 2000 + b"1" + b"}" * 2000 + b"}")
    assert reply.json()["faults"] == [{"place": "response", "message": "Nested too deeply"}]


NO_RESPONSES: list[tuple[bytes, str]] = [
    (b"null", "response"),
    (b"[]", "response"),
    (b'"a"', "response"),
    (b"5", "response"),
    (b'{"text": "a"}', "response"),
    (b'{"chosen": "a"}', "response/chosen"),
    (b'{"chosen": ["a"], "chosen ": []}', "response"),
    (b'{"chosen": [1]}', "response/chosen/0"),
    (b'{"chosen": [["a"]]}', "response/chosen/0"),
    (b'{"chosen": ["a", "\\u0000"]}', "response/chosen/1"),
    (b'{"chosen": ["a", "a"]}', "response/chosen/1"),
    (b'{"chosen": ["\xc3"]}', "response"),
    (b'{"chosen": [1e999]}', "response"),
    (b'{"chosen": [' + b"9" * 5000 + b"]}", "response"),
    (b'{"chosen": [' + b"[" * 900 + b"]" * 900 + b"]}", "response/chosen/0"),
    (b'{"chosen": ' + b'{"a": ' * 800 + b"1" + b"}" * 800 + b"}", "response/chosen"),
]


@pytest.mark.parametrize(("response", "place"), NO_RESPONSES, ids=range(len(NO_RESPONSES)))
def test_what_is_no_answer_is_refused_where_it_is_none(site: Site, response: bytes, place: str) -> None:
    seat = seated(site)
    slot = next(slot["slot"] for slot in seat.paper() if slot["kind"] == "multiple_choice")
    reply = put(seat, b'{"base_revision": 0, "save_id": "save-0001", "response": %b}' % response, slot=slot)
    assert problem(reply) == (422, "foreign_response")
    (fault,) = reply.json()["faults"]
    assert fault["place"] == place
    assert len(reply.content) < 1000
    assert kept(site) == 0


def test_a_body_says_everything_and_nothing_more(site: Site) -> None:
    seat = seated(site)
    for name in GOOD:
        reply = put(seat, {key: value for key, value in GOOD.items() if key != name})
        assert problem(reply) == (422, "invalid")
        assert name in reply.text
    assert "deadline" in put(seat, GOOD | {"deadline": "later"}).text
    assert kept(site) == 0


# What the journal says


def test_refusals_of_the_journal_are_problem_documents(site: Site) -> None:
    seat = seated(site)
    assert problem(put(seat, slot=81)) == (422, "foreign_response")
    assert problem(put(seat, slot=0)) == (422, "foreign_response")
    assert problem(put(seat, GOOD | {"response": {"chosen": ["another"]}})) == (422, "foreign_response")
    saved = put(seat).json()
    stale = put(seat, GOOD | {"save_id": "other-tab"})
    assert problem(stale) == (409, "stale_revision")
    current = {name: stale.json()[name] for name in ("revision", "response", "sha256")}
    assert current == {"revision": 1, "response": {}, "sha256": saved["sha256"]}
    assert put(seat).json() == saved, "the same save gets the same reply"
    beyond = put(seat, GOOD | {"base_revision": 1_000})
    assert problem(beyond) == (409, "too_many_revisions")
    hand_in(seat)
    closed = put(seat, GOOD | {"base_revision": 1})
    assert problem(closed) == (409, "attempt_closed")
    assert closed.json()["state"] == "submitted"


# Addresses and methods


def test_only_put_saves(site: Site) -> None:
    seat = seated(site)
    path = f"/api/v1/attempts/{seat.attempt_id}/responses/1"
    for method in ("GET", "POST", "DELETE", "PATCH", "OPTIONS"):
        reply = site.client.request(method, path, headers={"authorization": f"Bearer {seat.exam_token}"})
        assert problem(reply) == (405, "method_not_allowed"), method
        assert reply.headers["allow"] == "PUT"


def test_other_addresses_are_not_found(site: Site) -> None:
    seat = seated(site)
    for slot in ("one", "-1", "1.5", "99999", "1/2", ""):
        assert put(seat, slot=slot).status_code == 404, slot


def test_no_reply_is_kept_or_guessed_at(site: Site) -> None:
    seat = seated(site)
    for reply in (put(seat), put(seat, b""), put(seat, authorization="Bearer x")):
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"
