"""What every kind of item can do, and the credit rule they share.

One rule: a mark is an exact fraction with a proof from which anybody can work it out again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, Protocol

from kernel.errors import Fault

Content = Mapping[str, Any]
Response = Mapping[str, Any]


class CreditTable(StrEnum):
    """How partial credit is written down; a scheme version names one, and it is frozen with it."""

    EXACT = "exact"
    """k right options of n are worth k/n."""
    TABLE_CUT = "table_cut"
    """k of n are worth the whole percent below: ECQA prints 33 and 66 for one and two of three."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What one response is worth, 0 to 1, and the JSON-like proof of it."""

    fraction: Fraction
    proof: dict[str, Any]


class ItemKind(Protocol):
    """One kind of item. A kind is one module, and its line in the registry."""

    @property
    def name(self) -> str:
        """The name under which files and tables know it."""
        ...

    def faults(self, content: Content) -> list[Fault]:
        """Return everything wrong with an item's content, each with a pointer relative to it (``/key/0``)."""
        ...

    def option_ids(self, content: Content) -> tuple[str, ...]:
        """Return the ids that a response may name, in the author's order; empty where nothing is chosen."""
        ...

    def candidate_content(self, content: Content, option_order: Sequence[str]) -> dict[str, Any]:
        """Return what a candidate may see, built from an allow-list: no key, rationale, source or feedback."""
        ...

    def read_response(self, option_ids: Sequence[str], value: object) -> dict[str, Any]:
        """Return the canonical form of a response, equal for equal responses.

        Raises:
            Invalid: it names what the item does not offer, repeats itself or chooses too much.
        """
        ...

    def mark(self, content: Content, value: Response | None, table: CreditTable) -> Mark:
        """Mark a response; None and a withdrawn one are worth 0.

        Raises:
            Invalid: the response does not belong to this item, so it is refused rather than scored.
        """
        ...


def credit(right_chosen: int, right: int, table: CreditTable) -> Fraction:
    """Return the credit for choosing ``right_chosen`` of ``right`` right options and no wrong one.

    ECQA publishes its table for one to four right options; whole percents cut off reproduce it, and continue it
    for five and more (there this product's own choice).
    """
    if table is CreditTable.EXACT:
        return Fraction(right_chosen, right)
    return Fraction(100 * right_chosen // right, 100)
