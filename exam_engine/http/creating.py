"""Creating: the gate of routes that create something, and what makes sending them again harmless.

Whoever sends an ``Idempotency-Key`` gets the reply of the first request with that key again, marked
``Idempotency-Replayed: true``; see :mod:`exam_engine.repeats`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from exam_engine.http.deps import Now, Tx, WholeBody, requires
from exam_engine.repeats import Sent, claim_key
from kernel.permissions import Actor, Permission

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern="^[!-~]+$",
        description="Your own name for this request. Sending it again within 24 hours creates nothing a second time.",
    ),
]


class Replayed(Exception):
    """The request was answered before; nothing is done, and the reply is sent again."""

    def __init__(self, reply: Response) -> None:
        super().__init__()
        self.reply = reply


class CreatingRoute(APIRoute):
    """A route whose reply is kept before its transaction ends, where the request has a key."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the framework's own handler: it has rendered the reply, and the transaction is still open."""
        answer = super().get_route_handler()

        async def answer_once(request: Request) -> Response:
            try:
                reply = await answer(request)
            except Replayed as earlier:
                return earlier.reply
            if (keep := getattr(request.state, "keep", None)) is not None:
                await run_in_threadpool(keep, reply)
            return reply

        return answer_once


def creates(permission: Permission) -> Any:  # noqa: ANN401 - FastAPI's own marker type
    """Return what marks a route's actor as somebody who must hold a permission and may send the request again.

    The route must be a :class:`CreatingRoute`, and its reply must hold no secret.
    """
    holder = requires(permission)  # first: only whoever may create something sends a large body

    def gate(request: Request, actor: Actor = holder, *, body: WholeBody, tx: Tx, now: Now, key: Key = None) -> Actor:
        if key is not None:
            query = f"?{request.url.query}" if request.url.query else ""
            line = f"{request.method} {request.url.path}{query}"
            kept = claim_key(tx, Sent(key, line, hashlib.sha256(body).hexdigest()), actor=actor, now=now)
            if kept.body is not None:
                headers = {**kept.headers, "Idempotency-Replayed": "true"}
                raise Replayed(Response(kept.body, status_code=kept.status or 0, headers=headers))
            request.state.keep = lambda reply: kept.keep(
                tx, status=reply.status_code, headers=dict(reply.headers), body=bytes(reply.body).decode()
            )
        return actor

    return Depends(gate)
