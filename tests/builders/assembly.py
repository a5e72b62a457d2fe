"""Pools made up in memory, and schemes, blueprints and forms of a small body, for tests of assembly and above."""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from exam_engine.assembly.blueprints import Blueprint, even_cells, make_blueprint
from exam_engine.assembly.forms import Form, assemble_form
from exam_engine.assembly.model import Cell, Specification
from exam_engine.assembly.sample import sample_scheme
from exam_engine.assembly.scheme_drafts import draft_scheme
from exam_engine.assembly.schemes import SchemeVersion, publish_scheme
from question_bank.competences import Framework, job_role_by_code, role_cells
from question_bank.pool import Pool, PoolItem
from tests.builders.kernel import NOW
from tests.builders.question_bank import Staff, item_document, make_framework, make_live_items, make_staff

JOB_ROLE = "DEV"


def pool_item(
    code: str,
    *,
    difficulty: str = "1/2",
    area: str = "A1",
    competence: str = "A1.1",
    level: int = 5,
    set_code: str | None = None,
) -> PoolItem:
    """An item whose content is told by its code, under a row id of its own."""
    return PoolItem(
        version_id=uuid.uuid4(),
        code=code,
        content_hash=hashlib.sha256(code.encode()).hexdigest(),
        area=area,
        competence=competence,
        level=level,
        kind="single_choice",
        expected_difficulty=Fraction(difficulty),
        expected_seconds=60,
        set_code=set_code,
    )


def pool_of(items: Iterable[PoolItem], *enemies: tuple[str, ...]) -> Pool:
    return Pool(tuple(items), frozenset(map(frozenset, enemies)), "0" * 64)


def random_bank(
    seed: int, *, areas: int = 2, competences: int = 2, items: int = 6, count: int = 2, enemies: int = 3
) -> tuple[Specification, Pool]:
    """A bank of so many items per competence with some enemies, and a specification its mean difficulty suits."""
    dice = random.Random(seed)
    cells = [
        Cell(f"A{area}", f"A{area}.{competence}", dice.choice((4, 5, 6)), count)
        for area in range(1, areas + 1)
        for competence in range(1, competences + 1)
    ]
    bank = [
        pool_item(
            f"{cell.competence}-{number:03}",
            difficulty=f"{dice.randint(35, 90)}/100",
            area=cell.area,
            competence=cell.competence,
            level=cell.level,
        )
        for cell in cells
        for number in range(items)
    ]
    pairs = [tuple(dice.sample([item.code for item in bank], 2)) for _ in range(enemies)]
    mean = sum((item.expected_difficulty for item in bank), Fraction()) / len(bank)
    specification = Specification(tuple(cells), Fraction(round(mean * 100), 100), Fraction(3, 100))
    return specification, pool_of(bank, *pairs)


@dataclass(frozen=True)
class Bank:
    """A body with a framework of three competences for the role DEV and live items for each."""

    staff: Staff
    framework: Framework


def live_items(per_competence: int = 4) -> list[dict[str, Any]]:
    """Items for the role DEV of the small framework, their difficulties spread around 0.60."""
    return [
        item_document(
            f"{competence}-{level}-{number:02}",
            competence=competence,
            level=level,
            expected_difficulty=f"0.{50 + 20 * number // max(per_competence - 1, 1)}",
        )
        for competence, level in (("A.1", 4), ("A.2", 5), ("B.1", 6))
        for number in range(per_competence)
    ]


def make_bank(tx: Session, items: list[dict[str, Any]] | None = None) -> Bank:
    staff = make_staff(tx)
    framework = make_framework(tx, staff)
    documents = live_items() if items is None else items
    if documents:
        make_live_items(tx, staff, framework, documents)
    return Bank(staff, framework)


def scheme_facts(tx: Session, bank: Bank, **changes: Any) -> dict[str, Any]:
    """Arguments of :func:`draft_scheme` for a complete scheme; parts and rules can be replaced by name."""
    sample = sample_scheme(bank.framework.document, JOB_ROLE)
    facts: dict[str, Any] = {
        "code": sample["code"],
        "title": sample["title"],
        "framework": bank.framework,
        "job_role": job_role_by_code(tx, bank.framework, JOB_ROLE),
        "parts": sample["parts"],
        "rules": {**sample["rules"], "indicative_below_items": 2},  # a small bank makes short areas
        "actor": bank.staff.manager,
        "now": NOW,
    }
    return facts | changes


def make_draft(tx: Session, bank: Bank, **changes: Any) -> SchemeVersion:
    return draft_scheme(tx, bank.staff.organisation.id, **scheme_facts(tx, bank, **changes))


def make_scheme(tx: Session, bank: Bank, *, now: datetime = NOW, **changes: Any) -> SchemeVersion:
    """A published scheme version."""
    return publish_scheme(tx, make_draft(tx, bank, **changes), actor=bank.staff.manager, now=now)


def make_plan(tx: Session, bank: Bank, scheme: SchemeVersion | None = None, **changes: Any) -> Blueprint:
    """A blueprint of two items per competence around 0.60, of a new scheme where none is given."""
    version = scheme or make_scheme(tx, bank)
    facts: dict[str, Any] = {
        "cells": even_cells(role_cells(tx, version.job_role), 2),
        "time_limit_seconds": 3600,
        "difficulty_target": "0.60",
        "difficulty_tolerance": "0.05",
        "actor": bank.staff.manager,
        "now": NOW,
    }
    return make_blueprint(tx, version, **facts | changes)


def make_assembled_form(tx: Session, bank: Bank, blueprint: Blueprint | None = None, *, seed: str = "one") -> Form:
    return assemble_form(tx, blueprint or make_plan(tx, bank), seed=seed, actor=bank.staff.manager, now=NOW)
