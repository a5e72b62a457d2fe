"""Reading scores: response processing becomes tests that earn points, mapped responses, a divisor and bounds.

One rule: processing is understood whole or not at all; what is not understood is named with its line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from kernel.sentences import say
from question_bank.interchange.qti.conditions import (
    RESPONSE,
    SCORE,
    Matches,
    NotUnderstood,
    number_in,
    only_part,
    read_test,
    refuse_unless,
    response_in,
    responses_of,
)
from question_bank.interchange.qti.scores import Processing, Score
from question_bank.interchange.qti.xml_trees import line_of
from question_bank.interchange.xml_reading import Element

_TEMPLATE = re.compile(
    r"https?://[a-z.]*imsglobal\.org/.{1,100}/(match_correct|map_response|map_response_point)(\.xml)?", re.IGNORECASE
)
_LEAPS = ("qti-exit-response", "qti-lookup-outcome-value", "qti-response-processing-fragment")
"""Rules that end the processing, or decide the score elsewhere."""
_SETTING = "qti-set-outcome-value"
_BOUNDS = {"qti-gt": "upper", "qti-gte": "upper", "qti-lt": "lower", "qti-lte": "lower"}


def read_processing(element: Element | None, constants: Mapping[str, Fraction]) -> Processing:
    """Read response processing; None is an item without.

    Args:
        constants: outcomes that are a number from the beginning, such as MAXSCORE or the parts of a score.

    Raises:
        NotUnderstood: it sets the score in a way that has no counterpart.
    """
    found = Processing()
    if element is None:
        return found
    template = element.get("template") or element.get("template-location")
    if template and not len(element):
        found.score = _of_template(element, template)
        return found
    changed = {setting.get("identifier") for setting in element.iter(_SETTING)}
    fixed = {name: value for name, value in constants.items() if name not in changed}
    parts = _parts_of_score(element, changed)
    for setting in element.iter(_SETTING):
        refuse_unless(setting.get("identifier") not in parts or not constants.get(setting.get("identifier")), setting)
    reading = _Reading(found, fixed, parts)
    for rule in element:
        reading.read_rule(rule)
    found.score = reading.scores.get(SCORE, Score(is_said=False))
    if found.score.awards and found.score.mapped:
        told = say("adds points for conditions to those of a mapping, which no way of marking here does")
        raise NotUnderstood(element, told)
    return found


def _parts_of_score(element: Element, changed: Collection[str | None]) -> set[str]:
    """Return the outcomes by which points come into the score, itself among them."""
    parts, found = set[str](), {SCORE}
    while found - parts:
        parts |= found
        for setting in element.iter(_SETTING):
            if setting.get("identifier") in parts:
                named = {variable.get("identifier", "") for variable in setting.iter("qti-variable")}
                found |= named.intersection(filter(None, changed))
    return parts


def _of_template(element: Element, template: str) -> Score:
    named = _TEMPLATE.fullmatch(template.strip())
    match named[1].lower() if named else "":
        case "match_correct":
            return Score(awards=((Matches(RESPONSE), Fraction(1)),))
        case "map_response":
            return Score(mapped=(RESPONSE,))
        case _:
            message = say("is marked by the template %(name)r, which has no counterpart here", name=template[:100])
            raise NotUnderstood(element, message)


class _Reading:
    """Rules read in their order, each adding to the score, or to a part of it, as it stands."""

    def __init__(self, found: Processing, constants: Mapping[str, Fraction], parts: Collection[str]) -> None:
        self.scores: dict[str, Score] = {}
        self._found, self._constants, self._parts = found, constants, parts

    def read_rule(self, rule: Element) -> None:
        """Read one rule."""
        if rule.tag == _SETTING:
            self._set(rule)
        elif rule.tag == "qti-response-condition" and next(rule.iter(*_LEAPS), None) is None:
            self._leave_out_others(rule)
            branches = [(branch.tag, list(branch)) for branch in rule]
            same = _same_in_all(branches)
            if same is not None:
                self._set(same)
            elif branches:
                self._condition(rule, branches)
        else:
            raise NotUnderstood(rule, say("has <%(tag)s>, which this product cannot follow", tag=str(rule.tag)[:60]))

    def _leave_out_others(self, rule: Element) -> None:
        """Take away what a rule sets besides the score, and its branches that set nothing else."""
        for setting in list(rule.iter(_SETTING)):
            if setting.get("identifier") not in self._parts:
                self._found.left_out.setdefault(setting.get("identifier", ""), line_of(setting))
                setting.getparent().remove(setting)
        for branch in reversed(list(rule)):
            if branch.getnext() is None and next(branch.iter(_SETTING), None) is None:
                rule.remove(branch)

    def _set(self, rule: Element) -> None:
        name, value = rule.get("identifier", ""), only_part(rule)
        if name in self._parts:
            self.scores[name] = self._summed(value)
        elif value.tag == "qti-variable" and value.get("identifier") not in self._parts:
            self._found.copies[name] = value.get("identifier", "")
        else:
            self._found.left_out.setdefault(name, line_of(rule))

    def _summed(self, value: Element) -> Score:
        """Read what the score is set to, where it and its parts may be parts of it."""
        match value.tag, list(value):
            case "qti-variable", _ if value.get("identifier") in self._parts:
                return self.scores.get(value.get("identifier"), Score())
            case "qti-map-response", _:
                return Score(mapped=(value.get("identifier", ""),))
            case "qti-divide", [part, by]:
                return self._divided(part, self._number(by), value)
            case "qti-product", [part, by] if self._is_number(by) and self._number(by):
                return self._divided(part, 1 / self._number(by), value)
            case "qti-sum", [_, *_] as parts:
                return self._added([self._summed(part) for part in parts], value)
            case _ if self._is_number(value) and self._number(value) == 0:
                return Score()
        raise NotUnderstood(
            value, say("sets the score by <%(tag)s> in a way that has no counterpart here", tag=str(value.tag)[:60])
        )

    def _divided(self, part: Element, divisor: Fraction, where: Element) -> Score:
        divided = self._summed(part)
        if divisor <= 0 or divided.lower is not None or divided.upper is not None:
            raise NotUnderstood(where, say("divides the score by what is not more than 0, or after it was bounded"))
        return Score(divided.awards, divided.mapped, divided.divisor * divisor)

    def _added(self, parts: Sequence[Score], where: Element) -> Score:
        earning = [part for part in parts if part.awards or part.mapped]
        if len(earning) == 1:
            return earning[0]
        if len({part.divisor for part in earning}) > 1 or any(
            part != replace(part, lower=None, upper=None) for part in earning
        ):
            raise NotUnderstood(
                where, say("adds parts of the score that are weighed differently or bounded by themselves")
            )
        awards = tuple(award for part in earning for award in part.awards)
        mapped = tuple(name for part in earning for name in part.mapped)
        return Score(awards, mapped, earning[0].divisor if earning else Fraction(1))

    def _condition(self, rule: Element, branches: list[tuple[str, list[Element]]]) -> None:
        """Read a test that earns points; otherwise the score stays, or is the 0 that it is."""
        named = {setting.get("identifier", "") for setting in rule.iter(_SETTING)}
        if len(named) != 1:
            raise NotUnderstood(rule, say("sets several parts of the score at once, which has no counterpart here"))
        name = named.pop()
        is_new = self.scores.get(name, Score()) == Score()
        empty = ""
        if is_new and self._is_for_nothing(branches[0]):
            if len(branches) == 1 and _is_variable(branches[0][1][0][0], name):
                return  # no score yet is the 0 that every score begins with
            # No response earns nothing, whatever is said of it: it passes no test, and what it maps to is 0.
            empty = response_in(only_part(branches[0][1][0]))
            branches = branches[1:]
        if is_new and len(branches) > 1 and self._is_otherwise_nothing(branches[-1]):
            branches = branches[:-1]
        match branches:
            case []:
                return
            case [("qti-response-else", [setting])] if empty:
                self._map(setting, empty)
            case [("qti-response-if", [condition, setting])] if condition.tag == "qti-not":
                self._map(setting, response_in(only_part(_only(condition, "qti-is-null"))))
            case [("qti-response-if", [condition, setting])] if condition.tag in _BOUNDS:
                self._bound(name, condition, setting)
            case [("qti-response-if" | "qti-response-else-if", [condition, consequence])]:
                test = read_test(condition)
                refuse_unless(not empty or empty in responses_of(test), rule)
                score = self.scores.get(name, Score())
                award = (test, self._awarded(name, consequence))
                self.scores[name] = replace(score, awards=(*score.awards, award))
            case _:
                raise NotUnderstood(rule, say("has a condition with several ways, which has no counterpart here"))

    def _map(self, setting: Element, response: str) -> None:
        """Read that a response, where there is one, adds what it maps to; where there is none, that is nothing."""
        refuse_unless(setting.tag == _SETTING, setting)
        before = self.scores.get(setting.get("identifier"), Score())
        self._set(setting)
        after = self.scores[setting.get("identifier")]
        refuse_unless(after.awards == before.awards and {*after.mapped} == {*before.mapped, response}, setting)

    def _bound(self, name: str, condition: Element, setting: Element) -> None:
        """Read that a score beyond a number is that number."""
        score = self.scores.get(name, Score())
        match [*condition], [*setting]:
            case [bounded, by], [value] if _is_variable(bounded, name) and self._number(by) == self._number(value):
                number = self._number(by)
            case _:
                raise NotUnderstood(condition, say("bounds the score in a way that has no counterpart here"))
        is_upper = _BOUNDS[condition.tag] == "upper"
        if not score.awards and not score.mapped and (number >= 0 if is_upper else number <= 0):
            return  # it bounds the 0 that every score begins with
        if is_upper:
            self.scores[name] = replace(score, upper=number if score.upper is None else min(number, score.upper))
        else:
            refuse_unless(number <= 0, condition)
            self.scores[name] = replace(score, lower=number if score.lower is None else max(number, score.lower))

    def _is_for_nothing(self, branch: tuple[str, list[Element]]) -> bool:
        match branch:
            case ("qti-response-if", [condition, *consequences]) if (
                condition.tag == "qti-is-null" and len(condition) == 1 and len(consequences) <= 1
            ):
                return not consequences or self._is_otherwise_nothing(("qti-response-else", consequences))
        return False

    def _is_otherwise_nothing(self, branch: tuple[str, list[Element]]) -> bool:
        match branch:
            case ("qti-response-else", [setting]) if setting.tag == _SETTING and len(setting) == 1:
                return self._is_number(setting[0]) and self._number(setting[0]) == 0
        return False

    def _awarded(self, name: str, consequence: Element) -> Fraction:
        """Return how much a consequence adds to a score as it stands."""
        score, value = self.scores.get(name, Score()), only_part(consequence)
        if self._is_number(value) and score == Score():
            return self._number(value)
        if value.tag == "qti-sum" and score == replace(score, divisor=Fraction(1), lower=None, upper=None):
            added = [part for part in value if not _is_variable(part, name)]
            if len(added) == len(value) - 1 == 1:
                return self._number(added[0])
        raise NotUnderstood(consequence, say("sets the score in a way that has no counterpart here"))

    def _is_number(self, element: Element) -> bool:
        return element.tag == "qti-base-value" or (
            element.tag == "qti-variable" and element.get("identifier") in self._constants
        )

    def _number(self, element: Element) -> Fraction:
        if element.tag == "qti-variable" and self._is_number(element):
            return self._constants[element.get("identifier")]
        return number_in(element)


def _same_in_all(branches: Sequence[tuple[str, list[Element]]]) -> Element | None:
    """Return the setting that is made whatever holds, as where branches differed in their feedback alone."""
    match branches:
        case [*before, ("qti-response-else", [otherwise])] if before and otherwise.tag == _SETTING:
            ways = [inner[1:] for tag, inner in before if tag in {"qti-response-if", "qti-response-else-if"}]
            same = len(ways) == len(before) and all(_says(way) == _says([otherwise]) for way in ways)
            return otherwise if same else None
    return None


def _says(parts: Sequence[Element]) -> list[object]:
    """Return what elements say, however they are laid out."""
    return [(part.tag, sorted(part.items()), (part.text or "").strip(), _says(list(part))) for part in parts]


def _only(element: Element, tag: str) -> Element:
    part = only_part(element)
    refuse_unless(part.tag == tag, element)
    return part


def _is_variable(element: Element, name: str) -> bool:
    return bool(element.tag == "qti-variable" and element.get("identifier") == name)
