"""Completing: what a document leaves out of its items is taken from what was supplied for all of them.

One rule: each default is said once, with the number of those that take it; what nobody says stays open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Final

from kernel.sentences import say
from question_bank.documents import NAMES_LISTED_MAX, is_code, listed, quoted
from question_bank.interchange.entries import Entry, Item
from question_bank.interchange.losses import LossKind, LossReport

NEEDED: Final = ("competence", "level", "cognitive", "expected_difficulty", "expected_seconds", "rationale", "source")
"""What every item here needs, and documents of other systems have no words for that a bank can count on."""
_CALLED: Final = {
    "cognitive": "cognitive demand",
    "expected_difficulty": "difficulty",
    "expected_seconds": "time in seconds",
}
_WHOLE: Final = "the document"
"""The subject of what holds for several of its items."""


@dataclass(frozen=True, slots=True)
class Supplied:
    """What is taken for all items of a document that do not say it themselves; None is left to them.

    Attributes:
        code_prefix: items without a code are called by it and their number in the document.
        language: of the document; the framework's, where nothing is said.
    """

    competence: str | None = None
    level: int | None = None
    cognitive: str | None = None
    expected_difficulty: str | None = None
    expected_seconds: int | None = None
    rationale: str | None = None
    source: str | None = None
    code_prefix: str | None = None
    language: str | None = None


@dataclass(slots=True)
class _Given:
    """Of how many questions one thing is said, and of which first."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, subject: str) -> None:
        self.count += 1
        if self.count <= NAMES_LISTED_MAX + 1:  # one more shows that there are more
            self.first.append(subject)


class Completion:
    """Completes what documents leave out, and keeps count of it, so that each default is said once, with its number."""

    def __init__(self, supplied: Supplied, competences: Container[str], report: LossReport, file: str) -> None:
        self._supplied, self._competences, self._report, self._file = supplied, competences, report, file
        self._given: defaultdict[tuple[LossKind, str], _Given] = defaultdict(_Given)

    def completed(self, entry: Entry, number: int) -> Item | None:
        """Return the item of an entry with all its tags; None where some are missing."""
        item = {"enemies": [], **entry.item}
        self._complete_code(entry, item, number)
        self._complete_competence(entry, item)
        missing = False
        for name in NEEDED:
            if name in item:
                continue
            value, called = getattr(self._supplied, name), say(_CALLED.get(name, name))
            if value is None:
                self._given[LossKind.OPEN, say("no %(called)s; name one for all that say none", called=called)].add(
                    entry.subject
                )
                missing = True
            else:
                item[name] = value
                self._given[
                    LossKind.SUPPLIED, say("no %(called)s; %(value)s is taken", called=called, value=quoted(value))
                ].add(entry.subject)
        if "code" not in item:
            self._given[LossKind.OPEN, say("no code; name what codes begin with")].add(entry.subject)
            missing = True
        return None if missing else item

    def tell(self) -> None:
        """Write what was counted into the report."""
        for (kind, message), given in self._given.items():
            told = (
                say("%(count)s of the questions say %(message)s", count=given.count, message=message)
                if given.count > 1
                else say("says %(message)s", message=message)
            )
            self._report.lose(
                kind, self._file, "", _WHOLE, say("%(told)s (%(names)s)", told=told, names=listed(given.first))
            )

    def _complete_code(self, entry: Entry, item: Item, number: int) -> None:
        code = item.get("code")
        if isinstance(code, str) and is_code(code):
            return
        item.pop("code", None)
        if self._supplied.code_prefix is not None:
            item["code"] = f"{self._supplied.code_prefix}{number:04}"
            told = say("no code; it is called %(prefix)s and its number", prefix=quoted(self._supplied.code_prefix))
            self._given[LossKind.SUPPLIED, told].add(entry.subject)

    def _complete_competence(self, entry: Entry, item: Item) -> None:
        last = entry.category.rpartition("/")[2].strip()
        if "competence" not in item and last in self._competences:
            item["competence"] = last
        elif last and last != item.get("competence"):
            told = say(
                "the category %(category)s, which is no competence here and is not kept",
                category=quoted(entry.category),
            )
            self._given[LossKind.CHANGED, told].add(entry.subject)
            self._report.touched.add(entry.subject)
