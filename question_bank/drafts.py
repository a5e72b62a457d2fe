"""Drafts: items as they are written down outside, read with every fault, before any row exists.

One rule: one shape everywhere. A bank file is a list of what a single draft is, and both are read here.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kernel.sentences import say
from question_bank import items
from question_bank.documents import Place, is_code, quoted, refuse_repeats
from question_bank.eqf import LEVELS
from question_bank.item_kinds import KINDS

EXPECTED_SECONDS = range(1, 3601)
ENEMIES_MAX = 100
TAGS = (
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
        editions: of the items that are named, by code, as they stand.
    """
    drafts = [read_draft(place, language, competences) for place in places]
    refuse_repeats(place.member("code") for place in places)
    for place in places:
        refuse_foreign_code(place.member("code"), framework_code, editions)
        refuse_other_language(place.member("code"), language, editions)
    known = {code for code, edition in editions.items() if edition.framework_code == framework_code}
    known.update(draft.code for draft in drafts)
    for place, draft in zip(places, drafts, strict=True):
        refuse_strange_enemies(place.member("enemies"), draft.code, known)
    return drafts


def codes_named(items: Iterable[object]) -> set[str]:
    """Return the codes by which items name themselves and their enemies, whatever else is wrong with them."""
    named: set[str] = set()
    for item in items:
        if isinstance(item, dict):
            enemies = item.get("enemies")
            values = [item.get("code"), *(enemies if isinstance(enemies, list) else [])]
            named.update(value for value in values if isinstance(value, str) and is_code(value))
    return named


def as_written(version: items.ItemVersion) -> dict[str, Any]:
    """Return what a version says in the shape it is written down in: its tags beside its content.

    Enemies are left out: they are the item's, whatever its versions say.
    """
    return {
        "kind": version.kind,
        "language": version.language,
        "competence": version.competence.code,
        "level": version.level,
        "cognitive": version.cognitive,
        "expected_difficulty": str(version.expected_difficulty),
        "expected_seconds": version.expected_seconds,
        **version.content,
    }


def read_draft(place: Place, language: str, competences: Mapping[str, uuid.UUID]) -> ItemDraft:
    """Read one item by itself; see :func:`read_drafts`."""
    kind = place.member("kind").one_of(KINDS, say("kind of item"))
    enemies = place.member("enemies").elements(at_most=ENEMIES_MAX)
    refuse_repeats(enemies)
    return ItemDraft(
        code=place.member("code").code(),
        kind=kind,
        language=language,
        competence_id=_read_competence(place.member("competence"), competences),
        level=place.member("level").whole(LEVELS),
        cognitive=place.member("cognitive").one_of(tuple(items.Cognitive), say("cognitive level")),
        expected_difficulty=_read_share(place.member("expected_difficulty")),
        expected_seconds=place.member("expected_seconds").whole(EXPECTED_SECONDS),
        enemies=tuple(enemy.code() for enemy in enemies),
        content=_read_content(place, kind),
    )


def sound_draft(item: Mapping[str, Any], language: str, competences: Mapping[str, uuid.UUID]) -> ItemDraft:
    """Return an item as a draft that was read before and found without a fault."""
    return ItemDraft(
        code=item["code"],
        kind=item["kind"],
        language=language,
        competence_id=competences[item["competence"]],
        level=item["level"],
        cognitive=item["cognitive"],
        expected_difficulty=Fraction(item["expected_difficulty"]),
        expected_seconds=item["expected_seconds"],
        enemies=tuple(item["enemies"]),
        content={name: value for name, value in item.items() if name not in TAGS},
    )


def refuse_foreign_code(place: Place, framework_code: str, editions: Mapping[str, items.Edition]) -> None:
    """Refuse the code of an item that belongs to another framework."""
    edition = editions.get(place.value) if isinstance(place.value, str) else None
    if edition is not None and edition.framework_code != framework_code:
        other = quoted(edition.framework_code)
        place.refuse(
            say("%(value)s is an item of framework %(other)s; codes are unique", value=quoted(place.value), other=other)
        )


def refuse_other_language(place: Place, language: str, editions: Mapping[str, items.Edition]) -> None:
    """Refuse the code of an item that is written in another language."""
    edition = editions.get(place.value) if isinstance(place.value, str) else None
    if edition is not None and edition.language != language:
        own, other = quoted(edition.language), quoted(language)
        place.refuse(
            say(
                "%(value)s is written in %(own)s, so this is a translation into %(other)s; import translations by a translations file or a table for translators",
                value=quoted(place.value),
                own=own,
                other=other,
            )
        )


def refuse_strange_enemies(place: Place, code: str, known: Container[str]) -> None:
    """Refuse enemies that are no items of the document or of the framework's bank, and the item itself."""
    for enemy in place.elements():
        if enemy.value == code:
            enemy.refuse(say("an item is no enemy of itself"))
        elif isinstance(enemy.value, str) and enemy.value not in known:
            enemy.refuse(
                say("there is no item %(value)s in this document or in the framework's bank", value=quoted(enemy.value))
            )


def _read_competence(place: Place, competences: Mapping[str, uuid.UUID]) -> uuid.UUID:
    code = place.text()
    if code not in competences:
        place.refuse(say("the framework has no competence %(code)s", code=quoted(code)))
    return competences.get(code, uuid.UUID(int=0))


def _read_share(place: Place) -> Fraction:
    written = place.text()
    share = Fraction(written) if _SHARE.fullmatch(written) else None
    if share is None or share > 1:
        place.refuse(
            say('%(written)s is no share: write text such as "0.62" or "5/8", from 0 to 1', written=quoted(written))
        )
    return share or Fraction(0)


def _read_content(place: Place, kind: str) -> dict[str, Any]:
    """Return what is no tag, judged by the item's kind; an unknown kind cannot judge, and is a fault itself."""
    content = {name: member.value for name, member in place.named().items() if name not in TAGS}
    if kind in KINDS:
        for fault in KINDS[kind].faults(content):
            place.refuse(fault.message, below=fault.place)
    return content
