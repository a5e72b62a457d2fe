"""Usage: which papers showed an item version, and how it has measured there; kept as sums for each occasion.

One rule: the rooms above count an occasion and hand it over whole; counted again, it is replaced (decision 27).
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column

from kernel.db import Base, table_facts
from kernel.permissions import Actor
from question_bank.catalogue import CatalogueEntry, held_entries
from question_bank.item_analysis import WITHHELD_BELOW, Figures, Tally, as_document, figures_of, from_document
from question_bank.item_kinds import kind_named
from question_bank.item_kinds.kind import Alternative
from question_bank.item_questions import (
    Asked,
    Query,
    discrimination_of,
    exposure_of,
    facility_of,
    questions_about,
)
from question_bank.items import ItemVersion, item_for


class ItemUse(Base):
    """One version in one occasion: the papers that showed it, and the sums of those that were marked."""

    __tablename__ = "item_uses"
    __table_args__ = (table_facts(pii={}, unowned="it is part of an item, which carries the organisation"),)

    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("item_versions.id"), primary_key=True)
    occasion_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, index=True)
    """What the rooms above count by: a sitting. The bank knows nothing else of it."""
    form_id: Mapped[uuid.UUID]
    """What was asked together: papers of one form are compared with each other."""
    is_scored: Mapped[bool]
    """Whether it counted in the scores of those who met it; a pilot does not."""
    papers: Mapped[int]
    last_seen_at: Mapped[datetime]
    tally: Mapped[dict[str, Any]]
    """See :class:`question_bank.item_analysis.Tally`."""
    counted_at: Mapped[datetime]


class Showing(NamedTuple):
    """One version in one occasion, as the rooms above hand it over; see :class:`ItemUse`."""

    version_id: uuid.UUID
    is_scored: bool
    papers: int
    last_seen_at: datetime
    tally: Tally


@dataclass(frozen=True, slots=True)
class Usage:
    """How a version was used, or one with its translations; what was piloted stands apart from what was scored."""

    papers: int
    last_seen_at: datetime | None
    counted_at: datetime | None
    scored: Figures
    piloted: Figures

    @property
    def figures(self) -> Figures:
        """What to judge it by: the papers it was scored on, those it was piloted on while there are none."""
        return self.scored if self.scored.marked else self.piloted


@dataclass(frozen=True, slots=True)
class VersionUsage:
    """A version, its own usage, and that of all languages together where it is an original."""

    version: ItemVersion
    own: Usage
    pooled: Usage

    @property
    def alternatives(self) -> list[Alternative]:
        """What it offers to choose from."""
        return kind_named(self.version.kind).alternatives(self.version.content, None)

    @property
    def asked(self) -> list[Asked]:
        """What the figures of all languages ask; nothing where it was never marked."""
        return questions_about(self.pooled.figures, self.alternatives) if self.pooled.figures.marked else []


def keep_showings(
    tx: Session, occasion_id: uuid.UUID, showings: Iterable[Showing], *, form_id: uuid.UUID, now: datetime
) -> None:
    """Keep how versions were used in an occasion, in place of what was counted of it before."""
    before = select(ItemVersion.item_id).join(ItemUse, ItemUse.version_id == ItemVersion.id)
    item_ids = set(tx.scalars(before.where(ItemUse.occasion_id == occasion_id)))
    tx.execute(delete(ItemUse).where(ItemUse.occasion_id == occasion_id))
    found = list(showings)
    for showing in found:
        facts = {**showing._asdict(), "tally": as_document(showing.tally)}
        tx.add(ItemUse(occasion_id=occasion_id, form_id=form_id, counted_at=now, **facts))
    tx.flush()
    shown = select(ItemVersion.item_id).where(ItemVersion.id.in_([showing.version_id for showing in found]))
    _catalogue(tx, item_ids | set(tx.scalars(shown)))


def usages_of(tx: Session, actor: Actor, code: str) -> list[VersionUsage]:
    """Return how each version of an item of the actor's organisation was used, the newest first."""
    return _usages(tx, [item_for(tx, actor, code).id])


