"""Scripts: answers that people mark, each under a number that says nothing of whose it is; and the marks they gave.

One rule: a mark that was given stands. Two people mark every script alone, and a third where they differ too much.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from exam_engine.assembly.forms import FormItem
from exam_engine.assembly.rules import MarkingRules
from exam_engine.delivery.lifecycle import Attempt
from exam_engine.scoring.settling import Given, MarkingPart, settled
from exam_engine.scoring.unaltered import unaltered_content, unaltered_rules
from kernel.canonical import digest
from kernel.db import Base, Owned, table_facts
from kernel.permissions import Actor
from kernel.sentences import say
from kernel.states import check_move
from question_bank.item_kinds import MARKED_BY_PEOPLE, JudgedKind, Mark, Rubric, kind_named
from question_bank.items import ItemVersion

_NUMBER_DIGITS = 8


class ScriptState(StrEnum):
    """Where a script stands."""

    WAITING = "waiting"
    """For one or both of the two who mark it alone."""
    DISPUTED = "disputed"
    """The two differ by more than the scheme's tolerance; a third person's mark will stand."""
    MARKED = "marked"


_S = ScriptState
MOVES: Mapping[ScriptState, frozenset[ScriptState]] = MappingProxyType(
    {
        _S.WAITING: frozenset({_S.DISPUTED, _S.MARKED}),
        _S.DISPUTED: frozenset({_S.MARKED}),
        _S.MARKED: frozenset(),
    }
)
OPEN = (ScriptState.WAITING, ScriptState.DISPUTED)


class Script(Owned, Base):
    """One answer to an item that people mark, as it was handed in. What was left open is marked from the beginning."""

    __tablename__ = "scripts"
    __table_args__ = (
        UniqueConstraint("attempt_id", "slot"),
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in ScriptState)})", name="state"),
        Index("ix_scripts_state_opened_at_id", "state", "opened_at", "id"),
        table_facts(pii={}),
    )

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempts.id"))
    slot: Mapped[int]
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("item_versions.id"))
    revision: Mapped[int | None]
    """Of the response that the receipt lists; None where the slot was never saved."""
    value_hash: Mapped[str | None]
    state: Mapped[str]
    opened_at: Mapped[datetime]
    """The day, from its beginning (UTC): the moment would tell which answers were handed in together."""

    attempt: Mapped[Attempt] = relationship(viewonly=True)
    version: Mapped[ItemVersion] = relationship(viewonly=True)

    @property
    def opened_on(self) -> date:
        """Since when it waits, as people are told."""
        return self.opened_at.date()

    @property
    def number(self) -> str:
        """What people call it: random like its id, so it tells nothing of the candidate or of other scripts."""
        digits = self.id.hex[:_NUMBER_DIGITS].upper()
        return f"{digits[:4]}-{digits[4:]}"

    @property
    def of(self) -> dict[str, Any]:
        """What it is of: the place in an exam, and what was asked and handed in there."""
        return {
            "attempt": str(self.attempt_id),
            "slot": self.slot,
            "version": str(self.version_id),
            "revision": self.revision,
            "value_hash": self.value_hash,
        }

    def move(self, target: ScriptState) -> None:
        """Take one legal step; IllegalMove otherwise."""
        check_move(MOVES, ScriptState(self.state), target, say("the script"))
        self.state = target


class Marking(Owned, Base):
    """The marks that one person gave one script: of every criterion a level, with a comment where they wrote one."""

    __tablename__ = "markings"
    __table_args__ = (
        UniqueConstraint("script_id", "part"),
        UniqueConstraint("script_id", "marker_id"),  # the second and the third person are others
        CheckConstraint(f"part IN ({', '.join(repr(part.value) for part in MarkingPart)})", name="part"),
        table_facts(
            pii={"marker_id": "link", "levels": "assessment", "comments": "assessment"},
            append_only=True,
        ),
    )

    script_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scripts.id"))
    part: Mapped[str]
    marker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    levels: Mapped[dict[str, Any]]
    """``{criterion: level}``, for every criterion of the rubric."""
    comments: Mapped[dict[str, Any]]
    """``{criterion: text}``, where something was written."""
    points: Mapped[int]
    marked_at: Mapped[datetime]

    script: Mapped[Script] = relationship(viewonly=True)

    @property
    def recorded(self) -> dict[str, Any]:
        """What its audit entry says of it, worked out from the row and from the script as it stands."""
        content = {"levels": self.levels, "comments": self.comments, "points": self.points}
        return {"script": str(self.script_id), **self.script.of, "part": self.part, "content": digest(content)}

    @property
    def given(self) -> Given:
        """The marks by value, for working out what they come to."""
        return Given(MarkingPart(self.part), str(self.id), self.levels)


class Recusal(Owned, Base):
    """A marker's word that they know, or think they know, whose script it is: they do not mark it."""

    __tablename__ = "recusals"
    __table_args__ = (
        UniqueConstraint("script_id", "marker_id"),
        table_facts(pii={"marker_id": "link"}, append_only=True),
    )

    script_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scripts.id"))
    marker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    declined_at: Mapped[datetime]


