"""The catalogue: every item of a bank in one narrow row, by what people look for.

One rule: it is made of versions, standings and uses in the transaction that changes them, and says nothing of its own.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, Index, RowMapping, func, select, update
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from kernel.db import Base, add_rows, portions, table_facts
from question_bank.competences import Area, Competence
from question_bank.full_text import ItemWords, item_words
from question_bank.item_questions import Discrimination, Exposure, Facility
from question_bank.items import Item, ItemState, ItemVersion, Standing

FACETS = (
    *("state", "is_live", "is_pilot", "area", "competence", "level", "kind", "language"),
    *("author_id", "cognitive", "band"),
    *("exposure", "facility", "discrimination", "is_flagged"),
)


class Band(StrEnum):
    """How difficult items are expected to be, by the share of minimally competent candidates who answer rightly."""

    HARD = "hard"
    MEDIUM = "medium"
    EASY = "easy"


_BANDS_FROM = ((Fraction(7, 10), Band.EASY), (Fraction(1, 2), Band.MEDIUM))


class CatalogueEntry(Base):
    """An item by its newest version, and whether one of its versions is live or piloted.

    Both indexes hold every facet, so that a page is read from one of them alone, in its order.
    """

    __tablename__ = "catalogue"
    __table_args__ = (
        Index("ix_catalogue_by_code", "organisation_id", "code", *FACETS, "changed_at", "id"),
        Index("ix_catalogue_by_change", "organisation_id", "changed_at", "id", *FACETS),
        Index("ix_catalogue_authors", "organisation_id", "author_id"),
        Index("ix_catalogue_languages", "organisation_id", "language"),
        table_facts(pii={"author_id": "link"}),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("items.id"), unique=True)
    newest_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("item_versions.id"))
    code: Mapped[str]
    state: Mapped[str]
    """Where the newest version stands."""
    is_live: Mapped[bool]
    """Whether any version is live, the newest or one before it."""
    is_pilot: Mapped[bool]
    area: Mapped[str]
    competence: Mapped[str]
    level: Mapped[int]
    kind: Mapped[str]
    language: Mapped[str]
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    cognitive: Mapped[str]
    band: Mapped[str]
    exposure: Mapped[str] = mapped_column(default=Exposure.NONE.value)
    """Of all its versions together; what follows is of the newest version that was marked, in all its languages."""
    facility: Mapped[str] = mapped_column(default=Facility.UNKNOWN.value)
    discrimination: Mapped[str] = mapped_column(default=Discrimination.UNKNOWN.value)
    is_flagged: Mapped[bool] = mapped_column(default=False)
    """Whether its figures ask anything of a person."""
    changed_at: Mapped[datetime]
    """When a version last took a step, or was drafted."""


class _Standings(NamedTuple):
    """Where the versions of one item stand, and since when the last one has stood there."""

    states: Mapping[uuid.UUID, str]
    changed_at: datetime


def band_of(difficulty: Fraction) -> Band:
    """Return the band of an expected difficulty (a share of right answers, so a high one is easy)."""
    return next((band for least, band in _BANDS_FROM if difficulty >= least), Band.HARD)


def enter(tx: Session, item_ids: Iterable[uuid.UUID]) -> None:
    """Bring the rows of items up to date, or make them; called wherever a version is added or takes a step."""
    for some in portions(sorted(set(item_ids))):
        _enter(tx, some)


def held_entries(tx: Session, item_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, CatalogueEntry]:
    """Return the rows of items by item, held until the commit.

    Whoever changes the same items meanwhile is waited for, and seen by what is read after this.
    """
    held = select(CatalogueEntry).where(CatalogueEntry.item_id.in_(item_ids)).order_by(CatalogueEntry.item_id)
    fresh = held.with_for_update().execution_options(populate_existing=True)
    return {entry.item_id: entry for entry in tx.scalars(fresh)}


def _enter(tx: Session, item_ids: Sequence[uuid.UUID]) -> None:
    entries = held_entries(tx, item_ids)
    standings = _standings_of(tx, item_ids)
    added, reworded = list[dict[str, Any]](), set[uuid.UUID]()
    for version in _newest_versions(tx, item_ids):
        facts = _facts(version, standings[version["item_id"]])
        entry = entries.get(version["item_id"])
        if entry is None:
            added.append(facts)
        elif entry.newest_id != version["newest_id"]:
            reworded.add(entry.item_id)
        for name, fact in facts.items() if entry else ():
            setattr(entry, name, fact)
    add_rows(tx, CatalogueEntry, added)
    add_rows(tx, ItemWords, _words_of(tx, [facts["item_id"] for facts in added]))
    if reworded:
        tx.execute(update(ItemWords), _words_of(tx, reworded))
    tx.flush()


def _facts(version: RowMapping, standings: _Standings) -> dict[str, Any]:
    facts = dict(version)
    difficulty = facts.pop("expected_difficulty")
    states = standings.states
    return facts | {
        "band": band_of(difficulty).value,
        "state": states[version["newest_id"]],
        "is_live": ItemState.LIVE in states.values(),
        "is_pilot": ItemState.PILOT in states.values(),
        "changed_at": standings.changed_at,
    }


def _words_of(tx: Session, item_ids: Collection[uuid.UUID]) -> list[dict[str, Any]]:
    entry = (CatalogueEntry.id, CatalogueEntry.organisation_id, CatalogueEntry.code)
    entries = select(*entry, ItemVersion.content).join(ItemVersion, ItemVersion.id == CatalogueEntry.newest_id)
    rows = tx.execute(entries.where(CatalogueEntry.item_id.in_(item_ids))) if item_ids else ()
    return [
        {"entry_id": id_, "organisation_id": organisation_id, "code": code, "words": item_words(code, content)}
        for id_, organisation_id, code, content in rows
    ]


def _newest_versions(tx: Session, item_ids: Collection[uuid.UUID]) -> Sequence[RowMapping]:
    sister = aliased(ItemVersion)
    # Translations say what their originals say; an item is found by its own language.
    originals = select(func.max(sister.number)).where(sister.original_id.is_(None))
    newest = originals.where(sister.item_id == ItemVersion.item_id).scalar_subquery()
    return (
        tx.execute(
            select(
                Item.organisation_id,
                Item.code,
                ItemVersion.item_id,
                ItemVersion.id.label("newest_id"),
                Area.code.label("area"),
                Competence.code.label("competence"),
                ItemVersion.level,
                ItemVersion.kind,
                ItemVersion.language,
                ItemVersion.author_id,
                ItemVersion.cognitive,
                ItemVersion.expected_difficulty,
            )
            .join(Item, Item.id == ItemVersion.item_id)
            .join(Competence, Competence.id == ItemVersion.competence_id)
            .join(Area, Area.id == Competence.area_id)
            .where(ItemVersion.item_id.in_(item_ids), ItemVersion.number == newest)
            .order_by(Item.code)
        )
        .mappings()
        .all()
    )


def _standings_of(tx: Session, item_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, _Standings]:
    columns = (Standing.item_id, Standing.version_id, Standing.state, Standing.since)
    states: defaultdict[uuid.UUID, dict[uuid.UUID, str]] = defaultdict(dict)
    last: dict[uuid.UUID, datetime] = {}
    for item_id, version_id, state, since in tx.execute(select(*columns).where(Standing.item_id.in_(item_ids))):
        states[item_id][version_id] = state
        last[item_id] = max(since, last.get(item_id, since))
    return {item_id: _Standings(states[item_id], last[item_id]) for item_id in states}
