"""Scores: what an item is worth, as tests that earn points, mapped responses, a divisor and bounds; and as QTI says it.

One rule: a score is exact. It is written as the shortest processing that says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from question_bank.interchange.qti.conditions import RESPONSE, SCORE, Matches, Test, value_of, written_test
from question_bank.interchange.qti.vocabulary import Vocabulary
from question_bank.interchange.qti.xml_trees import append, made
from question_bank.interchange.xml_reading import Element


@dataclass(frozen=True, slots=True)
class Score:
    """A score: (the sum of what passed tests earn + the sum of the mapped responses) / divisor, within bounds.

    Attributes:
        is_said: whether there is any processing; without, nothing says how an item is marked.
    """

    awards: tuple[tuple[Test, Fraction], ...] = ()
    mapped: tuple[str, ...] = ()
    divisor: Fraction = Fraction(1)
    is_said: bool = True
    lower: Fraction | None = None
    upper: Fraction | None = None


@dataclass(slots=True)
class Processing:
    """What was read of response processing.

    Attributes:
        copies: outcomes that are set to what was responded, by name; feedback is shown by them.
        left_out: other outcomes that are set, each with the line where it is first.
    """

    score: Score = field(default_factory=lambda: Score(is_said=False))
    copies: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)


def processing_for(score: Score, copies: dict[str, str], vocabulary: Vocabulary) -> Element:
    """Return the response processing that says a score; the shortest that says it."""
    rules = [
        made("qti-set-outcome-value", made("qti-variable", identifier=given), identifier=name)
        for name, given in copies.items()
    ]
    if not rules and score == Score(awards=((Matches(RESPONSE), Fraction(1)),)):
        return made("qti-response-processing", template=_template(vocabulary, "match_correct"))
    if score.mapped:
        parts = [made("qti-map-response", identifier=name) for name in score.mapped]
        rules.append(_set_score(parts[0] if len(parts) == 1 else made("qti-sum", *parts)))
    rules += _awards(score.awards)
    if score.divisor != 1:
        rules.append(_set_score(made("qti-divide", _score(), value_of(score.divisor))))
    return made("qti-response-processing", *rules)


def _awards(awards: Sequence[tuple[Test, Fraction]]) -> Iterator[Element]:
    for test, points in awards:
        earned = value_of(points) if len(awards) == 1 else made("qti-sum", _score(), value_of(points))
        yield made("qti-response-condition", made("qti-response-if", written_test(test), _set_score(earned)))


def _set_score(value: Element) -> Element:
    rule = made("qti-set-outcome-value", identifier=SCORE)
    append(rule, value)
    return rule


def _score() -> Element:
    return made("qti-variable", identifier=SCORE)


def _template(vocabulary: Vocabulary, name: str) -> str:
    return f"{vocabulary.templates}{name}{'.xml' if vocabulary.is_hyphened else ''}"
