"""Gap matches: words that are dragged into gaps of a text become a gap_select, whose gaps offer them as choices.

One rule: each gap has exactly one right word; gap_select is written as inline choices (``gaps.py``), which ask the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from kernel.sentences import say
from question_bank.documents import quoted
from question_bank.interchange.qti.bodies import read_stem, refuse_feedback
from question_bank.interchange.qti.items import Declaration, Item, code_of, tell_of_order
from question_bank.interchange.qti.mapping.gaps import read_options
from question_bank.interchange.qti.mapping.pairs import read_pair_credit
from question_bank.interchange.qti.xml_trees import append, line_of, made
from question_bank.interchange.xml_reading import Element
from question_bank.item_kinds.gap_select import OPTIONS_MAX
from question_bank.item_kinds.passages import GAPS_MAX
from question_bank.marked_text import Shape

Json = dict[str, Any]
TAG: Final = "qti-gap-match-interaction"
_WORD, _PICTURE, _GAP, _PROMPT = "qti-gap-text", "qti-gap-img", "qti-gap", "qti-prompt"
_FEW: Final = re.compile(r"[0-9]{1,4}")


def read_gap_match(item: Item, interaction: Element) -> tuple[str, Json]:
    """Read words that are dragged into gaps, and return the kind it is and its content."""
    item.only(interaction, "response-identifier", "shuffle", "max-associations", "min-associations")
    response = item.declared(interaction, "multiple", "directedPair")
    refuse_feedback(item)
    for picture in interaction.iter(_PICTURE):
        item.refuse(picture, say("is a picture to drag into a gap; gaps here are filled with words alone"))
    words = list(interaction.iterchildren(_WORD))
    tell_of_order(item, interaction, words)
    passage = _passage_in(interaction)
    gaps = list(passage.iter(_GAP))
    _refuse_many(item, interaction, len(gaps), len(words))
    key = _key(item, response, _named(words), _named(gaps))
    _tell_of_limits(item, interaction, words, key)
    offered = _offered(item, words, gaps)
    for index, gap in enumerate(gaps):
        item.only(gap, "identifier", "match-group")
        item.lines[f"/gaps/{index}"] = line_of(gap)
    content = {
        "gaps": [{"id": code_of(name), "options": offered[name], "key": code_of(key[name])} for name in _named(gaps)]
    } | read_pair_credit(item, response)
    for gap in gaps:
        gap.set("data-gap", code_of(gap.get("identifier", "")))
        gap.tag = "span"
    written = item.text(passage, Shape.PASSAGE, "/passage")
    return "gap_select", {"stem": read_stem(item, interaction), "passage": written} | content


def _named(elements: Sequence[Element]) -> list[str]:
    return [element.get("identifier", "") for element in elements]


def _passage_in(interaction: Element) -> Element:
    """Take the text with gaps out of an interaction: all but its prompt and its words."""
    passage = made("div", interaction.text or "")
    passage.sourceline = interaction.sourceline
    for child in list(interaction):
        if child.tag not in {_PROMPT, _WORD, _PICTURE}:
            passage.append(child)
        else:
            append(passage, child.tail or "")
    return passage


def _refuse_many(item: Item, interaction: Element, gaps: int, words: int) -> None:
    """Refuse more than a gap_select can hold, before each gap is compared with all words."""
    if gaps > GAPS_MAX:
        raise item.stop(interaction, say("has more than %(gaps_max)s gaps", gaps_max=GAPS_MAX))
    if words > max(gaps, 1) * OPTIONS_MAX:
        message = say("has %(count)s words to drag; each gap offers at most %(most)s", count=words, most=OPTIONS_MAX)
        raise item.stop(interaction, message)


def _key(item: Item, response: Declaration, words: Sequence[str], gaps: Sequence[str]) -> dict[str, str]:
    """Return the right word of each gap."""
    mapping = response.mapping
    pairs = response.correct
    if not pairs and mapping is not None:
        pairs = tuple(pair for pair, points in mapping.points.items() if points > 0)
    key: dict[str, str] = {}
    for pair in pairs:
        word, _, gap = pair.partition(" ")
        if word not in words or gap not in gaps or gap in key:
            message = say("says that %(pair)s is right, where each gap is given one of the words", pair=quoted(pair))
            raise item.stop(response.element, message)
        key[gap] = word
    for gap in gaps:
        if gap not in key:
            raise item.stop(
                response.element, say("says of no word that it is right in the gap %(gap)s", gap=quoted(gap))
            )
    return key


def _tell_of_limits(item: Item, interaction: Element, words: Sequence[Element], key: Mapping[str, str]) -> None:
    """Note how often words could be used, and how many gaps had to be filled; refuse what nobody could get right."""
    used = Counter(key.values())
    limits = {word.get("identifier", ""): _limit(word.get("match-max", "1"), len(key)) for word in words}
    for word in words:
        name = word.get("identifier", "")
        if used[name] > limits[name]:
            item.refuse(word, say("is right in more gaps than it may be dragged into"))
    if any(limit < len(key) for limit in limits.values()):
        message = say("a word could be used up there; here each gap offers it, whatever was chosen in others")
        item.change(interaction, message)
    if _limit(interaction.get("max-associations", "0"), len(key)) < len(key):
        item.change(interaction, say("not all gaps could be filled there; here each can be"))
    least = [interaction.get("min-associations", "0"), *(word.get("match-min", "0") for word in words)]
    if not set(least) <= {"0", "1"} or "1" in least[1:]:
        item.change(interaction, say("some words had to be used there; here gaps can be left open"))


def _limit(written: str, count: int) -> int:
    """Return how often something may be used, at most as often as there are gaps; 0 stands for any number of times."""
    often = int(written) if _FEW.fullmatch(written) else 1
    return min(often, count) if often else count


def _offered(item: Item, words: Sequence[Element], gaps: Sequence[Element]) -> dict[str, list[Json]]:
    """Return the choices of each gap: the words of its group, all of them where it has none."""
    options = read_options(item, words, "match-max", "match-min", "match-group")
    offered = {}
    for gap in gaps:
        name, group = gap.get("identifier", ""), set(gap.get("match-group", "").split())
        offered[name] = [
            option
            for word, option in zip(words, options, strict=True)
            if (not group or word.get("identifier") in group) and _is_for(word, name)
        ]
    return offered


def _is_for(word: Element, gap: str) -> bool:
    others = word.get("match-group", "").split()
    return not others or gap in others
