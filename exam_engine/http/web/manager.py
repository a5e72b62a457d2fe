"""A manager's pages on the whole way: the chain from the framework to the register, the bank, schemes and results."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from exam_engine.assembly.coverage import Sufficiency, coverage
from exam_engine.assembly.forms import forms_of
from exam_engine.assembly.rules import SchemeRules
from exam_engine.assembly.schemes import SchemeState, SchemeVersion, scheme_versions_of
from exam_engine.delivery.sittings import Sitting, SittingState
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from exam_engine.http.web.listings import (
    credential_count,
    result_counts,
    results_with_people,
    sitting_states,
)
from exam_engine.http.web.outcomes import result_line
from exam_engine.http.web.rendering import page, redirect
from exam_engine.http.web.words import DEFECT, N_, SCHEMES, SETBACKS, WORKS
from exam_engine.scoring.scripts import unmarked_count
from exam_engine.scoring.setbacks import Work, setback_for, try_again
from exam_engine.scoring.worklist import Standstill, standstills_of
from kernel.permissions import Actor, Permission
from question_bank.competences import frameworks_of

router = APIRouter(prefix="/manage", include_in_schema=False)
Manager = Annotated[Actor, requires(Permission.SITTING_MANAGE)]


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain: what stands there, and the next step."""

    name: str
    counts: tuple[tuple[int, str], ...]
    is_ready: bool
    next: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class StandingLine:
    """Work that stands still: whose, what it is, why, since when, and how often it was tried."""

    id: uuid.UUID
    candidate_name: str
    sitting: Sitting
    what: str
    why: str
    places: tuple[str, ...]
    since: datetime
    tries: int
    next_try_at: datetime


@router.get("")
def show_overview(request: Request, tx: ReadTx, actor: Manager) -> Response:
    """Show the whole chain, each link with its next step, and above it what stands still."""
    standing = [_standing(standstill) for standstill in standstills_of(tx, actor)]
    return page(request, "manager/overview.html", standing=standing, chain=_chain(tx, actor))


@router.post("/setbacks/{setback_id}/retry")
def retry(setback_id: uuid.UUID, tx: Tx, now: Now, actor: Manager) -> Response:
    """Have the worker try again at its next round."""
    try_again(tx, setback_for(tx, actor, setback_id), actor=actor, now=now)
    return redirect("/manage")


@router.get("/schemes")
def show_schemes(request: Request, tx: ReadTx, actor: Manager) -> Response:
    """Show every scheme version with its rules, and the forms assembled for it."""
    forms = forms_of(tx, actor)
    rows = [
        (
            version,
            SCHEMES[SchemeState(version.state)],
            SchemeRules.parse(version.rules),
            _mandatory_areas(version),
            [form for form in forms if form.blueprint.scheme_version_id == version.id],
        )
        for version in scheme_versions_of(tx, actor)
    ]
    return page(request, "manager/schemes.html", rows=rows)


@router.get("/results")
def show_results(request: Request, tx: ReadTx, actor: Manager) -> Response:
    """Show the newest version of every result, and how many answers still wait for people's marks."""
    rows = [result_line(row) for row in results_with_people(tx, actor)]
    return page(request, "manager/results.html", rows=rows, unmarked=unmarked_count(tx, actor))


def _standing(standstill: Standstill) -> StandingLine:
    setback, booking = standstill.setback, standstill.attempt.booking
    return StandingLine(
        id=setback.id,
        candidate_name=booking.candidate_name,
        sitting=booking.sitting,
        what=WORKS[Work(setback.work)],
        why=SETBACKS.get(setback.reason, DEFECT),
        places=tuple(setback.places),
        since=setback.since,
        tries=setback.tries,
        next_try_at=setback.next_try_at,
    )


def _mandatory_areas(version: SchemeVersion) -> list[str]:
    """Return the names of the areas that must be reached, in the framework's order."""
    areas_at = SchemeRules.parse(version.rules).areas_at
    return [area.name for area in version.framework.areas if areas_at and area.code in areas_at.mandatory]


def _chain(tx: Session, actor: Actor) -> list[Link]:
    return [*_preparation(tx, actor), *_examination(tx, actor)]


def _preparation(tx: Session, actor: Actor) -> list[Link]:
    frameworks = frameworks_of(tx, actor.organisation_id)
    cells = [cell for framework in frameworks for cell in coverage(tx, framework).cells]
    live, short = sum(cell.have for cell in cells), sum(cell.sufficiency is Sufficiency.SHORT for cell in cells)
    states = [version.state for version in scheme_versions_of(tx, actor)]
    published, drafts = states.count(SchemeState.PUBLISHED), states.count(SchemeState.DRAFT)
    forms = len(forms_of(tx, actor))
    return [
        Link(
            N_("Competence framework"),
            ((len(frameworks), N_("Published versions")),),
            bool(frameworks),
            N_("read it, or draft its next version") if frameworks else N_("draft or import one"),
            "/bank/frameworks",
        ),
        Link(
            N_("Item bank"),
            ((live, N_("Live items")), (short, N_("Cells with too few"))),
            live > 0 and not short,
            N_("write items for the short cells") if short or not live else N_("see the coverage"),
            "/manage/coverage",
        ),
        Link(
            N_("Schemes"),
            ((published, N_("Published")), (drafts, N_("Drafts"))),
            published > 0,
            N_("complete and publish a draft through the API") if drafts or not published else N_("see the rules"),
            "/manage/schemes",
        ),
        Link(
            N_("Forms"),
            ((forms, N_("Assembled")),),
            forms > 0,
            N_("Schedule a sitting") if forms else N_("assemble one through the API"),
            "/manage/sittings" if forms else "",
        ),
    ]


def _examination(tx: Session, actor: Actor) -> list[Link]:
    sittings = sitting_states(tx, actor)
    scored, waiting = result_counts(tx, actor)
    issued = credential_count(tx, actor)
    planned, opened = sittings[SittingState.SCHEDULED], sittings[SittingState.OPEN]
    sitting_step = N_("close the open sitting when everybody has finished") if opened else N_("Schedule a sitting")
    return [
        Link(
            N_("Sittings"),
            ((planned, N_("Planned")), (opened, N_("Open")), (sittings[SittingState.CLOSED], N_("Closed"))),
            sittings.total() > 0,
            N_("open the planned sitting on its day") if planned and not opened else sitting_step,
            "/manage/sittings",
        ),
        Link(
            N_("Results"),
            ((scored, N_("Scored")), (waiting, N_("Waiting for a decision"))),
            scored > 0,
            N_("a decision maker decides") if waiting else N_("see the results"),
            "/manage/results",
        ),
        Link(
            N_("Certificates"),
            ((issued, N_("Issued")),),
            issued > 0,
            N_("see the register") if issued else N_("they are signed by themselves once granted"),
            "/register",
        ),
    ]
