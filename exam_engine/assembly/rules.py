"""Scheme rules: how credit is counted, what passes and which level is attained, as exact rationals read from text.

One rule: a number that decides about a person is never a binary float and is never rounded before it is compared.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from kernel.errors import Fault, Invalid
from question_bank.documents import Place, listed, opened, quoted, refuse_repeats
from question_bank.eqf import LEVELS
from question_bank.item_kinds import CreditTable

ITEMS_MAX = 1000
"""More items than any examination holds; bounds the counts in rules and blueprints."""
PERCENT_DIGITS = range(2, 7)
DECIMAL_DIGITS = range(4, 9)
DIGITS_MORE_IN_FULL = 2

_PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,9})?")
_PART = re.compile(r"[0-9]{1,9}/0*[1-9][0-9]{0,8}")
_SPELLING = 'write a decimal in percent such as "66.66" or a fraction of one such as "2/3"'


class InvalidRules(Invalid):
    """The rules of a scheme cannot be read, or contradict themselves."""

    code = "invalid_rules"
    title = "The rules of the scheme are not valid"


@dataclass(frozen=True, slots=True)
class AreasAt:
    """At least so many areas must each reach the threshold, and those that are mandatory (codes) be among them."""

    threshold: Fraction
    at_least: int
    mandatory: frozenset[str] = frozenset()

    @property
    def document(self) -> dict[str, Any]:
        """The JSON form; without mandatory areas it says nothing of them, as it did before there were any."""
        asked = {"threshold": _as_part(self.threshold), "at_least": self.at_least}
        return {**asked, "mandatory": sorted(self.mandatory)} if self.mandatory else asked


@dataclass(frozen=True, slots=True)
class MarkingRules:
    """How people mark: two mark alone, and where they differ by more than the tolerance (of one) a third decides."""

    tolerance: Fraction = Fraction(1, 10)

    @property
    def document(self) -> dict[str, Any]:
        """The JSON form, the tolerance always written down."""
        return {"tolerance": _as_part(self.tolerance)}


@dataclass(frozen=True, slots=True)
class SchemeRules:
    """The decided numbers of one scheme version; every pass rule that is set must hold.

    ``overall`` is a cut on the whole test, ``area_floor`` on every area. ``level_cuts`` maps an EQF level to its
    cut, ascending. A competence with fewer than ``indicative_below_items`` items never decides anything. Without
    ``marking`` nothing is marked by people, and forms hold no item that would have to be.
    """

    credit_table: CreditTable
    overall: Fraction | None
    areas_at: AreasAt | None
    area_floor: Fraction | None
    level_cuts: Mapping[int, Fraction]
    indicative_below_items: int
    marking: MarkingRules | None = None

    @classmethod
    def parse(cls, document: object) -> SchemeRules:
        """Read rules from their JSON form (see :attr:`document`).

        Raises:
            InvalidRules: with one fault for every member that is missing, unknown, inexact or contradictory.
        """
        place = opened(document, "")
        place.shape("credit_table", "pass", "level_cuts", "indicative_below_items", "marking")
        passing = place.member("pass")
        rules = cls(
            credit_table=_credit_table(place.member("credit_table")),
            overall=_optional_cut(passing.member("overall")),
            areas_at=_areas_at(passing.member("areas_at")),
            area_floor=_optional_cut(passing.member("area_floor")),
            level_cuts=_level_cuts(place.member("level_cuts")),
            indicative_below_items=place.member("indicative_below_items").whole(range(1, ITEMS_MAX + 1)),
            marking=_marking(place.member("marking")),
        )
        passing.shape("overall", "areas_at", "area_floor")
        if rules.overall is None and rules.areas_at is None and rules.area_floor is None:
            passing.refuse("sets no rule, so everybody would pass; set overall, areas_at or area_floor")
        if place.faults:
            message = "the rules of the scheme are refused"
            raise InvalidRules(message, faults=[Fault(*fault) for fault in place.faults.items()])
        return rules

    @property
    def document(self) -> dict[str, Any]:
        """The JSON form with every cut as ``n/d``: equal rules have equal documents, however they were spelt."""
        passing: dict[str, Any] = {}
        if self.overall is not None:
            passing["overall"] = _as_part(self.overall)
        if self.areas_at is not None:
            passing["areas_at"] = self.areas_at.document
        if self.area_floor is not None:
            passing["area_floor"] = _as_part(self.area_floor)
        return {
            "credit_table": self.credit_table.value,
            "pass": passing,
            "level_cuts": {str(level): _as_part(cut) for level, cut in self.level_cuts.items()},
            "indicative_below_items": self.indicative_below_items,
            **({"marking": self.marking.document} if self.marking else {}),
        }

    def area_faults(self, areas: Collection[str]) -> list[Fault]:
        """Name what the rule on areas asks for that an examination of these areas (codes) does not have."""
        if self.areas_at is None:
            return []
        at_least, faults = self.areas_at.at_least, []
        if at_least > len(areas):
            message = f"asks for {at_least} areas, but the examination has {len(areas)}"
            faults.append(Fault("/pass/areas_at/at_least", message))
        for area in sorted(self.areas_at.mandatory.difference(areas)):
            message = f"{quoted(area)} is no area of the examination; there is {listed(areas)}"
            faults.append(Fault("/pass/areas_at/mandatory", message))
        return faults

    def level_faults(self, examined: Collection[int]) -> list[Fault]:
        """Name every cut for a level nobody could show, and every examined level that has no cut."""
        highest = max(examined, default=0)
        beyond = f"cannot be shown: the job role is examined up to level {highest}"
        faults = [Fault(f"/level_cuts/{level}", beyond) for level in self.level_cuts if level > highest]
        missing = [level for level in sorted(set(examined)) if level not in self.level_cuts]
        message = "is missing: the job role is examined at this level"
        return faults + [Fault(f"/level_cuts/{level}", message) for level in missing]

    def items_faults(self, items_by_area: Mapping[str, int]) -> list[Fault]:
        """Name every area that would decide although it has too few items to do more than indicate."""
        if self.areas_at is None and self.area_floor is None:
            return []
        least = self.indicative_below_items
        return [
            Fault("/cells", f"area {area} has {count} items; an area that decides needs {least}")
            for area, count in items_by_area.items()
            if count < least
        ]


def threshold(text: object) -> Fraction:
    """Read a cut exactly: a decimal is in percent (``"66.66"``), a fraction is of one (``"2/3"``).

    A decimal above 0 and up to 1 is refused: ``"0.66"`` would mean 0.66 percent, and nobody means that.

    Raises:
        InvalidRules: for anything that is not such a text, or lies outside 0 to 1.
    """
    if not isinstance(text, str) or not (_PERCENT.fullmatch(text) or _PART.fullmatch(text)):
        message = f"{quoted(text)} is not a cut: {_SPELLING}"
        raise InvalidRules(message)
    if "/" in text:
        value = Fraction(text)
    else:
        value = Fraction(text) / 100
        if 0 < value <= Fraction(1, 100):
            message = f"{quoted(text)} would mean {text} percent: {_SPELLING}"
            raise InvalidRules(message)
    if value > 1:
        message = f"{quoted(text)} is more than the whole: a cut lies between 0 and 1, that is 0 and 100 percent"
        raise InvalidRules(message)
    return value


def percent_text(share: Fraction, *beside: Fraction) -> str:
    """Write a share of one in percent so that no reader sees it on the wrong side of a cut.

    A short decimal is written in full (``66.25%``). Anything else is cut off, never rounded up, and says so
    (``66.66…%``). Digits are added until it differs from every unequal number ``beside`` it; where six do not
    suffice, the fraction itself is written. Write the score with its cut beside, and the cut with the score beside.
    """
    written = _written(share * 100, [other * 100 for other in beside], PERCENT_DIGITS)
    return f"{written}%" if written else _as_part(share)


def decimal_text(value: Fraction, *beside: Fraction) -> str:
    """Write a number that is not negative as a decimal, in the manner of :func:`percent_text`."""
    return _written(value, beside, DECIMAL_DIGITS) or _as_part(value)


def _credit_table(place: Place) -> CreditTable:
    tables = [table.value for table in CreditTable]
    name = place.one_of(tables, "credit table")
    return CreditTable(name) if name in tables else CreditTable.EXACT


def _marking(place: Place) -> MarkingRules | None:
    if not place.is_given or place.value is None:
        return None
    place.shape("tolerance")
    tolerance = place.member("tolerance")
    return MarkingRules(_share(tolerance)) if tolerance.is_given else MarkingRules()


def _optional_cut(place: Place) -> Fraction | None:
    return _cut(place) if place.is_given and place.value is not None else None


def _share(place: Place) -> Fraction:
    try:
        return threshold(place.text())
    except InvalidRules as refusal:
        place.refuse(refusal.detail)
        return Fraction(1)


def _cut(place: Place) -> Fraction:
    share = _share(place)
    if share == 0:
        place.refuse("a cut of 0 is reached by an empty paper; leave the rule out instead")
    return share


def _areas_at(place: Place) -> AreasAt | None:
    if not place.is_given or place.value is None:
        return None
    place.shape("threshold", "at_least", "mandatory")
    at_least = place.member("at_least").whole(range(1, ITEMS_MAX + 1))
    return AreasAt(_cut(place.member("threshold")), at_least, _mandatory(place.member("mandatory"), at_least))


def _mandatory(place: Place, at_least: int) -> frozenset[str]:
    if not place.is_given or place.value is None:
        return frozenset()
    elements = place.elements(at_most=ITEMS_MAX)
    refuse_repeats(elements)
    areas = frozenset(element.code() for element in elements)
    if len(areas) > at_least:
        place.refuse(f"names {len(areas)} areas, but at_least asks for {at_least}; all of them must be reached")
    return areas


def _level_cuts(place: Place) -> Mapping[int, Fraction]:
    place.shape(*(str(level) for level in LEVELS))
    given = {level: place.member(str(level)) for level in LEVELS}
    cuts = {level: _cut(at) for level, at in given.items() if at.is_given}
    if not cuts:
        place.refuse("at least one level needs a cut")
    for level, cut in cuts.items():
        if any(cut <= lower for below, lower in cuts.items() if below < level):
            given[level].refuse("must be above the cuts of all lower levels")
    return MappingProxyType(cuts)


def _as_part(share: Fraction) -> str:
    # Not str(): it writes the whole as "1", which reads as one percent.
    return f"{share.numerator}/{share.denominator}"


def _written(value: Fraction, beside: Iterable[Fraction], digits: range) -> str | None:
    in_full = digits.start + DIGITS_MORE_IN_FULL
    if (value * 10**in_full).denominator == 1:
        return _cut_off(value, in_full).rstrip("0").rstrip(".")
    rivals = [other for other in beside if other != value]
    for count in digits:
        written = _cut_off(value, count)
        if all(_cut_off(rival, count) != written for rival in rivals):
            return f"{written}…"
    return None


def _cut_off(value: Fraction, digits: int) -> str:
    whole, rest = divmod(value * 10**digits // 1, 10**digits)
    return f"{whole}.{rest:0{digits}d}"
