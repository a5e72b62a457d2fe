"""The report of a form: what an auditor asks first, in numbers that can be worked out again from its items.

One rule: JSON without floats; fractions are text (``"29/50"``), and no item is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from exam_engine.assembly.checking import mean_difficulty
from exam_engine.assembly.model import Specification
from exam_engine.assembly.selection import RESOLUTION, Selection
from exam_engine.assembly.solver import solver_name
from question_bank.pool import PoolItem


def form_report(specification: Specification, selection: Selection, time_limit_seconds: int) -> dict[str, Any]:
    """Return coverage, difficulty, working time and how the form was found.

    ``difficulty.deviation`` is the mean minus the target; ``variance`` is over the items of the form (divided by
    their number). ``working_time.expected_seconds`` above the limit means that the test is too long for its time.
    """
    items = selection.items
    return {
        "items": len(items),
        "coverage": {
            "areas": _counts(item.area for item in items),
            "competences": _counts(item.competence for item in items),
            "levels": _counts(str(item.level) for item in items),
            "kinds": _counts(item.kind for item in items),
        },
        "difficulty": _difficulty(specification, items),
        "areas": [_area(area, items) for area in dict.fromkeys(item.area for item in items)],
        "working_time": {
            "expected_seconds": sum(item.expected_seconds for item in items),
            "limit_seconds": time_limit_seconds,
        },
        "solver": {
            "name": solver_name(),
            "items_considered": selection.considered,
            "deviation_is_least": selection.is_nearest,
            "resolution": str(RESOLUTION),
        },
    }


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def _difficulty(specification: Specification, items: Sequence[PoolItem]) -> dict[str, str]:
    mean, difficulties = mean_difficulty(items), [item.expected_difficulty for item in items]
    variance = sum(((difficulty - mean) ** 2 for difficulty in difficulties), Fraction()) / len(items)
    return {
        "mean": str(mean),
        "target": str(specification.target),
        "tolerance": str(specification.tolerance),
        "deviation": str(mean - specification.target),
        "hardest": str(min(difficulties)),
        "easiest": str(max(difficulties)),
        "variance": str(variance),
    }


def _area(area: str, items: Sequence[PoolItem]) -> dict[str, Any]:
    own = [item for item in items if item.area == area]
    return {"area": area, "items": len(own), "difficulty": str(mean_difficulty(own))}
