"""Answers: whatever is sent is read once for all who answer alike, or refused where it is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_engine.delivery.answers import SHARED_BYTES_MAX, Answer, Slot, answer_to, shared_slot
from exam_engine.delivery.responses import ForeignResponse
from kernel.canonical import canonical_json, digest

SEVERAL = shared_slot("multiple_choice", {"options": list("abcde")})
ONE = shared_slot("single_choice", {"options": list("abcd")})


def answered(slot: Slot, response: object) -> Answer:
    return answer_to(slot, json.dumps(response).encode())


def test_an_answer_is_kept_in_canonical_form_with_its_hash() -> None:
    answer = answered(SEVERAL, {"chosen": ["c", "a"]})
    assert bytes(answer.value) == b'{"chosen":["a","c"]}'
    assert answer.value_hash == digest({"chosen": ["a", "c"]})
    assert bytes(answered(ONE, {"chosen": []}).value) == bytes(answered(ONE, {}).value) == b"{}"


def test_papers_share_a_slot_in_whatever_order_it_is_shown() -> None:
    assert shared_slot("multiple_choice", {"options": list("ecabd")}) is SEVERAL
    assert shared_slot("single_choice", {"options": list("abcde")}) is not SEVERAL
    assert shared_slot("multiple_choice", {"options": list("abcd")}) is not SEVERAL


def test_an_order_is_looked_through_wherever_it_stands() -> None:
    one = shared_slot("any", {"left": ["a", "b"], "right": {"x": ["1", "2"], "y": [["3", "4"], ["5"]]}, "width": 640})
    other = shared_slot("any", {"right": {"y": [["5"], ["4", "3"]], "x": ["2", "1"]}, "width": 640, "left": ["b", "a"]})
    assert one is other
    assert shared_slot("any", {"left": ["a", "b"], "right": {"x": ["1", "2"]}, "width": 480}) is not one


def test_the_same_answer_is_worked_out_once() -> None:
    first = answered(SEVERAL, {"chosen": ["b"]})
    assert answered(shared_slot("multiple_choice", {"options": list("edcba")}), {"chosen": ["b"]}) is first
    assert answered(ONE, {"chosen": ["b"]}) is not first


def test_long_answers_do_not_fill_the_memory() -> None:
    padded = b'{"chosen":["b"]}'.ljust(SHARED_BYTES_MAX + 1)
    assert answer_to(SEVERAL, padded) is not answer_to(SEVERAL, padded)
    assert answer_to(SEVERAL, padded) == answered(SEVERAL, {"chosen": ["b"]})
    assert answer_to(SEVERAL, padded[:-1]) is answer_to(SEVERAL, padded[:-1])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from("abcde"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.just("chosen") | st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(st.sampled_from([SEVERAL, ONE]), st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_whatever_is_sent_is_an_answer_or_a_refusal_that_names_its_place(slot: Slot, response: bytes) -> None:
    try:
        answer = answer_to(slot, response)
    except ForeignResponse as refusal:
        places = [fault.place.split("/")[0] for fault in refusal.faults]
    else:
        places = ["response"]
        value = json.loads(bytes(answer.value))
        assert bytes(answer.value) == canonical_json(value)
        assert answer_to(slot, bytes(answer.value)).value_hash == answer.value_hash == digest(value)
    assert set(places) == {"response"}


class EchoKind:
    """A kind that takes everything for an answer, as a careless one might."""

    name = "echo"

    def read_response(self, _arrangement: object, value: Any) -> Any:
        return value


@pytest.mark.parametrize(
    ("response", "place"),
    [
        (b'{"text": "nul \\u0000"}', "response/text"),
        (b'{"x": [1, 1.5]}', "response/x/1"),
        (b'{"a": ' * 40 + b"1" + b"}" * 40, "response" + "/a" * 32),
        (b'{"text": "' + b"x" * 500 + b'\\u0007"}', "response/text"),
    ],
)
def test_what_cannot_be_stored_exactly_is_refused_whatever_its_kind(
    monkeypatch: pytest.MonkeyPatch, response: bytes, place: str
) -> None:
    monkeypatch.setattr("exam_engine.delivery.answers.kind_named", lambda _name: EchoKind())
    with pytest.raises(ForeignResponse) as refusal:
        answer_to(shared_slot("echo", {}), response)
    assert [fault.place for fault in refusal.value.faults] == [place]
