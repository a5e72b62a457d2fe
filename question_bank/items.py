"""Items: askable units, their immutable versions, and where each version stands in its life.

One rule: content is never edited. A changed item is a new version with its own hash, author and reviews; whatever
used the old version keeps it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from kernel.canonical import digest
from kernel.db import Base, Identified, Owned, table_facts
from kernel.states import check_move
from question_bank.competences import Competence, Framework

_PART_OF_ITEM = "it is part of an item, which carries the organisation"


class ItemState(StrEnum):
    """Where one version of an item stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    LIVE = "live"
    RESTING = "resting"
    RETIRED = "retired"
    COMPROMISED = "compromised"


_S = ItemState
MOVES: Mapping[ItemState, frozenset[ItemState]] = MappingProxyType(
    {
        _S.DRAFT: frozenset({_S.IN_REVIEW, _S.RETIRED}),
        _S.IN_REVIEW: frozenset({_S.DRAFT, _S.APPROVED, _S.RETIRED}),
        _S.APPROVED: frozenset({_S.LIVE, _S.RETIRED, _S.COMPROMISED}),
        _S.LIVE: frozenset({_S.RESTING, _S.RETIRED, _S.COMPROMISED}),
        _S.RESTING: frozenset({_S.LIVE, _S.RETIRED, _S.COMPROMISED}),
        _S.RETIRED: frozenset({_S.COMPROMISED}),
        _S.COMPROMISED: frozenset(),
    }
)


class Cognitive(StrEnum):
    """What an item asks of the mind (Anderson and Krathwohl's revision of Bloom's taxonomy, without *create*)."""

    REMEMBER = "remember"
    UNDERSTAND = "understand"
    APPLY = "apply"
    ANALYSE = "analyse"
    EVALUATE = "evaluate"


class Item(Owned, Base):
    """An askable unit of the bank; what it asks is in its versions."""

    __tablename__ = "items"
    __table_args__ = (UniqueConstraint("organisation_id", "code"), table_facts(pii={}, append_only=True))

    code: Mapped[str]
    framework_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("frameworks.id"), index=True)
    """The framework version it was first written for; its versions may follow to later ones."""
    created_at: Mapped[datetime]

    versions: Mapped[list[ItemVersion]] = relationship(order_by="ItemVersion.number", viewonly=True)


class ItemVersion(Identified, Base):
    """The immutable content of an item, tagged by competence and level, with the hash that names it."""

    __tablename__ = "item_versions"
    __table_args__ = (
        UniqueConstraint("item_id", "number"),
        UniqueConstraint("id", "author_id"),  # reviews point at both, so that no review can lie about the author
        CheckConstraint("level BETWEEN 1 AND 8", name="level_is_eqf"),
        CheckConstraint("expected_seconds > 0", name="takes_time"),
        table_facts(pii={"author_id": "link"}, unowned=_PART_OF_ITEM, append_only=True),
    )

    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("items.id"))
    number: Mapped[int]
    kind: Mapped[str]
    language: Mapped[str]
    competence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("competences.id"), index=True)
    level: Mapped[int]
    cognitive: Mapped[str]
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[str]
    expected_difficulty: Mapped[Fraction]
    """Share of minimally competent candidates expected to answer rightly (an Angoff rating), 0 to 1."""
    expected_seconds: Mapped[int]
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]

    item: Mapped[Item] = relationship(viewonly=True)
    competence: Mapped[Competence] = relationship(viewonly=True)
    standing: Mapped[Standing] = relationship(viewonly=True)


class Standing(Base):
    """Where one version stands now. At most one version of an item is live (a database constraint)."""

    __tablename__ = "item_standings"
    __table_args__ = (
        Index(
            "uq_item_standings_live",
            "item_id",
            unique=True,
            sqlite_where=text("state = 'live'"),
            postgresql_where=text("state = 'live'"),
        ),
        table_facts(pii={}, unowned=_PART_OF_ITEM),
    )

    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("item_versions.id"), primary_key=True)
    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("items.id"), index=True)
    state: Mapped[str] = mapped_column(index=True)
    since: Mapped[datetime]

    def move(self, target: ItemState, now: datetime) -> None:
        """Take one legal step; IllegalMove otherwise. The caller appends the matching :class:`StandingChange`."""
        check_move(MOVES, ItemState(self.state), target, "the item version")
        self.state, self.since = target, now


class StandingChange(Identified, Base):
    """One step in the life of a version: who moved it, whither and why."""

    __tablename__ = "item_standing_changes"
    __table_args__ = (table_facts(pii={"actor_id": "link"}, unowned=_PART_OF_ITEM, append_only=True),)

    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("item_versions.id"), index=True)
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[str]
    at: Mapped[datetime]


class ItemReview(Identified, Base):
    """One reviewer's verdict on one version. The database refuses a reviewer who is its author."""

    __tablename__ = "item_reviews"
    __table_args__ = (
        ForeignKeyConstraint(["version_id", "author_id"], ["item_versions.id", "item_versions.author_id"]),
        CheckConstraint("reviewer_id <> author_id", name="two_persons"),
        table_facts(pii={"author_id": "link", "reviewer_id": "link"}, unowned=_PART_OF_ITEM, append_only=True),
    )

    version_id: Mapped[uuid.UUID] = mapped_column(index=True)
    author_id: Mapped[uuid.UUID]
    reviewer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    verdict: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]


class EnemyPair(Base):
    """Two items that give each other away and must not meet in one form; stored once, smaller id first."""

    __tablename__ = "enemy_pairs"
    __table_args__ = (
        CheckConstraint("item_id < enemy_id", name="ordered"),
        table_facts(pii={}, unowned=_PART_OF_ITEM, append_only=True),
    )

    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("items.id"), primary_key=True)
    enemy_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("items.id"), primary_key=True, index=True)


class Edition(NamedTuple):
    """The newest version of an item by its number, tags and hash: enough to tell whether another says something new."""

    item_id: uuid.UUID
    framework_code: str
    number: int
    tags: tuple[object, ...]


def content_hash(kind: str, language: str, content: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hexadecimal) that names what is asked and how it is marked, whatever row it stands in."""
    return digest({"kind": kind, "language": language, "content": dict(content)})


def newest_editions(tx: Session, organisation_id: uuid.UUID) -> dict[str, Edition]:
    """Return the newest version of every item of an organisation, by item code."""
    rows = tx.execute(
        select(
            Item.code,
            Item.id,
            Framework.code,
            ItemVersion.number,
            ItemVersion.content_hash,
            ItemVersion.competence_id,
            ItemVersion.level,
            ItemVersion.cognitive,
            ItemVersion.expected_difficulty,
            ItemVersion.expected_seconds,
        )
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .join(Framework, Framework.id == Item.framework_id)
        .where(Item.organisation_id == organisation_id)
        .order_by(ItemVersion.number)
    )
    return {code: Edition(item_id, framework, number, tuple(tags)) for code, item_id, framework, number, *tags in rows}
