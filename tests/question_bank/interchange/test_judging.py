"""Questions are judged portion by portion as if they were judged together."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from kernel.db import portions
from kernel.errors import TooLarge
from question_bank.competences import Framework, competence_ids
from question_bank.drafts import sound_draft
from question_bank.interchange import importing, judging
from question_bank.interchange import previewing as previewing_walk
from question_bank.interchange.completion import Supplied
from question_bank.interchange.entries import Target
from question_bank.interchange.formats import FORMATS
from question_bank.interchange.importing import BankChanged, import_items, make_ready, take_previewed
from question_bank.interchange.losses import LossKind, LossReport
from question_bank.interchange.previewing import Preview, preview_items
from question_bank.items import EnemyPair, ItemVersion, newest_editions
from tests.builders.files import STORAGE
from tests.builders.kernel import NOW
from tests.builders.question_bank import Staff, item_document, make_drafts, make_framework, make_staff

SUPPLIED = Supplied(
    competence="A.1", level=4, cognitive="apply", expected_difficulty="0.6", expected_seconds=60, source="A book"
)


@pytest.fixture(params=[1, 2, 500])
def at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for walk in (previewing_walk, importing):
        monkeypatch.setattr(walk, "portions", partial(portions, at_once=request.param))


@pytest.fixture
def staff(tx: Session) -> Staff:
    return make_staff(tx)


@pytest.fixture
def framework(tx: Session, staff: Staff) -> Framework:
    return make_framework(tx, staff)


def question(code: str, *, enemies: str = "", right: str = "x", stem: str = "One?") -> str:
    tags = f"// [tag:enemies={enemies}]\n" if enemies else ""
    return f"{tags}::{code}::{stem} {{={right} ~y #### Because.}}\n\n"


def facts(staff: Staff) -> dict[str, Any]:
    return {"file": "f", "format_name": "gift", "supplied": SUPPLIED, "actor": staff.author}


def previewing(tx: Session, staff: Staff, framework: Framework, text: str) -> Preview:
    return preview_items(tx, framework, BytesIO(text.encode()), **facts(staff))


def taking(tx: Session, staff: Staff, framework: Framework, text: str, **more: Any) -> int:
    agreement = previewing(tx, staff, framework, text).agreement
    how: dict[str, Any] = facts(staff) | {"agreement": agreement, "storage": STORAGE, "now": NOW} | more
    return len(import_items(tx, framework, BytesIO(text.encode()), **how))


@pytest.mark.usefixtures("at_once")
def test_what_is_refused_does_not_depend_on_where_portions_end(tx: Session, staff: Staff, framework: Framework) -> None:
    text = (
        question("a", right="y")  # refused, and with it whoever names it, and whoever names that
        + question("b", enemies="a")
        + question("c", enemies="b")
        + question("d", enemies="e")
        + question("e")
        + question("e")  # refused: the one before was taken
        + question("a")  # the first of this code that can be taken
        + question("f", enemies="f")
        + question("g", enemies="nobody")
    )
    preview = previewing(tx, staff, framework, text)
    refused = {loss.place: loss.message for loss in preview.report.losses if loss.kind == "refused"}
    assert [one.item["code"] for one in preview.items] == list(preview.becoming) == ["b", "c", "d", "e", "a"]
    assert refused.keys() == {":1", ":14", ":19", ":22"}
    assert "stands already at f:12/code" in refused[":14"]
    assert "no enemy of itself" in refused[":19"]
    assert "no item 'nobody'" in refused[":22"]


@pytest.mark.usefixtures("at_once")
def test_whoever_loses_an_enemy_is_refused_too(tx: Session, staff: Staff, framework: Framework) -> None:
    text = question("c", enemies="b") + question("b", enemies="a") + question("a", right="y") + question("d")
    preview = previewing(tx, staff, framework, text)
    assert [one.item["code"] for one in preview.items] == ["d"]
    assert preview.report.taken.keys() == preview.becoming.keys() == {"d"}
    assert preview.enemies == {}


@pytest.mark.usefixtures("at_once")
def test_portions_make_one_import(tx: Session, staff: Staff, framework: Framework) -> None:
    told: list[str] = []
    text = question("a", enemies="c") + question("b") + question("c", enemies="a") + question("d")
    assert taking(tx, staff, framework, text, progress=lambda step, _count: told.append(step)) == 4
    assert "taking in" in told
    assert tx.scalar(select(func.count()).select_from(EnemyPair)) == 1
    changed = text.replace("::b::One?", "::b::Two?") + question("z", enemies="b")
    assert previewing(tx, staff, framework, changed).becoming == {
        **dict.fromkeys("acd", "same"),
        "b": "next",
        "z": "new",
    }
    assert taking(tx, staff, framework, changed) == 2
    assert taking(tx, staff, framework, changed) == 0
    assert tx.scalar(select(func.count()).select_from(ItemVersion)) == 6


@pytest.mark.usefixtures("at_once")
def test_when_a_later_portion_fails_the_first_is_not_there(tx: Session, staff: Staff, framework: Framework) -> None:
    text = "".join(question(code) for code in "abcd")

    def failing(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO audit_entries"):  # the last thing that an import does
            message = "the disk is full"
            raise OSError(message)

    engine = tx.get_bind()
    event.listen(engine, "before_cursor_execute", failing)
    try:
        with pytest.raises(OSError, match="full"), tx.begin_nested():
            taking(tx, staff, framework, text)
    finally:
        event.remove(engine, "before_cursor_execute", failing)
    assert tx.scalar(select(func.count()).select_from(ItemVersion)) == 0


def test_a_chain_of_enemies_is_settled_in_one_walk(
    tx: Session, staff: Staff, framework: Framework, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = 0
    is_strange = judging._is_strange

    def counting(*facts: Any) -> bool:
        nonlocal looked_at
        looked_at += 1
        return is_strange(*facts)

    monkeypatch.setattr(judging, "_is_strange", counting)
    length = 60
    chain = [question(f"q{number}", enemies=f"q{number + 1}") for number in range(length)]
    preview = previewing(tx, staff, framework, "".join(chain) + question("z"))
    assert list(preview.becoming) == ["z"]
    assert preview.report.counts["refused"] == length
    assert looked_at == length


NUMBERED = replace(SUPPLIED, code_prefix="P-")
FOUR = "One? {=x ~y}\n\nTwo? {=x ~x}\n\nThree? {=x ~y}\n\nAn essay {}\n\nFour? {=x ~y}\n"


def numbering(tx: Session, staff: Staff, framework: Framework, text: str, **supplied: Any) -> Preview:
    how = facts(staff) | {"supplied": replace(NUMBERED, rationale="Why.", **supplied)}
    preview = preview_items(tx, framework, BytesIO(text.encode()), **how)
    ready = make_ready(preview, agreement=preview.agreement, storage=STORAGE)
    take_previewed(tx, framework, ready, actor=staff.author, now=NOW)
    return preview


@pytest.mark.usefixtures("at_once")
def test_a_number_is_that_of_the_question_in_its_document(tx: Session, staff: Staff, framework: Framework) -> None:
    first = numbering(tx, staff, framework, FOUR)
    assert list(first.becoming) == ["P-0001", "P-0003", "P-0005"]
    mended = FOUR.replace("=x ~x", "=x ~y").replace("An essay {}", "Why? {T}")
    again = numbering(tx, staff, framework, mended)
    assert again.becoming == {
        "P-0001": "same",
        "P-0002": "new",
        "P-0003": "same",
        "P-0004": "new",
        "P-0005": "same",
    }
    assert [one.item["stem"] for one in again.items] == ["One?", "Two?", "Three?", "Why?", "Four?"]


def test_a_number_never_gives_an_item_another_content(tx: Session, staff: Staff, framework: Framework) -> None:
    text = "One? {=x ~y}\n\nTwo? {=x ~y}\n"
    numbering(tx, staff, framework, text)
    shifted = numbering(tx, staff, framework, "None? {=x ~y}\n\n" + text)
    assert shifted.becoming == {"P-0003": "new"}
    refused = [loss.message for loss in shifted.report.of_kind(LossKind.REFUSED)]
    assert len(refused) == 2
    assert "the bank has another content under 'P-0001', which is only this question's number" in refused[0]
    named = numbering(tx, staff, framework, "// [id:P-0001]\nWhich one? {=x ~y}\n")
    assert named.becoming == {"P-0001": "next"}
    retagged = numbering(tx, staff, framework, "Which one? {=x ~y}\n", level=5)
    assert retagged.becoming == {"P-0001": "next"}


@pytest.mark.parametrize("format_name", ["moodle", "qti3", "csv", "bank"])
def test_what_an_item_says_in_another_language_is_no_next_version_of_it(
    tx: Session, staff: Staff, framework: Framework, format_name: str
) -> None:
    make_drafts(tx, staff, framework, [item_document("a")])
    german = item_document("a", stem="Was tut die Stadt zuerst?")
    target = Target("f", "de", LossReport(), framework=framework)
    document = b"".join(FORMATS[format_name].write([german], target))
    how = {"file": "f", "format_name": format_name, "supplied": Supplied(language="de"), "actor": staff.author}
    preview = preview_items(tx, framework, BytesIO(document), **how)
    assert preview.becoming == {}
    [refused] = preview.report.of_kind(LossKind.REFUSED)
    assert "'a' is written in 'en', so this is a translation into 'de'; import translations by" in refused.message


def test_an_item_that_came_in_in_another_language_meanwhile_has_changed(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    make_drafts(tx, staff, framework, [item_document("a")])
    preview = previewing(tx, staff, framework, question("a"))
    assert preview.becoming == {"a": "next"}
    edition = newest_editions(tx, staff.organisation.id)["a"]
    drafts = [sound_draft(preview.items[0].item, "de", competence_ids(tx, framework))]
    with pytest.raises(BankChanged):
        importing._refuse_changes(framework, preview, drafts, {"a": edition})


@pytest.mark.usefixtures("at_once")
def test_questions_that_are_refused_count_towards_the_most_that_are_taken(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    essays = "An essay {}\n\n" * 3
    with pytest.raises(TooLarge, match="more than 2 questions"):
        preview_items(tx, framework, BytesIO(essays.encode()), items_max=2, **facts(staff))
