"""Typefaces: the three embedded faces of a certificate, what they can print, and how text is set in them.

One rule: what cannot be printed as it is written is refused, never replaced by a box or left out.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from kernel.errors import Fault, Invalid

FONTS = Path(__file__).with_name("fonts")
# Controls, zero-width and bidirectional marks, surrogates, private use: the fonts know some, but nobody would see them.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class MissingGlyph(Invalid):
    """A text holds characters that the certificate's typefaces cannot print."""

    code = "missing_glyph"


class DoesNotFit(Invalid):
    """A text is too long for its place on the page, even in the smallest size that is still readable."""

    code = "does_not_fit"


class Face(StrEnum):
    """The faces, by the names under which they are registered and vendored."""

    SERIF = "NotoSerifDisplay-Regular"
    ITALIC = "NotoSerifDisplay-Italic"
    SANS = "NotoSans-Regular"


@dataclass(frozen=True, slots=True)
class SetText:
    """A text broken into lines of one face and size (points)."""

    face: Face
    size: float
    lines: tuple[str, ...]


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
    missing = sorted(
        {
            character
            for character in text
            if ord(character) not in load_faces() or unicodedata.category(character) in _UNSEEN
        }
    )
    if not missing:
        return []
    named = ", ".join(f"U+{ord(character):04X} {unicodedata.name(character, 'unnamed')}" for character in missing)
    return [Fault(place, f"the certificate's typefaces cannot print {named}")]


def width_of(text: str, face: Face, size: float) -> float:
    """Return the width of a text in points."""
    load_faces()
    return float(pdfmetrics.stringWidth(text, face.value, size))


def set_display(
    place: str, text: str, face: Face, *, sizes: tuple[float, float], width: float, lines_max: int
) -> SetText:
    """Set a heading as large as it fits: on one line, or evenly broken once one line would shrink it too much.

    Args:
        sizes: the largest and the smallest size in points.

    Raises:
        DoesNotFit: not even the smallest size fits on the last allowed line count.
    """
    largest, smallest = sizes
    for line_count in range(1, lines_max + 1):
        lines = _break_evenly(text, face, line_count)
        size = min(largest, width / max(width_of(line, face, 1) for line in lines))
        enough = smallest if line_count == lines_max else (largest + smallest) / 2
        if size >= enough:
            return SetText(face, size, lines)
    raise _does_not_fit(place, lines_max)


def set_paragraph(place: str, text: str, face: Face, *, size: float, width: float, lines_max: int) -> SetText:
    """Break a text into full lines of one size.

    Raises:
        DoesNotFit: it needs more lines, or one word is wider than the line.
    """
    lines = _fill(text, face, width / size)
    if len(lines) > lines_max or any(width_of(line, face, size) > width for line in lines):
        raise _does_not_fit(place, lines_max)
    return SetText(face, size, lines)


def _does_not_fit(place: str, lines_max: int) -> DoesNotFit:
    message = "a text is too long for the certificate; please shorten it"
    return DoesNotFit(message, faults=[Fault(place, f"it does not fit on {lines_max} line(s)")])


def _break_evenly(text: str, face: Face, line_count: int) -> tuple[str, ...]:
    """Break a text into at most so many lines, the widest as narrow as can be (search over the possible widths)."""
    if line_count == 1:
        return (text,)
    words = text.split(" ")
    spans = (" ".join(words[start:end]) for start in range(len(words)) for end in range(start + 1, len(words) + 1))
    for width in sorted({width_of(span, face, 1) for span in spans}):
        lines = _fill(text, face, width)
        if len(lines) <= line_count and all(width_of(line, face, 1) <= width for line in lines):
            return lines
    return (text,)


def _fill(text: str, face: Face, width: float) -> tuple[str, ...]:
    """Break a text greedily into lines of a width given in units of the type size."""
    lines: list[str] = []
    for word in text.split(" "):
        candidate = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(candidate, face, 1) <= width:
            lines[-1] = candidate
        else:
            lines.append(word)
    return tuple(lines)
