"""Awards, bodies that issue, and snapshots for tests of the certificates floor."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from certificates.awards import AreaAttainment, Award
from certificates.credentials import Credential
from certificates.issuing import issue
from certificates.levels import level_statement
from certificates.signing import KeyStore
from kernel.accounts import Account
from kernel.organisations import Organisation
from kernel.permissions import AccountRole, Actor, the_product
from tests.builders.kernel import make_account, make_actor, make_organisation

PUBLIC_URL = "https://certify.example.org"
CODE = "3K7QXJ2M9TQ4WZRC5"
ADDRESS = f"HTTPS://CERTIFY.EXAMPLE.ORG/V/{CODE}"
AREAS = (
    ("A1", "City strategy and governance", 5),
    ("A2", "Innovation and concept design", 5),
    ("A3", "Business models, finance and procurement", 4),
    ("A4", "Project and programme management", 6),
    ("A5", "Leadership and change", 5),
    ("A6", "Stakeholders, citizens and communication", 5),
    ("A7", "Technology and data", None),
    ("A8", "Sustainability, impact and advice", 4),
)
STATEMENT = level_statement("en")


@dataclass(frozen=True)
class Body:
    """An organisation that issues, a manager of it, and somebody who may hold its certificates."""

    organisation: Organisation
    manager: Actor
    holder: Account


def make_body(tx: Session) -> Body:
    organisation = make_organisation(tx)
    return Body(organisation, make_actor(tx, organisation, AccountRole.MANAGER), make_account(tx))


def make_award(body: Body, **changes: Any) -> Award:
    facts: dict[str, Any] = {
        "award_id": uuid.uuid4(),
        "organisation_id": body.organisation.id,
        "holder_id": body.holder.id,
        "holder_name": "Ελευθερία Παπαδοπούλου",
        "title": "Smart City Project Developer",
        "job_role": "SCPD",
        "scheme": "Smart city roles",
        "scheme_version": "2",
        "framework": "Smart city project roles, version 0.1",
        "areas": tuple(AreaAttainment(code, name, level, "7/10") for code, name, level in AREAS),
        "supervision": "proctored, identity checked",
        "decided_on": date(2026, 11, 22),
        "valid_from": date(2026, 11, 22),
        "valid_until": date(2029, 11, 22),
    }
    return Award(**facts | changes)


def issue_one(tx: Session, body: Body, *, keys: KeyStore, now: datetime, **changes: Any) -> Credential:
    return issue(
        tx,
        make_award(body, **changes),
        keys=keys,
        public_url=PUBLIC_URL,
        actor=the_product(body.organisation.id),
        now=now,
    )


def make_snapshot(**changes: Any) -> dict[str, Any]:
    """Return a snapshot as issuing writes it, for drawing without a database."""
    return {
        "code": CODE,
        "issuer": {"name": "Open Certification Institute", "website": None},
        "holder": {"name": "Ștefania Țîrlea", "name_as_given": "Ștefania Țîrlea"},
        "title": "Smart City Project Developer",
        "job_role": "SCPD",
        "scheme": "Smart city roles",
        "scheme_version": "2",
        "framework": "Smart city project roles, version 0.1",
        "statement": STATEMENT,
        "areas": [{"code": code, "name": name, "level": level, "score_text": "7/10"} for code, name, level in AREAS],
        "supervision": "proctored, identity checked",
        "decided_on": "2026-11-22",
        "valid_from": "2026-11-22",
        "valid_until": "2029-11-22",
        "language": "en",
        "sample": False,
        "issued_at": "2026-11-22T09:00:00.000000Z",
        "signature": {"profile": "PAdES-B-B", "kid": "0123456789abcdef", "root_sha256": "9285b5bc" * 8},
        **changes,
    }
