"""Handed-in papers: what was answered, checked against the candidate's receipt, and what each answer is worth.

One rule: what is marked is what the receipt lists, or nothing is.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_engine.assembly.forms import Form
from exam_engine.assembly.rules import SchemeRules
from exam_engine.delivery.lifecycle import Attempt, Receipt
from exam_engine.delivery.responses import Response, receipted_responses
from exam_engine.scoring.scores import SCORING_VERSION, SlotMark
from exam_engine.scoring.scripts import mark_of, markings_of, scripts_of
from exam_engine.scoring.unaltered import RecordsDisagree, unaltered_content
from kernel.canonical import digest
from kernel.sentences import say
from question_bank.competences import Area, Competence
from question_bank.item_kinds import Mark, kind_named
from question_bank.items import ItemVersion


def handed_in_responses(tx: Session, attempt: Attempt) -> dict[int, Response]:
    """Return by slot exactly the revisions that the receipt lists, after checking that each still says what it said.

    Raises:
        RecordsDisagree: one says something else or is gone, or the paper is another one.
    """
    receipt = tx.get_one(Receipt, attempt.id)
    listed = {row["slot"]: row["sha256"] for row in receipt.responses}
    found = receipted_responses(tx, attempt.id, receipt.responses)
    altered = [slot for slot, row in found.items() if digest(row.value) != listed[slot]]
    if altered or found.keys() != listed.keys() or digest(attempt.paper) != attempt.paper_hash:
        message = say("the stored responses or the paper are not those of the candidate's receipt; nothing was scored")
        raise RecordsDisagree(message)
    return found


def inputs_of(tx: Session, attempt: Attempt) -> dict[str, Any]:
    """Return what a result of an attempt is worked out from, by identity and hash: the same give the same result."""
    scheme = attempt.form.blueprint.scheme_version
    receipt = tx.get_one(Receipt, attempt.id)
    form: Form = attempt.form
    markings = [row.recorded for script in scripts_of(tx, attempt.id) for row in markings_of(tx, script.id)]
    return {
        "form_hash": form.form_hash,
        "paper_hash": attempt.paper_hash,
        "receipt_hash": receipt.receipt_hash,
        "scheme_version": str(scheme.id),
        "rules_hash": scheme.rules_hash,
        "scoring": SCORING_VERSION,
        **({"markings": digest(markings)} if markings else {}),
    }


def marked_slots(tx: Session, attempt: Attempt, rules: SchemeRules) -> list[SlotMark]:
    """Return what each slot is worth, in the order of the paper.

    Raises:
        RecordsDisagree: see :func:`handed_in_responses`; or people marked something else; or an item is not what it was.
    """
    versions = {row.id: row for row in tx.scalars(select(ItemVersion).where(ItemVersion.id.in_(_version_ids(attempt))))}
    places = _places(tx, {version.competence_id for version in versions.values()})
    responses = handed_in_responses(tx, attempt)
    judged = _judged(tx, attempt, responses)
    marks = []
    for entry in attempt.paper:
        version = versions[uuid.UUID(entry["version"])]
        content = unaltered_content(version)
        response = responses.get(entry["slot"])
        mark = judged.get(entry["slot"]) or kind_named(version.kind).mark(
            content, None if response is None else response.value, rules.credit_table
        )
        area, competence = places[version.competence_id]
        proof = {**mark.proof, "content_hash": version.content_hash}
        marks.append(SlotMark(entry["slot"], area, competence, version.level, mark.fraction, proof))
    return marks


def _judged(tx: Session, attempt: Attempt, responses: Mapping[int, Response]) -> dict[int, Mark]:
    """Return by slot what people's marks come to, after checking that they marked what was asked and handed in."""
    marks = {}
    asked = {entry["slot"]: uuid.UUID(entry["version"]) for entry in attempt.paper}
    for script in scripts_of(tx, attempt.id):
        row = responses.get(script.slot)
        handed_in = (None, None) if row is None else (row.revision, digest(row.value))
        if (script.revision, script.value_hash) != handed_in or script.version_id != asked.get(script.slot):
            message = say("what was marked is not what the candidate handed in; nothing was scored")
            raise RecordsDisagree(message)
        if (mark := mark_of(tx, script)) is not None:
            marks[script.slot] = mark
    return marks


def _version_ids(attempt: Attempt) -> list[uuid.UUID]:
    return [uuid.UUID(entry["version"]) for entry in attempt.paper]


def _places(tx: Session, competence_ids: set[uuid.UUID]) -> dict[uuid.UUID, tuple[str, str]]:
    rows = tx.execute(
        select(Competence.id, Area.code, Competence.code)
        .join(Area, Area.id == Competence.area_id)
        .where(Competence.id.in_(competence_ids))
    )
    return {row[0]: (row[1], row[2]) for row in rows}
