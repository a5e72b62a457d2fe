"""The dialect: which marks of CommonMark a text may have, and three of our own (formulas, media, gaps).

One rule: what is no mark of the dialect is shown as it is written. Nothing is HTML, nothing is a link.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.subscript import sub_plugin
from mdit_py_plugins.superscript import superscript_plugin

NESTING_MAX = 12
MEDIA = re.compile(r"media:(?P<sha256>[0-9a-f]{64})\.(?P<suffix>png|jpg|webp|mp3|ogg|wav|pdf)(?!\w)")
"""How a text names a medium of its bank: by the SHA-256 of its bytes, and by what it is."""

_FORMULA = re.compile(r"\\\((?P<inline>.+?)\\\)|\\\[(?P<display>.+?)\\\]", re.DOTALL)
_GAP = re.compile(r"\[\[(?P<gap>[^\[\]\s\\]+)\]\]")
OPTIONS: Final = MarkdownIt("zero", {"maxNesting": NESTING_MAX}).options
_INLINE = ("backticks", "emphasis", "escape", "image", "newline")
_BLOCKS = ("blockquote", "fence", "list", "table")


class Shape(StrEnum):
    """What a text may be made of, by where it stands."""

    BLOCKS = "blocks"
    """Paragraphs, lists, tables, quotations, code: a stem, a rationale."""
    LINE = "line"
    """Words with marks in them, on one line: an option, a row of a table."""
    PASSAGE = "passage"
    """Blocks with gaps, written ``[[id]]``."""


def tokens_of(text: str, shape: Shape) -> list[Token]:
    """Return a text as the tokens of its blocks; a line is one inline token."""
    parser = _parser(shape)
    return parser.parseInline(text) if shape is Shape.LINE else parser.parse(text)


def flat(tokens: Sequence[Token]) -> list[Token]:
    """Return all tokens, those within inline tokens after their parents."""
    return [inner for token in tokens for inner in (token, *(token.children or ()))]


@cache
def _parser(shape: Shape) -> MarkdownIt:
    parser = MarkdownIt("zero", OPTIONS).enable([*_INLINE])
    if shape is not Shape.LINE:
        parser.enable([*_BLOCKS])
    parser.use(sub_plugin).use(superscript_plugin)
    # Before escapes, of which \( and \[ are two.
    parser.inline.ruler.before("escape", "formula", _formula)
    if shape is Shape.PASSAGE:
        parser.inline.ruler.before("image", "gap", _gap)
    parser.validateLink = _is_address  # type: ignore[method-assign]
    return parser


def _is_address(url: str) -> bool:
    # Any is read as one, so that a strange one is a fault; the parser would show its marks as text.
    return bool(url)


def _formula(state: StateInline, silent: bool) -> bool:
    found = _FORMULA.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        is_display = found["display"] is not None
        token = state.push("formula", "math", 0)
        token.content = (found["display"] if is_display else found["inline"]).strip()
        token.markup = "display" if is_display else "inline"
    state.pos = found.end()
    return True


def _gap(state: StateInline, silent: bool) -> bool:
    found = _GAP.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("gap", "span", 0).content = found["gap"]
    state.pos = found.end()
    return True
