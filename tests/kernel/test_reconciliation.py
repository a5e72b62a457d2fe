"""Reconciliation names every row that is not what its entry says, every entry without its row, every row without one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from kernel.audit import record
from kernel.organisations import Action, Organisation
from kernel.permissions import the_product
from kernel.reconciliation import Recorded, reconcile
from tests.builders.kernel import NOW, make_organisation


class Other(StrEnum):
    SEEN = "thing.see"


def itself(organisation_id: uuid.UUID) -> Select[uuid.UUID]:
    return select(Organisation.id).where(Organisation.id == organisation_id)


def facts(tx: Session, organisation_id: uuid.UUID) -> dict[str, Any]:
    row = tx.get_one(Organisation, organisation_id)
    return {"slug": row.slug, "at": row.created_at, "actor": None, "subject": f"organisation:{row.id}"}


FOUNDED = Recorded(Action.FOUND, itself, facts)
SEEN = Recorded(Other.SEEN, itself, facts, named_in="row")


def test_what_agrees_is_counted(tx: Session) -> None:
    report = reconcile(tx, make_organisation(tx).id, [FOUNDED])
    assert report.agrees
    assert report.compared == 1


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"slug": "other"}, "slug"),
        ({"created_at": NOW + timedelta(seconds=1)}, "at"),
        ({"slug": "other", "created_at": NOW + timedelta(1)}, "slug, at"),
    ],
)
def test_a_row_that_differs_is_named_with_what_differs(tx: Session, changes: dict[str, Any], named: str) -> None:
    organisation_id = make_organisation(tx).id
    tx.execute(update(Organisation).where(Organisation.id == organisation_id).values(changes))
    tx.expire_all()
    assert reconcile(tx, organisation_id, [FOUNDED]).faults == (
        f"entry 1 (organisation.found): its row {organisation_id} says something else now: {named}",
    )


def test_another_actor_or_subject_differs(tx: Session) -> None:
    organisation_id = make_organisation(tx).id
    claims = {"actor": uuid.uuid4(), "subject": "organisation:somebody"}
    (fault,) = reconcile(tx, organisation_id, [Recorded(Action.FOUND, itself, lambda _tx, _id: claims)]).faults
    assert fault.endswith("says something else now: actor, subject")


def test_an_entry_whose_row_is_gone_and_a_row_without_entry_are_named(tx: Session) -> None:
    organisation_id, gone = make_organisation(tx).id, uuid.uuid4()
    record(tx, the_product(organisation_id), Other.SEEN, "organisation:x", NOW, row=str(gone), slug="x")
    assert reconcile(tx, organisation_id, [SEEN]).faults == (
        f"entry 2 (thing.see): its row {gone} is gone",
        f"thing.see: no entry tells of row {organisation_id}",
    )


def test_a_second_entry_covers_no_tracks(tx: Session) -> None:
    """Whoever changes a row and appends an entry that fits it is still contradicted by the first."""
    organisation_id = make_organisation(tx).id
    tx.execute(update(Organisation).where(Organisation.id == organisation_id).values(slug="other"))
    tx.expire_all()
    record(tx, the_product(organisation_id), Action.FOUND, f"organisation:{organisation_id}", NOW, slug="other")
    report = reconcile(tx, organisation_id, [FOUNDED])
    assert report.compared == 2
    assert [fault.partition(":")[0] for fault in report.faults] == ["entry 1 (organisation.found)"]


@pytest.mark.parametrize("named", [None, "nobody", 7])
def test_an_entry_that_names_no_row_is_a_fault(tx: Session, named: object) -> None:
    organisation_id = make_organisation(tx).id
    record(tx, the_product(organisation_id), Other.SEEN, f"organisation:{organisation_id}", NOW, row=named)
    assert reconcile(tx, organisation_id, [SEEN]).faults[0] == "entry 2 (thing.see): names no row"


def test_entries_are_held_to_what_they_say_and_no_more(tx: Session) -> None:
    """A detail that later entries have is not missed in the earlier ones."""
    organisation_id = make_organisation(tx).id
    more = Recorded(Action.FOUND, itself, lambda tx, id_: {**facts(tx, id_), "name_hash": "0" * 64})
    assert reconcile(tx, organisation_id, [more]).agrees


def _raising(error: Exception) -> Callable[[Session, uuid.UUID], dict[str, Any]]:
    def raises(_tx: Session, _id: uuid.UUID) -> dict[str, Any]:
        raise error

    return raises


@pytest.mark.parametrize(
    "error", [TypeError("float has no canonical form"), ValueError("broken JSON"), KeyError("slot")]
)
def test_a_row_that_cannot_be_read_is_a_fault_and_stops_nothing(tx: Session, error: Exception) -> None:
    organisation_id = make_organisation(tx).id
    report = reconcile(tx, organisation_id, [Recorded(Action.FOUND, itself, _raising(error)), FOUNDED])
    assert report.faults == (
        f"entry 1 (organisation.found): its row {organisation_id} cannot be read as it was written",
    )
    assert report.compared == 2


def test_bodies_are_compared_apart(tx: Session) -> None:
    first, second = make_organisation(tx).id, make_organisation(tx).id
    tx.execute(update(Organisation).where(Organisation.id == first).values(slug="other"))
    tx.expire_all()
    assert not reconcile(tx, first, [FOUNDED]).agrees
    assert reconcile(tx, second, [FOUNDED]).agrees
