"""Scheme drafts: what they hold, the next version, and what is refused by its place; revised until published."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_engine.assembly.content import InvalidScheme
from exam_engine.assembly.rules import SchemeRules
from exam_engine.assembly.scheme_drafts import revise_draft
from exam_engine.assembly.schemes import (
    Scheme,
    SchemeState,
    publish_scheme,
)
from kernel.audit import AuditEntry
from kernel.errors import Conflict, NotFound
from question_bank.competences import job_role_by_code
from tests.builders.assembly import Bank, make_bank, make_draft, scheme_facts


@pytest.fixture
def bank(tx: Session) -> Bank:
    return make_bank(tx, items=[])


def actions(tx: Session) -> list[str]:
    rows = tx.scalars(
        select(AuditEntry.action).where(AuditEntry.action.startswith("scheme.")).order_by(AuditEntry.sequence)
    )
    return list(rows)


def test_a_draft_holds_its_parts_and_takes_the_competences_from_the_framework(tx: Session, bank: Bank) -> None:
    version = make_draft(tx, bank)
    assert (version.number, version.state) == (1, SchemeState.DRAFT)
    assert version.parts["competences"] == [
        {"area": "A", "competence": "A.1", "level": 4},
        {"area": "A", "competence": "A.2", "level": 5},
        {"area": "B", "competence": "B.1", "level": 6},
    ]
    assert SchemeRules.parse(version.rules).document == version.rules
    assert actions(tx) == ["scheme.draft"]


def test_the_next_draft_of_a_scheme_is_its_next_version(tx: Session, bank: Bank) -> None:
    first, second = make_draft(tx, bank), make_draft(tx, bank)
    assert (second.scheme_id, second.number) == (first.scheme_id, 2)
    assert second.rules_hash == first.rules_hash


def test_a_new_version_does_not_rename_the_scheme(tx: Session, bank: Bank) -> None:
    make_draft(tx, bank)
    with pytest.raises(InvalidScheme, match="does not rename it"):
        make_draft(tx, bank, title="Another title")


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"code": "two words"}, "/code"),
        ({"title": " "}, "/title"),
        ({"parts": {"scoop": "x"}}, "/parts/scoop"),
        ({"parts": {"competences": []}}, "/parts/competences"),
        ({"rules": {}}, "/rules/pass"),
    ],
)
def test_a_draft_that_cannot_be_read_is_refused_by_place(
    tx: Session, bank: Bank, changes: dict[str, Any], place: str
) -> None:
    with pytest.raises(InvalidScheme) as refusal:
        make_draft(tx, bank, **changes)
    assert place in {fault.place for fault in refusal.value.faults}
    assert tx.scalar(select(Scheme.id)) is None


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ({"pass": {"areas_at": {"threshold": "2/3", "at_least": 3}}}, "/rules/pass/areas_at/at_least"),
        ({"pass": {"areas_at": {"threshold": "2/3", "at_least": 0}}}, "/rules/pass/areas_at/at_least"),
        (
            {"pass": {"areas_at": {"threshold": "2/3", "at_least": 2, "mandatory": ["A", "Z"]}}},
            "/rules/pass/areas_at/mandatory",
        ),
        (
            {"pass": {"areas_at": {"threshold": "2/3", "at_least": 2, "mandatory": ["A", "A"]}}},
            "/rules/pass/areas_at/mandatory/1",
        ),
        ({"level_cuts": {"4": "1/3", "5": "2/5", "6": "1/2", "7": "2/3"}}, "/rules/level_cuts/7"),
    ],
)
def test_rules_that_the_job_role_cannot_show_are_refused(
    tx: Session, bank: Bank, rule: dict[str, Any], place: str
) -> None:
    with pytest.raises(InvalidScheme) as refusal:
        make_draft(tx, bank, rules={**scheme_facts(tx, bank)["rules"], **rule})
    assert [fault.place for fault in refusal.value.faults] == [place]


def test_a_draft_is_revised_and_a_published_version_never(tx: Session, bank: Bank, now: datetime) -> None:
    facts = scheme_facts(tx, bank)
    version = make_draft(tx, bank, parts={})
    rules = {**facts["rules"], "pass": {"overall": "70"}}
    revise_draft(tx, version, parts=facts["parts"], rules=rules, actor=bank.staff.manager, now=now)
    assert SchemeRules.parse(version.rules).areas_at is None
    publish_scheme(tx, version, actor=bank.staff.manager, now=now)
    with pytest.raises(Conflict, match="never edited"):
        revise_draft(tx, version, parts=facts["parts"], rules=facts["rules"], actor=bank.staff.manager, now=now)
    assert actions(tx) == ["scheme.draft", "scheme.revise", "scheme.publish"]


def test_nobody_drafts_over_the_framework_of_another_body(tx: Session, bank: Bank) -> None:
    stranger = make_bank(tx, items=[])
    with pytest.raises(NotFound):
        make_draft(tx, bank, framework=stranger.framework)
    with pytest.raises(NotFound):
        make_draft(tx, bank, actor=stranger.staff.manager)
    with pytest.raises(NotFound):
        make_draft(tx, bank, job_role=job_role_by_code(tx, stranger.framework, "DEV"))
