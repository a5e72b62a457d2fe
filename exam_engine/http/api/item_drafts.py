"""Writing items over the API: a draft tried out before it is kept, kept on the version it was written from, and checked.

Only authors, reviewers and managers come here: these replies hold keys.
"""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from exam_engine.http.creating import CreatingRoute, creates
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from kernel.permissions import Actor, Permission
from question_bank.authoring import item_version_for
from question_bank.competences import framework_by_code
from question_bank.item_kinds import Mark
from question_bank.keeping import keep_draft
from question_bank.previews import content_of, draft_faults, shown_to_candidates, trial_mark
from question_bank.sketches import Like, like_in_bank
from question_bank.writing_checks import NEAR_DUPLICATE, Finding, findings_in

router = APIRouter(tags=["items"], route_class=CreatingRoute)
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]


class ItemWritten(BaseModel):
    """An item in the shape it has in a bank file, and its language."""

    model_config = ConfigDict(extra="forbid")

    language: Language
    item: dict[str, Any]


class ItemToKeep(ItemWritten):
    """An item to be kept; ``based_on`` is the number of the version it was written from, nothing for a new item."""

    based_on: Annotated[int, Field(ge=1)] | None = None


class DraftKept(BaseModel):
    """The draft that an item has become."""

    version_id: uuid.UUID
    code: str
    number: int
    content_hash: str


class FaultShown(BaseModel):
    """What would keep an item from being kept as a draft; the place is a JSON pointer into it."""

    place: str
    message: str


class FindingShown(BaseModel):
    """A question to the author. It never keeps an item back."""

    check: str
    version: int
    place: str
    found: str
    explanation: str


class Checked(BaseModel):
    """What the checks ask about a version."""

    findings: list[FindingShown]


class Preview(BaseModel):
    """A draft as candidates would see it (in the author's order), its faults, and what the checks ask."""

    shown: dict[str, Any] | None
    faults: list[FaultShown]
    findings: list[FindingShown]


class Response(BaseModel):
    """An answer in the shape of the item's kind; ``{}`` for nothing answered."""

    model_config = ConfigDict(extra="forbid")

    response: dict[str, Any]


class Marked(BaseModel):
    """What an answer would be worth (``"1/2"``), and the proof from which anybody can work it out again."""

    fraction: str
    proof: dict[str, Any]


@router.post("/frameworks/{code}/drafts", operation_id="keepDraft", status_code=201)
def keep(
    code: str, body: ItemToKeep, tx: Tx, now: Now, actor: Annotated[Actor, creates(Permission.ITEM_WRITE)]
) -> DraftKept:
    """Keep an item, or the next version of one, as a draft; 409 ``newer_version`` where somebody was faster."""
    framework = framework_by_code(tx, actor.organisation_id, code)
    version = keep_draft(tx, framework, body.item, language=body.language, based_on=body.based_on, actor=actor, now=now)
    code = str(body.item["code"])
    return DraftKept(version_id=version.id, code=code, number=version.number, content_hash=version.content_hash)


@router.post("/frameworks/{code}/previews", operation_id="previewDraft")
def preview(
    code: str, body: ItemWritten, tx: ReadTx, actor: Annotated[Actor, requires(Permission.ITEM_READ)]
) -> Preview:
    """Show a draft as it stands, whole or not; nothing is kept."""
    framework = framework_by_code(tx, actor.organisation_id, code)
    content, likes = content_of(body.item), like_in_bank(tx, actor, body.item, besides=str(body.item.get("code")))
    faults = draft_faults(tx, framework, body.item, language=body.language, actor=actor)
    return Preview(
        shown=shown_to_candidates(str(body.item.get("kind")), content),
        faults=[FaultShown(place=fault.place, message=fault.message) for fault in faults],
        findings=_findings(findings_in(body.language, content), likes),
    )


@router.get("/item-versions/{version_id}/checks", operation_id="checkItemVersion")
def check(version_id: uuid.UUID, tx: ReadTx, actor: Annotated[Actor, requires(Permission.ITEM_READ)]) -> Checked:
    """Return what the writing checks ask about a version."""
    version = item_version_for(tx, actor, version_id)
    likes = like_in_bank(tx, actor, version.content, besides=version.item.code)
    return Checked(findings=_findings(findings_in(version.language, version.content), likes))


@router.post("/item-versions/{version_id}/trial-marks", operation_id="markOnTrial")
def mark_on_trial(
    version_id: uuid.UUID, body: Response, tx: ReadTx, actor: Annotated[Actor, requires(Permission.ITEM_READ)]
) -> Marked:
    """Mark an answer to a version exactly, with its proof; nothing is kept."""
    version = item_version_for(tx, actor, version_id)
    return _marked(trial_mark(version.kind, version.content, body.response))


def _findings(findings: list[Finding], likes: list[Like]) -> list[FindingShown]:
    near = [
        Finding(NEAR_DUPLICATE, "/stem", f"{like.version.item.code}, version {like.version.number}: {like.share}")
        for like in likes
    ]
    return [
        FindingShown(
            check=finding.check.id,
            version=finding.check.version,
            place=finding.place,
            found=finding.found,
            explanation=finding.check.explanation,
        )
        for finding in [*findings, *near]
    ]


def _marked(mark: Mark) -> Marked:
    return Marked(fraction=str(mark.fraction), proof=mark.proof)
