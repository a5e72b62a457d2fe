"""Checks of what is offered: whether the right option gives itself away, and whether options stand apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, pairwise

from question_bank.item_kinds.numbers import read_exact
from question_bank.likeness import likeness, shingles_of
from question_bank.writing_checks.check import Check, Found
from question_bank.writing_checks.reading import Draft, Text, Things
from question_bank.writing_checks.vocabulary import ABSOLUTES, ALL_OR_NONE

LONGER_BY = 1.5
LONGER_BY_CHARACTERS = 20
ALIKE = Fraction(4, 5)
ALIKE_WORDS_MIN = 3
NUMBERS_MIN = 3
_WORD = re.compile(r"\w+")
_RANGE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:-|\u2013|to|bis|a|до|până la|έως)\s*(\d+(?:[.,]\d+)?)\b")
_NUMBER = re.compile(r"([-\u2212]?\d+(?:[.,]\d+)?)\s*(\D*)")


def _longest_key(draft: Draft) -> Iterator[Found]:
    for things in draft.offered:
        if not things.wrong:
            continue
        longest = max(len(text.words) for text in things.wrong)
        for text in things.right:
            length = len(text.words)
            if length >= longest * LONGER_BY and length - longest >= LONGER_BY_CHARACTERS:
                yield text.place, f"{length} : {longest}"


def _article(draft: Draft) -> Iterator[Found]:
    """Find a stem that ends in an article which fits the right options and not all wrong ones."""
    ending = _last_word(draft.stem)
    if ending not in {"a", "an"}:
        return
    for things in _stem_options(draft):
        fits = {text.place: _starts_with_vowel(text) == (ending == "an") for text in things.texts}
        if all(fits[text.place] for text in things.right) and not all(fits.values()):
            yield "/stem", f"... {ending}"


def _plural(draft: Draft) -> Iterator[Found]:
    """Find a stem that ends in a verb of one number, which only the right options have."""
    ending = _last_word(draft.stem)
    if ending not in {"is", "was", "are", "were"}:
        return
    for things in _stem_options(draft):
        fits = {text.place: _is_plural(text) == (ending in {"are", "were"}) for text in things.texts}
        if all(fits[text.place] for text in things.right) and not any(fits[text.place] for text in things.wrong):
            yield "/stem", f"... {ending}"


def _all_or_none(draft: Draft) -> Iterator[Found]:
    for things in draft.offered:
        for text in things.texts:
            words = " ".join(_WORD.findall(text.words.casefold()))
            if any(phrase in words for phrase in ALL_OR_NONE[draft.language]):
                yield text.place, text.words


def _absolutes(draft: Draft) -> Iterator[Found]:
    absolute = ABSOLUTES[draft.language]
    for things in draft.offered:
        if any(absolute & _words(text) for text in things.right):
            continue
        for text in things.wrong:
            if said := absolute & _words(text):
                yield text.place, ", ".join(sorted(said))


def _overlaps(draft: Draft) -> Iterator[Found]:
    for things in draft.offered:
        for one, other in combinations(things.texts, 2):
            if _say_the_same(one, other) or _ranges_overlap(one, other):
                yield other.place, f"{one.words} / {other.words}"


def _unordered_numbers(draft: Draft) -> Iterator[Found]:
    for things in draft.offered:
        found = [_NUMBER.fullmatch(text.words) for text in things.texts]
        if len(found) < NUMBERS_MIN or not all(found) or len({match[2] for match in found if match}) > 1:
            continue
        numbers = [read_exact(match[1].replace(",", ".").replace("\u2212", "-")) or 0 for match in found if match]
        rises = [one < other for one, other in pairwise(numbers)]
        if len(set(rises)) > 1:
            yield things.place, ", ".join(text.words for text in things.texts)


def _stem_options(draft: Draft) -> list[Things]:
    return [things for things in draft.offered if things.place == "/options" and things.wrong]


def _last_word(text: Text | None) -> str:
    words = _WORD.findall(text.words.casefold()) if text else []
    return words[-1] if words else ""


def _starts_with_vowel(text: Text) -> bool:
    return text.words[:1].casefold() in set("aeiou")


def _is_plural(text: Text) -> bool:
    first = text.words.split()[:2]
    return bool(first) and first[0].casefold() not in {"a", "an"} and first[-1].casefold().rstrip(".,").endswith("s")


def _words(text: Text) -> frozenset[str]:
    return frozenset(_WORD.findall(text.words.casefold()))


def _say_the_same(one: Text, other: Text) -> bool:
    shingles, others = shingles_of(one.words), shingles_of(other.words)
    return min(len(shingles), len(others)) >= ALIKE_WORDS_MIN and likeness(shingles, others) >= ALIKE


def _ranges_overlap(one: Text, other: Text) -> bool:
    found = [_RANGE.search(text.words) for text in (one, other)]
    if not all(found):
        return False
    bounds = [[read_exact(match[side].replace(",", ".")) or 0 for side in (1, 2)] for match in found if match]
    (low, high), (other_low, other_high) = bounds
    return low < other_high and other_low < high


CHECKS = (
    Check(
        "longest_key",
        1,
        "The right option is much longer than every wrong one. Who guesses takes the longest.",
        _longest_key,
    ),
    Check(
        "article",
        1,
        "The article at the end of the question does not fit every option, but it fits the right one.",
        _article,
        frozenset({"en"}),
    ),
    Check(
        "plural",
        1,
        "The verb at the end of the question fits in number only the right option.",
        _plural,
        frozenset({"en"}),
    ),
    Check(
        "all_or_none",
        1,
        "An option such as all or none of the above rewards whoever knows half, and loses its sense when options are drawn.",
        _all_or_none,
        frozenset(ALL_OR_NONE),
    ),
    Check(
        "absolutes",
        1,
        "Only wrong options hold words such as always, never and only. Practised candidates strike them out.",
        _absolutes,
        frozenset(ABSOLUTES),
    ),
    Check(
        "overlap",
        1,
        "Two options say nearly the same, or their ranges overlap. Can both be wrong, or both be right?",
        _overlaps,
    ),
    Check(
        "unordered_numbers",
        1,
        "The options are numbers and stand in no order. Papers draw the order of options; committees, columns of a table "
        "and other systems show yours.",
        _unordered_numbers,
    ),
)
