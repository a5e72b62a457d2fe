"""Importing a framework: whole or not at all, every fault with file and pointer, the same version only once."""

from __future__ import annotations

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.audit import AuditEntry
from kernel.canonical import digest
from kernel.db import Database
from kernel.errors import Conflict, Invalid, NotFound
from question_bank.competences import (
    Area,
    Competence,
    Framework,
    JobRole,
    PerformanceCriterion,
    RoleLevel,
    Task,
    role_cells,
)
from question_bank.interchange.framework_json import import_framework
from tests.builders.kernel import NOW
from tests.builders.question_bank import (
    Staff,
    as_bytes,
    competence_document,
    framework_document,
    make_framework,
    make_staff,
)

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def staff(tx: Session) -> Staff:
    return make_staff(tx)


def importing(tx: Session, staff: Staff, document: bytes) -> Framework:
    return import_framework(tx, staff.organisation.id, document, file="scheme.json", actor=staff.manager, now=NOW)


def row_counts(tx: Session) -> list[int]:
    tables = (Framework, Area, Competence, JobRole, RoleLevel, AuditEntry)
    return [tx.scalars(select(func.count()).select_from(table)).one() for table in tables]


def test_a_document_becomes_rows_in_its_own_order(tx: Session, staff: Staff) -> None:
    document = framework_document()
    framework = importing(tx, staff, as_bytes(document))
    assert (framework.code, framework.version, framework.language, framework.status) == (
        "small-city",
        "1",
        "en",
        "sample",
    )
    assert framework.document == document
    assert framework.document_hash == digest(document)
    assert framework.imported_at == NOW
    assert [area.code for area in framework.areas] == ["A", "B"]
    assert [[c.code for c in area.competences] for area in framework.areas] == [["A.1", "A.2"], ["B.1"]]
    assert [role.code for role in framework.job_roles] == ["DEV", "MAN"]
    cells = [[(cell.competence, cell.level) for cell in role_cells(tx, role)] for role in framework.job_roles]
    assert cells == [[("A.1", 4), ("A.2", 5), ("B.1", 6)], [("A.1", 5), ("B.1", 6)]]


def test_provenance_is_kept_for_every_field(tx: Session, staff: Staff) -> None:
    document = framework_document()
    document["areas"][0]["provenance"]["name"] = "sourced"
    document["areas"][0]["sources"] = {"name": ["study"]}
    framework = importing(tx, staff, as_bytes(document))
    assert framework.areas[0].provenance == {
        "code": {"provenance": "proposed", "sources": []},
        "name": {"provenance": "sourced", "sources": ["study"]},
    }


def test_the_import_leaves_one_audit_entry(tx: Session, staff: Staff) -> None:
    framework = importing(tx, staff, as_bytes(framework_document()))
    entry = tx.scalars(
        select(AuditEntry).where(AuditEntry.organisation_id == staff.organisation.id, AuditEntry.actor_id.is_not(None))
    ).one()
    assert (entry.action, entry.subject) == ("framework.import", f"framework:{framework.id}")
    assert entry.actor_id == staff.manager.account_id


def test_the_same_document_again_changes_nothing(tx: Session, staff: Staff) -> None:
    first = importing(tx, staff, as_bytes(framework_document()))
    before = row_counts(tx)
    document = framework_document()
    reordered = dict(reversed(document.items()))
    assert importing(tx, staff, as_bytes(reordered)) is first
    assert row_counts(tx) == before


def test_the_same_version_with_other_content_is_a_conflict(tx: Session, staff: Staff) -> None:
    first = importing(tx, staff, as_bytes(framework_document()))
    before = row_counts(tx)
    with pytest.raises(
        Conflict, match=r"scheme\.json#/framework/version: .*give the corrected document a new"
    ) as refused:
        importing(tx, staff, as_bytes(framework_document(title="Another title")))
    assert refused.value.facts == {"document_hash": first.document_hash}
    assert row_counts(tx) == before


def test_a_new_version_stands_beside_the_old(tx: Session, staff: Staff) -> None:
    first = importing(tx, staff, as_bytes(framework_document()))
    second = importing(tx, staff, as_bytes(framework_document(version="2")))
    assert first.id != second.id
    assert {area.id for area in first.areas}.isdisjoint(area.id for area in second.areas)


