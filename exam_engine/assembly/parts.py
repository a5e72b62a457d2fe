"""The parts of a scheme: what a complete one has to say before anybody is certified under it.

One rule: nothing is filled in quietly; a part that is missing, empty or beside the point is named. The list follows
ISO/IEC 17024 (2012), 8.3 and 8.4; level evidence and the time of validity are this product's own demands.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from kernel.errors import Fault
from question_bank.competences import RoleCell
from question_bank.documents import Place, opened
from question_bank.eqf import LEVELS

VALIDITY_MONTHS = range(1, 121)
"""A signing key signs while its own certificate has ten years left: no certificate is valid for longer."""

REQUIRED_PARTS: Mapping[str, str] = MappingProxyType(
    {
        "scope": "what is certified, for whom, and where it ends",
        "tasks": "what certified persons do in the job",
        "competences": "what is examined, each at its level: taken from the framework",
        "prerequisites": "what candidates must bring, and what counts as equivalent",
        "code_of_conduct": "what certified persons promise",
        "criteria": "what leads to certification the first time, and again",
        "methods": "how competence is assessed",
        "surveillance": "what is looked at while a certificate is valid",
        "suspension": "when a certificate is suspended, by whom, and how that ends",
        "withdrawal": "when a certificate is withdrawn or its scope reduced, by whom, and with what right to appeal",
        "level_evidence": "for every level examined, which evidence is accepted",
        "validity_months": "how long a certificate is valid, in months",
    }
)


def competences_part(cells: Collection[RoleCell]) -> list[dict[str, Any]]:
    """Return the part that is taken from the framework: every competence with its area and level."""
    return [{"area": cell.area, "competence": cell.competence, "level": cell.level} for cell in cells]


def misfits(parts: Mapping[str, Any]) -> list[Fault]:
    """Name every part that a draft cannot hold: unknown names, and what cannot be stored exactly."""
    root = opened(dict(parts), "/parts")
    root.shape(*REQUIRED_PARTS)
    return _listed(root)


def gaps(parts: Mapping[str, Any], levels: Collection[int]) -> list[Fault]:
    """Name every part that is missing, empty or misshapen.

    Args:
        parts: text, or a list of texts; ``level_evidence`` maps a level to one of these; ``validity_months`` is a
            whole number.
        levels: the levels the job role is examined at; each needs its evidence.
    """
    root = opened(dict(parts), "/parts")
    for name, meaning in REQUIRED_PARTS.items():
        place = root.member(name)
        if not place.is_given:
            place.refuse(f"is missing: it says {meaning}")
        elif name == "competences":
            place.elements(at_least=1)
        elif name == "level_evidence":
            _read_level_evidence(place, levels)
        elif name == "validity_months":
            place.whole(VALIDITY_MONTHS)
        else:
            _read_prose(place)
    return _listed(root)


def _listed(root: Place) -> list[Fault]:
    return [Fault(*fault) for fault in root.faults.items()]


def _read_prose(place: Place) -> None:
    if isinstance(place.value, list):
        for element in place.elements(at_least=1):
            element.text()
    else:
        place.text()


def _read_level_evidence(place: Place, levels: Collection[int]) -> None:
    place.shape(*(str(level) for level in LEVELS))
    for level in sorted(levels):
        _read_prose(place.member(str(level)))
