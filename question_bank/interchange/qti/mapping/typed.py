"""Typed answers: short_text and numeric are one textEntryInteraction that stands by itself.

One rule: a number is near its answer by QTI's own words for it; a unit is chosen in a list beside it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from kernel.sentences import say
from question_bank.interchange.qti.bodies import Written, declared, read_stem, refuse_feedback
from question_bank.interchange.qti.conditions import RESPONSE, All, Is, Matches, Near, decimal
from question_bank.interchange.qti.items import Declaration, Item
from question_bank.interchange.qti.mapping.gaps import (
    CHOICE_TAG,
    ENTRY_TAG,
    declared_forms,
    read_forms,
    read_weights,
)
from question_bank.interchange.qti.mapping.points import read_credit, tell_of_weight
from question_bank.interchange.qti.scores import Score
from question_bank.interchange.qti.xml_trees import made
from question_bank.interchange.xml_reading import Element
from question_bank.item_kinds.numbers import Nearness, read_exact, read_number
from question_bank.item_kinds.wordings import distinct, weights_of

Json = dict[str, Any]
UNIT: Final = "UNIT"
NUMBERS: Final = ("float", "integer")


def read_short_text(item: Item, interaction: Element) -> tuple[str, Json]:
    """Read a word or a few that are typed."""
    response = item.declared(interaction, "single", "string")
    item.only(interaction, "response-identifier", "base", "string-identifier", "format")
    refuse_feedback(item)
    forms = read_forms(item, response)
    read_credit(item, [response])
    weights = read_weights(item, [response])
    accepted = distinct(forms, weights_of(weights))
    return "short_text", {"stem": read_stem(item, interaction), "accepted": accepted} | weights


def read_numeric(item: Item, interaction: Element, unit: Element | None = None) -> tuple[str, Json]:
    """Read a number that is typed, and its unit where one is chosen beside it."""
    response = item.declared(interaction, "single")
    item.only(interaction, "response-identifier", "base", "string-identifier", "format")
    if interaction.get("base", "10") != "10":
        item.refuse(interaction, say("asks for a number that is no decimal"))
    refuse_feedback(item)
    nears, units = _tests(item, response, unit)
    content: Json = {"answer": _answer(item, response, nears[0])}
    if nears[0].bound or nears[0].nearness is not Nearness.ABSOLUTE:
        bound = nears[0].bound
        is_count = nears[0].nearness in {Nearness.SIGNIFICANT_FIGURES, Nearness.DECIMAL_PLACES}
        content["within"] = {nears[0].nearness.value: int(bound) if is_count else _spelled(bound)}
    if units:
        content["units"] = units
    if unit is not None:
        unit.getparent().remove(unit)
    return "numeric", {"stem": read_stem(item, interaction)} | content


def _tests(item: Item, response: Declaration, unit: Element | None) -> tuple[list[Near], list[Json]]:
    exact = Near(response.name, None, Nearness.ABSOLUTE, Fraction(0))
    if unit is not None:
        return _tests_with_units(item, response, unit)
    match item.processing.score.awards:
        case ((Matches(name), points),) if name == response.name:
            tell_of_weight(item, points)
            return [exact], []
        case ((Near() as near, points),) if near.response == response.name and near.factor == 1:
            tell_of_weight(item, points)
            return [near], []
    if item.processing.score.mapped and response.mapping is not None and len(response.mapping.points) == 1:
        read_credit(item, [response])
        return [exact], []
    raise item.stop(response.element, say("does not say in a way known here which number is right"))


def _tests_with_units(item: Item, response: Declaration, unit: Element) -> tuple[list[Near], list[Json]]:
    item.only(unit, "response-identifier", "shuffle")
    chosen = item.declared(unit, "single", "identifier")
    names = {choice.get("identifier", ""): " ".join("".join(choice.itertext()).split()) for choice in unit}
    nears: list[Near] = []
    units: list[Json] = []
    for test, points in item.processing.score.awards:
        match test:
            case All((Is(name, value), Near() as near)) if (
                name == chosen.name and value in names and near.response == response.name and points == 1
            ):
                nears.append(near)
                units.append({"unit": names.pop(value), "factor": _spelled(near.factor)})
            case _:
                raise item.stop(unit, say("does not say in a way known here which number in which unit is right"))
    if names or len({(near.target, near.nearness, near.bound) for near in nears}) != 1 or item.processing.score.mapped:
        raise item.stop(unit, say("does not say of each unit what is right, or says it differently"))
    tell_of_weight(item, Fraction(1))
    return nears, units


def _answer(item: Item, response: Declaration, near: Near) -> str:
    if near.target is not None:
        return _spelled(near.target)
    written = response.correct[0] if len(response.correct) == 1 else ""
    if not response.correct and response.mapping is not None:
        written = next(iter(response.mapping.points))
    if read_exact(written) is not None:
        return written
    number = read_number(written)
    if number is None:
        raise item.stop(
            response.element, say("says that %(written)r is right, which is no number", written=written[:60])
        )
    return _spelled(number[1])


def _spelled(number: Fraction) -> str:
    try:
        return decimal(number)
    except ValueError:
        return str(number)


def write_short_text(content: Json) -> Written:
    """Write a word or a few that are typed."""
    declaration = declared_forms(RESPONSE, content["accepted"], content)
    return Written([declaration], [_entry()], Score(mapped=(RESPONSE,)))


def write_numeric(content: Json) -> Written:
    """Write a number that is typed.

    Raises:
        ValueError: a tolerance that no decimal says.
    """
    answer = Fraction(content["answer"])
    ((name, bound),) = content.get("within", {Nearness.ABSOLUTE: "0"}).items()
    nearness, bound = Nearness(name), Fraction(bound)
    decimal(bound)
    is_decimal = "/" not in content["answer"]
    right = declared(RESPONSE, "single", "float", [content["answer"]] if is_decimal else [])
    near = Near(RESPONSE, None if is_decimal and "units" not in content else answer, nearness, bound)
    if "units" not in content:
        return Written([right], [_entry()], Score(awards=((near, Fraction(1)),)))
    ids = [f"U{number}" for number in range(1, len(content["units"]) + 1)]
    choices = (
        made("qti-inline-choice", u["unit"], identifier=id_) for id_, u in zip(ids, content["units"], strict=True)
    )
    unit = made(CHOICE_TAG, *choices, response_identifier=UNIT, shuffle="false")
    awards = tuple(
        (All((Is(UNIT, id_), Near(RESPONSE, answer, nearness, bound, Fraction(u["factor"])))), Fraction(1))
        for id_, u in zip(ids, content["units"], strict=True)
    )
    first = next(id_ for id_, u in zip(ids, content["units"], strict=True) if Fraction(u["factor"]) == 1)
    return Written([right, declared(UNIT, "single", "identifier", [first])], [_entry(unit)], Score(awards=awards))


def _entry(*beside: Element) -> Element:
    return made("p", made(ENTRY_TAG, response_identifier=RESPONSE), *beside)