def test_organisations_import_for_themselves(tx: Session, staff: Staff) -> None:
    other = make_staff(tx)
    assert make_framework(tx, staff).id != make_framework(tx, other).id
    with pytest.raises(NotFound):
        import_framework(
            tx,
            other.organisation.id,
            as_bytes(framework_document(version="9")),
            file="scheme.json",
            actor=staff.manager,
            now=NOW,
        )


def test_counts_codes_and_levels_are_the_documents_own(tx: Session, staff: Staff) -> None:
    document = framework_document()
    document["areas"] = [area | {"code": f"Модул-{n}"} for n, area in enumerate(document["areas"] * 6)]
    document["roles"] = [role | {"code": f"R{n}"} for n, role in enumerate(document["roles"] * 2)]
    levels = {f"R{n}": level for n, level in enumerate((1, 8, 3, 7))}
    document["competences"] = [competence_document(f"C{n}", f"Модул-{n % 12}", levels) for n in range(60)]
    framework = importing(tx, staff, as_bytes(document))
    assert len(framework.areas) == 12
    assert [len(role_cells(tx, role)) for role in framework.job_roles] == [60] * 4
    assert {cell.level for role in framework.job_roles for cell in role_cells(tx, role)} == {1, 3, 7, 8}


def put(*path: Any, to: Any) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return edit


def drop(*path: Any) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return edit


BAD = [
    (put("format", to="exam-engine-item-bank"), "/format", "is not known here"),
    (put("format_version", to=2), "/format_version", "2 is not known here"),
    (put("areas", to=[]), "/areas", "needs at least 1, has 0"),
    (drop("competences"), "/competences", "is missing"),
    (put("extra", to=1), "/extra", "is unknown here"),
    (put("framework", to=[]), "/framework", "must be an object"),
    (drop("framework", "title"), "/framework/title", "is missing"),
    (put("framework", "code", to="small city"), "/framework/code", "is no code"),
    (put("framework", "language", to="English"), "/framework/language", "is no language tag"),
    (put("framework", "level_statement", to="EQF level {level}"), "/framework/level_statement", "is unknown here"),
    (put("framework", "status", to="Sample"), "/framework/status", "'Sample' is no status; there is sample, official"),
    (put("framework", "rules", to={"n": {"value": 40}}), "/framework/rules/n/provenance", "is missing"),
    (put("framework", "rules", to={"n": {"provenance": "proposed"}}), "/framework/rules/n/value", "is missing"),
    (put("framework", "modelled_on", to={"t": 0.5}), "/framework/modelled_on/t", "write it as text"),
    (put("framework", "life_cycle_phases", to=[{"code": "x", "name": "X"}]), "/framework/life_cycle_phases/0/provenance", "is missing"),
    (put("sources", to=[]), "/sources", "must be an object"),
    (drop("sources", "study", "name"), "/sources/study/name", "is missing"),
    (put("areas", 1, "code", to="A"), "/areas/1/code", "'A' stands already at scheme.json#/areas/0/code"),
    (put("areas", 0, "name", to=""), "/areas/0/name", "is empty"),
    (drop("areas", 0, "provenance"), "/areas/0/provenance", "is missing"),
    (drop("areas", 0, "provenance", "name"), "/areas/0/provenance/name", "is missing"),
    (put("areas", 0, "provenance", "name", to="guessed"), "/areas/0/provenance/name", "is no provenance; there is sourced, proposed"),
    (put("areas", 0, "provenance", "name", to="sourced"), "/areas/0/provenance/name", "name its source"),
    (put("areas", 0, "sources", to={"name": ["rumour"]}), "/areas/0/sources/name/0", "is no source of this document; there is study"),
    (put("areas", 0, "provenance", "colour", to="proposed"), "/areas/0/provenance/colour", "is unknown here"),
    (put("roles", 1, "code", to="DEV"), "/roles/1/code", "stands already"),
    (put("roles", 0, "life_cycle_phase", to="design"), "/roles/0/life_cycle_phase", "is no life-cycle phase; there is none"),
    (put("roles", 0, "prerequisites", to=[{"type": "degree"}]), "/roles/0/prerequisites/0/text", "is missing"),
    (put("roles", 0, "name_variants", to=[1]), "/roles/0/name_variants/0", "must be text"),
    (put("roles", 0, "code", to=["DEV"]), "/roles/0/code", "must be text"),
    (put("competences", 0, "area", to="Z"), "/competences/0/area", "'Z' is no area of this document; there is A, B"),
    (put("competences", 0, "area", to={}), "/competences/0/area", "must be text"),
    (put("competences", 1, "code", to="A.1"), "/competences/1/code", "stands already"),
    (drop("competences", 2, "provenance", "eqf"), "/competences/2/provenance/eqf", "is missing"),
    (put("competences", 0, "eqf", to={}), "/competences/0/eqf", "names no job role"),
    (put("competences", 0, "eqf", to=[4]), "/competences/0/eqf", "must be an object"),
    (put("competences", 0, "eqf", "CTO", to=4), "/competences/0/eqf/CTO", "there is no job role 'CTO'"),
    (put("competences", 0, "eqf", "DEV", to=0), "/competences/0/eqf/DEV", "0 is outside 1..8"),
    (put("competences", 0, "eqf", "DEV", to=9), "/competences/0/eqf/DEV", "9 is outside 1..8"),
    (put("competences", 0, "eqf", "DEV", to="4"), "/competences/0/eqf/DEV", "must be a whole number"),
    (put("competences", 0, "eqf", "DEV", to=True), "/competences/0/eqf/DEV", "must be a whole number"),
    (put("competences", 0, "eqf", "DEV", to=4.0), "/competences/0/eqf/DEV", "inexactly"),
    (put("competences", 0, "basis", to=[{"source": "rumour", "topic": "x"}]), "/competences/0/basis/0/source", "is no source"),
    (put("competences", 0, "basis", to=[{"source": "study"}]), "/competences/0/basis/0/topic", "is missing"),
    (put("competences", 0, "description", to="a\x00b"), "/competences/0/description", "control characters"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "pointer", "message"), BAD)
