"""What delivery needs around it: an organisation with people and a form, and attempts at any point of their life."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy.orm import Session

from exam_engine.assembly.blueprints import Blueprint
from exam_engine.assembly.forms import Form, FormItem, form_versions
from exam_engine.assembly.schemes import Scheme, SchemeState, SchemeVersion
from exam_engine.delivery.admission import admit, arrive, start
from exam_engine.delivery.attempts import Attempt
from exam_engine.delivery.bookings import Booking, book
from exam_engine.delivery.sittings import Sitting, open_sitting, schedule_sitting
from kernel.accounts import Account, grant_roles, open_account
from kernel.canonical import digest
from kernel.organisations import found_organisation
from kernel.permissions import AccountRole, Actor
from question_bank.authoring import move_item
from question_bank.competences import Area, Competence, Framework, JobRole
from question_bank.items import Item, ItemState, ItemVersion, Standing, content_hash

TIME_LIMIT_SECONDS = 3600
WINDOW = timedelta(hours=2)
_counter = itertools.count(1)


@dataclass(frozen=True)
class House:
    """A certification body with the people who run an examination, and a form to sit."""

    organisation_id: uuid.UUID
    manager: Actor
    proctor: Actor
    form: Form


@dataclass(frozen=True)
class Candidate:
    """A person with an account, as others see them and as they act."""

    account: Account
    actor: Actor


def make_house(tx: Session, *, now: datetime, slots: int = 4) -> House:
    """Found an organisation and give it a manager, a proctor and a form of so many slots."""
    number = next(_counter)
    organisation = found_organisation(tx, slug=f"body-{number}", name=f"Body {number}", now=now)
    manager = make_person(tx, organisation.id, AccountRole.MANAGER, now=now)
    proctor = make_person(tx, organisation.id, AccountRole.PROCTOR, now=now)
    form = make_form(tx, organisation.id, author=manager.account, slots=slots, now=now)
    return House(organisation.id, manager.actor, proctor.actor, form)


def make_person(tx: Session, organisation_id: uuid.UUID, *roles: AccountRole, now: datetime) -> Candidate:
    """Open an account with these roles."""
    number = next(_counter)
    account = open_account(
        tx, email=f"person-{number}@example.org", display_name=f"Person {number}", password=None, now=now
    )
    grant_roles(tx, account, organisation_id, roles, now=now)
    return Candidate(account, Actor(account.id, organisation_id, frozenset(roles)))


def make_candidate(tx: Session, house: House, *, now: datetime) -> Candidate:
    """Open a candidate's account."""
    return make_person(tx, house.organisation_id, AccountRole.CANDIDATE, now=now)


def make_form(tx: Session, organisation_id: uuid.UUID, *, author: Account, slots: int, now: datetime) -> Form:
    """Write a form straight into its tables: slots in turn single choice (a to d) and multiple choice (a to e)."""
    framework = Framework(
        organisation_id=organisation_id,
        code="test",
        version="1",
        language="en",
        status="sample",
        title="Test",
        notice="",
        document={},
        document_hash=digest({}),
        imported_at=now,
    )
    tx.add(framework)
    tx.flush()
    area = Area(framework_id=framework.id, position=1, code="A1", name="Area", provenance={})
    role = JobRole(
        framework_id=framework.id, position=1, code="R1", name="Role", description="", prerequisites=[], provenance={}
    )
    tx.add_all([area, role])
    tx.flush()
    competence = Competence(
        framework_id=framework.id,
        area_id=area.id,
        position=1,
        code="A1.1",
        name="Competence",
        description="",
        basis=[],
        provenance={},
    )
    scheme = Scheme(organisation_id=organisation_id, code="test", title="Test", created_at=now)
    tx.add_all([competence, scheme])
    tx.flush()
    version = SchemeVersion(
        organisation_id=organisation_id,
        scheme_id=scheme.id,
        number=1,
        framework_id=framework.id,
        job_role_id=role.id,
        state=SchemeState.PUBLISHED,
        parts={},
        rules={},
        rules_hash=digest({}),
        created_at=now,
        published_at=now,
    )
    tx.add(version)
    tx.flush()
    blueprint = Blueprint(
        organisation_id=organisation_id,
        scheme_version_id=version.id,
        number=1,
        cells=[],
        time_limit_seconds=TIME_LIMIT_SECONDS,
        difficulty_target=Fraction(1, 2),
        difficulty_tolerance=Fraction(1, 10),
        blueprint_hash=digest([]),
        created_at=now,
    )
    tx.add(blueprint)
    tx.flush()
    form = Form(
        organisation_id=organisation_id,
        blueprint_id=blueprint.id,
        seed="test",
        pool_hash=digest([]),
        form_hash=digest(["form", str(organisation_id)]),
        difficulty=Fraction(1, 2),
        report={},
        assembled_at=now,
    )
    tx.add(form)
    tx.flush()
    for position in range(1, slots + 1):
        item_version = _make_item_version(tx, framework, competence, author, position, now)
        tx.add(FormItem(form_id=form.id, position=position, item_version_id=item_version.id))
    tx.flush()
    return form


