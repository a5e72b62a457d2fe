"""XML from outside, read element by element as it comes: no document type, no entities, no network, bounded depth.

One rule: what was read is let go, so that a document may be larger than the memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from lxml import etree

from kernel.sentences import say
from question_bank.interchange.entries import Source

SAFELY: Final[Mapping[str, bool]] = MappingProxyType(
    {
        "resolve_entities": False,
        "load_dtd": False,
        "no_network": True,
        "huge_tree": False,
        "remove_comments": True,
        "remove_pis": True,
    }
)
"""How every parser of XML from outside is made."""


def elements_of(source: Source, root: str, *tags: str) -> Iterator[Any]:
    """Yield the elements of some names below a root, each whole; it is emptied when the next one is asked for.

    Raises:
        DocumentRefused: it is no well-formed XML, has a document type, another root, or text of more than 10 MB.
    """
    stack: list[Any] = []
    try:
        for event, element in _events(source):
            if event == "start":
                if not stack:
                    _check_root(source, element, root)
                stack.append(element)
                continue
            stack.pop()
            if len(stack) == 1:
                if local_name(element) in tags:
                    yield element
                elif local_name(element):
                    source.refuse(
                        f":{element.sourceline}",
                        say("has <%(name)s>, which is not known here", name=local_name(element)[:40]),
                    )
                element.clear()
                while element.getprevious() is not None:
                    del stack[0][0]
    except etree.XMLSyntaxError as error:
        line, column = error.position
        source.refuse(f":{line}:{column}", say("is not well-formed XML: %(why)s", why=(error.msg or "")[:200]))


def local_name(element: Any) -> str:  # noqa: ANN401 - lxml has no types
    """Return the name of an element without its namespace; nothing for comments and the like."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _events(source: Source) -> Iterator[tuple[str, Any]]:
    yield from etree.iterparse(source.stream, events=("start", "end"), **SAFELY)


def _check_root(source: Source, element: Any, root: str) -> None:  # noqa: ANN401
    if element.getroottree().docinfo.internalDTD is not None:
        source.refuse(":1", say("has a document type, by which entities come in; take it away"))
    if local_name(element) != root:
        source.refuse(
            f":{element.sourceline}",
            say("begins with <%(name)s>; it must be <%(root)s>", name=local_name(element)[:40], root=root),
        )
