"""The HTML door: pages for candidates, proctors, managers, authors, reviewers, decision makers and the public."""

from fastapi import APIRouter, Depends

from exam_engine.http.web import (
    bank,
    candidate,
    decisions,
    entrance,
    frameworks,
    manager,
    marker_agreement,
    marking,
    proctor,
    public,
    register,
    results,
    sittings,
)
from exam_engine.http.web.assets import mount_static
from exam_engine.http.web.frame import look_who_comes
from exam_engine.http.web.negotiation import speaker_for, wants_html
from exam_engine.http.web.refusals import error_page, status_page

__all__ = ["error_page", "mount_static", "public_router", "router", "speaker_for", "status_page", "wants_html"]

public_router = public.router
"""What the verification app serves by itself."""
router = APIRouter(dependencies=[Depends(look_who_comes)])
_own = (
    public,
    entrance,
    candidate,
    results,
    proctor,
    sittings,
    register,
    manager,
    marker_agreement,
    marking,
    decisions,
)
for _router in (*(pages.router for pages in _own), *bank.ROUTERS, *frameworks.ROUTERS):
    router.include_router(_router)
