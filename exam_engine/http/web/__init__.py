"""The HTML door: pages for candidates, proctors, managers, decision makers and the public."""

from fastapi import APIRouter, Depends

from exam_engine.http.web import candidate, decisions, entrance, manager, proctor, public, register, results, sittings
from exam_engine.http.web.assets import mount_static
from exam_engine.http.web.frame import look_who_comes
from exam_engine.http.web.negotiation import wants_html
from exam_engine.http.web.refusals import error_page, status_page

__all__ = ["error_page", "mount_static", "public_router", "router", "status_page", "wants_html"]

public_router = public.router
"""What the verification app serves by itself."""
router = APIRouter(dependencies=[Depends(look_who_comes)])
for _audience in (public, entrance, candidate, results, proctor, sittings, register, manager, decisions):
    router.include_router(_audience.router)
