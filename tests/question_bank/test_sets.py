"""Sets: items that carry one stimulus, go live with the same, and are shown with it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from exam_engine.delivery.paper import draw_paper
from kernel.errors import Invalid
from question_bank.authoring import move_item, release, release_all
from question_bank.interchange.importing import LossesNotAgreed
from question_bank.item_kinds import KINDS
from question_bank.item_kinds.stimulus import set_code_of, shown_stimulus
from question_bank.items import ItemState
from question_bank.sets import TornSet, sisters_of
from question_bank.translations import draft_translation
from tests.builders.kernel import NOW
from tests.builders.question_bank import (
    Staff,
    item_document,
    make_approved_items,
    make_drafts,
    make_framework,
    make_live_items,
    make_staff,
)
from tests.builders.samples import SAMPLES

SCENARIO = {
    "code": "S-1",
    "title": "A *new* tram",
    "text": "The line has 12 stops.\n\n| stop | riders |\n|---|--:|\n| 1 | 40 |",
}


@pytest.fixture
def staff(tx: Session) -> Staff:
    return make_staff(tx)


def scene(*numbers: int, **changes: str) -> list[dict[str, Any]]:
    return [item_document(f"A.1-4-{number:02}", stimulus=SCENARIO | changes) for number in numbers]


@pytest.mark.parametrize("kind", KINDS)
def test_an_item_of_any_kind_may_have_a_stimulus(kind: str) -> None:
    content = {**SAMPLES[kind].content, "stimulus": SCENARIO}
    assert KINDS[kind].faults(content) == []
    assert set_code_of(content) == "S-1"
    shown = shown_stimulus(content)["stimulus"]
    assert shown["title"] == "A <em>new</em> tram"
    assert '<td class="align-right">40</td>' in shown["text"]
    assert shown_stimulus(SAMPLES[kind].content) == {}


@pytest.mark.parametrize(
    ("stimulus", "place"),
    [
        ("S-1", "/stimulus"),
        ({"code": "S-1", "title": "A tram"}, "/stimulus/text"),
        ({**SCENARIO, "code": "no code"}, "/stimulus/code"),
        ({**SCENARIO, "text": "![](media:x)"}, "/stimulus/text"),
        ({**SCENARIO, "colour": "red"}, "/stimulus/colour"),
    ],
)
def test_a_faulty_stimulus_is_named(stimulus: object, place: str) -> None:
    faults = KINDS["numeric"].faults({**SAMPLES["numeric"].content, "stimulus": stimulus})
    assert place in {fault.place for fault in faults}


def test_versions_know_their_set(tx: Session, staff: Staff) -> None:
    alone, member = make_drafts(tx, staff, make_framework(tx, staff), [item_document("A.1-4-09"), *scene(1)])
    assert (alone.set_code, member.set_code) == (None, "S-1")


def test_items_of_a_set_go_live_with_one_stimulus(tx: Session, staff: Staff) -> None:
    framework = make_framework(tx, staff)
    first, second = make_live_items(tx, staff, framework, scene(1, 2))
    [other] = make_approved_items(tx, staff, framework, scene(3, title="Another tram"))
    with pytest.raises(TornSet) as refusal:
        release(tx, other, actor=staff.manager, now=NOW)
    assert [fault.place for fault in refusal.value.faults] == ["items/A.1-4-03"]
    newer = make_approved_items(tx, staff, framework, scene(1, 2, title="Another tram"))
    with pytest.raises(TornSet):
        release_all(tx, [newer[0], other], actor=staff.manager, now=NOW)
    release_all(tx, [*newer, other], actor=staff.manager, now=NOW)
    assert {first.standing.state, second.standing.state} == {ItemState.RESTING}


def test_a_member_that_rested_wakes_only_to_the_same_stimulus(tx: Session, staff: Staff) -> None:
    framework = make_framework(tx, staff)
    first, _second = make_live_items(tx, staff, framework, scene(1, 2))
    move_item(tx, first, target=ItemState.RESTING, reason="A rest.", actor=staff.manager, now=NOW)
    [newer] = make_approved_items(tx, staff, framework, scene(2, text="The line has 14 stops."))
    release(tx, newer, actor=staff.manager, now=NOW)
    with pytest.raises(TornSet):
        move_item(tx, first, target=ItemState.LIVE, reason="Awake.", actor=staff.manager, now=NOW)


def test_a_paper_keeps_sets_whole_and_in_order(tx: Session, staff: Staff) -> None:
    framework = make_framework(tx, staff)
    items = [*scene(1, 2, 3), *(item_document(f"A.1-4-{number}") for number in range(10, 20))]
    versions = make_drafts(tx, staff, framework, items)
    starts = set()
    for seed in range(40):
        order = [slot["version"] for slot in draw_paper(versions, bytes([seed]))]
        start = order.index(str(versions[0].id))
        assert order[start : start + 3] == [str(version.id) for version in versions[:3]]
        starts.add(start)
    assert len(starts) > 5


def test_translations_carry_the_stimulus_in_their_language(tx: Session, staff: Staff) -> None:
    [version] = make_live_items(tx, staff, make_framework(tx, staff), scene(1))
    german = SCENARIO | {"title": "Eine neue Tram", "text": "Die Linie hat 12 Haltestellen."}
    content = {**version.content, "stem": "Was zuerst?", "stimulus": german}
    translated = draft_translation(tx, version, language="de", content=content, actor=staff.author, now=NOW)
    assert translated.set_code == "S-1"
    with pytest.raises(Invalid):
        draft_translation(
            tx,
            version,
            language="de",
            content=content | {"stimulus": german | {"code": "S-2"}},
            actor=staff.author,
            now=NOW,
        )


def test_the_other_items_of_a_set_are_found_as_they_were_last_written(tx: Session, staff: Staff) -> None:
    framework = make_framework(tx, staff)
    alone, first, second, third = make_live_items(tx, staff, framework, [item_document("A.1-4-09"), *scene(1, 2, 3)])
    german = {**second.content, "stem": "Was zuerst?", "stimulus": SCENARIO | {"title": "Eine neue Tram"}}
    translated = draft_translation(tx, second, language="de", content=german, actor=staff.author, now=NOW)
    [changed] = make_drafts(tx, staff, framework, scene(2, text="The line has 14 stops."))
    make_drafts(tx, staff, framework, [item_document("A.1-4-03")])
    found = [(sister.version, sister.is_about_the_same) for sister in sisters_of(tx, first)]
    assert found == [(changed, False)]
    assert [sister.version for sister in sisters_of(tx, third)] == [first, changed]
    assert sisters_of(tx, alone) == sisters_of(tx, translated) == []


def test_a_document_with_a_torn_stimulus_is_refused_by_its_place(tx: Session, staff: Staff) -> None:
    with pytest.raises(LossesNotAgreed) as refusal:
        make_drafts(tx, staff, make_framework(tx, staff), [item_document(stimulus={"code": "S-1"})])
    (fault,) = refusal.value.faults
    assert fault.place == "items.json#/items/0"
    assert "/stimulus/title is missing" in fault.message
