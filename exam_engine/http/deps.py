"""Dependencies: the transaction, the moment and the actor of a request - the first of the two gates.

One rule: the transaction's scope is the *function*, so the commit happens before the reply leaves.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from exam_engine.http.middleware import SAFE_METHODS
from exam_engine.installation import Installation
from kernel.accounts import actor_for
from kernel.errors import TooMany, Unauthenticated
from kernel.permissions import Actor, Permission
from kernel.sentences import say
from kernel.tokens import Claims, Purpose, read_token, refuse_revoked

IPV6 = 6
SESSION_COOKIE = "session"
PACE_SECONDS = 10
"""Over so long writing requests of one account are counted: a short burst passes, a flood does not."""
REQUEST_BODY = "request body"
"""What an import over HTTP calls its file when it names a fault."""


def the_installation(request: Request) -> Installation:
    """Return what the app that serves this request was opened with."""
    installation: Installation = request.state.installation
    return installation


Inst = Annotated[Installation, Depends(the_installation)]


def _transaction(installation: Inst) -> Iterator[Session]:
    with installation.database.transaction() as tx:
        yield tx


def _reading(installation: Inst) -> Iterator[Session]:
    with installation.database.reading() as tx:
        yield tx


def _now(installation: Inst) -> datetime:
    return installation.clock()


Tx = Annotated[Session, Depends(_transaction, scope="function")]
ReadTx = Annotated[Session, Depends(_reading, scope="function")]
Now = Annotated[datetime, Depends(_now)]


def session_claims(request: Request, installation: Inst, now: Now) -> Claims:
    """Verify the session token of a request: a bearer token, or the cookie a page set."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = bearer if scheme.lower() == "bearer" else request.cookies.get(SESSION_COOKIE, "")
    if not token:
        message = say("sign in to see this")
        raise Unauthenticated(message)
    return read_token(
        installation.ring, token, purpose=Purpose.SESSION, audience=installation.settings.public_url, now=now
    )


def paced_claims(request: Request, installation: Inst, claims: Annotated[Claims, Depends(session_claims)]) -> Claims:
    """Return the claims, unless their account writes faster than any person and any honest program.

    It costs neither a connection nor a lock, so that a flood does not hold up the saves of others.
    """
    if request.method not in SAFE_METHODS:
        limit = installation.settings.account_writes_per_second * PACE_SECONDS
        if not installation.broker.allow(f"writes:{claims.subject}", limit=limit, seconds=PACE_SECONDS):
            message = say("too many requests from your account; please wait a few seconds")
            raise TooMany(message, retry_after_seconds=PACE_SECONDS)
    return claims


SessionClaims = Annotated[Claims, Depends(paced_claims)]


def current_actor(request: Request, claims: SessionClaims, installation: Inst) -> Actor:
    """Return who is asking, with the roles held now; a session that has ended or a lost membership stops here.

    A page has asked that already for what surrounds it (``frame.look_who_comes``).
    """
    if isinstance(known := getattr(request.state, "actor", None), Actor):
        return known
    with installation.database.reading() as tx:
        return actor_of(tx, claims)


def actor_of(tx: Session, claims: Claims) -> Actor:
    """Return whom a session's claims stand for, with the roles held now.

    Raises:
        Unauthenticated: the session has ended, or its account is no member any more.
    """
    refuse_revoked(tx, claims.token_id)
    organisation_id = uuid.UUID(str(claims.facts["organisation"]))
    return actor_for(tx, claims.subject, organisation_id, session_series=claims.series)


SignedIn = Annotated[Actor, Depends(current_actor)]


def refuse_if_ended(claims: Claims, installation: Installation) -> None:
    """Raise Unauthenticated where a session has ended since it was looked at: a large body may take its time."""
    with installation.database.reading() as tx:
        actor_of(tx, claims)


async def _whole_body(request: Request, claims: SessionClaims, installation: Inst, _actor: SignedIn) -> bytes:
    # Only somebody who is signed in may send a large body, and only who still is when it has come acts by it.
    body = await request.body()
    await run_in_threadpool(refuse_if_ended, claims, installation)
    return body


WholeBody = Annotated[bytes, Depends(_whole_body)]
"""The request's bytes as they came, for documents that check themselves."""


def requires(permission: Permission) -> Any:  # noqa: ANN401 - FastAPI's own marker type
    """Return what marks a route's actor as somebody who must hold a permission (``Annotated[Actor, ...]``)."""
    return Depends(_gate(permission))


def _gate(permission: Permission) -> Callable[[Actor], Actor]:
    def gate(actor: SignedIn) -> Actor:
        actor.require(permission)
        return actor

    gate.permission = permission  # type: ignore[attr-defined]
    return gate


def refuse_flood(request: Request, installation: Installation, place: str, *, limit: int, seconds: int) -> None:
    """Raise TooMany when one network address knocks at one place too often."""
    if not installation.broker.allow(f"{place}:{_network_address(request)}", limit=limit, seconds=seconds):
        message = say("too many requests from your address; please wait a minute")
        raise TooMany(message, retry_after_seconds=seconds)


def _network_address(request: Request) -> str:
    """The address that limits count by; whoever owns an IPv6 network owns its every address."""
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return "unknown"
    return str(ip_network((address, 64), strict=False)) if address.version == IPV6 else str(address)