def telling(usages: Iterable[VersionUsage]) -> VersionUsage | None:
    """Return what an item is judged by: its newest version that was marked at all, in all its languages."""
    originals = (usage for usage in usages if usage.version.original_id is None)
    return next((usage for usage in originals if usage.pooled.figures.marked), None)


def _usages(tx: Session, item_ids: Collection[uuid.UUID]) -> list[VersionUsage]:
    versions = list(
        tx.scalars(
            select(ItemVersion)
            .where(ItemVersion.item_id.in_(item_ids))
            .options(joinedload(ItemVersion.item), joinedload(ItemVersion.standing))
            .order_by(ItemVersion.item_id, ItemVersion.number.desc())
        )
    )
    uses: defaultdict[uuid.UUID, list[ItemUse]] = defaultdict(list)
    ids = [version.id for version in versions]
    fresh = select(ItemUse).where(ItemUse.version_id.in_(ids)).execution_options(populate_existing=True)
    for use in tx.scalars(fresh.order_by(ItemUse.version_id, ItemUse.occasion_id)):
        uses[use.version_id].append(use)
    family: defaultdict[uuid.UUID, list[list[ItemUse]]] = defaultdict(list)
    for version in versions:
        family[version.original_id or version.id].append(uses[version.id])
    return [
        VersionUsage(v, _usage([uses[v.id]]), _usage([uses[v.id]] if v.original_id else family[v.id])) for v in versions
    ]


def _usage(languages: Sequence[Collection[ItemUse]]) -> Usage:
    """Return the usage of versions together, given the uses of each."""
    uses = [use for some in languages for use in some]
    return Usage(
        papers=sum(use.papers for use in uses),
        last_seen_at=max((use.last_seen_at for use in uses), default=None),
        counted_at=max((use.counted_at for use in uses), default=None),
        scored=_pooled([[use for use in some if use.is_scored] for some in languages]),
        piloted=_pooled([[use for use in some if not use.is_scored] for some in languages]),
    )


def _pooled(languages: Sequence[Collection[ItemUse]]) -> Figures:
    """Return figures of languages together. Few papers beside told ones are left out: the difference would tell them."""
    by_language = [(_figures(uses), uses) for uses in languages]
    told = [uses for figures, uses in by_language if not figures.is_withheld]
    few = sum(figures.marked for figures, _ in by_language if figures.is_withheld)
    counted = told if told and few < WITHHELD_BELOW else languages
    return _figures(use for uses in counted for use in uses)


def _figures(uses: Iterable[ItemUse]) -> Figures:
    """Return figures over forms. Two languages of one form are two: whether they measure alike is not known."""
    tallies: defaultdict[tuple[uuid.UUID, uuid.UUID], list[Tally]] = defaultdict(list)
    for use in uses:
        tallies[use.form_id, use.version_id].append(from_document(use.tally))
    return figures_of([reduce(add, together) for together in tallies.values()])


def _catalogue(tx: Session, item_ids: Collection[uuid.UUID]) -> None:
    """Write by which bands items are found: exposed by any version, judged by the one that tells most of them now."""
    entries = held_entries(tx, item_ids)
    usages: defaultdict[uuid.UUID, list[VersionUsage]] = defaultdict(list)
    for usage in _usages(tx, item_ids):
        usages[usage.version.item_id].append(usage)
    for item_id, entry in entries.items():
        _describe(entry, usages[item_id])
    tx.flush()


def _describe(entry: CatalogueEntry, usages: list[VersionUsage]) -> None:
    judged = telling(usages)
    figures = judged.pooled.figures if judged else None
    entry.exposure = exposure_of(sum(usage.own.papers for usage in usages)).value
    entry.facility = facility_of(figures).value
    entry.discrimination = discrimination_of(figures).value
    entry.is_flagged = any(asked.query is not Query.TOO_FEW for asked in (judged.asked if judged else []))
