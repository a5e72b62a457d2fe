"""Scores as other systems put them together: by parts, within bounds, and for what was answered at all."""

from __future__ import annotations

import io
from fractions import Fraction
from itertools import chain, combinations
from typing import Any

import pytest

from question_bank.interchange.entries import Source
from question_bank.interchange.losses import LossReport
from question_bank.interchange.qti.package_reading import read_qti
from question_bank.item_kinds import KINDS, CreditTable
from tests.question_bank.interchange.qti.contents import Json
from tests.question_bank.interchange.qti.processor import score
from tests.question_bank.interchange.qti.test_marking import content_of

BOUNDED = (
    '<responseCondition><responseIf><gt><variable identifier="SCORE"/><variable identifier="MAXSCORE"/></gt>'
    '<setOutcomeValue identifier="SCORE"><variable identifier="MAXSCORE"/></setOutcomeValue></responseIf>'
    '</responseCondition><responseCondition><responseIf><lt><variable identifier="SCORE"/>'
    '<variable identifier="MINSCORE"/></lt><setOutcomeValue identifier="SCORE"><variable identifier="MINSCORE"/>'
    "</setOutcomeValue></responseIf></responseCondition>"
)
ADDED = (
    '<responseCondition><responseIf><not><isNull><variable identifier="R"/></isNull></not><setOutcomeValue '
    'identifier="SCORE"><sum><variable identifier="SCORE"/><mapResponse identifier="R"/></sum></setOutcomeValue>'
    f"</responseIf></responseCondition>{BOUNDED}"
)
UNSCORED = (
    '<responseCondition><responseIf><isNull><variable identifier="SCORE"/></isNull><setOutcomeValue identifier="SCORE">'
    '<baseValue baseType="float">0</baseValue></setOutcomeValue></responseIf></responseCondition>'
)
EITHER_WAY = (
    '<responseCondition><responseIf><match><variable identifier="R"/><correct identifier="R"/></match>{if_right}'
    '<setOutcomeValue identifier="TOLD"><baseValue baseType="identifier">well</baseValue></setOutcomeValue></responseIf>'
    '<responseElse>{otherwise}<setOutcomeValue identifier="TOLD"><baseValue baseType="identifier">no</baseValue>'
    f"</setOutcomeValue></responseElse></responseCondition>{BOUNDED}"
)
MAPPED = (
    '<setOutcomeValue identifier="SCORE"><sum><variable identifier="SCORE"/>\n <mapResponse identifier="R"/></sum>'
    "</setOutcomeValue>"
)
BONUS = (
    '<responseCondition><responseIf><match><variable identifier="R"/><correct identifier="R"/></match><setOutcomeValue '
    'identifier="SCORE"><sum><variable identifier="SCORE"/><baseValue baseType="float">1</baseValue></sum>'
    "</setOutcomeValue></responseIf></responseCondition>"
)
CHOSEN = (
    '<responseCondition><responseIf><isNull><variable identifier="R"/></isNull></responseIf><responseElseIf><match>'
    '<variable identifier="R"/><correct identifier="R"/></match><setOutcomeValue identifier="SCORE"><sum><variable '
    'identifier="SCORE"/><variable identifier="MAXSCORE"/></sum></setOutcomeValue></responseElseIf></responseCondition>'
    f"{BOUNDED}"
)
PART = (
    '<responseCondition><responseIf><equal toleranceMode="absolute" tolerance="2 2"><variable identifier="R"/>'
    '<correct identifier="R"/></equal><setOutcomeValue identifier="PART"><variable identifier="MAXSCORE"/>'
    '</setOutcomeValue></responseIf></responseCondition><setOutcomeValue identifier="SCORE"><sum><variable '
    'identifier="PART"/></sum></setOutcomeValue>'
)
CHOICE = (
    '<choiceInteraction responseIdentifier="R" shuffle="true" maxChoices="{most}"><prompt>Which?</prompt>'
    '<simpleChoice identifier="a">A</simpleChoice><simpleChoice identifier="b">B</simpleChoice>'
    '<simpleChoice identifier="c">C</simpleChoice></choiceInteraction>'
)
ENTRY = '<p>How far?</p><p><textEntryInteraction responseIdentifier="R"/></p>'
MAPPING = '<mapping defaultValue="0"><mapEntry mapKey="a" mappedValue="1"/><mapEntry mapKey="b" mappedValue="1"/>{wrong}</mapping>'
COSTS = '<mapEntry mapKey="c" mappedValue="-1"/>'


