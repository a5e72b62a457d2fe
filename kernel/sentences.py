"""Sentences: what the rooms say in English, kept with how it was put together, so that a page can say it otherwise.

One rule: a sentence is its English text to everybody who does not ask, as the command line and the log never do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class Sentence(str):
    """A text that remembers its template, ``%(name)s`` for each value, and the values, sentences among them."""

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, Any]


def say(template: str, **values: Any) -> Sentence:  # noqa: ANN401 - whatever the sentence is about
    """Return a sentence; a template that is written out here is found by the extraction of messages.

    Args:
        template: English, with ``%%`` for a percent sign; a word that is known elsewhere may stand for it, as states do.
        values: text, numbers, other sentences, and tuples of them, which are told with commas between.
    """
    sentence = Sentence(template % {name: _told(value) for name, value in values.items()})
    sentence.template, sentence.values = template, values
    return sentence


def together(texts: Iterable[str], between: str) -> Sentence:
    """Return several texts as one, with something between that is no word."""
    told = {f"part_{number}": text for number, text in enumerate(texts)}
    return say(between.join(f"%({name})s" for name in told), **told)


def packed(text: str) -> Any:  # noqa: ANN401 - what JSON can say
    """Return a sentence as JSON can keep it: ``[template, {name: value}]``; another text stays itself."""
    if not isinstance(text, Sentence):
        return text
    values = {name: value if isinstance(value, str) else str(_told(value)) for name, value in text.values.items()}
    return [text.template, {name: packed(value) for name, value in values.items()}]


def unpacked(kept: Any) -> str:  # noqa: ANN401
    """Return what was packed."""
    if isinstance(kept, str):
        return kept
    template, values = kept
    return say(template, **{name: unpacked(value) for name, value in values.items()})


def _told(value: object) -> object:
    return ", ".join(value) if isinstance(value, tuple) else value
