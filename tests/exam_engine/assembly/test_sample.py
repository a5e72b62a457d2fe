"""The sample scheme: complete for every role of any framework, default rules by derived numbers, honest words."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from fractions import Fraction
from importlib.resources import files
from typing import Any

import pytest
from sqlalchemy.orm import Session

from exam_engine.assembly.blueprints import make_blueprint
from exam_engine.assembly.forms import assemble_form, form_versions
from exam_engine.assembly.rules import AreasAt, SchemeRules
from exam_engine.assembly.sample import (
    DEFAULT_BLUEPRINT,
    sample_blueprint,
    sample_rules,
    sample_scheme,
)
from exam_engine.assembly.scheme_drafts import draft_scheme
from exam_engine.assembly.schemes import SchemeVersion, publish_scheme
from exam_engine.assembly.selection import select_items
from kernel.errors import NotFound
from kernel.storage import Storage
from question_bank.competences import Framework, RoleCell, job_role_by_code
from question_bank.pool import live_pool
from question_bank.sample import load_sample
from tests.builders.question_bank import Staff, framework_document, make_framework, make_staff

DOCUMENT: dict[str, Any] = json.loads(files("question_bank.sample").joinpath("framework.json").read_bytes())
ROLES = [role["code"] for role in DOCUMENT["roles"]]
# Candidates look back over what they answered: a form is not expected to take all the time there is.
TIME_KEPT_FREE = Fraction(95, 100)
KINDS_OF_A_FORM = 7


@pytest.mark.parametrize("role", ROLES)
def test_the_default_examination_is_eight_areas_of_ten_items_in_140_minutes(role: str) -> None:
    plan = sample_blueprint(DOCUMENT, role)
    by_area: dict[str, int] = {}
    for cell in plan["cells"]:
        by_area[cell["area"]] = by_area.get(cell["area"], 0) + cell["count"]
    assert list(by_area.values()) == [10] * 8
    assert plan["time_limit_seconds"] == 140 * 60


@pytest.mark.parametrize("role", ROLES)
def test_the_default_rules_are_those_of_the_domain(role: str) -> None:
    rules = SchemeRules.parse(sample_scheme(DOCUMENT, role)["rules"])
    assert rules.overall == Fraction(53, 80)
    assert rules.areas_at == AreasAt(Fraction(2, 3), 6)
    assert rules.area_floor == Fraction(2, 5)
    assert dict(rules.level_cuts) == {4: Fraction(1, 2), 5: Fraction(3, 5), 6: Fraction(2, 3)}
    assert rules.indicative_below_items == 10


@pytest.mark.parametrize(("areas", "at_least"), [(1, 1), (2, 2), (4, 3), (8, 6), (11, 9)])
def test_three_of_four_areas_decide_whatever_their_number(areas: int, at_least: int) -> None:
    profile = [RoleCell(f"A{number}", "", f"A{number}.1", "", 5) for number in range(areas)]
    rules = SchemeRules.parse(sample_rules(profile))
    assert rules.areas_at is not None
    assert rules.areas_at.at_least == at_least


@pytest.mark.parametrize("levels", [[5], [4, 6], list(range(1, 9))])
def test_cuts_rise_with_the_levels_examined_and_end_at_two_thirds(levels: list[int]) -> None:
    profile = [RoleCell("A", "", f"A.{level}", "", level) for level in levels]
    cuts = SchemeRules.parse(sample_rules(profile)).level_cuts
    assert list(cuts) == levels
    assert cuts[levels[-1]] == Fraction(2, 3)


@pytest.mark.parametrize("role", ROLES)
def test_it_claims_no_more_than_it_is(role: str) -> None:
    scheme = sample_scheme(DOCUMENT, role)
    scope = " ".join(scheme["parts"]["scope"])
    assert "sample" in scheme["title"]
    assert "No project, body or authority endorses it" in scope
    assert "descriptors modelled on EQF level" in scope
    assert DOCUMENT["framework"]["notice"] in scope
    assert "portfolio" in " ".join(scheme["parts"]["level_evidence"]["6"])


@pytest.mark.parametrize("role", ROLES)
def test_its_tasks_are_those_of_the_framework_or_else_the_roles_description(role: str) -> None:
    bare = copy.deepcopy(DOCUMENT)
    for found in bare["roles"]:
        tasks = [task["text"] for task in found.pop("tasks")]
        if found["code"] == role:
            assert sample_scheme(DOCUMENT, role)["parts"]["tasks"] == tasks
            assert sample_scheme(bare, role)["parts"]["tasks"] == found["description"]


def test_an_unknown_role_is_not_found() -> None:
    with pytest.raises(NotFound, match="no job role 'CHEF'"):
        sample_scheme(DOCUMENT, "CHEF")


def drafted(tx: Session, staff: Staff, framework: Framework, code: str, now: datetime) -> SchemeVersion:
    """Draft the sample scheme of a job role, as the API does with its document."""
    scheme, role = sample_scheme(framework.document, code), job_role_by_code(tx, framework, code)
    facts = {name: scheme[name] for name in ("code", "title", "parts", "rules")}
    body, actor = staff.organisation.id, staff.manager
    return draft_scheme(tx, body, **facts, framework=framework, job_role=role, actor=actor, now=now)


@pytest.mark.parametrize("role", ["DEV", "MAN"])
def test_any_framework_gets_a_complete_scheme(tx: Session, now: datetime, role: str) -> None:
    staff = make_staff(tx)
    framework = make_framework(tx, staff, framework_document())
    version = drafted(tx, staff, framework, role, now)
    publish_scheme(tx, version, actor=staff.manager, now=now)
    plan = sample_blueprint(framework.document, role)
    assert make_blueprint(tx, version, **plan, actor=staff.manager, now=now).cells == plan["cells"]


def test_the_sample_bank_gives_a_form_for_every_role(tx: Session, storage: Storage, now: datetime) -> None:
    staff = make_staff(tx)
    people = {"author": staff.author, "reviewer": staff.reviewer, "manager": staff.manager}
    framework = load_sample(tx, staff.organisation.id, storage=storage, **people, now=now)
    pool = live_pool(tx, framework, staff.organisation.id)
    for role in ROLES:
        version = drafted(tx, staff, framework, role, now)
        publish_scheme(tx, version, actor=staff.manager, now=now)
        blueprint = make_blueprint(
            tx, version, **sample_blueprint(framework.document, role), actor=staff.manager, now=now
        )
        form = assemble_form(tx, blueprint, seed="sample", actor=staff.manager, now=now)
        assert len(form_versions(tx, form.id)) == 80
        assert form.difficulty == DEFAULT_BLUEPRINT.difficulty_target
        for seed in map(str, range(12)):
            selection = select_items(blueprint.specification, pool, seed)
            assert (
                sum(item.expected_seconds for item in selection.items) <= TIME_KEPT_FREE * blueprint.time_limit_seconds
            )
            assert len({item.kind for item in selection.items}) >= KINDS_OF_A_FORM
