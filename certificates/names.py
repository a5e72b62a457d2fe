"""Names: whose name a certificate can carry - a holder's, an issuer's - asked before anybody relies on it.

One rule: a name that passes here, and is no longer than its field allows, is never refused when a certificate is drawn.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import groupby, pairwise

from certificates.page import holder_fits, issuer_fits
from certificates.typefaces import glyph_faults
from kernel.errors import Fault
from kernel.sentences import say

CHARACTERS_MAX = 200
MARKS_IN_A_ROW_MAX = 2
_NAMED_MAX = 5
_TOO_WIDE = say("there is no room for it on the certificate in letters that can be read; please shorten it")


def holder_faults(place: str, name: str) -> list[Fault]:
    """Name what keeps a name, in its printed form, from standing on a certificate as its holder's."""
    told = [*_letter_faults(name), *_length_faults(name), *_mark_faults(name)]
    faults = [*(Fault(place, message) for message in told), *glyph_faults(place, name)]
    return faults or ([] if holder_fits(name) else [Fault(place, _TOO_WIDE)])


def issuer_faults(place: str, name: str) -> list[Fault]:
    """Name what keeps a name, in its printed form, from standing on certificates as their issuer's."""
    told = [*_letter_faults(name), *_length_faults(name)]
    faults = [*(Fault(place, message) for message in told), *glyph_faults(place, name)]
    return faults or ([] if issuer_fits(name) else [Fault(place, _TOO_WIDE)])


def _letter_faults(name: str) -> Iterator[str]:
    if not any(_is(character, "L") for character in name):
        yield say("a name with letters is needed: it will stand on the certificate")


def _length_faults(name: str) -> Iterator[str]:
    if len(name) > CHARACTERS_MAX:
        yield say("at most %(most)s characters, please", most=CHARACTERS_MAX)


def _mark_faults(name: str) -> Iterator[str]:
    # A pile of accents is printed over its neighbours and hides what was signed.
    for marks, run in groupby(name, key=lambda character: _is(character, "M")):
        pile = "".join(run)
        if marks and len(pile) > MARKS_IN_A_ROW_MAX:
            named = ", ".join(_named(mark) for mark in pile[:_NAMED_MAX])
            yield say(
                "at most %(most)s combining marks in a row, please; there are %(count)s: %(names)s",
                most=MARKS_IN_A_ROW_MAX,
                count=len(pile),
                names=named,
            )
    for before, mark in pairwise(f" {name}"):
        if _is(mark, "M") and (before == mark or not _is(before, "LM")):
            yield say("a combining mark needs a letter before it, and once is enough: %(mark)s", mark=_named(mark))
            return


def _named(mark: str) -> str:
    return f"U+{ord(mark):04X} {unicodedata.name(mark, 'unnamed')}"


def _is(character: str, categories: str) -> bool:
    return unicodedata.category(character)[0] in categories
