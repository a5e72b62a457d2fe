"""Items: askable units, their immutable versions, and where each version stands in its life.

One rule: content is never edited. A changed item is a new version with its own hash, author and reviews; whatever
used the old version keeps it.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from kernel.canonical import digest
from kernel.db import Base, Identified, Owned, portions, table_facts
from kernel.errors import NotFound
from kernel.permissions import Actor
from kernel.sentences import say
from kernel.states import check_move
from question_bank.competences import Competence, Framework

_PART_OF_ITEM = "it is part of an item, which carries the organisation"


class ItemState(StrEnum):
    """Where one version of an item stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PILOT = "pilot"
    """Administered without counting: it gathers evidence of how it measures, and is in no scored pool."""
    LIVE = "live"
    RESTING = "resting"
    RETIRED = "retired"
    COMPROMISED = "compromised"


_S = ItemState
MOVES: Mapping[ItemState, frozenset[ItemState]] = MappingProxyType(
    {
        _S.DRAFT: frozenset({_S.IN_REVIEW, _S.RETIRED}),
        _S.IN_REVIEW: frozenset({_S.DRAFT, _S.APPROVED, _S.RETIRED}),
        _S.APPROVED: frozenset({_S.PILOT, _S.LIVE, _S.RETIRED, _S.COMPROMISED}),
        _S.PILOT: frozenset({_S.LIVE, _S.RESTING, _S.RETIRED, _S.COMPROMISED}),
        _S.LIVE: frozenset({_S.RESTING, _S.RETIRED, _S.COMPROMISED}),
        _S.RESTING: frozenset({_S.PILOT, _S.LIVE, _S.RETIRED, _S.COMPROMISED}),
        _S.RETIRED: frozenset({_S.COMPROMISED}),
        _S.COMPROMISED: frozenset(),
    }
)
ADMINISTERED = frozenset({_S.PILOT, _S.LIVE})
"""What candidates meet. At most one version of an item in a language stands in each of them (a database constraint)."""


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
        # Counting a whole bank reads this and nothing else of a version.
        Index("ix_item_versions_tags", "competence_id", "level", "language", "expected_difficulty", "id"),
        table_facts(pii={"author_id": "link"}, unowned=_PART_OF_ITEM, append_only=True),
    )

    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("items.id"))
    number: Mapped[int]
    original_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("item_versions.id"), index=True)
    """The version that this one says in another language, None where it says something of its own."""
    set_code: Mapped[str | None] = mapped_column(index=True)
    """Of the set whose stimulus its content has, None for an item that stands alone."""
    kind: Mapped[str]
    language: Mapped[str]
    competence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("competences.id"))
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


def _one_version(state: ItemState) -> Index:
    only = text(f"state = '{state}'")
    columns = ("item_id", "language")
    return Index(f"uq_item_standings_{state}", *columns, unique=True, sqlite_where=only, postgresql_where=only)


class Standing(Base):
    """Where one version stands now. The database knows the table of moves, and wants a review before approval."""

    __tablename__ = "item_standings"
    __table_args__ = (
        *(_one_version(state) for state in sorted(ADMINISTERED)),
        Index("ix_item_standings_version_id_state", "version_id", "state"),  # the other half of counting a bank
        table_facts(pii={}, unowned=_PART_OF_ITEM),
    )

    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("item_versions.id"), primary_key=True)
    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("items.id"), index=True)
    language: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    since: Mapped[datetime]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    """In review: when its verdict is due. Once approved: when it is to be looked at again."""

    def check(self, target: ItemState) -> None:
        """Raise IllegalMove unless the table holds this step."""
        check_move(MOVES, ItemState(self.state), target, say("the item version"))

    def move(self, target: ItemState, now: datetime, *, due_at: datetime | None = None) -> None:
        """Take one legal step; IllegalMove otherwise. The caller appends the matching :class:`StandingChange`.

        An approved version keeps the date of its next review wherever it goes, until it is out of use for good.
        """
        self.check(target)
        self.state, self.since = target, now
        if target not in ADMINISTERED | {ItemState.RESTING}:
            self.due_at = due_at


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
    due_at: Mapped[datetime | None]
    """When the verdict is due, of a step into review."""


class ItemReview(Identified, Base):
    """One reviewer's verdict on one version. The database refuses a reviewer who is its author.

    It refuses an approval, too, by whoever wrote an earlier version of the item.
    """

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
    review_again_at: Mapped[datetime | None]
    """When somebody looks at an approved version again."""


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
    """The newest version of an item by its tags and hash: enough to tell whether another says something new.

    Attributes:
        number: the highest number of any version of the item, in whatever language.
        language: in which it is written; the same content in another one is a translation, and no next version.
    """

    item_id: uuid.UUID
    framework_code: str
    number: int
    language: str
    tags: tuple[object, ...]

    @property
    def content_hash(self) -> object:
        """The first of its tags."""
        return self.tags[0]


def content_hash(kind: str, language: str, content: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hexadecimal) that names what is asked and how it is marked, whatever row it stands in."""
    return digest({"kind": kind, "language": language, "content": dict(content)})


def item_for(tx: Session, actor: Actor, code: str) -> Item:
    """Return an item of the actor's organisation by its code; NotFound to strangers."""
    item = tx.scalar(select(Item).where(Item.organisation_id == actor.organisation_id, Item.code == code))
    if item is None:
        message = say("there is no such item")
        raise NotFound(message)
    return item


def newest_editions(
    tx: Session, organisation_id: uuid.UUID, codes: Collection[str] | None = None
) -> dict[str, Edition]:
    """Return the newest version of every item, translations aside, by item code; of those named only, where some are."""
    found = (
        select(
            Item.code,
            Item.id,
            Framework.code,
            ItemVersion.number,
            ItemVersion.original_id,
            ItemVersion.language,
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
    wanted = [found] if codes is None else [found.where(Item.code.in_(some)) for some in portions(sorted(set(codes)))]
    editions: dict[str, Edition] = {}
    for code, item_id, framework, number, original_id, language, *tags in (
        row for one in wanted for row in tx.execute(one)
    ):
        if original_id is None:
            editions[code] = Edition(item_id, framework, number, language, tuple(tags))
        else:
            editions[code] = editions[code]._replace(number=number)
    return editions
