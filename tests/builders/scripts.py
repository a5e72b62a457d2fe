"""Exams with essays: a body that has one, markers, and attempts that are handed in and laid out as scripts."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from exam_engine.assembly.blueprints import even_cells
from exam_engine.delivery.attempts import submit, take_part
from exam_engine.delivery.lifecycle import Attempt, Part
from exam_engine.delivery.responses import Response
from exam_engine.delivery.sittings import close_sitting
from exam_engine.scoring.giving_marks import give_marks
from exam_engine.scoring.laying_out import lay_out_scripts
from exam_engine.scoring.scripts import Marking, Script, rubric_of
from kernel.canonical import digest
from kernel.db import add_rows
from kernel.permissions import AccountRole, Actor, the_product
from question_bank.competences import role_cells
from question_bank.items import ItemVersion
from tests.builders.assembly import Bank, make_assembled_form, make_bank, make_plan, make_scheme
from tests.builders.delivery import House, make_candidate, make_running_attempt
from tests.builders.kernel import NOW, make_actor
from tests.builders.question_bank import item_document
from tests.builders.samples import SAMPLES

TEXT_BYTES = 15_000
TEXT = "Count first, decide then."
WORST = {"facts": "none", "style": "poor"}
BETTER = {"facts": "some", "style": "good"}
"""3 points of 6."""
BEST = {"facts": "all", "style": "good"}
RULES = {
    "credit_table": "exact",
    "pass": {"overall": "1/2"},
    "level_cuts": {"4": "1/2", "5": "3/5", "6": "2/3"},
    "indicative_below_items": 1,
}


@dataclass(frozen=True)
class EssayHouse:
    """A body whose form asks one essay in each of three competences."""

    house: House
    bank: Bank

    def marker(self, tx: Session) -> Actor:
        return make_actor(tx, self.bank.staff.organisation, AccountRole.MARKER)


def essay_document(code: str, **changes: Any) -> dict[str, Any]:
    tags = {name: value for name, value in item_document(code).items() if name not in {"options", "key"}}
    return tags | {"kind": "essay", **SAMPLES["essay"].content} | changes


def make_essay_house(tx: Session, **marking: str) -> EssayHouse:
    places = (("A.1", 4), ("A.2", 5), ("B.1", 6))
    bank = make_bank(
        tx,
        [essay_document(f"E-{number}", competence=code, level=level) for number, (code, level) in enumerate(places)],
    )
    scheme = make_scheme(tx, bank, rules={**RULES, "marking": marking})
    cells = even_cells(role_cells(tx, scheme.job_role), 1)
    form = make_assembled_form(tx, bank, make_plan(tx, bank, scheme, cells=cells))
    proctor = make_actor(tx, bank.staff.organisation, AccountRole.PROCTOR)
    return EssayHouse(House(bank.staff.organisation.id, bank.staff.manager, proctor, form), bank)


def make_handed_in(tx: Session, essays: EssayHouse, *texts: str, drafts: int = 0) -> Attempt:
    """An attempt that is handed in, its sitting closed, with these texts in its first slots; an empty one was taken back.

    Args:
        drafts: how many long texts were saved in each of these slots before.
    """
    candidate = make_candidate(tx, essays.house, now=NOW)
    attempt = make_running_attempt(tx, essays.house, candidate, now=NOW)
    take_part(tx, attempt, essays.house.proctor.person, Part.PROCTOR, now=NOW)
    for slot, text in enumerate(texts, 1):
        for revision in range(1, drafts + 1):
            save(tx, attempt, slot, {"text": "x" * TEXT_BYTES}, revision)
        save(tx, attempt, slot, {"text": text} if text else {}, drafts + 1)
    tx.flush()
    submit(tx, attempt, actor=candidate.actor, now=NOW)
    close_sitting(tx, attempt.booking.sitting, actor=essays.house.manager, now=NOW)
    return attempt


def save(tx: Session, attempt: Attempt, slot: int, value: dict[str, Any], revision: int) -> None:
    facts = {"value": value, "value_hash": digest(value), "received_at": NOW, "save_id": f"save-{slot}-{revision}"}
    tx.add(Response(attempt_id=attempt.id, slot=slot, revision=revision, **facts))


def lay_out(tx: Session, attempt: Attempt) -> list[Script]:
    return lay_out_scripts(tx, attempt, actor=the_product(attempt.organisation_id), now=NOW)


def mark(tx: Session, script: Script, actor: Actor, levels: dict[str, str], **comments: str) -> Marking:
    return give_marks(tx, script, levels=levels, comments=comments, actor=actor, now=NOW)


Pair = tuple[Actor, dict[str, str], Actor, dict[str, str]]
"""Who gave an answer which levels, and who gave it which after that."""


def make_pairs(tx: Session, essays: EssayHouse, pairs: Iterable[Pair], *, version: int = 0) -> None:
    """Answers to one essay of the form, the same for a number, that two people marked, one answer each hour."""
    attempt = make_handed_in(tx, essays)
    ids = sorted(place["version"] for place in attempt.paper)  # every paper has an order of its own
    add_pairs(tx, attempt, tx.get_one(ItemVersion, uuid.UUID(ids[version])), pairs)


def add_pairs(tx: Session, attempt: Attempt, version: ItemVersion, pairs: Iterable[Pair]) -> None:
    """Add marked answers to an attempt, more than any form would ask; written as rows, for speed."""
    scripts, markings = [], []
    owned = {"organisation_id": attempt.organisation_id}
    for number, (one, levels, other, others) in enumerate(pairs):
        script = {**owned, "id": uuid.uuid4(), "attempt_id": attempt.id, "slot": 100 + number, "version_id": version.id}
        scripts.append({**script, "revision": 1, "value_hash": "x", "state": "waiting", "opened_at": NOW})
        for part, marker, given in (("first", one, levels), ("second", other, others)):
            marking = {**owned, "id": uuid.uuid4(), "script_id": script["id"], "part": part, "marker_id": marker.person}
            facts = {"levels": given, "comments": {}, "points": rubric_of(version).points(given)}
            markings.append({**marking, **facts, "marked_at": NOW + timedelta(hours=number)})
    add_rows(tx, Script, scripts)
    add_rows(tx, Marking, markings)
