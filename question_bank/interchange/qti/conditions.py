"""Conditions: what response processing asks about responses before they earn points.

One rule: a condition is one of the few that ways of marking here are made of, or it is not understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from kernel.sentences import say
from question_bank.interchange.qti.xml_trees import line_of, made
from question_bank.interchange.xml_reading import Element
from question_bank.item_kinds.numbers import Nearness

SCORE: Final = "SCORE"
RESPONSE: Final = "RESPONSE"
_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})([eE][+-]?\d{1,2})?")
_COUNT = re.compile(r"[0-9]{1,4}")
_PERCENT = 100
_ROUNDED = {"significantFigures": Nearness.SIGNIFICANT_FIGURES, "decimalPlaces": Nearness.DECIMAL_PLACES}
_NEAR = {"absolute": Nearness.ABSOLUTE, "relative": Nearness.RELATIVE}


class NotUnderstood(Exception):
    """A part of response processing that has no counterpart here."""

    def __init__(self, element: Element, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line_of(element), message


@dataclass(frozen=True, slots=True)
class Matches:
    """The response is the right one, whole."""

    response: str


@dataclass(frozen=True, slots=True)
class Is:
    """The response is this identifier."""

    response: str
    value: str


@dataclass(frozen=True, slots=True)
class StandsAt:
    """The response has the right thing at this place, counted from 1."""

    response: str
    place: int


@dataclass(frozen=True, slots=True)
class Follows:
    """The response has these two things one after the other."""

    response: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Near:
    """The response, times a factor, is near a number; None is the right response as declared."""

    response: str
    target: Fraction | None
    nearness: Nearness
    bound: Fraction
    factor: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Earns:
    """The mapped responses are worth so many points together."""

    responses: tuple[str, ...]
    points: Fraction


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these tests."""

    tests: tuple[Test, ...]


Test = Matches | Is | StandsAt | Follows | Near | Earns | All


def read_test(element: Element) -> Test:
    """Read a condition.

    Raises:
        NotUnderstood: it has no counterpart.
    """
    match element.tag, list(element):
        case "qti-and", parts if parts:
            tests = tuple(map(read_test, parts))
            return All(tests) if len(tests) > 1 else tests[0]
        case "qti-match" | "qti-equal" | "qti-gte", [one, other] if one.tag in {"qti-map-response", "qti-sum"}:
            refuse_unless(element.get("tolerance-mode", "exact") == "exact", element)
            return Earns(tuple(_mapped_in(one)), number_in(other))
        case "qti-match", [one, other]:
            return _match(element, one, other)
        case "qti-contains", [container, wanted] if wanted.tag == "qti-ordered" and len(wanted) == 2:  # noqa: PLR2004
            first, second = ((part.text or "").strip() for part in wanted)
            return Follows(response_in(container), first, second)
        case "qti-equal", [given, target]:
            nearness, bound = _tolerance(element)
            return _near(given, target, nearness, bound)
        case "qti-equal-rounded", [given, target]:
            mode = _ROUNDED.get(element.get("rounding-mode", "significantFigures"))
            if mode is not None and _COUNT.fullmatch(element.get("figures", "")):
                return _near(given, target, mode, Fraction(element.get("figures")))
    raise NotUnderstood(
        element, say("has a condition <%(tag)s>, which has no counterpart here", tag=str(element.tag)[:60])
    )


def _mapped_in(element: Element) -> Iterator[str]:
    parts = list(element) if element.tag == "qti-sum" else [element]
    for part in parts:
        refuse_unless(part.tag == "qti-map-response", part)
        yield part.get("identifier", "")


def _match(element: Element, one: Element, other: Element) -> Test:
    if one.tag in {"qti-correct", "qti-base-value"}:
        one, other = other, one
    if one.tag == "qti-variable" and other.tag == "qti-correct" and one.get("identifier") == other.get("identifier"):
        return Matches(response_in(one))
    if one.tag == "qti-variable" and other.tag == "qti-base-value" and other.get("base-type") == "identifier":
        return Is(response_in(one), (other.text or "").strip())
    if one.tag == other.tag == "qti-index" and one.get("n") == other.get("n") and _COUNT.fullmatch(one.get("n", "")):
        inner, right = only_part(one), only_part(other)
        if right.tag == "qti-correct" and right.get("identifier") == response_in(inner):
            return StandsAt(response_in(inner), int(one.get("n")))
    raise NotUnderstood(element, say("compares in a way that has no counterpart here"))


def _near(given: Element, target: Element, nearness: Nearness, bound: Fraction) -> Near:
    factor = Fraction(1)
    if given.tag == "qti-divide" and len(given) == 2:  # noqa: PLR2004
        factor /= number_in(given[1]) or 1
        given = given[0]
    if given.tag == "qti-product" and len(given) == 2:  # noqa: PLR2004
        factor *= number_in(given[1])
        given = given[0]
    response = response_in(given)
    if target.tag == "qti-correct":
        if target.get("identifier") != response:
            raise NotUnderstood(target, say("compares with the right answer of another response"))
        return Near(response, None, nearness, bound, factor)
    if target.tag == "qti-divide" and len(target) == 2 and number_in(target[1]):  # noqa: PLR2004
        return Near(response, number_in(target[0]) / number_in(target[1]), nearness, bound, factor)
    return Near(response, number_in(target), nearness, bound, factor)


