"""XML from anybody, read without document types, entities or network; and XML as this product writes it.

One rule: every element knows the line it came from, and is named as in QTI 3, whichever vocabulary it was written in.
"""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from kernel.sentences import say
from question_bank.interchange.qti.vocabulary import (
    HTML_ELEMENTS,
    OLD_ROOT,
    PREFIX,
    READ,
    TOO_OLD,
    Vocabulary,
    hyphened,
)
from question_bank.interchange.xml_reading import DEPTH_MAX, SAFELY, TAGS_MAX, Element, NotRead, encoding_of, local_name

XML_BYTES_MAX = 5 * 1024 * 1024
XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
XML_BASE: Final = "{http://www.w3.org/XML/1998/namespace}base"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
SCHEMA_LOCATION: Final = f"{{{XSI}}}schemaLocation"
_DOCUMENT_TYPE = re.compile(
    r"""\A\ufeff?(?>\s+|<\?.*?\?>|<!--.*?-->)*+(<!DOCTYPE(?P<bare>\s+[\w:.-]{1,60}+(?:\s+(?:PUBLIC|SYSTEM)"""
    r"""(?:\s+(?:"[^"<>\[]{0,300}"|'[^'<>\[]{0,300}')){1,2}+)?\s*>)?)""",
    re.DOTALL,
)
_LINE = re.compile(r"[^\n]")
_TRUTHS = {"1": "true", "0": "false"}
"""How XML may spell them as well."""
_TRUE_OR_FALSE = frozenset(
    [
        "adaptive",
        "time-dependent",
        "shuffle",
        "fixed",
        "case-sensitive",
        "include-lower-bound",
        "include-upper-bound",
    ]
)


def read_xml(document: bytes) -> Element:
    """Return the root of a document, without comments and instructions.

    Raises:
        NotRead: it is too large, has too many tags or a document type, is not well formed, or is nested too deeply.
    """
    if len(document) > XML_BYTES_MAX:
        message = say("has %(count)s bytes; at most %(most)s are read", count=len(document), most=XML_BYTES_MAX)
        raise NotRead(message)
    text = _without_document_type(_decoded(document))
    if text.count("<") > TAGS_MAX:
        message = say("has more than %(count)s tags", count=TAGS_MAX)
        raise NotRead(message)
    parser = etree.XMLParser(encoding="utf-8", **SAFELY)
    try:
        root = etree.fromstring(text.encode("utf-8", "surrogatepass"), parser)
    except etree.XMLSyntaxError as error:
        message = say("is not well-formed XML: %(why)s", why=error.msg)
        raise NotRead(message, error.lineno or None) from error
    _refuse_depth(root)
    return root


def spelled_as_qti3(root: Element) -> Element:
    """Return an item or test with every name spelled as in QTI 3 and without its namespace; others keep theirs.

    Raises:
        NotRead: the root is in none of the namespaces that are read.
    """
    namespace = etree.QName(root).namespace
    vocabulary = READ.get(namespace or "")
    if local_name(root) == OLD_ROOT:
        raise NotRead(TOO_OLD, root.sourceline)
    if vocabulary is None:
        tag = local_name(root)[:60]
        message = (
            say("<%(tag)s> is of %(namespace)r; QTI 3.0, 2.2, 2.1 and 2.0 are read", tag=tag, namespace=namespace[:100])
            if namespace
            else say("<%(tag)s> is of 'no namespace'; QTI 3.0, 2.2, 2.1 and 2.0 are read", tag=tag)
        )
        raise NotRead(message, root.sourceline)
    for element in root.iter(f"{{{namespace}}}*"):
        _spell(element, vocabulary)
    return root


def line_of(element: Element) -> int:
    """Return the line on which an element was written."""
    return int(element.sourceline or 1)


def made(tag: str, *children: Element | str, **attributes: str) -> Element:
    """Make an element; underscores in the names of attributes are written as hyphens."""
    element = etree.Element(tag, {name.replace("_", "-"): value for name, value in attributes.items()})
    for child in children:
        append(element, child)
    return element


