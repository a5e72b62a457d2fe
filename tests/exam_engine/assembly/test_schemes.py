"""Schemes: published when complete, withdrawn; and frozen in the database once published."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam_engine.assembly.parts import REQUIRED_PARTS
from exam_engine.assembly.rules import SchemeRules
from exam_engine.assembly.schemes import (
    MOVES,
    IncompleteScheme,
    SchemeState,
    SchemeVersion,
    publish_scheme,
    scheme_version_for,
    scheme_versions_of,
    withdraw_scheme,
)
from kernel.audit import AuditEntry
from kernel.errors import Forbidden, IllegalMove, Invalid, NotFound
from kernel.permissions import the_product
from migrations.guards import SCHEME_VERSION_CONTENT
from tests.builders.assembly import Bank, make_bank, make_draft, make_scheme, scheme_facts


@pytest.fixture
def bank(tx: Session) -> Bank:
    return make_bank(tx, items=[])


def actions(tx: Session) -> list[str]:
    rows = tx.scalars(
        select(AuditEntry.action).where(AuditEntry.action.startswith("scheme.")).order_by(AuditEntry.sequence)
    )
    return list(rows)


def test_a_scheme_is_published_by_a_person(tx: Session, bank: Bank, now: datetime) -> None:
    version = make_scheme(tx, bank)
    assert (version.state, version.published_at) == (SchemeState.PUBLISHED, now)
    assert version.published_by == bank.staff.manager.account_id
    with pytest.raises(Forbidden):
        publish_scheme(tx, make_draft(tx, bank), actor=the_product(bank.staff.organisation.id), now=now)


@pytest.mark.parametrize(("name", "empty"), [("surveillance", None), ("scope", ""), ("tasks", [])])
def test_publishing_names_the_part_that_is_missing_or_empty(
    tx: Session, bank: Bank, now: datetime, name: str, empty: object
) -> None:
    parts = {key: part for key, part in scheme_facts(tx, bank)["parts"].items() if key != name}
    version = make_draft(tx, bank, parts=parts if empty is None else {**parts, name: empty})
    with pytest.raises(IncompleteScheme) as refusal:
        publish_scheme(tx, version, actor=bank.staff.manager, now=now)
    assert [fault.place for fault in refusal.value.faults] == [f"/parts/{name}"]
    assert version.state == SchemeState.DRAFT
    assert actions(tx) == ["scheme.draft"]


def test_an_empty_draft_names_all_its_gaps_at_once(tx: Session, bank: Bank, now: datetime) -> None:
    with pytest.raises(IncompleteScheme) as refusal:
        publish_scheme(tx, make_draft(tx, bank, parts={}), actor=bank.staff.manager, now=now)
    assert {fault.place.split("/")[2] for fault in refusal.value.faults} == REQUIRED_PARTS.keys() - {"competences"}


@pytest.mark.parametrize("at_least", [0, 3])
def test_a_draft_whose_rules_ask_for_what_is_not_there_is_never_published(
    tx: Session, bank: Bank, now: datetime, at_least: int
) -> None:
    """N = 0 and N > M, in a draft that got past its reading: drafts are not guarded by the database."""
    version = make_draft(tx, bank)
    rules = {**version.rules, "pass": {"areas_at": {"threshold": "2/3", "at_least": at_least}}}
    tx.execute(update(SchemeVersion).values(rules=rules))
    with pytest.raises(IncompleteScheme) as refusal:
        publish_scheme(tx, version, actor=bank.staff.manager, now=now)
    assert [fault.place for fault in refusal.value.faults] == ["/rules/pass/areas_at/at_least"]
    assert version.state == SchemeState.DRAFT


def test_a_scheme_names_mandatory_areas(tx: Session, bank: Bank, now: datetime) -> None:
    passing = {"areas_at": {"threshold": "2/3", "at_least": 1, "mandatory": ["B"]}}
    version = make_draft(tx, bank, rules={**scheme_facts(tx, bank)["rules"], "pass": passing})
    publish_scheme(tx, version, actor=bank.staff.manager, now=now)
    tx.refresh(version)
    areas_at = SchemeRules.parse(version.rules).areas_at
    assert areas_at is not None
    assert areas_at.mandatory == {"B"}
    assert version.rules_hash != make_draft(tx, bank, rules={**version.rules, "pass": _bare(passing)}).rules_hash


def _bare(passing: dict[str, Any]) -> dict[str, Any]:
    return {"areas_at": {name: value for name, value in passing["areas_at"].items() if name != "mandatory"}}


def test_a_withdrawal_says_who_when_and_why(tx: Session, bank: Bank, now: datetime) -> None:
    version, later = make_scheme(tx, bank), now + timedelta(days=400)
    withdraw_scheme(tx, version, reason=" Superseded. ", actor=bank.staff.manager, now=later)
    tx.flush()
    assert (version.state, version.withdrawn_at) == (SchemeState.WITHDRAWN, later)
    assert (version.withdrawn_by, version.withdrawal_reason) == (bank.staff.manager.account_id, "Superseded.")
    assert actions(tx)[-1] == "scheme.withdraw"


def test_a_withdrawal_needs_a_reason(tx: Session, bank: Bank, now: datetime) -> None:
    with pytest.raises(Invalid, match="say in words why"):
        withdraw_scheme(tx, make_scheme(tx, bank), reason=" ", actor=bank.staff.manager, now=now)


@pytest.mark.parametrize("state", SchemeState)
@pytest.mark.parametrize("target", [SchemeState.PUBLISHED, SchemeState.WITHDRAWN])
def test_every_step_follows_the_table_of_moves(
    tx: Session, bank: Bank, now: datetime, state: SchemeState, target: SchemeState
) -> None:
    manager = bank.staff.manager
    version = make_draft(tx, bank)
    if state is not SchemeState.DRAFT:
        publish_scheme(tx, version, actor=manager, now=now)
    if state is SchemeState.WITHDRAWN:
        withdraw_scheme(tx, version, reason="Old.", actor=manager, now=now)
    step: dict[SchemeState, Callable[[], SchemeVersion]] = {
        SchemeState.PUBLISHED: lambda: publish_scheme(tx, version, actor=manager, now=now),
        SchemeState.WITHDRAWN: lambda: withdraw_scheme(tx, version, reason="Old.", actor=manager, now=now),
    }
    if target in MOVES[state]:
        assert step[target]().state == target
    else:
        with pytest.raises(IllegalMove):
            step[target]()
        assert version.state == state


def test_strangers_find_no_scheme(tx: Session, bank: Bank) -> None:
    version, stranger = make_draft(tx, bank), make_bank(tx, items=[])
    assert scheme_version_for(tx, bank.staff.manager, version.id) is version
    assert scheme_versions_of(tx, bank.staff.manager) == [version]
    assert scheme_versions_of(tx, stranger.staff.manager) == []
    with pytest.raises(NotFound):
        scheme_version_for(tx, stranger.staff.manager, version.id)


def test_the_newest_version_is_listed_first(tx: Session, bank: Bank) -> None:
    versions = [make_draft(tx, bank) for _ in range(3)]
    assert scheme_versions_of(tx, bank.staff.manager) == versions[::-1]


def test_the_frozen_columns_are_all_but_the_state_and_the_withdrawal() -> None:
    free = {"state", "withdrawn_at", "withdrawn_by", "withdrawal_reason"}
    assert set(SCHEME_VERSION_CONTENT) == set(SchemeVersion.__table__.columns.keys()) - free


def expect_refusal(tx: Session, statement: Any) -> None:
    with pytest.raises(DBAPIError, match="frozen"), tx.begin_nested():
        tx.execute(statement)


def test_the_database_refuses_to_edit_a_published_version(tx: Session, bank: Bank, now: datetime) -> None:
    version = make_scheme(tx, bank)
    kept = {column: getattr(version, column) for column in SCHEME_VERSION_CONTENT}
    edits: dict[str, Any] = {
        "number": 2,
        "parts": {},
        "rules": {"pass": {"overall": "1/100"}},
        "rules_hash": "",
        "created_at": now + timedelta(1),
        "published_at": None,
        "published_by": None,
        "state": "draft",
    }
    for column, value in edits.items():
        expect_refusal(tx, update(SchemeVersion).values({column: value}))
    tx.refresh(version)
    assert {column: getattr(version, column) for column in SCHEME_VERSION_CONTENT} == kept


def test_the_database_refuses_to_edit_under_cover_of_a_withdrawal(tx: Session, bank: Bank, now: datetime) -> None:
    make_scheme(tx, bank)
    withdrawal = update(SchemeVersion).values(state="withdrawn", withdrawn_at=now)
    expect_refusal(tx, withdrawal.values(rules={"pass": {"overall": "1/100"}}))
    tx.execute(withdrawal)
    for later in ({"state": "published", "withdrawn_at": None}, {"withdrawal_reason": "Because."}, {"parts": {}}):
        expect_refusal(tx, update(SchemeVersion).values(later))


def test_the_database_keeps_published_versions_and_lets_drafts_go(tx: Session, bank: Bank, dialect: str) -> None:
    published, draft = make_scheme(tx, bank), make_draft(tx, bank)
    expect_refusal(tx, delete(SchemeVersion).where(SchemeVersion.id == published.id))
    if dialect == "postgresql":
        expect_refusal(tx, text("TRUNCATE scheme_versions CASCADE"))
    tx.execute(delete(SchemeVersion).where(SchemeVersion.id == draft.id))
    assert list(tx.scalars(select(SchemeVersion.id))) == [published.id]
