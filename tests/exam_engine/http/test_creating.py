"""Creating over the API: sending it again creates nothing a second time, and never tells more than it may."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from exam_engine.assembly.sample import sample_scheme
from exam_engine.delivery.bookings import Booking
from exam_engine.delivery.schedule import Sitting
from exam_engine.demo.stage import AUTHOR, CANDIDATE, DECISION_MAKER, MANAGER, PROCTOR, SIMULATED
from exam_engine.repeats import KeptReply
from exam_engine.scoring.decisions import Decision
from kernel.accounts import Membership
from kernel.audit import AuditEntry
from kernel.canonical import iso
from kernel.permissions import AccountRole
from question_bank.items import ItemVersion
from question_bank.sample import sample_framework
from tests.journeys.acts import admit, arrive, book, close_and_score, hand_in
from tests.stage import JOB_ROLE, Caller, Site

KEY = {"Idempotency-Key": "my-own-name-for-it"}


def order(site: Site, title: str = "Monday") -> dict[str, Any]:
    now = site.clock()
    window = {"start_from": iso(now), "start_by": iso(now + timedelta(hours=2))}
    return {"title": title, "form_id": site.form_id, "time_zone": "Europe/Sofia", **window}


def count(site: Site, table: Any) -> int:
    with site.installation.database.reading() as tx:
        return tx.scalars(select(func.count()).select_from(table)).one()


def test_a_sitting_is_scheduled_once(site: Site) -> None:
    manager, body = site.people[MANAGER], order(site)
    first = manager.ask("POST", "/sittings", body, headers=KEY)
    entries = count(site, AuditEntry)
    again = manager.ask("POST", "/sittings", body, headers=KEY)
    assert (first.status_code, first.content) == (again.status_code, again.content) == (201, first.content)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["content-type"] == first.headers["content-type"]
    assert (count(site, Sitting), count(site, AuditEntry)) == (1, entries)
    assert manager.ask("POST", "/sittings", body).status_code == 201
    assert count(site, Sitting) == 2, "without a key it is another request"


def test_the_key_of_one_request_is_refused_for_another(site: Site) -> None:
    manager = site.people[MANAGER]
    sitting = manager.ask("POST", "/sittings", order(site), headers=KEY).json()
    for path, body in (
        ("/sittings", order(site, "Tuesday")),
        (f"/sittings/{sitting['id']}/bookings", {"email": CANDIDATE.email, "candidate_name": CANDIDATE.name}),
    ):
        reply = manager.ask("POST", path, body, headers=KEY)
        assert (reply.status_code, reply.json()["code"]) == (422, "idempotency_key_reused")
    assert (count(site, Sitting), count(site, Booking)) == (1, 0)


def test_the_key_of_one_query_is_refused_for_another(site: Site) -> None:
    author, before = site.people[AUTHOR], count(site, ItemVersion)
    at = f"/frameworks/{sample_framework()['framework']['code']}/imports?format="
    headers = {**KEY, "Authorization": f"Bearer {author.token}"}
    first = author.client.post(f"/api/v1{at}gift", content=b"// none", headers=headers)
    assert (first.status_code, first.json()["item_count"]) == (201, 0)
    reply = author.client.post(f"/api/v1{at}gift&level=4", content=b"// none", headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (422, "idempotency_key_reused")
    assert count(site, ItemVersion) == before


def test_a_refusal_changed_nothing_and_is_not_kept(site: Site) -> None:
    manager, body = site.people[MANAGER], order(site)
    assert manager.ask("POST", "/sittings", {**body, "time_zone": "Nowhere"}, headers=KEY).status_code == 422
    assert manager.ask("POST", "/sittings", {"title": "no sitting"}, headers=KEY).status_code == 422
    reply = manager.ask("POST", "/sittings", body, headers=KEY)
    assert (reply.status_code, "idempotency-replayed" in reply.headers) == (201, False)


def test_a_crash_after_the_change_keeps_neither(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    manager, body = site.people[MANAGER], order(site)
    with monkeypatch.context() as patched:
        patched.setattr(KeptReply, "keep", crash)
        with pytest.raises(ZeroDivisionError):
            manager.ask("POST", "/sittings", body, headers=KEY)
    assert (count(site, Sitting), count(site, KeptReply)) == (0, 0)
    reply = manager.ask("POST", "/sittings", body, headers=KEY)
    assert (reply.status_code, "idempotency-replayed" in reply.headers) == (201, False)


def test_whoever_lost_the_permission_is_not_told_again(site: Site) -> None:
    manager, body = site.people[MANAGER], order(site)
    manager.ask("POST", "/sittings", body, headers=KEY)
    proctor = site.people[PROCTOR].ask("POST", "/sittings", body, headers=KEY)
    assert (proctor.status_code, proctor.json()["code"]) == (403, "forbidden")
    with site.installation.database.transaction() as tx:
        tx.execute(delete(Membership).where(Membership.role == AccountRole.MANAGER))
    assert manager.ask("POST", "/sittings", body, headers=KEY).status_code in {401, 403}


def test_after_a_day_the_worker_forgets(site: Site) -> None:
    site.people[MANAGER].ask("POST", "/sittings", order(site), headers=KEY)
    site.clock.turn(hours=23)
    site.work()
    assert count(site, KeptReply) == 1
    site.clock.turn(hours=1)
    site.work()
    assert count(site, KeptReply) == 0


@pytest.mark.parametrize("key", ["", "x" * 256, "with a blank", "\x7f"])
def test_a_key_that_could_not_be_written_down_is_refused(site: Site, key: str) -> None:
    reply = site.people[MANAGER].ask("POST", "/sittings", order(site), headers={"Idempotency-Key": key})
    assert (reply.status_code, reply.json()["faults"][0]["place"]) == (422, "header/Idempotency-Key")


def test_every_creating_request_can_be_sent_again(site: Site) -> None:
    """Each kind of thing is made once, whatever its own rules would say to a second request."""
    manager, proctor, decider = (site.people[person] for person in (MANAGER, PROCTOR, DECISION_MAKER))
    scheme = twice(manager, "/schemes", sample_scheme(sample_framework(), JOB_ROLE))
    assert scheme["number"] == 2
    seat = book(site)
    place = twice(
        manager,
        f"/sittings/{seat.sitting_id}/bookings",
        {"email": SIMULATED.email, "candidate_name": SIMULATED.name},
    )
    assert place["sitting_id"] == seat.sitting_id
    arrive(seat)
    checked = twice(proctor, f"/attempts/{seat.attempt_id}/check-in", {"method": "passport"})
    assert checked["attempt_id"] == seat.attempt_id
    seat.caller.post(f"/attempts/{seat.attempt_id}/start")
    hand_in(seat)
    result = close_and_score(seat)
    decision = twice(
        decider, f"/results/{result['id']}/decision", {"outcome": "refused", "reason": "Nothing was answered."}
    )
    assert decision["outcome"] == "refused"
    assert (count(site, Booking), count(site, Decision)) == (2, 1)


def twice(caller: Caller, path: str, body: object) -> Any:
    """Send a request twice under a key of its own and return what both replies say."""
    key = {"Idempotency-Key": f"once{path}"}
    first, again = (caller.ask("POST", path, body, headers=key) for _ in range(2))
    assert first.status_code == 201, first.text
    assert (again.status_code, again.content) == (201, first.content)
    assert first.headers.get("etag") == again.headers.get("etag")
    assert again.headers["idempotency-replayed"] == "true"
    return first.json()


def test_a_document_that_is_imported_counts_by_its_bytes(site: Site) -> None:
    framework = sample_framework()
    framework["framework"]["version"] = "1000"
    headers = {**KEY, "Authorization": f"Bearer {site.people[MANAGER].token}"}

    def sent(content: str) -> Any:
        return site.client.post("/api/v1/frameworks", content=content, headers=headers)

    first, again = (sent(json.dumps(framework)) for _ in range(2))
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert sent(json.dumps(framework, indent=1)).json()["code"] == "idempotency_key_reused"


def test_tokens_are_never_kept(site: Site) -> None:
    """Nothing whose reply holds a token takes a key; a key that is sent all the same changes nothing."""
    seat = admit(arrive(book(site)))
    for _ in range(2):
        reply = seat.caller.ask("POST", f"/attempts/{seat.attempt_id}/start", headers=KEY)
        assert (reply.status_code, "idempotency-replayed" in reply.headers) == (200, False)
    assert count(site, KeptReply) == 0
    described = site.client.get("/api/v1/openapi.json").json()
    told = [name for name, schema in described["components"]["schemas"].items() if "token" in str(schema).lower()]
    assert {"SessionOpened", "Started"} <= set(told)
    assert [route for route, shape in keyed(described).items() if any(name in shape for name in told)] == []


def test_the_description_shows_the_key_wherever_something_is_created(site: Site) -> None:
    described = site.client.get("/api/v1/openapi.json").json()
    creating = {
        f"{method} {path}"
        for path, methods in described["paths"].items()
        for method, route in methods.items()
        if "201" in route["responses"]
    }
    # A session holds a secret; a file is named by its hash, so sending it again finds it.
    files = {"post /api/v1/media", "post /api/v1/attempts/{attempt_id}/slots/{slot}/files"}
    assert creating - set(keyed(described)) == {"post /api/v1/session", *files}
    assert set(keyed(described)) <= creating


def keyed(described: dict[str, Any]) -> dict[str, str]:
    """The routes that take a key, and how their replies are described."""
    return {
        f"{method} {path}": json.dumps(route["responses"])
        for path, methods in described["paths"].items()
        for method, route in methods.items()
        if any(parameter["name"] == "Idempotency-Key" for parameter in route.get("parameters", ()))
    }
