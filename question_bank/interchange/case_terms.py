"""The words of 1EdTech CASE (1.0 and 1.1) as this product uses them, for writing packages and for reading them.

One rule: a thing keeps its identifier as long as its body, framework, version and code stay.
Source: 1EdTech, Competencies and Academic Standards Exchange 1.1, information model and JSON binding (2025).
"""

from __future__ import annotations

import uuid
from enum import StrEnum

EXTENSION = "exam-engine"
"""The member of ``extensions`` that holds what CASE has no place for."""
IS_CHILD_OF = "isChildOf"
IS_RELATED_TO = "isRelatedTo"


class CaseVersion(StrEnum):
    """The editions of the standard; only the later one lets a package say more than it knows of."""

    V1_0 = "1.0"
    V1_1 = "1.1"


class ItemType(StrEnum):
    """What a CFItem stands for, written as its ``CFItemType``."""

    AREA = "Area"
    COMPETENCE = "Competence"
    CRITERION = "Performance criterion"
    ROLE = "Job role"
    TASK = "Task"


PARENTS: dict[ItemType, ItemType | None] = {
    ItemType.AREA: None,
    ItemType.COMPETENCE: ItemType.AREA,
    ItemType.CRITERION: ItemType.COMPETENCE,
    ItemType.ROLE: None,
    ItemType.TASK: ItemType.ROLE,
}
"""What each hangs on; None is the CFDocument itself."""


def identifier(organisation_id: uuid.UUID, *path: str) -> str:
    """Return the UUID (version 5) of something in a body's framework: code, version, type, code of the thing."""
    return str(uuid.uuid5(organisation_id, "/".join(path)))


def address(name: str) -> str:
    """Return the URI of an identifier; it names, and leads nowhere."""
    return f"urn:uuid:{name}"
