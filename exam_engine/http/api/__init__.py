"""The JSON door: one router per audience, all under ``/api/v1``."""

from fastapi import APIRouter

from exam_engine.http.api import (
    assembly,
    attempts,
    audit,
    credentials,
    frameworks,
    items,
    results,
    sessions,
    sittings,
)

router = APIRouter(prefix="/api/v1")
for _audience in (sessions, frameworks, items, assembly, sittings, attempts, results, credentials, audit):
    router.include_router(_audience.router)
