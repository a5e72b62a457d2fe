"""Item mapping: an assessment item of QTI becomes an item of a bank file, and an item of a bank file becomes one.

One rule: what was written here and not changed since is taken as it was; whatever differs is read anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from kernel.sentences import say, together
from question_bank.documents import quoted
from question_bank.interchange.qti.bodies import FEEDBACK, JUDGED, PASSAGE_CLASS, ForScorers, Written, interactions_of
from question_bank.interchange.qti.bounds import settle_bounds
from question_bank.interchange.qti.conditions import RESPONSE, SCORE, NotUnderstood
from question_bank.interchange.qti.items import (
    STIMULUS_REF,
    Item,
    Unreadable,
    code_of,
    identifier_of,
    read_constants,
    read_declarations,
)
from question_bank.interchange.qti.mapping import (
    choices,
    essays,
    gap_matches,
    gaps,
    orders,
    pairs,
    spots,
    typed,
    uploads,
)
from question_bank.interchange.qti.score_reading import read_processing
from question_bank.interchange.qti.scores import processing_for
from question_bank.interchange.qti.texts import blocks
from question_bank.interchange.qti.vocabulary import QTI3, Vocabulary
from question_bank.interchange.qti.xml_trees import XML_LANG, made
from question_bank.interchange.xml_reading import Element, local_name
from question_bank.item_kinds import KINDS
from question_bank.item_kinds.stimulus import MEMBER

Json = dict[str, Any]
TOOL: Final = "exam-engine"
STIMULI_FOLDER: Final = "stimuli"
_Writer = Callable[[Json], Written]
WRITERS: Mapping[str, _Writer] = MappingProxyType(
    {
        "single_choice": choices.write_choice,
        "multiple_choice": choices.write_choice,
        "matrix": pairs.write_matrix,
        "matching": pairs.write_matching,
        "ordering": orders.write_order,
        "gap_select": gaps.write_gap_select,
        "gap_text": gaps.write_gap_text,
        "short_text": typed.write_short_text,
        "numeric": typed.write_numeric,
        "hotspot": spots.write_spots,
        "essay": essays.write_essay,
        "upload": uploads.write_upload,
    }
)
_SINGLE: Mapping[str, Callable[[Item, Element], tuple[str, Json]]] = MappingProxyType(
    {
        choices.TAG: choices.read_choice,
        pairs.TAG: pairs.read_pairs,
        orders.TAG: orders.read_order,
        spots.TAG: spots.read_spots,
        gap_matches.TAG: gap_matches.read_gap_match,
        essays.TAG: essays.read_essay,
        uploads.TAG: uploads.read_upload,
    }
)
_PARTS = frozenset(
    [
        "qti-response-declaration",
        "qti-outcome-declaration",
        "qti-stylesheet",
        "qti-item-body",
        "qti-response-processing",
        "qti-modal-feedback",
    ]
)
_ROOT_ATTRIBUTES = ("identifier", "title", "adaptive", "time-dependent", "tool-name", "tool-version")
_SAID_ELSEWHERE = {"rationale": "-", "source": "-"}


def read_item(item: Item) -> Json | None:
    """Read an item whose names are spelled as in QTI 3.

    Returns:
        Its ``code``, ``kind`` and what its kind understands, or nothing where it is refused; the report says why. What
        QTI does not say of an item, its rationale and source among it, is for the caller to add.
    """
    try:
        _read_parts(item)
        kind, content = _read_body(item)
        content |= {MEMBER: item.stimulus} if item.stimulus else {}
    except Unreadable:
        return None
    except NotUnderstood as misunderstood:
        item.refuse(misunderstood.line, misunderstood.message)
        return None
    for fault in KINDS[kind].faults(content | _SAID_ELSEWHERE):
        item.refuse(_line_at(item, fault.place), together((fault.place, fault.message), " "))
    return None if item.is_refused else {"code": code_of(item.subject), "kind": kind, **content}


def _read_parts(item: Item) -> None:
    root = item.root
    if root.tag != "qti-assessment-item":
        raise item.stop(root, say("is <%(tag)s> and no item", tag=local_name(root)[:60]))
    item.only(root, *_ROOT_ATTRIBUTES)
    if item.stimulus is None and not item.is_refused and (about := root.find(STIMULUS_REF)) is not None:
        item.refuse(about, say("is about a stimulus, which does not come with it; import the package"))
    if root.get("adaptive", "false") != "false":
        item.refuse(root, say("is adaptive: it is answered in several steps, which no kind of item here is"))
    if root.get("time-dependent", "false") != "false":
        item.change(root, say("depends on the time used, which is not marked here"))
    for child in root:
        if child.tag not in _PARTS and child.tag != STIMULUS_REF:
            item.refuse(child, say("has <%(tag)s>, which has no counterpart here", tag=str(child.tag)[:100]))
        elif child.tag == "qti-stylesheet":
            item.change(child, say("its style sheet is left out"))
    read_declarations(item)
    item.processing = read_processing(root.find("qti-response-processing"), read_constants(item))
    settle_bounds(item)
    for name, line in item.processing.left_out.items():
        item.change(line, say("the outcome %(name)r is left out", name=name[:60]))
    if item.is_refused:
        raise Unreadable


def _read_body(item: Item) -> tuple[str, Json]:
    found = interactions_of(item)
    tags = [interaction.tag for interaction in found]
    if item.scored_by and not JUDGED.intersection(tags):
        item.change(
            item.root,
            say("has its score set by %(scored_by)s there; here its key marks it", scored_by=quoted(item.scored_by)),
        )
    match tags:
        case [tag] if tag in _SINGLE:
            return _SINGLE[tag](item, found[0])
        case [gaps.ENTRY_TAG] if item.declared(found[0]).base_type in typed.NUMBERS:
            return typed.read_numeric(item, found[0])
        case [gaps.ENTRY_TAG, gaps.CHOICE_TAG] if item.declared(found[0]).base_type in typed.NUMBERS:
            return typed.read_numeric(item, *found)
        case [gaps.ENTRY_TAG] if _stands_alone(found[0]):
            return typed.read_short_text(item, found[0])
    if set(tags) == {gaps.CHOICE_TAG}:
        return gaps.read_gap_select(item, found)
    if set(tags) == {gaps.ENTRY_TAG}:
        return gaps.read_gap_text(item, found)
    raise item.stop(found[1], say("has several interactions that no kind of item here has together"))


def _stands_alone(interaction: Element) -> bool:
    """Tell whether nothing but an interaction stands in its block, and its block is no part of a passage."""
    block = interaction
    while block.getparent() is not None and block.getparent().tag not in {"qti-item-body", "div"}:
        block = block.getparent()
    in_passage = any(PASSAGE_CLASS in parent.get("class", "").split() for parent in interaction.iterancestors())
    return not in_passage and not "".join(block.itertext()).strip() and not (interaction.tail or "").strip()


def _line_at(item: Item, pointer: str) -> int:
    while pointer and pointer not in item.lines:
        pointer = pointer.rpartition("/")[0]
    return item.lines.get(pointer, item.root.sourceline or 1)


def write_item(entry: Mapping[str, Any], language: str, vocabulary: Vocabulary) -> Element:
    """Return an item of a bank file, its kind's content without faults, as an element with the names of QTI 3.

    Raises:
        ValueError: QTI cannot say it exactly; the message says what.
    """
    content = dict(entry)
    if content["kind"] not in WRITERS:
        message = say("no interaction asks what %(kind)s asks", kind=content["kind"])
        raise ValueError(message)
    written = WRITERS[content["kind"]](content)
    asked = blocks(content["stem"])
    copies = {FEEDBACK: RESPONSE} if written.feedback else {}
    root = made(
        "qti-assessment-item",
        *written.declarations,
        _score_of(written),
        *(_feedback_outcome(written) if copies else ()),
        *([_reference(content[MEMBER])] if MEMBER in content else ()),
        made("qti-item-body", *asked, *written.body, *(_for_scorers(told, vocabulary) for told in written.for_scorers)),
        *([processing_for(written.score, copies, vocabulary)] if written.score.is_said else ()),
        *(_modal(identifier, text, vocabulary) for identifier, text in written.feedback.items()),
        identifier=identifier_of(content["code"]),
        title=content["code"],
        adaptive="false",
        time_dependent="false",
        tool_name=TOOL,
    )
    root.set(XML_LANG, language)
    return root


def _reference(stimulus: Json) -> Element:
    identifier = identifier_of(stimulus["code"])
    return made(STIMULUS_REF, identifier=identifier, href=f"../{STIMULI_FOLDER}/{identifier}.xml")


def _score_of(written: Written) -> Element:
    of_score = {"identifier": SCORE, "cardinality": "single", "base_type": "float", "normal_minimum": "0"}
    if written.points is not None:
        # It begins with no value: what nobody has marked yet is not worth 0.
        by_people = {"normal_maximum": str(written.points), "external_scored": "human"}
        return made("qti-outcome-declaration", **of_score, **by_people)
    default = made("qti-default-value", made("qti-value", "0"))
    return made("qti-outcome-declaration", default, **of_score, normal_maximum="1")


def _feedback_outcome(written: Written) -> list[Element]:
    cardinality = written.declarations[0].get("cardinality")
    return [made("qti-outcome-declaration", identifier=FEEDBACK, cardinality=cardinality, base_type="identifier")]


def _modal(identifier: str, text: str, vocabulary: Vocabulary) -> Element:
    said = _content(blocks(text), vocabulary)
    return made("qti-modal-feedback", *said, outcome_identifier=FEEDBACK, identifier=identifier, show_hide="show")


def _for_scorers(told: ForScorers, vocabulary: Vocabulary) -> Element:
    named = {"class": told.css_class} if told.css_class else {}
    return made("qti-rubric-block", *_content(told.content, vocabulary), view="scorer", use=told.use, **named)


def _content(said: list[Element], vocabulary: Vocabulary) -> list[Element]:
    """Return the content of feedback or a rubric; QTI 3 alone has an element around it."""
    return [made("qti-content-body", *said)] if vocabulary is QTI3 else said
