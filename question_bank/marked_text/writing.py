"""Writing: a tree becomes marked text in its canonical form, which is shown as that tree.

One rule: one spelling for each tree, so that what is read and written again stays what it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from question_bank.marked_text.dialect import Shape
from question_bank.marked_text.escaping import at_beginnings, escaped
from question_bank.marked_text.showing import has_marks
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

_STARS = {"em": "*", "strong": "**"}
_SCRIPTS = {"sub": "~", "sup": "^"}
_ASIDE = {"left": ":---", "center": ":---:", "right": "---:", "": "---"}
_IN_SCRIPT = re.compile(r"[\\`*_^~|\[\]!\s]")


def written(blocks: Sequence[Block]) -> str:
    """Return blocks as marked text."""
    return "\n".join(_separated(blocks, loose=True))


def written_line(parts: Sequence[Inline]) -> str:
    """Return inline parts as one line of marked text, without the escapes that only blocks need."""
    if all(isinstance(part, Words) for part in parts):
        text = "".join(part.text for part in parts if isinstance(part, Words))
        # Brackets in pairs would be a gap in a passage, and a backslash may hide the sign after it.
        plain = "]]" not in text and "\\" not in text and not has_marks(text, Shape.LINE)
        return text if plain else escaped(text, Shape.LINE)
    return "".join(map(_inline, parts))


def _separated(blocks: Sequence[Block], *, loose: bool) -> Iterator[str]:
    """Yield the lines of blocks, with a blank line between them where they stand apart."""
    marks = _list_marks(blocks)
    for index, block in enumerate(blocks):
        # Without a blank line, a paragraph or a list would swallow what follows it; only a list may follow at once.
        if index and (loose or not isinstance(block, List) or isinstance(blocks[index - 1], List)):
            yield ""
        yield from _block(block, marks[index])


def _list_marks(blocks: Sequence[Block]) -> list[str]:
    """Return the sign of each list: a list that follows another of its sort needs another sign to be one of its own."""
    signs = [""] * len(blocks)
    for index, block in enumerate(blocks):
        if isinstance(block, List):
            one, other = ("-", "+") if block.start is None else (".", ")")
            signs[index] = other if index and signs[index - 1] == one else one
    return signs


def _block(block: Block, sign: str) -> Iterator[str]:
    match block:
        case Paragraph(parts):
            yield from at_beginnings(written_line(parts)).split("\n")
        case Lines(text):
            fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text)), 3)
            yield from (fence, *text.split("\n"), fence)
        case Quotation(blocks):
            yield from (f"> {line}".rstrip() for line in _separated(blocks, loose=True))
        case List():
            yield from _list(block, sign)
        case Table():
            yield from _table(block)


def _list(found: List, sign: str) -> Iterator[str]:
    for index, blocks in enumerate(found.items):
        if index and found.loose:
            yield ""
        mark = f"{sign} " if found.start is None else f"{found.start + index}{sign} "
        indent = " " * len(mark)
        for number, line in enumerate(_separated(blocks, loose=found.loose)):
            yield (indent if number else mark) + line if line else ""
        if not blocks:
            yield mark.rstrip()


def _table(table: Table) -> Iterator[str]:
    for index, row in enumerate(table.rows):
        yield f"| {' | '.join(map(_cell, row))} |"
        if index == 0:
            yield f"| {' | '.join(_ASIDE[side] for side in table.sides)} |"


def _cell(parts: Sequence[Inline]) -> str:
    # A bar divides cells wherever it stands, in code and formulas too.
    return re.sub(r"(?<!\\)\|", r"\\|", "".join(map(_inline, parts)))


def _inline(part: Inline) -> str:  # noqa: PLR0911 - a sort of part for each
    match part:
        case Words(text):
            return escaped(text, Shape.LINE)
        case Emphasised(tag, parts):
            return f"{_STARS[tag]}{''.join(map(_inline, parts))}{_STARS[tag]}"
        case Scripted(tag, text):
            return f"{_SCRIPTS[tag]}{_IN_SCRIPT.sub(lambda sign: chr(92) + sign[0], text)}{_SCRIPTS[tag]}"
        case Code(text):
            return _code(text)
        case Break():
            return "\\\n"
        case Formula(latex, display):
            return rf"\[{latex}\]" if display else rf"\({latex}\)"
        case Medium(address, words):
            return f"![{words}]({address})"
        case Gap(id_):
            return f"[[{id_}]]"


def _code(text: str) -> str:
    runs = {len(run) for run in re.findall("`+", text)}
    ticks = "`" * next(length for length in range(1, len(text) + 2) if length not in runs)
    touches = text.startswith("`") or text.endswith("`") or (text != text.strip() and text.strip())
    return f"{ticks} {text} {ticks}" if touches else f"{ticks}{text}{ticks}"


def tidied(parts: Sequence[Inline]) -> tuple[Inline, ...]:
    """Return inline parts as a reader sees them: one space for many, none at the edges or around a break."""
    joined = _joined(_hoisted(parts))
    edge: list[Inline] = []
    for part, after in pairwise([*joined, Break()]):
        before = edge[-1] if edge else Break()
        if isinstance(part, Words):
            text = re.sub(r"[ \t\r\n\f]+", " ", part.text)
            text = text.lstrip(" ") if isinstance(before, Break) or _ends_with_space(before) else text
            text = text.rstrip(" ") if isinstance(after, Break) else text
            if text:
                edge.append(Words(text))
        else:
            edge.append(part)
    while edge and isinstance(edge[-1], Break):
        edge.pop()
    while edge and isinstance(edge[0], Break):
        edge.pop(0)
    if edge and isinstance(edge[-1], Words) and edge[-1].text.endswith(" "):
        edge[-1] = Words(edge[-1].text.rstrip(" "))
    return tuple(part for part in edge if part != Words(""))


def _ends_with_space(part: Inline) -> bool:
    return isinstance(part, Words) and part.text.endswith(" ")


def _joined(parts: Sequence[Inline]) -> list[Inline]:
    """Return parts of which no two neighbours are the same sort of words or emphasis."""
    joined: list[Inline] = []
    for part in parts:
        match joined[-1] if joined else None, part:
            case Words(before), Words(text):
                joined[-1] = Words(before + text)
            case Emphasised(tag, before), Emphasised(same, within) if tag == same:
                joined[-1] = Emphasised(tag, tuple(_joined([*before, *within])))
            case Scripted(tag, before), Scripted(same, text) if tag == same:
                joined[-1] = Scripted(tag, before + text)
            case _:
                joined.append(part)
    return joined


def _hoisted(parts: Sequence[Inline], within: frozenset[str] = frozenset()) -> list[Inline]:
    """Return parts with emphasis around what can carry it: no empty one, none within its like, no space at its edges."""
    found: list[Inline] = []
    for part in parts:
        if not isinstance(part, Emphasised):
            found.append(part)
            continue
        inner = _joined(_hoisted(part.parts, within | {part.tag}))
        if part.tag in within:
            found.extend(inner)
            continue
        before, after = _edge(inner, 0), _edge(inner, -1)
        if inner:
            found.extend([*before, Emphasised(part.tag, tuple(inner)), *after])
        else:
            found.extend(before)
    return found


def _edge(inner: list[Inline], index: int) -> list[Inline]:
    """Take breaks and spaces off one end of emphasised parts."""
    taken: list[Inline] = []
    while inner:
        part = inner[index]
        if isinstance(part, Break):
            taken.append(inner.pop(index))
        elif isinstance(part, Words):
            bare = part.text.lstrip(" \t\r\n\f") if index == 0 else part.text.rstrip(" \t\r\n\f")
            if bare != part.text:
                taken.append(Words(" "))
            if bare:
                inner[index] = Words(bare)
                break
            inner.pop(index)
        else:
            break
    return taken if index == 0 else taken[::-1]
