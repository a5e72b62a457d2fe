"""Frameworks by code and version, job roles and their profiles; strangers find nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from question_bank.competences import (
    RoleCell,
    competence_ids,
    framework_by_code,
    frameworks_of,
    job_role_by_code,
    role_cells,
)
from tests.builders.question_bank import framework_document, make_framework, make_staff


def test_the_newest_version_is_the_one_imported_last(tx: Session, now: datetime) -> None:
    staff = make_staff(tx)
    later = make_framework(tx, staff, framework_document(version="0.9"), now=now + timedelta(days=1))
    earlier = make_framework(tx, staff, framework_document(version="0.10"), now=now)
    assert framework_by_code(tx, staff.organisation.id, "small-city") is later
    assert framework_by_code(tx, staff.organisation.id, "small-city", "0.10") is earlier


def test_frameworks_are_listed_by_code_the_newest_first(tx: Session, now: datetime) -> None:
    staff = make_staff(tx)
    for day, (code, version) in enumerate([("b", "1"), ("a", "1"), ("a", "2")]):
        make_framework(tx, staff, framework_document(code=code, version=version), now=now + timedelta(days=day))
    found = [(framework.code, framework.version) for framework in frameworks_of(tx, staff.organisation.id)]
    assert found == [("a", "2"), ("a", "1"), ("b", "1")]


def test_strangers_and_unknown_codes_find_nothing(tx: Session) -> None:
    staff, stranger = make_staff(tx), make_staff(tx)
    framework = make_framework(tx, staff)
    assert frameworks_of(tx, stranger.organisation.id) == []
    with pytest.raises(NotFound):
        framework_by_code(tx, stranger.organisation.id, "small-city")
    with pytest.raises(NotFound, match="'small-city' in version '2'"):
        framework_by_code(tx, staff.organisation.id, "small-city", "2")
    with pytest.raises(NotFound, match="no job role 'CTO'"):
        job_role_by_code(tx, framework, "CTO")


def test_a_profile_lists_competence_area_and_level(tx: Session) -> None:
    framework = make_framework(tx, make_staff(tx))
    assert role_cells(tx, job_role_by_code(tx, framework, "MAN")) == (
        RoleCell("A", "Area A", "A.1", "Competence A.1", 5),
        RoleCell("B", "Area B", "B.1", "Competence B.1", 6),
    )


def test_competences_are_found_by_code(tx: Session) -> None:
    framework = make_framework(tx, make_staff(tx))
    assert competence_ids(tx, framework) == {
        competence.code: competence.id for area in framework.areas for competence in area.competences
    }
