"""The stimulus: the text, plan or table that the items of a set are about. A set is asked whole or not at all.

One rule: each item carries its stimulus by value, so that its hash, its reviewers and its readers have both.
"""

from __future__ import annotations

from typing import Any, Final

from question_bank.item_kinds.kind import Content
from question_bank.marked_text import Shape, shown

MEMBER: Final = "stimulus"
"""Of any kind's content: ``{"code", "title", "text"}``, the code that of the set."""


def set_code_of(content: Content) -> str | None:
    """Return the code of the set that an item without faults belongs to."""
    stimulus = content.get(MEMBER)
    return None if stimulus is None else str(stimulus["code"])


def shown_stimulus(content: Content) -> dict[str, Any]:
    """Return what a candidate is shown beside an item of a set, as HTML; nothing for an item of none."""
    stimulus = content.get(MEMBER)
    if stimulus is None:
        return {}
    return {MEMBER: {"title": shown(stimulus["title"], Shape.LINE), "text": shown(stimulus["text"], Shape.BLOCKS)}}
