"""What is written in a format is read again as the same, for every kind that the format has."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from kernel.sentences import Sentence
from question_bank.interchange.entries import Entry, Source, Target
from question_bank.interchange.formats import FORMATS
from question_bank.interchange.losses import LossKind, LossReport
from tests.builders.item_drafts import KINDS, items

_SEARCHING = settings(max_examples=60, database=None, derandomize=True, phases=[Phase.generate])
WHOLE = {"gift": 7, "moodle": 10, "csv": 9, "xlsx": 9}


def written(name: str, drafts: Sequence[dict[str, Any]]) -> tuple[bytes, LossReport]:
    report = LossReport()
    return b"".join(FORMATS[name].write(drafts, Target(f"out.{name}", "en", report))), report


def entries(name: str, document: bytes) -> tuple[list[Entry], LossReport]:
    report = LossReport()
    return [
        entry for entry in FORMATS[name].read(Source(BytesIO(document), f"in.{name}", "en", report)) if entry.item
    ], report


def canonical(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if value not in ("", [])}


def without_name(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "code"}


@pytest.mark.parametrize("name", WHOLE)
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(data=st.data())
def test_an_item_comes_back_whole(name: str, data: st.DataObject) -> None:
    item = data.draw(items())
    document, report = written(name, [item])
    assume(report.taken)
    [entry], losses = entries(name, document)
    assert canonical(entry.item) == canonical(item)
    assert list(losses.losses) == []


@pytest.mark.parametrize("name", WHOLE)
def test_every_kind_of_a_format_is_written(name: str) -> None:
    found = {kind for kind in KINDS if _is_written(name, kind)}
    assert len(found) == WHOLE[name], found ^ set(KINDS)


def _is_written(name: str, kind: str) -> bool:
    try:
        find(items(kinds=(kind,)), lambda item: bool(written(name, [item])[1].taken), settings=_SEARCHING)
    except NoSuchExample:
        return False
    return True


@pytest.mark.parametrize("name", WHOLE)
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=30)
@given(item=items())
def test_what_a_format_cannot_say_is_told_in_sentences_down_to_the_reason(name: str, item: dict[str, Any]) -> None:
    for loss in written(name, [item])[1].losses:
        assert isinstance(loss.message, Sentence)
        assert isinstance(loss.message.values.get("reason", loss.message), Sentence)


@settings(max_examples=50)
@given(st.lists(items(kinds=("single_choice",)), min_size=1, max_size=3))
def test_aiken_is_read_as_it_was_read_before(drafts: list[dict[str, Any]]) -> None:
    document, report = written("aiken", drafts)
    once = [entry.item for entry in entries("aiken", document)[0]]
    assert len(once) == len(report.taken and drafts)
    named = [item | {"code": f"Q{number}", "rationale": "x"} for number, item in enumerate(once)]
    again = [entry.item for entry in entries("aiken", written("aiken", named)[0])[0]]
    assert again == once
    assert {loss.kind for loss in report.losses} == {LossKind.CHANGED}
