"""XML in pieces: a document larger than the memory, of which some elements are read whole and let go.

One rule: what is refused of a document that is read at once is refused of one in pieces, with the same words.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from lxml import etree

from kernel.sentences import say
from question_bank.interchange.xml_reading import (
    DEPTH_MAX,
    SAFELY,
    TAGS_MAX,
    Element,
    NotRead,
    encoding_of,
    local_name,
)

_FED_BYTES: Final = 64 * 1024
"""At once: as many elements as fit into it are in the memory before the first of them is let go."""
_LOOSE_MAX: Final = 100


def elements_in(
    pieces: Iterable[bytes], is_wanted: Callable[[Sequence[Element]], bool], *, instructions: bool = False
) -> Iterator[list[Element]]:
    """Yield wanted elements, each whole and after those it stands in; it is emptied when the next one is asked for.

    Args:
        is_wanted: told an element that begins and those it stands in, outermost first, all without what is in them; it
            may raise NotRead itself.
        instructions: keep processing instructions, of which there is nothing otherwise.

    Raises:
        NotRead: as :func:`~question_bank.interchange.qti.xml_trees.read_xml`, but for the size of the document.
    """
    path: list[Element] = []
    wanted, tags = 0, 0  # the depth of the element that is being read whole, and its tags
    for event, element in _events(pieces, instructions):
        tags += event != "end"
        if wanted and tags > TAGS_MAX:
            name = local_name(path[wanted - 1])[:60]
            message = say("has more than %(count)s tags in one <%(name)s>", count=TAGS_MAX, name=name)
            raise NotRead(message, path[wanted - 1].sourceline)
        if event == "start":
            path.append(element)
            if len(path) > DEPTH_MAX:
                message = say("is nested more than %(count)s levels deep", count=DEPTH_MAX)
                raise NotRead(message, element.sourceline)
            if not wanted and is_wanted(path):
                wanted, tags = len(path), 1
        elif event == "end":
            if len(path) == wanted:
                yield path
                wanted = 0
            path.pop()
        if event != "start" and not wanted:
            _let_go(element, path)


def _events(pieces: Iterable[bytes], instructions: bool) -> Iterator[tuple[str, Element]]:
    safely = {**SAFELY, "remove_pis": not instructions}
    parser = etree.XMLPullParser(("start", "end", "pi"), encoding="utf-8", **safely)
    loose, is_first = 0, True
    try:
        for piece in _as_utf8(pieces):
            for start in range(0, len(piece), _FED_BYTES):
                parser.feed(piece[start : start + _FED_BYTES])
                for event, element in parser.read_events():
                    if event == "pi" and element.getparent() is None:
                        loose += 1
                        _refuse_loose(loose, element)
                        continue
                    if is_first:
                        _refuse_document_type(element)
                        is_first = False
                    yield event, element
        parser.close()
        yield from parser.read_events()
    except etree.XMLSyntaxError as error:
        raise _not_well_formed(error) from error


def _not_well_formed(error: etree.XMLSyntaxError) -> NotRead:
    # What stops a parser of pieces is told only when it is closed, and then without its line.
    last = error.error_log.last_error
    if error.lineno or last is None:
        return NotRead(say("is not well-formed XML: %(why)s", why=error.msg), error.lineno or None)
    return NotRead(say("is not well-formed XML: %(why)s", why=last.message), last.line)


def _as_utf8(pieces: Iterable[bytes]) -> Iterator[bytes]:
    decoder, lines = None, 1
    for piece in pieces:
        if decoder is None:
            name = encoding_of(piece)
            decoder = codecs.getincrementaldecoder(name)()
        try:
            text = decoder.decode(piece)
        except UnicodeDecodeError as error:
            message = say("says that it is %(name)s, and holds a byte that is not", name=name.removesuffix("-sig"))
            raise NotRead(message, lines + piece.count(b"\n", 0, error.start)) from error
        lines += text.count("\n")
        yield text.encode("utf-8", "surrogatepass")
    if decoder is None:
        message = say("is empty")
        raise NotRead(message, 1)
    if decoder.getstate()[0]:
        message = say("says that it is %(name)s, and ends within a sign", name=name.removesuffix("-sig"))
        raise NotRead(message, lines)


def _refuse_document_type(root: Element) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        message = say("has a document type, in which entities can hide; leave it out")
        raise NotRead(message, 1)


def _refuse_loose(count: int, instruction: Element) -> None:
    """Refuse instructions outside of the root, which cannot be let go."""
    if count > _LOOSE_MAX:
        message = say("has more than %(count)s processing instructions outside of its root", count=_LOOSE_MAX)
        raise NotRead(message, instruction.sourceline)


def _let_go(element: Element, path: Sequence[Element]) -> None:
    element.clear()
    while path and element.getprevious() is not None:
        del path[-1][0]
