"""Kinds of items: how each is checked, shown, answered and marked. Nothing else in the product asks which kind it is.

A new kind is one module with a ``KIND`` and its place in the registry below, and a family on the exam page, which shows
it. Everything here is pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kernel.errors import Invalid
from kernel.sentences import say
from question_bank.item_kinds import (
    essay,
    gap_select,
    gap_text,
    hotspot,
    matching,
    matrix,
    multiple_choice,
    numeric,
    ordering,
    short_text,
    single_choice,
    upload,
)
from question_bank.item_kinds.kind import CreditTable, FileKind, ItemKind, JudgedKind, Mark, MarkedByPeople
from question_bank.item_kinds.rubrics import Rubric

__all__ = [
    "ANSWERED_BY_FILES",
    "KINDS",
    "MARKED_BY_PEOPLE",
    "CreditTable",
    "FileKind",
    "ItemKind",
    "JudgedKind",
    "Mark",
    "MarkedByPeople",
    "Rubric",
    "UnknownKind",
    "file_kind",
    "kind_named",
]

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
    hotspot.KIND,
    essay.KIND,
    upload.KIND,
)
KINDS: Mapping[str, ItemKind] = MappingProxyType({kind.name: kind for kind in _ALL})
MARKED_BY_PEOPLE: frozenset[str] = frozenset(name for name, kind in KINDS.items() if isinstance(kind, JudgedKind))
"""The names of the kinds whose answers are marked by people."""
ANSWERED_BY_FILES: frozenset[str] = frozenset(name for name, kind in KINDS.items() if isinstance(kind, FileKind))
"""The names of the kinds whose answers are files."""


class UnknownKind(Invalid):
    """A kind of item that this product does not have."""

    code = "unknown_kind"


def kind_named(name: str) -> ItemKind:
    """Return a kind by its name or raise UnknownKind."""
    kind = KINDS.get(name)
    if kind is None:
        message = say("%(name)r is no kind of item; there are %(names)s", name=name, names=", ".join(KINDS))
        raise UnknownKind(message)
    return kind


def file_kind(name: str) -> FileKind | None:
    """Return a kind that is answered by files by its name, None where it is answered otherwise; or raise UnknownKind."""
    kind = kind_named(name)
    return kind if isinstance(kind, FileKind) else None
