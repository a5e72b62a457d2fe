"""Languages: which one a visitor reads, and the messages in it.

One rule: what the visitor chose here comes first, then what the account says, then what the browser asks for.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from exam_engine.languages import LANGUAGES, SOURCE
from kernel.sentences import Sentence

CATALOGUES = Path(__file__).parent / "locale"
LANGUAGE_COOKIE = "language"


def choose_language(chosen: str | None, account: str | None, accepted: str) -> str:
    """Return a language the pages exist in.

    Args:
        accepted: the request's ``Accept-Language``.
    """
    for wish in (chosen, account, *_by_preference(accepted)):
        tag = (wish or "").strip().lower().partition("-")[0]
        if tag in LANGUAGES:
            return tag
    return SOURCE


@cache
def messages(language: str) -> NullTranslations:
    """Return a language's catalogue, compiled in memory from its readable .po file."""
    if language == SOURCE:
        return NullTranslations()
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def spoken(text: str, language: str) -> str:
    """Return what a room says in a language of the pages, with the sentences in it; another text stays as it came."""
    if not isinstance(text, Sentence):
        return text
    values = {name: _spoken_value(value, language) for name, value in text.values.items()}
    return messages(language).gettext(text.template) % values


@cache
def locale_of(language: str) -> Locale:
    """Return the conventions for dates and numbers; English is written as in Europe."""
    return Locale.parse("en_GB" if language == SOURCE else language)


def name_of(tag: str) -> str:
    """Return a language's name in itself, or its tag where that is not known."""
    try:
        return (Locale.parse(tag, sep="-").get_display_name() or tag).capitalize()
    except (UnknownLocaleError, ValueError):
        return tag


def _spoken_value(value: object, language: str) -> object:
    if isinstance(value, tuple):
        return ", ".join(spoken(part, language) for part in value)
    return spoken(value, language) if isinstance(value, str) else value


def _by_preference(accepted: str) -> Iterator[str]:
    weighed = []
    for position, part in enumerate(accepted.split(",")):
        tag, _, parameters = part.partition(";")
        weighed.append((-_weight(parameters), position, tag))
    for _, _, tag in sorted(weighed):
        yield tag


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
