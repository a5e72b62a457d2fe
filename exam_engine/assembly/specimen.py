"""The specimen: a trial print of what certificates under a scheme will say, made when the scheme is published.

One rule: whoever passes an exam under a published scheme can be given the certificate, whatever the holder is called.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from certificates.awards import LEVELS, AreaAttainment, Award
from certificates.specimens import rehearse
from kernel.errors import Conflict, DomainError, Fault
from question_bank.competences import RoleCell

_NOBODY = uuid.UUID(int=0)
_HOLDER = "Specimen"
# Wider than any supervision and any days that awards will state.
_SUPERVISION = "admitted by a proctor, identity checked, " * 4
_FROM, _UNTIL = date(2028, 9, 20), date(2038, 9, 20)


class UnprintableScheme(Conflict):
    """Certificates under this scheme could not be printed."""

    code = "unprintable_scheme"
    title = "The certificate could not be printed"


def refuse_unprintable(certified: Mapping[str, Any], profile: Sequence[RoleCell], *, issuer_name: str) -> None:
    """Refuse a scheme whose certificates could not be printed.

    Args:
        certified: the fields of an award that the scheme and its framework supply.
        profile: the cells of its job role, in the framework's order.

    Raises:
        UnprintableScheme: naming the texts that are too long, hold foreign characters or claim an EQF level.
    """
    names = {cell.area: cell.area_name for cell in profile}
    levels = [*LEVELS, None]
    specimen = Award(
        award_id=_NOBODY,
        organisation_id=_NOBODY,
        holder_id=_NOBODY,
        holder_name=_HOLDER,
        areas=tuple(
            AreaAttainment(code, name, levels[index % len(levels)], "")
            for index, (code, name) in enumerate(names.items(), len(LEVELS))
        ),
        supervision=_SUPERVISION,
        decided_on=_FROM,
        valid_from=_FROM,
        valid_until=_UNTIL,
        **certified,
    )
    try:
        rehearse(specimen, issuer_name=issuer_name)
    except DomainError as refusal:
        faults = [Fault(f"/certificate/{fault.place}", fault.message) for fault in refusal.faults]
        message = f"the scheme cannot be published: {refusal.detail}"
        raise UnprintableScheme(message, faults=faults) from refusal
