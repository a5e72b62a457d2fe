"""Reading manifests: what a package says it holds, and how its files depend on each other.

One rule: a resource is what the manifest says of it. What it does not name is no part of the package.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from lxml import etree

from kernel.errors import Fault
from kernel.sentences import say
from question_bank.documents import DocumentRefused
from question_bank.interchange.archives import refused
from question_bank.interchange.qti.texts import entry_named
from question_bank.interchange.qti.xml_trees import XML_BASE, line_of
from question_bank.interchange.xml_reading import Element, NotRead, local_name
from question_bank.interchange.xml_streams import elements_in

MANIFEST: Final = "imsmanifest.xml"
MANIFEST_BYTES_MAX = 1024 * 1024 * 1024
ORIGINAL: Final = "exam-engine-item"
"""The processing instruction by which this product says of its items what QTI has no words for.

Manifests have no place for other elements: a resource's metadata are QTI's and LOM's alone.
"""
_TYPE = re.compile(r"imsqti_(?P<what>[a-z]+)_xmlv\d.{0,20}")


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: its identifier, what it is, its files by their names in the package, and what it depends on.

    Attributes:
        what: ``item``, ``test``, ``stimulus`` or another word of QTI; empty for what is none of QTI's.
        original: what this product said of its own item, as JSON; empty where it said nothing.
        has_metadata: whether others said something of it.
    """

    identifier: str
    what: str
    type: str
    href: str | None
    files: tuple[str | None, ...]
    dependencies: tuple[str, ...]
    original: str
    has_metadata: bool
    line: int


def read_resources(pieces: Iterable[bytes], *, file: str) -> Iterator[Resource]:
    """Yield the resources of a manifest in their order; it is read as it comes, and none of it is kept.

    Raises:
        DocumentRefused: it cannot be read, or is no manifest.
    """
    name = f"{file}/{MANIFEST}"
    try:
        for path in elements_in(pieces, _is_resource, instructions=True):
            yield _resource(path[-1], "".join(element.get(XML_BASE, "") for element in path))
    except NotRead as unread:
        place = f"{name}:{unread.line}" if unread.line else name
        raise refused(file, [Fault(place, unread.message)]) from unread


def _is_resource(path: Sequence[Element]) -> bool:
    if len(path) == 1 and (local_name(path[0]) != "manifest" or "imscp" not in str(path[0].tag)):
        message = say("is no manifest of IMS content packaging")
        raise NotRead(message, line_of(path[0]))
    return [local_name(element) for element in path] == ["manifest", "resources", "resource"]


def no_manifest(file: str, names: Sequence[str]) -> DocumentRefused:
    """Return the refusal of a package without a manifest."""
    folder = next((name for name in names if name.endswith(f"/{MANIFEST}")), None)
    if folder is None:
        return refused(file, [Fault(file, say("has no %(manifest)s", manifest=MANIFEST))])
    message = say(
        "has no %(manifest)s; there is %(name)r: pack what is in that folder, not the folder",
        manifest=MANIFEST,
        name=folder[:200],
    )
    return refused(file, [Fault(file, message)])


def circles_in(dependencies: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the identifiers of resources that depend on themselves by way of others.

    Args:
        dependencies: by the identifiers of all that depend on others.
    """
    # What nothing in a circle depends on is taken away, from both ends, until only circles and bridges are left.
    return _without_ends(dependencies) & _without_ends(_reversed(dependencies))


def _without_ends(dependencies: Mapping[str, Sequence[str]]) -> set[str]:
    waits = {name: len({other for other in others if other in dependencies}) for name, others in dependencies.items()}
    users = _reversed(dependencies)
    done = [name for name, count in waits.items() if count == 0]
    left = set(dependencies)
    while done:
        name = done.pop()
        left.discard(name)
        for user in set(users.get(name, ())):
            waits[user] -= 1
            if waits[user] == 0:
                done.append(user)
    return left


def _reversed(dependencies: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    users: dict[str, list[str]] = {name: [] for name in dependencies}
    for name, others in dependencies.items():
        for other in set(others):
            if other in users:
                users[other].append(name)
    return users


def _resource(element: Element, base: str) -> Resource:
    kind = element.get("type", "")
    named = _TYPE.fullmatch(kind)
    own = [said for said in element.iterchildren(etree.ProcessingInstruction) if said.target == ORIGINAL]
    return Resource(
        identifier=element.get("identifier", ""),
        what=named["what"] if named else "",
        type=kind,
        href=_entry(element, base) if element.get("href") else None,
        files=tuple(_entry(child, base) for child in element.iterchildren("{*}file")),
        dependencies=tuple(child.get("identifierref", "") for child in element.iterchildren("{*}dependency")),
        original=(own[0].text or "") if len(own) == 1 else "",
        has_metadata=any(len(metadata) for metadata in element.iterchildren("{*}metadata")),
        line=line_of(element),
    )


def _entry(element: Element, base: str) -> str | None:
    return entry_named(unquote(base + element.get("href", "")), MANIFEST)
