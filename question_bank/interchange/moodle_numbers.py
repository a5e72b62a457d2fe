"""Numbers of Moodle: an answer with its tolerance, and units by what the answer is multiplied with in each."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from kernel.sentences import say
from question_bank.interchange import questions
from question_bank.interchange.entries import Entry, Item

UNITS_MAX = 20


def numerical(entry: Entry, element: Any, stem: str) -> Item:  # noqa: ANN401
    """Return a numeric item of a ``numerical`` question."""
    answers = [answer for answer in element.findall("answer") if _percent(entry, answer)]
    if len(answers) != len(element.findall("answer")):
        entry.change(say("an answer that is worth nothing is not listed"))
    if len(answers) != 1:
        entry.refuse(say("has %(count)s numbers as answers; an item has one, with a tolerance", count=len(answers)))
    if _percent(entry, answers[0]) != 100:  # noqa: PLR2004 - percent
        entry.refuse(say("gives part of the credit for a number; it is right or it is not"))
    if (answers[0].findtext("feedback/text") or "").strip():
        entry.change(say("feedback to a typed answer is not kept"))
    tolerance = answers[0].findtext("tolerance") or "0"
    item = questions.numeric(entry, stem, answers[0].findtext("text") or "", tolerance)
    units = _units(entry, element)
    return item | ({"units": units} if units else {})


def _percent(entry: Entry, answer: Any) -> Fraction:  # noqa: ANN401
    return Fraction(questions.number(entry, answer.get("fraction") or "0"))


def _units(entry: Entry, element: Any) -> list[dict[str, str]]:  # noqa: ANN401
    units = []
    for unit in element.findall("units/unit")[: UNITS_MAX + 1]:
        multiplier = Fraction(questions.number(entry, unit.findtext("multiplier") or "1"))
        if multiplier <= 0:
            entry.refuse(say("has a unit by which nothing can be multiplied"))
        units.append({"unit": (unit.findtext("unit_name") or "").strip(), "factor": str(1 / multiplier)})
    if units and (element.findtext("unitgradingtype") or "0") == "0":
        entry.change(say("its unit could be left out; here a number without its unit is not right"))
    if units and Fraction(questions.number(entry, element.findtext("unitpenalty") or "1")) != 1:
        entry.change(say("a wrong unit cost part of the credit; here it costs all of it"))
    return units
