"""The entrance: signing in and out, and the way from the start page to one's own desk."""

from __future__ import annotations

import contextlib
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Form, Request
from fastapi.responses import Response

from exam_engine.http.deps import SESSION_COOKIE, Inst, Now, SignedIn, Tx, paced_claims, session_claims
from exam_engine.http.signing_in import OpenedSession, end_session, open_session, refuse_guessing
from exam_engine.http.web.frame import desks_of
from exam_engine.http.web.negotiation import safe_path
from exam_engine.http.web.rendering import page, redirect
from kernel.accounts import WrongCredentials
from kernel.errors import Unauthenticated

router = APIRouter(include_in_schema=False)


@router.get("/")
def home(request: Request, actor: SignedIn) -> Response:
    """Lead to the only desk somebody has, or show all of them."""
    desks = desks_of(actor)
    if len(desks) == 1:
        return redirect(desks[0].href)
    return page(request, "public/home.html")


@router.get("/sign-in")
def show_sign_in(request: Request, next: str = "/") -> Response:  # noqa: A002 - the query's name
    """Show the form."""
    return page(request, "public/sign_in.html", is_refused=False, email="", next=safe_path(next))


@router.post("/sign-in")
def sign_in(
    request: Request,
    *,
    installation: Inst,
    now: Now,
    email: Annotated[str, Form(max_length=320)] = "",
    password: Annotated[str, Form(max_length=2048)] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    """Check the password and set the session cookie."""
    refuse_guessing(request, installation, email)
    target = safe_path(next)
    try:
        opened = open_session(installation, email=email, password=password, now=now)
    except WrongCredentials as refusal:
        return page(request, "public/sign_in.html", status=refusal.status, is_refused=True, email=email, next=target)
    reply = redirect(target)
    _set_session(reply, opened, max_age=int((opened.expires_at - now).total_seconds()), installation=installation)
    return reply


@router.post("/sign-out")
def sign_out(request: Request, tx: Tx, installation: Inst, now: Now, later: BackgroundTasks) -> Response:
    """Make the token worthless and take the cookie back; signing out twice is no error."""
    with contextlib.suppress(Unauthenticated):
        claims = paced_claims(request, installation, session_claims(request, installation, now))
        end_session(tx, installation, claims, later, now)
    reply = redirect("/sign-in")
    reply.delete_cookie(SESSION_COOKIE)
    return reply


def _set_session(reply: Response, opened: OpenedSession, *, max_age: int, installation: Inst) -> None:
    reply.set_cookie(
        SESSION_COOKIE,
        opened.token,
        max_age=max_age,
        httponly=True,
        secure=installation.settings.public_url.startswith("https://"),
        samesite="lax",
    )
