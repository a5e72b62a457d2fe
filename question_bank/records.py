"""Records: what the audit log says of frameworks, their drafts, media, comments and confirmations, worked out again from the rows."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from kernel.canonical import digest
from kernel.reconciliation import Facts, Recorded, all_of
from question_bank import authoring, comments
from question_bank.comments import ItemComment
from question_bank.competences import Framework
from question_bank.framework_drafts import Action as DraftAction
from question_bank.framework_drafts import DraftState, FrameworkDraft
from question_bank.interchange import framework_json
from question_bank.items import Item, ItemReview, ItemVersion
from question_bank.media import Action as MediaAction
from question_bank.media import Medium, medium_facts
from question_bank.reviews import Verdict


def _framework(tx: Session, framework_id: uuid.UUID) -> Facts:
    framework = tx.get_one(Framework, framework_id)
    named = {"code": framework.code, "version": framework.version}
    return {**named, "document_hash": digest(framework.document), "at": framework.imported_at}


def _drafts_in(state: DraftState) -> Callable[[uuid.UUID], Select[uuid.UUID]]:
    return lambda organisation_id: all_of(FrameworkDraft)(organisation_id).where(FrameworkDraft.state == state.value)


def _beginning(tx: Session, draft_id: uuid.UUID) -> Facts:
    draft = tx.get_one(FrameworkDraft, draft_id)
    return {"actor": draft.begun_by, "at": draft.begun_at}


def _ending(tx: Session, draft_id: uuid.UUID) -> Facts:
    draft = tx.get_one(FrameworkDraft, draft_id)
    return {"framework": draft.framework_id, "document_hash": digest(draft.document)}


def _medium(tx: Session, medium_id: uuid.UUID) -> Facts:
    medium = tx.get_one(Medium, medium_id)
    return {**medium_facts(medium), "actor": medium.uploaded_by, "at": medium.uploaded_at}


def _entries(organisation_id: uuid.UUID) -> Select[uuid.UUID]:
    return (
        select(ItemComment.id)
        .join(ItemComment.version)
        .join(ItemVersion.item)
        .where(Item.organisation_id == organisation_id)
    )


def _comments(organisation_id: uuid.UUID) -> Select[uuid.UUID]:
    return _entries(organisation_id).where(ItemComment.resolves_id.is_(None))


def _resolutions(organisation_id: uuid.UUID) -> Select[uuid.UUID]:
    return _entries(organisation_id).where(ItemComment.resolves_id.is_not(None))


def _comment(tx: Session, comment_id: uuid.UUID) -> Facts:
    entry = tx.get_one(ItemComment, comment_id)
    return {**comments.facts_of(entry), "at": entry.at, "actor": entry.written_by}


def _confirmations(organisation_id: uuid.UUID) -> Select[uuid.UUID]:
    return (
        select(ItemReview.id)
        .join(ItemVersion, ItemVersion.id == ItemReview.version_id)
        .join(ItemVersion.item)
        .where(Item.organisation_id == organisation_id, ItemReview.verdict == Verdict.CONFIRMED.value)
    )


def _confirmation(tx: Session, review_id: uuid.UUID) -> Facts:
    review = tx.get_one(ItemReview, review_id)
    said = {"versions": [review.version_id], "review_again_at": review.review_again_at}
    return {**said, "reason_hash": digest(review.reason), "at": review.at, "actor": review.reviewer_id}


RECORDED = (
    Recorded(framework_json.Action.IMPORTED, all_of(Framework), _framework),
    Recorded(DraftAction.BEGIN, all_of(FrameworkDraft), _beginning),
    Recorded(DraftAction.PUBLISH, _drafts_in(DraftState.PUBLISHED), _ending),
    Recorded(DraftAction.DISCARD, _drafts_in(DraftState.DISCARDED), _ending),
    Recorded(comments.Action.COMMENTED, _comments, _comment),
    Recorded(comments.Action.RESOLVED, _resolutions, _comment),
    Recorded(authoring.Action.CONFIRMED, _confirmations, _confirmation, named_in="review"),
    Recorded(MediaAction.ADDED, all_of(Medium), _medium),
)
