"""Clearances: a form that holds a compromised item is sat only where a person has said why it may be, nevertheless.

One rule: what somebody cleared is what they knew of. An item that is compromised later stops the sitting again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, contains_eager, mapped_column

from exam_engine.assembly.forms import Form, FormItem
from exam_engine.delivery.schedule import Sitting
from kernel.canonical import digest
from kernel.db import Base, Owned, table_facts
from kernel.errors import Conflict
from kernel.sentences import say
from question_bank.items import ItemState, ItemVersion, Standing


class FormCompromised(Conflict):
    """The form holds items that are known outside."""

    code = "form_compromised"


class Clearance(Owned, Base):
    """Somebody's decision that a sitting takes place although these item versions are compromised."""

    __tablename__ = "clearances"
    __table_args__ = (table_facts(pii={"cleared_by": "link"}, append_only=True),)

    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sittings.id"), index=True)
    version_ids: Mapped[list[Any]]
    """Identifiers of item versions as text, sorted."""
    reason: Mapped[str]
    cleared_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime]


def compromised_items(tx: Session, form: Form) -> list[ItemVersion]:
    """Return the item versions of a form that are compromised, in the order of its positions."""
    found = (
        select(ItemVersion)
        .join(FormItem, FormItem.item_version_id == ItemVersion.id)
        .join(Standing, Standing.version_id == ItemVersion.id)
        .join(ItemVersion.item)
        .where(FormItem.form_id == form.id, Standing.state == ItemState.COMPROMISED.value)
        .order_by(FormItem.position)
        .options(contains_eager(ItemVersion.item))
    )
    return list(tx.scalars(found))


def stopping_items(tx: Session, sitting: Sitting) -> list[ItemVersion]:
    """Return the compromised items of a sitting's form that nobody has cleared for it: nobody starts over them."""
    compromised = compromised_items(tx, sitting.form)
    cleared = _cleared(tx, sitting) if compromised else frozenset()
    return [version for version in compromised if version.id not in cleared]


def clearances_of(tx: Session, sitting: Sitting) -> list[Clearance]:
    """Return what was cleared for a sitting, in the order in which it was."""
    found = select(Clearance).where(Clearance.sitting_id == sitting.id)
    return list(tx.scalars(found.order_by(Clearance.at, Clearance.id)))


def refuse_compromised(items: Iterable[ItemVersion], remedy: str) -> None:
    """Refuse a step of staff over compromised items.

    Args:
        remedy: what can be done instead, as a sentence goes on.

    Raises:
        FormCompromised: naming the items.
    """
    if codes := [version.item.code for version in items]:
        message = say(
            "this form holds compromised items (%(names)s); %(remedy)s", names=", ".join(codes), remedy=remedy
        )
        raise FormCompromised(message, compromised=codes)


def facts_of(clearance: Clearance) -> dict[str, Any]:
    """Return what the audit log says of a clearance: what it covers, and a digest of its reason."""
    return {"versions": clearance.version_ids, "reason_hash": digest(clearance.reason)}


def _cleared(tx: Session, sitting: Sitting) -> frozenset[uuid.UUID]:
    return frozenset(uuid.UUID(named) for row in clearances_of(tx, sitting) for named in row.version_ids)
