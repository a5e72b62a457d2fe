"""Frameworks, items and people of an item bank for tests, in the shapes of the documented files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from sqlalchemy.orm import Session

from kernel.organisations import Organisation
from kernel.permissions import AccountRole, Actor
from question_bank.authoring import Verdict, release_all, review_all, submit_all
from question_bank.competences import Framework
from question_bank.intake import versions_named
from question_bank.interchange.completion import Supplied
from question_bank.interchange.framework_json import import_framework
from question_bank.interchange.importing import import_items
from question_bank.items import ItemVersion
from tests.builders.files import STORAGE
from tests.builders.kernel import NOW, make_actor, make_organisation

PROPOSED = "proposed"


def framework_document(**header: Any) -> dict[str, Any]:
    """Two areas, three competences and two roles, one of which needs only two of the competences."""
    return {
        "format": "exam-engine-scheme-sample",
        "format_version": 1,
        "framework": {
            "code": "small-city",
            "version": "1",
            "language": "en",
            "status": "sample",
            "title": "Small city",
            "notice": "A sample.",
            **header,
        },
        "sources": {"study": {"name": "A study", "url": "https://study.example"}},
        "areas": [with_provenance(code=code, name=f"Area {code}") for code in ("A", "B")],
        "roles": [
            with_provenance(code=code, name=f"Role {code}", description="Does it.", prerequisites=[])
            for code in ("DEV", "MAN")
        ],
        "competences": [
            competence_document("A.1", "A", {"DEV": 4, "MAN": 5}),
            competence_document("A.2", "A", {"DEV": 5}),
            competence_document("B.1", "B", {"DEV": 6, "MAN": 6}),
        ],
    }


def competence_document(code: str, area: str, eqf: dict[str, int]) -> dict[str, Any]:
    return with_provenance(code=code, area=area, name=f"Competence {code}", description="Can do it.", eqf=eqf)


def item_document(code: str = "A.1-4-01", **changes: Any) -> dict[str, Any]:
    """A single choice with options a to d, of which c is right; another kind and key by name."""
    return {
        "code": code,
        "kind": "single_choice",
        "competence": "A.1",
        "level": 4,
        "cognitive": "apply",
        "stem": f"What does the city do first in case {code}?",
        "options": [{"id": id_, "text": f"Option {id_}", "feedback": f"About {id_}."} for id_ in "abcd"],
        "key": ["c"],
        "rationale": "It is the first step.",
        "source": "A textbook",
        "expected_difficulty": "0.62",
        "expected_seconds": 60,
        "enemies": [],
        **changes,
    }


def bank_document(items: Sequence[dict[str, Any]], **header: Any) -> dict[str, Any]:
    return {
        "format": "exam-engine-item-bank",
        "format_version": 1,
        "bank": {
            "code": "small-bank",
            "framework": "small-city",
            "language": "en",
            "status": "sample",
            "notice": "Sample items.",
            **header,
        },
        "items": list(items),
    }


def as_bytes(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Staff:
    """A certification body and the people who fill its bank."""

    organisation: Organisation
    author: Actor
    reviewer: Actor
    manager: Actor


def make_staff(tx: Session) -> Staff:
    body = make_organisation(tx)
    people = [make_actor(tx, body, role) for role in (AccountRole.AUTHOR, AccountRole.REVIEWER, AccountRole.MANAGER)]
    return Staff(body, *people)


def make_framework(tx: Session, staff: Staff, document: object = None, *, now: datetime = NOW) -> Framework:
    return import_framework(
        tx,
        staff.organisation.id,
        as_bytes(document or framework_document()),
        file="framework.json",
        actor=staff.manager,
        now=now,
    )


def import_bank(
    tx: Session, framework: Framework, document: bytes, *, file: str, actor: Actor, now: datetime = NOW, **facts: Any
) -> list[ItemVersion]:
    """Take in one of our own documents, and return the drafts that it made."""
    given = {"format_name": "bank", "supplied": Supplied(), "agreement": None, "storage": STORAGE, **facts}
    made = import_items(tx, framework, BytesIO(document), file=file, actor=actor, now=now, **given)
    return versions_named(tx, made)


def make_drafts(
    tx: Session, staff: Staff, framework: Framework, items: Sequence[dict[str, Any]], *, now: datetime = NOW
) -> list[ItemVersion]:
    document = bank_document(items, framework=framework.code, status=framework.status)
    return import_bank(tx, framework, as_bytes(document), file="items.json", actor=staff.author, now=now)


def make_approved_items(
    tx: Session, staff: Staff, framework: Framework, items: Sequence[dict[str, Any]], *, now: datetime = NOW
) -> list[ItemVersion]:
    versions = make_drafts(tx, staff, framework, items, now=now)
    submit_all(tx, versions, actor=staff.author, now=now)
    review_all(tx, versions, verdict=Verdict.APPROVED, reason="Sound.", actor=staff.reviewer, now=now)
    return versions


def make_live_items(
    tx: Session, staff: Staff, framework: Framework, items: Sequence[dict[str, Any]], *, now: datetime = NOW
) -> list[ItemVersion]:
    versions = make_approved_items(tx, staff, framework, items, now=now)
    release_all(tx, versions, actor=staff.manager, now=now)
    return versions


def with_provenance(**fields: Any) -> dict[str, Any]:
    return {**fields, "provenance": dict.fromkeys(fields, PROPOSED)}
