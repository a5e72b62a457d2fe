"""Texts of items as elements of QTI, and elements as marked text.

One rule: HTML is the same in both vocabularies; sounds and documents are objects there, which every version of QTI has.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import Final

from lxml import html as lxml_html

from question_bank.interchange.qti.vocabulary import MATHML
from question_bank.interchange.qti.xml_trees import append, made
from question_bank.interchange.xml_reading import Element
from question_bank.marked_text import Shape, shown

MEDIA_FOLDER: Final = "../media"
"""Where media stand, seen from an item."""
MEDIA_TYPES: Final = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "pdf": "application/pdf",
}
Gaps = Callable[[str], Element]
"""Makes the interaction that stands in a gap, by the gap's id."""
_SCHEME = "media:"


def entry_of(address: str) -> str:
    """Return the file of a package that holds a medium of the bank."""
    return f"{MEDIA_FOLDER}/{address.removeprefix(_SCHEME)}"


def media_of(root: Element) -> list[str]:
    """Return the media of the bank that a written item shows, by their addresses, each once."""
    named = [*(image.get("src", "") for image in root.iter("img")), *(o.get("data", "") for o in root.iter("object"))]
    prefix = f"{MEDIA_FOLDER}/"
    return list(dict.fromkeys(_SCHEME + name.removeprefix(prefix) for name in named if name.startswith(prefix)))


def blocks(text: str, gaps: Gaps | None = None) -> list[Element]:
    """Return a text of blocks as elements; with ``gaps`` it is a passage."""
    return list(_parsed(shown(text, Shape.PASSAGE if gaps else Shape.BLOCKS), gaps))


def put_line(element: Element, text: str) -> Element:
    """Put a text of one line into an element, and return the element."""
    line = _parsed(shown(text, Shape.LINE), None)
    append(element, line.text or "")
    for child in list(line):
        element.append(child)
    return element


def _parsed(html: str, gaps: Gaps | None) -> Element:
    root = lxml_html.fragment_fromstring(html, create_parent="div")
    for element in list(root.iter()):
        if element.tag == "math":
            for part in element.iter():
                part.tag = f"{{{MATHML}}}{part.tag}"
        elif element.tag == "span" and gaps is not None:
            _replace(element, gaps(element.get("data-gap")))
        elif element.tag == "img":
            element.set("src", entry_of(element.get("src")))
        elif element.tag == "audio":
            _replace(element, _object(element.get("src"), element.get("aria-label")))
        elif element.tag == "a":
            _replace(element, _object(element.get("href"), "".join(element.itertext())))
    return root


def _object(address: str, words: str) -> Element:
    return made("object", words, data=entry_of(address), type=MEDIA_TYPES[address.rpartition(".")[2]])


def _replace(element: Element, other: Element) -> None:
    other.tail = element.tail
    element.getparent().replace(element, other)


def readable(element: Element) -> Element:
    """Return an element with its objects as the elements of HTML that marked text is read of."""
    for inner in list(element.iter("object")):
        kind, name = inner.get("type", ""), inner.get("data", "")
        words = " ".join("".join(inner.itertext()).split()) or inner.get("aria-label", "")
        if len(inner) and any(child.tag != "p" for child in inner):
            continue
        if kind.startswith("image/"):
            _replace(inner, made("img", src=name, alt=words))
        elif kind.startswith("audio/"):
            _replace(inner, made("audio", src=name, aria_label=words))
        elif kind == "application/pdf":
            _replace(inner, made("a", words, href=name))
    return element


def entry_named(reference: str, beside: str) -> str | None:
    """Return the file of a package that a reference in one of its files means; None where it leads out of it."""
    path = reference.partition("#")[0].partition("?")[0]
    if not path or ":" in path or path.startswith(("/", "\\")):
        return None
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(beside), path))
    return None if joined.startswith("..") or joined == "." else joined
