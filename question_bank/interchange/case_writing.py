"""Writing CASE: a framework document as a CFPackage, and what of it other systems will not understand.

One rule: what CASE has a place for stands there and nowhere else; the rest stands in an extension (1.1), or is told
as lost (1.0, which has none). Mapping: ``docs/formats.md``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kernel.sentences import say
from question_bank.interchange.case_terms import (
    EXTENSION,
    IS_CHILD_OF,
    IS_RELATED_TO,
    CaseVersion,
    ItemType,
    address,
    identifier,
)
from question_bank.interchange.losses import LossKind, LossReport

FILE = "case.json"
Json = dict[str, Any]


class CasePackage(NamedTuple):
    """A CFPackage, and what of the framework does not map."""

    package: Json
    report: LossReport


@dataclass(slots=True)
class _Writing:
    """A package in the making; every identifier and date of it follows from these."""

    organisation_id: uuid.UUID
    path: tuple[str, str]
    """Code and version of the framework."""
    language: str
    changed_at: str
    version: CaseVersion
    root: Json = field(default_factory=dict)
    items: dict[str, Json] = field(default_factory=dict)
    """By identifier, in the package's order."""
    associations: list[Json] = field(default_factory=list)
    report: LossReport = field(default_factory=LossReport)

    def identifier(self, *path: str) -> str:
        return identifier(self.organisation_id, *self.path, *path)

    def link(self, of: Json) -> Json:
        return {"title": of.get("fullStatement") or of["title"], **_picked(of, ("identifier", "uri"))}


def write_case(
    document: Mapping[str, Any],
    *,
    organisation_id: uuid.UUID,
    creator: str,
    changed_at: str,
    version: CaseVersion = CaseVersion.V1_1,
) -> CasePackage:
    """Return a framework document without faults as a CFPackage.

    Args:
        creator: the name of the body.
        changed_at: ISO 8601, UTC; everything in a version changed last when it was imported.
    """
    about = document["framework"]
    writing = _Writing(organisation_id, (about["code"], about["version"]), about["language"], changed_at, version)
    _write_document(writing, document, creator)
    areas = {
        area["code"]: _write_item(writing, ItemType.AREA, area, writing.root, position, {"fullStatement": "name"})
        for position, area in enumerate(document["areas"])
    }
    for position, role in enumerate(document["roles"]):
        _write_branch(writing, ItemType.ROLE, role, writing.root, position)
    for position, competence in enumerate(document["competences"]):
        _write_branch(writing, ItemType.COMPETENCE, competence, areas[competence["area"]], position)
    _relate_roles(writing, document["competences"])
    for role in document["roles"]:
        for task in role.get("tasks", ()):
            _relate(writing, ItemType.TASK, task["code"], ItemType.COMPETENCE, task["competences"])
    package = {"CFDocument": writing.root, "CFItems": [*writing.items.values()], "CFAssociations": writing.associations}
    return CasePackage(package, writing.report)


def _write_document(writing: _Writing, document: Mapping[str, Any], creator: str) -> None:
    about = document["framework"]
    mapped = ("title", "version", "language", "notice")
    name = writing.identifier("document")
    writing.root |= {
        "identifier": name,
        "uri": address(name),
        "creator": creator,
        "title": about["title"],
        "lastChangeDateTime": writing.changed_at,
        "version": about["version"],
        "language": about["language"],
        "adoptionStatus": "Draft" if about["status"] == "sample" else "Adopted",
        "notes": about["notice"],
    }
    subject, pointer = f"framework {about['code']}", "#/CFDocument"
    writing.report.take(subject)
    unresolved = say("identifiers and addresses are names (urn:uuid) that no network resolves")
    writing.report.lose(LossKind.CHANGED, FILE, f"{pointer}/uri", subject, unresolved)
    rest = {"framework": _without(about, mapped), "sources": document["sources"]}
    if writing.version is CaseVersion.V1_1:
        writing.root["caseVersion"] = CaseVersion.V1_1.value
    _write_rest(writing, writing.root, rest, subject, pointer)


