"""Marker agreement: how alike people have marked, worked out from the marks as they stand whenever somebody asks.

One rule: it is evidence for whoever leads the marking and marks nothing; no figure says who is right, and nothing
follows from any by itself.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_engine.scoring.inter_rater import (
    SQUARED,
    Estimate,
    Moments,
    PairTable,
    adjacent_agreement,
    exact_agreement,
    intraclass,
    kappa,
    mean_difference,
    moments_of,
)
from exam_engine.scoring.marking_pairs import THIRDS, Cell, Pairs, Stretch, levels_given, pairs_of, stretches_of
from exam_engine.scoring.scripts import rubric_of
from kernel.accounts import Account
from kernel.errors import Forbidden, NotFound
from kernel.permissions import Actor, Permission
from kernel.sentences import say
from question_bank.item_analysis import JUDGED_FROM, WITHHELD_BELOW
from question_bank.item_kinds import Rubric
from question_bank.items import ItemVersion

PAIR = 2


class MarksToo(Forbidden):
    """Whoever marks sees neither how others mark, towards whom they would lean, nor the log, which says whose answers are."""

    code = "marks_too"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How alike two people marked the same answers.

    Attributes:
        exact: the share with the same points; ``adjacent`` that with the same or neighbouring ones.
        kappa: Cohen's kappa; ``weighted`` the one with quadratic weights. None where nothing varies.
    """

    answers: int
    exact: Fraction
    adjacent: Fraction
    kappa: Estimate | None
    weighted: Estimate | None

    @property
    def is_telling(self) -> bool:
        """Whether there are enough answers to judge by."""
        return self.answers >= JUDGED_FROM


@dataclass(frozen=True, slots=True)
class VersionAgreement:
    """How alike the answers to one item version were marked; ``figures`` None where there are too few.

    Attributes:
        intraclass: ICC(2,1) where the same two people marked all of them (``is_one_pair``), ICC(1,1) otherwise.
    """

    version: ItemVersion
    answers: int
    figures: Agreement | None = None
    intraclass: Fraction | None = None
    is_one_pair: bool = False


@dataclass(frozen=True, slots=True)
class CriterionAgreement:
    """How alike one criterion of a rubric was marked."""

    criterion_id: str
    figures: Agreement


@dataclass(frozen=True, slots=True)
class Third:
    """How much more than others a marker gave in one third of their answers, the earliest first."""

    since: date
    until: date
    answers: int
    difference: Estimate | None


@dataclass(frozen=True, slots=True)
class MarkerAgreement:
    """How one marker marked beside all who marked the same answers; ``figures`` None where there are too few.

    Attributes:
        difference: by how much more they gave, as a mean share of the best mark; below 0 where less.
        thirds: the same over time; none where a third would have too few answers.
    """

    marker: Account
    answers: int
    figures: Agreement | None = None
    difference: Estimate | None = None
    thirds: tuple[Third, ...] = ()


@dataclass(frozen=True, slots=True)
class MarkerReport:
    """What a body's marks say of its marking: together, by item version and by marker.

    Attributes:
        answers: how many have both marks; ``compared`` how many of them stand behind the figures.
    """

    answers: int
    compared: int
    whole: Agreement | None
    versions: tuple[VersionAgreement, ...]
    markers: tuple[MarkerAgreement, ...]


def marker_report(tx: Session, actor: Actor) -> MarkerReport:
    """Return how alike the actor's organisation has marked.

    Raises:
        MarksToo: the actor marks as well.
    """
    _refuse_markers(actor)
    pairs = pairs_of(tx, actor)
    told = pairs.comparable()
    versions = _versions(tx, pairs.by_version)
    rubrics = {id_: rubric_of(versions[id_]) for id_ in told.by_version}
    tables = _tables(told.cells, rubrics)
    return MarkerReport(
        answers=pairs.size,
        compared=told.size,
        whole=_agreement(list(tables.values())) if tables else None,
        versions=tuple(_of_version(version, pairs, told, rubrics) for version in versions.values()),
        markers=tuple(_of_markers(tx, actor, pairs, told, rubrics)),
    )


def version_agreement(
    tx: Session, actor: Actor, version_id: uuid.UUID
) -> tuple[VersionAgreement, list[CriterionAgreement]]:
    """Return how alike the answers to one version were marked, and by criterion where there are figures.

    Raises:
        MarksToo: the actor marks as well.
        NotFound: nobody has marked answers to such a version in this organisation.
    """
    _refuse_markers(actor)
    pairs = pairs_of(tx, actor)
    if version_id not in pairs.by_version:
        message = say("no answers to such an item version have been marked by two people")
        raise NotFound(message)
    told, version = pairs.comparable(), tx.get_one(ItemVersion, version_id)
    rubric = rubric_of(version)
    found = _of_version(version, pairs, told, {version_id: rubric})
    return found, _by_criterion(tx, actor, told, version_id, rubric) if found.figures else []


def _refuse_markers(actor: Actor) -> None:
    if actor.may(Permission.SCRIPT_MARK):
        message = say("you mark answers yourself; how others mark is shown to people who do not")
        raise MarksToo(message)