def test_a_faulty_document_is_refused_at_its_place_and_nothing_changes(
    tx: Session, staff: Staff, edit: Edit, pointer: str, message: str
) -> None:
    document = copy.deepcopy(framework_document())
    edit(document)
    before = row_counts(tx)
    with pytest.raises(Invalid) as refused:
        importing(tx, staff, as_bytes(document))
    faults = {fault.place: fault.message for fault in refused.value.faults}
    assert f"scheme.json#{pointer}" in faults
    assert message in faults[f"scheme.json#{pointer}"]
    assert "nothing was changed" in refused.value.detail
    assert row_counts(tx) == before


def test_a_job_role_that_no_competence_needs_is_refused(tx: Session, staff: Staff) -> None:
    document = framework_document()
    for competence in document["competences"]:
        competence["eqf"].pop("MAN", None)
    with pytest.raises(Invalid, match=r"scheme\.json#/roles/1/code: no competence gives this job role a level"):
        importing(tx, staff, as_bytes(document))


def test_all_faults_are_told_at_once(tx: Session, staff: Staff) -> None:
    document = framework_document()
    for edit in (
        put("framework", "language", to="English"),
        put("framework", "status", to="Sample"),
        put("framework", "rules", to={"n": {"value": 40}}),
        put("competences", 0, "eqf", "DEV", to=9),
        put("competences", 2, "area", to="Z"),
    ):
        edit(document)
    with pytest.raises(Invalid) as refused:
        importing(tx, staff, as_bytes(document))
    assert refused.value.detail == "scheme.json: 5 faults; nothing was changed"
    assert [fault.place.partition("#")[2] for fault in refused.value.faults] == [
        "/framework/language",
        "/framework/status",
        "/framework/rules/n/provenance",
        "/competences/0/eqf/DEV",
        "/competences/2/area",
    ]