def _make_item_version(
    tx: Session, framework: Framework, competence: Competence, author: Account, position: int, now: datetime
) -> ItemVersion:
    several = position % 2 == 0
    content = {
        "stem": f"Stem {position}",
        "options": [
            {"id": id_, "text": f"Text {position}{id_}", "feedback": f"SECRET feedback {position}{id_}"}
            for id_ in ("abcde" if several else "abcd")
        ],
        "key": ["a", "b"] if several else ["a"],
        "rationale": f"SECRET rationale {position}",
        "source": f"SECRET source {position}",
    }
    item = Item(
        organisation_id=framework.organisation_id, code=f"I-{position:03}", framework_id=framework.id, created_at=now
    )
    tx.add(item)
    tx.flush()
    version = ItemVersion(
        item_id=item.id,
        number=1,
        kind="multiple_choice" if several else "single_choice",
        language="en",
        competence_id=competence.id,
        level=5,
        cognitive="apply",
        content=content,
        content_hash=content_hash("multiple_choice" if several else "single_choice", "en", content),
        expected_difficulty=Fraction(1, 2),
        expected_seconds=60,
        author_id=author.id,
        created_at=now,
    )
    tx.add(version)
    tx.flush()
    return version


def make_open_sitting(tx: Session, house: House, *, now: datetime) -> Sitting:
    """Schedule a sitting whose window opens now, and open it."""
    sitting = schedule_sitting(
        tx,
        house.form,
        title="Morning",
        start_from=now,
        start_by=now + WINDOW,
        time_zone="Europe/Sofia",
        actor=house.manager,
        now=now,
    )
    return open_sitting(tx, sitting, actor=house.manager, now=now)


def make_booking(
    tx: Session, house: House, candidate: Candidate, *, now: datetime, sitting: Sitting | None = None
) -> Booking:
    """Book a candidate into a sitting, by default one of their own."""
    return book(
        tx,
        sitting or make_open_sitting(tx, house, now=now),
        candidate.account,
        candidate_name="Мария Петрова",
        actor=house.manager,
        now=now,
    )


def make_waiting_attempt(
    tx: Session, house: House, candidate: Candidate, *, now: datetime, sitting: Sitting | None = None
) -> Attempt:
    """Bring a candidate to the door."""
    booking = make_booking(tx, house, candidate, sitting=sitting, now=now)
    return arrive(tx, booking, actor=candidate.actor, now=now)


def make_running_attempt(
    tx: Session, house: House, candidate: Candidate, *, now: datetime, sitting: Sitting | None = None
) -> Attempt:
    """Bring a candidate to work: admitted by the proctor, the clock running since ``now``."""
    attempt = make_waiting_attempt(tx, house, candidate, sitting=sitting, now=now)
    admit(tx, attempt, actor=house.proctor, now=now)
    return start(tx, attempt, actor=candidate.actor, now=now)


def make_compromised(tx: Session, house: House, *, position: int = 1, now: datetime) -> ItemVersion:
    """Mark the item at a position of the house's form as known outside."""
    version = form_versions(tx, house.form.id)[position - 1]
    if tx.get(Standing, version.id) is None:
        tx.add(
            Standing(
                version_id=version.id,
                item_id=version.item_id,
                language=version.language,
                state=ItemState.DRAFT,
                since=now,
            )
        )
        tx.flush()
        move_item(tx, version, target=ItemState.RETIRED, reason="Never used.", actor=house.manager, now=now)
    return move_item(tx, version, target=ItemState.COMPROMISED, reason="Seen on a forum.", actor=house.manager, now=now)
