"""XML from outside: no document type, no entities, no network; how deep it may be nested, and how it may be encoded.

One rule: whatever is read, at once or in pieces, is bounded and refused alike.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from kernel.sentences import say

Element = Any
"""An element of lxml."""
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
DEPTH_MAX = 100
TAGS_MAX = 100_000
"""Of what is read whole: some 50,000 elements; an item has a few hundred."""
_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_ENCODINGS = {"utf-8": "utf-8-sig", "utf8": "utf-8-sig", "utf-16": "utf-16", "us-ascii": "ascii", "ascii": "ascii"}
_ENCODINGS |= {"iso-8859-1": "iso-8859-1", "windows-1252": "windows-1252", "iso-8859-15": "iso-8859-15"}


class NotRead(Exception):
    """XML that is not read; ``line`` is None where the whole of it is at fault."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message, self.line = message, line


def local_name(element: Element) -> str:
    """Return the name of an element without its namespace; nothing for comments and the like."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def encoding_of(beginning: bytes) -> str:
    """Return the encoding of a document, as Python calls it, by how it begins.

    Raises:
        NotRead: it is none of those that are read.
    """
    declared = _DECLARED.match(beginning.removeprefix(codecs.BOM_UTF8))
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16"
    if name not in _ENCODINGS:
        message = say("is written in %(name)r; write it in UTF-8", name=name[:40])
        raise NotRead(message, 1)
    return _ENCODINGS[name]
