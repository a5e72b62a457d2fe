"""Numbers as people write them, read exactly, and the ways in which one number is near enough to another.

One rule: nothing passes through binary floats, and a number has one reading: point and comma are the decimal sign.
"""

from __future__ import annotations

import re
from enum import StrEnum
from fractions import Fraction

EXPONENT_MAX = 30
_MINUS = str.maketrans("\u2212\u2013", "--")
_TYPED = re.compile(r"([+-]?)(?=[.,]?[0-9])([0-9]{0,30})(?:[.,]([0-9]{0,30}))?(?:[eE]([+-]?[0-9]{1,3}))?")
_EXACT = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?|-?[0-9]{1,30}/[1-9][0-9]{0,29}")


class Nearness(StrEnum):
    """How near a response must be to the answer; the bound itself stands with the item.

    The four ways of QTI's ``equal`` and ``equalRounded``.
    """

    ABSOLUTE = "absolute"
    """Not farther from the answer than the bound."""
    RELATIVE = "relative"
    """Not farther than this share of the answer."""
    SIGNIFICANT_FIGURES = "significant_figures"
    """Equal once both are rounded to so many significant figures."""
    DECIMAL_PLACES = "decimal_places"
    """Equal once both are rounded to so many decimal places."""


def read_number(written: str) -> tuple[str, Fraction] | None:
    """Return a typed number in one spelling and its exact value; None where it is no number.

    ``12,5`` and ``12.5`` are the same; a sign, an exponent and spaces around are allowed, 30 digits on either side.
    Thousands cannot be grouped: ``1.234`` is a little more than one, and ``1.234,5`` and ``1 234`` are nothing.
    Digits after the decimal sign stay in the spelling, zeros too: ``2.50`` says more than ``2.5``.
    """
    found = _TYPED.fullmatch(written.strip().translate(_MINUS))
    if found is None or abs(int(found[4] or 0)) > EXPONENT_MAX:
        return None
    sign, whole, part, exponent = found[1].replace("+", ""), found[2].lstrip("0") or "0", found[3], found[4]
    spelled = sign + whole + (f".{part}" if part else "") + (f"e{int(exponent)}" if exponent else "")
    return spelled, Fraction(spelled)


def read_exact(written: str) -> Fraction | None:
    """Return the value of an author's number, a decimal (``-12.5``) or a fraction (``2/3``)."""
    return Fraction(written) if _EXACT.fullmatch(written) else None


def is_near(value: Fraction, answer: Fraction, nearness: Nearness, bound: Fraction) -> bool:
    """Whether a value is near enough to the answer; on the bound is near enough."""
    match nearness:
        case Nearness.ABSOLUTE:
            return abs(value - answer) <= bound
        case Nearness.RELATIVE:
            return abs(value - answer) <= bound * abs(answer)
        case Nearness.SIGNIFICANT_FIGURES:
            return to_figures(value, int(bound)) == to_figures(answer, int(bound))
        case Nearness.DECIMAL_PLACES:
            return to_places(value, int(bound)) == to_places(answer, int(bound))


def to_places(value: Fraction, places: int) -> Fraction:
    """Return a value rounded to decimal places (negative ones are tens), halves away from zero."""
    scale = Fraction(10) ** places
    rounded = (abs(value) * scale * 2 + 1) // 2
    return (rounded if value >= 0 else -rounded) / scale


def to_figures(value: Fraction, figures: int) -> Fraction:
    """Return a value rounded to significant figures, halves away from zero."""
    if value == 0:
        return value
    # The power of ten at the first figure: by the lengths of both numbers it is this, or one less.
    magnitude = len(str(abs(value).numerator)) - len(str(value.denominator))
    if abs(value) < Fraction(10) ** magnitude:
        magnitude -= 1
    return to_places(value, figures - 1 - magnitude)
