"""Blueprints: the specification of a balanced test, cell by cell.

One rule: a blueprint is frozen when it is made; another count, time or target is another blueprint.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from exam_engine.assembly.model import Cell, Specification
from exam_engine.assembly.rules import ITEMS_MAX, SchemeRules
from exam_engine.assembly.schemes import SchemeVersion, lock_published
from kernel.audit import record
from kernel.canonical import digest
from kernel.db import Base, Owned, table_facts
from kernel.errors import Fault, Invalid, NotFound
from kernel.permissions import Actor
from question_bank.competences import RoleCell, role_cells
from question_bank.documents import Place, opened, quoted
from question_bank.eqf import LEVELS

SECONDS_PER_ITEM_MIN = 10
TIME_LIMIT_SECONDS_MAX = 12 * 3600

_SHARE = re.compile(r"[01](\.[0-9]{1,9})?|[0-9]{1,9}/0*[1-9][0-9]{0,8}")


class InvalidBlueprint(Invalid):
    """No examination can be built to this blueprint; every fault names its cell or number."""

    code = "invalid_blueprint"
    title = "The blueprint is not valid"


class Action(StrEnum):
    """What is done to blueprints."""

    MAKE = "blueprint.make"


class Blueprint(Owned, Base):
    """How many items of which area, competence and level, in what time, how difficult."""

    __tablename__ = "blueprints"
    __table_args__ = (
        UniqueConstraint("scheme_version_id", "number"),
        CheckConstraint("time_limit_seconds > 0", name="takes_time"),
        table_facts(pii={}, append_only=True),
    )

    scheme_version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scheme_versions.id"))
    number: Mapped[int]
    cells: Mapped[list[Any]]
    """``[{"area": code, "competence": code, "level": 1..8, "count": n}, ...]`` in the framework's order."""
    time_limit_seconds: Mapped[int]
    difficulty_target: Mapped[Fraction]
    difficulty_tolerance: Mapped[Fraction]
    blueprint_hash: Mapped[str]
    created_at: Mapped[datetime]

    scheme_version: Mapped[SchemeVersion] = relationship(viewonly=True)

    @property
    def specification(self) -> Specification:
        """What a form of this blueprint must be."""
        cells = tuple(Cell(**cell) for cell in self.cells)
        return Specification(cells, self.difficulty_target, self.difficulty_tolerance)


def even_cells(profile: Iterable[RoleCell], per_competence: int) -> list[dict[str, Any]]:
    """Return cells with the same number of items for every competence of a job role."""
    return [
        {"area": cell.area, "competence": cell.competence, "level": cell.level, "count": per_competence}
        for cell in profile
    ]


def make_blueprint(
    tx: Session,
    scheme_version: SchemeVersion,
    *,
    cells: Sequence[dict[str, Any]],
    time_limit_seconds: int,
    difficulty_target: str | Fraction,
    difficulty_tolerance: str | Fraction,
    actor: Actor,
    now: datetime,
) -> Blueprint:
    """Make the next blueprint of a published scheme version.

    Args:
        cells: ``{"area", "competence", "level", "count"}`` each; see :func:`even_cells`.
        difficulty_target: the mean expected difficulty of a form, 0 to 1, as rated items state theirs: ``"0.58"``
            or ``"29/50"``, never a binary float.
        difficulty_tolerance: how far a form's mean may be from the target, 0 to 1.

    Raises:
        InvalidBlueprint: naming every cell and number that cannot be.
        NotPublished: the scheme version is a draft, or withdrawn.
    """
    lock_published(tx, scheme_version)
    last = tx.scalar(select(func.max(Blueprint.number)).where(Blueprint.scheme_version_id == scheme_version.id))
    blueprint = Blueprint(
        organisation_id=scheme_version.organisation_id,
        scheme_version_id=scheme_version.id,
        number=(last or 0) + 1,
        created_at=now,
        **_read_facts(
            scheme_version,
            role_cells(tx, scheme_version.job_role),
            cells=list(cells),
            time_limit_seconds=time_limit_seconds,
            difficulty_target=difficulty_target,
            difficulty_tolerance=difficulty_tolerance,
        ),
    )
    blueprint.blueprint_hash = hash_of_blueprint(blueprint, scheme_version)
    tx.add(blueprint)
    tx.flush()
    record(
        tx, actor, Action.MAKE, f"blueprint:{blueprint.id}", now, number=blueprint.number, hash=blueprint.blueprint_hash
    )
    return blueprint


