"""Forms: assembled tests, frozen.

One rule: the same bank, blueprint and seed give the same form, and its hash says so.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, UniqueConstraint, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, joinedload, mapped_column, relationship

from exam_engine.assembly.blueprints import Blueprint
from exam_engine.assembly.checking import mean_difficulty
from exam_engine.assembly.report import form_report
from exam_engine.assembly.rules import SchemeRules
from exam_engine.assembly.schemes import SchemeVersion, lock_published
from exam_engine.assembly.selection import Selection, select_items
from kernel.audit import record
from kernel.canonical import digest
from kernel.db import Base, Owned, table_facts
from kernel.errors import Invalid, NotFound
from kernel.permissions import Actor
from question_bank.items import ItemReview, ItemVersion
from question_bank.pool import live_pool

SEED_CHARACTERS_MAX = 200


class InvalidSeed(Invalid):
    """A seed that cannot be written down and given again."""

    code = "invalid_seed"


class Action(StrEnum):
    """What is done to forms."""

    ASSEMBLE = "form.assemble"


class Form(Owned, Base):
    """One assembled test with the evidence of how it was made."""

    __tablename__ = "forms"
    __table_args__ = (
        UniqueConstraint("blueprint_id", "seed", "pool_hash"),
        table_facts(pii={"assembled_by": "link"}, append_only=True),
    )

    blueprint_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("blueprints.id"), index=True)
    seed: Mapped[str]
    pool_hash: Mapped[str]
    form_hash: Mapped[str]
    difficulty: Mapped[Fraction]
    """Mean expected difficulty of its items, 0 to 1, exact."""
    report: Mapped[dict[str, Any]]
    """Solver, counts per area, deviation from the target: what an auditor asks first."""
    assembled_at: Mapped[datetime]
    assembled_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.id"))

    blueprint: Mapped[Blueprint] = relationship(viewonly=True)
    items: Mapped[list[FormItem]] = relationship(order_by="FormItem.position", viewonly=True)


class FormItem(Base):
    """One position of a form: an item version, counted from 1."""

    __tablename__ = "form_items"
    __table_args__ = (
        UniqueConstraint("form_id", "item_version_id"),
        table_facts(pii={}, unowned="it is part of a form, which carries the organisation", append_only=True),
    )

    form_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("forms.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    item_version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("item_versions.id"), index=True)

    version: Mapped[ItemVersion] = relationship(viewonly=True)


def assemble_form(tx: Session, blueprint: Blueprint, *, seed: str, actor: Actor, now: datetime) -> Form:
    """Assemble a form from the items that are live now, or return the one these inputs gave before.

    Raises:
        Infeasible: naming the cells that fall short and by how many, or the rules in conflict.
        Undecided: the solver reached its limit.
        InvalidSeed: it is empty, too long or holds unprintable characters.
        NotPublished: the scheme version is a draft, or withdrawn.
    """
    if not seed.strip() or len(seed) > SEED_CHARACTERS_MAX or not seed.isprintable():
        message = f"seed: 1 to {SEED_CHARACTERS_MAX} printable characters are needed"
        raise InvalidSeed(message)
    version = blueprint.scheme_version
    # Also makes a second assembly of the same inputs wait, so that it finds the form of the first.
    lock_published(tx, version)
    # Where the rules say nothing of marking, an item that people mark would keep every result waiting for ever.
    pool = live_pool(
        tx,
        version.framework,
        blueprint.organisation_id,
        admits_marked_by_people=SchemeRules.parse(version.rules).marking is not None,
    )
    existing = tx.scalar(
        select(Form).where(Form.blueprint_id == blueprint.id, Form.seed == seed, Form.pool_hash == pool.pool_hash)
    )
    if existing is not None:
        return existing
    selection = select_items(blueprint.specification, pool, seed)
    form = _freeze(tx, blueprint, selection, seed=seed, pool_hash=pool.pool_hash, actor=actor, now=now)
    record(
        tx,
        actor,
        Action.ASSEMBLE,
        f"form:{form.id}",
        now,
        blueprint=str(blueprint.id),
        seed=seed,
        pool_hash=form.pool_hash,
        form_hash=form.form_hash,
    )
    return form


def form_for(tx: Session, actor: Actor, form_id: uuid.UUID) -> Form:
    """Return a form of the actor's organisation or raise NotFound."""
    form = tx.scalar(select(Form).where(Form.id == form_id, Form.organisation_id == actor.organisation_id))
    if form is None:
        message = "there is no such form"
        raise NotFound(message)
    return form


