"""The edge: what holds for every request, whatever answers it - identity of the request, limits, headers, one log line.

Plain ASGI, so that the hot path pays microseconds and streaming stays streaming.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exam_engine.http.problems import problem_reply
from kernel.errors import DomainError, Forbidden, Invalid, TooLarge
from kernel.sentences import say

BODY_BYTES_MAX = 64 * 1024
"""More than any form or JSON body of ours needs; parsing a large one would hold up everybody's saves."""
IMPORT_BYTES_MAX = 20 * 1024 * 1024
_NUL_SPELLINGS = (b"\0", b"\\u0000", b"%00")
_NUL_LONGEST = max(map(len, _NUL_SPELLINGS))
_IMPORTS = re.compile(
    r"/api/v1/(frameworks(/[^/]+/imports(/previews)?)?|framework-drafts/[^/]+|media"
    r"|attempts/[^/]+/slots/[^/]+/files)"
    r"|/bank/(import|media|framework-imports)"
)
_API = "/api/"
_DEFAULT_PORTS = {"http": 80, "https": 443}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_IDENTIFIERS = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|(?<=/[vV]/)[^/]+")
_log = structlog.get_logger(__name__)

# No inline script or style, nothing from elsewhere, no framing: pages are written for this policy.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)


class CrossOrigin(Forbidden):
    """A browser sent somebody's cookies from another site's page."""

    code = "cross_origin"


class Edge:
    """The outermost layer of every app.

    Args:
        public_url: where people open this installation; its scheme is the one that pages of ours have.
    """

    def __init__(self, app: ASGIApp, *, public_url: str) -> None:
        self._app = app
        self._public_url = public_url
        is_secure = public_url.startswith("https://")
        self._headers = _HEADERS + (((b"strict-transport-security", b"max-age=31536000"),) if is_secure else ())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass lifespan messages through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        request_id = _request_id(headers)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        reply = _Reply(send, request_id, self._headers)
        begun = time.perf_counter()
        try:
            _refuse_nul(scope["path"].encode() + scope["query_string"])
            _refuse_foreign_page(scope["method"], headers, self._public_url)
            await self._app(scope, _limited(receive, scope, headers), reply.send)
        except DomainError as error:
            await problem_reply(error)(scope, receive, reply.send)
        finally:
            _log.info(
                "http.request",
                method=scope["method"],
                path=_IDENTIFIERS.sub("*", scope["path"]),
                status=reply.status,
                milliseconds=round((time.perf_counter() - begun) * 1000, 1),
            )


class _Reply:
    """Adds the headers every reply carries, and remembers the status for the log."""

    def __init__(self, send: Send, request_id: str, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        self._send = send
        self._headers = [*headers, (b"x-request-id", request_id.encode())]
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = list(message.get("headers", ()))
            names = {name.lower() for name, _ in given}
            extra = [pair for pair in self._headers if pair[0] not in names]
            if b"cache-control" not in names:
                extra.append((b"cache-control", b"no-store"))
            message = {**message, "headers": [*given, *extra]}
        await self._send(message)


def _request_id(headers: MutableMapping[bytes, bytes]) -> str:
    given = headers.get(b"x-request-id", b"").decode("latin-1")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_urlsafe(12)


def _refuse_foreign_page(method: str, headers: MutableMapping[bytes, bytes], public_url: str) -> None:
    """Refuse unsafe requests that a page of another origin sent, with or without cookies (CSRF, login CSRF).

    Browsers name the origin on every unsafe request; programs that send a bearer token send neither it nor cookies.
    """
    if method in SAFE_METHODS:
        return
    origin, site = headers.get(b"origin"), headers.get(b"sec-fetch-site")
    if origin is not None:
        is_foreign = not is_ours(origin, headers.get(b"host", b""), public_url)
    elif site is not None:
        is_foreign = site not in {b"same-origin", b"none"}
    else:
        is_foreign = b"cookie" in headers
    if is_foreign:
        message = say(
            "this request came from a page of another site; the pages of this one are at %(public_url)s",
            public_url=public_url,
        )
        raise CrossOrigin(message)


def is_ours(origin: bytes, host: bytes, public_url: str) -> bool:
    """Tell whether an ``Origin`` header names a page of ours: at the public URL, or at the host that was asked for.

    The scheme is always the public URL's. Behind a proxy that ends TLS every request looks like http, and a page that
    really came over http is not to be trusted with what a page over https may do.
    """
    try:
        page, public = urlsplit(origin.decode("latin-1")), urlsplit(public_url)
        own = {_host_as_browsers_write_it(public), host.decode("latin-1").lower()} - {""}
    except ValueError:
        return False
    return page.scheme == public.scheme and page.netloc in own


def _host_as_browsers_write_it(url: SplitResult) -> str:
    port = "" if url.port in {None, _DEFAULT_PORTS.get(url.scheme)} else f":{url.port}"
    return f"{url.hostname or ''}{port}"


def _limited(receive: Receive, scope: Scope, headers: MutableMapping[bytes, bytes]) -> Receive:
    """Count the body while it comes, and refuse what is too large or holds a character no text may hold.

    Documents that are imported whole check themselves and name the place; uploads may hold any bytes. What a page sends
    is refused where it is read, so that the refusal is a page as well.
    """
    imports = _IMPORTS.fullmatch(scope["path"]) is not None
    most = IMPORT_BYTES_MAX if imports else BODY_BYTES_MAX
    declared = headers.get(b"content-length", b"0")
    is_over = declared.isdigit() and int(declared) > most
    if is_over and (not imports or scope["path"].startswith(_API)):
        raise _too_large(most)
    received, tail = 0, b""

    async def receive_some() -> Any:  # noqa: ANN401 - an ASGI message
        nonlocal received, tail
        if is_over:
            raise _too_large(most)
        message = await receive()
        body = message.get("body", b"")
        received += len(body)
        if received > most:
            raise _too_large(most)
        if not imports:
            _refuse_nul(tail + body)
            tail = body[-_NUL_LONGEST:]
        return message

    return receive_some


def _refuse_nul(text: bytes) -> None:
    """Refuse the one character that PostgreSQL cannot keep in a text, on both databases alike."""
    if any(spelling in text for spelling in _NUL_SPELLINGS):
        message = say("the request holds a NUL character, which no text may hold")
        raise Invalid(message)


def _too_large(most: int) -> TooLarge:
    return TooLarge(say("a body sent here has at most %(most)s KiB", most=most // 1024))
