"""Framework drafts: saved while incomplete, compared with where they began, published once they have no fault."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.audit import AuditEntry
from kernel.errors import Conflict, IllegalMove, NotFound
from kernel.states import check_move
from question_bank.competences import Framework
from question_bank.documents import DocumentRefused
from question_bank.framework_comparison import Difference, Hanging, compare_with_base, differences_of
from question_bank.framework_drafts import (
    MOVES,
    DraftState,
    FrameworkDraft,
    IncompleteFramework,
    NotADraft,
    begin_draft,
    discard_draft,
    faults_of,
    framework_draft_for,
    publish_draft,
    revise_draft,
)
from question_bank.interchange.framework_json import FrameworkChanged
from tests.builders.kernel import NOW
from tests.builders.question_bank import (
    Staff,
    as_bytes,
    competence_document,
    framework_document,
    item_document,
    make_drafts,
    make_framework,
    make_live_items,
    make_staff,
)


@pytest.fixture
def staff(tx: Session) -> Staff:
    return make_staff(tx)


def saved(tx: Session, staff: Staff, draft: FrameworkDraft, document: object) -> FrameworkDraft:
    return revise_draft(tx, draft, as_bytes(document), file="draft.json", actor=staff.author, now=NOW)


def entries(tx: Session) -> list[str]:
    found = select(AuditEntry.action).where(AuditEntry.action.startswith("framework"))
    return sorted(tx.scalars(found))


def test_a_draft_is_stored_while_it_is_incomplete_and_says_what_it_lacks(tx: Session, staff: Staff) -> None:
    draft = begin_draft(tx, actor=staff.author, now=NOW)
    assert {fault.place for fault in faults_of(draft)} >= {"/framework/code", "/areas", "/competences"}
    saved(tx, staff, draft, {"framework": {"title": "Cycling"}, "areas": "later"})
    tx.flush()
    tx.expire_all()
    assert framework_draft_for(tx, staff.author, draft.id).document["framework"] == {"title": "Cycling"}
    told = {fault.place: fault.message for fault in faults_of(draft)}
    assert told["/areas"] == "must be a list"
    assert told["/format"] == "must be 'exam-engine-scheme-sample'"
    assert "/framework/title" not in told


def test_what_cannot_be_stored_is_refused_and_changes_nothing(tx: Session, staff: Staff) -> None:
    draft = begin_draft(tx, actor=staff.author, now=NOW)
    before = deepcopy(draft.document)
    for document in (b"[]", b"{", b'{"areas": [0.5]}', b'{"a": 1, "a": 2}'):
        with pytest.raises(DocumentRefused):
            revise_draft(tx, draft, document, file="draft.json", actor=staff.author, now=NOW)
    assert draft.document == before


def test_saving_the_same_again_leaves_no_entry(tx: Session, staff: Staff) -> None:
    framework = make_framework(tx, staff)
    draft = begin_draft(tx, base=framework, actor=staff.author, now=NOW)
    saved(tx, staff, draft, dict(reversed(framework_document().items())))
    assert entries(tx) == ["framework.import", "framework_draft.begin"]
    saved(tx, staff, draft, framework_document(title="Another"))
    assert entries(tx) == ["framework.import", "framework_draft.begin", "framework_draft.revise"]


def test_a_draft_without_faults_becomes_a_version_beside_the_old(tx: Session, staff: Staff) -> None:
    old = make_framework(tx, staff)
    draft = begin_draft(tx, base=old, actor=staff.author, now=NOW)
    saved(tx, staff, draft, framework_document(version="2"))
    framework = publish_draft(tx, draft, actor=staff.manager, now=NOW)
    assert (framework.version, old.version, draft.state) == ("2", "1", "published")
    assert framework.document == framework_document(version="2")
    assert draft.framework_id == framework.id
    assert entries(tx)[-2:] == ["framework_draft.publish", "framework_draft.revise"]
    with pytest.raises(NotADraft):
        saved(tx, staff, draft, framework_document(version="3"))


def test_a_draft_with_faults_is_not_published(tx: Session, staff: Staff) -> None:
    draft = begin_draft(tx, actor=staff.author, now=NOW)
    with pytest.raises(IncompleteFramework) as refused, tx.begin_nested():
        publish_draft(tx, draft, actor=staff.manager, now=NOW)
    assert [fault.place for fault in refused.value.faults] == [fault.place for fault in faults_of(draft)]
    tx.refresh(draft)
    assert draft.state == "open"
    assert tx.scalar(select(func.count()).select_from(Framework)) == 0


def test_no_draft_replaces_a_version(tx: Session, staff: Staff) -> None:
    draft = begin_draft(tx, base=make_framework(tx, staff), actor=staff.author, now=NOW)
    saved(tx, staff, draft, framework_document(title="Not what version 1 says"))
    with pytest.raises(FrameworkChanged, match="draft#/framework/version"):
        publish_draft(tx, draft, actor=staff.manager, now=NOW)


def test_a_draft_that_says_what_a_version_says_is_that_version(tx: Session, staff: Staff) -> None:
    framework = make_framework(tx, staff)
    draft = begin_draft(tx, base=framework, actor=staff.author, now=NOW)
    assert publish_draft(tx, draft, actor=staff.manager, now=NOW) is framework


def test_the_comparison_names_what_changed_and_what_hangs_on_it(tx: Session, staff: Staff) -> None:
    framework = make_framework(tx, staff)
    make_live_items(tx, staff, framework, [item_document("I-1"), item_document("I-2", competence="A.2", level=5)])
    make_drafts(tx, staff, framework, [item_document("I-3")])
    document = framework_document(version="2")
    document["competences"][0] |= {"name": "Another name", "eqf": {"DEV": 5, "MAN": 5}}
    document["competences"][1] = competence_document("A.3", "A", {"DEV": 5})
    draft = begin_draft(tx, base=framework, actor=staff.author, now=NOW)
    saved(tx, staff, draft, document)
    changes = {change.code: change for change in compare_with_base(tx, draft)}
    assert list(changes) == ["A.1", "A.2", "A.3"]
    assert changes["A.1"].differences == (Difference.RENAMED, Difference.LEVELS)
    assert changes["A.1"].before == {"name": "Competence A.1", "eqf": {"DEV": 4, "MAN": 5}}
    assert changes["A.1"].after == {"name": "Another name", "eqf": {"DEV": 5, "MAN": 5}}
    assert changes["A.1"].hanging == Hanging(items=2, live=1)
    assert (changes["A.2"].differences, changes["A.2"].hanging) == ((Difference.VANISHED,), Hanging(1, 1))
    assert (changes["A.3"].differences, changes["A.3"].hanging) == ((Difference.NEW,), Hanging())


@pytest.mark.parametrize("after", [{}, {"competences": 7}, {"competences": [7, {"code": ["A.1"]}, {}]}])
def test_documents_in_the_making_are_compared_as_far_as_they_go(after: dict[str, Any]) -> None:
    assert {kinds for _, kinds, _, _ in differences_of(framework_document(), after)} == {(Difference.VANISHED,)}


def test_a_discarded_draft_is_never_published(tx: Session, staff: Staff) -> None:
    draft = discard_draft(
        tx, begin_draft(tx, base=make_framework(tx, staff), actor=staff.author, now=NOW), actor=staff.author, now=NOW
    )
    with pytest.raises(IllegalMove):
        publish_draft(tx, draft, actor=staff.manager, now=NOW)


def test_another_body_finds_no_draft_and_no_base(tx: Session, staff: Staff) -> None:
    framework, other = make_framework(tx, staff), make_staff(tx)
    draft = begin_draft(tx, base=framework, actor=staff.author, now=NOW)
    with pytest.raises(NotFound):
        framework_draft_for(tx, other.author, draft.id)
    with pytest.raises(NotFound):
        begin_draft(tx, base=framework, actor=other.author, now=NOW)


@pytest.mark.parametrize("source", DraftState)
@pytest.mark.parametrize("target", DraftState)
def test_every_pair_of_states(source: DraftState, target: DraftState) -> None:
    if target in MOVES[source]:
        check_move(MOVES, source, target, "the framework draft")
    else:
        with pytest.raises(Conflict):
            check_move(MOVES, source, target, "the framework draft")
