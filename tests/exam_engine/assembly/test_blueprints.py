"""Blueprints: every cell is one the job role needs, every number exact, and what cannot be is refused by its cell."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam_engine.assembly.blueprints import Blueprint, InvalidBlueprint, blueprint_for, even_cells
from exam_engine.assembly.model import Cell, Specification
from exam_engine.assembly.schemes import NotPublished, SchemeVersion, withdraw_scheme
from kernel.audit import AuditEntry
from kernel.errors import NotFound
from question_bank.competences import RoleCell
from tests.builders.assembly import Bank, make_bank, make_draft, make_plan, make_scheme, scheme_facts

CELLS = [
    {"area": "A", "competence": "A.1", "level": 4, "count": 2},
    {"area": "A", "competence": "A.2", "level": 5, "count": 2},
    {"area": "B", "competence": "B.1", "level": 6, "count": 2},
]


@pytest.fixture
def bank(tx: Session) -> Bank:
    return make_bank(tx, items=[])


@pytest.fixture
def scheme(tx: Session, bank: Bank) -> SchemeVersion:
    return make_scheme(tx, bank)


def refusal_of(tx: Session, bank: Bank, scheme: SchemeVersion, **changes: Any) -> dict[str, str]:
    with pytest.raises(InvalidBlueprint) as refusal:
        make_plan(tx, bank, scheme, **changes)
    assert tx.scalar(select(func.count()).select_from(Blueprint)) == 0
    return {fault.place: fault.message for fault in refusal.value.faults}


def test_even_cells_give_every_competence_the_same_number() -> None:
    profile = [RoleCell("A", "Area", "A.1", "First", 4), RoleCell("B", "Other", "B.1", "Second", 6)]
    assert even_cells(profile, 3) == [
        {"area": "A", "competence": "A.1", "level": 4, "count": 3},
        {"area": "B", "competence": "B.1", "level": 6, "count": 3},
    ]


def test_a_blueprint_keeps_its_cells_in_the_frameworks_order(tx: Session, bank: Bank, scheme: SchemeVersion) -> None:
    blueprint = make_plan(tx, bank, scheme, cells=CELLS[::-1])
    tx.refresh(blueprint)
    assert blueprint.cells == CELLS
    assert blueprint.specification == Specification(
        tuple(Cell(**cell) for cell in CELLS), Fraction(3, 5), Fraction(1, 20)
    )
    assert tx.scalars(select(AuditEntry.action).where(AuditEntry.action == "blueprint.make")).all()


def test_equal_blueprints_of_two_bodies_hash_alike(tx: Session, bank: Bank, scheme: SchemeVersion) -> None:
    twin = make_plan(tx, make_bank(tx, items=[]))
    assert make_plan(tx, bank, scheme).blueprint_hash == twin.blueprint_hash
    assert make_plan(tx, bank, scheme, difficulty_target=Fraction(3, 5)).blueprint_hash == twin.blueprint_hash


@pytest.mark.parametrize(
    "change",
    [
        {"cells": [*CELLS[:2], {**CELLS[2], "count": 3}]},
        {"time_limit_seconds": 3601},
        {"difficulty_target": "0.61"},
        {"difficulty_tolerance": "0.04"},
    ],
)
def test_every_number_of_a_blueprint_is_in_its_hash(
    tx: Session, bank: Bank, scheme: SchemeVersion, change: dict[str, Any]
) -> None:
    assert make_plan(tx, bank, scheme, **change).blueprint_hash != make_plan(tx, bank, scheme).blueprint_hash


def test_blueprints_of_a_scheme_version_are_numbered(tx: Session, bank: Bank, scheme: SchemeVersion) -> None:
    assert [make_plan(tx, bank, scheme).number for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("cell", "place", "words"),
    [
        ({"competence": "Z.9"}, "/cells/1/competence", "the job role has no competence 'Z.9'"),
        ({"area": "B"}, "/cells/1/area", "A.2 belongs to area A, not to 'B'"),
        ({"level": 6}, "/cells/1/level", "the job role needs A.2 at level 5, not 6"),
        ({"level": 9}, "/cells/1/level", "outside 1"),
        ({"level": "5"}, "/cells/1/level", "must be a whole number"),
        ({"level": True}, "/cells/1/level", "must be a whole number"),
        ({"count": 0}, "/cells/1/count", "outside 1"),
        ({"count": -2}, "/cells/1/count", "outside 1"),
        ({"count": 2.0}, "/cells/1/count", "inexactly"),
        ({"competence": "A.1", "level": 4}, "/cells/1", "A.1 has a cell already"),
        ({"weight": 2}, "/cells/1/weight", "unknown"),
    ],
)
def test_a_wrong_cell_is_named(
    tx: Session, bank: Bank, scheme: SchemeVersion, *, cell: dict[str, Any], place: str, words: str
) -> None:
    faults = refusal_of(tx, bank, scheme, cells=[CELLS[0], {**CELLS[1], **cell}, CELLS[2]])
    assert list(faults) == [place]
    assert words in faults[place]


def test_an_incomplete_cell_names_what_it_lacks(tx: Session, bank: Bank, scheme: SchemeVersion) -> None:
    faults = refusal_of(tx, bank, scheme, cells=[{"competence": "A.1"}])
    assert {place for place, words in faults.items() if "is missing" in words} == {
        "/cells/0/area",
        "/cells/0/level",
        "/cells/0/count",
    }


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"cells": []}, "/cells", "has 0"),
        ({"time_limit_seconds": 0}, "/time_limit_seconds", "outside 1"),
        ({"time_limit_seconds": 59}, "/time_limit_seconds", "too short for 6 items"),
        ({"time_limit_seconds": 10**6}, "/time_limit_seconds", "outside 1"),
        ({"time_limit_seconds": True}, "/time_limit_seconds", "whole number"),
        ({"time_limit_seconds": "3600"}, "/time_limit_seconds", "whole number"),
        ({"difficulty_target": 0.6}, "/difficulty_target", '"0.58"'),
        ({"difficulty_target": "60"}, "/difficulty_target", '"0.58"'),
        ({"difficulty_target": "60%"}, "/difficulty_target", '"0.58"'),
        ({"difficulty_target": "1.5"}, "/difficulty_target", "outside 0 to 1"),
        ({"difficulty_target": "3/2"}, "/difficulty_target", "outside 0 to 1"),
        ({"difficulty_tolerance": "-1/10"}, "/difficulty_tolerance", '"0.58"'),
        ({"difficulty_tolerance": Fraction(-1, 10)}, "/difficulty_tolerance", "outside 0 to 1"),
        ({"difficulty_tolerance": 1}, "/difficulty_tolerance", '"0.58"'),
    ],
)
def test_a_wrong_number_is_named(
    tx: Session, bank: Bank, scheme: SchemeVersion, *, changes: dict[str, Any], place: str, words: str
) -> None:
    faults = refusal_of(tx, bank, scheme, **changes)
    assert list(faults) == [place]
    assert words in faults[place]


def test_cells_in_fewer_areas_than_the_scheme_asks_for_are_refused(
    tx: Session, bank: Bank, scheme: SchemeVersion
) -> None:
    faults = refusal_of(tx, bank, scheme, cells=CELLS[:2])
    assert faults == {"/scheme_version/rules/pass/areas_at/at_least": "asks for 2 areas, but the examination has 1"}


def test_cells_without_a_mandatory_area_are_refused(tx: Session, bank: Bank) -> None:
    passing = {"areas_at": {"threshold": "60", "at_least": 1, "mandatory": ["B"]}}
    scheme = make_scheme(tx, bank, rules={**scheme_facts(tx, bank)["rules"], "pass": passing})
    faults = refusal_of(tx, bank, scheme, cells=CELLS[:2])
    assert faults == {"/scheme_version/rules/pass/areas_at/mandatory": "'B' is no area of the examination; there is A"}


def test_a_blueprint_may_leave_competences_out_where_the_rules_allow(tx: Session, bank: Bank) -> None:
    rules = {**scheme_facts(tx, bank)["rules"], "pass": {"overall": "60"}}
    assert make_plan(tx, bank, make_scheme(tx, bank, rules=rules), cells=CELLS[:1]).cells == CELLS[:1]


def test_blueprints_are_made_for_published_schemes_only(tx: Session, bank: Bank, now: datetime) -> None:
    with pytest.raises(NotPublished, match="is draft"):
        make_plan(tx, bank, make_draft(tx, bank))
    withdrawn = withdraw_scheme(tx, make_scheme(tx, bank), reason="Old.", actor=bank.staff.manager, now=now)
    with pytest.raises(NotPublished, match="is withdrawn"):
        make_plan(tx, bank, withdrawn)


def test_strangers_find_no_blueprint(tx: Session, bank: Bank, scheme: SchemeVersion) -> None:
    blueprint = make_plan(tx, bank, scheme)
    assert blueprint_for(tx, bank.staff.manager, blueprint.id) is blueprint
    with pytest.raises(NotFound):
        blueprint_for(tx, make_bank(tx, items=[]).staff.manager, blueprint.id)


def test_the_database_refuses_to_edit_a_blueprint(tx: Session, bank: Bank, scheme: SchemeVersion) -> None:
    blueprint = make_plan(tx, bank, scheme)
    with pytest.raises(DBAPIError, match="append-only"), tx.begin_nested():
        blueprint.time_limit_seconds = 60


def test_an_area_that_decides_needs_enough_items(tx: Session) -> None:
    bank = make_bank(tx)
    rules = {**scheme_facts(tx, bank)["rules"], "indicative_below_items": 3}
    with pytest.raises(InvalidBlueprint) as caught:
        make_plan(tx, bank, make_scheme(tx, bank, rules=rules))
    assert [fault.message for fault in caught.value.faults] == ["area B has 2 items; an area that decides needs 3"]
