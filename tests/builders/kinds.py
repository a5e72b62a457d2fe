"""An item of every kind, and a form that asks each of them once."""

from __future__ import annotations

import uuid
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_engine.assembly.forms import Form, FormItem
from kernel.accounts import Account
from kernel.canonical import digest
from question_bank.competences import Competence
from question_bank.items import Item, ItemVersion
from tests.builders.delivery import make_form


def things(**texts: str) -> list[dict[str, str]]:
    return [{"id": id_, "text": text} for id_, text in texts.items()]


CONTENTS: dict[str, dict[str, Any]] = {
    "single_choice": {
        "stem": "A city publishes its air measurements every hour. What must come with them so that others can use them?",
        "options": things(a="A licence", b="A press release", c="An app", d="A logo"),
        "key": ["a"],
    },
    "multiple_choice": {
        "stem": "Which of these are open formats for tables?",
        "options": things(a="CSV", b="A photograph of the table", c="ODS", d="A scan"),
        "key": ["a", "c"],
    },
    "matrix": {
        "stem": "The city measures noise with sensors on street lamps.\n\nWhich of the statements hold?",
        "rows": things(
            aloud="A sensor that sends only sound levels records what people say.",
            notice="People who live there are told what is measured, and why.",
            forever="Raw data may be kept for ever, because nobody asked.",
        ),
        "columns": things(true="True", false="False"),
        "key": {"aloud": "false", "notice": "true", "forever": "false"},
    },
    "matching": {
        "stem": "Which device belongs to which layer of a sensor network?",
        "premises": things(
            lamp="A lamp that counts passers-by", mast="A mast on a roof", hall="A rack in the data centre"
        ),
        "counterparts": things(
            field="Field layer", radio="Transport layer", store="Platform layer", desk="Service desk"
        ),
        "key": {"lamp": "field", "mast": "radio", "hall": "store"},
    },
    "ordering": {
        "stem": "In which order does a city buy a new system?",
        "elements": things(
            need="Need",
            market="Market consultation",
            tender="Call for tenders",
            award="Award of the contract",
            accept="Acceptance test",
        ),
        "key": ["need", "market", "tender", "award", "accept"],
    },
    "gap_select": {
        "stem": "Complete the note to the council.",
        "passage": (
            "A digital [[twin]] is a model of the city that is kept up to date by [[feed]].\n\n"
            "It helps to try a plan [[when]] anything is built."
        ),
        "gaps": [
            {"id": "twin", "options": things(a="twin", b="shadow", c="brother"), "key": "a"},
            {"id": "feed", "options": things(a="opinions", b="measurements"), "key": "b"},
            {"id": "when", "options": things(a="after", b="before"), "key": "b"},
        ],
    },
    "gap_text": {
        "stem": "Complete the rule.",
        "passage": "Personal data are collected for a stated [[purpose]] and kept no longer than [[needed]].",
        "gaps": [{"id": "purpose", "accepted": ["purpose"]}, {"id": "needed", "accepted": ["needed", "necessary"]}],
    },
    "short_text": {
        "stem": "What is a machine-readable way for programs to ask a service for data called, in three letters?",
        "accepted": ["API"],
    },
    "numeric": {
        "stem": "A tram line of 7.5 km is served in 20 minutes. How fast is the tram on average?",
        "answer": "22.5",
        "within": {"absolute": "0.1"},
        "units": [{"unit": "km/h", "factor": "1"}, {"unit": "m/s", "factor": "18/5"}],
    },
}


def make_form_of_every_kind(tx: Session, organisation_id: uuid.UUID, *, author: Account, now: datetime) -> Form:
    """Write a form of one item of each kind, straight into its tables."""
    form = make_form(tx, organisation_id, author=author, slots=0, now=now)
    framework = form.blueprint.scheme_version.framework
    competence = tx.scalars(select(Competence).where(Competence.framework_id == framework.id)).one()
    for position, (kind, content) in enumerate(CONTENTS.items(), start=1):
        item = Item(organisation_id=organisation_id, code=f"K-{position:03}", framework_id=framework.id, created_at=now)
        tx.add(item)
        tx.flush()
        full = {**content, "rationale": f"SECRET rationale {kind}", "source": f"SECRET source {kind}"}
        version = ItemVersion(
            item_id=item.id,
            number=1,
            kind=kind,
            language="en",
            competence_id=competence.id,
            level=5,
            cognitive="apply",
            content=full,
            content_hash=digest(full),
            expected_difficulty=Fraction(1, 2),
            expected_seconds=60,
            author_id=author.id,
            created_at=now,
        )
        tx.add(version)
        tx.flush()
        tx.add(FormItem(form_id=form.id, position=position, item_version_id=version.id))
    tx.flush()
    return form
