"""A body that takes its time: whoever has lost their session when it has come does nothing by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from exam_engine.demo.stage import AUTHOR
from kernel.accounts import account_by_email, end_sessions, organisations_of
from question_bank.interchange.waiting import WaitingDocument
from tests.exam_engine.http.test_exchange import GIFT, SUPPLIED, framework
from tests.stage import Site

FORM = f'--end\r\nContent-Disposition: form-data; name="file"; filename="a.gift"\r\n\r\n{GIFT}\r\n--end--\r\n'


@pytest.fixture
def dialect() -> str:
    """When a session is looked at does not depend on the database."""
    return "sqlite"


def end_all_sessions(site: Site) -> None:
    with site.installation.database.transaction() as tx:
        account = account_by_email(tx, AUTHOR.email)
        assert account is not None
        (body,) = organisations_of(tx, account.id)
        end_sessions(tx, account, body, now=site.clock())


def asked_slowly(
    site: Site, path: str, query: str, headers: dict[str, str], body: bytes, in_between: Callable[[], None]
) -> int:
    """Return the status of a request whose body comes in two halves, with something in between."""
    half = len(body) // 2
    pieces = [body[:half], body[half:]]
    replies: list[Any] = []

    async def receive() -> dict[str, Any]:
        if len(pieces) == 1:
            in_between()
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    async def reply(message: Any) -> None:
        replies.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.1", 1),
        "server": ("exam.example.org", 443),
    }
    portal: Any = site.client.portal
    portal.call(site.client.app, scope, receive, reply)
    return int(replies[0]["status"])


@pytest.mark.parametrize(("ends", "status"), [(False, 200), (True, 401)])
def test_over_the_api(site: Site, ends: bool, status: int) -> None:
    headers = {"host": "exam.example.org", "authorization": f"Bearer {site.people[AUTHOR].token}"}
    path, query = f"/api/v1{framework(site)}/imports/previews", f"format=gift&{SUPPLIED}"
    in_between = (lambda: end_all_sessions(site)) if ends else (lambda: None)
    assert asked_slowly(site, path, query, headers, GIFT.encode(), in_between) == status


@pytest.mark.parametrize(("ends", "kept"), [(False, 1), (True, 0)])
def test_on_a_page(site: Site, ends: bool, kept: int) -> None:
    headers = {
        "host": "exam.example.org",
        "origin": "https://exam.example.org",
        "cookie": f"session={site.people[AUTHOR].token}",
        "content-type": "multipart/form-data; boundary=end",
    }
    in_between = (lambda: end_all_sessions(site)) if ends else (lambda: None)
    asked_slowly(site, "/bank/import", "", headers, FORM.encode(), in_between)
    with site.installation.database.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(WaitingDocument)) == kept
