"""Problems: every refusal as RFC 9457 problem details, built in one place for all doors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from kernel.canonical import plain
from kernel.errors import DomainError, Fault, Invalid
from kernel.sentences import say

MEDIA_TYPE = "application/problem+json"


def problem_of(error: DomainError, speak: Callable[[str], str] = str) -> dict[str, Any]:
    """Return the problem document of a refusal: stable ``code``, readable ``detail``, faults with their places.

    Args:
        speak: gives a sentence in the language of whoever reads it; English where nobody asked for another.
    """
    document: dict[str, Any] = {
        "type": f"urn:exam-engine:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "code": error.code,
        "detail": speak(error.detail),
    }
    if error.faults:
        document["faults"] = [{"place": fault.place, "message": speak(fault.message)} for fault in error.faults]
    document.update(plain(error.facts))
    return document


def problem_reply(error: DomainError, speak: Callable[[str], str] = str) -> JSONResponse:
    """Answer with a problem document; ``speak`` as in :func:`problem_of`."""
    return JSONResponse(
        problem_of(error, speak), status_code=error.status, media_type=MEDIA_TYPE, headers=dict(headers_of(error))
    )


def headers_of(error: DomainError) -> Mapping[str, str]:
    """Headers a refusal asks for: how to authenticate, when to try again."""
    headers = {"WWW-Authenticate": "Bearer"} if error.status == HTTPStatus.UNAUTHORIZED else {}
    if (seconds := error.facts.get("retry_after_seconds")) is not None:
        headers["Retry-After"] = str(seconds)
    return headers


def invalid_request(error: RequestValidationError) -> Invalid:
    """Turn FastAPI's validation errors into ours; the rejected input itself is never echoed."""
    faults = [
        Fault(place="/".join(str(part) for part in fault["loc"]), message=str(fault["msg"])) for fault in error.errors()
    ]
    return Invalid(say("the request does not have the documented shape"), faults=faults)


def http_problem(status: int) -> JSONResponse:
    """Answer an error that has no class of its own: an unknown path, a wrong method, a defect of ours."""
    phrase = HTTPStatus(status)
    document = {
        "type": "about:blank",
        "title": phrase.phrase,
        "status": status,
        "code": phrase.name.lower(),
        "detail": phrase.description or phrase.phrase,
    }
    return JSONResponse(document, status_code=status, media_type=MEDIA_TYPE)
