"""Elements of HTML as the tree of a text; each that the tree cannot hold leaves a sentence on what becomes of it.

One rule: an element that is not known here is refused; only those named as harmless give up their form for their words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from kernel.sentences import say
from question_bank.marked_text import mathml_reading
from question_bank.marked_text.dialect import MEDIA, Shape
from question_bank.marked_text.formulas import NotUnderstood
from question_bank.marked_text.html_tables import grid_of, number_in, tag_of
from question_bank.marked_text.html_vocabulary import (
    BLOCKS,
    CODE,
    EMPHASIS,
    GIVEN_UP,
    HEADINGS,
    LIKE_EMPHASIS,
    PLAIN,
)
from question_bank.marked_text.tex_in_words import with_formulas
from question_bank.marked_text.tree import (
    Block,
    Break,
    Code,
    Emphasised,
    Formula,
    Gap,
    Inline,
    Lines,
    List,
    Medium,
    Paragraph,
    Quotation,
    Scripted,
    Table,
    Words,
)
from question_bank.marked_text.writing import tidied

DEPTH_MAX = 60
START_MAX = 999_999_999
_STYLED = re.compile(
    r"color|font|background|decoration|border|float|position|display|visibility|transform|letter", re.IGNORECASE
)


class Elements:
    """One reading of elements: what the tree cannot hold is kept in ``changes`` and ``refusals``."""

    def __init__(self, shape: Shape, resolve: Callable[[str], str | None], *, tex: bool) -> None:
        self.changes: list[str] = []
        self.refusals: list[str] = []
        self._shape, self._resolve, self._tex = shape, resolve, tex

    def blocks_in(self, element: Any, depth: int = 0) -> list[Block]:  # noqa: ANN401
        """Return what stands in an element as blocks; words between blocks are paragraphs of their own."""
        if depth > DEPTH_MAX:
            self.refusals.append(say("is nested more than %(depth_max)s levels deep", depth_max=DEPTH_MAX))
            return []
        blocks: list[Block] = []
        loose: list[Inline] = [Words(element.text or "")]

        def close() -> None:
            parts = tidied(with_formulas(loose, self.refusals) if self._tex else loose)
            if parts:
                blocks.append(Paragraph(parts))
            loose.clear()

        for child in element:
            tag = tag_of(child)
            if tag in BLOCKS or self._holds_blocks(child):
                close()
                self._tell(child, tag)
                blocks += self._block(child, tag, depth + 1)
            elif tag:
                loose += self._inline(child, tag, depth + 1)
            loose.append(Words(child.tail or ""))
        close()
        return blocks

    def _holds_blocks(self, element: Any) -> bool:  # noqa: ANN401
        return tag_of(element) in PLAIN | GIVEN_UP.keys() and any(tag_of(inner) in BLOCKS for inner in element.iter())

    def _block(self, element: Any, tag: str, depth: int) -> list[Block]:  # noqa: ANN401, PLR0911
        match tag:
            case "ul" | "ol":
                return self._list(element, tag, depth)
            case "blockquote":
                blocks = self.blocks_in(element, depth)
                return [Quotation(tuple(blocks))] if blocks else []
            case "pre":
                return self._lines(element)
            case "table":
                return self._table(element, depth)
            case "hr":
                self.changes.append(say("a line across is left out"))
                return []
            case "dl":
                self.refusals.append(say("has a list of definitions, which marked text does not have"))
                return []
            case _ if tag in HEADINGS:
                self.changes.append(say("a heading becomes a paragraph in bold"))
                return [_strong(block) for block in self.blocks_in(element, depth)]
        if tag in GIVEN_UP:
            self.changes.append(GIVEN_UP[tag])
        return self.blocks_in(element, depth)

    def _inlines(self, element: Any, depth: int) -> list[Inline]:  # noqa: ANN401
        if depth > DEPTH_MAX:
            self.refusals.append(say("is nested more than %(depth_max)s levels deep", depth_max=DEPTH_MAX))
            return []
        parts: list[Inline] = [Words(element.text or "")]
        for child in element:
            tag = tag_of(child)
            if tag:
                parts += self._inline(child, tag, depth + 1)
            parts.append(Words(child.tail or ""))
        return parts

    def _inline(self, element: Any, tag: str, depth: int) -> list[Inline]:  # noqa: ANN401, C901, PLR0911
        self._tell(element, tag)
        if tag in EMPHASIS:
            return [Emphasised("em" if EMPHASIS[tag] == "em" else "strong", tuple(self._inlines(element, depth)))]
        if tag in CODE:
            return self._signs(element, tag, lambda text: Code(" ".join(text.split())))
        if tag in {"sub", "sup"}:
            lower = tag == "sub"
            return self._signs(element, tag, lambda text: Scripted("sub" if lower else "sup", text.strip()))
        if tag == "br":
            return [Break()]
        if tag == "math":
            return list(self._formula(element))
        if tag in {"img", "audio"}:
            return list(self._medium(element, tag))
        if tag == "a":
            return self._anchor(element, depth)
        if tag == "span" and element.get("data-gap") and self._shape is Shape.PASSAGE:
            return [Gap(element.get("data-gap"))]
        if tag in LIKE_EMPHASIS:
            self.changes.append(say("<%(tag)s> becomes emphasis", tag=tag))
            return [Emphasised("em", tuple(self._inlines(element, depth)))]
        if tag in GIVEN_UP:
            self.changes.append(GIVEN_UP[tag])
        elif tag in BLOCKS:
            self.refusals.append(say("has <%(tag)s> within a line of words", tag=tag))
        elif tag not in PLAIN:
            self.refusals.append(say("has <%(tag)s>, which marked text does not have", tag=tag[:40]))
            return []
        return self._inlines(element, depth)

    def _signs(self, element: Any, tag: str, made: Callable[[str], Inline]) -> list[Inline]:  # noqa: ANN401
        """Return an element that holds signs alone; marks within it are given up."""
        if any(tag_of(inner) in {"img", "math", "audio", "script"} for inner in element.iter()):
            self.refusals.append(say("has a picture or a formula within <%(tag)s>", tag=tag))
        elif len(element):
            self.changes.append(say("marks within <%(tag)s> are not kept", tag=tag))
        text = "".join(element.itertext())
        return [made(text)] if text.strip() else [Words(text)]

    def _formula(self, element: Any) -> Iterator[Inline]:  # noqa: ANN401
        try:
            yield Formula(mathml_reading.latex_of(element), element.get("display") == "block")
        except NotUnderstood as misunderstood:
            self.refusals.append(say("has a formula that %(why)s", why=misunderstood.args[0]))

    def _medium(self, element: Any, tag: str) -> Iterator[Inline]:  # noqa: ANN401
        sources = [element.get("src"), *(inner.get("src") for inner in element if tag_of(inner) == "source")]
        name = next((source for source in sources if source), "")
        words = element.get("alt") if tag == "img" else element.get("aria-label") or element.get("title")
        yield from self._named_medium(name, words or "")

    def _named_medium(self, name: str, words: str) -> Iterator[Inline]:
        address = self._resolve(name)
        words = " ".join(words.split())
        if address is None or not MEDIA.fullmatch(address):
            self.refusals.append(say("shows %(name)r, which did not come with the document", name=name[:80]))
        elif not words:
            self.refusals.append(say("shows %(name)r without a text alternative", name=name[:80]))
        else:
            safe = words.translate(str.maketrans("[]\\`", "()/'"))
            if safe != words:
                self.changes.append(say("brackets in a text alternative become round ones"))
            yield Medium(address, safe)

    def _anchor(self, element: Any, depth: int) -> list[Inline]:  # noqa: ANN401
        href = element.get("href") or ""
        if self._resolve(href) is not None and MEDIA.fullmatch(self._resolve(href) or ""):
            return list(self._named_medium(href, "".join(element.itertext())))
        if href:
            self.changes.append(say("the link to %(href)r is not kept, its words are", href=href[:80]))
        return self._inlines(element, depth)

    def _list(self, element: Any, tag: str, depth: int) -> list[Block]:  # noqa: ANN401
        entries = [child for child in element if tag_of(child)]
        if any(tag_of(child) != "li" for child in entries):
            self.refusals.append(say("has something other than entries in a list"))
            return []
        for entry in entries:
            self._tell(entry, "li")
        start = number_in(element.get("start"), 1) if tag == "ol" else None
        numbering = (element.get("type") or "1") if tag == "ol" else "1"
        if numbering != "1" or element.get("reversed") is not None or any(child.get("value") for child in entries):
            self.changes.append(say("a numbered list counts with numbers from its start"))
        items = tuple(tuple(self.blocks_in(entry, depth)) for entry in entries)
        apart = any(tag_of(child) == "p" for entry in entries for child in entry)
        crowded = any(sum(isinstance(block, Paragraph) for block in blocks) > 1 for blocks in items)
        loose = (apart and (len(items) > 1 or any(len(blocks) > 1 for blocks in items))) or crowded
        return [List(start, loose, items)] if items else []

    def _lines(self, element: Any) -> list[Block]:  # noqa: ANN401
        if any(tag_of(inner) in {"img", "math", "table"} for inner in element.iter()):
            self.refusals.append(say("has a picture, a formula or a table within lines of code"))
        elif any(tag_of(inner) not in {"pre", "code", "span"} for inner in element.iter()):
            self.changes.append(say("marks within lines of code are not kept"))
        text = "".join(element.itertext()).replace("\r\n", "\n").replace("\r", "\n")
        return [Lines(text.removesuffix("\n"))]

    def _table(self, element: Any, depth: int) -> list[Block]:  # noqa: ANN401
        grid = grid_of(element)
        self.changes += grid.changes
        self.refusals += grid.refusals
        if not grid.rows:
            return []
        rows = tuple(tuple(() if cell is None else self._cell(cell, depth) for cell in row) for row in grid.rows)
        return [*self._caption(element, depth), Table(grid.sides, rows)]

    def _caption(self, element: Any, depth: int) -> list[Block]:  # noqa: ANN401
        captions = [child for child in element if tag_of(child) == "caption"]
        if captions:
            self.changes.append(say("the caption of a table becomes a paragraph before it"))
        return [block for caption in captions for block in self.blocks_in(caption, depth)]

    def _cell(self, element: Any, depth: int) -> tuple[Inline, ...]:  # noqa: ANN401
        self._tell(element, "td")
        parts: list[Inline] = []
        for block in self.blocks_in(element, depth):
            if not isinstance(block, Paragraph):
                self.refusals.append(say("has a list, code or a quotation within a table"))
                return ()
            parts += [Break(), *block.parts] if parts else block.parts
        if Break() in parts:
            self.changes.append(say("breaks within the cells of a table become spaces"))
        return tidied([Words(" ") if part == Break() else part for part in parts])

    def _tell(self, element: Any, tag: str) -> None:  # noqa: ANN401
        """Note what the attributes of an element say that is not kept."""
        if _STYLED.search(element.get("style") or "") or element.get("color") or element.get("bgcolor"):
            self.changes.append(say("colours and other styles are not kept"))
        if element.get("lang") or element.get("{http://www.w3.org/XML/1998/namespace}lang"):
            self.changes.append(say("the language of single words is not kept"))
        if element.get("dir") and tag != "bdo":
            self.changes.append(say("the direction of writing is not kept"))


def _strong(block: Block) -> Block:
    return Paragraph(tidied([Emphasised("strong", block.parts)])) if isinstance(block, Paragraph) else block