def _tolerance(element: Element) -> tuple[Nearness, Fraction]:
    mode = element.get("tolerance-mode", "exact")
    bounds = element.get("tolerance", "").split()
    if mode == "exact":
        return Nearness.ABSOLUTE, Fraction(0)
    if (
        mode not in _NEAR
        or len(set(bounds)) != 1
        or not _NUMBER.fullmatch(bounds[0])
        or Fraction(bounds[0]) < 0
        or any(element.get(name, "true") != "true" for name in ("include-lower-bound", "include-upper-bound"))
    ):
        raise NotUnderstood(
            element, say("has a tolerance that has no counterpart here: both sides alike, bounds included")
        )
    bound = Fraction(bounds[0])
    return _NEAR[mode], bound / _PERCENT if mode == "relative" else bound


def responses_of(test: Test) -> set[str]:
    """Return the responses that a test asks about."""
    match test:
        case All(tests):
            return {name for inner in tests for name in responses_of(inner)}
        case Earns(responses, _):
            return set(responses)
        case _:
            return {test.response}


def written_test(test: Test) -> Element:  # noqa: PLR0911 - one for each condition
    """Return the condition that says a test."""
    match test:
        case Matches(response):
            return made(
                "qti-match", made("qti-variable", identifier=response), made("qti-correct", identifier=response)
            )
        case Is(response, value):
            wanted = made("qti-base-value", value, base_type="identifier")
            return made("qti-match", made("qti-variable", identifier=response), wanted)
        case StandsAt(response, place):
            sides = (made("qti-variable", identifier=response), made("qti-correct", identifier=response))
            return made("qti-match", *(made("qti-index", side, n=str(place)) for side in sides))
        case Follows(response, first, second):
            pair = (made("qti-base-value", name, base_type="identifier") for name in (first, second))
            return made("qti-contains", made("qti-variable", identifier=response), made("qti-ordered", *pair))
        case All(tests):
            return made("qti-and", *map(written_test, tests))
        case Near():
            return _written_near(test)
        case Earns(responses, points):
            parts = [made("qti-map-response", identifier=name) for name in responses]
            earned = parts[0] if len(parts) == 1 else made("qti-sum", *parts)
            return made("qti-equal", earned, value_of(points), tolerance_mode="exact")


def _written_near(near: Near) -> Element:
    given = made("qti-variable", identifier=near.response)
    if near.factor.numerator != 1:
        given = made("qti-product", given, value_of(Fraction(near.factor.numerator)))
    if near.factor.denominator != 1:
        given = made("qti-divide", given, value_of(Fraction(near.factor.denominator)))
    target = made("qti-correct", identifier=near.response) if near.target is None else value_of(near.target)
    if near.nearness in _ROUNDED.values():
        mode = next(mode for mode, nearness in _ROUNDED.items() if nearness is near.nearness)
        return made("qti-equal-rounded", given, target, rounding_mode=mode, figures=str(near.bound))
    if not near.bound:
        return made("qti-equal", given, target, tolerance_mode="exact")
    bound = near.bound * _PERCENT if near.nearness is Nearness.RELATIVE else near.bound
    both = " ".join([decimal(bound)] * 2)
    return made("qti-equal", given, target, tolerance_mode=near.nearness.value, tolerance=both)


def decimal(number: Fraction) -> str:
    """Write a number as a decimal.

    Raises:
        ValueError: it has no end as one.
    """
    places = 0
    while (number * 10**places).denominator != 1:
        places += 1
        if places > 30:  # noqa: PLR2004 - what has no end by then has none that anybody writes
            message = say("%(number)s is no decimal", number=number)
            raise ValueError(message)
    digits = str(abs(int(number * 10**places))).rjust(places + 1, "0")
    whole = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{whole}" if number < 0 else whole


def value_of(number: Fraction) -> Element:
    """Return an expression that is a number, exactly."""
    try:
        return made("qti-base-value", decimal(number), base_type="float")
    except ValueError:
        sides = (made("qti-base-value", str(side), base_type="float") for side in number.as_integer_ratio())
        return made("qti-divide", *sides)


def only_part(element: Element) -> Element:
    """Return the one part of an expression that has one part."""
    if len(element) != 1:
        raise NotUnderstood(
            element,
            say(
                "has %(count)s parts in <%(tag)s>, where one is expected", count=len(element), tag=str(element.tag)[:60]
            ),
        )
    return element[0]


def response_in(element: Element) -> str:
    """Return the response that an expression is."""
    if element.tag != "qti-variable" or element.get("identifier") == SCORE:
        raise NotUnderstood(
            element, say("works with <%(tag)s> where a response is expected", tag=str(element.tag)[:60])
        )
    return str(element.get("identifier", ""))


def number_in(element: Element) -> Fraction:
    """Return the number that an expression is."""
    written = (element.text or "").strip()
    if element.tag != "qti-base-value" or len(element) or not _NUMBER.fullmatch(written):
        raise NotUnderstood(element, say("works with <%(tag)s> where a number is expected", tag=str(element.tag)[:60]))
    return Fraction(written)


def refuse_unless(holds: bool, element: Element) -> None:
    """Refuse an expression that is not what its place needs."""
    if not holds:
        raise NotUnderstood(element, say("sets the score in a way that has no counterpart here"))
