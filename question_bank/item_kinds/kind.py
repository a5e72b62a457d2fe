"""What every kind of item can do, and the credit rules they share.

One rule: a mark is an exact fraction with a proof from which anybody can work it out again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple, Protocol, runtime_checkable

from kernel.errors import Conflict, Fault
from question_bank.item_kinds.answer_files import AnswerFile, FileLimits
from question_bank.item_kinds.rubrics import Rubric

Content = Mapping[str, Any]
Arrangement = Mapping[str, Any]
"""What was drawn for one slot of a paper: all that a response to it may name, ``{"options": ["c", "a", "b"]}``.

Every list in it, at any depth, is an order in which things are shown, and an order says nothing about an answer.
"""
Response = Mapping[str, Any]
"""An answer in its kind's own shape. Nothing answered is the empty object, whatever the kind."""
Draw = Callable[[Sequence[str]], list[str]]
"""Returns what it is given in an order of which every one is equally likely."""


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


class Alternative(NamedTuple):
    """One of the things an item offers to choose from, at one place of it: a gap, a row, or the item itself (``""``).

    Attributes:
        offer: names the list it is offered in; places that share a list share its name.
        text: what it says, before it the place's own words where it has any; marked text.
    """

    place: str
    id: str
    offer: str
    is_right: bool
    is_taken: bool
    text: str = ""


class MarkedByPeople(Conflict):
    """What is answered here is marked by people; no key says what it is worth."""

    code = "marked_by_people"


class ItemKind(Protocol):
    """One kind of item. A kind is one module, and its line in the registry."""

    @property
    def name(self) -> str:
        """The name under which files and tables know it."""
        ...

    def faults(self, content: Content) -> list[Fault]:
        """Return everything wrong with an item's content, each with a pointer relative to it (``/key/0``)."""
        ...

    def arrange(self, content: Content, draw: Draw) -> dict[str, Any]:
        """Draw the order of whatever may stand in any order, and name all that a response may name."""
        ...

    def candidate_content(self, content: Content, arrangement: Arrangement) -> dict[str, Any]:
        """Return what a candidate may see, built from an allow-list: no key, rationale, source or feedback.

        Its ``kind`` is the name; where an answer can be right in part, ``counts`` says which parts are counted.
        ``slot``, ``revision`` and ``response`` are the paper's own words.
        """
        ...

    def read_response(self, arrangement: Arrangement, value: object) -> dict[str, Any]:
        """Return the canonical form of a response: the same for equal answers, empty where nothing is answered.

        Args:
            value: whatever JSON can hold, from anybody; what is not looked for is not walked through.

        Raises:
            Invalid: it is not of this kind's shape, or names what the item does not offer, with a pointer relative
                to it (``/chosen/0``).
        """
        ...

    def mark(self, content: Content, value: Response | None, table: CreditTable) -> Mark:
        """Mark a response; None and an empty one are worth 0.

        Raises:
            Invalid: the response does not belong to this item, so it is refused rather than scored.
            MarkedByPeople: something is answered, and the kind is a :class:`JudgedKind`.
        """
        ...

    def alternatives(self, content: Content, value: Response | None) -> list[Alternative]:
        """Return all that is offered to choose from, and what of it a response takes; empty where people write.

        Raises:
            Invalid: the response does not belong to this item.
        """
        ...


@runtime_checkable
class JudgedKind(ItemKind, Protocol):
    """A kind that people mark. Whoever has the levels they chose works the mark out from the rubric."""

    def rubric(self, content: Content) -> Rubric:
        """Return the rubric of an item without faults."""
        ...

    def marker_content(self, content: Content) -> dict[str, Any]:
        """Return what only a marker sees, as HTML: ``rubric``, and what else its author wrote for markers."""
        ...

    def marker_response(self, value: Response) -> dict[str, Any]:
        """Return what of a response in canonical form a marker sees: nothing that says whose it is."""
        ...


@runtime_checkable
class FileKind(ItemKind, Protocol):
    """A kind that is answered by files. They are sent and kept before an answer names them."""

    def limits(self, arrangement: Arrangement) -> FileLimits:
        """Return what may be handed in at one place of a paper."""
        ...

    def files(self, value: Response) -> list[AnswerFile]:
        """Return the files that a response in canonical form names, in its order."""
        ...


def credit(right_chosen: int, right: int, table: CreditTable) -> Fraction:
    """Return the credit for choosing ``right_chosen`` of ``right`` right options and no wrong one.

    ECQA publishes its table for one to four right options; whole percents cut off reproduce it, and continue it
    for five and more (there this product's own choice).
    """
    if table is CreditTable.EXACT:
        return Fraction(right_chosen, right)
    return Fraction(100 * right_chosen // right, 100)


class PartCredit(StrEnum):
    """What the right parts of an answer are worth together; an item may say it as its ``credit``."""

    PER_PART = "per_part"
    """k right parts of n are worth k/n; a credit table of whole percents cuts it. So it is where nothing is said."""
    ALL_OR_NOTHING = "all_or_nothing"
    """All parts right are worth 1, fewer 0. Every credit table says the same."""


def part_credit(content: Content) -> PartCredit:
    """Return what an item says about its parts."""
    return PartCredit(content.get("credit", PartCredit.PER_PART))


def part_mark(right: int, parts: int, policy: PartCredit, table: CreditTable, facts: Mapping[str, Any]) -> Mark:
    """Return the mark for so many right parts, with a proof of the facts that led to it."""
    whole = policy is PartCredit.ALL_OR_NOTHING
    fraction = Fraction(int(right == parts)) if whole else credit(right, parts, table)
    proof = {"rule": policy.value, "credit_table": table.value, **facts, "right": right, "parts": parts}
    return Mark(fraction, proof | {"fraction": str(fraction)})


def response_to(kind: ItemKind, content: Content, value: Response | None) -> dict[str, Any]:
    """Return a stored response as its kind reads it for the item; None is nothing answered.

    Raises:
        Invalid: it does not belong to this item.
    """
    return kind.read_response(kind.arrange(content, list), {} if value is None else value)
