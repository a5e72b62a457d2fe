"""Reading packages of other systems, item by item with every loss.

One rule: a fault of the package refuses all of it; a fault of an item refuses that item, and the others are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from kernel.errors import Fault
from kernel.sentences import say
from question_bank.documents import DocumentRefused, quoted
from question_bank.interchange.archives import Archive, refused
from question_bank.interchange.entries import Entry, Source
from question_bank.interchange.losses import LossKind
from question_bank.interchange.qti.item_mapping import read_item
from question_bank.interchange.qti.items import Item, Json
from question_bank.interchange.qti.manifest_reading import (
    MANIFEST,
    MANIFEST_BYTES_MAX,
    Resource,
    circles_in,
    no_manifest,
    read_resources,
)
from question_bank.interchange.qti.opened_package import OpenedPackage
from question_bank.interchange.qti.originals import is_unchanged, original_of, unsaid
from question_bank.interchange.qti.stimuli import read_stimulus
from question_bank.interchange.qti.vocabulary import OLD_TYPE, TOO_OLD
from question_bank.interchange.qti.xml_trees import XML_BYTES_MAX, XML_LANG, line_of, read_xml, spelled_as_qti3
from question_bank.interchange.xml_reading import NotRead

_ZIP: Final = b"PK"
_HARMLESS_TYPES = ("webcontent", "associatedcontent", "resourcemetadata", "controlfile", "resourceextmetadata")


def read_qti(source: Source) -> Iterator[Entry]:
    """Yield the items of a package, or of a file with a single one, in the order of its manifest.

    Raises:
        DocumentRefused: nothing of it can be taken; the source's report is then worth nothing.
    """
    beginning = source.stream.read(len(_ZIP))
    source.stream.seek(0)
    if beginning == _ZIP:
        archive = Archive(source.stream, file=source.file, larger={MANIFEST: MANIFEST_BYTES_MAX})
        yield from _read_package(OpenedPackage(archive, source))
        return
    document = source.stream.read(XML_BYTES_MAX + 1)
    try:
        root = spelled_as_qti3(read_xml(document))
    except NotRead as unread:
        place = f"{source.file}:{unread.line}" if unread.line else source.file
        raise refused(source.file, [Fault(place, unread.message)]) from unread
    item = Item(root, source.file, source.report, lambda _: None)
    yield _entry(source, item, read_item(item))


@dataclass(slots=True)
class _Contents:
    """What is known of a package once its manifest was read to the end."""

    identifiers: set[str] = field(default_factory=set)
    needs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What resources depend on; of those that depend on something."""
    asked_about: set[str] = field(default_factory=set)
    """What items depend on."""


def _read_package(package: OpenedPackage) -> Iterator[Entry]:
    if MANIFEST not in package.archive:
        raise no_manifest(package.source.file, package.archive.names)
    # The manifest is read twice, so that of its resources nothing is kept but how they are called.
    contents = _survey(package)
    in_circles = circles_in(contents.needs)
    subjects: set[str] = set()
    for resource in read_resources(package.archive.pieces(MANIFEST), file=package.source.file):
        for other in resource.dependencies:
            if other not in contents.identifiers:
                package.lose(
                    MANIFEST,
                    resource.line,
                    other,
                    say("is missing; %(identifier)r depends on it", identifier=resource.identifier[:80]),
                )
        if resource.identifier in in_circles:
            package.lose(
                MANIFEST, resource.line, resource.identifier, say("depends on itself by way of other resources")
            )
        elif resource.what == "item":
            given_up = Entry(package.source, f"/{MANIFEST}:{resource.line}", resource.identifier[:200])
            yield _read_resource(package, resource, subjects) or given_up
        elif resource.what == "stimulus" and resource.identifier in contents.asked_about:
            continue  # It comes in with its items.
        elif resource.type.startswith(OLD_TYPE):
            package.lose(MANIFEST, resource.line, resource.identifier, TOO_OLD)
        elif resource.what or not resource.type.startswith(_HARMLESS_TYPES):
            package.lose(MANIFEST, resource.line, resource.identifier, _other_than_an_item(resource))


def _other_than_an_item(resource: Resource) -> str:
    if resource.what:
        return say("is a %(what)s; items alone are taken", what=resource.what)
    return say("is of the type %(type)r; items alone are taken", type=resource.type[:80])


