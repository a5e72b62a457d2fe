"""A mark worked out again from its stored proof alone, knowing nothing of the product's own code.

One rule: whoever holds a proof and the published rules reaches the same fraction.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from typing import Any

Proof = dict[str, Any]


def worked_again(proof: Proof) -> Fraction:
    """Return the fraction that follows from what a proof says was wanted and given."""
    if proof["rule"] == "unanswered":
        return Fraction(0)
    if proof["rule"] == "two_markers":
        return _of_people(proof)
    if "chosen" in proof:
        share, is_whole = _of_choices(proof)
    else:
        share = Fraction(sum(_parts(proof)), len(_parts(proof)))
        is_whole = proof["rule"] == "all_or_nothing"
    if is_whole:
        return Fraction(int(share == 1))
    return share if proof["credit_table"] == "exact" else Fraction(int(share * 100), 100)


def _of_people(proof: Proof) -> Fraction:
    best = sum(max(points.values()) for points in proof["rubric"].values())
    by_part = {
        marks["part"]: Fraction(sum(proof["rubric"][id_][level] for id_, level in marks["levels"].items()), best)
        for marks in proof["given"]
    }
    first, second = by_part["first"], by_part["second"]
    near = abs(first - second) <= Fraction(proof["tolerance"])
    return (first + second) / 2 if near else by_part["adjudication"]


def _of_choices(proof: Proof) -> tuple[Fraction, bool]:
    key, chosen = set(proof["key"]), set(proof["chosen"])
    if proof["rule"] == "plus_minus":
        return max(Fraction(0), Fraction(len(chosen & key) - len(chosen - key), len(key))), False
    if proof["rule"] == "ecqa" and not chosen <= key:
        return Fraction(0), False
    return Fraction(len(chosen & key) * (chosen <= key), len(key)), proof["rule"] == "all_or_nothing"


def _parts(proof: Proof) -> list[bool]:
    """Whether each part of an answer is right."""
    if "accepted" in proof:
        return _typed_parts(proof)
    if "number" in proof:
        return [_is_right_number(proof)]
    if "ordered" in proof:
        return _order_parts(proof)
    (given,) = (proof[name] for name in ("marked", "matched", "filled") if name in proof)
    return [given.get(part) == wanted for part, wanted in proof["key"].items()]


def _order_parts(proof: Proof) -> list[bool]:
    key, ordered = proof["key"], proof["ordered"]
    match proof["counted"]:
        case "whole":
            return [ordered == key]
        case "places":
            return [bool(ordered) and ordered[place] == wanted for place, wanted in enumerate(key)]
        case _:
            line = "".join(f"<{id_}>" for id_ in ordered)
            return [f"<{one}><{other}>" in line for one, other in pairwise(key)]


def _typed_parts(proof: Proof) -> list[bool]:
    """Only for plain Latin letters, where case is all there is to ignore."""

    def plainly(text: str) -> str:
        spaced = " ".join(text.split())
        return spaced if proof["case"] == "counts" else spaced.lower()

    accepted, filled = proof["accepted"], proof.get("filled", {})
    if isinstance(accepted, list):
        accepted, filled = {"": accepted}, {"": proof["text"]}
    forms = {part: {plainly(form) for form in forms} for part, forms in accepted.items()}
    return [plainly(filled.get(part, "")) in forms[part] for part in accepted]


def _is_right_number(proof: Proof) -> bool:
    number, units = proof["number"], proof["units"]
    if not number or (units and "unit" not in number):
        return False
    factor = Fraction(units[number["unit"]]) if units else Fraction(1)
    given, answer = Fraction(Decimal(number["value"])) * factor, Fraction(proof["answer"])
    ((nearness, written),) = proof["within"].items()
    bound = Fraction(written)
    match nearness:
        case "absolute":
            return answer - bound <= given <= answer + bound
        case "relative":
            return abs(given - answer) <= abs(answer) * bound
        case "significant_figures":
            return rounded_to_figures(given, int(bound)) == rounded_to_figures(answer, int(bound))
        case _:
            return rounded_to_places(given, int(bound)) == rounded_to_places(answer, int(bound))


def rounded_to_figures(value: Fraction, figures: int) -> Decimal:
    """Round by Python's decimal arithmetic, halves away from zero."""
    return Context(prec=figures, rounding=ROUND_HALF_UP).plus(_decimal(value))


def rounded_to_places(value: Fraction, places: int) -> Decimal:
    """Round by Python's decimal arithmetic, halves away from zero."""
    with localcontext(Context(prec=400)):
        return _decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _decimal(value: Fraction) -> Decimal:
    # Exact where the value ends; otherwise so many digits that no half can come out of the cut.
    return Context(prec=300, rounding="ROUND_DOWN").divide(Decimal(value.numerator), Decimal(value.denominator))
