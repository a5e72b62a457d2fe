"""Checks of single texts: negatives, hard sentences, long questions, media whose words say nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from question_bank.marked_text.dialect import Shape, flat, tokens_of
from question_bank.writing_checks.check import Check, Found
from question_bank.writing_checks.readability import EASE_MIN, SENTENCE_WORDS_MAX, reading_of
from question_bank.writing_checks.reading import Draft, Text
from question_bank.writing_checks.vocabulary import NEGATIVES, PICTURE_WORDS

STEM_WORDS_MAX = 110
ALTERNATIVE_CHARACTERS_MIN = 4
_WORD = re.compile(r"\w+")
_FILE = re.compile(r"\.(png|jpe?g|webp|gif|svg|mp3|ogg|wav|pdf)$", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?;\u037e…]\s+")


def _negative(draft: Draft) -> Iterator[Found]:
    """Find a negative in the question itself (the last sentence of the stem) that nothing lifts out."""
    if draft.stem is None:
        return
    question = _SENTENCE.split(_unemphasised(draft.stem))[-1]
    said = [word for word in _WORD.findall(question) if word.casefold() in NEGATIVES[draft.language]]
    for word in said:
        if not (word.isupper() and len(word) > 1):
            yield "/stem", word
            return


def _hard_to_read(draft: Draft) -> Iterator[Found]:
    for text in draft.asked:
        reading = reading_of(text.words, draft.language)
        if reading.ease is not None and reading.ease < EASE_MIN:
            yield text.place, f"{reading.formula}: {reading.ease:.0f}"
        elif reading.words_per_sentence > SENTENCE_WORDS_MAX:
            yield text.place, f"{reading.words_per_sentence:.0f}"


def _long_stem(draft: Draft) -> Iterator[Found]:
    if draft.stem is not None and (count := len(_WORD.findall(draft.stem.words))) > STEM_WORDS_MAX:
        yield "/stem", str(count)


def _alternatives(draft: Draft) -> Iterator[Found]:
    for text in draft.texts:
        for token in flat(tokens_of(text.written, text.shape)):
            if token.type == "image" and _says_nothing(token.content):
                yield text.place, token.content


def _says_nothing(alternative: str) -> bool:
    words = [word for word in _WORD.findall(alternative.casefold()) if not word.isdigit()]
    is_short = len(alternative.strip()) < ALTERNATIVE_CHARACTERS_MIN
    return is_short or _FILE.search(alternative.strip()) is not None or set(words) <= PICTURE_WORDS


def _unemphasised(text: Text) -> str:
    """Return the words that stand in no emphasis; what stands in one is left out."""
    pieces, depth = [], 0
    for token in flat(tokens_of(text.written, Shape.BLOCKS)):
        depth += {"em_open": 1, "strong_open": 1, "em_close": -1, "strong_close": -1}.get(token.type, 0)
        if token.type == "text" and depth == 0:
            pieces.append(token.content)
        elif token.type in {"softbreak", "hardbreak"} or token.block:
            pieces.append(" ")
    return "".join(pieces).strip()


CHECKS = (
    Check(
        "negative",
        1,
        "The question is negative and the word is easily overread. Ask positively, or emphasise the word.",
        _negative,
        frozenset(NEGATIVES),
    ),
    Check(
        "hard_to_read",
        1,
        "The text is hard to read: by the formula named (below 20 is very hard), or by words per sentence (more than 35) "
        "where its language has no formula of ours or the text is short. Does the item measure reading?",
        _hard_to_read,
    ),
    Check(
        "long_stem",
        1,
        "The question has more than 110 words. Is everything in it needed to answer?",
        _long_stem,
    ),
    Check(
        "empty_alternative",
        1,
        "The words that stand for a medium do not say what it shows. Who cannot see it must still be able to answer.",
        _alternatives,
    ),
)
