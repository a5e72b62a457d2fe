"""HTML from other systems becomes marked text; whatever that cannot say is named as a change or a refusal.

One rule: exactness is tried, never assumed: what was written is shown and read once more, and must be the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from kernel.sentences import say
from question_bank.marked_text.dialect import Shape
from question_bank.marked_text.elements import Elements
from question_bank.marked_text.showing import shown
from question_bank.marked_text.tree import (
    Block,
    Break,
    Emphasised,
    Inline,
    Lines,
    List,
    Paragraph,
    Quotation,
    Table,
    Words,
)
from question_bank.marked_text.writing import tidied, written, written_line

CHARACTERS_MAX = 200_000
Resolver = Callable[[str], str | None]
"""Gives the address of a medium of the bank, ``media:<sha256>.<suffix>``, for a name or URL; None where there is none."""
_HTML = re.compile(r"[<&]")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_APART = re.compile(r"[ \t]*(?:\r\n?|\n)[ \t]*(?:(?:\r\n?|\n)[ \t]*)+")


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of HTML: marked text, what it says otherwise (``changes``), and what it cannot say (``refusals``).

    Both are sentences without their subject, in the order they were met, each once. With refusals the text is worth
    nothing.
    """

    text: str
    changes: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()


def no_media(name: str) -> str | None:
    """Resolve nothing: for documents that carry no files."""
    del name
    return None


def read_html(html: str, shape: Shape, resolve: Resolver = no_media, *, tex: bool = False) -> Read:
    r"""Read a fragment of HTML.

    Args:
        resolve: finds media; every picture, recording and exhibit that it does not know is refused.
        tex: whether ``\(...\)``, ``\[...\]`` and ``$$...$$`` in its text are formulas, as they are in Moodle.
    """
    if len(html) > CHARACTERS_MAX:
        return Read(
            "",
            refusals=(
                say(
                    "has %(count)s characters of HTML; at most %(most)s are read", count=len(html), most=CHARACTERS_MAX
                ),
            ),
        )
    if not _HTML.search(html) and not (tex and ("\\" in html or "$$" in html)):
        return read_plain(_APART.sub(" ", html), shape)
    try:
        element = _parsed(html)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return Read("", refusals=(say("has HTML that cannot be read"),))
    return read_element(element, shape, resolve, tex=tex)


def read_plain(text: str, shape: Shape) -> Read:
    """Read text without any marks: shown as its signs; blank lines part paragraphs where there are blocks."""
    if shape is Shape.LINE:
        return Read(written_line(_words(text)))
    paragraphs = map(_words, _APART.split(text))
    return Read(written([Paragraph(parts) for parts in paragraphs if parts]))


def _words(text: str) -> tuple[Words, ...]:
    """Return what :func:`tidied` makes of words alone, which is most of a bank."""
    words = _SPACES.sub(" ", text).strip(" ")
    return (Words(words),) if words else ()


def read_element(element: Any, shape: Shape, resolve: Resolver = no_media, *, tex: bool = False) -> Read:  # noqa: ANN401
    """Read what stands within an element of lxml, HTML or XHTML; its own tag does not count."""
    found = Elements(shape, resolve, tex=tex)
    blocks = found.blocks_in(element)
    refusals, changes = list(dict.fromkeys(found.refusals)), list(dict.fromkeys(found.changes))
    if refusals:
        return Read("", tuple(changes), tuple(refusals))
    if shape is Shape.LINE:
        line = _as_line(blocks)
        if line is None:
            return Read(
                "", tuple(changes), (say("has a list, a table or the like where only a line of words can stand"),)
            )
        if len(blocks) > 1:
            changes.append(say("paragraphs are put into one line, with breaks between them"))
        blocks = [Paragraph(line)] if line else []
    text = _proved(blocks, shape)
    if text is None:
        blocks = [_unstressed(block) for block in blocks]
        text = _proved(blocks, shape)
        changes.append(say("emphasis that begins or ends within a word is not kept"))
    if text is None:
        return Read("", tuple(changes), (say("has signs or marks that marked text cannot put together in this way"),))
    return Read(text, tuple(changes))


def _parsed(html: str) -> Any:  # noqa: ANN401
    parser = lxml_html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    return lxml_html.fragment_fromstring(html, create_parent="div", parser=parser)


def _proved(blocks: list[Block], shape: Shape) -> str | None:
    """Return blocks as marked text, if it is shown as the same blocks."""
    if shape is Shape.LINE:
        text = written_line(blocks[0].parts) if blocks and isinstance(blocks[0], Paragraph) else ""
    else:
        text = written(blocks)
    again = Elements(shape, _the_same, tex=False).blocks_in(_parsed(shown(text, shape) or "<p></p>"))
    return text if again == blocks else None


def _the_same(name: str) -> str | None:
    return name


def _as_line(blocks: list[Block]) -> tuple[Inline, ...] | None:
    parts: list[Inline] = []
    for block in blocks:
        if not isinstance(block, Paragraph):
            return None
        parts += [Break(), *block.parts] if parts else block.parts
    return tuple(parts)


def _unstressed(block: Block) -> Block:
    match block:
        case Paragraph(parts):
            return Paragraph(_bare(parts))
        case Quotation(blocks):
            return Quotation(tuple(map(_unstressed, blocks)))
        case List(start, loose, items):
            return List(start, loose, tuple(tuple(map(_unstressed, blocks)) for blocks in items))
        case Table(sides, rows):
            return Table(sides, tuple(tuple(_bare(cell) for cell in row) for row in rows))
        case Lines():
            return block


def _bare(parts: tuple[Inline, ...]) -> tuple[Inline, ...]:
    found: list[Inline] = []
    for part in parts:
        found += _bare(part.parts) if isinstance(part, Emphasised) else [part]
    return tidied([part for part in found if part != Words("")])