def test_a_sourced_basis_names_its_sources_itself(tx: Session, staff: Staff) -> None:
    document = framework_document()
    document["competences"][0]["basis"] = [{"source": "study", "topic": "why"}]
    document["competences"][0]["provenance"]["basis"] = "sourced"
    framework = importing(tx, staff, as_bytes(document))
    assert framework.areas[0].competences[0].basis == [{"source": "study", "topic": "why"}]


def test_two_imports_at_the_same_moment_end_in_one_framework(database: Database) -> None:
    with database.transaction() as tx:
        staff = make_staff(tx)
    together = Barrier(2)

    def run(_: int) -> Any:
        with database.transaction() as tx:
            if database.dialect == "postgresql":  # SQLite lets one writer in at a time
                together.wait()
            return importing(tx, staff, as_bytes(framework_document())).id

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(run, range(2))
    assert first == second


def detailed() -> dict[str, Any]:
    """A document with two criteria and a task that takes two competences."""
    document = framework_document()
    criteria = [{"code": f"A.1-{number}", "text": f"Does {number}."} for number in (1, 2)]
    proposed = {"code": "proposed", "text": "proposed"}
    document["competences"][0]["criteria"] = [{**criterion, "provenance": proposed} for criterion in criteria]
    task = {"code": "T1", "text": "Runs the works.", "competences": ["B.1", "A.1"]}
    document["roles"][0]["tasks"] = [{**task, "provenance": {**proposed, "competences": "proposed"}}]
    return document


def test_criteria_and_tasks_become_rows_of_their_owners(tx: Session, staff: Staff) -> None:
    framework = importing(tx, staff, as_bytes(detailed()))
    competence = tx.scalars(select(Competence).where(Competence.code == "A.1")).one()
    assert [(one.code, one.text) for one in competence.criteria] == [("A.1-1", "Does 1."), ("A.1-2", "Does 2.")]
    (task,) = framework.job_roles[0].tasks
    assert (task.code, task.text) == ("T1", "Runs the works.")
    assert [one.code for one in task.competences] == ["A.1", "B.1"]
    assert task.provenance["text"] == {"provenance": "proposed", "sources": []}
    assert framework.job_roles[1].tasks == []


@pytest.mark.parametrize(
    ("edit", "place", "message"),
    [
        (lambda d: d["roles"][0]["tasks"][0].update(competences=[]), "roles/0/tasks/0/competences", "at least 1"),
        (
            lambda d: d["roles"][0]["tasks"][0].update(competences=["A.9"]),
            "roles/0/tasks/0/competences/0",
            "the job role has no competence 'A.9'",
        ),
        (
            lambda d: d["roles"][1].update(tasks=[{**d["roles"][0]["tasks"][0], "competences": ["A.2"]}]),
            "roles/1/tasks/0/competences/0",
            "the job role has no competence 'A.2'",
        ),
        (
            lambda d: d["roles"][1].update(tasks=[{**d["roles"][0]["tasks"][0], "competences": ["A.1"]}]),
            "roles/1/tasks/0/code",
            "'T1' stands already at scheme.json#/roles/0/tasks/0/code",
        ),
        (
            lambda d: d["competences"][1].update(criteria=d["competences"][0]["criteria"][:1]),
            "competences/1/criteria/0/code",
            "'A.1-1' stands already at scheme.json#/competences/0/criteria/0/code",
        ),
        (
            lambda d: d["competences"][0]["criteria"][0].pop("provenance"),
            "competences/0/criteria/0/provenance",
            "is missing",
        ),
        (
            lambda d: d["competences"][0]["provenance"].update(criteria="proposed"),
            "competences/0/provenance/criteria",
            "is unknown here",
        ),
    ],
)
def test_faulty_criteria_and_tasks_are_named(tx: Session, staff: Staff, edit: Edit, place: str, message: str) -> None:
    document = detailed()
    edit(document)
    with pytest.raises(Invalid) as refused:
        importing(tx, staff, as_bytes(document))
    told = {fault.place: fault.message for fault in refused.value.faults}
    assert message in told[f"scheme.json#/{place}"]
    assert tx.scalar(select(func.count()).select_from(Task)) == 0
    assert tx.scalar(select(func.count()).select_from(PerformanceCriterion)) == 0
