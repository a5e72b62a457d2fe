"""Public pages: verifying a certificate without an account, and choosing a language.

One rule: every number gets an answer of the same shape, as a page or as JSON under one address.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse, Response

from certificates.codes import CODE_CHARACTERS, CodeUnreadable, grouped, read_code
from certificates.verification import CredentialStatus, Verification, verify
from exam_engine.http.deps import Inst, Now, ReadTx, refuse_flood
from exam_engine.http.web.frame import look_who_comes
from exam_engine.http.web.language import LANGUAGE_COOKIE
from exam_engine.http.web.negotiation import safe_path, wants_html
from exam_engine.http.web.rendering import page, redirect
from exam_engine.http.web.words import CHANGES, CREDENTIALS, REASONS
from exam_engine.languages import LANGUAGES
from kernel.errors import NotFound
from kernel.sentences import say

router = APIRouter(include_in_schema=False, dependencies=[Depends(look_who_comes)])
LOOKS_PER_MINUTE = 60
"""Per address: an employer with a pile of certificates is served, somebody who tries numbers is not."""
LANGUAGE_SECONDS = 365 * 24 * 3600


@router.get("/verify")
def type_number(request: Request, code: str = "") -> Response:
    """Show the form, or lead a number that can be one to its page."""
    is_fault = False
    if code.strip():
        try:
            return redirect(f"/V/{read_code(code)}")
        except CodeUnreadable:
            is_fault = True
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_fault else HTTPStatus.OK
    return page(request, "public/verify.html", status=status, code=code, is_fault=is_fault)


@router.get("/V/{code}")
@router.get("/v/{code}")
def show_verification(request: Request, code: str, tx: ReadTx, now: Now, installation: Inst) -> Response:
    """Say what is known about a number: a page, or JSON to whoever prefers that."""
    refuse_flood(request, installation, "verify", limit=LOOKS_PER_MINUTE, seconds=60)
    report = verify(tx, code, keys=installation.keys, now=now)
    reply = (
        _as_page(request, code, report, installation.settings.public_url) if wants_html(request) else _as_json(report)
    )
    reply.status_code = int(HTTPStatus.NOT_FOUND if report.status is CredentialStatus.UNKNOWN else HTTPStatus.OK)
    reply.headers["Vary"] = "Accept, Accept-Language, Cookie"
    reply.headers["X-Robots-Tag"] = "noindex, noarchive"
    return reply


@router.get("/language/{tag}")
def choose_language(tag: str, installation: Inst, next: str = "/") -> Response:  # noqa: A002 - the query's name
    """Remember a language on this device and go back."""
    if tag not in LANGUAGES:
        message = say("the pages do not exist in this language")
        raise NotFound(message)
    reply = redirect(safe_path(next))
    is_secure = installation.settings.public_url.startswith("https://")
    reply.set_cookie(LANGUAGE_COOKIE, tag, max_age=LANGUAGE_SECONDS, httponly=True, secure=is_secure, samesite="lax")
    return reply


def _as_json(report: Verification) -> Response:
    return JSONResponse({**jsonable_encoder(report), "holds": report.holds})


def _as_page(request: Request, code: str, report: Verification, public_url: str) -> Response:
    return page(
        request,
        "public/certificate.html",
        status_sign=CREDENTIALS[report.status],
        number=_readable(code),
        report=report,
        fields=report.fields,
        issuer_link=_web_address(report.fields.issuer_website) if report.fields else None,
        changes=_history(report),
        address=f"{public_url}/",
    )


def _history(report: Verification) -> list[dict[str, Any]]:
    return [
        {"at": change.at, "words": CHANGES[change.status], "reason": REASONS[change.reason_class]}
        for change in report.changes
    ]


def _readable(code: str) -> str:
    try:
        return grouped(read_code(code))
    except CodeUnreadable:
        return code[: 2 * CODE_CHARACTERS]


def _web_address(website: str | None) -> str | None:
    """Return an address that may be made a link; anything but http and https may not."""
    return website if website and urlsplit(website).scheme in {"http", "https"} else None
