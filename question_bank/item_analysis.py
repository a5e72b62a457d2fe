"""Item analysis: how an item has measured, from exact sums over marked papers. Pure.

One rule: papers are compared only with papers of the same form; what rests on too few of them is no number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any, NamedTuple

WITHHELD_BELOW = 10
"""On fewer marked papers nothing is shown but their number: it would tell how single people answered."""
JUDGED_FROM = 30
"""On fewer marked papers figures are shown, and said to be too few to judge by."""
DECIMALS = Decimal("0.0001")
QUARTERS = (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))
ZERO = Fraction(0)

Choice = tuple[str, str]
"""A place of an item and the id of what was chosen there; see :class:`question_bank.item_kinds.kind.Alternative`."""


@dataclass(frozen=True, slots=True)
class MarkedPaper:
    """What one marked paper says of one item.

    Attributes:
        fraction: what the answer was worth, 0 to 1; nothing answered is worth 0.
        rest: the share of points reached on all other scored items of the paper, 0 to 1.
        choices: the alternatives taken, of kinds that offer any.
        seconds: how long the answer took; None where there is none.
    """

    fraction: Fraction
    rest: Fraction
    is_answered: bool
    choices: tuple[Choice, ...] = ()
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """Exact sums over the marked papers of one form: all that figures are made of, and nobody's answer.

    Attributes:
        points, squares: the sum of fractions, and of their squares; ``rest`` and ``rest_squares`` of rest scores.
        products: the sum of fraction times rest score.
        choices: how often each alternative was taken, and the sum of the rest scores of those who took it.
        seconds: how long each answer took, the shortest first.
    """

    marked: int = 0
    answered: int = 0
    points: Fraction = ZERO
    squares: Fraction = ZERO
    rest: Fraction = ZERO
    rest_squares: Fraction = ZERO
    products: Fraction = ZERO
    choices: Mapping[Choice, tuple[int, Fraction]] = field(default_factory=dict)
    seconds: tuple[int, ...] = ()

    def __add__(self, other: Tally) -> Tally:
        """Return the tally of both: of the same form, or it would compare what cannot be compared."""
        sums: dict[str, Any] = {name: getattr(self, name) + getattr(other, name) for name in _SUMS}
        return Tally(
            **sums,
            choices={
                choice: _both(self.choices.get(choice), other.choices.get(choice))
                for choice in sorted({*self.choices, *other.choices})
            },
            seconds=tuple(sorted(self.seconds + other.seconds)),
        )


_SUMS = ("marked", "answered", "points", "squares", "rest", "rest_squares", "products")


class ChoiceFigure(NamedTuple):
    """How often an alternative was taken, and by whom.

    Attributes:
        lead: by how much the mean rest score of those who took it lies above that of all who met it in the same form;
            below it where negative.
    """

    taken: int
    lead: Fraction


@dataclass(frozen=True, slots=True)
class Figures:
    """How an item has measured. All but the number of papers is None below :data:`WITHHELD_BELOW` of them.

    Attributes:
        answered: how many of the papers have an answer to it.
        facility: the mean fraction, exactly.
        discrimination: the correlation of an answer's worth with the score on the other items (item-rest, also called
            corrected item-total), within forms, to four decimals; None where either does not vary.
        seconds: a quarter of the answers took at most so long, half of them, three quarters; each an observed time.
    """

    marked: int
    answered: int | None = None
    facility: Fraction | None = None
    discrimination: Decimal | None = None
    choices: Mapping[Choice, ChoiceFigure] = field(default_factory=dict)
    seconds: tuple[int, int, int] | None = None

    @property
    def is_withheld(self) -> bool:
        """Whether there are too few papers to show anything but their number."""
        return self.marked < WITHHELD_BELOW

    @property
    def is_telling(self) -> bool:
        """Whether there are enough papers to judge by."""
        return self.marked >= JUDGED_FROM


def tally_of(papers: Iterable[MarkedPaper]) -> Tally:
    """Add up marked papers of one form."""
    known = list(papers)
    choices: dict[Choice, tuple[int, Fraction]] = {}
    for paper in known:
        for choice in paper.choices:
            choices[choice] = _both(choices.get(choice), (1, paper.rest))
    return Tally(
        marked=len(known),
        answered=sum(paper.is_answered for paper in known),
        points=sum((paper.fraction for paper in known), ZERO),
        squares=sum((paper.fraction**2 for paper in known), ZERO),
        rest=sum((paper.rest for paper in known), ZERO),
        rest_squares=sum((paper.rest**2 for paper in known), ZERO),
        products=sum((paper.fraction * paper.rest for paper in known), ZERO),
        choices=dict(sorted(choices.items())),
        seconds=tuple(sorted(paper.seconds for paper in known if paper.seconds is not None)),
    )


def figures_of(tallies: Sequence[Tally]) -> Figures:
    """Return the figures of an item from one tally for each form.

    Covariances are summed within forms: that one form was harder than another, or was sat by stronger people, says
    nothing about an item. (A pooled within-group correlation; Fisher's *Statistical Methods*, 1925, on covariance.)
    """
    marked = sum(tally.marked for tally in tallies)
    if marked < WITHHELD_BELOW:
        return Figures(marked)
    return Figures(
        marked,
        answered=sum(tally.answered for tally in tallies),
        facility=sum((tally.points for tally in tallies), ZERO) / marked,
        discrimination=_discrimination(tallies),
        choices=_choice_figures(tallies),
        seconds=quartiles(sorted(second for tally in tallies for second in tally.seconds)),
    )


def quartiles(in_order: Sequence[int]) -> tuple[int, int, int] | None:
    """Return the smallest value that a quarter, half and three quarters of all do not exceed; None below ten."""
    if len(in_order) < WITHHELD_BELOW:
        return None
    first, second, third = (in_order[ceil(share * len(in_order)) - 1] for share in QUARTERS)
    return first, second, third


def as_document(tally: Tally) -> dict[str, Any]:
    """Return a tally as JSON holds it, fractions as text."""
    sums = {name: getattr(tally, name) for name in _SUMS}
    choices = [[*choice, count, str(rest)] for choice, (count, rest) in tally.choices.items()]
    spelled = {name: value if isinstance(value, int) else str(value) for name, value in sums.items()}
    return {**spelled, "choices": choices, "seconds": list(tally.seconds)}


def from_document(document: Mapping[str, Any]) -> Tally:
    """Return the tally that :func:`as_document` wrote."""
    sums: dict[str, Any] = {name: Fraction(document[name]) for name in _SUMS[2:]}
    counts: dict[str, Any] = {name: document[name] for name in _SUMS[:2]}
    choices = {(place, id_): (count, Fraction(rest)) for place, id_, count, rest in document["choices"]}
    return Tally(**counts, **sums, choices=choices, seconds=tuple(document["seconds"]))


def _discrimination(tallies: Sequence[Tally]) -> Decimal | None:
    def within(one: str, other: str, products: str) -> Fraction:
        sums = ((getattr(t, products), getattr(t, one) * getattr(t, other), t.marked) for t in tallies if t.marked)
        return sum((product - pair / marked for product, pair, marked in sums), ZERO)

    spread = within("points", "points", "squares") * within("rest", "rest", "rest_squares")
    if not spread:
        return None
    covariance = within("points", "rest", "products")
    root = (Decimal(spread.numerator) / spread.denominator).sqrt()
    return (Decimal(covariance.numerator) / covariance.denominator / root).quantize(DECIMALS)


def _choice_figures(tallies: Sequence[Tally]) -> dict[Choice, ChoiceFigure]:
    counts: Counter[Choice] = Counter()
    leads: dict[Choice, Fraction] = {}
    for tally in tallies:
        for choice, (count, rest) in tally.choices.items():
            counts[choice] += count
            leads[choice] = leads.get(choice, ZERO) + rest - count * tally.rest / tally.marked
    return {choice: ChoiceFigure(counts[choice], leads[choice] / counts[choice]) for choice in sorted(counts)}


def _both(one: tuple[int, Fraction] | None, other: tuple[int, Fraction] | None) -> tuple[int, Fraction]:
    (count, rest), (more, further) = one or (0, ZERO), other or (0, ZERO)
    return count + more, rest + further