def document(
    body: str, processing: str, kind: str, right: str, mapping: str = "", most: str = "1", least: str = "0"
) -> bytes:
    outcomes = "".join(
        f'<outcomeDeclaration identifier="{name}" cardinality="single" baseType="float"><defaultValue><value>{value}'
        "</value></defaultValue></outcomeDeclaration>"
        for name, value in (("SCORE", "0"), ("MAXSCORE", most), ("MINSCORE", least), ("PART", "0"))
    )
    values = "".join(f"<value>{value}</value>" for value in right.split())
    return (
        '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="Q1" title="Q" xml:lang="en">'
        f'<responseDeclaration identifier="R" {kind}><correctResponse>{values}</correctResponse>{mapping}'
        f"</responseDeclaration>{outcomes}<itemBody>{body}</itemBody>\n<responseProcessing>{processing}"
        "</responseProcessing></assessmentItem>"
    ).encode()


def read(source: bytes) -> tuple[list[Json], list[str]]:
    report = LossReport()
    found = [entry for entry in read_qti(Source(io.BytesIO(source), "q.xml", "en", report)) if entry.item]
    return [entry.item for entry in found], [str(loss) for loss in report.losses]


SINGLE = 'cardinality="single" baseType="identifier"'
SEVERAL = 'cardinality="multiple" baseType="identifier"'
NUMBER = 'cardinality="single" baseType="float"'
SUBSETS: list[list[str]] = [list(chosen) for chosen in chain(*(combinations("abc", count) for count in range(4)))]


@pytest.mark.parametrize(
    ("source", "answers", "worth"),
    [
        (document(CHOICE.format(most=1), CHOSEN, SINGLE, "a", most="3"), [[], ["a"], ["b"]], 3),
        (
            document(CHOICE.format(most=0), ADDED, SEVERAL, "a b", MAPPING.format(wrong=COSTS), most="2"),
            SUBSETS,
            2,
        ),
        (
            document(
                CHOICE.format(most=0),
                EITHER_WAY.format(if_right=MAPPED, otherwise=MAPPED.replace("\n", "")),
                SEVERAL,
                "a b",
                MAPPING.format(wrong=COSTS),
                most="2",
            ),
            SUBSETS,
            2,
        ),
        (document(CHOICE.format(most=1), BOUNDED + CHOSEN, SINGLE, "a", most="3"), [[], ["a"], ["b"]], 3),
        (document(CHOICE.format(most=1), UNSCORED + CHOSEN, SINGLE, "a", most="3"), [[], ["a"], ["b"]], 3),
        (
            document(CHOICE.format(most=1), CHOSEN.replace("<match>", "<and><match>"), SINGLE, "a", most="3").replace(
                b"</match>", b"</match></and>"
            ),
            [[], ["a"], ["b"]],
            3,
        ),
        (document(ENTRY, PART, NUMBER, "300"), ["300", "298", "302", "303", ""], 1),
    ],
)
def test_a_score_is_put_together_as_its_processing_says(source: bytes, answers: list[Any], worth: int) -> None:
    ((item,), _) = read(source)
    kind = KINDS[item["kind"]]
    for answer in answers:
        given = (answer or [None])[0] if item["kind"] == "single_choice" else answer
        response = {"number": {"value": answer}} if isinstance(answer, str) else {"chosen": answer}
        if answer == "":
            response = {}
        content = content_of(item) | {"rationale": "r", "source": "s"}
        assert kind.mark(content, response, CreditTable.EXACT).fraction == score(source, {"R": given}) / worth, answer
    assert score(
        source, {"R": answers[1][0] if item["kind"] == "single_choice" else answers[0] or answers[1]}
    ) <= Fraction(worth)


