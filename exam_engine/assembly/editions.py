"""Editions: a form in one more language than its framework's, frozen when it is published.

One rule: an edition is published only when every item of the form is live in its language, and says what the form's
version says.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from exam_engine.assembly.forms import Form, form_versions
from kernel.audit import record
from kernel.canonical import digest
from kernel.db import Base, Owned, table_facts
from kernel.errors import Conflict, Fault, NotFound
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.items import ItemVersion
from question_bank.translations import Lack, live_translations

_TOLD = {
    Lack.MISSING: say("was never translated into this language"),
    Lack.OUTDATED: say("is translated in an earlier version only"),
    Lack.UNRELEASED: say("is translated, but the translation is not live"),
}


class EditionIncomplete(Conflict):
    """Some items of the form cannot be asked in the language yet; each is named."""

    code = "edition_incomplete"


class NoSuchEdition(NotFound):
    """The form cannot be sat in this language."""

    code = "no_such_edition"


class Action(StrEnum):
    """What it leaves in the audit log."""

    PUBLISHED = "form.edition"


class FormEdition(Owned, Base):
    """A form in one language, with its hash."""

    __tablename__ = "form_editions"
    __table_args__ = (
        UniqueConstraint("form_id", "language"),
        table_facts(pii={"published_by": "link"}, append_only=True),
    )

    form_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("forms.id"))
    language: Mapped[str]
    edition_hash: Mapped[str]
    published_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    published_at: Mapped[datetime]


class FormEditionItem(Base):
    """One position of an edition: the version that says there what the form's version says."""

    __tablename__ = "form_edition_items"
    __table_args__ = (
        table_facts(pii={}, unowned="it is part of a form, which has the organisation", append_only=True),
    )

    edition_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("form_editions.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    item_version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("item_versions.id"), index=True)


def publish_edition(tx: Session, form: Form, *, language: str, actor: Actor, now: datetime) -> FormEdition:
    """Freeze a form in one more language. Publishing again gives the same edition.

    Raises:
        EditionIncomplete: naming every item that is not live in the language.
    """
    existing = _edition(tx, form.id, language)
    if existing is not None:
        return existing
    originals = form_versions(tx, form.id)
    versions, lacks = live_translations(tx, originals, language)
    if lacks or language == own_language(form):
        raise _incomplete(originals, lacks, language)
    edition = FormEdition(
        organisation_id=form.organisation_id,
        form_id=form.id,
        language=language,
        edition_hash=hash_of_edition(form, language, [versions[version.id].content_hash for version in originals]),
        published_by=actor.person,
        published_at=now,
    )
    tx.add(edition)
    tx.flush()
    tx.add_all(
        FormEditionItem(edition_id=edition.id, position=position, item_version_id=versions[version.id].id)
        for position, version in enumerate(originals, start=1)
    )
    tx.flush()
    told = {"form": str(form.id), "language": language, "edition_hash": edition.edition_hash}
    record(tx, actor, Action.PUBLISHED, f"form_edition:{edition.id}", now, **told)
    return edition


def hash_of_edition(form: Form, language: str, contents: list[str]) -> str:
    """Return the SHA-256 over the form it is of, its language and the hashes of its items, in the form's order."""
    return digest({"form": form.form_hash, "language": language, "items": contents})


def lacks_of(tx: Session, form: Form, language: str) -> dict[str, Lack]:
    """Return by item code what keeps a form from being published in a language."""
    originals = form_versions(tx, form.id)
    _, lacks = live_translations(tx, originals, language)
    return {version.item.code: lacks[version.id] for version in originals if version.id in lacks}


def own_language(form: Form) -> str:
    """Return the language in which a form was assembled: its framework's."""
    return form.blueprint.scheme_version.framework.language


def languages_of(tx: Session, form: Form) -> list[str]:
    """Return the languages in which a form can be sat, its own first."""
    published = select(FormEdition.language).where(FormEdition.form_id == form.id).order_by(FormEdition.language)
    return [own_language(form), *tx.scalars(published)]


def versions_in(tx: Session, form: Form, language: str) -> list[ItemVersion]:
    """Return the versions of a form in a language, in the order of its positions.

    Raises:
        NoSuchEdition: the form was not published in it.
    """
    if language == own_language(form):
        return form_versions(tx, form.id)
    edition = _edition(tx, form.id, language)
    if edition is None:
        message = say(
            "this form cannot be sat in %(language)r; there is %(names)s",
            language=language,
            names=", ".join(languages_of(tx, form)),
        )
        raise NoSuchEdition(message, faults=[Fault("language", message)])
    return edition_versions(tx, edition)


def edition_versions(tx: Session, edition: FormEdition) -> list[ItemVersion]:
    """Return the versions of an edition in the order of its form's positions."""
    rows = (
        select(ItemVersion)
        .join(FormEditionItem, FormEditionItem.item_version_id == ItemVersion.id)
        .where(FormEditionItem.edition_id == edition.id)
        .order_by(FormEditionItem.position)
    )
    return list(tx.scalars(rows))


def editions_of(tx: Session, form: Form) -> list[FormEdition]:
    """Return the editions of a form by language."""
    return list(tx.scalars(select(FormEdition).where(FormEdition.form_id == form.id).order_by(FormEdition.language)))


def _edition(tx: Session, form_id: uuid.UUID, language: str) -> FormEdition | None:
    return tx.scalar(select(FormEdition).where(FormEdition.form_id == form_id, FormEdition.language == language))


def _incomplete(originals: list[ItemVersion], lacks: dict[uuid.UUID, Lack], language: str) -> EditionIncomplete:
    if not lacks:
        return EditionIncomplete(say("the form is in %(language)r already: it was assembled in it", language=language))
    faults = [
        Fault(f"items/{version.item.code}", _TOLD[lacks[version.id]]) for version in originals if version.id in lacks
    ]
    return EditionIncomplete(
        say("%(count)s items of the form cannot be asked in %(language)r yet", count=len(faults), language=language),
        faults=faults,
    )
