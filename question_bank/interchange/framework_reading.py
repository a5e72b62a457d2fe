"""Reading a framework document: from places of a JSON document to rows, noting every fault on the way.

One rule: every field of an area, role, task, competence or criterion says where it comes from: proposed, or sourced
and from what.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kernel.ids import new_id
from kernel.sentences import say
from question_bank.competences import (
    Area,
    Competence,
    Framework,
    FrameworkStatus,
    JobRole,
    PerformanceCriterion,
    RoleLevel,
    Task,
    TaskCompetence,
)
from question_bank.documents import Place, quoted, refuse_repeats
from question_bank.eqf import LEVELS
from question_bank.interchange.provenance import read_origin, read_provenance

_TEXTS = ("title", "notice")
_NO_ID = uuid.UUID(int=0)


@dataclass
class Reading:
    """What a document says, as rows that no session knows yet; worth something only if no fault was noted."""

    framework: Framework
    sources: Collection[str]
    phases: Collection[str]
    areas: dict[str, Area] = field(default_factory=dict)
    roles: dict[str, JobRole] = field(default_factory=dict)
    competences: list[Competence] = field(default_factory=list)
    levels: list[RoleLevel] = field(default_factory=list)
    criteria: list[PerformanceCriterion] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    task_competences: list[TaskCompetence] = field(default_factory=list)


def read_framework(root: Place, organisation_id: uuid.UUID, now: datetime) -> Reading:
    """Read a document of the shape in ``docs/formats.md``; its ``document`` and hash are the importer's to add."""
    root.shape("format", "format_version", "framework", "sources", "areas", "roles", "competences")
    sources = _read_sources(root.member("sources"))
    about = root.member("framework")
    reading = Reading(
        framework=_read_header(about, organisation_id, now),
        sources=sources,
        phases=_read_phases(about.member("life_cycle_phases"), sources),
    )
    for statements in (about.member("modelled_on"), about.member("rules")):
        for statement in statements.named() if statements.is_given else ():
            _read_statement(statements.member(statement), sources)
    _read_areas(root.member("areas"), reading)
    _read_roles(root.member("roles"), reading)
    _read_competences(root.member("competences"), reading)
    _refuse_idle_roles(root.member("roles"), reading)
    _read_tasks(root.member("roles"), reading)
    return reading


def _read_sources(place: Place) -> Collection[str]:
    sources = place.named()
    for source in sources.values():
        source.shape("name", "url")
        source.member("name").text()
        if source.member("url").is_given:
            source.member("url").text()
    return sources


def _read_header(place: Place, organisation_id: uuid.UUID, now: datetime) -> Framework:
    place.shape("code", "version", "language", "status", *_TEXTS, "modelled_on", "rules", "life_cycle_phases")
    return Framework(
        id=new_id(),
        organisation_id=organisation_id,
        code=place.member("code").code(),
        version=place.member("version").code(),
        language=place.member("language").language(),
        status=place.member("status").one_of(tuple(FrameworkStatus), say("status")),
        imported_at=now,
        **{name: place.member(name).text() for name in _TEXTS},
    )


def _read_phases(place: Place, sources: Collection[str]) -> list[str]:
    phases = place.elements() if place.is_given else []
    for phase in phases:
        phase.shape("code", "name", "provenance", "sources")
        phase.member("name").text()
        read_origin(phase.member("provenance"), phase.member("sources"), sources)
    refuse_repeats(phase.member("code") for phase in phases)
    return [phase.member("code").code() for phase in phases]


def _read_statement(place: Place, sources: Collection[str]) -> None:
    place.shape("value", "provenance", "sources")
    if not place.member("value").is_given:
        place.member("value").refuse(say("is missing"))
    read_origin(place.member("provenance"), place.member("sources"), sources)


def _read_areas(place: Place, reading: Reading) -> None:
    places = place.elements(at_least=1)
    for position, area in enumerate(places):
        area.shape("code", "name", "provenance", "sources")
        code = area.member("code").code()
        reading.areas[code] = Area(
            id=new_id(),
            framework_id=reading.framework.id,
            position=position,
            code=code,
            name=area.member("name").text(),
            provenance=read_provenance(area, reading.sources),
        )
    refuse_repeats(area.member("code") for area in places)


def _read_roles(place: Place, reading: Reading) -> None:
    places = place.elements(at_least=1)
    for position, role in enumerate(places):
        role.shape(
            "code",
            "name",
            "name_variants",
            "description",
            "life_cycle_phase",
            "prerequisites",
            "tasks",
            "provenance",
            "sources",
        )
        code = role.member("code").code()
        reading.roles[code] = JobRole(
            id=new_id(),
            framework_id=reading.framework.id,
            position=position,
            code=code,
            name=role.member("name").text(),
            description=role.member("description").text(),
            life_cycle_phase=_read_phase(role.member("life_cycle_phase"), reading.phases),
            prerequisites=_read_prerequisites(role.member("prerequisites")),
            provenance=read_provenance(role, reading.sources, of_their_own="tasks"),
        )
        if role.member("name_variants").is_given:
            for variant in role.member("name_variants").elements():
                variant.text()
    refuse_repeats(role.member("code") for role in places)


