"""Languages over the API: what items say in another language, and forms published in it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from exam_engine.assembly.editions import editions_of, lacks_of, own_language, publish_edition
from exam_engine.assembly.forms import form_for
from exam_engine.http.creating import CreatingRoute, creates
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from kernel.permissions import Actor, Permission
from question_bank.authoring import item_version_for
from question_bank.items import ItemState, ItemVersion
from question_bank.translations import Lack, draft_translation, translations_of

router = APIRouter(tags=["languages"], route_class=CreatingRoute)
Language = Annotated[str, Field(min_length=2, max_length=35)]


class TranslationDraft(BaseModel):
    """The whole content of the original with its words in another language."""

    model_config = ConfigDict(extra="forbid")

    language: Language
    content: dict[str, Any]


class TranslationShown(BaseModel):
    """One translation of a version."""

    version_id: uuid.UUID
    language: str
    number: int
    state: ItemState
    content_hash: str


class Translations(BaseModel):
    """The translations of one version, by language, the newest first."""

    items: list[TranslationShown]


class EditionOrder(BaseModel):
    """In which language a form is published."""

    model_config = ConfigDict(extra="forbid")

    language: Language


class EditionShown(BaseModel):
    """A form in one language; the form's own has neither hash nor moment of its own."""

    language: str
    edition_hash: str | None
    published_at: datetime | None


class Editions(BaseModel):
    """The languages in which a form can be sat, its own first."""

    items: list[EditionShown]


class Readiness(BaseModel):
    """What keeps a form from being published in a language, by item code; nothing where it can be."""

    language: str
    lacks: dict[str, Lack]


@router.post("/item-versions/{version_id}/translations", operation_id="translateItemVersion", status_code=201)
def translate_item_version(
    version_id: uuid.UUID,
    body: TranslationDraft,
    tx: Tx,
    now: Now,
    actor: Annotated[Actor, creates(Permission.ITEM_WRITE)],
) -> TranslationShown:
    """Draft what a version says in another language; it is reviewed and released like any version."""
    original = item_version_for(tx, actor, version_id)
    version = draft_translation(tx, original, language=body.language, content=body.content, actor=actor, now=now)
    return _translation(version)


@router.get("/item-versions/{version_id}/translations", operation_id="listTranslations")
def list_translations(
    version_id: uuid.UUID, tx: ReadTx, actor: Annotated[Actor, requires(Permission.ITEM_READ)]
) -> Translations:
    """List the translations of a version."""
    found = translations_of(tx, item_version_for(tx, actor, version_id))
    return Translations(items=[_translation(version) for version in found])


@router.post("/forms/{form_id}/editions", operation_id="publishEdition", status_code=201)
def publish_edition_route(
    form_id: uuid.UUID,
    body: EditionOrder,
    tx: Tx,
    now: Now,
    actor: Annotated[Actor, creates(Permission.FORM_ASSEMBLE)],
) -> EditionShown:
    """Publish a form in one more language, or name every item that is not live in it."""
    edition = publish_edition(tx, form_for(tx, actor, form_id), language=body.language, actor=actor, now=now)
    return EditionShown.model_validate(edition, from_attributes=True)


@router.get("/forms/{form_id}/editions", operation_id="listEditions")
def list_editions(
    form_id: uuid.UUID, tx: ReadTx, actor: Annotated[Actor, requires(Permission.SCHEME_READ)]
) -> Editions:
    """List the languages in which a form can be sat."""
    form = form_for(tx, actor, form_id)
    own = EditionShown(language=own_language(form), edition_hash=None, published_at=None)
    return Editions(
        items=[own, *(EditionShown.model_validate(row, from_attributes=True) for row in editions_of(tx, form))]
    )


@router.get("/forms/{form_id}/editions/{language}/readiness", operation_id="showReadiness")
def show_readiness(
    form_id: uuid.UUID, language: str, tx: ReadTx, actor: Annotated[Actor, requires(Permission.SCHEME_READ)]
) -> Readiness:
    """Say what keeps a form from being published in a language."""
    return Readiness(language=language, lacks=lacks_of(tx, form_for(tx, actor, form_id), language))


def _translation(version: ItemVersion) -> TranslationShown:
    return TranslationShown(
        version_id=version.id,
        language=version.language,
        number=version.number,
        state=ItemState(version.standing.state),
        content_hash=version.content_hash,
    )
