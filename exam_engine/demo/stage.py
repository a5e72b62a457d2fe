"""The stage: a certification body with its people, its sample framework and its item bank, ready for one exam."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from certificates.signing import ensure_issuer
from exam_engine.installation import Installation
from kernel.accounts import Account, actor_for, grant_roles, open_account
from kernel.organisations import Organisation, found_organisation
from kernel.permissions import AccountRole
from question_bank.sample import load_sample

PASSWORD = "smart-city-demo"  # noqa: S105 - printed on screen; the demo listens on loopback only
BODY = "Open Certification Institute (demo)"


@dataclass(frozen=True, slots=True)
class Person:
    """One member of the demo's certification body."""

    login: str
    name: str
    role: AccountRole

    @property
    def email(self) -> str:
        """The address to sign in with."""
        return f"{self.login}@demo.example"


CANDIDATE = Person("candidate", "Мария Николова", AccountRole.CANDIDATE)
PROCTOR = Person("proctor", "Ángel Núñez", AccountRole.PROCTOR)
MANAGER = Person("manager", "Ελένη Παπαδοπούλου", AccountRole.MANAGER)
DECISION_MAKER = Person("decider", "Ștefan Ionescu", AccountRole.DECISION_MAKER)
AUTHOR = Person("author", "Ioana Dragomir", AccountRole.AUTHOR)
REVIEWER = Person("reviewer", "Jürgen Weiß", AccountRole.REVIEWER)
LOGINS = (CANDIDATE, PROCTOR, MANAGER, DECISION_MAKER, AUTHOR, REVIEWER)

SIMULATED = Person("simulated", "Ștefania Țăranu-Muñoz", AccountRole.CANDIDATE)
AUDITOR = Person("auditor", "Auditor", AccountRole.AUDITOR)
MARKER = Person("marker", "Marker", AccountRole.MARKER)
EVERYBODY = (*LOGINS, SIMULATED, AUDITOR, MARKER)


def set_the_stage(installation: Installation, now: datetime, progress: Callable[[str], None]) -> uuid.UUID:
    """Found the body, open its accounts, load the sample bank through authoring and review; return its id."""
    with installation.database.transaction() as tx:
        organisation = found_organisation(tx, slug="demo", name=BODY, website="https://demo.example", now=now)
        accounts = {person: _enrol(tx, organisation, person, now) for person in EVERYBODY}
        ensure_issuer(tx, organisation.id, name=BODY, website=organisation.website, keys=installation.keys, now=now)
        author, reviewer, manager = (
            actor_for(tx, accounts[person].id, organisation.id) for person in (AUTHOR, REVIEWER, MANAGER)
        )
        people = {"author": author, "reviewer": reviewer, "manager": manager}
        load_sample(tx, organisation.id, storage=installation.storage, **people, now=now, progress=progress)
        return organisation.id


def _enrol(tx: Session, organisation: Organisation, person: Person, now: datetime) -> Account:
    account = open_account(tx, email=person.email, display_name=person.name, password=PASSWORD, now=now)
    grant_roles(tx, account, organisation.id, [person.role], now=now)
    return account
