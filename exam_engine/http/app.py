"""The apps: the whole product, or public verification alone; both wrapped in the same edge.

Verification is an app of its own so that certificates verify while exams are down. What the routes are is the same for
every installation and costs the framework half a second to work out, so it is done once for a process; an app is these
routes served for one installation.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy import text
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from exam_engine.delivery.journal import Journal
from exam_engine.http import api, web
from exam_engine.http.middleware import Edge
from exam_engine.http.problems import http_problem, invalid_request, problem_reply
from exam_engine.http.saves import SaveRoute
from exam_engine.http.signing_in import SESSIONS_ENDED
from exam_engine.installation import Installation, refuse_outdated_tables
from exam_engine.migrate import is_current
from exam_engine.worker import start_worker
from kernel.db import Database
from kernel.errors import DomainError, Invalid

API_PREFIX = "/api/"
_log = structlog.get_logger(__name__)


def create_app(installation: Installation, *, works: bool = True) -> ASGIApp:
    """Build the whole product.

    Args:
        works: run the worker in a thread of this process (the embedded default).
    """
    # Connections of its own: however many slow requests hold the others, saving goes on.
    saving = Database(installation.settings.database)
    journal = Journal(saving, installation.clock)

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        await run_in_threadpool(refuse_outdated_tables, installation)
        await journal.start()
        stop_worker = start_worker(installation) if works else lambda: None
        yield
        await run_in_threadpool(stop_worker)
        await journal.close()
        saving.close()

    saves = SaveRoute(
        _edged(_Served(_product(), installation, lifespan)),
        journal=journal,
        ring=installation.ring,
        audience=installation.settings.public_url,
        clock=installation.clock,
    )
    installation.broker.listen(SESSIONS_ENDED, lambda session_id: saves.forget(session_id.decode()))
    return saves


def create_verification_app(installation: Installation) -> ASGIApp:
    """Build public verification alone: no sign-in, no exam, no writing."""

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        await run_in_threadpool(refuse_outdated_tables, installation)
        yield

    return _edged(_Served(_verification(), installation, lifespan))


class _Served:
    """Routes as one installation serves them: it comes with every request, as ``request.state.installation``."""

    def __init__(
        self,
        routes: ASGIApp,
        installation: Installation,
        lifespan: Callable[[object], AbstractAsyncContextManager[None]],
    ) -> None:
        self._routes = routes
        self.installation = installation
        self._lifespan = Router(lifespan=lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        scope.setdefault("state", {})["installation"] = self.installation
        await self._routes(scope, receive, send)


def _edged(served: _Served) -> ASGIApp:
    return Edge(served, public_url=served.installation.settings.public_url)


@cache
def _product() -> FastAPI:
    app = _bare_app()
    app.include_router(api.router)
    app.include_router(web.router)
    web.mount_static(app)
    return app


@cache
def _verification() -> FastAPI:
    app = _bare_app()
    app.include_router(web.public_router)
    web.mount_static(app)
    return app


def _bare_app() -> FastAPI:
    app = FastAPI(
        title="Exam engine",
        version="1",
        summary="Certification of persons: from the item bank to a certificate anyone can verify.",
        openapi_url="/api/v1/openapi.json",
        # The interactive pages load scripts from elsewhere; the document itself is the product.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.add_exception_handler(DomainError, _refusal)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _defect)
    app.get("/health/live", operation_id="live", tags=["health"])(_live)
    app.get("/health/ready", operation_id="ready", tags=["health"])(_ready)
    return app


def _live() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "live"}


def _ready(request: Request) -> Response:
    """Say whether the database answers at the right revision; the broker may be away, that costs freshness only."""
    installation: Installation = request.state.installation
    try:
        with installation.database.reading() as tx:
            tx.execute(text("SELECT 1"))
        current = is_current(installation.database.engine)
    except Exception:
        _log.exception("health.database_away")
        current = False
    return Response(status_code=HTTPStatus.OK if current else HTTPStatus.SERVICE_UNAVAILABLE)


def _wants_json(request: Request) -> bool:
    return request.url.path.startswith(API_PREFIX) or not web.wants_html(request)


def _refusal(request: Request, error: Exception) -> Response:
    if not isinstance(error, DomainError):
        raise error
    if _wants_json(request):
        return problem_reply(error, web.speaker_for(request))
    return web.error_page(request, error)


def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    refusal = invalid_request(error)
    # Its faults name parameters and speak to programmers; whoever reads a page has seen neither.
    return _refusal(request, refusal if _wants_json(request) else Invalid(refusal.detail))


def _http_error(request: Request, error: Exception) -> Response:
    if isinstance(error.__cause__, DomainError):  # refused while the framework was reading the body
        return _refusal(request, error.__cause__)
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    reply = http_problem(status) if _wants_json(request) else web.status_page(request, status)
    if isinstance(error, HTTPException) and error.headers:
        reply.headers.update(error.headers)
    return reply


def _defect(request: Request, error: Exception) -> Response:
    _log.error("http.defect", exc_info=error)
    return _http_error(request, HTTPException(HTTPStatus.INTERNAL_SERVER_ERROR))
