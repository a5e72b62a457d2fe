"""Originals: what this product said of an item that it wrote, beside the item as other systems read it.

One rule: an original is believed only while its item says, sign by sign, what it says when it is written again.
"""

from __future__ import annotations

import json
from typing import Any

from kernel.sentences import say
from question_bank.documents import opened
from question_bank.drafts import TAGS
from question_bank.interchange.completion import NEEDED
from question_bank.interchange.qti.item_mapping import write_item
from question_bank.interchange.qti.items import Item
from question_bank.interchange.qti.manifest_reading import MANIFEST, Resource
from question_bank.interchange.qti.mapping.uploads import with_limits
from question_bank.interchange.qti.opened_package import OpenedPackage
from question_bank.interchange.qti.stimuli import says_stimulus
from question_bank.interchange.qti.texts import entry_named, entry_of, media_of
from question_bank.interchange.qti.vocabulary import QTI2, QTI3, Vocabulary
from question_bank.interchange.qti.xml_trees import read_xml, same, spelled_as_qti3, written
from question_bank.interchange.xml_reading import NotRead
from question_bank.item_kinds import KINDS
from question_bank.item_kinds.stimulus import MEMBER
from question_bank.marked_text import Shape, media_in

Json = dict[str, Any]


def original_of(package: OpenedPackage, resource: Resource) -> Json | None:
    """Return what this product said of its own item, ``{"language", "item"}``; None where that cannot be one."""
    if not resource.original:
        return None
    try:
        value = json.loads(resource.original)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict) and value.keys() == {"language", "item"} and not opened(value, "").faults:
        entry = value["item"]
        if isinstance(entry, dict) and isinstance(value["language"], str) and entry.get("kind") in list(KINDS):
            content = {name: member for name, member in entry.items() if name not in TAGS}
            if isinstance(entry.get("code"), str) and not KINDS[entry["kind"]].faults(content):
                return value
    package.lose(MANIFEST, resource.line, resource.identifier, say("says of its original what cannot be one"))
    return None


def unsaid(entry: Json, original: Json) -> Json:
    """Return what QTI does not say of an item that was changed since, as its original says it."""
    said: Json = {tag: original[tag] for tag in (*NEEDED, "enemies") if tag in original}
    if entry["kind"] == original["kind"] == "upload":
        said["files"] = with_limits(entry["files"], original["files"])
    return said


def is_unchanged(package: OpenedPackage, name: str, item: Item, document: bytes, original: Json) -> bool:
    """Tell whether an item says, sign by sign, what its original says when it is written, media included."""
    vocabulary = _vocabulary_of(item)
    try:
        again = write_item(original["item"], original["language"], vocabulary)
        written_again = written(again, vocabulary)
        is_same = document == written_again or same(spelled_as_qti3(read_xml(written_again)), item.root)
    except (ValueError, NotRead):
        return False
    stimulus = original["item"].get(MEMBER)
    if stimulus and not says_stimulus(package, name, item, stimulus, original["language"], vocabulary):
        return False
    addresses = [*media_of(again), *(media_in(stimulus["text"], Shape.BLOCKS) if stimulus else ())]
    return is_same and all(package.address_of(entry_named(entry_of(address), name)) == address for address in addresses)


def _vocabulary_of(item: Item) -> Vocabulary:
    template = str(item.root.nsmap.get(None, ""))
    return QTI3 if template == QTI3.namespace else QTI2
