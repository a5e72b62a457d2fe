"""Translations: versions of an item that say in another language what one of its versions says.

One rule: a translation differs in words alone. What is asked, how it is marked and every id are those of its original.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from kernel.audit import record
from kernel.errors import Conflict, Fault, Invalid
from kernel.ids import new_id
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.documents import opened, quoted
from question_bank.intake import VersionRow, begin
from question_bank.item_kinds import kind_named
from question_bank.item_words import is_worded
from question_bank.items import ItemState, ItemVersion, content_hash
from question_bank.marked_text import gaps_in
from question_bank.media import media_faults

OUT_OF_USE = frozenset({ItemState.RETIRED, ItemState.COMPROMISED})
"""What is in these states is not worth translating."""


class Misfit(Invalid):
    """A translation that says something else than its original."""

    code = "translation_misfit"
    title = "The translation does not fit its original"


class NotTranslatable(Conflict):
    """What is translated is an original, into a language that is not its own, and can still be used."""

    code = "not_translatable"


class Action(StrEnum):
    """What it leaves in the audit log."""

    TRANSLATED = "item.translate"


def draft_translation(
    tx: Session,
    original: ItemVersion,
    *,
    language: str,
    content: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> ItemVersion:
    """Draft what a version says in another language; tags are its original's. It is reviewed like any version.

    Saying again what the newest translation says changes nothing.

    Raises:
        Misfit: naming by its pointer everything that is no word, and every fault of the content itself.
        NotTranslatable: it is a translation itself, is out of use, or is in this language already.
    """
    _refuse_untranslatable(original, language)
    faults = [*misfits(original.content, content), *kind_named(original.kind).faults(content)]
    faults += media_faults(tx, original.item.organisation_id, content)
    if faults:
        message = say("%(code)s cannot be translated like this", code=original.item.code)
        raise Misfit(message, faults=faults)
    name = content_hash(original.kind, language, content)
    newest = newest_translation(tx, original, language)
    if newest is not None and newest.content_hash == name:
        return newest
    last = tx.scalars(select(func.max(ItemVersion.number)).filter_by(item_id=original.item_id)).one()
    row = translation_row(original, language, content, 1 + last) | {"author_id": actor.person, "created_at": now}
    begin(tx, [row], organisation_id=original.item.organisation_id)
    version = tx.get_one(ItemVersion, row["id"])
    told = {"versions": [str(version.id)], "original": str(original.id), "language": language}
    record(tx, actor, Action.TRANSLATED, f"item_version:{version.id}", now, **told)
    return version


def translation_row(original: ItemVersion, language: str, content: Mapping[str, Any], number: int) -> VersionRow:
    """Return the columns of a translation but its author and moment: all but its words are its original's."""
    return {
        "id": new_id(),
        "item_id": original.item_id,
        "number": number,
        "original_id": original.id,
        "kind": original.kind,
        "language": language,
        "competence_id": original.competence_id,
        "level": original.level,
        "cognitive": original.cognitive,
        "content": dict(content),
        "set_code": original.set_code,
        "content_hash": content_hash(original.kind, language, content),
        "expected_difficulty": original.expected_difficulty,
        "expected_seconds": original.expected_seconds,
    }


def misfits(original: Mapping[str, Any], translation: Mapping[str, Any]) -> list[Fault]:
    """Return every place at which a translation differs from its original in more than words. Pure."""
    return [Fault(place, message) for place, message in _differences(original, translation, "")]


def newest_translation(tx: Session, original: ItemVersion, language: str) -> ItemVersion | None:
    """Return the newest translation of a version into a language, whatever its state."""
    return next((version for version in translations_of(tx, original) if version.language == language), None)


def translations_of(tx: Session, original: ItemVersion) -> list[ItemVersion]:
    """Return the translations of a version by language, the newest first."""
    found = select(ItemVersion).where(ItemVersion.original_id == original.id)
    order = (ItemVersion.language, ItemVersion.number.desc())
    return list(tx.scalars(found.options(joinedload(ItemVersion.standing)).order_by(*order)))


def version_before(tx: Session, version: ItemVersion) -> ItemVersion | None:
    """Return what a version was written instead of: the original before it, or the translation into its language."""
    is_original = ItemVersion.original_id.is_(None)
    found = select(ItemVersion).where(
        ItemVersion.item_id == version.item_id,
        ItemVersion.number < version.number,
        is_original if version.original_id is None else ~is_original & (ItemVersion.language == version.language),
    )
    return tx.scalar(found.order_by(ItemVersion.number.desc()).limit(1))


