"""Questions: how the notions of other systems - weights, wildcards, ranges - become items, and what changes by that.

One rule: a weight that means something else here is a named change; one that means nothing here is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from kernel.sentences import say
from question_bank.interchange.entries import Entry, Item
from question_bank.interchange.naming import plain_ids
from question_bank.interchange.tags import OURS
from question_bank.item_kinds.wordings import distinct, weights_of

NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?|[+-]?\.[0-9]{1,30}")
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
_WHOLE = Fraction(100)
_NEAR = Fraction(1, 50)
"""Other systems write a third as 33.33333 percent, or 33.33."""
THINGS_MAX = 20
TRUE_FALSE = MappingProxyType(
    {
        "en": ("True", "False"),
        "bg": ("Вярно", "Невярно"),
        "de": ("Wahr", "Falsch"),
        "el": ("Σωστό", "Λάθος"),
        "es": ("Verdadero", "Falso"),
        "ro": ("Adevărat", "Fals"),
    }
)
COMPLETE = MappingProxyType(
    {
        "en": "Complete the text.",
        "bg": "Попълнете текста.",
        "de": "Ergänzen Sie den Text.",
        "el": "Συμπληρώστε το κείμενο.",
        "es": "Complete el texto.",
        "ro": "Completați textul.",
    }
)
"""What is asked by a text with gaps before which nothing is asked."""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a foreign question: marked text, how many percent it earns, and what is said to whoever takes it."""

    text: str
    percent: Fraction
    feedback: str = ""


def choice(entry: Entry, stem: str, options: Sequence[Option], *, several: bool) -> Item:
    """Return a single or multiple choice."""
    if len(options) > THINGS_MAX:
        entry.refuse(
            say("has %(count)s options; at most %(things_max)s are possible", count=len(options), things_max=THINGS_MAX)
        )
    ids = plain_ids(len(options))
    key = [id_ for id_, option in zip(ids, options, strict=True) if option.percent > 0]
    if not key:
        entry.refuse(say("has no right option"))
    things = [
        {"id": id_, "text": option.text} | ({"feedback": option.feedback} if option.feedback else {})
        for id_, option in zip(ids, options, strict=True)
    ]
    item: Item = {
        "kind": "multiple_choice" if several else "single_choice",
        "stem": stem,
        "options": things,
        "key": key,
    }
    return item | (_scoring(entry, options) if several else _single(entry, options))


def _single(entry: Entry, options: Sequence[Option]) -> Item:
    earning = [option.percent for option in options if option.percent > 0]
    if len(earning) > 1:
        entry.refuse(say("gives credit for several options, where one is chosen and one is right"))
    if earning != [_WHOLE]:
        entry.refuse(
            say(
                "gives %(earning)s percent for its right option, where it is worth all 100",
                earning=f"{float(earning[0]):g}",
            )
        )
    if any(option.percent < 0 for option in options):
        entry.change(say("a wrong option took credit away; here it is worth nothing"))
    return {}


def _scoring(entry: Entry, options: Sequence[Option]) -> Item:  # noqa: RET503 - a refusal never returns
    right = [option.percent for option in options if option.percent > 0]
    wrong = [option.percent for option in options if option.percent <= 0]
    share = _WHOLE / len(right)
    if not _near(sum(right, Fraction(0)), _WHOLE):
        entry.refuse(say("gives credit for its right options that is not 100 percent together"))
    if not all(_near(weight, share) for weight in right):
        entry.change(say("its right options earned different shares; here each counts alike"))
    if all(weight <= -_WHOLE for weight in wrong):
        return {}
    if all(_near(weight, -share) for weight in wrong):
        return {"scoring": "plus_minus"}
    if all(weight == 0 for weight in wrong):
        entry.change(say("a wrong option cost nothing; here each takes one right one away"))
        return {"scoring": "plus_minus"}
    entry.refuse(
        say(
            "takes %(wrong)s percent away for a wrong option; it can take all away, or what a right one earns (%(share)s)",
            wrong=tuple(sorted({f"{float(-weight):g}" for weight in wrong})),
            share=f"{float(share):g}",
        )
    )


def _near(one: Fraction, other: Fraction) -> bool:
    return abs(one - other) <= _NEAR


def true_false(entry: Entry, stem: str, *, is_true: bool, feedback: tuple[str, str] = ("", "")) -> Item:
    """Return a statement to be found true or false, in the words of the document's language.

    Args:
        feedback: to whoever says true, and to whoever says false.
    """
    words = TRUE_FALSE.get(entry.source.language.partition("-")[0])
    if words is None:
        entry.refuse(
            say(
                "needs the words for true and false in %(language)r; write it as a choice of two",
                language=entry.source.language,
            )
        )
    options = [
        {"id": id_, "text": text} | ({"feedback": said} if said else {})
        for id_, text, said in zip(("true", "false"), words, feedback, strict=True)
    ]
    return {"kind": "single_choice", "stem": stem, "options": options, "key": ["true" if is_true else "false"]}


