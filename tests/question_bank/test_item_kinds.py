"""Choices: content is checked, shown from an allow-list, answered canonically and marked by ECQA's rules or others."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import chain, combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.canonical import digest
from kernel.errors import Invalid
from question_bank.item_kinds import KINDS, CreditTable, Mark, UnknownKind, kind_named

SINGLE, MULTIPLE = KINDS["single_choice"], KINDS["multiple_choice"]
EXACT, TABLE_CUT = CreditTable.EXACT, CreditTable.TABLE_CUT
IDS = "abcdefgh"
ABCD = {"options": list("abcd")}


def content(count: int = 4, right: Iterable[str] = "c", /, **changes: Any) -> dict[str, Any]:
    return {
        "stem": "What comes first?",
        "options": [{"id": id_, "text": f"Option {id_}", "feedback": f"About {id_}."} for id_ in IDS[:count]],
        "key": list(right),
        "rationale": "Because.",
        "source": "A book",
        **changes,
    }


def chosen(ids: Iterable[str]) -> dict[str, Any]:
    return {"chosen": list(ids)}


def subsets(ids: str) -> list[tuple[str, ...]]:
    return list(chain.from_iterable(combinations(ids, size) for size in range(len(ids) + 1)))


def fraction_of(right: int, right_chosen: int, table: CreditTable, wrong_chosen: int = 0) -> Fraction:
    item = content(8, IDS[:right])
    return MULTIPLE.mark(item, chosen(IDS[:right_chosen] + IDS[8 - wrong_chosen :]), table).fraction


def test_the_registry_knows_kinds_by_name_and_refuses_others() -> None:
    assert list(KINDS)[:2] == ["single_choice", "multiple_choice"]
    assert kind_named("single_choice") is SINGLE
    with pytest.raises(UnknownKind, match="'oral' is no kind of item; there are single_choice, multiple_choice, "):
        kind_named("oral")


# Oracle: ECQA's published table (ecqa.org/index.php?id=253), in percent, for none to all right options chosen.
PRINTED = {1: (0, 100), 2: (0, 50, 100), 3: (0, 33, 66, 100), 4: (0, 25, 50, 75, 100)}


@pytest.mark.parametrize("right", PRINTED)
def test_table_cut_prints_what_ecqa_prints(right: int) -> None:
    marks = [fraction_of(right, right_chosen, TABLE_CUT) for right_chosen in range(right + 1)]
    assert marks == [Fraction(percent, 100) for percent in PRINTED[right]]


def test_table_cut_continues_with_whole_percents_cut_off() -> None:
    assert [fraction_of(6, k, TABLE_CUT) * 100 for k in range(7)] == [0, 16, 33, 50, 66, 83, 100]
    assert [fraction_of(7, k, TABLE_CUT) * 100 for k in range(8)] == [0, 14, 28, 42, 57, 71, 85, 100]


@pytest.mark.parametrize("right", range(1, 8))
def test_exact_credit_is_the_share_of_right_options(right: int) -> None:
    assert [fraction_of(right, k, EXACT) for k in range(right + 1)] == [Fraction(k, right) for k in range(right + 1)]


@pytest.mark.parametrize("table", CreditTable)
@pytest.mark.parametrize("right", range(1, 7))
def test_one_wrong_option_makes_it_nothing(right: int, table: CreditTable) -> None:
    assert {fraction_of(right, k, table, wrong_chosen=1) for k in range(right + 1)} == {Fraction(0)}


@pytest.mark.parametrize("table", CreditTable)
def test_ticking_everything_is_worth_nothing_unless_everything_is_right(table: CreditTable) -> None:
    assert MULTIPLE.mark(content(5, "ab"), chosen("abcde"), table).fraction == 0
    assert MULTIPLE.mark(content(5, "abcde"), chosen("abcde"), table).fraction == 1


# Oracle: the vectors of the two-thirds trap: (answers as (how many, right options, right ones chosen), exact, table_cut).
VECTORS = [
    ([(6, 1, 1), (1, 3, 2), (3, 1, 0)], "2/3", "66.6"),
    ([(10, 3, 2)], "2/3", "66.0"),
    ([(5, 1, 1), (5, 3, 1)], "2/3", "66.5"),
    ([(10, 1, 1), (5, 1, 0)], "2/3", "200/3"),
    ([(33, 1, 1), (17, 1, 0)], "66/100", "66.0"),
    ([(7, 1, 1), (9, 3, 2), (1, 4, 1), (3, 1, 0)], "66.25/100", "65.95"),
    ([(6, 1, 1), (1, 2, 1), (3, 1, 0)], "65/100", "65.0"),
    ([(6, 1, 1), (1, 4, 3), (3, 1, 0)], "67.5/100", "67.5"),
    ([(7, 1, 1), (3, 1, 0)], "70/100", "70.0"),
]


@pytest.mark.parametrize(("answers", "exact", "table_cut"), VECTORS)
def test_whole_elements_score_as_the_published_marks_demand(
    answers: list[tuple[int, int, int]], exact: str, table_cut: str
) -> None:
    def score(table: CreditTable) -> Fraction:
        marks = [fraction_of(right, right_chosen, table) for many, right, right_chosen in answers for _ in range(many)]
        return sum(marks, Fraction(0)) / len(marks)

    def read(text: str) -> Fraction:
        over, _, under = text.partition("/")
        return Fraction(over) / Fraction(under or 1)

    assert score(EXACT) == read(exact)
    assert score(TABLE_CUT) == read(table_cut) / 100


# Oracle: what somebody who knows nothing can expect with five options, for two and three right ones, in percent:
# of choosing any subset, of choosing as many as are right, of ticking all.
GUESSES = {
    "ecqa": ((6, 10, 0), (13, 10, 0)),
    "all_or_nothing": ((3, 10, 0), (3, 10, 0)),
    "plus_minus": ((11, 10, 0), (24, 30, 33)),
}


@pytest.mark.parametrize("scoring", GUESSES)
@pytest.mark.parametrize("key", ["ab", "abc"])
def test_a_guesser_expects_what_the_way_of_scoring_is_known_to_give(scoring: str, key: str) -> None:
    item = content(5, key, scoring=scoring)

    def expected(responses: list[tuple[str, ...]]) -> Fraction:
        marks = [MULTIPLE.mark(item, chosen(response), EXACT).fraction for response in responses]
        return sum(marks, Fraction(0)) / len(marks)

    ways = (subsets(IDS[:5]), list(combinations(IDS[:5], len(key))), [tuple(IDS[:5])])
    assert tuple(int(expected(way) * 100 + Fraction(1, 2)) for way in ways) == GUESSES[scoring][len(key) - 2]


def test_a_guesser_under_ecqas_rule_expects_exactly_a_sixteenth_or_an_eighth() -> None:
    for key, worth in (("ab", Fraction(1, 16)), ("abc", Fraction(1, 8))):
        marks = [MULTIPLE.mark(content(5, key), chosen(response), EXACT).fraction for response in subsets(IDS[:5])]
        assert sum(marks) / len(marks) == worth


@pytest.mark.parametrize(
    ("scoring", "response", "exact", "table_cut"),
    [
        ("ecqa", "ab", "2/3", "66/100"),
        ("ecqa", "abd", "0", "0"),
        ("all_or_nothing", "ab", "0", "0"),
        ("all_or_nothing", "abc", "1", "1"),
        ("all_or_nothing", "abcd", "0", "0"),
        ("plus_minus", "ab", "2/3", "66/100"),
        ("plus_minus", "abd", "1/3", "33/100"),
        ("plus_minus", "ad", "0", "0"),
        ("plus_minus", "de", "0", "0"),
        ("plus_minus", "abcde", "1/3", "33/100"),
        ("plus_minus", "abc", "1", "1"),
    ],
)
def test_ways_of_scoring_under_both_credit_tables(scoring: str, response: str, exact: str, table_cut: str) -> None:
    marks = [MULTIPLE.mark(content(5, "abc", scoring=scoring), chosen(response), table) for table in (EXACT, TABLE_CUT)]
    assert [mark.fraction for mark in marks] == [Fraction(exact), Fraction(table_cut)]
    assert {mark.proof["rule"] for mark in marks} == {scoring}


def test_scoring_that_is_not_said_is_ecqas_and_is_shown_to_nobody() -> None:
    said, unsaid = content(5, "ab", scoring="ecqa"), content(5, "ab")
    assert MULTIPLE.mark(said, chosen("a"), EXACT) == MULTIPLE.mark(unsaid, chosen("a"), EXACT)
    shown = [MULTIPLE.candidate_content(item, {"options": list("abcde")}) for item in (said, unsaid)]
    assert shown[0] == shown[1]


def test_only_multiple_choice_has_ways_of_scoring() -> None:
    assert MULTIPLE.faults(content(scoring="plus_minus")) == []
    (fault,) = MULTIPLE.faults(content(scoring="per_option"))
    assert (fault.place, fault.message) == (
        "/scoring",
        "'per_option' is no way of scoring; there is ecqa, all_or_nothing, plus_minus",
    )
    assert [fault.place for fault in SINGLE.faults(content(scoring="ecqa"))] == ["/scoring"]


def test_a_guesser_of_single_choice_expects_one_in_as_many_as_there_are_options() -> None:
    marks = [SINGLE.mark(content(4, "c"), chosen(id_), EXACT).fraction for id_ in IDS[:4]]
    assert sum(marks) / 4 == Fraction(1, 4)


@pytest.mark.parametrize("kind", [SINGLE, MULTIPLE])
def test_an_answer_withdrawn_or_never_given_is_worth_nothing(kind: Any) -> None:
    none, withdrawn = (kind.mark(content(), value, EXACT) for value in (None, chosen([])))
    assert none == withdrawn
    assert (none.fraction, none.proof["chosen"]) == (0, [])


items = st.integers(2, 8).flatmap(
    lambda options: st.tuples(
        st.just(options),
        st.sets(st.sampled_from(IDS[:options]), min_size=1),
        st.lists(st.sampled_from(IDS[:options]), unique=True),
    )
)


@given(items, st.sampled_from(CreditTable))
def test_a_proof_is_enough_to_work_the_mark_out_again(
    item: tuple[int, set[str], list[str]], table: CreditTable
) -> None:
    options, key, response = item
    mark = MULTIPLE.mark(content(options, sorted(key)), chosen(response), table)
    proof = mark.proof
    assert proof["rule"] == "ecqa"
    assert proof["credit_table"] == table
    right = [id_ for id_ in proof["chosen"] if id_ in proof["key"]]
    wrong = [id_ for id_ in proof["chosen"] if id_ not in proof["key"]]
    assert (proof["right_chosen"], proof["wrong_chosen"]) == (len(right), len(wrong))
    share = Fraction(0 if wrong else len(right), len(proof["key"]))
    again = share if table is EXACT else Fraction(share * 100 // 1, 100)
    assert Fraction(proof["fraction"]) == again == mark.fraction
    digest(proof)


@given(items)
def test_marks_lie_between_nothing_and_all_and_cut_credit_is_never_more_than_exact(
    item: tuple[int, set[str], list[str]],
) -> None:
    options, key, response = item
    exact, cut = (
        MULTIPLE.mark(content(options, key), chosen(response), table).fraction for table in (EXACT, TABLE_CUT)
    )
    assert 0 <= cut <= exact <= 1
    assert exact - cut < Fraction(1, 100)
    assert (exact == 1) == (set(response) == key) == (cut == 1)


@given(items, st.randoms())
def test_the_order_of_choosing_and_of_the_key_does_not_matter(
    item: tuple[int, set[str], list[str]], chance: Any
) -> None:
    options, key, response = item

    def marked() -> Mark:
        keys, answers = sorted(key), list(response)
        chance.shuffle(keys)
        chance.shuffle(answers)
        return MULTIPLE.mark(content(options, keys), chosen(answers), EXACT)

    assert marked() == marked()


def test_a_response_is_read_into_one_canonical_form() -> None:
    assert MULTIPLE.read_response(ABCD, chosen("cab")) == {"chosen": ["a", "b", "c"]}
    assert SINGLE.read_response(ABCD, chosen("d")) == {"chosen": ["d"]}
    assert SINGLE.read_response(ABCD, chosen("")) == SINGLE.read_response(ABCD, {}) == {}


@pytest.mark.parametrize(
    ("value", "place", "message"),
    [
        (chosen("x"), "/chosen/0", "'x' is no option"),
        (chosen(["a", 1]), "/chosen/1", "must be text"),
        (chosen([["a"]]), "/chosen/0", "must be text"),
        (chosen(["a", None]), "/chosen/1", "must be text"),
        (chosen("aa"), "/chosen/1", "stands already at /chosen/0"),
        (chosen("abcda"), "/chosen", "needs 0 to 4, has 5"),
        ({"chosen": "a"}, "/chosen", "must be a list"),
        ({"chosen": None}, "/chosen", "must be a list"),
        ({"chosen": ["a"], "key": ["a"]}, "", "a response is written"),
        ({"text": "a"}, "", "a response is written"),
        (["a"], "", "a response is written"),
        ("a", "", "a response is written"),
    ],
)
@pytest.mark.parametrize("kind", [SINGLE, MULTIPLE])
def test_a_response_the_item_cannot_have_is_refused_not_scored(kind: Any, value: Any, place: str, message: str) -> None:
    with pytest.raises(Invalid) as read:
        kind.read_response(ABCD, value)
    assert read.value.faults[0].place == place
    assert message in read.value.faults[0].message
    with pytest.raises(Invalid):
        kind.mark(content(), value, EXACT)


def test_single_choice_takes_one_option() -> None:
    with pytest.raises(Invalid, match="has 2 options where one is to be chosen"):
        SINGLE.read_response(ABCD, chosen("ab"))


def test_a_candidate_sees_the_allow_list_in_the_drawn_order_and_nothing_else() -> None:
    shown = MULTIPLE.candidate_content(content(3, "ab", extra="secret"), {"options": list("cab")})
    assert shown == {
        "kind": "multiple_choice",
        "stem": "<p>What comes first?</p>",
        "choose": "several",
        "options": [
            {"id": "c", "text": "Option c"},
            {"id": "a", "text": "Option a"},
            {"id": "b", "text": "Option b"},
        ],
        "counts": "ecqa",
    }
    assert SINGLE.candidate_content(content(2), {"options": list("ba")})["choose"] == "one"


@pytest.mark.parametrize("order", ["ab", "abcc", "abd", ""])
def test_an_order_that_loses_or_doubles_an_option_is_refused(order: str) -> None:
    with pytest.raises(Invalid, match="each thing of the item once"):
        SINGLE.candidate_content(content(3), {"options": list(order)})


def test_the_options_are_arranged_by_drawing_their_ids() -> None:
    assert SINGLE.arrange(content(3), list) == {"options": ["a", "b", "c"]}
    assert SINGLE.arrange(content(3), lambda ids: list(reversed(ids))) == {"options": ["c", "b", "a"]}


@pytest.mark.parametrize("kind", [SINGLE, MULTIPLE])
def test_whole_content_has_no_faults(kind: Any) -> None:
    assert kind.faults(content()) == []
    assert kind.faults(content(options=[{"id": "a", "text": "Yes"}, {"id": "b", "text": "No"}], key=["a"])) == []


OPTION = {"id": "a", "text": "A"}


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        ({"stem": " "}, "/stem", "is empty"),
        ({"stem": 5}, "/stem", "must be text"),
        ({"rationale": ""}, "/rationale", "is empty"),
        ({"source": None}, "/source", "must be text"),
        ({"hint": "psst"}, "/hint", "is unknown here"),
        ({"key": []}, "/key", "needs 1 to 4, has 0"),
        ({"key": "c"}, "/key", "must be a list"),
        ({"key": ["e"]}, "/key/0", "'e' is no option of this item"),
        ({"key": [3]}, "/key/0", "must be text"),
        ({"options": [OPTION], "key": ["a"]}, "/options", "needs 2 to 20, has 1"),
        ({"options": {"a": "A"}, "key": []}, "/options", "must be a list"),
        ({"options": [OPTION, {"id": "b", "text": " "}], "key": ["a"]}, "/options/1/text", "is empty"),
        ({"options": [OPTION, {"id": "b"}], "key": ["a"]}, "/options/1/text", "is missing"),
        ({"options": [OPTION, {"text": "B"}], "key": ["a"]}, "/options/1/id", "is missing"),
        ({"options": [OPTION, {"id": "a", "text": "B"}], "key": ["a"]}, "/options/1/id", "stands already at /options/0/id"),
        ({"options": [OPTION, {"id": "b c", "text": "B"}], "key": ["a"]}, "/options/1/id", "is no code"),
        ({"options": [OPTION, {**OPTION, "id": "b"}], "key": ["a"]}, "/options/1/text", "says the same as /options/0/text"),
        ({"options": [OPTION, {"id": "b", "text": "B", "right": True}], "key": ["a"]}, "/options/1/right", "is unknown"),
        ({"options": [OPTION, {"id": "b", "text": "B", "feedback": ""}], "key": ["a"]}, "/options/1/feedback", "is empty"),
        ({"options": [OPTION, "b"], "key": ["a"]}, "/options/1", "must be an object"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [SINGLE, MULTIPLE])
def test_a_fault_in_the_content_is_named_with_its_place(kind: Any, changes: Any, place: str, message: str) -> None:
    faults = {fault.place: fault.message for fault in kind.faults(content(**{"key": ["a"], **changes}))}
    assert place in faults
    assert message in faults[place]


@pytest.mark.parametrize("missing", ["stem", "options", "key", "rationale", "source"])
def test_nothing_may_be_missing(missing: str) -> None:
    whole = content()
    del whole[missing]
    assert f"/{missing}" in {fault.place for fault in SINGLE.faults(whole) if fault.message == "is missing"}


def test_options_that_differ_in_case_spacing_or_spelling_of_letters_say_the_same() -> None:
    texts = ["A  Plan ", "a plan", "\uff21 plan", "Another plan"]
    options = [{"id": id_, "text": text} for id_, text in zip(IDS, texts, strict=False)]
    places = [fault.place for fault in SINGLE.faults(content(options=options, key=["d"]))]
    assert places == ["/options/1/text", "/options/2/text"]


def test_single_choice_has_one_right_option_and_multiple_choice_may_have_several() -> None:
    assert MULTIPLE.faults(content(5, "abd")) == []
    (fault,) = SINGLE.faults(content(5, "abd"))
    assert (fault.place, fault.message) == ("/key", "has 3 right options; single_choice has exactly one")


def test_several_faults_come_together() -> None:
    faults = SINGLE.faults(content(2, "cc", stem="", source=1.5))
    assert {fault.place for fault in faults} == {"/stem", "/source", "/key", "/key/0", "/key/1"}