def blueprint_for(tx: Session, actor: Actor, blueprint_id: uuid.UUID) -> Blueprint:
    """Return a blueprint of the actor's organisation or raise NotFound."""
    blueprint = tx.scalar(
        select(Blueprint).where(Blueprint.id == blueprint_id, Blueprint.organisation_id == actor.organisation_id)
    )
    if blueprint is None:
        message = "there is no such blueprint"
        raise NotFound(message)
    return blueprint


def hash_of_blueprint(blueprint: Blueprint, version: SchemeVersion) -> str:
    """Return the SHA-256 over what a stranger with the same framework and scheme would also have: no ids, no times."""
    return digest(
        {
            "scheme": version.scheme.code,
            "scheme_version": version.number,
            "rules": version.rules_hash,
            "framework": version.framework.document_hash,
            "job_role": version.job_role.code,
            "cells": blueprint.cells,
            "time_limit_seconds": blueprint.time_limit_seconds,
            "difficulty_target": blueprint.difficulty_target,
            "difficulty_tolerance": blueprint.difficulty_tolerance,
        }
    )


def _read_facts(version: SchemeVersion, profile: Sequence[RoleCell], **facts: Any) -> dict[str, Any]:  # noqa: ANN401 - the caller's, unread
    """Return the facts as they are stored."""
    target, tolerance = facts.pop("difficulty_target"), facts.pop("difficulty_tolerance")
    root = opened(facts, "")
    cells = _read_cells(root.member("cells"), profile)
    read = {
        "cells": cells,
        "time_limit_seconds": _read_time_limit(root.member("time_limit_seconds"), sum(cell["count"] for cell in cells)),
        "difficulty_target": _read_share(Place(target, "/difficulty_target", root.faults)),
        "difficulty_tolerance": _read_share(Place(tolerance, "/difficulty_tolerance", root.faults)),
    }
    faults = [Fault(*fault) for fault in root.faults.items()] or _rule_faults(version, cells)
    if faults:
        message = "the blueprint is refused"
        raise InvalidBlueprint(message, faults=faults)
    return read


def _rule_faults(version: SchemeVersion, cells: Sequence[Mapping[str, Any]]) -> list[Fault]:
    rules = SchemeRules.parse(version.rules)
    items_by_area: dict[str, int] = {}
    for cell in cells:
        items_by_area[cell["area"]] = items_by_area.get(cell["area"], 0) + cell["count"]
    unfit = [Fault(f"/scheme_version/rules{fault.place}", fault.message) for fault in rules.area_faults(items_by_area)]
    return unfit + rules.items_faults(items_by_area)


def _read_cells(place: Place, profile: Sequence[RoleCell]) -> list[dict[str, Any]]:
    """Return the cells in the framework's order."""
    needed = {cell.competence: cell for cell in profile}
    order = list(needed)
    read: dict[str, dict[str, Any]] = {}
    for element in place.elements(at_least=1, at_most=ITEMS_MAX):
        element.shape("area", "competence", "level", "count")
        code = element.member("competence").text()
        count = element.member("count").whole(range(1, ITEMS_MAX + 1))
        if code not in needed:
            element.member("competence").refuse(f"the job role has no competence {quoted(code)}")
        elif code in read:
            element.refuse(f"{code} has a cell already; put its items into one")
        else:
            _refuse_mismatch(element, needed[code])
            read[code] = {"area": needed[code].area, "competence": code, "level": needed[code].level, "count": count}
    return sorted(read.values(), key=lambda cell: order.index(cell["competence"]))


def _refuse_mismatch(element: Place, needed: RoleCell) -> None:
    area, level = element.member("area"), element.member("level")
    if area.text() != needed.area:
        area.refuse(f"{needed.competence} belongs to area {needed.area}, not to {quoted(area.value)}")
    if level.whole(LEVELS) != needed.level:
        level.refuse(f"the job role needs {needed.competence} at level {needed.level}, not {quoted(level.value)}")


def _read_time_limit(place: Place, length: int) -> int:
    least = max(length, 1) * SECONDS_PER_ITEM_MIN
    seconds = place.whole(range(1, TIME_LIMIT_SECONDS_MAX + 1))
    if seconds < least:
        place.refuse(f"{seconds} seconds are too short for {length} items; nobody reads one in {SECONDS_PER_ITEM_MIN}")
    return seconds


def _read_share(place: Place) -> Fraction:
    value = place.value
    if isinstance(value, str) and _SHARE.fullmatch(value):
        value = Fraction(value)
    if not isinstance(value, Fraction):
        place.refuse(f'{quoted(value)} is no share of one; write text such as "0.58" or "29/50"')
        return Fraction()
    if not 0 <= value <= 1:
        place.refuse(f"{value} lies outside 0 to 1")
    return value
