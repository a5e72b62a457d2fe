"""Choosing: which items of a framework are exported, each in its newest version, and which of them give each other away.

One rule: the same facets find what is written and what is not, so that nothing that was asked for goes missing untold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.orm import Session, aliased

from kernel.db import portions
from kernel.errors import Invalid
from kernel.sentences import say
from question_bank.competences import Competence, Framework
from question_bank.items import EnemyPair, Item, ItemState, ItemVersion, Standing

EXPORTED_MAX: Final = 5000
"""So many items are written while somebody waits; the whole of a large bank is exported on the command line."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which items are exported; nothing said of a facet means all."""

    competence: str | None = None
    level: int | None = None
    kind: str | None = None
    state: ItemState | None = None
    language: str | None = None
    """Of a document with one language; the framework's, where nothing is said."""
    codes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen items of one framework version, each in one version of its own.

    Attributes:
        originals: whether an item is taken in the language it was written in last; of one language otherwise.
    """

    framework: Framework
    chosen: Chosen
    originals: bool = False

    @property
    def language(self) -> str:
        """Of the document."""
        return (not self.originals and self.chosen.language) or self.framework.language

    def newest(self) -> Select[ItemVersion, str, str]:
        """Select the newest versions of the items, with their codes and competences, in order of codes."""
        return self._newest(originals=self.originals).where(Framework.id == self.framework.id)

    def elsewhere(self) -> Select[str, str, str]:
        """Select the codes of items that stand on another version of the framework, with its code and version.

        Items that are chosen by their codes may stand on any framework.
        """
        found = self._newest(originals=self.originals).where(Framework.id != self.framework.id)
        if not self.chosen.codes:
            found = found.where(Framework.code == self.framework.code)
        return found.with_only_columns(Item.code, Framework.code, Framework.version)

    def unsaid(self) -> Select[str, str]:
        """Select the codes of items that say nothing in the document's language, and the language they are written in."""
        said = select(ItemVersion.item_id).where(ItemVersion.language == self.language).scalar_subquery()
        is_unsaid = ItemVersion.item_id.not_in(said)  # hashed once, whatever a database believes of its rows
        found = self._newest(originals=True).where(Framework.id == self.framework.id, is_unsaid)
        return found.with_only_columns(Item.code, ItemVersion.language)

    def live_before(self) -> ScalarSelect[int | None]:
        """Select the number of the live version, where one is written that came after it."""
        other, standing = aliased(ItemVersion), aliased(Standing)
        is_sister = other.original_id.is_(None) if self.originals else other.language == ItemVersion.language
        found = select(func.max(other.number)).join(standing, standing.version_id == other.id)
        return (
            found.where(other.item_id == ItemVersion.item_id, other.number < ItemVersion.number)
            .where(standing.state == ItemState.LIVE, is_sister)
            .correlate(ItemVersion)
            .scalar_subquery()
        )

    def _newest(self, *, originals: bool) -> Select[ItemVersion, str, str]:
        chosen = self.chosen
        is_wanted = ItemVersion.original_id.is_(None) if originals else ItemVersion.language == self.language
        numbers = select(ItemVersion.item_id, func.max(ItemVersion.number).label("number"))
        last = numbers.where(is_wanted).group_by(ItemVersion.item_id).subquery()
        found = (
            select(ItemVersion, Item.code, Competence.code)
            .select_from(ItemVersion)
            .join(last, (last.c.item_id == ItemVersion.item_id) & (last.c.number == ItemVersion.number))
            .join(Item, Item.id == ItemVersion.item_id)
            .join(Competence, Competence.id == ItemVersion.competence_id)
            .join(Framework, Framework.id == Competence.framework_id)
            .join(Standing, Standing.version_id == ItemVersion.id)
            .where(Item.organisation_id == self.framework.organisation_id)
        )
        facets = (
            (Competence.code, chosen.competence),
            (ItemVersion.level, chosen.level),
            (ItemVersion.kind, chosen.kind),
            (Standing.state, chosen.state.value if chosen.state else None),
        )
        for column, value in facets:
            found = found if value is None else found.where(column == value)
        if chosen.codes:
            found = found.where(Item.code.in_(chosen.codes))
        return found.order_by(Item.code)


def refuse_more(tx: Session, choice: Choice, items_max: int | None) -> None:
    """Raise Invalid where more items are chosen than are written while somebody waits."""
    if items_max is None:
        return
    some = choice.newest().with_only_columns(Item.id).order_by(None).limit(items_max + 1)
    if len(tx.scalars(some).all()) > items_max:
        message = say(
            "at most %(items_max)s items are exported here; choose fewer, or let an operator run exam-engine export-items",
            items_max=items_max,
        )
        raise Invalid(message)


def enemies_of(tx: Session, choice: Choice, *, has_sets: bool) -> list[tuple[str, str, bool]]:
    """Return the pairs of the chosen items from either side: a code, its enemy's, and whether that is chosen too.

    Args:
        has_sets: whether items of sets are written; where they are not, nobody names them.
    """
    chosen = choice.newest().with_only_columns(Item.id).order_by(None)
    within = set(tx.scalars(chosen if has_sets else chosen.where(ItemVersion.set_code.is_(None))))
    found: list[tuple[str, str, bool]] = []
    one, other = aliased(Item), aliased(Item)
    for mine, theirs in ((EnemyPair.item_id, EnemyPair.enemy_id), (EnemyPair.enemy_id, EnemyPair.item_id)):
        pairs = select(one.code, other.code, theirs).select_from(EnemyPair).join(one, one.id == mine)
        pairs = pairs.join(other, other.id == theirs)
        for some in portions(sorted(within)):
            found += [(code, enemy, id_ in within) for code, enemy, id_ in tx.execute(pairs.where(mine.in_(some)))]
    return sorted(found)
