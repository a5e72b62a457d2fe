"""Forms: assembled from the live bank of a body, frozen with their evidence, and the same for the same inputs."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from fractions import Fraction

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from exam_engine.assembly.blueprints import blueprint_for
from exam_engine.assembly.forms import Form, FormItem, InvalidSeed, assemble_form, form_for, form_versions
from exam_engine.assembly.infeasibility import Infeasible
from exam_engine.assembly.schemes import NotPublished, withdraw_scheme
from kernel.audit import AuditEntry
from kernel.canonical import digest
from kernel.db import Database
from kernel.errors import NotFound
from question_bank.authoring import move_item
from question_bank.items import ItemState
from tests.builders.assembly import live_items, make_assembled_form, make_bank, make_plan, make_scheme
from tests.builders.scripts import RULES, make_essay_house


def codes(tx: Session, form: Form) -> list[str]:
    return [version.item.code for version in form_versions(tx, form.id)]


def test_a_form_holds_what_its_blueprint_asks(tx: Session, now: datetime) -> None:
    bank = make_bank(tx)
    form = make_assembled_form(tx, bank)
    versions = form_versions(tx, form.id)
    assert Counter((version.competence.code, version.level) for version in versions) == {
        ("A.1", 4): 2,
        ("A.2", 5): 2,
        ("B.1", 6): 2,
    }
    assert [version.competence.area.code for version in versions] == ["A"] * 4 + ["B"] * 2
    assert form.difficulty == sum((version.expected_difficulty for version in versions), Fraction()) / 6
    assert abs(form.difficulty - Fraction(3, 5)) <= Fraction(1, 20)
    assert (form.assembled_at, form.assembled_by) == (now, bank.staff.manager.account_id)


def test_a_form_holds_what_people_mark_only_where_the_rules_say_that_they_do(tx: Session) -> None:
    essays = make_essay_house(tx)
    assert {version.kind for version in form_versions(tx, essays.house.form.id)} == {"essay"}
    cells = essays.house.form.blueprint.cells
    silent = make_scheme(tx, essays.bank, code="silent", rules=RULES)
    with pytest.raises(Infeasible) as refusal:
        make_assembled_form(tx, essays.bank, make_plan(tx, essays.bank, silent, cells=cells))
    assert len(refusal.value.faults) == len(cells), "every cell lacks its item"


def test_positions_count_from_one(tx: Session) -> None:
    form = make_assembled_form(tx, make_bank(tx))
    assert [item.position for item in form.items] == [1, 2, 3, 4, 5, 6]
    assert [item.version for item in form.items] == form_versions(tx, form.id)


def test_the_hash_is_over_the_blueprint_the_seed_and_the_contents_in_order(tx: Session) -> None:
    form = make_assembled_form(tx, make_bank(tx))
    contents = [version.content_hash for version in form_versions(tx, form.id)]
    expected = digest({"blueprint": form.blueprint.blueprint_hash, "seed": "one", "items": contents})
    assert form.form_hash == expected


def test_the_same_bank_elsewhere_gives_the_same_form(tx: Session) -> None:
    here = make_assembled_form(tx, make_bank(tx))
    there = make_assembled_form(tx, make_bank(tx, items=live_items()[::-1]))
    assert here.id != there.id
    assert (here.form_hash, here.pool_hash) == (there.form_hash, there.pool_hash)
    assert codes(tx, here) == codes(tx, there)


def test_the_same_inputs_give_the_form_that_is_there(tx: Session) -> None:
    bank = make_bank(tx)
    blueprint = make_plan(tx, bank)
    first = make_assembled_form(tx, bank, blueprint)
    assert make_assembled_form(tx, bank, blueprint) is first
    assert tx.scalar(select(func.count()).select_from(Form)) == 1
    entries = list(tx.scalars(select(AuditEntry).where(AuditEntry.action == "form.assemble")))
    assert [entry.subject for entry in entries] == [f"form:{first.id}"]


def test_other_seeds_give_other_forms(tx: Session) -> None:
    bank = make_bank(tx, items=live_items(per_competence=8))
    blueprint = make_plan(tx, bank)
    forms = [make_assembled_form(tx, bank, blueprint, seed=f"seed {number}") for number in range(6)]
    assert len({form.form_hash for form in forms}) == 6


def test_an_item_that_left_the_bank_leaves_the_next_form(tx: Session, now: datetime) -> None:
    bank = make_bank(tx)
    blueprint = make_plan(tx, bank)
    before = make_assembled_form(tx, bank, blueprint)
    gone = form_versions(tx, before.id)[0]
    move_item(tx, gone, target=ItemState.RETIRED, reason="Outdated.", actor=bank.staff.manager, now=now)
    after = make_assembled_form(tx, bank, blueprint)
    assert after.pool_hash != before.pool_hash
    assert gone not in form_versions(tx, after.id)
    assert gone in form_versions(tx, before.id)


def test_a_bank_that_falls_short_is_named_and_nothing_is_stored(tx: Session) -> None:
    bank = make_bank(
        tx, items=[item for item in live_items() if item["code"] not in {"B.1-6-01", "B.1-6-02", "B.1-6-03"}]
    )
    with pytest.raises(Infeasible) as refusal:
        make_assembled_form(tx, bank)
    assert [str(fault) for fault in refusal.value.faults] == [
        "/cells/2: B.1 level 6 needs 2 live items, the bank has 1: 1 short"
    ]
    assert tx.scalar(select(func.count()).select_from(Form)) == 0


def test_enemies_of_the_bank_do_not_meet(tx: Session) -> None:
    items = live_items(per_competence=3)
    items[0]["enemies"] = [items[1]["code"], items[3]["code"]]
    bank = make_bank(tx, items=items)
    blueprint = make_plan(tx, bank)
    for number in range(8):
        chosen = set(codes(tx, make_assembled_form(tx, bank, blueprint, seed=str(number))))
        assert items[0]["code"] not in chosen or not chosen & set(items[0]["enemies"])


@pytest.mark.parametrize("seed", ["", "  ", "x" * 201, "line\nbreak", "nul\x00"])
def test_a_seed_can_be_written_down(tx: Session, seed: str) -> None:
    with pytest.raises(InvalidSeed):
        make_assembled_form(tx, make_bank(tx), seed=seed)


def test_no_forms_are_assembled_under_a_withdrawn_scheme(tx: Session, now: datetime) -> None:
    bank = make_bank(tx)
    blueprint = make_plan(tx, bank)
    withdraw_scheme(tx, blueprint.scheme_version, reason="Old.", actor=bank.staff.manager, now=now)
    with pytest.raises(NotPublished, match="is withdrawn"):
        make_assembled_form(tx, bank, blueprint)


def test_strangers_find_no_form(tx: Session) -> None:
    bank = make_bank(tx)
    form = make_assembled_form(tx, bank)
    assert form_for(tx, bank.staff.manager, form.id) is form
    with pytest.raises(NotFound):
        form_for(tx, make_bank(tx, items=[]).staff.manager, form.id)


def test_the_report_is_stored_as_text_and_whole_numbers(tx: Session) -> None:
    form = make_assembled_form(tx, make_bank(tx))
    tx.refresh(form)
    assert form.report["coverage"] == {
        "areas": {"A": 4, "B": 2},
        "competences": {"A.1": 2, "A.2": 2, "B.1": 2},
        "levels": {"4": 2, "5": 2, "6": 2},
        "kinds": {"single_choice": 6},
    }
    assert form.report["difficulty"]["mean"] == str(form.difficulty)
    assert form.report["working_time"] == {"expected_seconds": 360, "limit_seconds": 3600}
    assert digest(form.report)  # refuses floats


def test_the_database_keeps_a_form_as_it_is(tx: Session) -> None:
    form = make_assembled_form(tx, make_bank(tx))
    with pytest.raises(DBAPIError, match="append-only"), tx.begin_nested():
        form.seed = "two"
    with pytest.raises(DBAPIError, match="append-only"), tx.begin_nested():
        tx.delete(tx.scalars(select(FormItem).limit(1)).one())
    with pytest.raises(IntegrityError), tx.begin_nested():
        copied = {name: getattr(form, name) for name in Form.__table__.columns.keys() if name != "id"}  # noqa: SIM118
        tx.add(Form(**copied | {"seed": "one"}))


def test_two_managers_at_once_get_one_form(database: Database, now: datetime) -> None:
    with database.transaction() as tx:
        bank = make_bank(tx)
        blueprint_id, manager = make_plan(tx, bank).id, bank.staff.manager

    def assemble(_turn: int) -> str:
        with database.transaction() as tx:
            blueprint = blueprint_for(tx, manager, blueprint_id)
            return str(assemble_form(tx, blueprint, seed="one", actor=manager, now=now).id)

    with ThreadPoolExecutor(4) as people:
        assert len(set(people.map(assemble, range(4)))) == 1
