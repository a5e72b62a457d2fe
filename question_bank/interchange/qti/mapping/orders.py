"""Orders: ordering is orderInteraction.

One rule: what of an order counts is read of the tests that earn points, one for each part.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

from kernel.sentences import say
from question_bank.interchange.qti.bodies import Written, declared, read_stem, refuse_feedback
from question_bank.interchange.qti.conditions import RESPONSE, Follows, Matches, StandsAt, Test
from question_bank.interchange.qti.items import Item, code_of, identifier_of, tell_of_order, things
from question_bank.interchange.qti.mapping.points import are_alike, tell_of_weight, whole_points
from question_bank.interchange.qti.scores import Score
from question_bank.interchange.qti.texts import put_line
from question_bank.interchange.qti.xml_trees import made
from question_bank.interchange.xml_reading import Element
from question_bank.item_kinds.ordering import Counted

Json = dict[str, Any]
TAG = "qti-order-interaction"


def read_order(item: Item, interaction: Element) -> tuple[str, Json]:
    """Read an order, and return the kind it is and its content."""
    item.only(interaction, "response-identifier", "shuffle", "max-choices", "min-choices")
    response = item.declared(interaction, "ordered", "identifier")
    for limit in ("max-choices", "min-choices"):
        if limit in interaction.attrib:
            item.change(
                interaction,
                say(
                    "%(limit)s %(number)r is left out: all elements are ordered here",
                    limit=limit,
                    number=interaction.get(limit)[:20],
                ),
            )
    elements = list(interaction.iterchildren("qti-simple-choice"))
    tell_of_order(item, interaction, elements)
    refuse_feedback(item)
    read = things(item, "elements", elements)
    key = list(response.correct)
    counted = next(
        (way for way in Counted if way is not Counted.WHOLE and _is_scored_as(item, way, key)), Counted.WHOLE
    )
    if counted is Counted.WHOLE:
        whole_points(item, [response])
    said = {} if counted is Counted.WHOLE else {"counted": counted.value}
    return "ordering", {"stem": read_stem(item, interaction), "elements": read, "key": [*map(code_of, key)]} | said


def _is_scored_as(item: Item, counted: Counted, key: list[str]) -> bool:
    wanted = _tests(counted, item.processing.score, key)
    given = dict(item.processing.score.awards)
    if not wanted or given.keys() != set(wanted) or item.processing.score.mapped:
        return False
    if not are_alike(item, given.values()):
        return False
    tell_of_weight(item, Fraction(sum(given.values())))
    return True


def _tests(counted: Counted, score: Score, key: list[str]) -> list[Test]:
    """Return the tests by which parts are counted, of the response that the score asks about."""
    names = {getattr(test, "response", RESPONSE) for test, _ in score.awards} or {RESPONSE}
    name = min(names)
    match counted:
        case Counted.WHOLE:
            return [Matches(name)]
        case Counted.PLACES:
            return [StandsAt(name, place) for place in range(1, len(key) + 1)]
        case Counted.NEIGHBOURS:
            return [Follows(name, one, other) for one, other in pairwise(key)]


def write_order(content: Json) -> Written:
    """Write elements and their right order."""
    choices = [
        put_line(made("qti-simple-choice", identifier=identifier_of(element["id"])), element["text"])
        for element in content["elements"]
    ]
    key = [identifier_of(id_) for id_ in content["key"]]
    tests = _tests(Counted(content.get("counted", Counted.WHOLE)), Score(), key)
    score = Score(awards=tuple((test, Fraction(1)) for test in tests), divisor=Fraction(len(tests)))
    interaction = made(TAG, *choices, response_identifier=RESPONSE, shuffle="true")
    return Written([declared(RESPONSE, "ordered", "identifier", key)], [interaction], score)
