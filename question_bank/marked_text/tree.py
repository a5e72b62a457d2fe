"""The tree of a text: what it is made of, between HTML that comes from outside and marked text that is kept.

One rule: two texts are the same when their trees are equal; spacing that nobody sees is not in the tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Emphasis = Literal["em", "strong"]
Script = Literal["sub", "sup"]
Side = Literal["", "left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Words:
    """Signs shown as they are."""

    text: str


@dataclass(frozen=True, slots=True)
class Emphasised:
    """Words stressed, ``em`` or ``strong``."""

    tag: Emphasis
    parts: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Scripted:
    """Signs below or above the line."""

    tag: Script
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Code within a line."""

    text: str


@dataclass(frozen=True, slots=True)
class Break:
    """The end of a line."""


@dataclass(frozen=True, slots=True)
class Formula:
    """LaTeX, within a line or on its own."""

    latex: str
    display: bool


@dataclass(frozen=True, slots=True)
class Medium:
    """A medium of the bank, ``media:<sha256>.<suffix>``, with its text alternative."""

    address: str
    words: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A place to be filled."""

    id: str


Inline = Words | Emphasised | Scripted | Code | Break | Formula | Medium | Gap


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    parts: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of code."""

    text: str


@dataclass(frozen=True, slots=True)
class Quotation:
    """Blocks that somebody else said."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class List:
    """Items of blocks; a numbered list says where it starts, one whose items stand apart is loose."""

    start: int | None
    loose: bool
    items: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, the first of which are headings."""

    sides: tuple[Side, ...]
    rows: tuple[tuple[tuple[Inline, ...], ...], ...]


Block = Paragraph | Lines | Quotation | List | Table