def forms_of(tx: Session, actor: Actor, *, after: uuid.UUID | None = None, limit: int | None = None) -> list[Form]:
    """Return the forms of the actor's organisation with blueprint and scheme, the newest first."""
    found = (
        select(Form)
        .where(Form.organisation_id == actor.organisation_id)
        .options(joinedload(Form.blueprint).joinedload(Blueprint.scheme_version).joinedload(SchemeVersion.scheme))
    )
    if after is not None:
        last = form_for(tx, actor, after)
        found = found.where(tuple_(Form.assembled_at, Form.id) < (last.assembled_at, last.id))
    return list(tx.scalars(found.order_by(Form.assembled_at.desc(), Form.id.desc()).limit(limit)))


def form_versions(tx: Session, form_id: uuid.UUID) -> list[ItemVersion]:
    """Return the item versions of a form in the order of its positions."""
    rows = tx.scalars(
        select(ItemVersion)
        .join(FormItem, FormItem.item_version_id == ItemVersion.id)
        .where(FormItem.form_id == form_id)
        .order_by(FormItem.position)
    )
    return list(rows)


def made_by(form_id: uuid.UUID | InstrumentedAttribute[uuid.UUID], account_id: uuid.UUID) -> ColumnElement[bool]:
    """Return the condition that an account assembled a form, or wrote, translated or reviewed an item of it."""
    assembled = select(Form.id).where(Form.id == form_id, Form.assembled_by == account_id)
    # A form holds originals alone; what a paper shows instead may be a translation of one of them.
    in_items = (
        select(FormItem.position)
        .join(
            ItemVersion,
            or_(ItemVersion.id == FormItem.item_version_id, ItemVersion.original_id == FormItem.item_version_id),
        )
        .outerjoin(ItemReview, ItemReview.version_id == ItemVersion.id)
        .where(
            FormItem.form_id == form_id,
            or_(ItemVersion.author_id == account_id, ItemReview.reviewer_id == account_id),
        )
    )
    return or_(assembled.exists(), in_items.exists())


def hash_of_form(blueprint: Blueprint, seed: str, contents: list[str]) -> str:
    """Return the SHA-256 over a form's blueprint, seed and items: the hashes of their contents, in its order."""
    return digest({"blueprint": blueprint.blueprint_hash, "seed": seed, "items": contents})


def _freeze(
    tx: Session,
    blueprint: Blueprint,
    selection: Selection,
    *,
    seed: str,
    pool_hash: str,
    actor: Actor,
    now: datetime,
) -> Form:
    form = Form(
        organisation_id=blueprint.organisation_id,
        blueprint_id=blueprint.id,
        seed=seed,
        pool_hash=pool_hash,
        form_hash=hash_of_form(blueprint, seed, [item.content_hash for item in selection.items]),
        difficulty=mean_difficulty(selection.items),
        report=form_report(blueprint.specification, selection, blueprint.time_limit_seconds),
        assembled_at=now,
        assembled_by=actor.account_id,
    )
    tx.add(form)
    tx.flush()
    tx.add_all(
        FormItem(form_id=form.id, position=position, item_version_id=item.version_id)
        for position, item in enumerate(selection.items, start=1)
    )
    tx.flush()
    return form
