"""Uses of item versions as the exam rooms hand them to the bank: so many people, what they chose, how they did otherwise."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from question_bank.item_analysis import MarkedPaper, tally_of
from question_bank.items import ItemVersion
from question_bank.usage import Showing
from tests.builders.kernel import NOW


def showing(version: ItemVersion, *people: tuple[str, int, int], scored: bool = True, seen: datetime = NOW) -> Showing:
    """A single choice that so many people each met who chose an option and reached so many of ten other points."""
    (key,) = version.content["key"]
    papers = [
        MarkedPaper(
            *(Fraction(int(chosen == key)), Fraction(rest, 10)),
            is_answered=True,
            choices=(("", chosen),),
            seconds=10 * rest + number,
        )
        for chosen, rest, count in people
        for number in range(count)
    ]
    return Showing(version.id, scored, len(papers), seen, tally_of(papers))
