"""The four servers of the saving bench: ours, the textbook one and two ceilings. One uvicorn process each."""

from __future__ import annotations

import sys
from collections.abc import Callable

import msgspec
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from bench import textbook
from exam_engine.delivery.journal import Journal
from exam_engine.http.saves import SaveBody, SaveReply, SaveRoute
from kernel.clock import read_clock
from kernel.db import Database, open_engine
from kernel.tokens import KeyRing, Purpose, read_token

RING = KeyRing({"bench": textbook.KEY})
EMPTY_HASH = "0" * 64


def ours(database_url: str) -> ASGIApp:
    """The product's own route and journal."""
    journal = Journal(Database(database_url), read_clock)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await journal.start()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await journal.close()
            await send({"type": "lifespan.shutdown.complete"})

    return SaveRoute(app, journal, RING, textbook.AUDIENCE, read_clock)


def reference(database_url: str) -> ASGIApp:
    """The textbook endpoint."""
    textbook.sessions.configure(bind=open_engine(database_url))
    return textbook.app


def checked(_database_url: str) -> ASGIApp:
    """The ceiling for any durable save: same token, same validation, same kind of reply; no journal, no database."""
    decode = msgspec.json.Decoder(SaveBody).decode
    encode = msgspec.json.Encoder().encode
    allowed: dict[bytes, str] = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        now = read_clock()
        token = dict(scope["headers"])[b"authorization"].removeprefix(b"Bearer ")
        attempt = allowed.get(token)
        if attempt is None:
            claims = read_token(RING, token.decode(), purpose=Purpose.WORK, audience=textbook.AUDIENCE, now=now)
            attempt = allowed[token] = claims.facts["attempt"]
        _, _, _, asked, _, _slot = scope["path"].lstrip("/").split("/")
        if attempt != asked:
            message = "the generator sends its own attempts only"
            raise ValueError(message)
        wish = decode(await whole_body(receive))
        await reply(send, encode(SaveReply(wish.base_revision + 1, EMPTY_HASH, now)))

    return app


def echo(_database_url: str) -> ASGIApp:
    """The ceiling for anything at all: read the body, send it back unread."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await reply(send, await whole_body(receive))

    return app


async def whole_body(receive: Receive) -> bytes:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message["body"]
        more = message["more_body"]
    return body


async def reply(send: Send, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


APPS: dict[str, Callable[[str], ASGIApp]] = {"ours": ours, "textbook": reference, "echo": echo, "checked": checked}

if __name__ == "__main__":
    name, url, port = sys.argv[1:]
    uvicorn.run(
        APPS[name](url),
        port=int(port),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        lifespan="on" if name == "ours" else "off",
    )
