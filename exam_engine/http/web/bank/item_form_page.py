"""The page of the authoring form: what surrounds what is written, and what happens when it is kept.

One rule: a refusal comes back with everything that was typed, each fault at its field.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_engine.http.web.bank.item_form import ItemForm, in_order
from exam_engine.http.web.bank.item_preview import questions_about, slot_of
from exam_engine.http.web.bank.item_usage import usage_shown
from exam_engine.http.web.bank.spot_fields import drawn_places, pictures_for, shape_of
from exam_engine.http.web.bank.words import CHOOSINGS, COGNITIVE, COUNTINGS, CREDITS, KINDS, SCORINGS, USES, WEIGHTS
from exam_engine.http.web.frame import frame_of, layout_for
from exam_engine.http.web.language import spoken
from exam_engine.http.web.rendering import page, redirect
from kernel.errors import Fault
from kernel.permissions import Actor
from question_bank.authoring import version_numbered
from question_bank.competences import Area, Competence, Framework
from question_bank.diffs import changes_between
from question_bank.drafts import as_written
from question_bank.eqf import LEVELS
from question_bank.items import item_for
from question_bank.keeping import NewerVersion, keep_draft
from question_bank.media_types import SUFFIXES
from question_bank.previews import content_of, draft_faults
from question_bank.working_copies import discard_copy, others_writing, working_copy_for

CHOICE_CHARACTERS = 80
CHOICES = {
    "credits": CREDITS,
    "scorings": SCORINGS,
    "countings": COUNTINGS,
    "weights": WEIGHTS,
    "uses": USES,
    "choosings": CHOOSINGS,
    "answer_types": [(media_type, suffix.upper()) for media_type, suffix in SUFFIXES.items()],
}


def form_page(
    request: Request,
    tx: Session,
    actor: Actor,
    form: ItemForm,
    *,
    status: int = HTTPStatus.OK,
    faults: Mapping[str, str] | None = None,
    newer: Mapping[str, Any] | None = None,
    overtaken: Mapping[str, str] | None = None,
) -> Response:
    """Show the form as it stands.

    Args:
        faults: what is wrong, by the name of the field; under a JSON pointer where no field belongs to it.
        newer: the version that somebody else has written meanwhile, and what this one says otherwise.
        overtaken: the text of another window that wrote over the working copy, and the one posted (``theirs``, ``mine``).
    """
    return page(
        request,
        "bank/form.html",
        status=status,
        layout=layout_for(actor),
        form=form,
        document=in_order(form.document),
        kind_words=KINDS,
        areas=_competences(tx, form.framework),
        levels=[(level, str(level)) for level in LEVELS],
        cognitive=COGNITIVE.items(),
        choices=CHOICES,
        pictures=pictures_for(tx, actor, form.document) if form.kind == "hotspot" else [],
        places=drawn_places(form.document),
        shape_of=shape_of,
        lettered=_lettered,
        key_of=_key_of,
        others=others_writing(tx, actor, form.item) if form.item else [],
        faults=faults or {},
        newer=newer,
        overtaken=overtaken or {},
        slot=slot_of(form.kind, content_of(form.document)),
        questions=_questions(request, tx, actor, form),
        use=usage_shown(tx, actor, form.item.code) if form.item else None,
    )


def kept(request: Request, tx: Session, actor: Actor, form: ItemForm, now: datetime) -> Response:
    """Keep a form as a draft and go to its item; a refusal, or a newer version, is shown in the form."""
    if faults := faults_of(tx, actor, form):
        return form_page(request, tx, actor, form, status=HTTPStatus.UNPROCESSABLE_ENTITY, faults=faults)
    try:
        with tx.begin_nested():
            version = keep_draft(
                tx,
                form.framework,
                form.document,
                language=form.language,
                based_on=form.based_on,
                actor=actor,
                now=now,
            )
    except NewerVersion as overtaken:
        newer = _newer(tx, actor, form, overtaken)
        return form_page(request, tx, actor, form, status=overtaken.status, newer=newer)
    if form.copy_id is not None:
        discard_copy(tx, working_copy_for(tx, actor, form.copy_id, held=True))
    return redirect(f"/bank/items/{form.document['code']}?version={version.number}")


def standing_of(request: Request, tx: Session, actor: Actor, form: ItemForm) -> dict[str, Any]:
    """Return how a form stands: the preview, the faults by field, and what the checks ask, by field as well."""
    language = frame_of(request).language
    faults = faults_of(tx, actor, form)
    return {
        "slot": slot_of(form.kind, content_of(form.document)),
        "faults": {field: spoken(message, language) for field, message in faults.items()},
        "questions": _questions(request, tx, actor, form),
    }


def faults_of(tx: Session, actor: Actor, form: ItemForm) -> dict[str, str]:
    """Return what is wrong with a form, by the name of the field, else by the place."""
    faults: dict[str, str] = {}
    for fault in draft_faults(tx, form.framework, form.document, language=form.language, actor=actor):
        faults.setdefault(_field(form, fault), fault.message)
    return faults


def _field(form: ItemForm, fault: Fault) -> str:
    return (form.posted.field_at(fault.place) if form.posted else "") or fault.place or "/"


def _questions(request: Request, tx: Session, actor: Actor, form: ItemForm) -> list[dict[str, str]]:
    asked = questions_about(
        tx,
        actor,
        content_of(form.document),
        code=str(form.document.get("code", "")),
        item_language=form.language,
        page_language=frame_of(request).language,
    )
    return [{**line, "field": form.posted.field_at(line["place"]) if form.posted else ""} for line in asked]


def _newer(tx: Session, actor: Actor, form: ItemForm, overtaken: NewerVersion) -> dict[str, Any]:
    item = item_for(tx, actor, str(overtaken.facts["item"]))
    version = version_numbered(tx, actor, item, overtaken.facts["newest"])
    mine = {name: value for name, value in form.document.items() if name not in {"code", "enemies"}}
    changes = changes_between(as_written(version), {**mine, "language": form.language})
    return {"version": version, "changes": changes}


def _competences(tx: Session, framework: Framework) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the competences of a framework by area, in its order, as choices of a list."""
    rows = tx.execute(
        select(Area.name, Competence.code, Competence.name)
        .join(Competence, Competence.area_id == Area.id)
        .where(Area.framework_id == framework.id)
        .order_by(Area.position, Competence.position)
    )
    areas: dict[str, list[tuple[str, str]]] = {}
    for area, code, name in rows:
        areas.setdefault(area, []).append((code, f"{code} {name}"))
    return list(areas.items())


def _lettered(things: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return things as choices of a list, told apart by letters where their texts are missing or long."""
    return [
        (str(thing.get("id", "")), f"{chr(ord('A') + index)}. {str(thing.get('text', ''))[:CHOICE_CHARACTERS]}")
        for index, thing in enumerate(things)
    ]


def _key_of(document: Mapping[str, Any]) -> Mapping[str, Any]:
    key = document.get("key")
    return key if isinstance(key, dict) else {}
