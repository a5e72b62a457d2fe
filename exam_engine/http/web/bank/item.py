"""The page of an item: as candidates see it, what stands behind it, what became of it, and what may be done with it now.

One rule: it offers no step that would be refused, and says why where one is refused after all.
"""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from exam_engine.delivery.uses import recent_use
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from exam_engine.http.web.bank.item_preview import outline, questions_about, slot_of
from exam_engine.http.web.bank.item_usage import usage_shown
from exam_engine.http.web.bank.words import COGNITIVE, ITEM_STATES, KINDS, STEPS, VERDICTS
from exam_engine.http.web.frame import frame_of, layout_for
from exam_engine.http.web.language import name_of
from exam_engine.http.web.rendering import page, redirect
from kernel.accounts import Account
from kernel.errors import DomainError
from kernel.permissions import Actor, Permission
from question_bank.authoring import (
    Verdict,
    move_item,
    pilot,
    release,
    review,
    submit_for_review,
    version_numbered,
    withdraw_all,
)
from question_bank.comments import add_comment, comment_for, comments_on, resolve_comment
from question_bank.diffs import changes_between
from question_bank.drafts import as_written
from question_bank.history import history_of
from question_bank.items import Cognitive, ItemState, ItemVersion, item_for
from question_bank.marked_text import Shape, shown
from question_bank.next_steps import STEPS as FACTS
from question_bank.next_steps import Step, steps_open
from question_bank.sets import sisters_of
from question_bank.translations import newest_by_language, version_before
from question_bank.working_copies import newest_number, others_writing, own_copy_of

router = APIRouter(prefix="/bank", include_in_schema=False)
Reader = Annotated[Actor, requires(Permission.ITEM_READ)]
Commentator = Annotated[Actor, requires(Permission.ITEM_COMMENT)]
Number = Annotated[int, Query(ge=1)]
Words = Annotated[str, Form(max_length=10_000)]


@router.get("/items/{code}")
def show_item(
    request: Request,
    *,
    code: str,
    tx: ReadTx,
    actor: Reader,
    now: Now,
    version: Number | None = None,
    since: Number | None = None,
) -> Response:
    """Show a version of an item, by default the newest original, what it says otherwise than the one before, and its use."""
    return _item(request, tx, actor, _version(tx, actor, code, version), now=now, since=since)


@router.post("/items/{code}/versions/{number}/steps")
def take_step(
    request: Request,
    *,
    code: str,
    number: int,
    tx: Tx,
    now: Now,
    actor: Reader,
    step: Annotated[Step, Form()],
    reason: Words = "",
) -> Response:
    """Take a step with a version; a refusal is shown beside what was typed."""
    version = _version(tx, actor, code, number)
    try:
        with tx.begin_nested():
            _take(tx, version, step, reason, actor, now)
    except DomainError as refusal:
        draft = {"step": step.value, "reason": reason}
        return _item(request, tx, actor, version, now=now, draft=draft, refusal=refusal)
    return redirect(f"/bank/items/{code}?version={number}")


