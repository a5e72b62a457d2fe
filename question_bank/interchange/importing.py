"""Importing: a document of another system is taken in as it was previewed, or not at all.

One rule: what is lost is agreed to before it is lost. An import names the report that its author has seen.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import BinaryIO

from sqlalchemy.orm import Session

from kernel.audit import record
from kernel.db import AT_ONCE, portions
from kernel.errors import Conflict, Fault
from kernel.permissions import Actor
from kernel.sentences import say
from kernel.storage import Storage
from question_bank.competences import Framework, competence_ids, queue_imports
from question_bank.documents import FAULTS_SHOWN_MAX
from question_bank.drafts import ItemDraft, sound_draft
from question_bank.intake import add_enemies, keep_drafts
from question_bank.interchange.completion import Supplied
from question_bank.interchange.judging import WITH_ITS_ITEM, Judged, becoming_of, original_of
from question_bank.interchange.previewing import (
    AGREED_KINDS,
    Preview,
    Progress,
    preview_items,
    quietly,
    refuse_strangers,
)
from question_bank.interchange.translating import draft_translations, known_items, name_of
from question_bank.items import Edition, newest_editions
from question_bank.media import references_in


class Action(StrEnum):
    """What an import leaves in the audit log: one entry, naming the document and every draft it made."""

    IMPORTED = "item_bank.import"


class LossesNotAgreed(Conflict):
    """Something of the document would be lost, and whoever imports has not agreed to that."""

    code = "losses_not_agreed"


class BankChanged(Conflict):
    """What was previewed is not what an import would do now; it is previewed again."""

    code = "bank_changed"


@dataclass(frozen=True, slots=True)
class ReadyImport:
    """A preview whose losses are agreed to and whose files are stored, as :func:`make_ready` gives it."""

    preview: Preview


def import_items(
    tx: Session,
    framework: Framework,
    stream: BinaryIO,
    *,
    file: str,
    format_name: str,
    supplied: Supplied,
    agreement: str | None,
    storage: Storage,
    actor: Actor,
    now: datetime,
    progress: Progress = quietly,
) -> list[uuid.UUID]:
    """Preview a document and take it in, in one transaction: nobody else writes meanwhile where one writes at a time.

    Raises:
        DocumentRefused, TooLarge, UnknownFormat, NotFound: as for a preview.
        LossesNotAgreed: as for :func:`make_ready`.
    """
    refuse_strangers(framework, actor)
    queue_imports(tx, framework.organisation_id)  # what the preview finds in the bank stays so
    preview = preview_items(
        tx,
        framework,
        stream,
        file=file,
        format_name=format_name,
        supplied=supplied,
        actor=actor,
        progress=progress,
    )
    ready = make_ready(preview, agreement=agreement, storage=storage)
    return take_previewed(tx, framework, ready, actor=actor, now=now, progress=progress)


def make_ready(preview: Preview, *, agreement: str | None, storage: Storage) -> ReadyImport:
    """Do of an import what needs no transaction, so that nobody waits for it: see to the agreement, store the files.

    Args:
        agreement: that of the preview; needed where anything is changed, open or refused, and right where it is given.
        storage: keeps the files that came with the items.

    Raises:
        LossesNotAgreed: with the ``agreement`` that the losses need, and the ``report``.
    """
    if agreement != preview.agreement and not (agreement is None and preview.is_lossless):
        why = (
            say("something would be lost, and you have not agreed to it")
            if agreement is None
            else say("what an import would do is not what you agreed to")
        )
        message = say("%(file)s: %(why)s; look at the report of a preview", file=preview.file, why=why)
        report = preview.report.as_json()
        raise LossesNotAgreed(message, faults=_faults(preview), agreement=preview.agreement, report=report)
    if preview.files.facts:
        shown = (reference.sha256 for question in preview.items for reference in references_in(question.item))
        preview.files.store(storage, shown)
    return ReadyImport(preview)


def take_previewed(
    tx: Session,
    framework: Framework,
    ready: ReadyImport,
    *,
    actor: Actor,
    now: datetime,
    progress: Progress = quietly,
) -> list[uuid.UUID]:
    """Take in a document as drafts by the actor, exactly as its preview said; all of it or nothing.

    The preview may have been made in a transaction that has ended: what can have changed since is looked at again.

    Returns:
        The identifiers of the new versions, in the document's order.

    Raises:
        BankChanged: the items would not become what the preview said.
        NotFound: the framework is another organisation's.
    """
    refuse_strangers(framework, actor)
    preview = ready.preview
    queue_imports(tx, framework.organisation_id)
    preview.files.add(tx, actor=actor, now=now)
    made = _take(tx, framework, preview, actor, now, progress)
    pairs = add_enemies(tx, framework.organisation_id, preview.enemies)
    if made or pairs:
        facts = {"versions": [str(version_id) for version_id in made], "enemy_pairs": pairs}
        told = {"document": preview.document, "format": preview.format_name, "agreement": preview.agreement, **facts}
        record(tx, actor, Action.IMPORTED, f"framework:{framework.id}", now, **told)
    return made


def _faults(preview: Preview) -> list[Fault]:
    """Return the first losses that need an agreement, for whoever looks no further than the refusal."""
    lost = (loss for loss in preview.report.losses if loss.kind in AGREED_KINDS)
    return [
        Fault(f"{loss.file}{loss.place}", say("%(subject)s: %(message)s", subject=loss.subject, message=loss.message))
        for loss in islice(lost, FAULTS_SHOWN_MAX)
    ]


def _take(
    tx: Session, framework: Framework, preview: Preview, actor: Actor, now: datetime, progress: Progress
) -> list[uuid.UUID]:
    if framework.id != preview.framework_id:
        message = say(
            "%(file)s: there is another version of the framework since the preview; look at a new one",
            file=preview.file,
        )
        raise BankChanged(message)
    competences = competence_ids(tx, framework)
    made: list[uuid.UUID] = []
    for number, some in enumerate(portions(preview.items)):
        progress("taking in", number * AT_ONCE)
        items = [question for question in some if question.translates is None]
        drafts = [sound_draft(question.item, question.language, competences) for question in items]
        editions = newest_editions(tx, framework.organisation_id, [draft.code for draft in drafts])
        _refuse_changes(framework, preview, drafts, editions)
        made += keep_drafts(tx, framework, drafts, editions=editions, author=actor.person, now=now)
        translations = [question for question in some if question.translates is not None]
        if translations:
            made += _take_translations(tx, framework, preview, translations, actor, now)
    return made


def _take_translations(
    tx: Session, framework: Framework, preview: Preview, translations: Iterable[Judged], actor: Actor, now: datetime
) -> list[uuid.UUID]:
    """Draft those that say something new, of the very versions that they were read beside."""
    known = known_items(tx, framework.organisation_id, {question.item["code"] for question in translations})
    wanted = []
    for question in translations:
        item, becoming = known[question.item["code"]], preview.becoming[question.name]
        original_id, name = original_of(question, item), name_of(question.item, question.language)
        is_overtaken = question.translates != WITH_ITS_ITEM and original_id != (item.translatable or item.newest).id
        if is_overtaken or item.becoming(original_id, question.language, name) != becoming:
            raise _changed(preview, question.name)
        if becoming != "same":
            wanted.append((question.item, question.language, original_id))
    return draft_translations(tx, framework, wanted, known, actor=actor, now=now)


def _refuse_changes(
    framework: Framework, preview: Preview, drafts: Iterable[ItemDraft], editions: Mapping[str, Edition]
) -> None:
    """Nothing is ever taken out of a bank, so what was found in it stays; what came in since may have these codes."""
    for draft in drafts:
        edition = editions.get(draft.code)
        own = framework.code, draft.language
        is_foreign = edition is not None and (edition.framework_code, edition.language) != own
        if is_foreign or becoming_of(draft, edition) != preview.becoming[draft.code]:
            raise _changed(preview, draft.code)


def _changed(preview: Preview, name: str) -> BankChanged:
    return BankChanged(
        say(
            "%(file)s: %(name)s has changed in the bank since the preview; look at a new one",
            file=preview.file,
            name=name,
        )
    )
