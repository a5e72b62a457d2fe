"""The JSON door: one router per audience, all under ``/api/v1``."""

from fastapi import APIRouter

from exam_engine.http.api import (
    assembly,
    attempts,
    audit,
    bookings,
    clearances,
    coverage,
    credentials,
    exchange,
    framework_drafts,
    frameworks,
    item_batches,
    item_comments,
    item_drafts,
    item_history,
    item_usage,
    items,
    languages,
    marker_agreement,
    marking,
    media,
    proctoring,
    response_files,
    results,
    schemes,
    script_holds,
    sessions,
    setbacks,
    sittings,
    working_copies,
)

router = APIRouter(prefix="/api/v1")
_writing = (item_drafts, working_copies, item_comments, item_history, item_usage, languages, media, exchange)
_preparing = (sessions, frameworks, framework_drafts, items, item_batches, *_writing)
_planning = (schemes, assembly, coverage)
_examining = (sittings, clearances, bookings, proctoring, attempts, response_files)
_marking = (marking, script_holds, marker_agreement)
_deciding = (results, setbacks, credentials, audit)
for _audience in (*_preparing, *_planning, *_examining, *_marking, *_deciding):
    router.include_router(_audience.router)
