"""Kinds of items: how each is checked, shown, answered and marked. Nothing else in the product asks which kind it is.

A new kind is one module with a ``KIND`` and its place in the registry below, and a family on the exam page, which shows
it. Everything here is pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kernel.errors import Invalid
from question_bank.item_kinds import (
    gap_select,
    gap_text,
    matching,
    matrix,
    multiple_choice,
    numeric,
    ordering,
    short_text,
    single_choice,
)
from question_bank.item_kinds.kind import CreditTable, ItemKind, Mark

__all__ = ["KINDS", "CreditTable", "ItemKind", "Mark", "UnknownKind", "kind_named"]

_ALL: tuple[ItemKind, ...] = (
    single_choice.KIND,
    multiple_choice.KIND,
    matrix.KIND,
    matching.KIND,
    ordering.KIND,
    gap_select.KIND,
    gap_text.KIND,
    short_text.KIND,
    numeric.KIND,
)
KINDS: Mapping[str, ItemKind] = MappingProxyType({kind.name: kind for kind in _ALL})


class UnknownKind(Invalid):
    """A kind of item that this product does not have."""

    code = "unknown_kind"


def kind_named(name: str) -> ItemKind:
    """Return a kind by its name or raise UnknownKind."""
    kind = KINDS.get(name)
    if kind is None:
        message = f"{name!r} is no kind of item; there are {', '.join(KINDS)}"
        raise UnknownKind(message)
    return kind
