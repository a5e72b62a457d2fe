"""How items were used and how they measured, over the API: counts and figures, and what these ask of a person.

Only authors, reviewers and managers come here: what an option's takers did tells which is the key.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from exam_engine.delivery.uses import recent_use
from exam_engine.http.deps import Now, ReadTx, requires
from kernel.permissions import Actor, Permission
from question_bank.item_analysis import Figures
from question_bank.item_kinds.kind import Alternative
from question_bank.item_questions import Query
from question_bank.items import ItemState, item_for
from question_bank.usage import Usage, VersionUsage, telling, usages_of

router = APIRouter(tags=["items"])


class ChoiceShown(BaseModel):
    """An alternative at a place of the item, and who took it."""

    place: str
    id: str
    is_right: bool
    taken: int
    lead: str | None = Field(description="Mean rest score of its takers above that of all who met the item, exactly.")


class FiguresShown(BaseModel):
    """How papers that were marked came out; figures are null, and choices empty, where they are withheld."""

    marked: int
    answered: int | None
    is_withheld: bool = Field(description="On so few papers figures would tell how single people answered.")
    is_telling: bool = Field(description="Whether there are enough papers to judge by.")
    facility: str | None = Field(description="The mean of what answers were worth, exactly: 7/12.")
    discrimination: str | None = Field(
        description="Item-rest correlation within forms, four decimals; null too where nothing varies."
    )
    choices: list[ChoiceShown]
    seconds_to_answer: tuple[int, int, int] | None = Field(
        description="Quartiles of the seconds between the save before an answer, of whatever question, and its own."
    )


class UsageShown(BaseModel):
    """Papers that showed a version, answered or not, until sittings were last counted; pilots stand apart."""

    model_config = ConfigDict(from_attributes=True)

    papers: int
    last_seen_at: datetime | None
    counted_at: datetime | None
    scored: FiguresShown
    piloted: FiguresShown


class QuestionShown(BaseModel):
    """What the figures ask, and the alternative it is about where it is about one."""

    query: Query
    place: str | None
    id: str | None


class VersionUsageShown(BaseModel):
    """A version; ``pooled`` has the translations of an original in it, and is what questions are asked of."""

    version_id: uuid.UUID
    number: int
    language: str
    original_id: uuid.UUID | None
    state: ItemState
    own: UsageShown
    pooled: UsageShown
    questions: list[QuestionShown]


class RecentUseShown(BaseModel):
    """How many of the forms and sittings of the item's framework had it, since."""

    model_config = ConfigDict(from_attributes=True)

    since: datetime
    forms: int
    forms_of: int
    sittings: int
    sittings_of: int


class StatisticsShown(BaseModel):
    """An item's use by version, the newest first; ``judged_by`` is the version by whose figures it is found."""

    code: str
    papers: int
    recent: RecentUseShown
    judged_by: uuid.UUID | None
    versions: list[VersionUsageShown]


@router.get("/items/{code}/statistics", operation_id="showItemStatistics")
def show_statistics(
    code: str, tx: ReadTx, now: Now, actor: Annotated[Actor, requires(Permission.ITEM_READ)]
) -> StatisticsShown:
    """Show how every version of an item was used, and how it measured in sittings that are closed and scored."""
    usages = usages_of(tx, actor, code)
    judged = telling(usages)
    return StatisticsShown(
        code=code,
        papers=sum(usage.own.papers for usage in usages),
        recent=RecentUseShown.model_validate(recent_use(tx, actor, item_for(tx, actor, code), now=now)),
        judged_by=judged.version.id if judged else None,
        versions=[_version_shown(usage) for usage in usages],
    )


def _version_shown(usage: VersionUsage) -> VersionUsageShown:
    version, offer = usage.version, usage.alternatives
    return VersionUsageShown(
        version_id=version.id,
        number=version.number,
        language=version.language,
        original_id=version.original_id,
        state=ItemState(version.standing.state),
        own=_usage_shown(usage.own, offer),
        pooled=_usage_shown(usage.pooled, offer),
        questions=[
            QuestionShown(query=query, place=choice[0] if choice else None, id=choice[1] if choice else None)
            for query, choice in usage.asked
        ],
    )


def _usage_shown(usage: Usage, offer: list[Alternative]) -> UsageShown:
    return UsageShown(
        papers=usage.papers,
        last_seen_at=usage.last_seen_at,
        counted_at=usage.counted_at,
        scored=_figures_shown(usage.scored, offer),
        piloted=_figures_shown(usage.piloted, offer),
    )


def _figures_shown(figures: Figures, offer: list[Alternative]) -> FiguresShown:
    return FiguresShown(
        marked=figures.marked,
        answered=figures.answered,
        is_withheld=figures.is_withheld,
        is_telling=figures.is_telling,
        facility=None if figures.facility is None else str(figures.facility),
        discrimination=None if figures.discrimination is None else str(figures.discrimination),
        choices=[] if figures.is_withheld else [_choice_shown(figures, one) for one in offer],
        seconds_to_answer=figures.seconds,
    )


def _choice_shown(figures: Figures, one: Alternative) -> ChoiceShown:
    figure = figures.choices.get((one.place, one.id))
    return ChoiceShown(
        place=one.place,
        id=one.id,
        is_right=one.is_right,
        taken=figure.taken if figure else 0,
        lead=str(figure.lead) if figure else None,
    )
