"""The apps: the whole product, or public verification alone; both wrapped in the same edge.

Verification is an app of its own so that certificates verify while exams are down.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy import text
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

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
from kernel.errors import DomainError

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
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(refuse_outdated_tables, installation)
        await journal.start()
        stop_worker = start_worker(installation) if works else lambda: None
        yield
        await run_in_threadpool(stop_worker)
        await journal.close()
        saving.close()

    app = _bare_app(installation, lifespan=lifespan)
    app.include_router(api.router)
    app.include_router(web.router)
    web.mount_static(app)
    saves = SaveRoute(
        _edged(app, installation),
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
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(refuse_outdated_tables, installation)
        yield

    app = _bare_app(installation, lifespan=lifespan)
    app.include_router(web.public_router)
    web.mount_static(app)
    return _edged(app, installation)


def _edged(app: ASGIApp, installation: Installation) -> ASGIApp:
    return Edge(app, public_url=installation.settings.public_url)


def _bare_app(installation: Installation, **options: object) -> FastAPI:
    app = FastAPI(
        title="Exam engine",
        version="1",
        summary="Certification of persons: from the item bank to a certificate anyone can verify.",
        openapi_url="/api/v1/openapi.json",
        # The interactive pages load scripts from elsewhere; the document itself is the product.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        **options,  # type: ignore[arg-type]
    )
    app.state.installation = installation
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
    installation: Installation = request.app.state.installation
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
    return problem_reply(error) if _wants_json(request) else web.error_page(request, error)


def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    return _refusal(request, invalid_request(error))


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
