"""Unaltered: what was asked and how it counts is believed only while it hashes to what it was released under.

One rule: whoever scores, shows or marks reads contents and rules through these functions, so that a key changed for an
hour behind the product's back decides nothing, not even while it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exam_engine.assembly.rules import SchemeRules
from exam_engine.assembly.schemes import SchemeVersion
from kernel.canonical import digest
from kernel.errors import Conflict
from kernel.sentences import say
from question_bank.items import ItemVersion, content_hash


class RecordsDisagree(Conflict):
    """What is stored is not what was released, or what the receipt says; nothing is scored until somebody has looked."""

    code = "records_disagree"


def unaltered_content(version: ItemVersion) -> Mapping[str, Any]:
    """Return the content of an item version after hashing it.

    Raises:
        RecordsDisagree: it is not the content that was kept under its hash.
    """
    if content_hash(version.kind, version.language, version.content) != version.content_hash:
        message = say(
            "the stored content of the item version %(id)s is not the one it was kept with; nobody marks or scores by it until somebody has looked",
            id=version.id,
        )
        raise RecordsDisagree(message)
    return version.content


def unaltered_rules(scheme: SchemeVersion) -> SchemeRules:
    """Return the rules of a scheme version after hashing them.

    Raises:
        RecordsDisagree: they are not those that were kept under their hash.
    """
    if digest(scheme.rules) != scheme.rules_hash:
        message = say(
            "the stored rules of the scheme version %(id)s are not those it was kept with; nothing was scored",
            id=scheme.id,
        )
        raise RecordsDisagree(message)
    return SchemeRules.parse(scheme.rules)
