"""How alike people have marked, over the API: evidence for whoever leads the marking and does not mark.

Shares are exact (``7/12``); coefficients and errors have four decimals.
"""

from __future__ import annotations

import uuid
from datetime import date
from fractions import Fraction
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from exam_engine.http.deps import ReadTx, requires
from exam_engine.scoring.inter_rater import Estimate
from exam_engine.scoring.marker_agreement import (
    Agreement,
    MarkerAgreement,
    Third,
    VersionAgreement,
    marker_report,
    version_agreement,
)
from kernel.permissions import Actor, Permission

router = APIRouter(tags=["marking"])
HeadExaminer = Annotated[Actor, requires(Permission.MARKING_OVERSEE)]


class EstimateShown(BaseModel):
    """A value with its standard error, and where the true one lies with 95 percent confidence: for large samples."""

    value: str
    error: str
    low: str
    high: str


class AgreementShown(BaseModel):
    """How alike two people marked the same answers, each of them alone."""

    is_telling: bool = Field(description="Whether there are enough answers to judge by.")
    exact: str = Field(description="The share of answers that got the same points, exactly.")
    adjacent: str = Field(description="The share that got the same or neighbouring points, exactly.")
    kappa: EstimateShown | None = Field(description="Cohen's kappa; null where nothing varies.")
    weighted_kappa: EstimateShown | None = Field(description="Cohen's kappa with quadratic weights.")


class CriterionShown(BaseModel):
    """One criterion of the rubric, by its id."""

    id: str
    agreement: AgreementShown


class VersionShown(BaseModel):
    """An item version; ``agreement`` is null where so few answers are compared that single marks could be told."""

    version_id: uuid.UUID
    code: str
    number: int
    language: str
    answers: int
    agreement: AgreementShown | None
    intraclass: str | None = Field(description="Intraclass correlation of single marks; null where nothing varies.")
    intraclass_form: str | None = Field(
        description="ICC(2,1) where the same two people marked everything, ICC(1,1) otherwise."
    )


class VersionDetail(VersionShown):
    """An item version with each criterion of its rubric."""

    criteria: list[CriterionShown]


class ThirdShown(BaseModel):
    """One third of a marker's answers, in the order in which they were marked."""

    since: date
    until: date
    answers: int
    mean_difference: EstimateShown | None


class MarkerShown(BaseModel):
    """A marker beside all who marked the same answers; figures are null, and thirds empty, where there are too few."""

    account_id: uuid.UUID
    name: str
    answers: int
    agreement: AgreementShown | None
    mean_difference: EstimateShown | None = Field(
        description="By how much more they gave than the others did, as a mean share of the best mark; below 0 where less."
    )
    thirds: list[ThirdShown]


class ReportShown(BaseModel):
    """What a body's marks say of its marking. Nothing follows from it by itself."""

    answers: int = Field(description="With the marks of two people.")
    compared: int = Field(description="Behind the figures: of versions and by people with enough of them.")
    whole: AgreementShown | None
    versions: list[VersionShown]
    markers: list[MarkerShown]


@router.get("/marker-agreement", operation_id="showMarkerAgreement")
def show_report(tx: ReadTx, actor: HeadExaminer) -> ReportShown:
    """Show how alike answers were marked, together, by item version and by marker. Whoever marks is refused."""
    report = marker_report(tx, actor)
    return ReportShown(
        answers=report.answers,
        compared=report.compared,
        whole=_agreement(report.whole),
        versions=[_version(one) for one in report.versions],
        markers=[_marker(one) for one in report.markers],
    )


@router.get("/marker-agreement/{version_id}", operation_id="showVersionAgreement")
def show_version(version_id: uuid.UUID, tx: ReadTx, actor: HeadExaminer) -> VersionDetail:
    """Show how alike the answers to one item version were marked, by criterion of its rubric."""
    found, criteria = version_agreement(tx, actor, version_id)
    shown = [CriterionShown(id=one.criterion_id, agreement=_figures(one.figures)) for one in criteria]
    return VersionDetail(**_version(found).model_dump(), criteria=shown)


def _version(one: VersionAgreement) -> VersionShown:
    form = "ICC(2,1)" if one.is_one_pair else "ICC(1,1)"
    return VersionShown(
        version_id=one.version.id,
        code=one.version.item.code,
        number=one.version.number,
        language=one.version.language,
        answers=one.answers,
        agreement=_agreement(one.figures),
        intraclass=None if one.intraclass is None else _decimals(one.intraclass),
        intraclass_form=form if one.figures else None,
    )


def _marker(one: MarkerAgreement) -> MarkerShown:
    return MarkerShown(
        account_id=one.marker.id,
        name=one.marker.display_name,
        answers=one.answers,
        agreement=_agreement(one.figures),
        mean_difference=_estimate(one.difference),
        thirds=[_third(third) for third in one.thirds],
    )


def _third(third: Third) -> ThirdShown:
    facts = {"since": third.since, "until": third.until, "answers": third.answers}
    return ThirdShown.model_validate({**facts, "mean_difference": _estimate(third.difference)})


def _agreement(figures: Agreement | None) -> AgreementShown | None:
    return _figures(figures) if figures else None


def _figures(figures: Agreement) -> AgreementShown:
    return AgreementShown(
        is_telling=figures.is_telling,
        exact=str(figures.exact),
        adjacent=str(figures.adjacent),
        kappa=_estimate(figures.kappa),
        weighted_kappa=_estimate(figures.weighted),
    )


def _estimate(estimate: Estimate | None) -> EstimateShown | None:
    if estimate is None:
        return None
    low, high = estimate.interval
    value, error = _decimals(estimate.value), _decimals(estimate.error)
    return EstimateShown(value=value, error=error, low=_decimals(low), high=_decimals(high))


def _decimals(value: Fraction | float) -> str:
    return f"{float(value):.4f}"
