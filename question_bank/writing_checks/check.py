"""A check and a finding: a question that is put to an author, and the place it is put about.

One rule: a check asks, it never refuses. The author may know why it is right as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from question_bank.writing_checks.reading import Draft

Found = tuple[str, str]
"""A place (JSON pointer into the item), and what was found there in the item's own words or in a number."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that experience with written items says to look at twice.

    Attributes:
        version: grows when the check would find otherwise, so that two findings can be compared.
        explanation: why it is asked, in plain English.
        languages: where its words are known; None where it needs none.
    """

    id: str
    version: int
    explanation: str
    find: Callable[[Draft], Iterable[Found]]
    languages: frozenset[str] | None = None

    def speaks(self, language: str) -> bool:
        """Whether the check can look at items in a language."""
        return self.languages is None or language in self.languages


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found at one place of an item."""

    check: Check
    place: str
    found: str
