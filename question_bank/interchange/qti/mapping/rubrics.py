"""Rubrics: what people mark by, as tables that scorers alone see; QTI has no words for criteria and their levels.

One rule: a rubric is read where it stands in the shape that this product writes. Out of prose none is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from kernel.sentences import say
from question_bank.interchange.qti.bodies import ForScorers, unwrapped
from question_bank.interchange.qti.items import Item
from question_bank.interchange.qti.scores import Score
from question_bank.interchange.qti.texts import blocks, put_line
from question_bank.interchange.qti.xml_trees import line_of, made
from question_bank.interchange.xml_reading import Element
from question_bank.marked_text import Shape

Json = dict[str, Any]
RUBRIC_CLASS: Final = "exam-rubric"
MODEL_ANSWER_CLASS: Final = "exam-model-answer"
_CRITERION, _LEVEL = "exam-criterion-", "exam-level-"
_POINTS = re.compile(r"\d{1,3}")
NEEDED: Final = say(
    "is marked by people and brings no rubric that can be read; write one over the pages, in a bank file, or as in "
    "docs/formats.md"
)


def read_marking(item: Item, interaction: Element) -> Json:
    """Read by what people mark an answer: ``rubric``, and ``guidance`` and ``model_answer`` where there are some."""
    _refuse_machines(item, interaction)
    rubric: list[Json] = []
    guidance: list[Element] = []
    answers: list[Element] = []
    for block in item.for_scorers:
        classes = block.get("class", "").split()
        if RUBRIC_CLASS in classes:
            rubric += _read_rubric(item, block, len(rubric))
        else:
            (answers if MODEL_ANSWER_CLASS in classes else guidance).append(_as_section(block))
    if not rubric:
        raise item.stop(interaction, NEEDED)
    # What is declared as right of an answer that people mark is the best one, says QTI.
    response = item.declared(interaction)
    answers += [made("p", value) for value in response.correct if value]
    said = {
        "guidance": _read_notes(item, guidance, "/guidance"),
        "model_answer": _read_notes(item, answers, "/model_answer"),
    }
    _tell_of_weight(item, rubric)
    return {"rubric": rubric} | {name: text for name, text in said.items() if text}


def _refuse_machines(item: Item, interaction: Element) -> None:
    response = item.declared(interaction)
    if item.processing.score != Score(is_said=False) or response.mapping is not None:
        raise item.stop(
            response.element, say("is given points by response processing, where people mark the answer here")
        )
    if item.scored_by == "externalMachine":
        raise item.stop(item.root, say("has its score from another system, where people mark the answer here"))


def _read_rubric(item: Item, block: Element, before: int) -> Iterator[Json]:
    content = unwrapped(block)
    if (content.text or "").strip():
        raise item.stop(content, say("has words beside the tables of its rubric, one for each criterion"))
    for number, table in enumerate(content, start=before):
        pointer = f"/rubric/{number}"
        item.lines[pointer] = line_of(table)
        captions = list(table.iterchildren("caption"))
        if table.tag != "table" or len(captions) != 1 or (table.tail or "").strip():
            raise item.stop(table, say("is no table of one criterion with its caption, of which rubrics here consist"))
        text = item.text(captions[0], Shape.LINE, f"{pointer}/text")
        levels = [_read_level(item, row, f"{pointer}/levels", at) for at, row in enumerate(table.iter("tr"))]
        yield {"id": _id_of(table, _CRITERION, number), "text": text, "levels": levels}


def _read_level(item: Item, row: Element, levels: str, number: int) -> Json:
    pointer = f"{levels}/{number}"
    item.lines[pointer] = line_of(row)
    cells = list(row)
    points = " ".join("".join(cells[0].itertext()).split()) if cells else ""
    if [cell.tag for cell in cells] != ["th", "td"] or not _POINTS.fullmatch(points):
        raise item.stop(row, say("is no level of a criterion: its whole points, and in a second cell its words"))
    text = item.text(cells[1], Shape.LINE, f"{pointer}/text")
    return {"id": _id_of(row, _LEVEL, number), "points": int(points), "text": text}


def _id_of(element: Element, prefix: str, number: int) -> str:
    named = (name.removeprefix(prefix) for name in element.get("class", "").split() if name.startswith(prefix))
    return next(named, str(number + 1))


def _as_section(block: Element) -> Element:
    content = unwrapped(block)
    content.tag, content.tail = "div", None
    content.attrib.clear()
    return content


def _read_notes(item: Item, sections: list[Element], pointer: str) -> str:
    """Read what stands in several places as one text, told of at the first of them."""
    if not sections:
        return ""
    line = line_of(sections[0])
    whole = made("div", *sections)
    whole.sourceline = line
    return item.text(whole, Shape.BLOCKS, pointer)


def _tell_of_weight(item: Item, rubric: Iterable[Json]) -> None:
    most = sum(max((level["points"] for level in criterion["levels"]), default=0) for criterion in rubric)
    if item.most_points is not None and item.most_points != most:
        item.change(
            item.root,
            say(
                "is given up to %(given)s points there, where its rubric comes to %(most)s",
                given=item.most_points,
                most=most,
            ),
        )
    if most != 1:
        item.change(item.root, say("is worth %(points)s there; here every item weighs one", points=most))


def written_marking(content: Json) -> tuple[int, list[ForScorers]]:
    """Return the points of the best answer, and what scorers are told."""
    most = sum(max(level["points"] for level in criterion["levels"]) for criterion in content["rubric"])
    told = [ForScorers("scoring", RUBRIC_CLASS, [_written_criterion(criterion) for criterion in content["rubric"]])]
    if "guidance" in content:
        told.append(ForScorers("instructions", "", blocks(content["guidance"])))
    if "model_answer" in content:
        told.append(ForScorers("scoring", MODEL_ANSWER_CLASS, blocks(content["model_answer"])))
    return most, told


def _written_criterion(criterion: Json) -> Element:
    rows = (
        made(
            "tr",
            made("th", str(level["points"]), scope="row"),
            put_line(made("td"), level["text"]),
            **{"class": _LEVEL + level["id"]},
        )
        for level in criterion["levels"]
    )
    caption = put_line(made("caption"), criterion["text"])
    return made("table", caption, made("tbody", *rows), **{"class": _CRITERION + criterion["id"]})
