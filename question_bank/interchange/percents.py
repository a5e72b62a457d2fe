"""Percents: the weights by which other systems say what a choice is worth, and what they make less of it."""

from __future__ import annotations

from collections.abc import Iterator

from kernel.sentences import say
from question_bank.interchange.entries import Item


def percents_of(item: Item) -> list[str]:
    """Return what each option of a choice earns, as other systems write it."""
    key = set(item["key"])
    if item["kind"] == "single_choice":
        return ["100" if option["id"] in key else "0" for option in item["options"]]
    share = f"{100 / len(key):.5f}".rstrip("0").rstrip(".")
    wrong = f"-{share}" if item.get("scoring") == "plus_minus" else "-100"
    # A single right option would be written as that of a single choice.
    right = "100.0" if len(key) == 1 else share
    return [right if option["id"] in key else wrong for option in item["options"]]


def what_changes(item: Item, system: str) -> Iterator[str]:
    """Yield what another system makes less of an item."""
    if item.get("scoring") == "all_or_nothing":
        yield say("%(system)s gives credit for each right option, where all or nothing counts here", system=system)
    if item.get("credit") == "all_or_nothing":
        yield say("%(system)s gives credit for each part, where all or nothing counts here", system=system)
    if item["kind"] == "matrix":
        yield say("%(system)s asks for the column of each row as for a match", system=system)
    if item["kind"] == "matching" and item.get("use", "once") == "once":
        yield say("%(system)s lets a counterpart be given more than once", system=system)
    if item["kind"] == "essay":
        yield say("%(system)s has no rubric that it marks by; there, an essay gets one number", system=system)
    if item["kind"] in {"short_text", "gap_text"}:
        if item.get("accents", "ignored") == "ignored":
            yield say("%(system)s counts accents, which are ignored here", system=system)
        if item.get("case") == "counts" and system == "GIFT":
            yield say("GIFT ignores case, which counts here")
