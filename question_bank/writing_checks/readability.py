"""Readability: how hard a text is to read, by the published formula of its language where there is one.

One rule: a formula is used as it was published and named with its result; for other languages only sentences are measured.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

WORDS_MIN = 40
"""Formulas were made for samples of a hundred words; on less than this they say more about names than about sentences."""
EASE_MIN = 20
"""Below 30 a text is said to be for graduates; items on technical matters are often there, and few need to go lower."""
SENTENCE_WORDS_MAX = 35
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?…]+(?=\s|$)")
_GREEK_SENTENCE_END = re.compile(r"[.!;\u037e…]+(?=\s|$)")
_VOWELS = MappingProxyType(
    {
        "en": re.compile(r"[aeiouy]+"),
        "de": re.compile(r"ei|ai|au|eu|äu|ie|[aeiouyäöü]"),
        # A weak vowel beside a strong one belongs to its syllable, unless it carries the accent.
        "es": re.compile(r"[íú]|[iuüy]?[aeoáéó](?:[iuüy](?![aeoáéó]))?|[iuü]+"),
    }
)
_SPANISH_SILENT_U = re.compile(r"(?<=[gq])u(?=[eiéí])")
_SILENT_E = re.compile(r"(?<![aeiouyl])e(?:s|d)?$|(?<=[aeiouy]l)es?$")


@dataclass(frozen=True, slots=True)
class Formula:
    """A published formula of reading ease: about 0 (very hard) to 100 (very easy)."""

    name: str
    ease: Callable[[float, float], float]
    """Of words per sentence and syllables per word."""


FORMULAS: Final[Mapping[str, Formula]] = MappingProxyType(
    {
        "en": Formula("Flesch 1948", lambda words, syllables: 206.835 - 1.015 * words - 84.6 * syllables),
        "de": Formula("Amstad 1978", lambda words, syllables: 180 - words - 58.5 * syllables),
        "es": Formula("Szigriszt-Pazos 1993", lambda words, syllables: 206.835 - words - 62.3 * syllables),
    }
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was measured of a text; ``ease`` is None where no formula fits its language or its length."""

    words: int
    words_per_sentence: float
    ease: float | None
    formula: str


def reading_of(text: str, language: str) -> Reading:
    """Measure a text in plain words. Syllables are counted by rules and are right for most words, not for all."""
    words = [word.casefold() for word in _WORD.findall(text)]
    ends = _GREEK_SENTENCE_END if language == "el" else _SENTENCE_END
    sentences = sum(1 for sentence in ends.split(text) if _WORD.search(sentence))
    per_sentence = len(words) / max(sentences, 1)
    formula = FORMULAS.get(language)
    if formula is None or len(words) < WORDS_MIN:
        return Reading(len(words), per_sentence, None, "")
    syllables = sum(syllables_in(word, language) for word in words) / len(words)
    return Reading(len(words), per_sentence, formula.ease(per_sentence, syllables), formula.name)


def syllables_in(word: str, language: str) -> int:
    """Count the syllables of a word in lower case; at least one."""
    match language:
        case "en" if len(word) > len("the"):
            word = _SILENT_E.sub("", word)
        case "es":
            word = _SPANISH_SILENT_U.sub("", word)
    return max(1, len(_VOWELS[language].findall(word)))
