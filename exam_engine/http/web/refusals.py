"""Refusals: errors as readable pages, in the visitor's language, with the way on.

One rule: a page never says more than the problem document says; what rooms say as sentences, it says in its language.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response

from exam_engine.http.problems import headers_of
from exam_engine.http.web.frame import anonymous_frame, frame_of
from exam_engine.http.web.rendering import page_in, redirect
from exam_engine.http.web.words import N_
from kernel.errors import DomainError, Fault

_S = HTTPStatus
_CHANGED = (N_("Not possible now"), N_("Something has changed in the meantime, or a step before this is missing."))
PAGES: Mapping[int, tuple[str, str]] = {
    _S.UNAUTHORIZED: (N_("Please sign in again"), N_("Your session has ended. Sign in and try once more.")),
    _S.FORBIDDEN: (N_("You may not do this"), N_("You are signed in, but this page or step belongs to another task.")),
    _S.NOT_FOUND: (N_("Not found"), N_("There is nothing at this address, or it is not yours to see.")),
    _S.METHOD_NOT_ALLOWED: (N_("Not possible here"), N_("This address does not do what was asked of it.")),
    _S.CONFLICT: _CHANGED,
    # Only programs name the state they have seen; a page would say of it what it says of any conflict.
    **dict.fromkeys((_S.PRECONDITION_FAILED, _S.PRECONDITION_REQUIRED), _CHANGED),
    _S.REQUEST_ENTITY_TOO_LARGE: (N_("Too much at once"), N_("What was sent is larger than this page accepts.")),
    # Only players of sounds ask for parts of a file.
    _S.REQUESTED_RANGE_NOT_SATISFIABLE: (N_("Not possible here"), N_("This address does not do what was asked of it.")),
    _S.UNPROCESSABLE_ENTITY: (N_("Please check what you entered"), N_("Something in it is missing or does not fit.")),
    _S.TOO_MANY_REQUESTS: (N_("Too many attempts"), N_("Please wait a minute and try again.")),
    _S.SERVICE_UNAVAILABLE: (N_("Not available at the moment"), N_("Please try again shortly. Nothing was changed.")),
    _S.INTERNAL_SERVER_ERROR: (
        N_("Something went wrong on our side"),
        N_("It has been recorded and will be looked at. Answers that were shown as saved are safe."),
    ),
}
_OTHER = (N_("This was not possible"), N_("The request could not be carried out."))


def error_page(request: Request, error: DomainError) -> Response:
    """Answer a refusal: whoever is not signed in is led to the door, everybody else reads why."""
    if error.status == _S.UNAUTHORIZED and request.method in {"GET", "HEAD"}:
        return redirect(_sign_in(request))
    return _page(request, error.status, error.detail, error.faults, headers_of(error))


def status_page(request: Request, status: int) -> Response:
    """Answer an error that has no words of its own."""
    return _page(request, status, "", (), {})


def _page(
    request: Request, status: int, detail: str, faults: tuple[Fault, ...], headers: Mapping[str, str]
) -> Response:
    # When the fault is ours, the database may be what is missing: then nobody is looked up.
    frame = anonymous_frame(request) if status >= _S.INTERNAL_SERVER_ERROR else frame_of(request)
    title, advice = PAGES.get(status, _OTHER)
    signs_in = _sign_in(request) if status == _S.UNAUTHORIZED else ""
    return page_in(
        frame,
        "public/refusal.html",
        status=status,
        headers=headers,
        code=status,
        title=title,
        advice=advice,
        detail=detail,
        faults=faults,
        signs_in=signs_in,
    )


def _sign_in(request: Request) -> str:
    # A form cannot be sent again after signing in; its own page is the better place to come back to.
    is_page = request.method in {"GET", "HEAD"}
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "") if is_page else "/"
    return f"/sign-in?next={quote(target, safe='/')}"
