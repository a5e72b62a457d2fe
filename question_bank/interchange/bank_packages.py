"""Bank packages: a whole bank in one archive, with its translations and media, to be moved to another installation.

One rule: a package says what is in it, and one that has less or more than it says is refused whole.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from operator import itemgetter
from typing import Final
from zipfile import ZipFile

from kernel.errors import Fault
from kernel.sentences import say
from question_bank.documents import DOCUMENT_BYTES_MAX, Place, read_document, refuse_repeats
from question_bank.interchange.archive_writing import put, written_archive
from question_bank.interchange.archives import Archive, refused
from question_bank.interchange.bank_json import ITEMS, TRANSLATIONS, read_json, written_json
from question_bank.interchange.entries import Entry, Item, Source, Target
from question_bank.interchange.losses import LossKind
from question_bank.media import references_in
from question_bank.uploads import UploadRefused

FORMAT: Final = "exam-engine-bank-package"
FORMAT_VERSION: Final = 1
CONTENTS: Final = "bank.json"
_ZIP: Final = b"PK"
_MEDIUM = re.compile(r"media/([0-9a-f]{64}\.[a-z0-9]{3,4})")
_ADDRESS = re.compile(rb"media:[0-9a-f]{64}\.[a-z0-9]{3,4}")
_ITEMS_AT_ONCE = 500
_BYTES_AT_ONCE = 1024 * 1024


def read_bank(source: Source) -> Iterator[Entry]:
    """Yield the items of a package and then their translations; also those of one JSON document by itself.

    Raises:
        DocumentRefused: as :func:`read_json`, and where the package is not what it says, or damaged.
    """
    beginning = source.stream.read(len(_ZIP))
    source.stream.seek(0)
    if beginning != _ZIP:
        yield from read_json(source, source.stream.read(DOCUMENT_BYTES_MAX + 1), source.file)
        return
    archive = Archive(source.stream, file=source.file)
    contents = _contents(archive, source.file)
    moved = dict(_take_media(archive, source, contents.member("media").named()))
    for member, form in (("items", ITEMS), ("translations", TRANSLATIONS)):
        for name in _names(contents.member(member)):
            document = archive.read(name, DOCUMENT_BYTES_MAX)
            document = _ADDRESS.sub(lambda address: moved.get(address[0], address[0]), document)
            yield from read_json(source, document, f"{source.file}/{name}", (form,))


def _contents(archive: Archive, file: str) -> Place:
    """Return what a package says of itself, which is what is in it."""
    if CONTENTS not in archive:
        message = say("is no package of a bank: there is no %(contents)s in it", contents=CONTENTS)
        raise refused(file, [Fault(file, message)])
    contents = read_document(
        archive.read(CONTENTS, DOCUMENT_BYTES_MAX),
        file=f"{file}/{CONTENTS}",
        document_format=FORMAT,
        version=FORMAT_VERSION,
    )
    contents.shape("format", "format_version", "items", "translations", "media")
    named = [place for member in ("items", "translations") for place in contents.member(member).elements()]
    media = contents.member("media").named()
    refuse_repeats(named)
    for place in named:
        if place.text() and place.value not in archive:
            place.refuse(say("%(medium)s is missing in the package", medium=place.value[:100]))
    for name, place in media.items():
        place.shape("file_name", "description")
        for label in place.named().values():
            if not isinstance(label.value, str):
                label.refuse(say("must be %(noun)s", noun=say("text")))
        if not _MEDIUM.fullmatch(name) or name not in archive:
            place.refuse(say("is no medium of the package"))
    known = {CONTENTS, *(str(place.value) for place in named), *media}
    for name in archive.names:
        if name not in known:
            contents.refuse(say("does not name the file %(name)s", name=name[:100]))
    contents.settle()
    return contents


def _names(place: Place) -> list[str]:
    return [element.value for element in place.elements()]


def _take_media(archive: Archive, source: Source, media: dict[str, Place]) -> Iterator[tuple[bytes, bytes]]:
    """Take the media of a package, and yield how those are called now that are coded otherwise here."""
    for name, place in media.items():
        said = {member: found.value for member, found in place.named().items()}
        content = archive.read(name)
        if hashlib.sha256(content).hexdigest() != name.removeprefix("media/").partition(".")[0]:
            message = say("is another file than its name says; write the package anew")
            raise refused(source.file, [Fault(f"{source.file}/{name}", message)])
        try:
            label = said.get("file_name", ""), said.get("description", "")
            address = source.keep_file(label[0], content, label[1])
        except UploadRefused as unfit:
            source.report.lose(LossKind.REFUSED, f"{source.file}/{name}", "", name, unfit.detail)
            continue
        there = name.replace("media/", "media:")
        if address is not None and address != there:
            yield there.encode(), address.encode()


def write_bank(items: Iterable[Item], target: Target) -> Iterator[bytes]:
    """Yield items as a package, with what they say in other languages and the media that they show."""

    def write(archive: ZipFile) -> None:
        media: dict[str, None] = {}
        named: dict[str, list[str]] = {"items": [], "translations": []}
        for language, found in chain([(target.language, items)], _by_language(target.others)):
            for some in _portions(found):
                named["items"].append(f"items/{len(named['items']) + 1:04}.json")
                put(archive, named["items"][-1], [written_json(ITEMS, some, target, language)])
                media |= _shown(some)
                target.report.taken |= {item["code"]: None for item in some}
        for language, found in _by_language(target.translations):
            for number, some in enumerate(_portions(found), 1):
                named["translations"].append(f"translations/{language}/{number:04}.json")
                put(archive, named["translations"][-1], [written_json(TRANSLATIONS, some, target, language)])
                media |= _shown(some)
        labels = target.labels(media)
        files = {_file_of(address): dict(labels.get(address, {})) for address in media}
        for address in media:
            put(archive, _file_of(address), [target.medium(address)])
        contents = {"format": FORMAT, "format_version": FORMAT_VERSION, **named, "media": files}
        put(archive, CONTENTS, [(json.dumps(contents, ensure_ascii=False, indent=1) + "\n").encode()])

    yield from written_archive(write)


def _by_language(said: Iterable[tuple[str, Item]]) -> Iterator[tuple[str, Iterable[Item]]]:
    for language, found in groupby(said, key=itemgetter(0)):
        yield language, (item for _, item in found)


def _portions(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield items so many at once that a document is soon read and can be looked at in an editor."""
    some: list[Item] = []
    size = 0
    for item in items:
        some.append(item)
        size += len(json.dumps(item))
        if len(some) == _ITEMS_AT_ONCE or size > _BYTES_AT_ONCE:
            yield some
            some, size = [], 0
    if some:
        yield some


def _shown(items: Iterable[Item]) -> dict[str, None]:
    found = (reference for item in items for reference in references_in(item))
    return {f"media:{reference.sha256}.{reference.suffix}": None for reference in found}


def _file_of(address: str) -> str:
    return address.replace("media:", "media/")
