"""The three servers of the saving bench: ours, the textbook one, and a bare echo. One uvicorn process each."""

from __future__ import annotations

import sys
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from bench import textbook
from exam_engine.delivery.journal import Journal
from exam_engine.http.saves import SaveRoute
from kernel.clock import read_clock
from kernel.db import Database, open_engine
from kernel.tokens import KeyRing

RING = KeyRing({"bench": textbook.KEY})


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


def echo(_database_url: str) -> ASGIApp:
    """The ceiling: read the body, send it back."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


APPS: dict[str, Callable[[str], ASGIApp]] = {"ours": ours, "textbook": reference, "echo": echo}

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
