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
from exam_engine.assembly.editions import FormEdition
from exam_engine.assembly.forms import Form, FormItem, form_versions
from exam_engine.assembly.schemes import SchemeVersion
from exam_engine.delivery.clearances import Clearance
from exam_engine.delivery.lifecycle import Attempt, Receipt
from exam_engine.delivery.responses import Response
from exam_engine.demo.stage import AUTHOR, DECISION_MAKER, MANAGER, MARKER, PROCTOR, REVIEWER, SIMULATED
from exam_engine.proctoring.terminations import Termination
from exam_engine.records import RECORDED
from exam_engine.scoring.decisions import Decision
from exam_engine.scoring.results import Result
from exam_engine.scoring.scripts import Marking, Recusal, Script
from kernel.accounts import account_by_email, actor_for
from kernel.audit import AuditEntry, verify_chain
from kernel.organisations import Organisation
from kernel.reconciliation import RowReport, reconcile
from question_bank.authoring import Verdict, release_all, review_all, submit_all
from question_bank.comments import ItemComment
from question_bank.competences import Framework
from question_bank.framework_drafts import FrameworkDraft
from question_bank.items import ItemReview, ItemVersion
from question_bank.media import Medium
from question_bank.translations import draft_translation
from tests.builders.files import png
from tests.builders.samples import SAMPLES
from tests.builders.scripts import BEST, WORST
from tests.journeys.acts import (
    SAMPLE_CONTENTS,
    answer_all,
    ask_every_kind,
    book,
    close,
    close_and_score,
    grant,
    hand_in,
    rightly,
    seated,
)
from tests.journeys.test_an_essay_is_marked import more_markers
from tests.stage import Site

PROGRAM = Path(sys.executable).with_name("exam-engine")


def play(site: Site) -> None:
    """A picture, an exam that a proctor ends, and one to its certificate: suspended, reinstated and revoked."""
    site.people[AUTHOR].upload(png())
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
    play_another_language(site)
    play_the_end_of_an_item(site)
    play_an_essay(site)
    play_frameworks(site)


def play_an_essay(site: Site) -> None:
    """An essay is written and handed in, and the first of two people has marked it."""
    manager = site.people[MANAGER]
    for sitting in manager.all("/sittings"):
        if sitting["state"] == "open":
            manager.post(f"/sittings/{sitting['id']}/closing")
    seat = seated(ask_every_kind(site, {"essay": SAMPLE_CONTENTS["essay"]}), SIMULATED)
    seat.respond(1, 0, SAMPLES["essay"].right)
    hand_in(seat)
    close(seat)
    marker = site.people[MARKER]
    knowing = next(iter(more_markers(site)))
    knowing.post(f"/scripts/{knowing.all('/scripts')[0]['id']}/recusals")
    marker.post(f"/scripts/{marker.all('/scripts')[0]['id']}/markings", {"levels": BEST})


def play_frameworks(site: Site) -> None:
    """The next version of the framework is drafted and published; another draft is given up."""
    author, manager = site.people[AUTHOR], site.people[MANAGER]
    framework = author.all("/frameworks")[0]
    base = {"base": {"code": framework["code"], "version": framework["version"]}}
    begun = author.ask("POST", "/framework-drafts", base)
    document = begun.json()["document"]
    document["framework"]["version"] = "next"
    address = f"/framework-drafts/{begun.json()['id']}"
    author.ask("PUT", address, document, headers={"If-Match": begun.headers["etag"]})
    manager.post(f"{address}/publication", {})
    author.post(f"/framework-drafts/{author.post('/framework-drafts', base)['id']}/discarding", {})


def play_another_language(site: Site) -> None:
    """Every item of the form is translated, reviewed and released, and the form is published in its language."""
    form = uuid.UUID(site.form_id)
    with site.installation.database.transaction() as tx:
        originals = form_versions(tx, form)
        actors = {
            role: actor_for(tx, account.id, originals[0].item.organisation_id)
            for role, person in (("author", AUTHOR), ("reviewer", REVIEWER), ("manager", MANAGER))
            if (account := account_by_email(tx, person.email))
        }
        by, now = actors["author"], site.clock()
        versions = [
            draft_translation(
                tx, original, language="de", content={**original.content, "source": "Ein Buch"}, actor=by, now=now
            )
            for original in originals
        ]
        submit_all(tx, versions, actor=by, now=now)
        review_all(tx, versions, verdict=Verdict.APPROVED, reason="Reads well.", actor=actors["reviewer"], now=now)
        release_all(tx, versions, actor=actors["manager"], now=now)
    site.people[MANAGER].post(f"/forms/{form}/editions", {"language": "de"})


