"""Writing checks: what experienced item writers look at twice, asked of every item as it is written.

One rule: a check is a question to the author and never keeps an item back. Everything here is pure; whether the bank has
a question like it already is asked of the bank (:mod:`question_bank.sketches`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from question_bank.writing_checks import options_checks, text_checks
from question_bank.writing_checks.check import Check, Finding
from question_bank.writing_checks.reading import read_draft

__all__ = ["CHECKS", "NEAR_DUPLICATE", "Check", "Finding", "findings_in"]

CHECKS: tuple[Check, ...] = (*options_checks.CHECKS, *text_checks.CHECKS)
NEAR_DUPLICATE = Check(
    "near_duplicate",
    1,
    "The bank has an item that asks nearly the same. If both are wanted, say that they are enemies.",
    lambda _draft: (),
)
"""Found by the bank, not in the item alone."""


def findings_in(language: str, content: Mapping[str, Any]) -> list[Finding]:
    """Return what the checks of a language find in an item's content, finished or not, in the order of its places.

    Args:
        content: what stands in an item document beside its tags (``docs/formats.md``).
    """
    draft = read_draft(language, content)
    found = [
        Finding(check, place, words)
        for check in CHECKS
        if check.speaks(draft.language)
        for place, words in check.find(draft)
    ]
    places = {text.place: index for index, text in enumerate(draft.texts)}
    return sorted(found, key=lambda finding: places.get(finding.place, -1))
