"""Comparison: what a framework draft does to the competences of the version it began from, and to their items.

One rule: competences are the same when their codes are; whoever gives a competence another code has made a new one.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from question_bank.competences import Competence
from question_bank.diffs import Change, changes_between
from question_bank.framework_drafts import FrameworkDraft
from question_bank.items import ItemState, ItemVersion, Standing


class Difference(StrEnum):
    """In what a competence of a draft differs from that of the version."""

    NEW = "new"
    VANISHED = "vanished"
    RENAMED = "renamed"
    REWORDED = "reworded"
    MOVED = "moved"
    LEVELS = "levels"
    CRITERIA = "criteria"


_MEMBERS = {
    Difference.RENAMED: "name",
    Difference.REWORDED: "description",
    Difference.MOVED: "area",
    Difference.LEVELS: "eqf",
    Difference.CRITERIA: "criteria",
}
_TOLD = ("name", "area", "eqf")


class Hanging(NamedTuple):
    """How many items hang on a competence, and how many of those are live."""

    items: int = 0
    live: int = 0


@dataclass(frozen=True, slots=True)
class CompetenceChange:
    """One competence that is not as it was; ``before`` and ``after`` hold the members that differ."""

    code: str
    differences: tuple[Difference, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    hanging: Hanging


def compare_with_base(tx: Session, draft: FrameworkDraft) -> list[CompetenceChange]:
    """Return what the draft changes of the version it began from, in the version's order, then what is new."""
    before = draft.base.document if draft.base else {}
    hanging = items_on(tx, draft.base_id) if draft.base_id else {}
    return [
        CompetenceChange(code, differences, old, new, hanging.get(code, Hanging()))
        for code, differences, old, new in differences_of(before, draft.document)
    ]


def differences_of(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[str, tuple[Difference, ...], Mapping[str, Any], Mapping[str, Any]]]:
    """Yield every competence that two framework documents do not say alike; either may be incomplete."""
    old, new = _competences(before), _competences(after)
    for code, was in old.items():
        if code not in new:
            yield code, (Difference.VANISHED,), _picked(was, _TOLD), {}
            continue
        differences = tuple(kind for kind, name in _MEMBERS.items() if was.get(name) != new[code].get(name))
        if differences:
            names = [_MEMBERS[kind] for kind in differences]
            yield code, differences, _picked(was, names), _picked(new[code], names)
    for code, competence in new.items():
        if code not in old:
            yield code, (Difference.NEW,), {}, _picked(competence, _TOLD)


def changes_from_base(draft: FrameworkDraft) -> list[Change]:
    """Return every word that the draft says otherwise than the version it began from, but where texts come from."""
    return changes_in(draft.base.document if draft.base else {}, draft.document)


def changes_in(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return every word that a framework document, or a part of one, says otherwise than another."""
    return changes_between(_as_things(before), _as_things(after))


def items_on(tx: Session, framework_id: uuid.UUID) -> dict[str, Hanging]:
    """Return how many items have a version on each competence of a framework version, by competence code."""
    live = case((Standing.state == ItemState.LIVE.value, ItemVersion.item_id))
    rows = tx.execute(
        select(Competence.code, func.count(ItemVersion.item_id.distinct()), func.count(live.distinct()))
        .join(ItemVersion, ItemVersion.competence_id == Competence.id)
        .join(Standing, Standing.version_id == ItemVersion.id)
        .where(Competence.framework_id == framework_id)
        .group_by(Competence.code)
    )
    return {code: Hanging(items, live_items) for code, items, live_items in rows}


def _as_things(value: Any) -> Any:  # noqa: ANN401 - any part of a document
    """Return a document whose elements are known by their codes, so that what was moved is not rewritten."""
    if isinstance(value, list):
        return [_as_things(one) for one in value]
    if not isinstance(value, dict):
        return value
    named = {"id": value["code"]} if isinstance(value.get("code"), str) else {}
    # Only a framework's own list of sources is told; those of its parts say where their fields come from.
    aside = {"provenance"} | ({"sources"} if named else set())
    return {**named, **{name: _as_things(one) for name, one in value.items() if name not in aside}}


def _competences(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = document.get("competences")
    listed = found if isinstance(found, list) else []
    return {one["code"]: one for one in listed if isinstance(one, dict) and isinstance(one.get("code"), str)}


def _picked(competence: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: competence[name] for name in names if name in competence}
