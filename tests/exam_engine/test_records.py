"""Tables against the audit log, after a whole exam: whatever somebody with the database's password changes is named."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

from sqlalchemy import Executable, delete, insert, select, text, update
from sqlalchemy.orm import Session

from certificates.credentials import CertificateDocument, Credential, StatusChange
from exam_engine.assembly.blueprints import Blueprint
from exam_engine.assembly.forms import Form, FormItem
from exam_engine.assembly.schemes import SchemeVersion
from exam_engine.delivery.lifecycle import Attempt, Receipt
from exam_engine.delivery.responses import Response
from exam_engine.demo.stage import DECISION_MAKER, PROCTOR, SIMULATED
from exam_engine.proctoring.terminations import Termination
from exam_engine.records import RECORDED
from exam_engine.scoring.adjudication import Decision
from exam_engine.scoring.results import Result
from kernel.audit import AuditEntry, verify_chain
from kernel.organisations import Organisation
from kernel.reconciliation import RowReport, reconcile
from question_bank.competences import Framework
from question_bank.items import ItemVersion
from tests.journeys.acts import answer_all, close_and_score, grant, hand_in, rightly, seated
from tests.stage import Site

PROGRAM = Path(sys.executable).with_name("exam-engine")


def play(site: Site) -> None:
    """An exam that a proctor ends, and one to its certificate, which is suspended, reinstated and revoked."""
    ended = seated(site, SIMULATED)
    site.people[PROCTOR].post(f"/attempts/{ended.attempt_id}/termination", {"reason": "Another person sat there."})
    seat = seated(site)
    answer_all(seat, rightly(site))
    hand_in(seat)
    credential = grant(seat, close_and_score(seat))
    for status, reason_class in (
        ("suspended", "under_investigation"),
        ("reinstated", "matter_resolved"),
        ("revoked", "misuse"),
    ):
        change = {"status": status, "reason_class": reason_class, "reason": "The committee has decided so."}
        site.people[DECISION_MAKER].post(f"/credentials/{credential['id']}/status-changes", change)


@contextmanager
def intruding(site: Site) -> Iterator[Session]:
    """A session of somebody who has the database itself: no guard holds them. What they do is undone at the end."""
    with site.installation.database.engine.connect() as connection:
        outer = connection.begin()
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        with Session(connection) as tx:
            yield tx
        outer.rollback()


def compared(tx: Session) -> RowReport:
    tx.expire_all()
    return reconcile(tx, tx.scalars(select(Organisation.id)).one(), RECORDED)


def raised(areas: list[Any]) -> list[Any]:
    return [{**area, "level": 8} for area in areas]


def changes(tx: Session) -> list[tuple[str, Executable]]:
    """What might be worth changing, and the action whose entry speaks against it."""
    result, decision, credential = (tx.scalars(select(kind)).one() for kind in (Result, Decision, Credential))
    attempt, receipt = result.attempt, tx.get_one(Receipt, result.attempt_id)
    version, framework = tx.scalars(select(SchemeVersion)).one(), tx.scalars(select(Framework)).one()
    item = tx.get_one(ItemVersion, tx.scalars(select(FormItem.item_version_id)).first())
    other = tx.scalars(select(AuditEntry.actor_id).where(AuditEntry.action == "attempt.check_in")).first()
    later = result.scored_at.replace(year=2027)
    values: list[tuple[str, type[Any], dict[str, Any]]] = [
        ("result.score", Result, {"score": Fraction(99, 100)}),
        ("result.score", Result, {"passed": False}),
        ("result.score", Result, {"marks": result.marks[1:]}),
        ("result.score", Result, {"areas": raised(result.areas)}),
        ("result.score", Result, {"areas": [1.5]}),
        ("result.score", Result, {"rules_met": []}),
        ("result.score", Result, {"borderline": True}),
        ("result.score", Result, {"inputs": {**result.inputs, "scoring": "9"}}),
        ("result.score", Result, {"scored_at": later}),
        ("decision.make", Decision, {"outcome": "refused"}),
        ("decision.make", Decision, {"reason": "Because I say so, and not because of the rules."}),
        ("decision.make", Decision, {"evidence": {**decision.evidence, "identity_check": None}}),
        ("decision.make", Decision, {"decided_by": other}),
        ("decision.make", Decision, {"decided_at": later}),
        ("credential.issue", Credential, {"snapshot": {**credential.snapshot, "title": "Emperor"}}),
        ("credential.issue", Credential, {"award_id": uuid.uuid4()}),
        ("credential.issue", CertificateDocument, {"pdf": b"%PDF-1.7 another"}),
        ("credential.revoke", StatusChange, {"reason": "Another reason."}),
        ("credential.revoke", StatusChange, {"status": "reinstated"}),
        ("credential.suspend", StatusChange, {"at": later}),
        ("credential.reinstate", StatusChange, {"credential_id": uuid.uuid4()}),
        ("attempt.arrive", Attempt, {"paper": attempt.paper[::-1]}),
        ("attempt.arrive", Attempt, {"candidate_id": other}),
        ("attempt.end", Receipt, {"answered_count": 1}),
        ("attempt.end", Receipt, {"responses": receipt.responses[1:]}),
        ("attempt.end", Receipt, {"responses": {}}),
        ("attempt.end", Response, {"value": {"chosen": []}}),
        ("attempt.terminate", Termination, {"reason": "Somebody else sat there."}),
        ("attempt.terminate", Termination, {"terminated_by": attempt.candidate_id}),
        ("scheme.publish", SchemeVersion, {"rules": {**version.rules, "pass": {"overall": "1/100"}}}),
        ("scheme.publish", SchemeVersion, {"parts": {**version.parts, "validity_months": 600}}),
        ("blueprint.make", Blueprint, {"time_limit_seconds": 60}),
        ("form.assemble", Form, {"seed": "another"}),
        ("framework.import", Framework, {"document": {**framework.document, "areas": []}}),
    ]
    distractors = {option["id"] for option in item.content["options"]} - set(item.content["key"])
    return [
        *((action, update(table).values(new)) for action, table, new in values),
        (
            "form.assemble",
            update(ItemVersion)
            .where(ItemVersion.id == item.id)
            .values(content={**item.content, "key": sorted(distractors)[:1]}),
        ),
    ]


def removals() -> list[tuple[str, Executable]]:
    return [
        ("result.score", delete(Result)),
        ("decision.make", delete(Decision)),
        ("credential.issue", delete(Credential)),
        ("credential.issue", delete(CertificateDocument)),
        ("credential.revoke", delete(StatusChange).where(StatusChange.status == "revoked")),
        ("attempt.arrive", delete(Attempt)),
        ("attempt.end", delete(Receipt)),
        ("attempt.terminate", delete(Termination)),
        ("attempt.end", delete(Response).where(Response.slot == 7)),
        ("form.assemble", delete(FormItem).where(FormItem.position == 1)),
        ("form.assemble", delete(Form)),
        ("blueprint.make", delete(Blueprint)),
        ("scheme.publish", delete(SchemeVersion)),
        ("framework.import", delete(Framework)),
    ]


def additions(tx: Session) -> list[tuple[str, Executable]]:
    """Rows that no use case made: a second result, a decision of one's own, a certificate that is reinstated."""
    result, decision = tx.scalars(select(Result)).one(), tx.scalars(select(Decision)).one()
    revoked = tx.scalars(select(StatusChange).where(StatusChange.status == "revoked")).one()
    return [
        ("result.score", insert(Result).values(_copy(result, number=2))),
        (
            "decision.make",
            insert(Decision).values(_copy(decision, result_id=uuid.uuid4(), attempt_id=uuid.uuid4())),
        ),
        ("credential.reinstate", insert(StatusChange).values(_copy(revoked, number=4, status="reinstated"))),
    ]


