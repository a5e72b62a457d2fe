"""Rubrics: by which criteria people mark an answer, and what the levels they choose come to.

One rule: a marker chooses one level of every criterion, and the points add up exactly; nobody writes a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from kernel.errors import Fault, Invalid
from kernel.sentences import say

Chosen = Mapping[str, str]
"""Of each criterion (its id) the level (its id) that somebody chose."""


class UnfitMarks(Invalid):
    """Marks that a rubric cannot have: a criterion is left out or foreign, or has no such level."""

    code = "unfit_marks"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is looked at, and the whole points of each of its levels by id."""

    id: str
    points: Mapping[str, int]

    @property
    def most(self) -> int:
        """The points of its best level."""
        return max(self.points.values())


@dataclass(frozen=True, slots=True)
class Rubric:
    """The criteria of one item, in their order; its worst answer earns 0 points and its best ``most``."""

    criteria: tuple[Criterion, ...]

    @property
    def most(self) -> int:
        """The points of the best answer."""
        return sum(criterion.most for criterion in self.criteria)

    def points(self, chosen: Chosen) -> int:
        """Return the points that the chosen levels come to.

        Raises:
            UnfitMarks: naming every criterion without one of its own levels, and every foreign one.
        """
        known = {criterion.id: criterion for criterion in self.criteria}
        faults = [Fault(f"/{id_}", say("is no criterion of this item")) for id_ in chosen if id_ not in known]
        for criterion in self.criteria:
            level = chosen.get(criterion.id)
            if level is None:
                faults.append(Fault(f"/{criterion.id}", say("has no level yet")))
            elif level not in criterion.points:
                faults.append(Fault(f"/{criterion.id}", say("%(level)r is no level of this criterion", level=level)))
        if faults:
            message = say("choose one level of every criterion")
            raise UnfitMarks(message, faults=faults)
        return sum(criterion.points[chosen[criterion.id]] for criterion in self.criteria)

    def fraction(self, chosen: Chosen) -> Fraction:
        """Return what an answer with these levels is worth, 0 to 1; the refusal is that of :meth:`points`."""
        return Fraction(self.points(chosen), self.most)
