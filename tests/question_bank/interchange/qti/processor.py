"""A small processor of QTI: it marks responses by the rules of the specification, and knows nothing of the product."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from lxml import etree

Value = Any
"""A string, a list of strings, a number, a truth value, or None for the null value."""


def score(document: bytes, responses: dict[str, Value]) -> Fraction:
    """Return the score that a document gives to responses: by name, a string or a list of strings."""
    return _Processor(etree.fromstring(document), responses).run()


def _name(element: Any) -> str:
    return str(etree.QName(element).localname).removeprefix("qti-").replace("-", "").lower()


def _get(element: Any, name: str, otherwise: str | None = None) -> Any:
    for attribute, value in element.attrib.items():
        if attribute.replace("-", "").lower() == name:
            return value
    return otherwise


class _Processor:
    def __init__(self, root: Any, responses: dict[str, Value]) -> None:
        self.responses = {name: value or None for name, value in responses.items()}
        self.declared = {_get(e, "identifier"): e for e in root if _name(e) == "responsedeclaration"}
        self.outcomes: dict[str, Value] = {"SCORE": Fraction(0)}
        for outcome in (e for e in root if _name(e) == "outcomedeclaration"):
            for value in outcome.iter("{*}value", "{*}qti-value"):
                self.outcomes[_get(outcome, "identifier")] = Fraction(value.text)
        self.rules = next(e for e in root if _name(e) == "responseprocessing")

    def run(self) -> Fraction:
        template = (_get(self.rules, "template") or "").removesuffix(".xml").rpartition("/")[2]
        if template:
            assert template in {"match_correct", "map_response"}
            if self.responses.get("RESPONSE") is None:
                return Fraction(0)
            is_mapped = template == "map_response"
            return self._mapped("RESPONSE") if is_mapped else Fraction(int(self._is_correct("RESPONSE")))
        for rule in self.rules:
            self._apply(rule)
        return Fraction(self.outcomes["SCORE"] or 0)

    def _apply(self, rule: Any) -> None:
        if _name(rule) == "setoutcomevalue":
            self.outcomes[_get(rule, "identifier")] = self.value(rule[0])
            return
        assert _name(rule) == "responsecondition"
        for branch in rule:
            is_else = _name(branch) == "responseelse"
            if is_else or self.value(branch[0]) is True:
                for inner in list(branch)[0 if is_else else 1 :]:
                    self._apply(inner)
                return

    def value(self, e: Any) -> Value:  # noqa: PLR0911, PLR0912, C901 - one for each expression
        parts = [self.value(part) for part in e] if _name(e) != "mapresponse" else []
        match _name(e):
            case "basevalue":
                return Fraction(e.text) if _get(e, "basetype") in {"float", "integer"} else (e.text or "").strip()
            case "variable":
                name = _get(e, "identifier")
                return self._typed(name) if name in self.declared else self.outcomes.get(name)
            case "correct":
                return self._correct(_get(e, "identifier"))
            case "mapresponse":
                return self._mapped(_get(e, "identifier"))
            case "sum":
                return None if None in parts else sum(parts, Fraction(0))
            case "product":
                return None if None in parts else parts[0] * parts[1]
            case "divide":
                return None if None in parts or not parts[1] else parts[0] / parts[1]
            case "and":
                return False if False in parts else None if None in parts else True
            case "not":
                return None if None in parts else not parts[0]
            case "isnull":
                return None in parts
            case "gt":
                return None if None in parts else parts[0] > parts[1]
            case "lt":
                return None if None in parts else parts[0] < parts[1]
            case "match":
                return None if None in parts else self._same(parts, e)
            case "ordered":
                return parts
            case "index":
                return parts[0][int(_get(e, "n")) - 1] if parts[0] and int(_get(e, "n")) <= len(parts[0]) else None
            case "contains":
                whole, some = parts
                starts = range(len(whole or []))
                return whole and any(whole[start : start + len(some)] == some for start in starts)
            case "equal":
                return self._equal(e, parts)
            case "equalrounded":
                return self._equal_rounded(e, parts)
        raise AssertionError(_name(e))

    def _same(self, parts: list[Value], e: Any) -> bool:
        one, other = parts
        names = [_get(inner, "identifier") for inner in e]
        is_list = any(_get(self.declared.get(n), "cardinality") == "multiple" for n in names if n in self.declared)
        return bool(sorted(one) == sorted(other) if is_list else one == other)

    def _is_correct(self, name: str) -> bool:
        given, right = self._typed(name), self._correct(name)
        cardinality = _get(self.declared[name], "cardinality")
        return bool(sorted(given) == sorted(right) if cardinality == "multiple" else given == right)

    def _typed(self, name: str) -> Value:
        given = self.responses.get(name)
        return Fraction(given) if given is not None and _get(self.declared[name], "basetype") == "float" else given

    def _correct(self, name: str) -> Value:
        values = [v.text for part in self.declared[name] if _name(part) == "correctresponse" for v in part]
        if _get(self.declared[name], "cardinality") == "single":
            return Fraction(values[0]) if _get(self.declared[name], "basetype") == "float" else values[0]
        return values

    def _mapped(self, name: str) -> Fraction:
        mapping = next(part for part in self.declared[name] if _name(part) == "mapping")
        given = self.responses.get(name)
        given = [] if given is None else given if isinstance(given, list) else [given]
        total = Fraction(0)
        for one in given:
            found = [m for m in mapping if self._is_key(m, one)]
            total += Fraction(_get(found[0], "mappedvalue") if found else _get(mapping, "defaultvalue", "0"))
        for bound, pick in (("lowerbound", max), ("upperbound", min)):
            if _get(mapping, bound) is not None:
                total = pick(total, Fraction(_get(mapping, bound)))
        return total

    def _is_key(self, entry: Any, given: str) -> bool:
        key = _get(entry, "mapkey")
        return bool(key == given if _get(entry, "casesensitive", "true") == "true" else key.lower() == given.lower())

    def _equal(self, e: Any, parts: list[Value]) -> bool | None:
        if None in parts:
            return None
        one, other = parts
        mode = _get(e, "tolerancemode")
        if mode == "exact":
            return bool(one == other)
        low, high = map(Fraction, _get(e, "tolerance").split())
        if mode == "absolute":
            return bool(other - low <= one <= other + high)
        sides = sorted([other * (1 - low / 100), other * (1 + high / 100)])
        return bool(sides[0] <= one <= sides[1])

    def _equal_rounded(self, e: Any, parts: list[Value]) -> bool | None:
        if None in parts:
            return None
        figures = int(_get(e, "figures"))
        significant = _get(e, "roundingmode") == "significantFigures"
        return _rounded(parts[0], figures, significant) == _rounded(parts[1], figures, significant)


def _rounded(number: Fraction, figures: int, significant: bool) -> Fraction:
    if significant:
        if number == 0:
            return number
        magnitude = 0
        while abs(number) >= Fraction(10) ** (magnitude + 1):
            magnitude += 1
        while abs(number) < Fraction(10) ** magnitude:
            magnitude -= 1
        figures = figures - 1 - magnitude
    scale = Fraction(10) ** figures
    whole = int(abs(number) * scale + Fraction(1, 2))
    return Fraction(whole if number >= 0 else -whole) / scale
