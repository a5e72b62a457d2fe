"""Forms: assembled tests, frozen. The same bank, blueprint and seed give the same form, and its hash says so."""

from __future__ import annotations

import uuid
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_engine.assembly.blueprints import Blueprint
from kernel.db import Base, Owned, table_facts
from question_bank.items import ItemVersion


class Form(Owned, Base):
    """One assembled test with the evidence of how it was made."""

    __tablename__ = "forms"
    __table_args__ = (table_facts(pii={"assembled_by": "link"}, append_only=True),)

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
