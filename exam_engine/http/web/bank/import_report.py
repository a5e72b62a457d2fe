"""The report of an import as its page tells it: grouped by what becomes of things, and then by what is said of them.

One rule: every loss names its place; what is too long to be shown is counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from exam_engine.http.web.bank.import_words import LOSSES
from exam_engine.http.web.bank.item_preview import slot_of
from exam_engine.http.web.words import Sign
from question_bank.interchange.losses import Loss, LossKind, LossReport
from question_bank.interchange.previewing import Preview
from question_bank.previews import content_of

PLACES_SHOWN_MAX = 100
"""Of one message; the same thing said of a thousand questions is not read a thousand times."""
MESSAGES_SHOWN_MAX = 100
ITEMS_SHOWN_MAX = 50
LOSS_COLUMNS = ("becomes", "file", "place", "item", "why")


@dataclass(slots=True)
class Said:
    """One message, and everything that it is said of: ``file and place``, ``subject``."""

    message: str
    places: list[tuple[str, str]] = field(default_factory=list)
    count: int = 0


class Group(NamedTuple):
    """Losses that have one thing in common: what becomes of them."""

    sign: Sign
    losses: int
    said: list[Said]
    more: int
    """Messages that are not shown."""


class Line(NamedTuple):
    """An item as it would be taken."""

    place: str
    name: str
    language: str
    kind: str
    competence: str
    level: object
    stem: str
    becoming: str
    is_exact: bool


class Sample(NamedTuple):
    """One item as candidates would see it, and its neighbours by name."""

    name: str
    language: str
    slot: dict[str, Any] | None
    number: int
    before: str
    after: str


def groups_of(report: LossReport) -> list[Group]:
    """Return the losses of a report, the gravest kind first."""
    said = _gathered(report.losses)
    return [_group(sign, report.counts[kind], said[kind]) for kind, sign in LOSSES.items() if kind in said]


def rows_of(report: LossReport) -> Iterator[tuple[str, ...]]:
    """Yield every loss as a row of :data:`LOSS_COLUMNS`, the gravest kind first."""
    for kind in LOSSES:
        for loss in report.of_kind(kind):
            yield loss.kind.value, loss.file, loss.place, loss.subject, loss.message


def lines_of(preview: Preview) -> list[Line]:
    """Return the first items of a preview, in the order of the document."""
    exact = set(preview.report.exact)
    return [
        Line(
            one.place,
            one.name,
            one.language,
            one.item["kind"],
            one.item["competence"],
            one.item["level"],
            one.item["stem"],
            preview.becoming[one.name],
            one.subject in exact,
        )
        for one in islice(preview.items, ITEMS_SHOWN_MAX)
    ]


def sample_of(preview: Preview, name: str) -> Sample | None:
    """Return the item of this name as candidates would see it, else the first; None where nothing is taken."""
    if not len(preview.items):
        return None
    names = list(preview.becoming)
    at = names.index(name) if name in preview.becoming else 0
    found = preview.items[at]
    before, after = (names[place] if 0 <= place < len(names) else "" for place in (at - 1, at + 1))
    return Sample(
        found.name, found.language, slot_of(found.item["kind"], content_of(found.item)), at + 1, before, after
    )


def _group(sign: Sign, losses: int, said: Mapping[str, Said]) -> Group:
    shown = list(islice(said.values(), MESSAGES_SHOWN_MAX))
    return Group(sign, losses, shown, len(said) - len(shown))


def _gathered(losses: Iterable[Loss]) -> Mapping[LossKind, Mapping[str, Said]]:
    """Return what is said, by kind and message; it is read once, however much there is of it."""
    said: defaultdict[LossKind, dict[str, Said]] = defaultdict(dict)
    for loss in losses:
        one = said[loss.kind].setdefault(loss.message, Said(loss.message))
        one.count += 1
        if one.count <= PLACES_SHOWN_MAX:
            one.places.append((f"{loss.file}{loss.place}", loss.subject))
    return said