def _versions(tx: Session, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, ItemVersion]:
    found = tx.scalars(select(ItemVersion).where(ItemVersion.id.in_(ids)))
    return {version.id: version for version in sorted(found, key=lambda one: (one.item.code, one.number))}


def _agreement(tables: Sequence[PairTable]) -> Agreement:
    return Agreement(
        answers=sum(table.size for table in tables),
        exact=exact_agreement(tables),
        adjacent=adjacent_agreement(tables),
        kappa=kappa(tables),
        weighted=kappa(tables, SQUARED),
    )


def _tables(cells: Iterable[Cell], rubrics: Mapping[uuid.UUID, Rubric]) -> dict[uuid.UUID, PairTable]:
    counts: defaultdict[uuid.UUID, Counter[tuple[int, int]]] = defaultdict(Counter)
    for cell in cells:
        counts[cell.version_id][cell.one_points, cell.other_points] += cell.answers
    return {id_: PairTable(counted, tuple(range(rubrics[id_].most + 1))) for id_, counted in counts.items()}


def _of_version(
    version: ItemVersion, pairs: Pairs, told: Pairs, rubrics: Mapping[uuid.UUID, Rubric]
) -> VersionAgreement:
    cells = told.of_version.get(version.id)
    if not cells:
        return VersionAgreement(version, pairs.by_version[version.id])
    pair = _only_pair(cells)
    (table,) = _tables([cell.turned() if pair and cell.one != pair[0] else cell for cell in cells], rubrics).values()
    correlations = intraclass(table.counts)
    return VersionAgreement(
        version,
        table.size,
        _agreement([table]),
        intraclass=correlations.two_way if pair else correlations.one_way,
        is_one_pair=bool(pair),
    )


def _only_pair(cells: Iterable[Cell]) -> list[uuid.UUID]:
    """Return the two people who marked all of this; nobody where there were more."""
    people = sorted({marker for cell in cells for marker in (cell.one, cell.other)})
    return people if len(people) == PAIR else []


def _by_criterion(
    tx: Session, actor: Actor, told: Pairs, version_id: uuid.UUID, rubric: Rubric
) -> list[CriterionAgreement]:
    pair = _only_pair(told.of_version[version_id])
    counts: defaultdict[str, Counter[tuple[int, int]]] = defaultdict(Counter)
    for cell in levels_given(tx, actor, told, version_id):
        is_turned = pair and cell.one != pair[0]
        for criterion in rubric.criteria:
            one, other = (criterion.points[levels[criterion.id]] for levels in (cell.levels, cell.other_levels))
            counts[criterion.id][(other, one) if is_turned else (one, other)] += cell.answers
    return [
        CriterionAgreement(one.id, _agreement([PairTable(counts[one.id], tuple(sorted(one.points.values())))]))
        for one in rubric.criteria
    ]


def _of_markers(
    tx: Session, actor: Actor, pairs: Pairs, told: Pairs, rubrics: Mapping[uuid.UUID, Rubric]
) -> list[MarkerAgreement]:
    own: defaultdict[uuid.UUID, list[Cell]] = defaultdict(list)
    for cell in told.cells:
        own[cell.one].append(cell)
        own[cell.other].append(cell.turned())
    thirds = _thirds(stretches_of(tx, actor, told), rubrics)
    people = tx.scalars(select(Account).where(Account.id.in_(pairs.by_marker)))
    return [
        _of_marker(person, list(_tables(own[person.id], rubrics).values()), thirds.get(person.id, ()))
        if person.id in own
        else MarkerAgreement(person, pairs.by_marker[person.id])
        for person in sorted(people, key=lambda one: (one.display_name, one.id))
    ]


def _of_marker(person: Account, tables: Sequence[PairTable], thirds: tuple[Third, ...]) -> MarkerAgreement:
    figures = _agreement(tables)
    difference = mean_difference(moments_of(table) for table in tables)
    return MarkerAgreement(person, figures.answers, figures, difference, thirds)


def _thirds(stretches: Iterable[Stretch], rubrics: Mapping[uuid.UUID, Rubric]) -> dict[uuid.UUID, tuple[Third, ...]]:
    """Return the thirds of whoever marked enough for all three to be told."""
    parts: defaultdict[uuid.UUID, list[list[Stretch]]] = defaultdict(lambda: [[] for _ in range(THIRDS)])
    for stretch in stretches:
        parts[stretch.marker_id][stretch.third - 1].append(stretch)
    return {
        marker: tuple(_third(part, rubrics) for part in in_order)
        for marker, in_order in parts.items()
        if all(sum(one.answers for one in part) >= WITHHELD_BELOW for part in in_order)
    }


def _third(part: Sequence[Stretch], rubrics: Mapping[uuid.UUID, Rubric]) -> Third:
    return Third(
        since=min(one.since for one in part).date(),
        until=max(one.until for one in part).date(),
        answers=sum(one.answers for one in part),
        difference=mean_difference(
            Moments(one.answers, one.differences, one.squares, rubrics[one.version_id].most) for one in part
        ),
    )