def scripts_of(tx: Session, attempt_id: uuid.UUID) -> list[Script]:
    """Return the scripts of an attempt by slot; none before they were laid out."""
    return list(tx.scalars(select(Script).where(Script.attempt_id == attempt_id).order_by(Script.slot)))


def recorded_of(scripts: Iterable[Script]) -> dict[str, Any]:
    """Return what the audit entry says of the scripts of an attempt, by slot, worked out from the rows."""
    rows = sorted(scripts, key=lambda row: row.slot)
    return {"scripts": [str(row.id) for row in rows], "content": digest([row.of for row in rows])}


def markings_of(tx: Session, script_id: uuid.UUID) -> list[Marking]:
    """Return the marks that a script was given, in their order."""
    rows = tx.scalars(select(Marking).where(Marking.script_id == script_id))
    return sorted(rows, key=lambda row: list(MarkingPart).index(MarkingPart(row.part)))


def judged_kind(version: ItemVersion) -> JudgedKind:
    """Return the kind of an item that people mark."""
    kind = kind_named(version.kind)
    if not isinstance(kind, JudgedKind):
        message = f"items of the kind {kind.name} have no rubric"
        raise TypeError(message)
    return kind


def rubric_of(version: ItemVersion) -> Rubric:
    """Return the rubric of an item that people mark; RecordsDisagree where it is not what was released."""
    return judged_kind(version).rubric(unaltered_content(version))


def mark_of(tx: Session, script: Script) -> Mark | None:
    """Return what the marks of a script come to under the scheme of its exam, None while some are missing.

    Raises:
        RecordsDisagree: the item or the rules are not what was released.
    """
    rules = unaltered_rules(script.attempt.form.blueprint.scheme_version)
    tolerance = (rules.marking or MarkingRules()).tolerance
    return settled(rubric_of(script.version), [row.given for row in markings_of(tx, script.id)], tolerance)


def unmarked_count(tx: Session, actor: Actor) -> int:
    """Return how many answers of the actor's organisation wait for marks."""
    unmarked = select(func.count()).select_from(Script).where(Script.state.in_(OPEN))
    return tx.scalars(unmarked.where(Script.organisation_id == actor.organisation_id)).one()


def not_laid_out() -> ColumnElement[bool]:
    """Return the condition that an attempt was asked something that people mark, and has no scripts yet."""
    judged = (
        select(FormItem.position)
        .join(ItemVersion, ItemVersion.id == FormItem.item_version_id)
        .where(FormItem.form_id == Attempt.form_id, ItemVersion.kind.in_(MARKED_BY_PEOPLE))
    )
    return judged.exists() & ~select(Script.id).where(Script.attempt_id == Attempt.id).exists()


def awaits_marks() -> ColumnElement[bool]:
    """Return the condition that an attempt waits for marks that people have to give."""
    unmarked = select(Script.id).where(Script.attempt_id == Attempt.id, Script.state.in_(OPEN))
    return not_laid_out() | unmarked.exists()
