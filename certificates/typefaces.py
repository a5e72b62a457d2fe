"""Typefaces: the three embedded faces of a certificate, and what they can print.

One rule: what cannot be printed as it is written is refused, never replaced by a box or left out.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from kernel.errors import Fault, Invalid
from kernel.sentences import say

FONTS = Path(__file__).with_name("fonts")
# Controls, zero-width and bidirectional marks, surrogates, private use: the fonts know some, but nobody would see them.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Ties and slashes that are drawn over their neighbours: of two in a row, only one is read back from the page.
_OVERLAPPING = frozenset("\u203f\u2040\u2044\u2054\u2e12\uab5b")


class MissingGlyph(Invalid):
    """A text holds characters that the certificate's typefaces cannot print."""

    code = "missing_glyph"


class Face(StrEnum):
    """The faces, by the names under which they are registered and vendored."""

    SERIF = "NotoSerifDisplay-Regular"
    ITALIC = "NotoSerifDisplay-Italic"
    SANS = "NotoSans-Regular"


@cache
def load_faces() -> frozenset[int]:
    """Register the faces, once per process, and return the code points that every one of them holds."""
    covered = []
    for face in Face:
        # Not "ASCII readable": that embeds all of ASCII in every file, whether it is printed or not.
        font = TTFont(face.value, str(FONTS / f"{face.value}.ttf"), asciiReadable=False)
        pdfmetrics.registerFont(font)
        covered.append(frozenset(font.face.charToGlyph))
    return frozenset.intersection(*covered)


def printed(text: str) -> str:
    """Return a text in the form in which it is printed: composed (NFC), with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def glyph_faults(place: str, text: str) -> list[Fault]:
    """Name the characters of a text that cannot be printed, with their code points."""
    missing = sorted(character for character in set(text) if not _is_printable(character))
    if not missing:
        return []
    named = ", ".join(f"U+{ord(character):04X} {unicodedata.name(character, 'unnamed')}" for character in missing)
    return [Fault(place, say("the certificate's typefaces cannot print %(characters)s", characters=named))]


def _is_printable(character: str) -> bool:
    seen = unicodedata.category(character) not in _UNSEEN and character not in _OVERLAPPING
    return seen and ord(character) in load_faces()


def width_of(text: str, face: Face, size: float) -> float:
    """Return the width of a text in points."""
    load_faces()
    return float(pdfmetrics.stringWidth(text, face.value, size))