def _copy(row: Any, **changed: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns} | {"id": uuid.uuid4()} | changed


def test_after_an_honest_exam_every_row_is_what_its_entry_says(site: Site) -> None:
    play(site)
    with site.installation.database.reading() as tx:
        report = compared(tx)
        assert report.faults == ()
        told = {str(kind.action) for kind in RECORDED}
        entries = tx.scalars(select(AuditEntry.action).where(AuditEntry.action.in_(told))).all()
        assert set(entries) == told, "the story has an entry of every kind"
        assert report.compared == len(entries)


def test_whatever_is_changed_removed_or_slipped_in_is_named(site: Site) -> None:
    play(site)
    with site.installation.database.reading() as tx:
        tamperings = [*changes(tx), *removals(), *additions(tx)]
    unseen = []
    for action, statement in tamperings:
        with intruding(site) as tx:
            assert tx.execute(statement).rowcount != 0  # type: ignore[attr-defined]
            faults = compared(tx).faults
            if not any(f"({action})" in fault or fault.startswith(f"{action}: ") for fault in faults):
                unseen.append((action, str(statement), faults))
            assert verify_chain(tx, tx.scalars(select(Organisation.id)).one()).holds, "the chain alone sees nothing"
    assert unseen == []


def test_the_command_names_the_row_and_fails(site: Site) -> None:
    play(site)
    assert "DO NOT AGREE" not in _verify(site, fails=False)
    with site.installation.database.transaction() as tx:
        result_id = tx.scalars(select(Result.id)).one()
        if tx.get_bind().dialect.name == "sqlite":
            tx.execute(text("DROP TRIGGER results_append_only_update"))
        else:
            tx.execute(text("ALTER TABLE results DISABLE TRIGGER USER"))
        tx.execute(update(Result).values(score=Fraction(1, 2)))
    told = _verify(site, fails=True)
    assert ": holds" in told
    assert "DO NOT AGREE" in told
    assert f"(result.score): its row {result_id} says something else now: content" in told


def _verify(site: Site, *, fails: bool) -> str:
    settings = site.installation.settings
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXAM_ENGINE_")}
    named = {"EXAM_ENGINE_DATA_DIR": str(settings.data_dir), "EXAM_ENGINE_DATABASE_URL": str(settings.database)}
    done = subprocess.run(
        [PROGRAM, "audit", "verify"], env=kept | named, capture_output=True, text=True, check=False, timeout=100
    )
    assert (done.returncode != 0) is fails, done.stdout + done.stderr
    return done.stdout
