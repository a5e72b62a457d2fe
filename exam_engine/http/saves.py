"""The save route: the one place where milliseconds and durability both matter, so it has a road of its own.

A bare ASGI layer around the app. It takes ``/api/v1/attempts/{attempt_id}/responses/{slot}`` and nothing else.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

import msgspec
import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from exam_engine.delivery.journal import Journal
from exam_engine.delivery.responses import REVISIONS_MAX, Save, Saved
from exam_engine.http.middleware import CrossOrigin, is_ours
from exam_engine.http.problems import http_problem, problem_reply
from exam_engine.http.signing_in import EXAM_COOKIE
from kernel.errors import DomainError, Fault, Invalid, NotFound, TooLarge, Unauthenticated
from kernel.tokens import Claims, KeyRing, Purpose, TokenExpired, TokenInvalid, read_token, refuse_revoked

BODY_BYTES_MAX = 16 * 1024
ACCESSES_KEPT = 20_000
_PATH = re.compile(r"/api/v1/attempts/([0-9a-fA-F-]{36})/responses/([0-9]{1,4})")
_PLACE = re.compile(r"(.*) - at `\$\.?(.*)`")
_TOO_DEEP = "Nested too deeply - at `$.response`"
_COOKIE = EXAM_COOKIE.encode()
_PLAIN = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_log = structlog.get_logger(__name__)

Headers = Mapping[bytes, bytes]


class MethodNotAllowed(DomainError):
    """A response is saved with PUT and read with the paper."""

    code = "method_not_allowed"
    status = 405
    title = "This address takes PUT only"


class SenderGone(Exception):
    """The client went away before its request was complete; nobody is left to answer."""


class SaveBody(msgspec.Struct, forbid_unknown_fields=True):
    """What a client sends. ``save_id`` is its own name for this save; repeating it is harmless.

    The response is an object in its item's own shape, ``{}`` where an answer is taken back; it is read by its kind.
    """

    base_revision: Annotated[int, msgspec.Meta(ge=0, le=REVISIONS_MAX)]
    save_id: Annotated[str, msgspec.Meta(min_length=8, max_length=64)]
    response: msgspec.Raw

    def __post_init__(self) -> None:
        """Refuse a name that a log or a header could not show, in msgspec's words; its ``pattern`` costs far more."""
        if not (self.save_id.isascii() and self.save_id.isprintable()) or " " in self.save_id:
            message = "Expected printable ASCII without spaces - at `$.save_id`"
            raise ValueError(message)


class SaveReply(msgspec.Struct):
    """What a client is told once its response is durable."""

    revision: int
    sha256: str
    saved_at: datetime


class Access(msgspec.Struct, frozen=True):
    """What a verified token allows: saving the responses of one attempt, until it or its session ends."""

    session_id: str
    attempt_id: uuid.UUID
    attempt: str
    expires_at: datetime
    series: int


