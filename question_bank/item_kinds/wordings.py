"""Wordings: when something typed counts as one of the forms an author accepts.

One rule: what a reader does not notice (spacing, kinds of dashes and quotes, spellings of one letter) never decides;
case and accents decide only where the author says that they count.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from kernel.sentences import say
from question_bank.documents import Place
from question_bank.item_kinds.kind import Content
from question_bank.item_kinds.reading import TYPED_CHARACTERS_MAX, read_one_of


class Weight(StrEnum):
    """Whether something decides; it is ignored where an item says nothing."""

    IGNORED = "ignored"
    COUNTS = "counts"


Weights = Mapping[str, str]
"""One :class:`Weight` for each of :data:`MEMBERS`."""

MEMBERS: Final = ("case", "accents")
ACCEPTED_MAX = 50
_ALIKE = MappingProxyType(
    str.maketrans(
        dict.fromkeys("\u2018\u2019\u201a\u201b\u2039\u203a\u02bc\u00b4\u0060\u2032", "'")
        | dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"')
        | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
        # The micro sign is a Greek mu, a sigma is one letter wherever it stands, and older Romanian keyboards
        # write a cedilla for the comma.
        | {"\u00b5": "\u03bc", "\u03c2": "\u03c3"}
        | dict(zip("\u015e\u015f\u0162\u0163", "\u0218\u0219\u021a\u021b", strict=True))
    )
)
# Letters of their own that only decompose like accented ones: nobody writes them without their mark.
_UNACCENTED = frozenset("\u0439\u0457\u045e\u0453\u045c")


def read_weights(place: Place) -> Weights:
    """Read whether case and accents count in an item."""
    return {name: read_one_of(place.member(name), tuple(Weight), say("weight")) for name in MEMBERS}


def weights_of(content: Content) -> Weights:
    """Return whether case and accents count in an item without faults."""
    return {name: content.get(name, Weight.IGNORED.value) for name in MEMBERS}


def read_accepted(place: Place, weights: Weights) -> None:
    """Read the accepted forms: at least one, all different by what counts."""
    seen: dict[str, str] = {}
    for form in place.elements(at_least=1, at_most=ACCEPTED_MAX):
        text = form.text()
        if len(text) > TYPED_CHARACTERS_MAX:
            form.refuse(
                say(
                    "has %(count)s characters; a candidate can type %(most)s",
                    count=len(text),
                    most=TYPED_CHARACTERS_MAX,
                )
            )
            continue
        what_counts = reduced(text, weights)
        if not what_counts:
            form.refuse(say("has nothing that counts"))
        elif seen.setdefault(what_counts, form.pointer) != form.pointer:
            form.refuse(say("is accepted already by %(earlier)s", earlier=seen[what_counts]))


def accepted_form(typed: str, accepted: Sequence[str], weights: Weights) -> str | None:
    """Return the form under which a text is accepted, None where it is not."""
    wanted = reduced(typed, weights)
    return next((form for form in accepted if reduced(form, weights) == wanted), None)


def distinct(forms: Iterable[str], weights: Weights) -> list[str]:
    """Return the first of all forms of which the same counts."""
    first: dict[str, str] = {}
    for form in forms:
        first.setdefault(reduced(form, weights), form)
    return list(first.values())


def reduced(text: str, weights: Weights) -> str:
    """Return what counts of a text; texts of which the same counts are the same answer.

    Superscripts, ligatures and other compatible characters are not unified: 10\u00b2 is not 102. With case ignored a
    sharp s is a double s, as in capitals; with accents ignored \u00e4 is a and \u0219 is s, but \u0439 stays \u0439.
    """
    text = unicodedata.normalize("NFC", text).translate(_ALIKE)
    text = " ".join("".join(sign for sign in text if unicodedata.category(sign) != "Cf").split())
    if weights["accents"] == Weight.IGNORED:
        text = "".join(map(_bare, text))
    if weights["case"] == Weight.IGNORED:
        text = text.casefold()
    return unicodedata.normalize("NFC", text)


def _bare(letter: str) -> str:
    if letter.casefold() in _UNACCENTED:
        return letter
    return "".join(sign for sign in unicodedata.normalize("NFD", letter) if not unicodedata.combining(sign))
