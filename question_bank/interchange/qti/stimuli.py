"""Stimuli: what the items of a set are about, a file of its own in a package and a part of each item here.

One rule: an item whose stimulus cannot be taken whole is refused, because it asks about what nobody would see.
"""

from __future__ import annotations

from typing import Any

from kernel.sentences import say
from question_bank.documents import DocumentRefused
from question_bank.interchange.qti.item_mapping import STIMULI_FOLDER
from question_bank.interchange.qti.items import STIMULUS_REF, Item, code_of, identifier_of
from question_bank.interchange.qti.opened_package import OpenedPackage
from question_bank.interchange.qti.texts import blocks, entry_named
from question_bank.interchange.qti.vocabulary import Vocabulary
from question_bank.interchange.qti.xml_trees import XML_LANG, made, read_xml, same, spelled_as_qti3, written
from question_bank.interchange.xml_reading import Element, NotRead
from question_bank.marked_text import Shape, plain, read_plain

Json = dict[str, Any]
_ROOT, _BODY = "qti-assessment-stimulus", "qti-stimulus-body"


def stimulus_file(stimulus: Json) -> str:
    """Return the file of a package in which a stimulus stands."""
    return f"{STIMULI_FOLDER}/{identifier_of(stimulus['code'])}.xml"


def written_stimulus(stimulus: Json, language: str) -> Element:
    """Return a stimulus of a bank file as an element with the names of QTI 3."""
    title = plain(stimulus["title"], Shape.LINE)
    body = made(_BODY, *blocks(stimulus["text"]))
    root = made(_ROOT, body, identifier=identifier_of(stimulus["code"]), title=title)
    root.set(XML_LANG, language)
    return root


def read_stimulus(package: OpenedPackage, name: str, item: Item) -> Json | None:
    """Return the stimulus that an item of a package is about, ``{"code", "title", "text"}``; None where there is none.

    Args:
        name: of the item's file in the package.
    """
    named = list(item.root.iterchildren(STIMULUS_REF))
    if not named:
        return None
    if len(named) > 1:
        item.refuse(named[1], say("is about a second stimulus; items here have one"))
        return None
    file = entry_named(named[0].get("href", ""), name)
    if file is None or file not in package.archive:
        item.refuse(named[0], say("is about a stimulus that is not in the package"))
        return None
    if file not in package.stimuli:
        package.stimuli[file] = _read(package, file)
    if package.stimuli[file] is None:
        item.refuse(named[0], say("is about a stimulus that cannot be taken; see %(file)s", file=package.path_of(file)))
    return package.stimuli[file]


def says_stimulus(
    package: OpenedPackage, name: str, item: Item, stimulus: Json, language: str, spelt: Vocabulary
) -> bool:
    """Tell whether the stimulus of an item says, sign by sign, what a stimulus says when it is written."""
    reference = item.root.find(STIMULUS_REF)
    file = None if reference is None else entry_named(reference.get("href", ""), name)
    if file is None or file not in package.archive:
        return False
    try:
        found = spelled_as_qti3(package.read_xml(file))
        again = spelled_as_qti3(read_xml(written(written_stimulus(stimulus, language), spelt)))
    except (ValueError, NotRead, DocumentRefused):
        return False
    return same(found, again)


def _read(package: OpenedPackage, file: str) -> Json | None:
    try:
        root = spelled_as_qti3(package.read_xml(file))
    except NotRead as unread:
        package.lose(file, unread.line, file, unread.message)
        return None
    except DocumentRefused as damaged:
        package.lose(file, None, file, damaged.faults[0].message)
        return None
    stimulus = Item(root, package.path_of(file), package.source.report, package.resolver(file))
    stimulus.only(root, "identifier", "title", "tool-name", "tool-version")
    bodies = list(root.iterchildren(_BODY))
    if root.tag != _ROOT or len(bodies) != 1:
        stimulus.refuse(root, say("is no stimulus with one body"))
        return None
    for child in root:
        if child.tag == "qti-stylesheet":
            stimulus.change(child, say("its style sheet is left out"))
        elif child.tag != _BODY:
            stimulus.refuse(child, say("has <%(tag)s>, which has no counterpart here", tag=str(child.tag)[:60]))
    title = " ".join(root.get("title", "").split())
    if not title:
        stimulus.change(root, say("has no title; its identifier is taken"))
    text = stimulus.text(bodies[0], Shape.BLOCKS, "")
    code = code_of(stimulus.subject)
    return (
        None
        if stimulus.is_refused
        else {"code": code, "title": read_plain(title or code, Shape.LINE).text, "text": text}
    )