class SaveRoute:
    """Answers saves itself and passes everything else to the app.

    Args:
        audience: the installation's public URL, for which tokens are made.
    """

    def __init__(
        self, app: ASGIApp, journal: Journal, ring: KeyRing, audience: str, clock: Callable[[], datetime]
    ) -> None:
        self._app = app
        self._journal = journal
        self._ring = ring
        self._audience = audience
        self._clock = clock
        self._accesses: dict[bytes, Access] = {}
        self._forgotten = 0
        self._decode = msgspec.json.Decoder(SaveBody).decode
        self._encode = msgspec.json.Encoder().encode

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = _PATH.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if path is None:
            await self._app(scope, receive, send)
            return
        try:
            saved = await self._save(scope, receive, *path.groups())
        except SenderGone:
            return
        except DomainError as refusal:
            reply = problem_reply(refusal)
            if isinstance(refusal, MethodNotAllowed):
                reply.headers["Allow"] = "PUT"
            reply.headers.update(_PLAIN)
            await reply(scope, receive, send)
        except Exception:
            _log.exception("save.defect")
            await http_problem(HTTPStatus.INTERNAL_SERVER_ERROR)(scope, receive, send)
        else:
            await self._reply(saved, send)

    def forget(self, session_id: str) -> None:
        """Stop trusting what is remembered of a session: the next save looks whether it was ended. Any thread."""
        self._forgotten += 1
        for token, access in list(self._accesses.items()):
            if access.session_id == session_id:
                self._accesses.pop(token, None)

    async def _save(self, scope: Scope, receive: Receive, attempt: str, slot: str) -> Saved:
        if scope["method"] != "PUT":
            message = "save a response with PUT; what was saved is shown with the paper"
            raise MethodNotAllowed(message)
        headers: Headers = dict(scope["headers"])
        token = self._token(headers)
        access = self._remembered(token) or await self._verified(token)
        if access.attempt != attempt:
            message = "there is no such attempt"
            raise NotFound(message)
        body = await _body(receive, headers)
        try:
            wish = self._decode(body)
        except RecursionError as error:
            raise _invalid(_TOO_DEEP) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _invalid(str(error)) from error
        return await self._journal.save(
            Save(access.attempt_id, int(slot), wish.base_revision, wish.save_id, bytes(wish.response), access.series)
        )

    def _token(self, headers: Headers) -> bytes:
        authorization = headers.get(b"authorization", b"")
        if authorization[:7].lower() == b"bearer ":
            return authorization[7:]
        for part in headers.get(b"cookie", b"").split(b";"):
            name, _, value = part.strip().partition(b"=")
            if name == _COOKIE:
                _refuse_foreign_page(headers, self._audience)
                return value
        message = "send the token of the running attempt"
        raise Unauthenticated(message)

    def _remembered(self, token: bytes) -> Access | None:
        access = self._accesses.get(token)
        if access is not None and self._clock() >= access.expires_at:
            self._accesses.pop(token, None)
            message = "the token has expired"
            raise TokenExpired(message)
        return access

    async def _verified(self, token: bytes) -> Access:
        forgotten = self._forgotten
        claims = read_token(
            self._ring,
            token.decode("latin-1"),
            purpose=Purpose.WORK,
            audience=self._audience,
            now=self._clock(),
        )
        access = _access(claims)
        await asyncio.to_thread(self._refuse_ended_session, access.session_id)
        # A revocation that came while this one was being looked up may concern it: then look again next time.
        if forgotten == self._forgotten:
            if len(self._accesses) >= ACCESSES_KEPT:
                self._accesses.pop(next(iter(self._accesses)), None)
            self._accesses[token] = access
        return access

    def _refuse_ended_session(self, session_id: str) -> None:
        with self._journal.database.reading() as tx:
            refuse_revoked(tx, session_id)

    async def _reply(self, saved: Saved, send: Send) -> None:
        body = self._encode(SaveReply(saved.revision, saved.value_hash, saved.saved_at))
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", b"%d" % len(body)),
                    (b"cache-control", b"no-store"),
                    (b"x-content-type-options", b"nosniff"),
                ],
            }
        )
        await send({"type": "http.response.body", "body": body})


def _refuse_foreign_page(headers: Headers, public_url: str) -> None:
    # A browser sends the cookie whichever page asks it to; only our own pages may.
    if headers.get(b"sec-fetch-site") == b"same-origin" or is_ours(
        headers.get(b"origin", b""), headers.get(b"host", b""), public_url
    ):
        return
    message = "responses are saved from this site's own pages only"
    raise CrossOrigin(message)


async def _body(receive: Receive, headers: Headers) -> bytes:
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > BODY_BYTES_MAX:
        raise _too_large()
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise SenderGone
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > BODY_BYTES_MAX:
            raise _too_large()
    return body


def _access(claims: Claims) -> Access:
    try:
        attempt_id = uuid.UUID(claims.facts["attempt"])
        session_id = str(claims.facts["session"])
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        message = "the token does not hold"
        raise TokenInvalid(message) from error
    return Access(session_id, attempt_id, str(attempt_id), claims.expires_at, claims.series)


def _too_large() -> TooLarge:
    return TooLarge(f"a saved response is at most {BODY_BYTES_MAX} bytes")


def _invalid(text: str) -> Invalid:
    found = _PLACE.fullmatch(text)
    fault = Fault(found[2], found[1]) if found else Fault("", text)
    return Invalid('the body must be {"base_revision": n, "save_id": text, "response": object}', faults=[fault])
