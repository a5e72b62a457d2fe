"""Essays: essay is extendedTextInteraction, marked by people.

One rule: QTI bounds words by a pattern alone; a pattern that bounds anything else is refused.
"""

from __future__ import annotations

import re
from typing import Any, Final

from kernel.sentences import say
from question_bank.interchange.qti.bodies import Written, declared, read_stem, refuse_feedback
from question_bank.interchange.qti.conditions import RESPONSE
from question_bank.interchange.qti.items import Item
from question_bank.interchange.qti.mapping.rubrics import read_marking, written_marking
from question_bank.interchange.qti.xml_trees import made
from question_bank.interchange.xml_reading import Element

Json = dict[str, Any]
TAG: Final = "qti-extended-text-interaction"
_KNOWN = ("response-identifier", "base", "string-identifier", "min-strings", "max-strings", "format", "pattern-mask")
_AT_LEAST = re.compile(r"\\s\*\(\\S\+\\s\+\)\{(?P<before>\d{1,4}),(?P<upto>\d{1,4})?\}\\S\+\\s\*")
_AT_MOST = re.compile(r"\\s\*\(\(\\S\+\\s\+\)\{0,(?P<upto>\d{1,4})\}\\S\+\\s\*\)\?")
_TAO = re.compile(
    r"\^?\(\?:\(\?:\[\^\\s\\:\\!\\\?\\;\\\u2026\\\u20ac\]\+\)\[\\s\\:\\!\\\?\\;\\\u2026\\\u20ac\]\*\)\{0,(?P<max>\d{1,4})\}\$?"
)
"""How TAO says the most words of an answer."""


def read_essay(item: Item, interaction: Element) -> tuple[str, Json]:
    """Read a text of one's own, and by what people mark it."""
    item.only(interaction, *_KNOWN)
    item.declared(interaction, "single", "string")
    refuse_feedback(item)
    words = _read_words(item, interaction)
    _tell_of_form(item, interaction)
    marking = read_marking(item, interaction)
    return "essay", {"stem": read_stem(item, interaction)} | ({"words": words} if words else {}) | marking


def _read_words(item: Item, interaction: Element) -> dict[str, int]:
    mask = interaction.get("pattern-mask")
    if mask is None:
        return {}
    item.change(interaction, say("holds the writer to its limits on words; here they are told and markers judge them"))
    if found := _AT_LEAST.fullmatch(mask):
        most = {"max": int(found["upto"]) + 1} if found["upto"] else {}
        return {"min": int(found["before"]) + 1} | most
    if found := _AT_MOST.fullmatch(mask):
        return {"max": int(found["upto"]) + 1}
    if found := _TAO.fullmatch(mask):
        return {"max": int(found["max"])}
    raise item.stop(interaction, say("takes only what fits a pattern that bounds more than the number of words"))


def _tell_of_form(item: Item, interaction: Element) -> None:
    if (length := interaction.get("expected-length", "0")) != "0":
        item.change(
            interaction,
            say("an expected length of %(length)s signs is not told; here lengths are in words", length=length[:10]),
        )
    if interaction.get("format", "plain") == "xhtml":
        item.change(interaction, say("was written with bold words, lists and the like; here it is plain text"))
    if interaction.get("min-strings", "0") != "0":
        item.change(interaction, say("had to be answered; here it can be left open"))


def write_essay(content: Json) -> Written:
    """Write a text of one's own."""
    declaration = declared(RESPONSE, "single", "string", [])
    mask = _mask_of(content.get("words", {}))
    interaction = made(TAG, response_identifier=RESPONSE, **({"pattern_mask": mask} if mask else {}))
    points, told = written_marking(content)
    return Written([declaration], [interaction], points=points, for_scorers=told)


def _mask_of(words: dict[str, int]) -> str:
    """Return a regular expression of XML Schema; a text of words has a space less than words."""
    most = str(words["max"] - 1) if "max" in words else ""
    if "min" in words:
        return rf"\s*(\S+\s+){{{words['min'] - 1},{most}}}\S+\s*"
    return rf"\s*((\S+\s+){{0,{most}}}\S+\s*)?" if most else ""
