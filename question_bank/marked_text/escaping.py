"""Escaping: text that has no marks becomes marked text that is shown as exactly that text.

One rule: only what would otherwise be read as a mark gets a backslash, so that plain sentences stay as they are.
"""

from __future__ import annotations

import re

from question_bank.marked_text.dialect import Shape

# Not an opening bracket: with a backslash it would open a formula.
_MARKS = re.compile(r"[\\`*_^~|]|!(?=\[)|\](?=\])")
_BEGINNINGS = re.compile(r"^(\s*(?:[0-9]{1,9}(?=[.)])|(?=[-+>])))", re.MULTILINE)


def escaped(text: str, shape: Shape) -> str:
    """Return marked text that is shown as this text, sign by sign; spacing is shown as the marks' own text is.

    A blank line begins a paragraph in blocks, and nothing does in a line.
    """
    written = _MARKS.sub(r"\\\g<0>", re.sub(r"\r\n?", "\n", text))
    return written if shape is Shape.LINE else at_beginnings(written)


def at_beginnings(written: str) -> str:
    """Return marked text whose lines begin no list and no quotation."""
    return _BEGINNINGS.sub(r"\1\\", written)
