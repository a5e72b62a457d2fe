"""Items: one assessment item as it is read, with what it says, what it says otherwise, and what cannot be taken.

One rule: whatever of an item nobody here asked for is a refusal. What is harmless is listed, and nothing else passes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from kernel.sentences import say
from question_bank.documents import is_code, quoted
from question_bank.interchange.entries import SizeOf, no_sizes
from question_bank.interchange.losses import LossKind, LossReport
from question_bank.interchange.qti.conditions import SCORE
from question_bank.interchange.qti.scores import Processing
from question_bank.interchange.qti.texts import readable
from question_bank.interchange.qti.xml_trees import line_of
from question_bank.interchange.xml_reading import Element
from question_bank.marked_text import Shape
from question_bank.marked_text.html_reading import read_element

Json = dict[str, Any]
STIMULUS_REF: Final = "qti-assessment-stimulus-ref"
Resolver = Callable[[str], str | None]
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
_SHORT_HASH = 12
_HARMLESS: Final = frozenset(
    [
        "id",
        "class",
        "label",
        "orientation",
        "expected-length",
        "expected-lines",
        "placeholder-text",
        "role",
        "dir",
        "required",
        "show-hide",
    ]
)
"""Attributes that say how something looks, or what is so here anyway."""
_HARMLESS_PREFIXES = (
    "data-",
    "aria-",
    "{http://www.w3.org/XML/1998/namespace}",
    "{http://www.w3.org/2001/XMLSchema-instance}",
)


class Unreadable(Exception):
    """An item of which nothing more can be read; what is wrong with it was noted."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """What responses are worth by themselves."""

    points: dict[str, Fraction]
    otherwise: Fraction
    lower: Fraction | None
    upper: Fraction | None
    counts_case: frozenset[bool]


@dataclass(frozen=True, slots=True)
class Declaration:
    """A response as it is declared: its right answer, and what answers are worth."""

    element: Element
    name: str
    cardinality: str
    base_type: str
    correct: tuple[str, ...]
    mapping: Mapping | None


@dataclass(slots=True)
class Item:
    """One item on its way in; ``content`` grows as it is read."""

    root: Element
    file: str
    report: LossReport
    resolve: Resolver
    size_of: SizeOf = no_sizes
    """Gives the size of a picture that it shows."""
    stimulus: Json | None = None
    """What it is about with the other items of its set, once that is read."""
    is_refused: bool = False
    content: Json = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    """Where members of the content came from, by JSON pointer."""
    declarations: dict[str, Declaration] = field(default_factory=dict)
    processing: Processing = field(default_factory=Processing)
    scored_by: str = ""
    """Who sets its score besides response processing, as QTI calls them: ``human`` or ``externalMachine``."""
    most_points: Fraction | None = None
    """What its score can come to, where it says so."""
    for_scorers: list[Element] = field(default_factory=list)
    """What those are told who mark its answers."""

    @property
    def subject(self) -> str:
        """The item as its document names it."""
        return str(self.root.get("identifier") or self.file)[:200]

    def refuse(self, where: Element | int, message: str) -> None:
        """Note that the item is not taken, and why."""
        self.is_refused = True
        self._lose(LossKind.REFUSED, where, message)

    def stop(self, where: Element | int, message: str) -> Unreadable:
        """Note that the item is not taken; nothing more of it can be read."""
        self.refuse(where, message)
        return Unreadable(message)

    def change(self, where: Element | int, message: str) -> None:
        """Note what the item says otherwise, or no more."""
        self._lose(LossKind.CHANGED, where, message)

    def only(self, element: Element, *known: str) -> None:
        """Refuse attributes of an element that are neither known where it is read nor harmless."""
        for name, value in element.attrib.items():
            if name in known or name.startswith(_HARMLESS_PREFIXES):
                continue
            if name not in _HARMLESS or (name == "show-hide" and value != "show"):
                self.refuse(
                    element,
                    say(
                        "<%(tag)s> says %(name)s=%(value)s, which has no counterpart here",
                        tag=element.tag,
                        name=name,
                        value=quoted(value),
                    ),
                )

    def text(self, element: Element, shape: Shape, pointer: str) -> str:
        """Read what stands within an element as marked text."""
        self.lines[pointer] = line_of(element)
        read = read_element(readable(element), shape, self.resolve)
        for change in read.changes:
            self.change(element, change)
        for refusal in read.refusals:
            self.refuse(element, refusal)
        return read.text

    def declared(
        self, interaction: Element, cardinality: str | None = None, base_type: str | None = None
    ) -> Declaration:
        """Return the declaration of the response that an interaction asks for."""
        found = self.declarations.get(interaction.get("response-identifier", ""))
        if found is None:
            raise self.stop(interaction, say("asks for a response that is not declared"))
        for wanted, given in ((cardinality, found.cardinality), (base_type, found.base_type)):
            if wanted is not None and wanted != given:
                message = say(
                    "declares a response that is %(given)s, where <%(tag)s> needs %(wanted)s",
                    given=given,
                    tag=interaction.tag,
                    wanted=wanted,
                )
                raise self.stop(found.element, message)
        return found

    def _lose(self, kind: LossKind, where: Element | int, message: str) -> None:
        line = where if isinstance(where, int) else line_of(where)
        self.report.lose(kind, self.file, f":{line}", self.subject, message)


def read_declarations(item: Item) -> None:
    """Read every response that an item declares."""
    for element in item.root.iterchildren("qti-response-declaration"):
        item.only(element, "identifier", "cardinality", "base-type")
        name = element.get("identifier", "")
        if name in item.declarations:
            item.refuse(element, say("declares the response %(name)s twice", name=quoted(name)))
        mapping = None
        for child in element:
            match child.tag:
                case "qti-correct-response":
                    item.only(child, "interpretation")
                case "qti-mapping":
                    mapping = _read_mapping(item, child)
                case "qti-default-value":
                    item.change(child, say("the response that stands there from the beginning is left out"))
                case _:
                    item.refuse(
                        child,
                        say(
                            "declares a response with <%(tag)s>, which has no counterpart here", tag=str(child.tag)[:60]
                        ),
                    )
        correct = tuple(
            " ".join((value.text or "").split()) for value in element.iterfind("qti-correct-response/qti-value")
        )
        item.declarations[name] = Declaration(
            element, name, element.get("cardinality", ""), element.get("base-type", ""), correct, mapping
        )


def _read_mapping(item: Item, element: Element) -> Mapping:
    item.only(element, "lower-bound", "upper-bound", "default-value")
    points: dict[str, Fraction] = {}
    counts_case: set[bool] = set()
    for entry in element:
        item.only(entry, "map-key", "mapped-value", "case-sensitive")
        key = " ".join(entry.get("map-key", "").split())
        if entry.tag != "qti-map-entry" or key in points:
            item.refuse(entry, say("maps %(key)s twice or by <%(tag)s>", key=quoted(key), tag=str(entry.tag)[:60]))
        points[key] = _points(item, entry, "mapped-value", "")
        counts_case.add(entry.get("case-sensitive", "true") == "true")
    lower = _points(item, element, "lower-bound", "0") if element.get("lower-bound") is not None else None
    if lower is not None and lower > 0:
        item.refuse(element, say("gives points to any answer: the least it comes to is more than 0"))
    return Mapping(
        points=points,
        otherwise=_points(item, element, "default-value", "0"),
        lower=lower,
        upper=_points(item, element, "upper-bound", "0") if element.get("upper-bound") is not None else None,
        counts_case=frozenset(counts_case),
    )


def read_constants(item: Item) -> dict[str, Fraction]:
    """Return the outcomes that are a number from the beginning, besides the score itself, which must begin with 0."""
    constants: dict[str, Fraction] = {}
    for element in item.root.iterchildren("qti-outcome-declaration"):
        if element.get("identifier") == SCORE:
            item.scored_by = element.get("external-scored", "")
            most = element.get("normal-maximum", "").strip()
            item.most_points = Fraction(most) if _DECIMAL.fullmatch(most) else None
        values = [(value.text or "").strip() for value in element.iterfind("qti-default-value/qti-value")]
        if len(values) == 1 and _DECIMAL.fullmatch(values[0]):
            constants[element.get("identifier", "")] = Fraction(values[0])
    if constants.pop(SCORE, 0):
        item.refuse(item.root, say("begins with a score that is not 0"))
    return constants


def _points(item: Item, element: Element, name: str, otherwise: str) -> Fraction:
    written = element.get(name, otherwise).strip().removeprefix("+")
    if not _DECIMAL.fullmatch(written):
        item.refuse(element, say("gives %(written)s points, which is no number", written=quoted(written)))
        return Fraction(0)
    return Fraction(written)


def code_of(identifier: str) -> str:
    """Return the code by which an item or a thing in it is known here, for its identifier in QTI.

    Codes that begin with a digit have an underscore before it in QTI, where none may. What is no code becomes one by
    its hash, so that it is the same each time.
    """
    bare = identifier.removeprefix("_")
    if is_code(bare):
        return bare
    return f"x{hashlib.sha256(identifier.encode()).hexdigest()[:_SHORT_HASH]}"


def identifier_of(code: str) -> str:
    """Return the identifier in QTI of a code."""
    return code if code[:1].isalpha() else f"_{code}"


def things(item: Item, name: str, elements: Iterable[Element], *known: str) -> list[Json]:
    """Read things with an id and a text of one line each, and keep their lines."""
    read: list[Json] = []
    for index, element in enumerate(elements):
        item.only(element, "identifier", "fixed", *known)
        pointer = f"/{name}/{index}"
        item.lines[pointer] = line_of(element)
        text = item.text(element, Shape.LINE, f"{pointer}/text")
        read.append({"id": code_of(element.get("identifier", "")), "text": text})
    return read


def tell_of_order(item: Item, interaction: Element, elements: Iterable[Element], *, is_kept: bool = False) -> None:
    """Note that things with a fixed order are shown in any order here, or the other way round."""
    is_fixed = interaction.get("shuffle", "false") != "true"
    if is_fixed and not is_kept:
        item.change(interaction, say("its things are shown in an order drawn for each candidate"))
    elif not is_kept and (fixed := next((e for e in elements if e.get("fixed", "false") == "true"), None)) is not None:
        item.change(fixed, say("does not keep its place: the order is drawn for each candidate"))
