"""Importing a bank: drafts for all items or none, every fault with file and pointer, and again without a change."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from kernel.audit import AuditEntry
from kernel.db import Database
from kernel.errors import DomainError, Fault, Forbidden, Invalid, NotFound
from kernel.permissions import the_product
from question_bank.competences import Framework
from question_bank.documents import DocumentRefused
from question_bank.interchange.importing import LossesNotAgreed
from question_bank.items import EnemyPair, Item, ItemReview, ItemVersion, Standing, StandingChange, content_hash
from tests.builders.kernel import NOW
from tests.builders.question_bank import (
    Staff,
    as_bytes,
    bank_document,
    framework_document,
    import_bank,
    item_document,
    make_framework,
    make_staff,
)

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def staff(tx: Session) -> Staff:
    return make_staff(tx)


@pytest.fixture
def framework(tx: Session, staff: Staff) -> Framework:
    return make_framework(tx, staff)


def importing(
    tx: Session, staff: Staff, framework: Framework, *items: dict[str, Any], **header: Any
) -> list[ItemVersion]:
    document = as_bytes(bank_document(items, **{"framework": framework.code, **header}))
    return import_bank(tx, framework, document, file="A.json", actor=staff.author, now=NOW)


def row_counts(tx: Session) -> list[int]:
    tables = (Item, ItemVersion, Standing, StandingChange, ItemReview, EnemyPair, AuditEntry)
    return [tx.scalars(select(func.count()).select_from(table)).one() for table in tables]


def enemies(tx: Session) -> set[frozenset[str]]:
    codes = dict(tuple(row) for row in tx.execute(select(Item.id, Item.code)).all())
    return {frozenset({codes[pair.item_id], codes[pair.enemy_id]}) for pair in tx.scalars(select(EnemyPair))}


def test_items_become_drafts_by_the_importer(tx: Session, staff: Staff, framework: Framework) -> None:
    first, second = importing(
        tx,
        staff,
        framework,
        item_document("A.1-4-01"),
        item_document(
            "B.1-6-01", competence="B.1", level=6, kind="multiple_choice", key=["d", "a"], enemies=["A.1-4-01"]
        ),
    )
    assert (first.item.code, first.number, first.kind, first.language) == ("A.1-4-01", 1, "single_choice", "en")
    assert (first.competence.code, first.level, first.cognitive) == ("A.1", 4, "apply")
    assert (first.expected_difficulty, first.expected_seconds) == (Fraction(31, 50), 60)
    assert (first.author_id, first.created_at) == (staff.author.account_id, NOW)
    assert set(first.content) == {"stem", "options", "key", "rationale", "source"}
    assert first.content_hash == content_hash("single_choice", "en", first.content)
    assert [version.standing.state for version in (first, second)] == ["draft", "draft"]
    assert second.competence.code == "B.1"
    assert enemies(tx) == {frozenset({"A.1-4-01", "B.1-6-01"})}


def test_a_whole_import_leaves_one_audit_entry_that_names_every_draft(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    versions = importing(tx, staff, framework, item_document("a"), item_document("b"))
    entry = tx.scalars(select(AuditEntry).where(AuditEntry.action == "item_bank.import")).one()
    assert entry.subject == f"framework:{framework.id}"
    assert entry.details["versions"] == [str(version.id) for version in versions]
    assert "stem" not in str(entry.details)


def test_a_level_no_role_needs_may_have_items(tx: Session, staff: Staff, framework: Framework) -> None:
    (version,) = importing(tx, staff, framework, item_document(level=8))
    assert version.level == 8


def test_the_same_bank_again_changes_nothing(tx: Session, staff: Staff, framework: Framework) -> None:
    items = [item_document("a", enemies=["b"]), item_document("b")]
    importing(tx, staff, framework, *items)
    before = row_counts(tx)
    assert importing(tx, staff, framework, *items) == []
    assert row_counts(tx) == before


@pytest.mark.parametrize(
    "change",
    [
        {"stem": "What comes second?"},
        {"key": ["a"]},
        {"level": 5},
        {"competence": "A.2"},
        {"cognitive": "analyse"},
        {"expected_difficulty": "0.63"},
        {"expected_seconds": 61},
    ],
)
def test_a_changed_item_is_a_new_version_and_the_others_stay(
    tx: Session, staff: Staff, framework: Framework, change: dict[str, Any]
) -> None:
    first, _ = importing(tx, staff, framework, item_document("a"), item_document("b"))
    (second,) = importing(tx, staff, framework, item_document("a") | change, item_document("b"))
    assert (second.item_id, second.number) == (first.item_id, 2)
    assert row_counts(tx)[0] == 2


def test_an_item_may_follow_its_framework_to_a_new_version(tx: Session, staff: Staff, framework: Framework) -> None:
    (first,) = importing(tx, staff, framework, item_document("a"))
    corrected = make_framework(tx, staff, framework_document(version="2"))
    (second,) = importing(tx, staff, corrected, item_document("a"))
    assert second.item_id == first.item_id
    assert second.competence.framework_id == corrected.id


def test_enemies_are_kept_once_whoever_names_them_and_are_never_forgotten(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    importing(tx, staff, framework, item_document("a", enemies=["b"]), item_document("b", enemies=["a"]))
    pair = frozenset("ab")
    assert enemies(tx) == {pair}
    importing(tx, staff, framework, item_document("a"), item_document("b"))
    assert enemies(tx) == {pair}
    importing(tx, staff, framework, item_document("c", enemies=["a"]))
    assert enemies(tx) == {pair, frozenset("ac")}


def test_enemies_added_to_unchanged_items_are_recorded(tx: Session, staff: Staff, framework: Framework) -> None:
    importing(tx, staff, framework, item_document("a"), item_document("b"))
    assert importing(tx, staff, framework, item_document("a", enemies=["b"]), item_document("b")) == []
    entries = tx.scalars(select(AuditEntry).where(AuditEntry.action == "item_bank.import")).all()
    assert [entry.details["enemy_pairs"] for entry in entries] == [0, 1]


def changed(**changes: Any) -> Edit:
    return lambda document: document["items"][1].update(changes)


def without(name: str) -> Edit:
    return lambda document: document["items"][1].pop(name)


def with_option(index: int, **changes: Any) -> Edit:
    return lambda document: document["items"][1]["options"][index].update(changes)


def header(**changes: Any) -> Edit:
    return lambda document: document["bank"].update(changes)


ITEM = "/items/1"
BAD: list[tuple[Edit, str, str]] = [
    (lambda d: d.update(format="exam-engine-scheme-sample"), "/format", "is no format known here"),
    (lambda d: d.update(format_version=2), "/format_version", "2 is not known here"),
    (lambda d: d.pop("bank"), "/bank", "is missing"),
    (lambda d: d.update(items=[]), "/items", "needs 1 to 100000, has 0"),
    (lambda d: d.update(items={"a": 1}), "/items", "must be a list"),
    (lambda d: d.update(items=[0] * 100_001), "/items", "needs 1 to 100000, has 100001"),
    (lambda d: d.update(extra=1), "/extra", "is unknown here"),
    (lambda d: d["items"].append("text"), "/items/2", "must be an object"),
    (header(framework="other"), "/bank/framework", "'other' is not the framework imported into, 'small-city'"),
    (header(status="final"), "/bank/status", "is no status"),
    (header(language="English"), "/bank/language", "is no language tag"),
    (header(notice=""), "/bank/notice", "is empty"),
    (header(code=None), "/bank/code", "must be text"),
    (header(licence="x"), "/bank/licence", "is unknown here"),
    (changed(code="a"), f"{ITEM}/code", "'a' stands already at A.json#/items/0/code"),
    (changed(code="a b"), f"{ITEM}/code", "is no code"),
    (changed(kind="oral"), f"{ITEM}/kind", "'oral' is no kind of item; there is single_choice, multiple_choice"),
    (changed(kind=["x"]), f"{ITEM}/kind", "must be text"),
    (changed(competence="Z.9"), f"{ITEM}/competence", "the framework has no competence 'Z.9'"),
    (changed(competence={}), f"{ITEM}/competence", "must be text"),
    (changed(level=0), f"{ITEM}/level", "0 is outside 1..8"),
    (changed(level=9), f"{ITEM}/level", "9 is outside 1..8"),
    (changed(level="4"), f"{ITEM}/level", "must be a whole number"),
    (changed(level=10**30), f"{ITEM}/level", "is outside 1..8"),
    (changed(cognitive="guess"), f"{ITEM}/cognitive", "is no cognitive level"),
    (changed(expected_difficulty=0.62), f"{ITEM}/expected_difficulty", 'write it as text: "0.62"'),
    (changed(expected_difficulty=1), f"{ITEM}/expected_difficulty", "must be text"),
    (changed(expected_difficulty="1.01"), f"{ITEM}/expected_difficulty", "from 0 to 1"),
    (changed(expected_difficulty="-0.1"), f"{ITEM}/expected_difficulty", "from 0 to 1"),
    (changed(expected_difficulty="62%"), f"{ITEM}/expected_difficulty", "'62%' is no share"),
    (changed(expected_difficulty="1/0"), f"{ITEM}/expected_difficulty", "is no share"),
    (changed(expected_difficulty="1/00"), f"{ITEM}/expected_difficulty", "is no share"),
    (changed(expected_difficulty="0.\u0665"), f"{ITEM}/expected_difficulty", "is no share"),
    (changed(expected_difficulty="1e-1"), f"{ITEM}/expected_difficulty", "is no share"),
    (changed(expected_seconds=0), f"{ITEM}/expected_seconds", "0 is outside 1..3600"),
    (changed(enemies=["nobody"]), f"{ITEM}/enemies/0", "there is no item 'nobody'"),
    (changed(enemies=["b"]), f"{ITEM}/enemies/0", "no enemy of itself"),
    (changed(enemies=["a", "a"]), f"{ITEM}/enemies/1", "stands already"),
    (changed(enemies=[["a"]]), f"{ITEM}/enemies/0", "must be text"),
    (changed(enemies=None), f"{ITEM}/enemies", "must be a list"),
    (changed(stem="  \n "), f"{ITEM}/stem", "is empty"),
    (changed(stem="a\x07b"), f"{ITEM}/stem", "control characters"),
    (changed(stem="\ud83d"), f"{ITEM}/stem", "halves of characters"),
    (changed(key=[]), f"{ITEM}/key", "needs 1 to 4, has 0"),
    (changed(key=["c", "e"]), f"{ITEM}/key/1", "'e' is no option of this item"),
    (changed(key=["a", "c"]), f"{ITEM}/key", "has 2 right options; single_choice has exactly one"),
    (changed(difficulty="0.5"), f"{ITEM}/difficulty", "is unknown here"),
    (with_option(2, text="option  A"), f"{ITEM}/options/2/text", "says the same as"),
    (with_option(2, id="a"), f"{ITEM}/options/2/id", "stands already"),
    (with_option(2, weight=0.5), f"{ITEM}/options/2/weight", "inexactly"),
    *[(without(name), f"{ITEM}/{name}", "is missing") for name in ("kind", "stem", "options", "key")],
]  # fmt: skip


@pytest.mark.parametrize("case", BAD, ids=lambda case: f"{case[1]} {case[2]}")
def test_a_faulty_bank_is_refused_at_its_place_and_nothing_changes(
    tx: Session, staff: Staff, framework: Framework, case: tuple[Edit, str, str]
) -> None:
    edit, pointer, message = case
    document = bank_document([item_document("a"), item_document("b")])
    edit(document)
    before = row_counts(tx)
    with pytest.raises((DocumentRefused, LossesNotAgreed)) as refused:
        import_bank(tx, framework, as_bytes_of(document), file="A.json", actor=staff.author, now=NOW)
    assert any(message in fault.message and stands_at(fault, pointer) for fault in refused.value.faults), refused.value
    assert row_counts(tx) == before


def stands_at(fault: Fault, pointer: str) -> bool:
    """Whether a fault is told at a place, or below that of its item."""
    if fault.place == f"A.json#{pointer}":
        return True
    below = pointer.removeprefix(ITEM)
    return fault.place == f"A.json#{ITEM}" and f"{below} " in fault.message


CALLED = {"cognitive": "cognitive demand", "expected_difficulty": "difficulty", "expected_seconds": "time in seconds"}


@pytest.mark.parametrize("name", sorted(item_document().keys() - {"enemies", "kind", "stem", "options", "key"}))
def test_what_an_item_does_not_say_is_open(tx: Session, staff: Staff, framework: Framework, name: str) -> None:
    item = item_document("b")
    del item[name]
    with pytest.raises(LossesNotAgreed) as refused:
        importing(tx, staff, framework, item_document("a"), item)
    assert f"no {CALLED.get(name, name)}; name" in refused.value.faults[0].message


def test_what_is_refused_leaves_the_others_alone_once_it_is_agreed_to(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    document = as_bytes(bank_document([item_document("a"), item_document("b", level=9)]))
    facts: dict[str, Any] = {"file": "A.json", "actor": staff.author}
    with pytest.raises(LossesNotAgreed) as refused:
        import_bank(tx, framework, document, **facts)
    made = import_bank(tx, framework, document, **facts, agreement=refused.value.facts["agreement"])
    assert [version.item.code for version in made] == ["a"]


def as_bytes_of(document: object) -> bytes:
    import json

    return json.dumps(document).encode()  # escaped, so that a lone half of a character can be written down


def test_all_faults_of_all_items_are_told_at_once(tx: Session, staff: Staff, framework: Framework) -> None:
    items = (
        item_document("a", key=["x"], level=9),
        item_document("b", competence="Z", stem=""),
        item_document("a", kind="oral"),
        item_document("c", expected_difficulty=0.5),
    )
    with pytest.raises(LossesNotAgreed) as refused:
        importing(tx, staff, framework, *items)
    told = {fault.place: fault.message for fault in refused.value.faults}
    assert list(told) == [f"A.json#/items/{number}" for number in (3, 0, 1, 2)]
    for number, places in {0: ("/key/0", "/level"), 1: ("/competence", "/stem"), 2: ("/kind",)}.items():
        assert all(f"{place} " in told[f"A.json#/items/{number}"] for place in places)
    with pytest.raises(DocumentRefused, match="2 faults; nothing was changed"):
        importing(tx, staff, framework, *items, language="?", code="")


@pytest.mark.parametrize(
    ("written", "share"), [("0", 0), ("1", 1), ("0.5", Fraction(1, 2)), ("31/50", Fraction(31, 50))]
)
def test_a_difficulty_is_read_exactly(
    tx: Session, staff: Staff, framework: Framework, written: str, share: Fraction
) -> None:
    (version,) = importing(tx, staff, framework, item_document(expected_difficulty=written))
    tx.expire_all()
    assert version.expected_difficulty == share


def test_sample_items_stay_out_of_an_official_framework(tx: Session, staff: Staff) -> None:
    official = make_framework(tx, staff, framework_document(status="official"))
    with pytest.raises(Invalid, match=r"A\.json#/bank/status: sample items cannot enter"):
        importing(tx, staff, official, item_document())
    assert importing(tx, staff, official, item_document(), status="official")


def test_a_code_of_another_framework_is_not_taken_over(tx: Session, staff: Staff, framework: Framework) -> None:
    importing(tx, staff, framework, item_document("a"))
    other = make_framework(tx, staff, framework_document(code="big-city"))
    with pytest.raises(LossesNotAgreed) as refused:
        importing(tx, staff, other, item_document("a"), item_document("b", enemies=["a"]))
    assert [(fault.place, fault.message.partition(" item ")[0]) for fault in refused.value.faults] == [
        ("A.json#/items/0", "a: /code 'a' is an"),
        ("A.json#/items/1", "b: /enemies/0 there is no"),
    ]


def test_items_of_one_organisation_are_no_enemies_in_another(tx: Session, staff: Staff, framework: Framework) -> None:
    importing(tx, staff, framework, item_document("a"))
    others = make_staff(tx)
    with pytest.raises(LossesNotAgreed, match="there is no item 'a'"):
        importing(tx, others, make_framework(tx, others), item_document("b", enemies=["a"]))


def test_only_a_person_of_the_organisation_imports(tx: Session, staff: Staff, framework: Framework) -> None:
    document = as_bytes(bank_document([item_document()]))

    def refused_to(actor: Any, error: type[DomainError]) -> None:
        with pytest.raises(error):
            import_bank(tx, framework, document, file="A.json", actor=actor, now=NOW)

    refused_to(make_staff(tx).author, NotFound)
    before = row_counts(tx)
    refused_to(the_product(staff.organisation.id), Forbidden)
    assert row_counts(tx) == before


def test_the_number_of_statements_does_not_grow_with_the_bank(tx: Session, staff: Staff, framework: Framework) -> None:
    def statements_for(prefix: str, count: int) -> int:
        seen: list[str] = []
        engine = tx.get_bind()
        event.listen(engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
        importing(tx, staff, framework, *(item_document(f"{prefix}{n}") for n in range(count)))
        return len(seen)

    assert statements_for("many", 200) <= statements_for("few", 2) + 4  # the driver may send one insert in pages


def test_two_imports_at_the_same_moment_make_each_item_once(database: Database) -> None:
    with database.transaction() as tx:
        staff = make_staff(tx)
        framework = make_framework(tx, staff)
    together = Barrier(2)

    def run(_: int) -> int:
        with database.transaction() as tx:
            if database.dialect == "postgresql":  # SQLite lets one writer in at a time
                together.wait()
            return len(importing(tx, staff, framework, item_document("a"), item_document("b", enemies=["a"])))

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(run, range(2))) == [0, 2]
