"""Choices: single_choice and multiple_choice are choiceInteraction.

One rule: a way of scoring is read of what each choice is worth, and written as the points from which it follows.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from kernel.sentences import say
from question_bank.interchange.qti.bodies import Written, declared, mapped, read_feedback, read_stem
from question_bank.interchange.qti.conditions import RESPONSE, Earns, Is, Matches
from question_bank.interchange.qti.items import Declaration, Item, code_of, identifier_of, tell_of_order, things
from question_bank.interchange.qti.mapping.points import even_points, tell_of_weight, whole_points
from question_bank.interchange.qti.scores import Score
from question_bank.interchange.qti.texts import put_line
from question_bank.interchange.qti.xml_trees import made
from question_bank.interchange.xml_reading import Element
from question_bank.item_kinds.choices import Scoring

Json = dict[str, Any]
TAG = "qti-choice-interaction"
_DIGITS = 20
"""Of a limit, more than anything is chosen."""


def read_choice(item: Item, interaction: Element) -> tuple[str, Json]:
    """Read a choice, and return the kind it is and its content."""
    item.only(interaction, "response-identifier", "shuffle", "max-choices", "min-choices")
    response = item.declared(interaction, base_type="identifier")
    elements = list(interaction.iterchildren("qti-simple-choice"))
    identifiers = [element.get("identifier", "") for element in elements]
    tell_of_order(item, interaction, elements)
    feedback = read_feedback(item, response.name, identifiers)
    options = things(item, "options", elements)
    for option, identifier in zip(options, identifiers, strict=True):
        if identifier in feedback:
            option["feedback"] = feedback[identifier]
    kind, key, scoring = read_scored_choice(item, interaction, response, identifiers)
    return kind, {"stem": read_stem(item, interaction), "options": options, "key": key} | scoring


def read_scored_choice(
    item: Item, interaction: Element, response: Declaration, identifiers: list[str]
) -> tuple[str, list[str], Json]:
    """Read which choices are right and how they are scored: the kind of choice, its key, and its scoring if it says one."""
    _tell_of_limits(item, interaction, response, len(identifiers))
    if strange := [name for name in response.correct if name not in identifiers]:
        raise item.stop(
            response.element,
            say("says that %(identifier)r is right, which cannot be chosen", identifier=strange[0][:60]),
        )
    if response.cardinality == "single":
        return "single_choice", _single_key(item, response, identifiers), {}
    if response.cardinality != "multiple":
        raise item.stop(response.element, say("asks for a choice in an order, which has no counterpart here"))
    return "multiple_choice", *_multiple_key(item, response, identifiers)


def _single_key(item: Item, response: Declaration, identifiers: list[str]) -> list[str]:
    score = item.processing.score
    if not score.is_said and response.correct:
        item.change(
            response.element, say("says what is right and not what it is worth; the right choice is worth 1 here")
        )
        return [code_of(response.correct[0])]
    if score.mapped:
        worth = _worth(item, response, identifiers)
        earning = [name for name, points in worth.items() if points > 0]
        bound = response.mapping.lower if response.mapping else None
        if len(earning) != 1 or (min(worth.values()) < 0 and (bound is None or bound < 0)):
            raise item.stop(
                response.element, say("gives points to several choices or takes some away, where one is chosen")
            )
        if response.correct and list(response.correct) != earning:
            raise item.stop(response.element, say("says that another choice is right than the one that earns points"))
        tell_of_weight(item, worth[earning[0]])
        return [code_of(earning[0])]
    match score.awards:
        case ((Matches(name), points),) if name == response.name and len(response.correct) == 1:
            right = response.correct[0]
        case ((Is(name, value), points),) if name == response.name and response.correct in {(), (value,)}:
            right = value
        case _:
            raise item.stop(response.element, say("does not say which choice is right and what it is worth"))
    tell_of_weight(item, points)
    return [code_of(right)]


def _multiple_key(item: Item, response: Declaration, identifiers: list[str]) -> tuple[list[str], Json]:
    if not item.processing.score.mapped:
        whole_points(item, [response])
        return _whole_key(item, response, identifiers), {"scoring": Scoring.ALL_OR_NOTHING.value}
    worth = _worth(item, response, identifiers)
    right = [name for name in identifiers if worth[name] > 0]
    if not right or (response.correct and set(right) != set(response.correct)):
        raise item.stop(response.element, say("says that other choices are right than those that earn points"))
    each = even_points(item, response, [worth[name] for name in right])
    wrong = {worth[name] for name in identifiers if name not in right}
    has_floor = response.mapping is not None and response.mapping.lower == 0
    key = [code_of(name) for name in right]
    if not wrong or (has_floor and max(wrong) <= -each * len(right) and not _is_plus_minus(wrong, each)):
        return key, {}
    if has_floor and _is_plus_minus(wrong, each):
        return key, {"scoring": Scoring.PLUS_MINUS.value}
    raise item.stop(response.element, say("weighs wrong choices in a way that no scoring here does"))


def _whole_key(item: Item, response: Declaration, identifiers: list[str]) -> list[str]:
    mapping = response.mapping
    if mapping is not None and any(isinstance(test, Earns) for test, _ in item.processing.score.awards):
        worth = {name: mapping.points.get(name, mapping.otherwise) for name in identifiers}
        right = [name for name, points in worth.items() if points > 0]
        if 0 in worth.values() or (response.correct and set(response.correct) != set(right)):
            raise item.stop(response.element, say("is right although wrong choices were made as well"))
        return [code_of(name) for name in right]
    return [code_of(name) for name in identifiers if name in response.correct]


def _is_plus_minus(wrong: set[Fraction], each: Fraction) -> bool:
    return wrong == {-each}


def _worth(item: Item, response: Declaration, identifiers: list[str]) -> dict[str, Fraction]:
    mapping = response.mapping
    if mapping is None or item.processing.score.mapped != (response.name,):
        raise item.stop(response.element, say("is marked by a mapping that it does not have"))
    return {name: mapping.points.get(name, mapping.otherwise) for name in identifiers}


def _tell_of_limits(item: Item, interaction: Element, response: Declaration, count: int) -> None:
    most = interaction.get("max-choices", "1" if response.cardinality == "single" else "0")[:_DIGITS]
    least = interaction.get("min-choices", "0")
    if response.cardinality == "multiple" and most.isdecimal() and 0 < int(most) < count:
        item.change(interaction, say("at most %(most)s could be chosen; here any number can", most=most))
    if least not in {"0", "1"}:
        item.change(interaction, say("at least %(least)s had to be chosen; here fewer can be", least=least[:20]))


def write_choice(content: Json) -> Written:
    """Write a choice of one or of several."""
    choices = [
        put_line(made("qti-simple-choice", identifier=identifier_of(option["id"])), option["text"])
        for option in content["options"]
    ]
    is_several = "kind" in content and content["kind"] == "multiple_choice"
    ids = [option["id"] for option in content["options"]]
    declaration, score = scored_choice(content, ids, is_several=is_several)
    interaction = made(
        TAG, *choices, response_identifier=RESPONSE, shuffle="true", max_choices="0" if is_several else "1"
    )
    feedback = {
        identifier_of(option["id"]): option["feedback"] for option in content["options"] if option.get("feedback")
    }
    return Written([declaration], [interaction], score, feedback)


def scored_choice(content: Json, ids: list[str], *, is_several: bool) -> tuple[Element, Score]:
    """Write which choices are right and how they are scored."""
    key = [identifier_of(id_) for id_ in content["key"]]
    scoring = content.get("scoring", Scoring.ECQA.value)
    if not is_several or scoring == Scoring.ALL_OR_NOTHING.value:
        cardinality = "multiple" if is_several else "single"
        whole = Score(awards=((Matches(RESPONSE), Fraction(1)),))
        return declared(RESPONSE, cardinality, "identifier", key), whole
    # Beside right choices of one point each, a wrong one takes all of them away, and one more so that it is told apart.
    wrong = -1 if scoring == Scoring.PLUS_MINUS.value else -(len(key) + 1)
    points = {identifier_of(id_): 1 if id_ in content["key"] else wrong for id_ in ids}
    declaration = declared(RESPONSE, "multiple", "identifier", key, mapped(points, lower=0))
    return declaration, Score(mapped=(RESPONSE,), divisor=Fraction(len(key)))
