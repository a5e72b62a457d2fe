"""The audit chain finds what was changed, dropped, reordered or cut off."""

from __future__ import annotations

import threading
from enum import StrEnum

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from kernel.audit import AuditEntry, AuditHead, entries_after, record, verify_chain
from kernel.db import Database
from kernel.permissions import the_product
from tests.builders.kernel import NOW, make_organisation


class Action(StrEnum):
    TRY = "thing.try"


def _write(tx: Session, count: int) -> tuple[Session, object]:
    organisation = make_organisation(tx)
    for number in range(count - 1):  # founding wrote the first
        record(tx, the_product(organisation.id), Action.TRY, f"thing:{number}", NOW, number=number)
    return tx, organisation.id


def _disarm(tx: Session) -> None:
    """What an intruder with the database's own password would do first."""
    if tx.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            tx.execute(text(f"DROP TRIGGER audit_entries_append_only_{verb}"))
    else:
        tx.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER USER"))


def test_an_untouched_chain_holds(tx: Session) -> None:
    _, organisation_id = _write(tx, 5)
    report = verify_chain(tx, organisation_id)
    assert report.holds
    assert report.entries == 5
    assert [entry.sequence for entry in entries_after(tx, organisation_id, 3, 10)] == [4, 5]


def test_chains_of_two_bodies_are_apart(tx: Session) -> None:
    _, first = _write(tx, 2)
    _, second = _write(tx, 3)
    assert (verify_chain(tx, first).entries, verify_chain(tx, second).entries) == (2, 3)


@pytest.mark.parametrize("column", ["action", "subject", "at", "actor_id", "details"])
def test_a_changed_entry_is_found(tx: Session, column: str) -> None:
    _, organisation_id = _write(tx, 3)
    _disarm(tx)
    changes = {
        "action": "thing.other",
        "subject": "thing:9",
        "at": NOW.replace(year=2025),
        "actor_id": organisation_id,
        "details": {"number": 9},
    }
    tx.execute(update(AuditEntry).where(AuditEntry.sequence == 2).values({column: changes[column]}))
    tx.expire_all()
    assert verify_chain(tx, organisation_id).faults == (
        "entry 2 (" + _action(tx, 2) + ") was changed after it was written",
    )


def _action(tx: Session, sequence: int) -> str:
    return tx.scalars(select(AuditEntry.action).where(AuditEntry.sequence == sequence)).one()


def test_a_dropped_entry_is_found(tx: Session) -> None:
    _, organisation_id = _write(tx, 4)
    _disarm(tx)
    tx.execute(delete(AuditEntry).where(AuditEntry.sequence.in_([2, 3])))
    assert verify_chain(tx, organisation_id).faults == ("entries 2 to 3 are missing",)


def test_reordered_entries_are_found(tx: Session) -> None:
    _, organisation_id = _write(tx, 4)
    _disarm(tx)
    for old, new in ((2, -2), (3, 2), (-2, 3)):
        tx.execute(update(AuditEntry).where(AuditEntry.sequence == old).values(sequence=new))
    tx.expire_all()
    faults = " ".join(verify_chain(tx, organisation_id).faults)
    assert "entry 2 does not follow" in faults
    assert "entry 3" in faults


def test_a_cut_off_end_is_found(tx: Session) -> None:
    _, organisation_id = _write(tx, 4)
    _disarm(tx)
    tx.execute(delete(AuditEntry).where(AuditEntry.sequence == 4))
    assert "its end was cut off" in verify_chain(tx, organisation_id).faults[0]
    tx.execute(delete(AuditHead))
    assert verify_chain(tx, organisation_id).faults == ("the head of the chain is missing",)


def test_writers_at_the_same_time_make_one_chain(database: Database) -> None:
    with database.transaction() as tx:
        organisation_id = make_organisation(tx).id
    barrier = threading.Barrier(4)

    def write() -> None:
        barrier.wait()
        for _ in range(10):
            with database.transaction() as tx:
                record(tx, the_product(organisation_id), Action.TRY, "thing:1", NOW)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as tx:
        assert verify_chain(tx, organisation_id).holds
        assert tx.scalar(select(func.count()).select_from(AuditEntry)) == 41