def short_text(entry: Entry, stem: str, answers: Sequence[tuple[str, Fraction, str]], *, case_counts: bool) -> Item:
    """Return a short text; answers are words, percent and feedback. There, accents always count."""
    weights = typed_weights(case_counts=case_counts)
    return {"kind": "short_text", "stem": stem, "accepted": accepted(entry, answers, weights)} | weights


def typed_weights(*, case_counts: bool) -> dict[str, str]:
    """Return what counts of what is typed in other systems: accents always do."""
    return ({"case": "counts"} if case_counts else {}) | {"accents": "counts"}


def essay(entry: Entry, stem: str) -> Item:
    """Return an essay that was written by us; another one comes without a rubric, and nobody could mark it alike."""
    if OURS not in entry.tags:
        entry.refuse(say("asks for an essay, which needs a rubric here; write one over the pages or in a bank file"))
    return {"kind": "essay", "stem": stem}


def accepted(entry: Entry, answers: Sequence[tuple[str, Fraction, str]], weights: Mapping[str, str]) -> list[str]:
    """Return the wordings that are right, each once by what counts of it."""
    forms = []
    for words, percent, feedback in answers:
        if feedback:
            entry.change(say("feedback to a typed answer is not kept"))
        if percent == 0:
            entry.change(say("an answer that is worth nothing is not listed"))
            continue
        if percent != _WHOLE:
            entry.refuse(
                say(
                    "gives %(percent)s percent for %(words)r; a typed answer is right or it is not",
                    percent=percent,
                    words=words[:60],
                )
            )
        if re.search(r"(?<!\\)\*", words):
            entry.refuse(say("accepts whatever fits %(words)r; list the wordings instead", words=words[:60]))
        forms.append(words.replace("\\*", "*"))
    if not forms:
        entry.refuse(say("has no answer that is right"))
    return distinct(forms, weights_of(weights))


def numeric(entry: Entry, stem: str, answer: str, tolerance: str) -> Item:
    """Return a number that may be a tolerance off."""
    value, bound = number(entry, answer), number(entry, tolerance or "0")
    if Fraction(bound) < 0:
        entry.refuse(say("has a negative tolerance"))
    return {"kind": "numeric", "stem": stem, "answer": value} | (
        {"within": {"absolute": bound}} if Fraction(bound) else {}
    )


def interval(entry: Entry, stem: str, low: str, high: str) -> Item:
    """Return a number between two bounds: their middle, and half of what lies between."""
    first, last = Fraction(number(entry, low)), Fraction(number(entry, high))
    if last < first:
        entry.refuse(say("has a range whose end lies before its beginning"))
    return numeric(entry, stem, decimal((first + last) / 2) or "", decimal((last - first) / 2) or "")


def number(entry: Entry, written: str) -> str:
    """Return a number of a document as items write it."""
    written = written.strip()
    if _PLAIN_NUMBER.fullmatch(written):
        return written
    if not NUMBER.fullmatch(written):
        entry.refuse(say("has %(written)r where a number is needed, such as -12.5", written=written[:60]))
    exact = decimal(Fraction(written))
    if exact is None or not _PLAIN_NUMBER.fullmatch(exact):
        entry.refuse(say("has the number %(written)r, which has too many digits", written=written[:60]))
    return exact


def decimal(value: Fraction) -> str | None:
    """Return the exact decimal spelling of a number; None where it has none of up to 60 places."""
    places = next((places for places in range(61) if (value * 10**places).denominator == 1), None)
    if places is None:
        return None
    digits = str(abs(int(value * 10**places))).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else sign + digits


def matching(entry: Entry, stem: str, pairs: Sequence[tuple[str, str]]) -> Item:
    """Return premises and counterparts; a pair without a premise is a counterpart that fits nothing.

    There, a counterpart may be given to several premises.
    """
    left = [one for one, _ in pairs if one]
    right = list(dict.fromkeys([other for one, other in pairs if one] + [other for one, other in pairs if not one]))
    if max(len(left), len(right)) > THINGS_MAX:
        entry.refuse(say("has more than %(things_max)s things to match", things_max=THINGS_MAX))
    if twice := [text for text, count in Counter(left).items() if count > 1]:
        entry.refuse(say("asks for %(thing)r twice", thing=twice[0][:60]))
    lefts, rights = (
        dict(zip(left, plain_ids(len(left)), strict=True)),
        dict(zip(right, plain_ids(len(right)), strict=True)),
    )
    return {
        "kind": "matching",
        "stem": stem,
        "premises": [{"id": id_, "text": text} for text, id_ in lefts.items()],
        "counterparts": [{"id": id_, "text": text} for text, id_ in rights.items()],
        "key": {lefts[one]: rights[other] for one, other in pairs if one},
        "use": "often",
    }