def _survey(package: OpenedPackage) -> _Contents:
    """Look through a manifest, and tell of files that are missing or not named.

    Raises:
        DocumentRefused: it cannot be read, or calls two resources alike.
    """
    file, found = package.source.file, _Contents()
    unnamed = dict.fromkeys(package.archive.names)
    faults: list[Fault] = []
    for resource in read_resources(package.spending_pieces(MANIFEST), file=file):
        if resource.identifier in found.identifiers:
            message = say(
                "the resource %(identifier)r stands in it more than once", identifier=resource.identifier[:80]
            )
            faults.append(Fault(f"{file}/{MANIFEST}:{resource.line}", message))
        found.identifiers.add(resource.identifier)
        if resource.dependencies:
            found.needs[resource.identifier] = resource.dependencies
            found.asked_about.update(resource.dependencies if resource.what == "item" else ())
        for name in _named_by(package, resource):
            unnamed.pop(name, None)
    if faults:
        raise refused(file, faults)
    for name in unnamed:
        if name != MANIFEST:
            package.lose(name, None, name, say("is not named by the manifest, so it is no part of the package"))
    return found


def _named_by(package: OpenedPackage, resource: Resource) -> Iterator[str]:
    """Yield the files that a resource names, and tell of those that are not there."""
    for name in dict.fromkeys((*resource.files, *([resource.href] if resource.what == "item" else []))):
        if name is None:
            package.lose(
                MANIFEST, resource.line, resource.identifier, say("names a file that is not in the package's folders")
            )
        elif name not in package.archive:
            package.lose(
                MANIFEST,
                resource.line,
                name,
                say("is missing; %(identifier)r names it", identifier=resource.identifier[:80]),
            )
        else:
            yield name


def _read_resource(package: OpenedPackage, resource: Resource, subjects: set[str]) -> Entry | None:
    """Return the item of a resource; None where nothing of it can be read, which is told."""
    name = resource.href
    if name is None or name not in package.archive:
        package.lose(MANIFEST, resource.line, resource.identifier, say("has no file with an item"))
        return None
    try:
        document = package.document(name)
        root = spelled_as_qti3(read_xml(document))
    except NotRead as unread:
        package.lose(name, unread.line, resource.identifier, unread.message)
        return None
    except DocumentRefused as damaged:
        package.lose(name, None, resource.identifier, damaged.faults[0].message)
        return None
    item = Item(root, package.path_of(name), package.source.report, package.resolver(name), package.source.size_of)
    if item.subject in subjects:
        item.refuse(root, say("stands in the package already; each item has an identifier of its own"))
        return None
    subjects.add(item.subject)
    if resource.has_metadata:
        item.change(root, say("what its metadata say in the manifest is left out"))
    original = original_of(package, resource)
    if original and is_unchanged(package, name, item, document, original):
        return _entry(package.source, item, dict(original["item"]), original["language"])
    if original:
        item.change(root, say("was changed since this product wrote it; it is read anew"))
    item.stimulus = read_stimulus(package, name, item)
    entry = read_item(item)
    if entry and original:
        entry |= unsaid(entry, original["item"])
    return _entry(package.source, item, entry)


def _entry(source: Source, item: Item, taken: Json | None, language: str | None = None) -> Entry:
    """Return an item, given up where it is in another language than the import.

    Countries and scripts count as well: what is taken in another of them needs an agreement.
    """
    place = f":{line_of(item.root)}"
    entry = Entry(source, item.file.removeprefix(source.file) + place, item.subject)
    if taken is None:
        return entry
    language = language or item.root.get(XML_LANG)
    if not language:
        told = say("does not say its language; %(language)s is taken", language=quoted(source.language))
        source.report.lose(LossKind.SUPPLIED, item.file, place, item.subject, told)
    elif _primary(language) != _primary(source.language):
        item.refuse(
            item.root,
            say(
                "is written in %(language)s; this import is in %(wanted)s",
                language=quoted(language),
                wanted=quoted(source.language),
            ),
        )
        return entry
    elif language.lower() != source.language.lower():
        item.change(
            item.root,
            say(
                "is written in %(language)s, and is taken as %(wanted)s",
                language=quoted(language),
                wanted=quoted(source.language),
            ),
        )
    entry.item = taken
    return entry


def _primary(language: str) -> str:
    """Return the language of a tag without its country and script."""
    return language.partition("-")[0].lower()