NESTED = f"<responseCondition><responseIf><not><isNull><variable identifier='R'/></isNull></not>{CHOSEN}</responseIf></responseCondition>"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            document(
                CHOICE.format(most=1), CHOSEN.replace('<variable identifier="MINSCORE"/></lt>', "</lt>"), SINGLE, "a"
            ),
            "q.xml:2: Q1: bounds the score in a way that has no counterpart here",
        ),
        (
            document(CHOICE.format(most=1), NESTED, SINGLE, "a"),
            "q.xml:2: Q1: has a condition with several ways, which has no counterpart here",
        ),
        (
            document(
                CHOICE.format(most=0),
                EITHER_WAY.format(if_right=MAPPED, otherwise=MAPPED.replace("mapResponse", "variable")),
                SEVERAL,
                "a b",
                MAPPING.format(wrong=COSTS),
            ),
            "q.xml:2: Q1: has a condition with several ways, which has no counterpart here",
        ),
        (
            document(CHOICE.format(most=1), NESTED.replace(BOUNDED, ""), SINGLE, "a"),
            "q.xml:2: Q1: sets the score in a way that has no counterpart here",
        ),
        (
            document(CHOICE.format(most=0), ADDED, SEVERAL, "a b", MAPPING.format(wrong=COSTS), most="1"),
            "q.xml:1: Q1: earns 1 points at most, although its right parts are worth 2",
        ),
        (
            document(CHOICE.format(most=1), CHOSEN, SINGLE, "a", most="3").replace(
                b'"MAXSCORE"/></gt>', b'"MINSCORE"/></gt>'
            ),
            "q.xml:2: Q1: bounds the score in a way that has no counterpart here",
        ),
        (
            document(CHOICE.format(most=0), MAPPED + BONUS, SEVERAL, "a b", MAPPING.format(wrong=COSTS), most="2"),
            "q.xml:2: Q1: adds points for conditions to those of a mapping, which no way of marking here does",
        ),
        (
            document(CHOICE.format(most=1), CHOSEN, SINGLE, "a", least="1"),
            "q.xml:2: Q1: sets the score in a way that has no counterpart here",
        ),
        (
            document(ENTRY, PART, NUMBER, "300").replace(
                b"<value>0</value></defaultValue></outcomeDeclaration><itemBody>",
                b"<value>1</value></defaultValue></outcomeDeclaration><itemBody>",
            ),
            "q.xml:2: Q1: sets the score in a way that has no counterpart here",
        ),
    ],
)
def test_a_score_that_is_put_together_otherwise_is_refused(source: bytes, told: str) -> None:
    found, losses = read(source)
    assert found == []
    assert told in losses


ENDLESS = "9" * 5000
MATCH = (
    f'<matchInteraction responseIdentifier="R" shuffle="true" maxAssociations="{ENDLESS}"><prompt>Which?</prompt>'
    '<simpleMatchSet><simpleAssociableChoice identifier="a" matchMax="1">A</simpleAssociableChoice>'
    '<simpleAssociableChoice identifier="b" matchMax="1">B</simpleAssociableChoice></simpleMatchSet><simpleMatchSet>'
    f'<simpleAssociableChoice identifier="x" matchMax="{ENDLESS}">X</simpleAssociableChoice>'
    f'<simpleAssociableChoice identifier="y" matchMax="{ENDLESS}">Y</simpleAssociableChoice></simpleMatchSet>'
    "</matchInteraction>"
)


def test_limits_of_any_length_are_read() -> None:
    ((item,), _) = read(document(CHOICE.format(most=ENDLESS), ADDED, SEVERAL, "a b", MAPPING.format(wrong=COSTS), "2"))
    assert item["kind"] == "multiple_choice"
    matched = document(MATCH, CHOSEN, 'cardinality="multiple" baseType="directedPair"', "", most="3")
    ((item,), _) = read(matched.replace(b"<correctResponse>", b"<correctResponse><value>a x</value><value>b y</value>"))
    assert item["use"] == "often"
    endless = PART.replace('equal toleranceMode="absolute" tolerance="2 2"', f'equalRounded figures="{ENDLESS}"')
    assert read(document(ENTRY, endless.replace("</equal>", "</equalRounded>"), NUMBER, "300"))[0] == []
    placed = CHOSEN.replace(
        '<variable identifier="R"/><correct identifier="R"/>',
        f'<index n="{ENDLESS}"><variable identifier="R"/></index><index n="{ENDLESS}"><correct identifier="R"/></index>',
    )
    assert read(document(CHOICE.format(most=1), placed, SINGLE, "a"))[0] == []
