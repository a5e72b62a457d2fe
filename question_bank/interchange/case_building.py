"""Building a framework document from the placed items of a CFPackage, and naming what each of them lacks.

One rule: an extension of ours says what CASE cannot; what CASE says itself stands above it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kernel.sentences import say
from question_bank.documents import Place, listed
from question_bank.interchange.case_terms import EXTENSION, ItemType
from question_bank.interchange.framework_json import FORMAT, FORMAT_VERSION
from question_bank.interchange.losses import LossKind, LossReport
from question_bank.interchange.provenance import SOURCED

Json = dict[str, Any]
SOURCE = "case"
"""The key of the package among the sources of a document that came from another system."""
_DERIVED = ("identifier", "uri", "CFItemType", "CFItemTypeURI", "language", "lastChangeDateTime", "extensions")
_ITEM_MEMBERS = {
    ItemType.AREA: {"code": "humanCodingScheme", "name": "fullStatement"},
    ItemType.COMPETENCE: {
        "code": "humanCodingScheme",
        "name": "abbreviatedStatement",
        "description": "fullStatement",
    },
    ItemType.CRITERION: {"code": "humanCodingScheme", "text": "fullStatement"},
    ItemType.ROLE: {"code": "humanCodingScheme", "name": "abbreviatedStatement", "description": "fullStatement"},
    ItemType.TASK: {"code": "humanCodingScheme", "text": "fullStatement"},
}
_NEEDED = {
    ItemType.AREA: ("code", "name"),
    ItemType.COMPETENCE: ("code", "area", "name", "description", "eqf"),
    ItemType.CRITERION: ("code", "text"),
    ItemType.ROLE: ("code", "name", "description", "prerequisites"),
    ItemType.TASK: ("code", "text", "competences"),
}
_DOCUMENT_MEMBERS = {"title": "title", "version": "version", "language": "language", "notice": "notes"}
_DOCUMENT_DERIVED = (
    "identifier",
    "uri",
    "creator",
    "lastChangeDateTime",
    "adoptionStatus",
    "caseVersion",
    "extensions",
)
_DOCUMENT_NEEDED = ("code", "version", "language", "status", "title", "notice")


UNPLACED = 1 << 31
"""The sequence number of what has none: after everything that has one."""
_SAID_ELSEWHERE = ("area", "criteria", "tasks", "competences")
"""Members that other items and associations say; an extension of ours may only say that a list is empty."""


@dataclass(slots=True)
class Node:
    """A CFItem in its place; ``kind`` is None where this product has no place for it."""

    name: str
    place: Place
    subject: str
    parent: Node | None = None
    sequence: int = UNPLACED
    children: list[Node] = field(default_factory=list)
    kind: ItemType | None = None


@dataclass(frozen=True, slots=True)
class Building:
    """What was read of a package: its items as they stand, and in the order of the tree."""

    document: Place
    written: Sequence[Node]
    ordered: Sequence[Node]
    task_competences: Mapping[str, list[str]]
    report: LossReport
    file: str

    def lose(self, kind: LossKind, place: Place, subject: str, message: str) -> None:
        """Note a loss at a place of the package."""
        self.report.lose(kind, self.file, "#" + place.pointer.partition("#")[2], subject, message)


def build_document(building: Building) -> Json:
    """Return the document; the report then names every item that was taken, and what each one lacks."""
    ours = _extension(building.document)
    about, sources = _build_about(building, ours)
    is_ours = bool(ours)
    # Packages of ours stand in the framework's own order, which the tree does not know where areas interleave.
    nodes = [node for node in (building.written if is_ours else building.ordered) if node.kind]
    things = {node.name: _build_thing(building, node, is_ours=is_ours) for node in nodes}
    for node in nodes:
        _attach(building, node, things)
    for node in nodes:
        _report_gaps(building, node, things[node.name])
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "framework": about,
        "sources": sources,
        "areas": [things[node.name] for node in nodes if node.kind is ItemType.AREA],
        "roles": [things[node.name] for node in nodes if node.kind is ItemType.ROLE],
        "competences": [things[node.name] for node in nodes if node.kind is ItemType.COMPETENCE],
    }


def _build_about(building: Building, ours: Json) -> tuple[Json, Json]:
    place, rest = building.document, ours.get("framework", {})
    about = dict(rest) if isinstance(rest, dict) else {}
    about |= _said(place, _DOCUMENT_MEMBERS)
    subject = "CFDocument"
    building.report.take(subject)
    _report_unread(building, place, subject, (*_DOCUMENT_MEMBERS.values(), *_DOCUMENT_DERIVED))
    _report_open(building, place, subject, [name for name in _DOCUMENT_NEEDED if name not in about])
    if ours:
        sources = ours.get("sources", {})
        return about, sources if isinstance(sources, dict) else {}
    message = say("identifiers and addresses of the package are not kept; codes name things here")
    building.lose(LossKind.CHANGED, place, subject, message)
    if "notice" in about:
        building.lose(
            LossKind.CHANGED, place.member("notes"), subject, say("its notes become the notice of the framework")
        )
    source = {"name": about.get("title", building.file), **_said(place, {"url": "uri"})}
    return about, {SOURCE: source}


def _build_thing(building: Building, node: Node, *, is_ours: bool) -> Json:
    assert node.kind is not None
    members = _ITEM_MEMBERS[node.kind]
    said = _said(node.place, members)
    building.report.take(node.subject)
    _report_unread(building, node.place, node.subject, (*members.values(), *_DERIVED))
    if is_ours:
        rest = {
            name: value for name, value in _extension(node.place).items() if name not in _SAID_ELSEWHERE or value == []
        }
        return {**rest, **said}
    fields = list(said)
    return {**said, "provenance": dict.fromkeys(fields, SOURCED), "sources": {name: [SOURCE] for name in fields}}


def _attach(building: Building, node: Node, things: Mapping[str, Json]) -> None:
    """Put a thing where it belongs in the document: a competence names its area, leaves stand in their owners."""
    thing, owner = things[node.name], things.get(node.parent.name) if node.parent else None
    match node.kind:
        case ItemType.COMPETENCE if owner is not None and "code" in owner:
            _add_member(thing, "area", owner["code"])
        case ItemType.CRITERION if owner is not None:
            owner.setdefault("criteria", []).append(thing)
        case ItemType.TASK if owner is not None:
            named = [things[name] for name in building.task_competences.get(node.name, ()) if name in things]
            if named:
                _add_member(thing, "competences", [one["code"] for one in named if "code" in one])
            owner.setdefault("tasks", []).append(thing)
        case _:
            pass


def _add_member(thing: Json, name: str, value: object) -> None:
    """Add a member that an association said; what another system says is sourced like the rest of its item."""
    thing[name] = value
    provenance, sources = thing.get("provenance"), thing.get("sources")
    if isinstance(provenance, dict) and isinstance(sources, dict) and name not in provenance:
        provenance[name], sources[name] = SOURCED, [SOURCE]


def _report_gaps(building: Building, node: Node, thing: Json) -> None:
    assert node.kind is not None
    _report_open(building, node.place, node.subject, [name for name in _NEEDED[node.kind] if name not in thing])


def _report_open(building: Building, place: Place, subject: str, missing: Sequence[str]) -> None:
    if missing:
        building.lose(LossKind.OPEN, place, subject, say("the package does not say: %(names)s", names=listed(missing)))


def _report_unread(building: Building, place: Place, subject: str, read: Iterable[str]) -> None:
    known = set(read)
    unread = [name for name, member in place.named().items() if name not in known and member.value not in (None, [])]
    if unread:
        building.lose(LossKind.REFUSED, place, subject, say("not taken: %(names)s", names=listed(unread)))


def _said(place: Place, members: Mapping[str, str]) -> Json:
    """Return what an object says in its own members, under our names; null says nothing."""
    found = {ours: place.member(theirs) for ours, theirs in members.items()}
    return {name: member.text() for name, member in found.items() if member.is_given and member.value is not None}


def _extension(place: Place) -> Json:
    """Return our extension of an object, or nothing where there is none."""
    extensions = place.member("extensions")
    ours = extensions.value.get(EXTENSION) if extensions.is_given and isinstance(extensions.value, dict) else None
    return dict(ours) if isinstance(ours, dict) else {}
