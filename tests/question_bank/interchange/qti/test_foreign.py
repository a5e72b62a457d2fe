"""Items that other systems made: what of them is taken, and how what is not is told."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from question_bank.interchange.entries import Entry, Source
from question_bank.interchange.losses import LossReport
from question_bank.interchange.qti.package_reading import read_qti

FIXTURES = Path(__file__).parents[3] / "fixtures"


def keep(name: str, content: bytes) -> str:
    assert name
    return f"media:{hashlib.sha256(content).hexdigest()}.jpg"


def read(name: str, language: str = "en") -> tuple[list[Entry], list[str]]:
    report = LossReport()
    with (FIXTURES / name).open("rb") as source:
        found = [
            entry for entry in read_qti(Source(source, name.rpartition("/")[2], language, report, keep)) if entry.item
        ]
    return found, [f"{loss.kind.value} {loss}" for loss in report.losses]


def test_a_package_with_many_interactions_gives_those_that_are_known_here() -> None:
    found, losses = read("qti3/no-max-score-all-items.zip")
    assert {entry.item["kind"] for entry in found} == {"single_choice", "gap_select", "gap_text", "matching"}
    told = "\n".join(losses)
    for unknown in ("hottext", "gap-match"):
        assert f"is answered by <qti-{unknown}-interaction>, for which there is no kind of item here" in told
    assert "QUE_2_2.xml:24: QUE_11_1: is marked by people and brings no rubric that can be read" in told
    assert "is a test; items alone are taken" in told


@pytest.mark.parametrize(
    ("name", "kind", "told"),
    [
        ("qti3/items/simple-choice-processing.xml", "single_choice", "its things are shown in an order drawn"),
        ("qti3/items/match-correct-template.xml", "short_text", "its title is what is asked: nothing else is"),
        ("qti2/pyslet_mchc_ir_01.xml", "single_choice", "does not keep its place: the order is drawn"),
    ],
)
def test_an_item_is_taken_and_told_what_it_says_no_more(name: str, kind: str, told: str) -> None:
    found, losses = read(name, "nl" if name.startswith("qti3/items") else "en")
    assert [entry.item["kind"] for entry in found] == [kind]
    assert any(told in loss and loss.startswith("changed") for loss in losses), losses


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("qti3/items/else-if-after-else.xml", "has a condition with several ways, which has no counterpart here"),
        ("qti3/items/complex-response-processing.xml", "is adaptive"),
        ("qti3/items/map-response-template.xml", "declares a response that is identifier, where"),
        ("qti3/items/map-response-point-template.xml", "<qti-area-mapping>, which has no counterpart here"),
        ("qti3/items/without-response-processing.xml", "is marked by people and brings no rubric"),
        ("qti3/items/various-expressions.xml", "has no counterpart here"),
        ("qti2/q2.xml", "does not say what is right and what it is worth"),
    ],
)
def test_an_item_that_is_not_understood_is_refused_with_its_line(name: str, told: str) -> None:
    found, losses = read(name)
    assert found == []
    refusals = [loss for loss in losses if loss.startswith("refused")]
    assert any(told in loss and f"{name.rpartition('/')[2]}:" in loss for loss in refusals), losses
