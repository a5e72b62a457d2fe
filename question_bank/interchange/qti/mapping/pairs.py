"""Pairs: matrix and matching are matchInteraction; a table says so by its class, as shared vocabularies of QTI do.

One rule: each thing of the first set has exactly one counterpart in the second.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from kernel.sentences import say
from question_bank.interchange.qti.bodies import Written, declared, mapped, read_stem, refuse_feedback
from question_bank.interchange.qti.conditions import RESPONSE, Earns, Matches
from question_bank.interchange.qti.items import Declaration, Item, code_of, identifier_of, tell_of_order, things
from question_bank.interchange.qti.mapping.points import even_points, whole_points
from question_bank.interchange.qti.scores import Score
from question_bank.interchange.qti.texts import put_line
from question_bank.interchange.qti.xml_trees import made
from question_bank.interchange.xml_reading import Element
from question_bank.item_kinds.kind import PartCredit
from question_bank.item_kinds.pairings import Use

Json = dict[str, Any]
TAG = "qti-match-interaction"
TABLE_CLASS = "qti-match-tabular"
_SETS = 2
_DIGITS = 20
"""Of a limit, more than anything is matched."""


def read_pairs(item: Item, interaction: Element) -> tuple[str, Json]:
    """Read a match, and return the kind it is and its content."""
    item.only(interaction, "response-identifier", "shuffle", "max-associations", "min-associations")
    response = item.declared(interaction, "multiple", "directedPair")
    refuse_feedback(item)
    sets = list(interaction.iterchildren("qti-simple-match-set"))
    if len(sets) != _SETS:
        raise item.stop(interaction, say("has %(count)s sets to match, where there are two", count=len(sets)))
    left, right = ([*found.iterchildren("qti-simple-associable-choice")] for found in sets)
    is_table = TABLE_CLASS in interaction.get("class", "").split()
    tell_of_order(item, interaction, left)
    if not is_table and interaction.get("shuffle", "false") == "true":
        tell_of_order(item, interaction, right)
    _read_limits(item, interaction, left)
    names = ("rows", "columns") if is_table else ("premises", "counterparts")
    content = {
        names[0]: things(item, names[0], left, "match-max", "match-min", "match-group"),
        names[1]: things(item, names[1], right, "match-max", "match-min", "match-group"),
        "key": _key(item, response),
    }
    content |= read_pair_credit(item, response)
    use = _read_use(item, interaction, right, len(left), is_table=is_table)
    return "matrix" if is_table else "matching", {"stem": read_stem(item, interaction)} | content | use


def _read_limits(item: Item, interaction: Element, left: list[Element]) -> None:
    for element in left:
        if element.get("match-max", "1") != "1":
            raise item.stop(
                element, say("may be matched more than once, where each thing of the first set is given one other")
            )
    most = interaction.get("max-associations", "1")[:_DIGITS]
    if most.isdecimal() and 0 < int(most) < len(left):
        item.change(
            interaction,
            say("at most %(most)s pairs could be made; here each thing can be given its counterpart", most=most),
        )
    least = interaction.get("min-associations", "0")
    if least not in {"0", "1"}:
        item.change(
            interaction, say("at least %(least)s pairs had to be made; here things can be left open", least=least[:20])
        )


def _read_use(item: Item, interaction: Element, right: list[Element], count: int, *, is_table: bool) -> Json:
    limits = {element.get("match-max", "1")[:_DIGITS] for element in right}
    is_unlimited = all(limit == "0" or (limit.isdecimal() and int(limit) >= count) for limit in limits)
    if not is_unlimited and (is_table or limits != {"1"}):
        item.change(
            interaction, say("limits how often a thing is matched; here that is once for all, or as often as one likes")
        )
    return {} if is_table or limits == {"1"} else {"use": Use.OFTEN.value}


def _key(item: Item, response: Declaration) -> dict[str, str]:
    mapping = response.mapping
    pairs = response.correct
    if not pairs and mapping is not None:
        pairs = tuple(pair for pair, points in mapping.points.items() if points > 0)
    key: dict[str, str] = {}
    for pair in pairs:
        left, _, right = pair.partition(" ")
        if not right or " " in right or code_of(left) in key:
            raise item.stop(
                response.element,
                say("says that %(pair)r is right, where each thing is given one other", pair=pair[:80]),
            )
        key[code_of(left)] = code_of(right)
    return key


def read_pair_credit(item: Item, response: Declaration) -> Json:
    """Read whether each right pair earns credit by itself; returns ``{}`` or ``{"credit": "all_or_nothing"}``."""
    if not item.processing.score.mapped:
        whole_points(item, [response])
        _refuse_other_pairs(item, response)
        return {"credit": PartCredit.ALL_OR_NOTHING.value}
    mapping = response.mapping
    if mapping is None or item.processing.score.mapped != (response.name,):
        raise item.stop(response.element, say("is marked by a mapping that it does not have"))
    right = {pair: points for pair, points in mapping.points.items() if points}
    if mapping.otherwise or (response.correct and right.keys() != set(response.correct)):
        raise item.stop(response.element, say("gives points to pairs that are not right, or takes some away"))
    even_points(item, response, list(right.values()) or [Fraction(0)])
    return {}


def _refuse_other_pairs(item: Item, response: Declaration) -> None:
    """Refuse that an answer is right for its points where other pairs than the right ones earn any."""
    mapping = response.mapping
    if mapping is None or not any(isinstance(test, Earns) for test, _ in item.processing.score.awards):
        return
    earning = {pair for pair, points in mapping.points.items() if points}
    if mapping.otherwise or earning != set(response.correct or earning):
        raise item.stop(response.element, say("is right for points that other pairs than the right ones earn as well"))


def write_matrix(content: Json) -> Written:
    """Write a table of statements."""
    return _write(content, "rows", "columns", often=True, table=True)


def write_matching(content: Json) -> Written:
    """Write premises and their counterparts."""
    return _write(content, "premises", "counterparts", often=content.get("use") == Use.OFTEN.value, table=False)


def _write(content: Json, left: str, right: str, *, often: bool, table: bool) -> Written:
    fixed = {"fixed": "true"} if table else {}
    sets = (
        made("qti-simple-match-set", *(_choice(thing, "1") for thing in content[left])),
        made("qti-simple-match-set", *(_choice(thing, "0" if often else "1", **fixed) for thing in content[right])),
    )
    count = len(content[left])
    interaction = made(
        TAG,
        *sets,
        response_identifier=RESPONSE,
        shuffle="true",
        max_associations=str(count),
        **({"class": TABLE_CLASS} if table else {}),
    )
    key = content["key"]
    pairs = [f"{identifier_of(thing['id'])} {identifier_of(key[thing['id']])}" for thing in content[left]]
    if content.get("credit") == PartCredit.ALL_OR_NOTHING.value:
        score = Score(awards=((Matches(RESPONSE), Fraction(1)),))
        return Written([declared(RESPONSE, "multiple", "directedPair", pairs)], [interaction], score)
    declaration = declared(RESPONSE, "multiple", "directedPair", pairs, mapped(dict.fromkeys(pairs, 1)))
    return Written([declaration], [interaction], Score(mapped=(RESPONSE,), divisor=Fraction(count)))


def _choice(thing: Json, most: str, **more: str) -> Element:
    return put_line(
        made("qti-simple-associable-choice", identifier=identifier_of(thing["id"]), match_max=most, **more),
        thing["text"],
    )
