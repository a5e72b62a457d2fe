"""Bodies: what stands around an interaction, and the feedback that is shown for a choice.

One rule: an element of QTI that nobody here knows is refused where it stands, before anything is read of its words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from kernel.sentences import say
from question_bank.interchange.qti.items import Item, Unreadable
from question_bank.interchange.qti.scores import Score
from question_bank.interchange.qti.vocabulary import MATHML
from question_bank.interchange.qti.xml_trees import made
from question_bank.interchange.xml_reading import Element
from question_bank.marked_text import Shape

FEEDBACK: Final = "FEEDBACK"
PASSAGE_CLASS: Final = "exam-passage"
_FEEDBACK = ("qti-feedback-inline", "qti-feedback-block", "qti-modal-feedback")
_KNOWN = frozenset(
    [
        "prompt",
        "simple-choice",
        "simple-associable-choice",
        "simple-match-set",
        "inline-choice",
        "gap",
        "gap-text",
        "gap-img",
        "hotspot-choice",
        "rubric-block",
        "content-body",
        "feedback-inline",
        "feedback-block",
    ]
)
_SEES, _SCORES = "candidate", "scorer"
JUDGED: Final = frozenset(["qti-extended-text-interaction", "qti-upload-interaction"])
"""What is answered for people to mark."""
INTERACTIONS: Final = JUDGED | frozenset(
    f"qti-{name}-interaction"
    for name in ("choice", "match", "order", "inline-choice", "gap-match", "text-entry", "hotspot")
)
"""What is asked by a kind of item here."""


@dataclass(frozen=True, slots=True)
class ForScorers:
    """What scorers alone are told: what it is for, as QTI calls it, its class, and its blocks."""

    use: str
    css_class: str
    content: list[Element]


@dataclass(frozen=True, slots=True)
class Written:
    """What a kind writes of an item: its responses, body and score, and the feedback of options by identifier.

    Attributes:
        points: of the best answer, where people set the score; a machine's is from 0 to 1.
    """

    declarations: list[Element]
    body: list[Element]
    score: Score = field(default_factory=lambda: Score(is_said=False))
    feedback: dict[str, str] = field(default_factory=dict)
    points: int | None = None
    for_scorers: list[ForScorers] = field(default_factory=list)


def interactions_of(item: Item) -> list[Element]:
    """Return the interactions of an item in their order, once its body is found to hold nothing unknown.

    Raises:
        Unreadable: the item has no body, asks nothing, or its body holds what has no counterpart.
    """
    body = item.root.find("qti-item-body")
    if body is None:
        raise item.stop(item.root, say("has no body"))
    item.only(body)
    found = [element for element in body.iterdescendants() if str(element.tag).endswith("-interaction")]
    for interaction in found:
        if interaction.tag not in INTERACTIONS:
            item.refuse(
                interaction,
                say("is answered by <%(tag)s>, for which there is no kind of item here", tag=interaction.tag),
            )
    _sort_rubrics(item, body, is_judged=any(interaction.tag in JUDGED for interaction in found))
    found = [interaction for interaction in found if body in interaction.iterancestors()]
    for part in (body, *item.for_scorers) if not item.is_refused else ():
        for child in part:
            _refuse_unknown(item, child)
    if item.is_refused:
        raise Unreadable
    for content in list(body.iter("qti-content-body")):
        content.tag = "div"
    if not found:
        raise item.stop(body, say("asks nothing: there is no interaction in its body"))
    return found


def body_of(item: Item) -> Element:
    """Return the body of an item that has one."""
    return item.root.find("qti-item-body")


def read_stem(item: Item, interaction: Element) -> str:
    """Read what is asked: all words of the body, and the prompt in the place of its interaction."""
    if _words_after(interaction):
        item.change(interaction, say("what stands after the answers is shown before them"))
    prompt = interaction.find("qti-prompt")
    for child in list(interaction):
        interaction.remove(child)
    interaction.tag = "div"
    interaction.text = None
    interaction.attrib.clear()
    if prompt is not None:
        item.only(prompt)
        prompt.tag, prompt.tail = "div", None
        interaction.append(prompt)
    stem = item.text(body_of(item), Shape.BLOCKS, "/stem")
    return stem or read_title(item)


def read_title(item: Item) -> str:
    """Return the title of an item that asks by nothing else."""
    title = " ".join(item.root.get("title", "").split())
    item.lines["/stem"] = item.root.sourceline or 1
    if title:
        item.change(item.root, say("its title is what is asked: nothing else is"))
        return item.text(made("p", title), Shape.BLOCKS, "/stem")
    item.refuse(item.root, say("asks nothing in words"))
    return ""


def read_feedback(item: Item, response: str, ids: Iterable[str]) -> dict[str, str]:
    """Read the feedback that is shown for each choice, by identifier, and take all feedback out of the item."""
    wanted, found = set(ids), dict[str, str]()
    for element in list(item.root.iter(*_FEEDBACK)):
        identifier = element.get("identifier", "")
        is_of_choice = item.processing.copies.get(element.get("outcome-identifier", "")) == response
        if is_of_choice and identifier in wanted and identifier not in found and element.get("show-hide") != "hide":
            found[identifier] = item.text(unwrapped(element), Shape.BLOCKS, "/feedback")
        else:
            item.change(element, say("feedback that is shown for something other than one choice is left out"))
        _take_out(element)
    return {identifier: text for identifier, text in found.items() if text}


def refuse_feedback(item: Item) -> None:
    """Take all feedback out of an item whose kind has none."""
    read_feedback(item, "", ())


def declared(
    name: str, cardinality: str, base_type: str, correct: Iterable[str], mapping: Element | None = None
) -> Element:
    """Make the declaration of a response."""
    values = [made("qti-value", value) for value in correct]
    parts = [*([made("qti-correct-response", *values)] if values else []), *([] if mapping is None else [mapping])]
    return made("qti-response-declaration", *parts, identifier=name, cardinality=cardinality, base_type=base_type)


def mapped(entries: dict[str, int], otherwise: int = 0, lower: int | None = None, **each: str) -> Element:
    """Make a mapping of responses to points."""
    bounds = {} if lower is None else {"lower_bound": str(lower)}
    listed = (made("qti-map-entry", map_key=key, mapped_value=str(points), **each) for key, points in entries.items())
    return made("qti-mapping", *listed, default_value=str(otherwise), **bounds)


def _refuse_unknown(item: Item, element: Element) -> None:
    """Refuse an element that nobody here knows, with all that is in it, or those in it."""
    tag = str(element.tag)
    is_own = tag.startswith("qti-") and tag not in INTERACTIONS and tag.removeprefix("qti-") not in _KNOWN
    if is_own or (tag.startswith("{") and not tag.startswith(f"{{{MATHML}}}")):
        item.refuse(element, say("has <%(tag)s>, which has no counterpart here", tag=tag[:100]))
        return
    for child in element:
        _refuse_unknown(item, child)


def _sort_rubrics(item: Item, body: Element, *, is_judged: bool) -> None:
    """Leave in a body what candidates are told, keep what scorers are, and leave out what others are."""
    for rubric in list(body.iter("qti-rubric-block")):
        for style in rubric.findall("qti-stylesheet"):
            item.change(style, say("its style sheet is left out"))
            rubric.remove(style)
        views = rubric.get("view", _SEES).split()
        if _SEES in views:
            rubric.tag = "div"
            rubric.attrib.clear()
            continue
        _take_out(rubric)
        if is_judged and _SCORES in views:
            item.for_scorers.append(rubric)
        else:
            item.change(rubric, say("what is meant for %(view)s alone is left out", view=rubric.get("view", "")[:60]))


def unwrapped(element: Element) -> Element:
    """Return what holds the words of feedback or a rubric: QTI 3 has an element around them."""
    content = element.find("qti-content-body")
    return element if content is None else content


def _take_out(element: Element) -> None:
    parent, tail = element.getparent(), element.tail or ""
    before = element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def _words_after(interaction: Element) -> bool:
    element = interaction
    while element.tag != "qti-item-body":
        after = list(element.itersiblings())
        if (element.tail or "").strip() or any(_says_something(sibling) for sibling in after):
            return True
        element = element.getparent()
    return False


def _says_something(element: Element) -> bool:
    return bool("".join(element.itertext()).strip()) or any(True for _ in element.iter("img", "object", "audio"))
