"""Sessions over the API: sign in for a bearer token, see who you are, sign out."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Request
from pydantic import BaseModel, Field

from exam_engine.http.deps import Inst, Now, ReadTx, SessionClaims, SignedIn, Tx
from exam_engine.http.signing_in import end_session, open_session, refuse_guessing
from kernel.accounts import account_named
from kernel.permissions import AccountRole
from kernel.tokens import refuse_revoked

router = APIRouter(tags=["sessions"])


class SignIn(BaseModel):
    """What somebody signs in with."""

    email: Annotated[str, Field(max_length=320)]
    password: Annotated[str, Field(max_length=2048)]


class SessionOpened(BaseModel):
    """The token to send as ``Authorization: Bearer``."""

    token: str
    expires_at: datetime


class Me(BaseModel):
    """Who the token belongs to, and what they are to their organisation."""

    account_id: uuid.UUID
    organisation_id: uuid.UUID
    display_name: str
    roles: list[AccountRole]


@router.post("/session", operation_id="openSession", status_code=201)
def open_session_route(body: SignIn, request: Request, installation: Inst, now: Now) -> SessionOpened:
    """Exchange an address and a password for a session token."""
    refuse_guessing(request, installation, body.email)
    opened = open_session(installation, email=body.email, password=body.password, now=now)
    return SessionOpened(token=opened.token, expires_at=opened.expires_at)


@router.get("/session", operation_id="showSession")
def show_session(actor: SignedIn, tx: ReadTx) -> Me:
    """Say who is signed in."""
    return Me(
        account_id=actor.person,
        organisation_id=actor.organisation_id,
        display_name=account_named(tx, actor.person).display_name,
        roles=sorted(actor.roles),
    )


@router.delete("/session", operation_id="closeSession", status_code=204)
def close_session(claims: SessionClaims, tx: Tx, now: Now, installation: Inst, later: BackgroundTasks) -> None:
    """Make the token worthless at once, and every exam token that was given to it."""
    refuse_revoked(tx, claims.token_id)
    end_session(tx, installation, claims, later, now)