def _write_branch(writing: _Writing, kind: ItemType, thing: Json, parent: Json, position: int) -> None:
    """Write a job role with its tasks, or a competence with its criteria."""
    leaves, leaf_kind = ("tasks", ItemType.TASK) if kind is ItemType.ROLE else ("criteria", ItemType.CRITERION)
    mapped = {"abbreviatedStatement": "name", "fullStatement": "description"}
    gone = ["area"] if kind is ItemType.COMPETENCE else []
    item = _write_item(writing, kind, thing, parent, position, mapped, gone + [leaves] * bool(thing.get(leaves)))
    for place, leaf in enumerate(thing.get(leaves, ())):
        beside = ["competences"] if leaf_kind is ItemType.TASK else []
        _write_item(writing, leaf_kind, leaf, item, place, {"fullStatement": "text"}, beside)


def _write_item(
    writing: _Writing,
    kind: ItemType,
    thing: Json,
    parent: Json,
    position: int,
    mapped: Mapping[str, str],
    beside: Iterable[str] = (),
) -> Json:
    """Write one CFItem under its parent.

    Args:
        mapped: the thing's members by the CFItem's.
        beside: members that items or associations of their own say.
    """
    name = writing.identifier(kind.value, thing["code"])
    item: Json = {
        "identifier": name,
        "uri": address(name),
        "CFItemType": kind.value,
        "humanCodingScheme": thing["code"],
        **{theirs: thing[ours] for theirs, ours in mapped.items()},
        "language": writing.language,
        "lastChangeDateTime": writing.changed_at,
    }
    subject, pointer = f"{kind.value} {thing['code']}", f"#/CFItems/{len(writing.items)}"
    writing.items[name] = item
    writing.report.take(subject)
    _associate(writing, item, IS_CHILD_OF, parent, position + 1)
    _write_rest(writing, item, _without(thing, ("code", *mapped.values(), *beside)), subject, pointer)
    return item


def _write_rest(writing: _Writing, item: Json, rest: Json, subject: str, pointer: str) -> None:
    names = ", ".join(rest)
    if writing.version is CaseVersion.V1_1:
        item["extensions"] = {EXTENSION: rest}
        message = say("%(names)s: only this product reads this", names=names)
        writing.report.lose(LossKind.EXTENSION, FILE, f"{pointer}/extensions", subject, message)
    else:
        writing.report.lose(
            LossKind.REFUSED, FILE, pointer, subject, say("%(names)s: CASE 1.0 has no place for this", names=names)
        )


def _relate_roles(writing: _Writing, competences: Iterable[Mapping[str, Any]]) -> None:
    """Relate every competence to the job roles that need it; at which level, CASE can only say in words."""
    for competence in competences:
        for role, level in competence["eqf"].items():
            made = _relate(writing, ItemType.COMPETENCE, competence["code"], ItemType.ROLE, [role])
            if writing.version is CaseVersion.V1_1:
                made[0]["notes"] = f"Level {level}, modelled on the European Qualifications Framework"


def _relate(writing: _Writing, kind: ItemType, code: str, other: ItemType, codes: Iterable[str]) -> list[Json]:
    origin = writing.items[writing.identifier(kind.value, code)]
    return [
        _associate(writing, origin, IS_RELATED_TO, writing.items[writing.identifier(other.value, one)], position + 1)
        for position, one in enumerate(codes)
    ]


def _associate(writing: _Writing, origin: Json, kind: str, destination: Json, sequence: int) -> Json:
    name = writing.identifier(kind, origin["identifier"], destination["identifier"])
    association = {
        "identifier": name,
        "associationType": kind,
        "sequenceNumber": sequence,
        "uri": address(name),
        "originNodeURI": writing.link(origin),
        "destinationNodeURI": writing.link(destination),
        "lastChangeDateTime": writing.changed_at,
    }
    writing.associations.append(association)
    return association


def _without(thing: Mapping[str, Any], names: Iterable[str]) -> Json:
    gone = set(names)
    return {name: value for name, value in thing.items() if name not in gone}


def _picked(thing: Mapping[str, Any], names: Iterable[str]) -> Json:
    return {name: thing[name] for name in names}
