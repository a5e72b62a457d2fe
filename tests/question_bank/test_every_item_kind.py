"""What holds for every kind of item: the rest of the product asks no kind for more. A new kind adds its sample."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.canonical import canonical_json
from kernel.errors import Invalid
from question_bank.item_kinds import KINDS, CreditTable, ItemKind

OF_THE_PAPER = {"slot", "revision", "response"}


@dataclass(frozen=True)
class Sample:
    """An item whose secrets say SECRET, a whole right answer, and the same answers in other words, pair by pair."""

    content: dict[str, Any]
    right: dict[str, Any]
    alike: list[tuple[dict[str, Any], dict[str, Any]]]


def choice(key: list[str]) -> dict[str, Any]:
    return {
        "stem": "What comes first?",
        "options": [{"id": id_, "text": f"Option {id_}", "feedback": f"SECRET {id_}"} for id_ in "abcde"],
        "key": key,
        "rationale": "SECRET rationale",
        "source": "SECRET source",
    }


SAMPLES = {
    "single_choice": Sample(choice(["c"]), {"chosen": ["c"]}, [({"chosen": []}, {})]),
    "multiple_choice": Sample(
        choice(["a", "c"]),
        {"chosen": ["a", "c"]},
        [({"chosen": ["c", "a"]}, {"chosen": ["a", "c"]}), ({"chosen": []}, {})],
    ),
}


def backwards(ids: Any) -> list[str]:
    return list(reversed(ids))


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> ItemKind:
    return KINDS[request.param]


@pytest.fixture
def sample(kind: ItemKind) -> Sample:
    return SAMPLES[kind.name]


def test_every_kind_has_a_sample_under_its_name() -> None:
    assert list(SAMPLES) == list(KINDS) == [kind.name for kind in KINDS.values()]


def test_the_sample_has_no_faults(kind: ItemKind, sample: Sample) -> None:
    assert kind.faults(sample.content) == []


def test_an_arrangement_is_stored_and_read_back(kind: ItemKind, sample: Sample) -> None:
    arrangement = kind.arrange(sample.content, backwards)
    assert json.loads(canonical_json(arrangement)) == arrangement


def test_a_candidate_sees_no_secret_and_nothing_in_the_papers_own_words(kind: ItemKind, sample: Sample) -> None:
    shown = kind.candidate_content(sample.content, kind.arrange(sample.content, backwards))
    assert shown["kind"] == kind.name
    assert not shown.keys() & OF_THE_PAPER
    assert "SECRET" not in canonical_json(shown).decode()


def test_the_order_of_things_says_nothing_about_an_answer(kind: ItemKind, sample: Sample) -> None:
    here, there = (kind.arrange(sample.content, draw) for draw in (list, backwards))
    for response in ({}, sample.right, *(one for pair in sample.alike for one in pair)):
        assert kind.read_response(here, response) == kind.read_response(there, response)


def test_equal_answers_have_one_form_that_is_read_as_itself(kind: ItemKind, sample: Sample) -> None:
    arrangement = kind.arrange(sample.content, list)
    for one, other in sample.alike:
        assert kind.read_response(arrangement, one) == kind.read_response(arrangement, other)
    right = kind.read_response(arrangement, sample.right)
    assert right
    assert kind.read_response(arrangement, json.loads(canonical_json(right))) == right


def test_nothing_answered_is_the_empty_object_and_worth_nothing(kind: ItemKind, sample: Sample) -> None:
    assert kind.read_response(kind.arrange(sample.content, list), {}) == {}
    for table in CreditTable:
        none, empty = (kind.mark(sample.content, value, table) for value in (None, {}))
        assert none == empty
        assert none.fraction == 0


def test_the_right_answer_is_worth_all_with_a_proof_that_can_be_stored(kind: ItemKind, sample: Sample) -> None:
    for table in CreditTable:
        mark = kind.mark(sample.content, sample.right, table)
        assert mark.fraction == 1
        assert json.loads(canonical_json(mark.proof)) == mark.proof


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from("abcde"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.sampled_from(sorted(KINDS)), st.data())
def test_whatever_is_answered_is_read_or_refused_with_its_place(name: str, data: st.DataObject) -> None:
    kind, sample = KINDS[name], SAMPLES[name]
    arrangement = kind.arrange(sample.content, list)
    of_its_shape = st.fixed_dictionaries(dict.fromkeys(sample.right, json_values))
    value = data.draw(json_values | of_its_shape)
    try:
        read = kind.read_response(arrangement, value)
    except Invalid as refusal:
        starts = {fault.place[:1] for fault in refusal.faults}
    else:
        starts = {""}
        assert kind.read_response(arrangement, read) == read
    assert starts
    assert starts <= {"", "/"}
