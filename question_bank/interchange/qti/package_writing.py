"""Writing packages: items of the bank become a package for other systems, with their stimuli, their media and a manifest.

One rule: what QTI cannot say is told. It stands where only this product reads it, or its item is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from zipfile import ZipFile

from kernel.canonical import canonical_json, digest
from kernel.sentences import say
from question_bank.interchange.archive_writing import pieces_of, put, waiting_file, written_archive
from question_bank.interchange.entries import Item, Target
from question_bank.interchange.losses import LossKind
from question_bank.interchange.qti.item_mapping import write_item
from question_bank.interchange.qti.items import identifier_of
from question_bank.interchange.qti.manifest_reading import MANIFEST
from question_bank.interchange.qti.manifest_writing import Manifest, Packed, writing_manifest
from question_bank.interchange.qti.stimuli import stimulus_file, written_stimulus
from question_bank.interchange.qti.texts import media_of
from question_bank.interchange.qti.vocabulary import Vocabulary
from question_bank.interchange.qti.xml_trees import written
from question_bank.interchange.xml_reading import Element
from question_bank.item_kinds import MARKED_BY_PEOPLE
from question_bank.item_kinds.stimulus import MEMBER
from question_bank.marked_text import Shape, has_marks

ITEMS_FOLDER: Final = "items"
_NO_XML = re.compile(r"[\ufffe\uffff]|(?<=\?)>")


@dataclass(slots=True)
class _Packing:
    """A package while it is written."""

    archive: ZipFile
    manifest: Manifest
    vocabulary: Vocabulary
    target: Target
    stimuli: dict[str, tuple[str, Packed]] = field(default_factory=dict)
    """By file: a digest of what each says, and how it is listed."""
    media: dict[str, None] = field(default_factory=dict)


def write_qti(items: Iterable[Item], target: Target, vocabulary: Vocabulary) -> Iterator[bytes]:
    """Yield items as a package; the same items make the same bytes.

    What QTI cannot say is told in the report: an item is left out, or what it says stands where only this product
    reads it.
    """

    def write(archive: ZipFile) -> None:
        with waiting_file() as listing:
            with writing_manifest(listing, vocabulary) as manifest:
                packing = _Packing(archive, manifest, vocabulary, target)
                for item in items:
                    _pack(packing, item)
                for _, packed in packing.stimuli.values():
                    manifest.add(packed)
            for address in packing.media:
                put(archive, _medium_file(address), [target.medium(address)])
            put(archive, MANIFEST, pieces_of(listing))

    yield from written_archive(write)


def _pack(packing: _Packing, item: Item) -> None:
    target, code = packing.target, str(item["code"])
    try:
        root = write_item(item, target.language, packing.vocabulary)
        document = written(root, packing.vocabulary)
        needs = (_stimulus(packing, item[MEMBER]),) if MEMBER in item else ()
    except ValueError as unsaid:
        target.lose(LossKind.REFUSED, code, say("QTI cannot say it: %(reason)s", reason=unsaid.args[0]), f"/{MANIFEST}")
        return
    target.report.take(code)
    name = f"{ITEMS_FOLDER}/{identifier_of(code)}.xml"
    for kind, message in _losses(item, root):
        target.lose(kind, code, message, f"/{name}")
    original = _as_text({"language": target.language, "item": dict(item)})
    put(packing.archive, name, [document])
    packing.manifest.add(
        Packed(identifier_of(code), name, packing.vocabulary.item_type, _media(packing, root), needs, original)
    )


def _stimulus(packing: _Packing, stimulus: Item) -> str:
    """Pack the stimulus of an item, each once, and return the identifier of its resource."""
    file = stimulus_file(stimulus)
    if file not in packing.stimuli:
        root = written_stimulus(stimulus, packing.target.language)
        put(packing.archive, file, [written(root, packing.vocabulary)])
        identifier = f"__stimulus-{len(packing.stimuli) + 1}"
        packed = Packed(identifier, file, packing.vocabulary.stimulus_type, _media(packing, root))
        packing.stimuli[file] = (digest(stimulus), packed)
    written_first, packed = packing.stimuli[file]
    if digest(stimulus) != written_first:
        message = say(
            "its stimulus %(code)s says something else than that of other items of the set", code=stimulus["code"]
        )
        raise ValueError(message)
    return packed.identifier


def _media(packing: _Packing, root: Element) -> tuple[str, ...]:
    addresses = media_of(root)
    packing.media |= dict.fromkeys(addresses)
    return tuple(_medium_file(address) for address in addresses)


def _medium_file(address: str) -> str:
    return f"media/{address.removeprefix('media:')}"


def _losses(item: Item, root: Element) -> Iterator[tuple[LossKind, str]]:
    yield LossKind.EXTENSION, say("rationale, source, tags and enemies are read by this product alone")
    if any("start" in numbered.attrib for numbered in root.iter("ol")):
        yield LossKind.CHANGED, say("its numbered lists begin with 1; QTI cannot say that they do not")
    if item["kind"] in {"short_text", "gap_text"} and item.get("accents", "ignored") == "ignored":
        yield LossKind.CHANGED, say("accents decide in other systems; QTI cannot say that they do not")
    if item["kind"] in MARKED_BY_PEOPLE:
        yield (
            LossKind.CHANGED,
            say("QTI has no rubric to mark by: scorers read it as a table, and set one number of points"),
        )
    if item["kind"] == "upload":
        yield (
            LossKind.CHANGED,
            say("QTI asks for one file, of one type at most: this product alone reads how many and how large"),
        )
    if "words" in item:
        yield LossKind.CHANGED, say("other systems hold the writer to the limits on words, which are told here")
    if MEMBER in item and has_marks(item[MEMBER]["title"], Shape.LINE):
        yield LossKind.CHANGED, say("the title of its stimulus is written as words without marks")


def _as_text(value: dict[str, Any]) -> str:
    """Return a value as JSON in which nothing stands that a processing instruction cannot hold."""
    return _NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", canonical_json(value).decode())