def play_the_end_of_an_item(site: Site) -> None:
    """An item of the form is looked at again and talked about; then it is known outside, and a sitting is cleared."""
    author, reviewer, manager = (site.people[person] for person in (AUTHOR, REVIEWER, MANAGER))
    item = next(item for item in manager.all("/items") if manager.get(f"/items/{item['code']}/uses")["items"])
    address = f"/item-versions/{item['version_id']}"
    comment = reviewer.post(f"{address}/comments", {"text": "Is this still so?", "place": "/stem"})
    author.post(f"/item-comments/{comment['id']}/resolution", {"text": "It is."})
    reviewer.post(f"{address}/reviews", {"verdict": "confirmed", "reason": "Still sound."})
    sitting = book(site, title="Tuesday sitting").sitting_id
    manager.post(f"{address}/moves", {"to": "compromised", "reason": "Seen on a forum."})
    manager.post(f"/sittings/{sitting}/clearances", {"reason": "Nobody of this room has seen the forum."})


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
    version = attempt.form.blueprint.scheme_version
    framework = version.framework
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
        ("script.lay_out", Script, {"revision": 9}),
        ("script.mark", Script, {"slot": 9}),
        ("script.mark", Marking, {"levels": WORST}),
        ("script.mark", Marking, {"comments": {"facts": "Never written."}}),
        ("script.mark", Marking, {"marker_id": other}),
        ("script.mark", Marking, {"marked_at": later}),
        ("script.decline", Recusal, {"marker_id": other}),
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
        ("framework_draft.begin", FrameworkDraft, {"begun_by": other}),
        ("framework_draft.publish", FrameworkDraft, {"document": {}}),
        ("framework_draft.publish", FrameworkDraft, {"state": "published", "framework_id": framework.id}),
        ("framework_draft.discard", FrameworkDraft, {"document": {}}),
        ("item.comment", ItemComment, {"text": "Better than ever."}),
        ("item.comment", ItemComment, {"written_by": other}),
        ("item.resolve", ItemComment, {"at": later}),
        ("item.confirm", ItemReview, {"reason": "It was never in doubt."}),
        ("item.confirm", ItemReview, {"review_again_at": later}),
        ("sitting.clear", Clearance, {"reason": "The director wished it so."}),
        ("sitting.clear", Clearance, {"version_ids": []}),
        ("sitting.clear", Clearance, {"cleared_by": other}),
        ("form.edition", FormEdition, {"language": "bg"}),
        ("form.edition", FormEdition, {"published_by": other}),
        ("medium.add", Medium, {"byte_size": 1}),
        ("medium.add", Medium, {"media_type": "image/svg+xml"}),
        ("medium.add", Medium, {"uploaded_by": other}),
    ]
    return [
        *((action, update(table).values(new)) for action, table, new in values),
        (
            "form.assemble",
            update(ItemVersion)
            .where(ItemVersion.id == item.id)
            .values(content={**item.content, "rationale": "Another one."}),
        ),
    ]


def removals() -> list[tuple[str, Executable]]:
    return [
        ("result.score", delete(Result)),
        ("script.lay_out", delete(Script)),
        ("script.mark", delete(Marking)),
        ("script.decline", delete(Recusal)),
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
        ("framework_draft.discard", delete(FrameworkDraft).where(FrameworkDraft.state == "discarded")),
        ("framework_draft.publish", delete(FrameworkDraft)),
        ("item.comment", delete(ItemComment)),
        ("item.resolve", delete(ItemComment).where(ItemComment.resolves_id.is_not(None))),
        ("item.confirm", delete(ItemReview).where(ItemReview.verdict == "confirmed")),
        ("sitting.clear", delete(Clearance)),
        ("form.edition", delete(FormEdition)),
        ("medium.add", delete(Medium)),
    ]


def additions(tx: Session) -> list[tuple[str, Executable]]:
    """Rows that no use case made: a second result, a decision of one's own, a certificate that is reinstated."""
    result, decision = tx.scalars(select(Result)).one(), tx.scalars(select(Decision)).one()
    revoked = tx.scalars(select(StatusChange).where(StatusChange.status == "revoked")).one()
    medium = tx.scalars(select(Medium).limit(1)).one()
    confirmed = tx.scalars(select(ItemReview).where(ItemReview.verdict == "confirmed")).one()
    marking = tx.scalars(select(Marking)).one()
    discarded = tx.scalars(select(FrameworkDraft).where(FrameworkDraft.state == "discarded")).one()
    return [
        ("script.mark", insert(Marking).values(_copy(marking, part="second", marker_id=decision.decided_by))),
        ("framework_draft.discard", insert(FrameworkDraft).values(_copy(discarded))),
        ("item.confirm", insert(ItemReview).values(_copy(confirmed))),
        ("item.comment", insert(ItemComment).values(_copy(tx.scalars(select(ItemComment)).first(), resolves_id=None))),
        ("sitting.clear", insert(Clearance).values(_copy(tx.scalars(select(Clearance)).one()))),
        ("medium.add", insert(Medium).values(_copy(medium, sha256="0" * 64))),
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
