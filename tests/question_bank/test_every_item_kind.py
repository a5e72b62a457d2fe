"""What holds for every kind of item: the rest of the product asks no kind for more. A new kind adds its sample."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from copy import deepcopy
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.canonical import canonical_json, digest
from kernel.errors import Invalid
from question_bank.documents import FAULTS_KEPT_MAX
from question_bank.item_kinds import KINDS, MARKED_BY_PEOPLE, CreditTable, ItemKind, MarkedByPeople
from question_bank.items import content_hash
from tests.builders.samples import SAMPLES, Json, Sample
from tests.proofs import worked_again

OF_THE_PAPER = {"slot", "revision", "response"}
CALLS_MAX = 1500
FAULT_CHARACTERS_MAX = 4000
EXACT, TABLE_CUT = CreditTable.EXACT, CreditTable.TABLE_CUT
names = st.sampled_from(sorted(KINDS))
KEYED = [name for name in KINDS if name not in MARKED_BY_PEOPLE]


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
    assert shown["stem"] == f"<p>{sample.content['stem']}</p>"
    assert not shown.keys() & OF_THE_PAPER
    assert "SECRET" not in canonical_json(shown).decode()


def test_a_candidate_sees_nothing_that_was_not_foreseen(kind: ItemKind, sample: Sample) -> None:
    marked = with_a_stranger_everywhere(sample.content)
    shown = kind.candidate_content(marked, kind.arrange(marked, list))
    assert shown == kind.candidate_content(sample.content, kind.arrange(sample.content, list))


def with_a_stranger_everywhere(value: Any) -> Any:
    match value:
        case dict() if "r1" in value or "p1" in value:  # an object named by ids, where a stranger would be one
            return value
        case dict():
            return {name: with_a_stranger_everywhere(inner) for name, inner in value.items()} | {"stranger": "x"}
        case list():
            return [with_a_stranger_everywhere(inner) for inner in value]
        case _:
            return value


def test_what_may_stand_in_any_order_is_drawn(kind: ItemKind, sample: Sample) -> None:
    drawn = kind.arrange(sample.content, backwards) != kind.arrange(sample.content, list)
    assert drawn == (kind.name not in {"gap_text", "short_text", "numeric", "hotspot", "essay", "upload"})


def test_the_order_of_things_says_nothing_about_an_answer(kind: ItemKind, sample: Sample) -> None:
    here, there = (kind.arrange(sample.content, draw) for draw in (list, backwards))
    for response in ({}, sample.right, sample.wrong, *(one for pair in sample.alike for one in pair)):
        assert kind.read_response(here, response) == kind.read_response(there, response)


def test_equal_answers_have_one_form_that_is_read_as_itself(kind: ItemKind, sample: Sample) -> None:
    arrangement = kind.arrange(sample.content, list)
    for one, other in sample.alike:
        read = kind.read_response(arrangement, one)
        assert canonical_json(read) == canonical_json(other) == canonical_json(kind.read_response(arrangement, other))
    right = kind.read_response(arrangement, sample.right)
    assert right
    assert kind.read_response(arrangement, json.loads(canonical_json(right))) == right


def test_nothing_answered_is_the_empty_object_and_worth_nothing(kind: ItemKind, sample: Sample) -> None:
    assert kind.read_response(kind.arrange(sample.content, list), {}) == {}
    for table in CreditTable:
        none, empty = (kind.mark(sample.content, value, table) for value in (None, {}))
        assert none == empty
        assert none.fraction == 0


@pytest.mark.parametrize("kind", [KINDS[name] for name in KEYED], ids=KEYED)
def test_the_right_answer_is_worth_all_with_a_proof_that_can_be_stored(kind: ItemKind, sample: Sample) -> None:
    for table in CreditTable:
        mark = kind.mark(sample.content, sample.right, table)
        assert mark.fraction == 1
        assert json.loads(canonical_json(mark.proof)) == mark.proof


@pytest.mark.parametrize("kind", [KINDS[name] for name in KEYED], ids=KEYED)
def test_what_is_right_in_part_is_worth_its_part_and_what_is_wrong_nothing(kind: ItemKind, sample: Sample) -> None:
    response, worth = sample.partly
    assert kind.mark(sample.content, response, EXACT).fraction == worth
    assert kind.mark(sample.content, response, TABLE_CUT).fraction == Fraction(int(worth * 100), 100)
    assert kind.mark(sample.content, sample.wrong, EXACT).fraction == 0


@pytest.mark.parametrize("name", sorted(MARKED_BY_PEOPLE))
def test_what_people_mark_is_worth_nothing_that_a_machine_could_say(name: str) -> None:
    kind, sample = KINDS[name], SAMPLES[name]
    for response in (sample.right, sample.wrong):
        with pytest.raises(MarkedByPeople):
            kind.mark(sample.content, response, EXACT)


@pytest.mark.parametrize("foreign", [[], 0, "", False, {"foreign": 1}, {"chosen": ["c"], "foreign": 1}])
def test_a_foreign_response_is_refused_rather_than_scored(kind: ItemKind, sample: Sample, foreign: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        kind.mark(sample.content, foreign, EXACT)
    assert [fault.place for fault in refusal.value.faults] == [""]


# Proofs

WAYS: dict[str, list[Json]] = {
    "multiple_choice": [{"scoring": scoring} for scoring in ("ecqa", "all_or_nothing", "plus_minus")],
    "matrix": [{"credit": "all_or_nothing"}],
    "matching": [{"credit": "all_or_nothing"}, {"use": "often"}],
    "ordering": [{"counted": counted} for counted in ("whole", "places", "neighbours")],
    "gap_select": [{"credit": "all_or_nothing"}],
    "gap_text": [{"credit": "all_or_nothing"}, {"case": "counts"}, {"accents": "counts"}],
    "short_text": [{"case": "counts"}, {"accents": "counts"}],
    "numeric": [
        {"within": within}
        for within in ({"absolute": "0.5"}, {"relative": "0"}, {"significant_figures": 2}, {"decimal_places": 1})
    ],
    "hotspot": [{"scoring": scoring} for scoring in ("ecqa", "all_or_nothing", "plus_minus")],
}
"""What an item may say about its own marking, besides saying nothing."""

typed = st.text("SECRETcountsurveydesign ", max_size=14) | st.sampled_from(["secret count", "SECRET census", "SURVEY"])
digits = st.decimals(0, 20, allow_nan=False, places=2).map(str) | st.integers(12000, 13000).map(str)


def some_of(ids: Any, values: Any) -> Any:
    return st.dictionaries(st.sampled_from(ids), values)


ANSWERS: dict[str, Any] = {
    "single_choice": st.lists(st.sampled_from("abcde"), max_size=1).map(lambda ids: {"chosen": ids}),
    "multiple_choice": st.lists(st.sampled_from("abcde"), unique=True).map(lambda ids: {"chosen": ids}),
    "matrix": some_of(["r1", "r2", "r3"], st.sampled_from("tf")).map(lambda pairs: {"marked": pairs}),
    "matching": st.permutations(["c1", "c2", "c3", "c4"]).flatmap(
        lambda order: st.sets(st.sampled_from(range(3))).map(
            lambda places: {"matched": {f"p{place + 1}": order[place] for place in places}}
        )
    ),
    "ordering": st.permutations("wxyz").map(lambda order: {"ordered": list(order)}),
    "gap_select": some_of("12", st.sampled_from("ab")).map(lambda filled: {"filled": filled}),
    "gap_text": some_of("12", typed).map(lambda filled: {"filled": filled}),
    "short_text": typed.map(lambda text: {"text": text}),
    "numeric": st.builds(
        lambda value, unit: {"number": {"value": value} | unit},
        digits,
        st.sampled_from([{}, {"unit": "km"}, {"unit": "m"}]),
    ),
    "hotspot": st.lists(st.sampled_from("abcd"), unique=True).map(lambda ids: {"chosen": ids}),
}


@given(st.sampled_from(KEYED), st.sampled_from(CreditTable), st.data())
def test_a_proof_is_enough_to_work_the_mark_out_again(name: str, table: CreditTable, data: st.DataObject) -> None:
    kind, sample = KINDS[name], SAMPLES[name]
    content = sample.content | data.draw(st.sampled_from([{}, *WAYS.get(name, [])]))
    assert kind.faults(content) == []
    mark = kind.mark(content, data.draw(ANSWERS[name] | st.sampled_from([sample.right, sample.wrong])), table)
    stored = json.loads(canonical_json(mark.proof))
    assert Fraction(stored["fraction"]) == mark.fraction == worked_again(stored)
    assert stored["credit_table"] == table
    assert 0 <= mark.fraction <= 1


def test_an_item_that_says_nothing_of_scoring_keeps_its_hash() -> None:
    hashed = content_hash("multiple_choice", "en", SAMPLES["multiple_choice"].content)
    assert hashed == "439ed06ca068aa054443e4c88dc359b3648cb73109101868cc16cca125cf1d05"


# Anything at all

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from("abcde"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def paths(value: Any) -> Iterator[tuple[Any, ...]]:
    """Every place within a JSON value."""
    yield ()
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in inner:
        yield from ((name, *path) for path in paths(member))


@st.composite
def spoilt(draw: st.DrawFn, value: Any) -> Any:
    """A JSON value in which anything stands at a few of its places."""
    value = deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from([path for path in paths(value) if path]))
        place = value
        for step in way:
            place = place[step]
        place[last] = deepcopy(draw(json_values | st.sampled_from(list(value.values()))))
    return value


def assert_each_has_a_place(places: list[str]) -> None:
    assert places
    assert {place[:1] for place in places} <= {"", "/"}


@given(names, st.data())
def test_whatever_is_answered_is_read_or_refused_with_its_place(name: str, data: st.DataObject) -> None:
    kind, sample = KINDS[name], SAMPLES[name]
    arrangement = kind.arrange(sample.content, list)
    value = data.draw(
        json_values | st.fixed_dictionaries(dict.fromkeys(sample.right, json_values)) | spoilt(sample.right)
    )
    try:
        read = kind.read_response(arrangement, value)
    except Invalid as refusal:
        assert_each_has_a_place([fault.place for fault in refusal.faults])
    else:
        assert kind.read_response(arrangement, read) == read
        if name in KEYED or not read:
            digest(kind.mark(sample.content, read, EXACT).proof)


@given(names, st.data())
def test_whatever_an_item_says_has_faults_or_can_be_sat(name: str, data: st.DataObject) -> None:
    kind, sample = KINDS[name], SAMPLES[name]
    content = data.draw(json_values | spoilt(sample.content))
    faults = kind.faults(content)
    if faults:
        assert_each_has_a_place([fault.place for fault in faults])
        assert all(fault.message for fault in faults)
    else:
        arrangement = kind.arrange(content, backwards)
        digest(kind.candidate_content(content, arrangement))
        assert kind.mark(content, kind.read_response(arrangement, {}), EXACT).fraction == 0


def bulks(answer: Json) -> list[Any]:
    """What fills 16 KB in the place of an answer: long lists, wide objects, long texts, deep nesting."""
    (member,) = answer
    wide = {chr(0x100 + number): "a" for number in range(2000)}
    deep: Any = []
    for _ in range(4000):
        deep = [deep]
    inner = [["a"] * 4000, [1] * 8000, wide, "a" * 16000, "9" * 16000, "a" + "\u0315\u0300" * 4000, deep, 10**4000]
    named = answer[member] if isinstance(answer[member], dict) else {}
    return [wide, *({member: bulk} for bulk in inner), *({member: {name: bulk}} for name in named for bulk in inner)]


def test_sixteen_kilobytes_cost_no_more_than_a_short_refusal(kind: ItemKind, sample: Sample) -> None:
    arrangement = kind.arrange(sample.content, list)
    for bulk in bulks(sample.right):
        events: list[str] = []
        sys.setprofile(lambda _frame, event, _argument, heard=events: heard.append(event))
        try:
            with pytest.raises(Invalid) as refusal:
                kind.read_response(arrangement, bulk)
        finally:
            sys.setprofile(None)
        assert len(events) < CALLS_MAX
        assert sum(len(str(fault)) for fault in refusal.value.faults) < FAULT_CHARACTERS_MAX


def test_only_a_short_text_is_brought_into_one_form(kind: ItemKind, sample: Sample, monkeypatch: Any) -> None:
    """The time that takes grows with the square of the length."""
    lengths = [0]
    monkeypatch.setattr(
        "question_bank.item_kinds.reading.unicodedata.normalize", lambda _form, text: lengths.append(len(text)) or text
    )
    for bulk in bulks(sample.right):
        with pytest.raises(Invalid):
            kind.read_response(kind.arrange(sample.content, list), bulk)
    assert max(lengths) <= 200


def test_an_item_of_faults_is_not_read_forever(kind: ItemKind, sample: Sample) -> None:
    for name in sample.content:
        for bulk in ([[]] * 5000, {str(number): [] for number in range(5000)}, "[[1]]" * 5000):
            faults = kind.faults(sample.content | {name: bulk})
            assert 0 < len(faults) <= FAULTS_KEPT_MAX + 1
