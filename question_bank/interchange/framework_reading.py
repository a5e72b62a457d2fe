"""Reading a framework document: from places of a JSON document to rows, noting every fault on the way.

One rule: every field of an area, role or competence says where it comes from: proposed, or sourced and from what.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kernel.ids import new_id
from question_bank.competences import Area, Competence, Framework, FrameworkStatus, JobRole, RoleLevel
from question_bank.documents import Place, quoted, refuse_repeats
from question_bank.eqf import LEVELS

SOURCED = "sourced"
PROVENANCES = (SOURCED, "proposed")
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
        status=place.member("status").one_of(tuple(FrameworkStatus), "status"),
        imported_at=now,
        **{name: place.member(name).text() for name in _TEXTS},
    )


def _read_phases(place: Place, sources: Collection[str]) -> list[str]:
    phases = place.elements() if place.is_given else []
    for phase in phases:
        phase.shape("code", "name", "provenance", "sources")
        phase.member("name").text()
        _read_origin(phase.member("provenance"), phase.member("sources"), sources)
    refuse_repeats(phase.member("code") for phase in phases)
    return [phase.member("code").code() for phase in phases]


def _read_statement(place: Place, sources: Collection[str]) -> None:
    place.shape("value", "provenance", "sources")
    if not place.member("value").is_given:
        place.member("value").refuse("is missing")
    _read_origin(place.member("provenance"), place.member("sources"), sources)


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
            provenance=_read_provenance(area, reading.sources),
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
            provenance=_read_provenance(role, reading.sources),
        )
        if role.member("name_variants").is_given:
            for variant in role.member("name_variants").elements():
                variant.text()
    refuse_repeats(role.member("code") for role in places)


def _read_phase(place: Place, phases: Collection[str]) -> str | None:
    return place.one_of(phases, "life-cycle phase") if place.is_given else None


def _read_prerequisites(place: Place) -> list[Any]:
    """Read conditions of entry; whatever else a condition says, it says it in words too."""
    for prerequisite in place.elements():
        prerequisite.member("text").text()
    return place.value if isinstance(place.value, list) else []


def _read_competences(place: Place, reading: Reading) -> None:
    places = place.elements(at_least=1)
    for position, competence in enumerate(places):
        competence.shape("code", "area", "name", "description", "eqf", "basis", "provenance", "sources")
        area = competence.member("area")
        code = area.one_of(reading.areas, "area of this document")
        row = Competence(
            id=new_id(),
            framework_id=reading.framework.id,
            area_id=reading.areas[code].id if code in reading.areas else _NO_ID,
            position=position,
            code=competence.member("code").code(),
            name=competence.member("name").text(),
            description=competence.member("description").text(),
            basis=_read_basis(competence.member("basis"), reading.sources),
            provenance=_read_provenance(competence, reading.sources),
        )
        reading.competences.append(row)
        _read_levels(competence.member("eqf"), row, reading)
    refuse_repeats(competence.member("code") for competence in places)


def _read_levels(place: Place, competence: Competence, reading: Reading) -> None:
    levels = place.named()
    if place.value == {}:
        place.refuse("names no job role; a competence needs a level for at least one")
    for code, place_of_level in levels.items():
        level = place_of_level.whole(LEVELS)
        if code in reading.roles:
            role_id = reading.roles[code].id
            reading.levels.append(RoleLevel(job_role_id=role_id, competence_id=competence.id, level=level))
        else:
            place_of_level.refuse(f"there is no job role {quoted(code)} in this document")


def _refuse_idle_roles(place: Place, reading: Reading) -> None:
    busy = {level.job_role_id for level in reading.levels}
    for role in place.elements():
        code = role.member("code")
        row = reading.roles.get(code.text())
        if row is not None and row.id not in busy:
            code.refuse("no competence gives this job role a level")


def _read_basis(place: Place, sources: Collection[str]) -> list[Any]:
    """Read what a competence is derived from: topics, each with its source."""
    for entry in place.elements() if place.is_given else ():
        entry.shape("source", "topic")
        entry.member("source").one_of(sources, "source of this document")
        entry.member("topic").text()
    return place.value if isinstance(place.value, list) else []


def _read_provenance(place: Place, sources: Collection[str]) -> dict[str, Any]:
    """Read the provenance of every field of an object: ``{field: {"provenance": ..., "sources": [...]}}``."""
    fields = [name for name in place.named() if name not in ("provenance", "sources")]
    stated, named = place.member("provenance"), place.member("sources")
    stated.shape(*fields)
    if named.is_given:
        named.shape(*fields)
    found = {}
    for name in fields:
        origin = named.member(name) if named.is_given else named
        # A basis names its sources entry by entry.
        needs_source = name != "basis"
        found[name] = _read_origin(stated.member(name), origin, sources, needs_source=needs_source)
    return found


def _read_origin(
    provenance: Place, named: Place, sources: Collection[str], *, needs_source: bool = True
) -> dict[str, Any]:
    status = provenance.one_of(PROVENANCES, "provenance")
    places = named.elements() if named.is_given else []
    for source in places:
        source.one_of(sources, "source of this document")
    if status == SOURCED and needs_source and not places:
        provenance.refuse("says it is sourced; name its source under sources")
    return {"provenance": status, "sources": [source.value for source in places]}
