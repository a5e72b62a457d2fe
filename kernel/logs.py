"""Logs: one JSON object a line, with the request's id and without personal data."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# Fields whose very name says that a person is in them. They are dropped, not masked: what is not logged cannot leak.
PERSONAL_FIELDS = frozenset(
    {"email", "name", "display_name", "password", "token", "authorization", "cookie", "address", "ip", "body", "answer"}
)


def drop_personal_fields(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Remove fields that would carry personal data or secrets, whatever their value."""
    for name in PERSONAL_FIELDS & event.keys():
        del event[name]
    return event


def set_up_logs(level: str, form: str) -> None:
    """Send every log of the process, libraries included, to standard error in one shape."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_personal_fields,
        structlog.processors.format_exc_info,
    ]
    # Tracebacks stay plain: the pretty ones print local variables, and those hold people's data.
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Access lines are written by our own middleware, with the route's name instead of the path's identifiers.
    logging.getLogger("uvicorn.access").disabled = True
