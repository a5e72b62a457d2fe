"""A framework as people read it: areas with their competences, job roles with their tasks, and where its faults stand.

One rule: it draws any document, however incomplete; what cannot be read is left out here and named among the faults.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kernel.errors import Fault
from question_bank.framework_parts import PartKind, parts_of

ROWS = frozenset({"criteria", "tasks", "prerequisites"})
"""Members of parts that a form writes row by row."""
_FIELDS: Mapping[PartKind, frozenset[str]] = {
    PartKind.HEAD: frozenset({"code", "version", "language", "status", "title", "notice"}),
    PartKind.AREA: frozenset({"code", "name"}),
    PartKind.COMPETENCE: frozenset({"code", "area", "name", "description"}),
    PartKind.ROLE: frozenset({"code", "name", "description", "life_cycle_phase"}),
}
_ROW_FIELDS = frozenset({"code", "text", "competences"})
_INDEX = re.compile("[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class CompetenceView:
    """A competence with the level that each job role needs, in the roles' order, and its criteria."""

    index: int
    code: str
    name: str
    description: str
    levels: tuple[tuple[str, str], ...]
    criteria: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AreaView:
    """An area with its competences; ``index`` is None for those whose area there is not."""

    index: int | None
    code: str
    name: str
    competences: tuple[CompetenceView, ...]


@dataclass(frozen=True, slots=True)
class RoleView:
    """A job role with its conditions of entry and its tasks: code, text, and the competences each takes."""

    index: int
    code: str
    name: str
    description: str
    prerequisites: tuple[str, ...]
    tasks: tuple[tuple[str, str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class FrameworkView:
    """A whole framework, with the language its own words are in."""

    code: str
    version: str
    language: str
    title: str
    areas: tuple[AreaView, ...]
    roles: tuple[RoleView, ...]


@dataclass(frozen=True, slots=True)
class LocatedFault:
    """A fault of a draft, the part that must be mended, and the field of its form, empty where it has none."""

    kind: PartKind | None
    index: int
    field: str
    where: str
    message: str


def view_of(document: Mapping[str, Any]) -> FrameworkView:
    """Return a framework document, or what can be read of one, in the order in which people read it."""
    head = _object(document.get("framework"))
    roles = _indexed(document, PartKind.ROLE)
    codes = [_text(role, "code") for _, role in roles]
    by_area: dict[str, list[CompetenceView]] = {}
    for index, competence in _indexed(document, PartKind.COMPETENCE):
        by_area.setdefault(_text(competence, "area"), []).append(_competence(index, competence, codes))
    areas = [
        AreaView(index, _text(area, "code"), _text(area, "name"), tuple(by_area.pop(_text(area, "code"), ())))
        for index, area in _indexed(document, PartKind.AREA)
    ]
    areas += [AreaView(None, code, "", tuple(homeless)) for code, homeless in by_area.items()]
    return FrameworkView(
        code=_text(head, "code"),
        version=_text(head, "version"),
        language=_text(head, "language"),
        title=_text(head, "title"),
        areas=tuple(areas),
        roles=tuple(_role(index, role) for index, role in roles),
    )


def located(fault: Fault, document: Mapping[str, Any]) -> LocatedFault:
    """Return where in the forms of a draft a fault is mended; its place is a JSON pointer."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in fault.place.split("/")[1:]]
    first = steps[0] if steps else ""
    if first in {"framework", "sources"}:
        field = "/sources" if first == "sources" else _field(PartKind.HEAD, steps[1:])
        return LocatedFault(PartKind.HEAD, 0, field, "", fault.message)
    if first in set(PartKind) and len(steps) > 1 and _INDEX.fullmatch(steps[1]):
        kind, index = PartKind(first), int(steps[1])
        parts = parts_of(document, kind)
        code = _text(_object(parts[index]), "code") if index < len(parts) else ""
        return LocatedFault(kind, index, _field(kind, steps[2:]), code or f"{index + 1}", fault.message)
    return LocatedFault(None, 0, "", fault.place, fault.message)


def faults_in(faults: Iterable[Fault], document: Mapping[str, Any], kind: PartKind, index: int) -> dict[str, str]:
    """Return the faults of one part by the field of its form; those of no field under the empty name."""
    found: dict[str, str] = {}
    for fault in faults:
        place = located(fault, document)
        if (place.kind, place.index) == (kind, index):
            found.setdefault(place.field, place.message)
    return found


def _field(kind: PartKind, steps: list[str]) -> str:
    match steps:
        case ["eqf", *_]:
            return "/levels"
        case ["provenance" | "sources", name, *_]:
            return _field(kind, [name])
        case [name, number, member, *_] if name in ROWS and _INDEX.fullmatch(number) and member in _ROW_FIELDS:
            return f"/{name}/-{number}/{member}"
        case [name, *_] if name in ROWS or name in _FIELDS[kind]:
            return f"/{name}"
    return ""


def _competence(index: int, competence: Mapping[str, Any], roles: list[str]) -> CompetenceView:
    levels = _object(competence.get("eqf"))
    return CompetenceView(
        index,
        _text(competence, "code"),
        _text(competence, "name"),
        _text(competence, "description"),
        levels=tuple((role, str(levels[role])) for role in roles if role in levels),
        criteria=tuple((_text(one, "code"), _text(one, "text")) for one in _objects(competence.get("criteria"))),
    )


def _role(index: int, role: Mapping[str, Any]) -> RoleView:
    return RoleView(
        index,
        _text(role, "code"),
        _text(role, "name"),
        _text(role, "description"),
        prerequisites=tuple(_text(one, "text") for one in _objects(role.get("prerequisites"))),
        tasks=tuple(
            (_text(task, "code"), _text(task, "text"), tuple(_texts(task.get("competences"))))
            for task in _objects(role.get("tasks"))
        ),
    )


def _indexed(document: Mapping[str, Any], kind: PartKind) -> list[tuple[int, Mapping[str, Any]]]:
    """Every place of a list, so that what is no object can be opened and mended as well."""
    return [(index, _object(part)) for index, part in enumerate(parts_of(document, kind))]


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _text(holder: Mapping[str, Any], name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""
