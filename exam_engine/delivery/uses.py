"""Uses: where an item was administered, whichever of its versions: every form, its sittings, and how many met it.

One rule: nothing is left out. A form that was never scheduled is a use as well, because people have seen it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, case, func, or_, select, tuple_
from sqlalchemy.orm import Session

from exam_engine.assembly.blueprints import Blueprint
from exam_engine.assembly.forms import Form, FormItem, form_for
from exam_engine.assembly.schemes import SchemeVersion
from exam_engine.delivery.bookings import Booking
from exam_engine.delivery.lifecycle import Attempt
from exam_engine.delivery.schedule import Sitting, SittingState
from exam_engine.delivery.sittings import sitting_for
from kernel.errors import NotFound
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.competences import Framework
from question_bank.items import Item, ItemVersion

RECENT = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Use:
    """One sitting of one form that holds a version of an item; or a form that was never scheduled."""

    form: Form
    version: ItemVersion
    sitting: Sitting | None
    attempts: int
    """Papers drawn: candidates who came to the door."""
    begun: int
    """Those of them who started, and so have seen the item."""

    @property
    def id(self) -> uuid.UUID:
        """Names its place in the list: the sitting, or the form without any."""
        return self.sitting.id if self.sitting else self.form.id


@dataclass(frozen=True, slots=True)
class RecentUse:
    """How many of the forms and sittings of a framework had an item, in whichever version, in the last 365 days."""

    since: datetime
    forms: int
    forms_of: int
    sittings: int
    """That have begun and were not cancelled."""
    sittings_of: int


def recent_use(tx: Session, actor: Actor, item: Item, *, now: datetime) -> RecentUse:
    """Return how often an item was in what its framework's schemes asked of late, of the actor's organisation."""
    since = now - RECENT
    begun = (Sitting.start_from >= since, Sitting.start_from <= now, Sitting.state != SittingState.CANCELLED)
    forms = _share(select(Form.id), item).where(Form.assembled_at >= since)
    sittings = _share(select(Sitting.id).join(Form, Form.id == Sitting.form_id), item).where(*begun)
    counts = [
        tx.execute(found.where(Form.organisation_id == actor.organisation_id)).one() for found in (forms, sittings)
    ]
    (had_forms, all_forms), (had_sittings, all_sittings) = ((row[0] or 0, row[1]) for row in counts)
    return RecentUse(since, had_forms, all_forms, had_sittings, all_sittings)


def uses_of_item(
    tx: Session, actor: Actor, item: Item, *, after: uuid.UUID | None = None, limit: int | None = None
) -> list[Use]:
    """Return where an item of the actor's organisation was used, the newest form and the latest window first.

    Raises:
        NotFound: the item is another organisation's, or ``after`` names no sitting and no form.
    """
    if item.organisation_id != actor.organisation_id:
        message = say("there is no such item")
        raise NotFound(message)
    found = (
        select(Form, ItemVersion, Sitting, _attempts(), _attempts(Attempt.started_at.is_not(None)))
        .join(FormItem, FormItem.form_id == Form.id)
        .join(ItemVersion, ItemVersion.id == FormItem.item_version_id)
        .outerjoin(Sitting, Sitting.form_id == Form.id)
        .where(ItemVersion.item_id == item.id, Form.organisation_id == actor.organisation_id)
        .order_by(Form.assembled_at.desc(), Form.id.desc(), Sitting.start_from.desc(), Sitting.id.desc())
    )
    if after is not None:
        found = found.where(_behind(tx, actor, after))
    return [Use(*row) for row in tx.execute(found.limit(limit))]


def _share(found: Select[Any], item: Item) -> Select[Any, int]:
    """Count of what is found how many have the item, and how many there are under any version of its framework."""
    versions = select(ItemVersion.id).where(ItemVersion.item_id == item.id)
    holding = select(FormItem.form_id).where(FormItem.item_version_id.in_(versions))
    code = select(Framework.code).where(Framework.id == item.framework_id).scalar_subquery()
    return (
        found.with_only_columns(func.sum(case((Form.id.in_(holding), 1), else_=0)), func.count())
        .join(Blueprint, Blueprint.id == Form.blueprint_id)
        .join(SchemeVersion, SchemeVersion.id == Blueprint.scheme_version_id)
        .join(Framework, Framework.id == SchemeVersion.framework_id)
        .where(Framework.code == code)
    )


def _attempts(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return (
        select(func.count(Attempt.id))
        .join(Booking, Booking.id == Attempt.booking_id)
        .where(Booking.sitting_id == Sitting.id, *conditions)
        .correlate(Sitting)
        .scalar_subquery()
    )


def _behind(tx: Session, actor: Actor, after: uuid.UUID) -> ColumnElement[bool]:
    """Return what holds of every use behind one. A form that stood there without sittings has been met with it."""
    sitting = tx.get(Sitting, after)
    form = sitting_for(tx, actor, after).form if sitting else form_for(tx, actor, after)
    older: ColumnElement[bool] = tuple_(Form.assembled_at, Form.id) < (form.assembled_at, form.id)
    if sitting is None:
        return older
    earlier = tuple_(Sitting.start_from, Sitting.id) < (sitting.start_from, sitting.id)
    return or_(older, and_(Form.id == form.id, earlier))