@router.post("/items/{code}/versions/{number}/comments")
def comment(
    request: Request,
    *,
    code: str,
    number: int,
    tx: Tx,
    now: Now,
    actor: Commentator,
    text: Words = "",
    place: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Say something about a version, or about a place of it."""
    version = _version(tx, actor, code, number)
    try:
        with tx.begin_nested():
            add_comment(tx, version, text=text, place=place, actor=actor, now=now)
    except DomainError as refusal:
        draft = {"text": text, "place": place}
        return _item(request, tx, actor, version, now=now, draft=draft, refusal=refusal)
    return redirect(f"/bank/items/{code}?version={number}#comments")


@router.post("/comments/{comment_id}/resolution")
def resolve(comment_id: uuid.UUID, tx: Tx, now: Now, actor: Commentator, text: Words = "") -> Response:
    """Say that a comment is settled, and how."""
    entry = comment_for(tx, actor, comment_id)
    resolve_comment(tx, entry, text=text, actor=actor, now=now)
    version = tx.scalars(
        select(ItemVersion).where(ItemVersion.id == entry.version_id).options(joinedload(ItemVersion.item))
    ).one()
    return redirect(f"/bank/items/{version.item.code}?version={version.number}#comments")


def _take(tx: Session, version: ItemVersion, step: Step, reason: str, actor: Actor, now: Now) -> None:
    match step:
        case Step.SUBMIT:
            actor.require(Permission.ITEM_WRITE)
            submit_for_review(tx, version, actor=actor, now=now)
        case Step.WITHDRAW:
            actor.require(Permission.ITEM_WRITE)
            withdraw_all(tx, [version], reason=reason, actor=actor, now=now)
        case Step.APPROVE | Step.RETURN:
            actor.require(Permission.ITEM_REVIEW)
            verdict = Verdict.APPROVED if step is Step.APPROVE else Verdict.RETURNED
            review(tx, version, verdict=verdict, reason=reason, actor=actor, now=now)
        case Step.RELEASE | Step.PILOT:
            actor.require(Permission.ITEM_RELEASE)
            (release if step is Step.RELEASE else pilot)(tx, version, actor=actor, now=now)
        case _:
            actor.require(Permission.ITEM_RELEASE)
            move_item(tx, version, target=FACTS[step].target, reason=reason, actor=actor, now=now)


def _item(
    request: Request,
    tx: Session,
    actor: Actor,
    version: ItemVersion,
    *,
    now: Now,
    since: int | None = None,
    draft: dict[str, str] | None = None,
    refusal: DomainError | None = None,
) -> Response:
    item, language = version.item, frame_of(request).language
    before = version_numbered(tx, actor, item, since) if since else version_before(tx, version)
    versions = _versions(tx, version)
    original = next(one for one in versions if one.id in {version.id, version.original_id} and one.original_id is None)
    steps = [(step, STEPS[step], FACTS[step].needs_reason) for step in steps_open(tx, version, actor)]
    writes = actor.may(Permission.ITEM_WRITE)
    return page(
        request,
        "bank/item.html",
        status=refusal.status if refusal else HTTPStatus.OK,
        layout=layout_for(actor),
        version=version,
        sign=ITEM_STATES[ItemState(version.standing.state)],
        signs=ITEM_STATES,
        verdicts=VERDICTS,
        kind=KINDS[version.kind],
        cognitive=COGNITIVE[Cognitive(version.cognitive)],
        author=tx.get_one(Account, version.author_id).display_name,
        slot=slot_of(version.kind, version.content),
        sisters=sisters_of(tx, version),
        kinds=KINDS,
        written=outline(as_written(version)),
        rationale=shown(version.content["rationale"], Shape.BLOCKS),
        questions=questions_about(
            tx, actor, version.content, code=item.code, item_language=version.language, page_language=language
        ),
        versions=versions,
        original=original,
        tongues=newest_by_language(versions, original),
        name_of=name_of,
        newest=newest_number(tx, item),
        events=history_of(tx, version),
        before=before,
        changes=changes_between(as_written(before), as_written(version)) if before else [],
        comments=comments_on(tx, actor, version),
        use=usage_shown(tx, actor, item.code, version.number),
        recent=recent_use(tx, actor, item, now=now),
        steps=steps,
        writes=writes,
        begun=own_copy_of(tx, actor, item) if writes else None,
        others=others_writing(tx, actor, item),
        draft=draft or {},
        refusal=refusal,
    )


def _version(tx: Session, actor: Actor, code: str, number: int | None) -> ItemVersion:
    item = item_for(tx, actor, code)
    return version_numbered(tx, actor, item, number or newest_number(tx, item))


def _versions(tx: Session, version: ItemVersion) -> list[ItemVersion]:
    found = select(ItemVersion).where(ItemVersion.item_id == version.item_id).options(joinedload(ItemVersion.standing))
    return list(tx.scalars(found.order_by(ItemVersion.number.desc())))
