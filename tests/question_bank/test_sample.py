"""Loading the sample: framework and bank in one go, live after two persons' work, marked as a sample throughout."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.audit import AuditEntry, verify_chain
from question_bank.competences import Framework, role_cells
from question_bank.eqf import LEVELS
from question_bank.item_kinds import CreditTable, kind_named
from question_bank.items import EnemyPair, ItemReview, ItemVersion, Standing, StandingChange
from question_bank.pool import live_pool
from question_bank.sample import load_sample, sample_framework, sample_keys
from tests.builders.kernel import NOW
from tests.builders.question_bank import Staff, make_staff


def loading(tx: Session, staff: Staff, **options: Any) -> Framework:
    people = {"author": staff.author, "reviewer": staff.reviewer, "manager": staff.manager}
    return load_sample(tx, staff.organisation.id, now=NOW, **people, **options)


def test_the_sample_framework_is_the_documented_one(tx: Session) -> None:
    framework = loading(tx, make_staff(tx))
    assert framework.status == "sample"
    assert "not endorsed" in framework.notice
    assert len(framework.areas) == 8
    assert [len(area.competences) for area in framework.areas] == [5] * 8
    assert [role.code for role in framework.job_roles] == ["SCPD", "SCPM", "SCMC"]
    for role in framework.job_roles:
        cells = role_cells(tx, role)
        assert len(cells) == 40
        assert {cell.level for cell in cells} <= {4, 5, 6} < set(LEVELS)
    assert framework.document == sample_framework()


def test_every_item_is_live_after_two_persons_work(tx: Session) -> None:
    staff = make_staff(tx)
    framework = loading(tx, staff)
    versions = tx.scalars(select(ItemVersion)).all()
    assert {version.author_id for version in versions} == {staff.author.account_id}
    assert set(tx.scalars(select(Standing.state))) == {"live"}
    reviews = tx.scalars(select(ItemReview)).all()
    assert {review.version_id for review in reviews} == {version.id for version in versions}
    assert {review.reviewer_id for review in reviews} == {staff.reviewer.account_id}
    changes = tx.scalars(select(func.count()).select_from(StandingChange)).one()
    assert changes == 4 * len(versions)
    assert len(live_pool(tx, framework, staff.organisation.id).items) == len(versions)


def test_the_audit_log_tells_it_in_a_few_entries(tx: Session) -> None:
    staff = make_staff(tx)
    loading(tx, staff)
    entries = tx.scalars(
        select(AuditEntry).where(AuditEntry.organisation_id == staff.organisation.id, AuditEntry.actor_id.is_not(None))
    ).all()
    assert len(entries) == 1 + 4 * 8
    named = [id_ for entry in entries if entry.action == "item.release" for id_ in entry.details["versions"]]
    assert sorted(named) == sorted(str(id_) for id_ in tx.scalars(select(ItemVersion.id)))
    assert verify_chain(tx, staff.organisation.id).holds


def test_loading_twice_changes_nothing(tx: Session) -> None:
    staff = make_staff(tx)
    tables = (Framework, ItemVersion, StandingChange, ItemReview, EnemyPair, AuditEntry)

    def counts() -> list[int]:
        return [tx.scalars(select(func.count()).select_from(table)).one() for table in tables]

    first = loading(tx, staff)
    before = counts()
    assert loading(tx, staff) is first
    assert counts() == before


def test_progress_is_told_document_by_document(tx: Session) -> None:
    lines: list[str] = []
    loading(tx, make_staff(tx), progress=lines.append)
    assert [line.partition(":")[0] for line in lines] == ["framework.json", *(f"A{n}.json" for n in range(1, 9))]


def test_who_has_studied_the_keys_is_right_everywhere(tx: Session) -> None:
    loading(tx, make_staff(tx))
    keys = sample_keys()
    for version in tx.scalars(select(ItemVersion)):
        right = [
            option["id"] for option in version.content["options"] if option["text"] in keys[version.content["stem"]]
        ]
        assert kind_named(version.kind).mark(version.content, {"chosen": right}, CreditTable.EXACT).fraction == 1