def newest_by_language(versions: Sequence[ItemVersion], original: ItemVersion) -> list[ItemVersion]:
    """Return an original and what its item says newest in every other language, by language.

    Args:
        versions: all of the item. What translates this very original is preferred to what translates another one.
    """
    found: dict[str, ItemVersion] = {}
    for version in sorted(versions, key=lambda one: (one.original_id == original.id, one.number)):
        if version.original_id is not None and version.language != original.language:
            found[version.language] = version
    return [original, *(found[language] for language in sorted(found))]


class Lack(StrEnum):
    """Why a version cannot be administered in a language."""

    MISSING = "missing"
    """No version of the item was ever translated into it."""
    OUTDATED = "outdated"
    """What is live in it says what an earlier version said."""
    UNRELEASED = "unreleased"
    """It is translated, but not live: in work, in review, or resting."""


def live_translations(
    tx: Session, originals: Sequence[ItemVersion], language: str
) -> tuple[dict[Any, ItemVersion], dict[Any, Lack]]:
    """Return by original's id what is live of each in a language, and why the others lack it.

    What is written in the language already is its own translation.
    """
    found = {version.id: version for version in originals if version.language == language}
    rows = select(ItemVersion).where(
        ItemVersion.item_id.in_({version.item_id for version in originals}),
        ItemVersion.language == language,
        ItemVersion.original_id.is_not(None),
    )
    by_item: dict[Any, list[ItemVersion]] = {}
    for translation in tx.scalars(rows.options(joinedload(ItemVersion.standing))):
        by_item.setdefault(translation.item_id, []).append(translation)
    lacks = {}
    for version in originals:
        sisters = by_item.get(version.item_id, [])
        mine = [sister for sister in sisters if sister.original_id == version.id]
        live = [sister for sister in mine if sister.standing.state == ItemState.LIVE]
        if live:
            found[version.id] = live[0]
        elif version.id not in found:
            lacks[version.id] = Lack.UNRELEASED if mine else Lack.OUTDATED if sisters else Lack.MISSING
    return found, lacks


def _refuse_untranslatable(original: ItemVersion, language: str) -> None:
    place = opened(language, "language")
    place.language()
    if place.faults:
        message = say("the language is not named")
        raise Misfit(message, faults=[Fault(*fault) for fault in place.faults.items()])
    code = original.item.code
    if original.original_id is not None:
        message = say("%(code)s: this is a translation; translate the version that it translates", code=code)
        raise NotTranslatable(message)
    if original.language == language:
        message = say("%(code)s is written in %(language)r already", code=code, language=language)
        raise NotTranslatable(message)
    if original.standing.state in OUT_OF_USE:
        message = say("%(code)s: this version is %(state)s", code=code, state=say(original.standing.state))
        raise NotTranslatable(message)


def _differences(original: object, translation: object, place: str) -> Iterator[tuple[str, str]]:
    match original, translation:
        case dict(), dict():
            for name in original.keys() ^ translation.keys():
                yield f"{place}/{name}", say("is missing") if name in original else say("is not in the original")
            for name in original.keys() & translation.keys():
                yield from _differences_of_member(name, original[name], translation[name], f"{place}/{name}")
        case list(), list() if len(original) == len(translation):
            for index, (one, other) in enumerate(zip(original, translation, strict=True)):
                yield from _differences(one, other, f"{place}/{index}")
        case list(), list():
            yield (
                place,
                say("has %(count)s parts; the original has %(there)s", count=len(translation), there=len(original)),
            )
        case _ if original != translation:
            yield (
                place,
                say(
                    "is %(translation)s; the original has %(original)s",
                    translation=quoted(translation),
                    original=quoted(original),
                ),
            )


def _differences_of_member(name: str, original: object, translation: object, place: str) -> Iterator[tuple[str, str]]:
    if not is_worded(place):
        yield from _differences(original, translation, place)
    elif name == "passage" and _gaps(original) != _gaps(translation):
        yield place, say("has other gaps than the original")


def _gaps(passage: object) -> list[str]:
    return sorted(gaps_in(passage)) if isinstance(passage, str) else []
