"""A head examiner's pages: how alike people have marked, by item version, by criterion and by marker.

One rule: figures stand beside the number of answers they rest on, and the words beside them say what they may mean,
never what somebody is.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from exam_engine.http.deps import ReadTx, requires
from exam_engine.http.web.charts import Lean, Progress, lean, progress
from exam_engine.http.web.rendering import page
from exam_engine.http.web.words import N_
from exam_engine.scoring.marker_agreement import (
    Agreement,
    CriterionAgreement,
    MarkerAgreement,
    VersionAgreement,
    marker_report,
    version_agreement,
)
from exam_engine.scoring.scripts import judged_kind
from kernel.permissions import Actor, Permission
from question_bank.items import ItemVersion

REACH_MIN = 0.1
"""The least difference that a line of a drawing is long: a tenth of the best mark, so that little looks little."""
PARTS: Mapping[str, str] = {
    "same": N_("the same points"),
    "neighbouring": N_("neighbouring points"),
    "apart": N_("further apart"),
}
router = APIRouter(prefix="/marking/agreement", include_in_schema=False)
HeadExaminer = Annotated[Actor, requires(Permission.MARKING_OVERSEE)]


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """Figures with the bar of their parts."""

    figures: Agreement
    bar: Progress


@dataclass(frozen=True, slots=True)
class VersionLine:
    """An item version; without a line where there are too few answers."""

    agreement: VersionAgreement
    line: AgreementLine | None


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """A criterion in its own words, as HTML."""

    text: str
    line: AgreementLine


@dataclass(frozen=True, slots=True)
class MarkerLine:
    """A marker; without figures and drawing where there are too few answers."""

    agreement: MarkerAgreement
    lean: Lean | None


@router.get("")
def show_report(request: Request, tx: ReadTx, actor: HeadExaminer) -> Response:
    """Show how alike answers were marked, together, by item version and by marker."""
    report = marker_report(tx, actor)
    return page(
        request,
        "marking/agreement.html",
        report=report,
        whole=_line(report.whole) if report.whole else None,
        versions=[VersionLine(one, _line(one.figures) if one.figures else None) for one in report.versions],
        markers=_marker_lines(report.markers),
        parts_of=PARTS,
    )


@router.get("/{version_id}")
def show_version(request: Request, version_id: uuid.UUID, tx: ReadTx, actor: HeadExaminer) -> Response:
    """Show how alike the answers to one item version were marked, by criterion."""
    found, criteria = version_agreement(tx, actor, version_id)
    return page(
        request,
        "marking/version_agreement.html",
        found=VersionLine(found, _line(found.figures) if found.figures else None),
        criteria=_criterion_lines(found.version, criteria),
        parts_of=PARTS,
    )


def _line(figures: Agreement) -> AgreementLine:
    same, near = (round(share * figures.answers) for share in (figures.exact, figures.adjacent))
    counts = {"same": same, "neighbouring": near - same, "apart": figures.answers - near}
    return AgreementLine(figures, progress(counts))


def _criterion_lines(version: ItemVersion, criteria: Sequence[CriterionAgreement]) -> list[CriterionLine]:
    rubric: list[dict[str, Any]] = judged_kind(version).marker_content(version.content)["rubric"]
    texts = {criterion["id"]: criterion["text"] for criterion in rubric}
    return [CriterionLine(texts[one.criterion_id], _line(one.figures)) for one in criteria]


def _marker_lines(markers: Sequence[MarkerAgreement]) -> list[MarkerLine]:
    """Return a line for each, all drawn to one scale."""
    ends = [end for one in markers if one.difference for end in one.difference.interval]
    ends += [step for one in markers for step in _way(one)]
    reach = max([REACH_MIN, *map(abs, ends)])
    return [MarkerLine(one, _lean(one, reach)) for one in markers]


def _lean(one: MarkerAgreement, reach: float) -> Lean | None:
    if one.difference is None:
        return None
    return lean(float(one.difference.value), one.difference.interval, _way(one), reach)


def _way(one: MarkerAgreement) -> list[float]:
    return [float(third.difference.value) for third in one.thirds if third.difference]
