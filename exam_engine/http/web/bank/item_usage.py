"""How an item has measured, on pages: lines of figures, a bar for each alternative, and what the figures ask.

One rule: a figure stands beside the number of papers it rests on, and none is shown where it would tell of single people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy.orm import Session

from exam_engine.http.web.bank.words import QUERIES
from exam_engine.http.web.charts import Bar, bar
from exam_engine.http.web.words import N_
from kernel.permissions import Actor
from question_bank.item_analysis import Choice, ChoiceFigure, Figures
from question_bank.item_questions import Query
from question_bank.items import ItemVersion
from question_bank.marked_text import Shape, plain
from question_bank.usage import Usage, VersionUsage, telling, usages_of

_ALL = N_("scored, all languages")
_SCORED = N_("scored")
_PILOTED = N_("on trial")
SHOWN_WHOLE = 8
"""More alternatives than these are shown where they are right, or somebody took them: pairs are many."""


@dataclass(frozen=True, slots=True)
class FigureLine:
    """Figures over papers of one kind: what these have in common, in words, and the language where it is one."""

    words: str
    language: str | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class AlternativeLine:
    """An alternative, how many took it, and the bar of their share."""

    text: str
    is_right: bool
    figure: ChoiceFigure
    bar: Bar


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """What the figures ask, and the text of the alternative it is about; a mere warning is no question."""

    words: str
    text: str
    is_warning: bool


@dataclass(frozen=True, slots=True)
class UsageShown:
    """All that a page says of the use of a version."""

    version: ItemVersion
    usage: Usage
    lines: tuple[FigureLine, ...]
    alternatives: tuple[AlternativeLine, ...]
    questions: tuple[QuestionLine, ...]
    papers: int
    """Of every version of the item."""
    judged: ItemVersion | None
    """The version to look at instead, where this one was not marked yet."""


def usage_shown(tx: Session, actor: Actor, code: str, number: int | None = None) -> UsageShown:
    """Return what a page says of a version of an item; without a number, of the one by which it is judged."""
    usages = usages_of(tx, actor, code)
    judged = telling(usages)
    chosen = next((one for one in usages if one.version.number == number), judged or usages[0])
    is_judged = chosen.pooled.figures.marked or judged is None
    return UsageShown(
        version=chosen.version,
        usage=chosen.pooled,
        lines=tuple(_lines(chosen, usages)),
        alternatives=tuple(_alternatives(chosen)),
        questions=tuple(_questions(chosen)),
        papers=sum(usage.own.papers for usage in usages),
        judged=None if is_judged or judged is None else judged.version,
    )


def _lines(chosen: VersionUsage, usages: list[VersionUsage]) -> Iterator[FigureLine]:
    translations = [one for one in usages if one.version.original_id == chosen.version.id and one.own.scored.marked]
    if chosen.pooled.scored.marked:
        yield FigureLine(_ALL if translations else _SCORED, None, chosen.pooled.scored)
    for one in [chosen, *translations] if translations else []:
        yield FigureLine(_SCORED, one.version.language, one.own.scored)
    if chosen.pooled.piloted.marked:
        yield FigureLine(_PILOTED, None, chosen.pooled.piloted)


def _alternatives(chosen: VersionUsage) -> Iterator[AlternativeLine]:
    figures = chosen.pooled.figures
    if figures.is_withheld:
        return
    offer = chosen.alternatives
    for one in offer:
        if len(offer) > SHOWN_WHOLE and not one.is_right and (one.place, one.id) not in figures.choices:
            continue
        figure = figures.choices.get((one.place, one.id), ChoiceFigure(0, Fraction(0)))
        share = Fraction(figure.taken, figures.marked)
        drawn = bar(share, None, figures.marked, is_reached=one.is_right)
        yield AlternativeLine(plain(one.text, Shape.LINE), one.is_right, figure, drawn)


def _questions(chosen: VersionUsage) -> Iterator[QuestionLine]:
    texts: dict[Choice, str] = {(one.place, one.id): plain(one.text, Shape.LINE) for one in chosen.alternatives}
    for query, choice in chosen.asked:
        yield QuestionLine(QUERIES[query], texts[choice] if choice else "", query is Query.TOO_FEW)