def _read_phase(place: Place, phases: Collection[str]) -> str | None:
    return place.one_of(phases, say("life-cycle phase")) if place.is_given else None


def _read_prerequisites(place: Place) -> list[Any]:
    """Read conditions of entry; whatever else a condition says, it says it in words too."""
    for prerequisite in place.elements():
        prerequisite.member("text").text()
    return place.value if isinstance(place.value, list) else []


def _read_competences(place: Place, reading: Reading) -> None:
    places = place.elements(at_least=1)
    criteria: list[Place] = []
    for position, competence in enumerate(places):
        competence.shape("code", "area", "name", "description", "eqf", "basis", "criteria", "provenance", "sources")
        area = competence.member("area")
        code = area.one_of(reading.areas, say("area of this document"))
        row = Competence(
            id=new_id(),
            framework_id=reading.framework.id,
            area_id=reading.areas[code].id if code in reading.areas else _NO_ID,
            position=position,
            code=competence.member("code").code(),
            name=competence.member("name").text(),
            description=competence.member("description").text(),
            basis=_read_basis(competence.member("basis"), reading.sources),
            provenance=read_provenance(competence, reading.sources, of_their_own="criteria"),
        )
        reading.competences.append(row)
        _read_levels(competence.member("eqf"), row, reading)
        criteria += _read_criteria(competence.member("criteria"), row, reading)
    refuse_repeats(competence.member("code") for competence in places)
    refuse_repeats(criterion.member("code") for criterion in criteria)


def _read_criteria(place: Place, competence: Competence, reading: Reading) -> list[Place]:
    places = place.elements() if place.is_given else []
    for position, criterion in enumerate(places):
        criterion.shape("code", "text", "provenance", "sources")
        reading.criteria.append(
            PerformanceCriterion(
                id=new_id(),
                framework_id=reading.framework.id,
                competence_id=competence.id,
                position=position,
                code=criterion.member("code").code(),
                text=criterion.member("text").text(),
                provenance=read_provenance(criterion, reading.sources),
            )
        )
    return places


def _read_levels(place: Place, competence: Competence, reading: Reading) -> None:
    levels = place.named()
    if place.value == {}:
        place.refuse(say("names no job role; a competence needs a level for at least one"))
    for code, place_of_level in levels.items():
        level = place_of_level.whole(LEVELS)
        if code in reading.roles:
            role_id = reading.roles[code].id
            reading.levels.append(RoleLevel(job_role_id=role_id, competence_id=competence.id, level=level))
        else:
            place_of_level.refuse(say("there is no job role %(code)s in this document", code=quoted(code)))


def _refuse_idle_roles(place: Place, reading: Reading) -> None:
    busy = {level.job_role_id for level in reading.levels}
    for role in place.elements():
        code = role.member("code")
        row = reading.roles.get(code.text())
        if row is not None and row.id not in busy:
            code.refuse(say("no competence gives this job role a level"))


def _read_tasks(place: Place, reading: Reading) -> None:
    codes = {competence.id: competence.code for competence in reading.competences}
    needed: dict[uuid.UUID, dict[str, uuid.UUID]] = {}
    for level in reading.levels:
        needed.setdefault(level.job_role_id, {})[codes[level.competence_id]] = level.competence_id
    tasks: list[Place] = []
    for role in place.elements():
        row = reading.roles.get(role.member("code").text())
        if row is not None and role.member("tasks").is_given:
            places = role.member("tasks").elements()
            for position, task in enumerate(places):
                _read_task(task, position, row, needed.get(row.id, {}), reading)
            tasks += places
    refuse_repeats(task.member("code") for task in tasks)


def _read_task(place: Place, position: int, role: JobRole, needed: Mapping[str, uuid.UUID], reading: Reading) -> None:
    place.shape("code", "text", "competences", "provenance", "sources")
    task = Task(
        id=new_id(),
        framework_id=reading.framework.id,
        job_role_id=role.id,
        position=position,
        code=place.member("code").code(),
        text=place.member("text").text(),
        provenance=read_provenance(place, reading.sources),
    )
    reading.tasks.append(task)
    named = place.member("competences").elements(at_least=1)
    for competence in named:
        code = competence.text()
        if code in needed:
            reading.task_competences.append(TaskCompetence(task_id=task.id, competence_id=needed[code]))
        else:
            competence.refuse(
                say(
                    "the job role has no competence %(code)s; its tasks take those it has a level of", code=quoted(code)
                )
            )
    refuse_repeats(named)


def _read_basis(place: Place, sources: Collection[str]) -> list[Any]:
    """Read what a competence is derived from: topics, each with its source."""
    for entry in place.elements() if place.is_given else ():
        entry.shape("source", "topic")
        entry.member("source").one_of(sources, say("source of this document"))
        entry.member("topic").text()
    return place.value if isinstance(place.value, list) else []
