"""Losses: what a document of another system says that ours does not, found before anything is saved.

One rule: exactness is counted, never claimed. Only what was taken, and is named by no loss, maps exactly.
Losses wait in a temporary file, as questions do: a document in which everything is lost needs no more memory than another.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple

from kernel.sentences import packed, unpacked
from question_bank.interchange.spooling import Spool

LOSSES_TOLD_MAX = 1000


class LossKind(StrEnum):
    """What becomes of something that does not map exactly."""

    CHANGED = "changed"
    """Taken, but afterwards it says something else or less."""
    EXTENSION = "extension"
    """Taken along whole, but where only this product reads it."""
    OPEN = "open"
    """Not said by the document, and needed here; a person must add it."""
    SUPPLIED = "supplied"
    """Not said by the document; taken from what was given for all of it."""
    REFUSED = "refused"
    """Not taken."""


class Loss(NamedTuple):
    """One thing that does not map: where it stands, whom it concerns, and what becomes of it."""

    kind: LossKind
    file: str
    place: str
    """Within the file: a JSON pointer (``#/CFItems/3/notes``), a line (``:42``), or nothing for the whole of it."""
    subject: str
    """The thing as the document names it, such as an item's code or identifier."""
    message: str

    def __str__(self) -> str:
        return f"{self.file}{self.place}: {self.subject}: {self.message}"


def _loss(fields: list[str]) -> Loss:
    kind, file, place, subject, message = fields
    return Loss(LossKind(kind), file, place, subject, unpacked(message))


def _no_losses() -> Spool[Loss]:
    return Spool(_loss)


@dataclass(slots=True)
class LossReport:
    """What was read of a document: its subjects as they are taken, and every loss in the order it was met."""

    taken: dict[str, None] = field(default_factory=dict)
    losses: Spool[Loss] = field(default_factory=_no_losses)
    counts: Counter[LossKind] = field(default_factory=Counter)
    """How many losses there are of each kind."""
    touched: set[str] = field(default_factory=set)
    """Subjects that a loss names, also one that is told once for many."""

    def take(self, subject: str) -> None:
        """Note that a subject is taken, exactly unless a loss names it."""
        self.taken[subject] = None

    def lose(self, kind: LossKind, file: str, place: str, subject: str, message: str) -> None:
        """Note one loss."""
        self.losses.append(Loss(kind, file, place, subject, packed(message)))
        self.counts[kind] += 1
        self.touched.add(subject)

    @property
    def exact(self) -> list[str]:
        """The subjects that map exactly, in the order they were taken."""
        return [subject for subject in self.taken if subject not in self.touched]

    def of_kind(self, kind: LossKind, at_most: int | None = None) -> list[Loss]:
        """The losses of one kind in the order they were met, or so many of them."""
        return list(islice((loss for loss in self.losses if loss.kind is kind), at_most))

    def as_json(self) -> dict[str, Any]:
        """Return ``{"exact": n, "counts": {kind: n}, "losses": [...]}`` with the first thousand losses."""
        return {
            "exact": len(self.exact),
            "counts": {kind.value: self.counts[kind] for kind in LossKind},
            "losses": [
                {
                    "kind": loss.kind.value,
                    "file": loss.file,
                    "place": loss.place,
                    "subject": loss.subject,
                    "message": loss.message,
                }
                for loss in self.losses[:LOSSES_TOLD_MAX]
            ],
        }
