"""Drafts: items as they are written down outside, read with every fault, before any row exists.

One rule: one shape everywhere. A bank file is a list of what a single draft is, and both are read here.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from question_bank import items
from question_bank.documents import Place, quoted, refuse_repeats
from question_bank.eqf import LEVELS
from question_bank.item_kinds import KINDS

EXPECTED_SECONDS = range(1, 3601)
ENEMIES_MAX = 100
_TAGS = (
    "code",
    "kind",
    "competence",
    "level",
    "cognitive",
    "expected_difficulty",
    "expected_seconds",
    "enemies",
)
_SHARE = re.compile(r"[01](\.[0-9]{1,6})?|[0-9]{1,9}/[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """One item, read and found whole: its tags and, under ``content``, what its kind understands."""

    code: str
    kind: str
    language: str
    competence_id: uuid.UUID
    level: int
    cognitive: str
    expected_difficulty: Fraction
    expected_seconds: int
    enemies: tuple[str, ...]
    content: Mapping[str, Any]

    @property
    def content_hash(self) -> str:
        """The hash that names the content; see :func:`question_bank.items.content_hash`."""
        return items.content_hash(self.kind, self.language, self.content)

    @property
    def tags(self) -> tuple[object, ...]:
        """What an :class:`~question_bank.items.Edition` is compared by."""
        return (
            self.content_hash,
            self.competence_id,
            self.level,
            self.cognitive,
            self.expected_difficulty,
            self.expected_seconds,
        )


def read_drafts(
    places: Sequence[Place],
    *,
    language: str,
    framework_code: str,
    competences: Mapping[str, uuid.UUID],
    editions: Mapping[str, items.Edition],
) -> list[ItemDraft]:
    """Read items; the drafts are worth something only if no place noted a fault.

    Args:
        places: one object each, shaped as in ``docs/formats.md``.
        competences: the framework's competences by code.
        editions: the organisation's items by code, as they stand.
    """
    drafts = [_read_draft(place, language, competences) for place in places]
    refuse_repeats(place.member("code") for place in places)
    known = {code for code, edition in editions.items() if edition.framework_code == framework_code}
    for place, draft in zip(places, drafts, strict=True):
        if draft.code in editions and draft.code not in known:
            other = editions[draft.code].framework_code
            place.member("code").refuse(
                f"{quoted(draft.code)} is an item of framework {quoted(other)}; codes are unique"
            )
    known.update(draft.code for draft in drafts)
    for place, draft in zip(places, drafts, strict=True):
        _refuse_strange_enemies(place.member("enemies"), draft.code, known)
    return drafts


def _read_draft(place: Place, language: str, competences: Mapping[str, uuid.UUID]) -> ItemDraft:
    kind = place.member("kind").one_of(KINDS, "kind of item")
    enemies = place.member("enemies").elements(at_most=ENEMIES_MAX)
    refuse_repeats(enemies)
    return ItemDraft(
        code=place.member("code").code(),
        kind=kind,
        language=language,
        competence_id=_read_competence(place.member("competence"), competences),
        level=place.member("level").whole(LEVELS),
        cognitive=place.member("cognitive").one_of(tuple(items.Cognitive), "cognitive level"),
        expected_difficulty=_read_share(place.member("expected_difficulty")),
        expected_seconds=place.member("expected_seconds").whole(EXPECTED_SECONDS),
        enemies=tuple(enemy.code() for enemy in enemies),
        content=_read_content(place, kind),
    )


def _refuse_strange_enemies(place: Place, code: str, known: Container[str]) -> None:
    for enemy in place.elements():
        if enemy.value == code:
            enemy.refuse("an item is no enemy of itself")
        elif isinstance(enemy.value, str) and enemy.value not in known:
            enemy.refuse(f"there is no item {quoted(enemy.value)} in this document or in the framework's bank")


def _read_competence(place: Place, competences: Mapping[str, uuid.UUID]) -> uuid.UUID:
    code = place.text()
    if code not in competences:
        place.refuse(f"the framework has no competence {quoted(code)}")
    return competences.get(code, uuid.UUID(int=0))


def _read_share(place: Place) -> Fraction:
    written = place.text()
    share = Fraction(written) if _SHARE.fullmatch(written) else None
    if share is None or share > 1:
        place.refuse(f'{quoted(written)} is no share: write text such as "0.62" or "5/8", from 0 to 1')
    return share or Fraction(0)


def _read_content(place: Place, kind: str) -> dict[str, Any]:
    """Return what is no tag, judged by the item's kind; an unknown kind cannot judge, and is a fault itself."""
    content = {name: member.value for name, member in place.named().items() if name not in _TAGS}
    if kind in KINDS:
        for fault in KINDS[kind].faults(content):
            place.refuse(fault.message, below=fault.place)
    return content
