"""Gaps: passages whose gaps are chosen or typed, shown where they stand and marked gap by gap."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest

from kernel.errors import Invalid
from question_bank.item_kinds import KINDS, CreditTable
from tests.builders.samples import SAMPLES, item, things

SELECT, TEXT = KINDS["gap_select"], KINDS["gap_text"]
EXACT, TABLE_CUT = CreditTable.EXACT, CreditTable.TABLE_CUT
CHOSEN, TYPED = SAMPLES["gap_select"].content, SAMPLES["gap_text"].content


def typed(passage: str, *ids: str, **changes: Any) -> dict[str, Any]:
    return item(passage=passage, gaps=[{"id": id_, "accepted": [f"word {id_}"]} for id_ in ids], **changes)


def hole(gap: str) -> str:
    return f'<span data-gap="{gap}"></span>'


def test_a_passage_is_shown_with_its_gaps_where_they_stand() -> None:
    shown = TEXT.candidate_content(typed("[[b]][[a]] *and*\n\n- [[c]].", "a", "b", "c"), {"gaps": ["a", "b", "c"]})
    assert shown["gaps"] == [{"id": "b"}, {"id": "a"}, {"id": "c"}]
    assert shown["passage"] == (f"<p>{hole('b')}{hole('a')} <em>and</em></p>\n<ul>\n<li>{hole('c')}.</li>\n</ul>")


def test_the_options_of_each_gap_stand_where_it_stands_in_their_own_order() -> None:
    arrangement = SELECT.arrange(CHOSEN, lambda ids: list(reversed(ids)))
    assert arrangement == {"gaps": {"1": ["c", "b", "a"], "2": ["b", "a"]}}
    shown = SELECT.candidate_content(CHOSEN, arrangement)
    assert shown["passage"] == f"<p>The {hole('1')} precedes the {hole('2')}.</p>"
    assert shown["gaps"] == [
        {"id": "1", "options": things("c", "b", "a")},
        {"id": "2", "options": things("b", "a")},
    ]
    with pytest.raises(Invalid, match="each thing of the item once"):
        SELECT.candidate_content(CHOSEN, {"gaps": {"1": ["a", "b", "c"]}})


def test_a_guesser_expects_the_mean_of_the_chances_of_the_gaps() -> None:
    answers = [{"filled": {"1": one, "2": other}} for one, other in product("abc", "ab")]
    marks = [SELECT.mark(CHOSEN, answer, EXACT).fraction for answer in answers]
    assert sum(marks) / len(marks) == (Fraction(1, 3) + Fraction(1, 2)) / 2
    whole = [SELECT.mark(CHOSEN | {"credit": "all_or_nothing"}, answer, EXACT).fraction for answer in answers]
    assert sum(whole) / len(whole) == Fraction(1, 6)


def test_each_gap_counts_alike_and_the_table_cuts_what_they_are_worth() -> None:
    content = typed("[[a]] [[b]] [[c]]", "a", "b", "c")
    answer = {"filled": {"a": "WORD a", "b": "word  b", "c": "word a"}}
    assert TEXT.mark(content, answer, EXACT).fraction == Fraction(2, 3)
    assert TEXT.mark(content, answer, TABLE_CUT).fraction == Fraction(66, 100)
    assert TEXT.mark(content | {"credit": "all_or_nothing"}, answer, EXACT).fraction == 0
    assert TEXT.mark(content | {"case": "counts"}, answer, EXACT).fraction == Fraction(1, 3)
    assert TEXT.mark(content, answer, EXACT).proof["accepted_as"] == {"a": "word a", "b": "word b", "c": None}


PASSAGES = [
    ("no gap", ["a"], "/gaps/0/id", "stands 0 times in the passage; write [[a]] once"),
    ("[[a]] and [[a]]", ["a"], "/gaps/0/id", "stands 2 times in the passage; write [[a]] once"),
    ("[[a]] and [[b]]", ["a"], "/passage", "has a gap 'b' that is not under gaps"),
    ("[[a]] and [[]]", ["a"], "/passage", "has square brackets that enclose no gap; write a gap [[id]]"),
    ("[[ a ]]", ["a"], "/passage", "has square brackets that enclose no gap; write a gap [[id]]"),
    ("`[[a]]`", ["a"], "/gaps/0/id", "stands 0 times in the passage; write [[a]] once"),
    ("[[a]] and [[b", ["a"], "/passage", "has square brackets that enclose no gap; write a gap [[id]]"),
    ("[[a]] and b]]", ["a"], "/passage", "has square brackets that enclose no gap; write a gap [[id]]"),
    ("[[a]] and [[a]", ["a"], "/passage", "has square brackets that enclose no gap; write a gap [[id]]"),
    ("[[a]]", ["a", "a"], "/gaps/1/id", "'a' stands already at /gaps/0/id"),
    ("[[a]]", [], "/gaps", "needs 1 to 20, has 0"),
    (" ", ["a"], "/passage", "is empty"),
    ("[[a b]]", ["a b"], "/gaps/0/id", "'a b' is no code"),
]


@pytest.mark.parametrize(("passage", "ids", "place", "message"), PASSAGES)
def test_passage_and_gaps_must_agree(passage: str, ids: list[str], place: str, message: str) -> None:
    faults = {fault.place: fault.message for fault in TEXT.faults(typed(passage, *ids))}
    assert faults[place].startswith(message)


def test_single_brackets_are_text() -> None:
    content = typed("A footnote [1], an array a[0] and [[[a]]].", "a")
    assert TEXT.faults(content) == []
    passage = TEXT.candidate_content(content, {})["passage"]
    assert passage == f"<p>A footnote [1], an array a[0] and [{hole('a')}].</p>"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"options": things("a")}, "/gaps/0/options"),
        ({"options": [*things("a"), {"id": "b", "text": "x^2^"}]}, "/gaps/0/options/1/text"),
        ({"options": things("a", "a")}, "/gaps/0/options/1/id"),
        ({"key": "x"}, "/gaps/0/key"),
        ({"key": ["b"]}, "/gaps/0/key"),
        ({"accepted": ["b"]}, "/gaps/0/accepted"),
    ],
)
def test_a_fault_of_a_gap_is_named_with_its_place(changes: dict[str, Any], place: str) -> None:
    first, second = CHOSEN["gaps"]
    assert place in [fault.place for fault in SELECT.faults(CHOSEN | {"gaps": [first | changes, second]})]


@pytest.mark.parametrize(
    ("kind", "content", "value", "place"),
    [
        (SELECT, CHOSEN, {"3": "a"}, "/filled/3"),
        (SELECT, CHOSEN, {"2": "c"}, "/filled/2"),
        (SELECT, CHOSEN, {"2": ""}, "/filled/2"),
        (SELECT, CHOSEN, ["a"], "/filled"),
        (TEXT, TYPED, {"3": "a"}, "/filled/3"),
        (TEXT, TYPED, {"1": 5}, "/filled/1"),
        (TEXT, TYPED, {"1": "x" * 201}, "/filled/1"),
        (TEXT, TYPED, {"1": "a", "2": "b", "3": "c"}, "/filled"),
    ],
)
def test_what_a_gap_cannot_hold_is_refused(kind: Any, content: dict[str, Any], value: Any, place: str) -> None:
    with pytest.raises(Invalid) as refusal:
        kind.mark(content, {"filled": value}, EXACT)
    assert [fault.place for fault in refusal.value.faults] == [place]
