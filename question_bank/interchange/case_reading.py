"""Reading CASE: a CFPackage becomes the document of a framework draft, with a report of what did not come along.

One rule: nothing is guessed. What the package does not say stays out of the document and is reported as open; a package
that contradicts itself is refused whole, with the places.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from kernel.sentences import say
from question_bank.documents import Place, listed, opened, quoted, read_object, refuse_repeats
from question_bank.interchange.case_building import UNPLACED, Building, Node, build_document
from question_bank.interchange.case_terms import EXTENSION, IS_CHILD_OF, IS_RELATED_TO, PARENTS, ItemType
from question_bank.interchange.losses import LossKind, LossReport

ITEMS_MAX = 10_000
ASSOCIATIONS_MAX = 50_000
_ASIDE = ("CFDefinitions", "CFRubrics", "extensions")
"""Parts of a package that are never read. They may hold what nothing else may, such as numbers with fractions."""


class CaseReading(NamedTuple):
    """The document of a draft, seldom complete, and the report of how it came about."""

    document: dict[str, Any]
    report: LossReport


class Related(NamedTuple):
    """An association that is no place in the tree, with the names of its two ends."""

    kind: str
    place: Place
    origin: str
    destination: str
    sequence: int


def read_case(package: bytes, *, file: str) -> CaseReading:
    """Read a CFPackage of CASE 1.0 or 1.1 into a framework document; mapping in ``docs/formats.md``.

    Raises:
        DocumentRefused: no CFPackage, or one that contradicts itself: identifiers that stand twice, associations that
            lead nowhere, items that hang on themselves.
        TooLarge: more than 20 MiB.
    """
    value = read_object(package, file=file)
    report = LossReport()
    _set_aside(value, report, file)
    root = opened(value, f"{file}#")
    document = root.member("CFDocument")
    top = document.member("identifier").text()
    nodes = _read_nodes(root.member("CFItems"))
    associations = list(_read_associations(root.member("CFAssociations")))
    root.settle()
    _hang(nodes, associations, top, report, file)
    _refuse_circles(nodes, associations)
    root.settle()
    order = list(_in_order(nodes.values()))
    for node in order:
        _place(node, report, file)
    related = _task_competences(nodes, associations, report, file)
    building = Building(document, list(nodes.values()), order, related, report, file)
    built = build_document(building)
    root.settle()
    return CaseReading(built, report)


def _set_aside(value: dict[str, Any], report: LossReport, file: str) -> None:
    """Take out what is never read, and of every extension what another product put there."""
    for name in _ASIDE:
        if value.pop(name, None):
            report.lose(LossKind.REFUSED, file, f"#/{name}", name, say("is not taken"))
    places = [("#/CFDocument", value.get("CFDocument"))]
    for name in ("CFItems", "CFAssociations"):
        many = value.get(name)
        places += [(f"#/{name}/{index}", one) for index, one in enumerate(many if isinstance(many, list) else ())]
    for pointer, one in places:
        extensions = one.get("extensions") if isinstance(one, dict) else None
        if isinstance(one, dict) and isinstance(extensions, dict):
            foreign = [name for name in extensions if name != EXTENSION]
            one["extensions"] = {EXTENSION: extensions[EXTENSION]} if EXTENSION in extensions else {}
            if foreign:
                subject = str(one.get("identifier", pointer))
                report.lose(
                    LossKind.REFUSED,
                    file,
                    f"{pointer}/extensions",
                    subject,
                    say("not taken: %(names)s", names=listed(foreign)),
                )


def _read_nodes(place: Place) -> dict[str, Node]:
    places = place.elements(at_most=ITEMS_MAX) if place.is_given else []
    nodes = {}
    for item in places:
        name = item.member("identifier").text()
        code = item.member("humanCodingScheme").value
        subject = f"{code} ({name})" if isinstance(code, str) and code else name
        nodes[name] = Node(name, item, subject)
    refuse_repeats(item.member("identifier") for item in places)
    return nodes


def _read_associations(place: Place) -> Iterator[Related]:
    for association in place.elements(at_most=ASSOCIATIONS_MAX) if place.is_given else ():
        sequence = association.member("sequenceNumber").value
        yield Related(
            association.member("associationType").text(),
            association,
            association.member("originNodeURI").member("identifier").text(),
            association.member("destinationNodeURI").member("identifier").text(),
            sequence if isinstance(sequence, int) else UNPLACED,
        )


def _hang(nodes: Mapping[str, Node], associations: Iterable[Related], top: str, report: LossReport, file: str) -> None:
    """Give every item its place in the tree; one with several places gets none."""
    children = [association for association in associations if association.kind == IS_CHILD_OF]
    places = Counter(association.origin for association in children)
    for association in children:
        for end, name in (("originNodeURI", association.origin), ("destinationNodeURI", association.destination)):
            if name not in nodes and not (name == top and end == "destinationNodeURI"):
                association.place.member(end).refuse(
                    say("there is no CFItem %(name)s in this package", name=quoted(name))
                )
        node = nodes.get(association.origin)
        if node is None:
            continue
        if places[node.name] > 1:
            message = say(
                "it is the child of %(count)s; it can have one place here, which must be chosen",
                count=places[node.name],
            )
            report.lose(LossKind.OPEN, file, _at(association.place), node.subject, message)
            continue
        node.sequence = association.sequence
        node.parent = nodes.get(association.destination)
        if node.parent is not None:
            node.parent.children.append(node)


def _refuse_circles(nodes: Mapping[str, Node], associations: Iterable[Related]) -> None:
    holding = {one.origin: one.place for one in associations if one.kind == IS_CHILD_OF}
    sound: set[str] = set()
    for start in nodes.values():
        way: dict[str, Node] = {}
        node: Node | None = start
        while node is not None and node.name not in sound and node.name not in way:
            way[node.name] = node
            node = node.parent
        if node is not None and node.name in way:
            holding[node.name].refuse(say("%(name)s would hang on itself", name=quoted(node.name)))
        sound.update(way)


def _in_order(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield the items from the top down, siblings by sequence number, then as they stand in the package."""
    waiting = _siblings(node for node in nodes if node.parent is None)[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += _siblings(node.children)[::-1]


def _siblings(nodes: Iterable[Node]) -> list[Node]:
    return sorted(nodes, key=lambda node: node.sequence)


def _place(node: Node, report: LossReport, file: str) -> None:
    """Find what an item is: by its CFItemType where that is one of ours, otherwise by its depth."""
    parent = node.parent
    above = parent.kind if parent else None
    said = node.place.member("CFItemType").value
    if said in tuple(ItemType):
        kind = ItemType(said)
        fits = above == PARENTS[kind] and (parent is None or above is not None)
        if fits or (parent is None and kind is ItemType.COMPETENCE):
            node.kind = kind
            return
        message = (
            say("a %(kind)s does not hang on a %(above)s; it is not taken", kind=kind, above=above)
            if above
            else say("a %(kind)s does not hang on the framework itself; it is not taken", kind=kind)
        )
    elif parent is None:
        node.kind = ItemType.AREA if node.children else ItemType.COMPETENCE
        return
    elif above in (ItemType.AREA, ItemType.COMPETENCE):
        node.kind = ItemType.COMPETENCE if above is ItemType.AREA else ItemType.CRITERION
        return
    else:
        message = say("it stands deeper than area, competence and criterion; it is not taken")
    report.lose(LossKind.REFUSED, file, _at(node.place), node.subject, message)


def _task_competences(
    nodes: Mapping[str, Node], associations: Iterable[Related], report: LossReport, file: str
) -> dict[str, list[str]]:
    """Return the competences each task takes, by its name; report every other association that is not taken."""
    found: dict[str, list[str]] = {}
    kept = {(ItemType.TASK, ItemType.COMPETENCE), (ItemType.COMPETENCE, ItemType.ROLE)}
    for association in sorted(associations, key=lambda one: one.sequence):
        if association.kind == IS_CHILD_OF:
            continue
        ends = [nodes.get(name) for name in (association.origin, association.destination)]
        kinds = tuple(end.kind if end else None for end in ends)
        if association.kind == IS_RELATED_TO and kinds in kept:
            if kinds[0] is ItemType.TASK:
                found.setdefault(association.origin, []).append(association.destination)
            continue
        subject = ends[0].subject if ends[0] else association.origin
        message = say(
            "%(kind)s with %(destination)s is not taken",
            kind=quoted(association.kind),
            destination=quoted(association.destination),
        )
        report.lose(LossKind.REFUSED, file, _at(association.place), subject, message)
    return found


def _at(place: Place) -> str:
    """Return a place within its file."""
    return "#" + place.pointer.partition("#")[2]