def same(one: Element, other: Element) -> bool:
    """Tell whether two documents say the same, sign by sign; where their schemas are found does not count."""
    return _as_signs(one) == _as_signs(other)


def _as_signs(root: Element) -> list[tuple[object, ...]]:
    signs: list[tuple[object, ...]] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            attributes = sorted((name, value) for name, value in element.attrib.items() if name != SCHEMA_LOCATION)
            signs.append((element.tag, *attributes, element.text or ""))
        else:
            signs.append((element.tail or "",))
    return signs


def append(element: Element, child: Element | str) -> None:
    """Append an element or words to an element."""
    if not isinstance(child, str):
        element.append(child)
    elif len(element):
        element[-1].tail = (element[-1].tail or "") + child
    else:
        element.text = (element.text or "") + child


def written(root: Element, vocabulary: Vocabulary) -> bytes:
    """Return an item made with names of QTI 3 as the vocabulary spells it."""

    def copied(element: Element, parent: Element | None) -> Element:
        name, attributes = element.tag, dict(element.attrib)
        if name == "ol":
            attributes.pop("start", None)  # which no list of QTI has
        if name.startswith(PREFIX):
            attributes = {vocabulary.attribute(said): value for said, value in attributes.items()}
            name = vocabulary.element(name)
        tag = name if name.startswith("{") else f"{{{vocabulary.namespace}}}{name}"
        if parent is None:
            copy = etree.Element(tag, attributes, nsmap={None: vocabulary.namespace})
            copy.set(SCHEMA_LOCATION, f"{vocabulary.namespace} {vocabulary.schema}")
        else:
            own = name.partition("}")[0][1:] if name.startswith("{") else None
            copy = etree.SubElement(parent, tag, attributes, nsmap={None: own} if own else None)
        copy.text, copy.tail = element.text, element.tail
        for child in element:
            copied(child, copy)
        return copy

    return bytes(etree.tostring(copied(root, None), xml_declaration=True, encoding="UTF-8"))


def _decoded(document: bytes) -> str:
    encoding = encoding_of(document)
    try:
        return document.decode(encoding)
    except UnicodeDecodeError as error:
        line = document.count(b"\n", 0, error.start) + 1
        name = encoding.removesuffix("-sig")
        message = say("says that it is %(name)s, and byte %(number)s is not", name=name, number=error.start)
        raise NotRead(message, line) from error


def _without_document_type(text: str) -> str:
    """Return a document without the name of its type, in which nothing is declared; its lines stay.

    Raises:
        NotRead: it declares something itself.
    """
    found = _DOCUMENT_TYPE.match(text)
    if found and found["bare"]:
        # What it names is never asked for, so an entity that is declared there is an unknown one here.
        text = text[: found.start(1)] + _LINE.sub(" ", found[1]) + text[found.end(1) :]
        found = _DOCUMENT_TYPE.match(text)
    if found:
        message = say("has a document type, in which entities can hide; leave it out")
        raise NotRead(message, 1)
    return text


def _refuse_depth(root: Element) -> None:
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEPTH_MAX:
            message = say("is nested more than %(count)s levels deep", count=DEPTH_MAX)
            raise NotRead(message, element.sourceline)


def _spell(element: Element, vocabulary: Vocabulary) -> None:
    name = local_name(element)
    if name in HTML_ELEMENTS:
        element.tag = name
    elif vocabulary.is_hyphened:
        # Without its prefix a name of QTI 3 is none; the namespace stays, and no reader knows it.
        element.tag = name if name.startswith(PREFIX) else element.tag
    else:
        element.tag = PREFIX + hyphened(name)
        for attribute, value in list(element.attrib.items()):
            if not attribute.startswith("{") and attribute != hyphened(attribute):
                del element.attrib[attribute]
                element.set(hyphened(attribute), value)
    for attribute in _TRUE_OR_FALSE.intersection(element.attrib):
        element.set(attribute, _TRUTHS.get(element.get(attribute).strip(), element.get(attribute)))
