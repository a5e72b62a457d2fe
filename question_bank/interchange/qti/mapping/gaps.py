"""Gaps: gap_select is inlineChoiceInteraction in running text, gap_text is textEntryInteraction in running text.

One rule: the words that are read before any gap are what is asked; where there are none, the title is.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

from kernel.sentences import say
from question_bank.interchange.qti.bodies import (
    PASSAGE_CLASS,
    Written,
    body_of,
    declared,
    mapped,
    read_title,
    refuse_feedback,
)
from question_bank.interchange.qti.conditions import Earns
from question_bank.interchange.qti.items import Declaration, Item, code_of, identifier_of
from question_bank.interchange.qti.mapping.points import read_credit
from question_bank.interchange.qti.scores import Score
from question_bank.interchange.qti.texts import blocks
from question_bank.interchange.qti.xml_trees import line_of, made
from question_bank.interchange.xml_reading import Element
from question_bank.item_kinds.kind import PartCredit
from question_bank.item_kinds.wordings import distinct, weights_of
from question_bank.marked_text import Shape, plain

Json = dict[str, Any]
CHOICE_TAG = "qti-inline-choice-interaction"
ENTRY_TAG = "qti-text-entry-interaction"
_RESPONSES: Final = "RESPONSE_"
_ENTRY_ATTRIBUTES = ("response-identifier", "base", "string-identifier", "format")


def read_gap_select(item: Item, interactions: Sequence[Element]) -> tuple[str, Json]:
    """Read gaps of which each has a list to choose from."""
    refuse_feedback(item)
    responses = [item.declared(interaction, "single", "identifier") for interaction in interactions]
    gaps: list[Json] = []
    for index, (interaction, response) in enumerate(zip(interactions, responses, strict=True)):
        item.only(interaction, "response-identifier", "shuffle", "min-choices")
        item.lines[f"/gaps/{index}"] = line_of(interaction)
        choices = list(interaction.iterchildren("qti-inline-choice"))
        key = _right_choice(item, response, [choice.get("identifier", "") for choice in choices])
        gaps.append({"id": gap_of(response.name), "options": read_options(item, choices), "key": code_of(key)})
    if any(interaction.get("shuffle", "false") != "true" for interaction in interactions):
        item.change(interactions[0], say("its choices are shown in an order drawn for each candidate"))
    credit = read_credit(item, responses)
    said = {} if credit is PartCredit.PER_PART else {"credit": credit.value}
    return "gap_select", read_passage(item, interactions) | {"gaps": gaps} | said


def read_options(item: Item, choices: Sequence[Element], *known: str) -> list[Json]:
    """Read the choices of a gap, ``[{"id", "text"}]``; ``known`` are attributes that are read elsewhere."""
    options = []
    for choice in choices:
        item.only(choice, "identifier", "fixed", *known)
        # Lists to choose from show words alone; marks are given up for them.
        text = item.text(choice, Shape.LINE, "/gaps")
        words = plain(text, Shape.LINE)
        if words != text:
            item.change(choice, say("is shown in a list to choose from, which shows words alone"))
        options.append({"id": code_of(choice.get("identifier", "")), "text": words})
    return options


def _right_choice(item: Item, response: Declaration, identifiers: Sequence[str]) -> str:
    right = list(response.correct)
    if not right and response.mapping is not None:
        right = [name for name, points in response.mapping.points.items() if points > 0]
    if len(right) != 1 or right[0] not in identifiers:
        raise item.stop(response.element, say("does not say which one choice is right"))
    if response.mapping is not None and [n for n, points in response.mapping.points.items() if points] != right:
        raise item.stop(response.element, say("gives points to another choice than the right one"))
    return right[0]


def gap_of(response: str) -> str:
    """Return the id of the gap in which a response is given."""
    return code_of(response.removeprefix(_RESPONSES) or response)


def read_passage(item: Item, interactions: Sequence[Element]) -> Json:
    """Read the running text with its gaps, and what is asked before it."""
    body = body_of(item)
    for interaction in interactions:
        gap = gap_of(interaction.get("response-identifier", ""))
        for child in list(interaction):
            interaction.remove(child)
        interaction.tag, interaction.text = "span", None
        interaction.attrib.clear()
        interaction.set("data-gap", gap)
    own = [element for element in body if PASSAGE_CLASS in element.get("class", "").split()]
    passage = own[0] if len(own) == 1 else _split(body)
    if passage is not body:
        passage.tail = None
        body.remove(passage)
    written = item.text(passage, Shape.PASSAGE, "/passage")
    stem = "" if passage is body else item.text(body, Shape.BLOCKS, "/stem")
    return {"stem": stem or read_title(item), "passage": written}


def _split(body: Element) -> Element:
    """Return a body from its first block with a gap on; what is asked before stays where it was."""
    first = next((index for index, block in enumerate(body) if _gaps_in(block)), 0)
    if first == 0 and not (body.text or "").strip():
        return body
    if not len(body) or not _gaps_in(body[first]):
        return body
    passage = made("div")
    passage.sourceline = body[first].sourceline
    passage.extend(list(body)[first:])
    body.append(passage)
    return passage


def _gaps_in(block: Element) -> list[Element]:
    return [span for span in block.iter("span") if span.get("data-gap")]


def read_gap_text(item: Item, interactions: Sequence[Element]) -> tuple[str, Json]:
    """Read gaps into which words are typed."""
    refuse_feedback(item)
    responses = [item.declared(interaction, "single", "string") for interaction in interactions]
    forms: list[list[str]] = []
    for index, (interaction, response) in enumerate(zip(interactions, responses, strict=True)):
        item.only(interaction, *_ENTRY_ATTRIBUTES)
        item.lines[f"/gaps/{index}"] = line_of(interaction)
        forms.append(read_forms(item, response))
    credit = read_credit(item, responses)
    said = {} if credit is PartCredit.PER_PART else {"credit": credit.value}
    weights = read_weights(item, responses)
    gaps = [
        {"id": gap_of(response.name), "accepted": distinct(some, weights_of(weights))}
        for response, some in zip(responses, forms, strict=True)
    ]
    return "gap_text", read_passage(item, interactions) | {"gaps": gaps} | weights | said


def is_mapped(item: Item) -> bool:
    """Tell whether what responses are mapped to decides an item."""
    score = item.processing.score
    return bool(score.mapped) or any(isinstance(test, Earns) for test, _ in score.awards)


def read_forms(item: Item, response: Declaration) -> list[str]:
    """Read the accepted forms of what is typed."""
    mapping = response.mapping
    if is_mapped(item) and mapping is not None:
        forms = [form for form, points in mapping.points.items() if points > 0]
        if response.correct and response.correct[0] not in forms:
            raise item.stop(response.element, say("says that a form is right that earns no points"))
    else:
        forms = list(response.correct)
        if len(forms) > 1:
            raise item.stop(
                response.element, say("says several right answers where one is given; a mapping lists them")
            )
    if not forms:
        raise item.stop(response.element, say("does not say what is right"))
    return forms


def read_weights(item: Item, responses: Sequence[Declaration]) -> Json:
    """Read whether case counts; accents always do in QTI, and what nobody sees in a text never does here."""
    counts = {case for r in responses if is_mapped(item) and r.mapping for case in r.mapping.counts_case} or {True}
    if len(counts) != 1:
        raise item.stop(responses[0].element, say("says of some forms that case counts and of others that it does not"))
    item.change(responses[0].element, say("spacing and kinds of dashes and quotes decide there, and never here"))
    return ({"case": "counts"} if counts == {True} else {}) | {"accents": "counts"}


def write_gap_select(content: Json) -> Written:
    """Write a passage whose gaps have lists to choose from."""
    declarations, interactions = [], {}
    for gap in content["gaps"]:
        right = identifier_of(gap["key"])
        name = _RESPONSES + gap["id"]
        declarations.append(declared(name, "single", "identifier", [right], mapped({right: 1})))
        choices = (made("qti-inline-choice", o["text"], identifier=identifier_of(o["id"])) for o in gap["options"])
        interactions[gap["id"]] = made(CHOICE_TAG, *choices, response_identifier=name, shuffle="true")
    return _written(content, declarations, interactions)


def write_gap_text(content: Json) -> Written:
    """Write a passage into which words are typed."""
    declarations, interactions = [], {}
    for gap in content["gaps"]:
        name = _RESPONSES + gap["id"]
        declarations.append(declared_forms(name, gap["accepted"], content))
        interactions[gap["id"]] = made(ENTRY_TAG, response_identifier=name)
    return _written(content, declarations, interactions)


def declared_forms(name: str, forms: Sequence[str], content: Json) -> Element:
    """Make the declaration of a response that is typed."""
    counts = "true" if content.get("case") == "counts" else "false"
    mapping = mapped(dict.fromkeys(forms, 1), case_sensitive=counts)
    return declared(name, "single", "string", forms[:1], mapping)


def _written(content: Json, declarations: list[Element], interactions: dict[str, Element]) -> Written:
    names = [_RESPONSES + gap["id"] for gap in content["gaps"]]
    passage = made("div", *blocks(content["passage"], interactions.__getitem__), **{"class": PASSAGE_CLASS})
    if content.get("credit") == PartCredit.ALL_OR_NOTHING.value:
        # Of several accepted forms only the first is the declared one, so the points are what tells.
        score = Score(awards=((Earns(tuple(names), Fraction(len(names))), Fraction(1)),))
        return Written(declarations, [passage], score)
    return Written(declarations, [passage], Score(mapped=tuple(names), divisor=Fraction(len(names))))
