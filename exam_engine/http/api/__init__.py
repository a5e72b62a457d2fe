"""The JSON door: one router per audience, all under ``/api/v1``."""

from fastapi import APIRouter

from exam_engine.http.api import (
    assembly,
    attempts,
    audit,
    bookings,
    credentials,
    frameworks,
    items,
    proctoring,
    results,
    schemes,
    sessions,
    setbacks,
    sittings,
)

router = APIRouter(prefix="/api/v1")
_preparing = (sessions, frameworks, items, schemes, assembly)
_examining = (sittings, bookings, proctoring, attempts, results, setbacks, credentials, audit)
for _audience in (*_preparing, *_examining):
    router.include_router(_audience.router)
