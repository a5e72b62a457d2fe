"""Typesetting: how text is broken into lines, and the size at which it fits its place.

One rule: no text is cut short, and none is set smaller than people can read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from certificates.typefaces import Face, width_of
from kernel.errors import Fault, Invalid

SMALLEST = 6.5
"""Points. All three faces then have an x-height of 1.23 mm; EU law asks for 1.2 mm on labels that people have to read
(Regulation (EU) No 1169/2011, article 13)."""
LEADING = 1.32
"""From one line to the next, in type sizes: the faces' own ascent and descent."""
_STEP = 0.5
_GAIN_AT_HYPHENS, _GAIN_ANYWHERE = 1.2, 1.5  # how much larger a heading must get for its words to be broken
_TOLERANCE = 1e-6  # the order of adding widths must not decide about a line
_BISECTIONS = 24
_HYPHENS = re.compile(r"(?<=[-/\u2010\u2013\u2014])(?=\w)")


class DoesNotFit(Invalid):
    """A text is too long for its place on the page, even in the smallest size that is still readable."""

    code = "does_not_fit"


@dataclass(frozen=True, slots=True)
class SetText:
    """A text broken into lines of one face and size (points)."""

    face: Face
    size: float
    lines: tuple[str, ...]

    @property
    def height(self) -> float:
        """What the lines take up, in points."""
        return len(self.lines) * self.size * LEADING


def set_display(place: str, text: str, face: Face, *, largest: float, width: float, height: float) -> SetText:
    """Set a heading as large as its box (points) allows, evenly broken into however many lines that takes.

    Raises:
        DoesNotFit: not even the smallest size lets it into the box.
    """

    def fitted(pieces: Sequence[str]) -> SetText:
        return _largest(pieces, face, largest=largest, width=width, height=height)

    best = fitted(_words(text))
    for pieces, gain in ((_parts(text), _GAIN_AT_HYPHENS), (_clusters(text), _GAIN_ANYWHERE)):
        broken = fitted(pieces)
        if broken.size > gain * best.size or best.size < SMALLEST:
            best = broken
    if best.size < SMALLEST:
        message = "a text is too long for the certificate; please shorten it"
        raise DoesNotFit(message, faults=[Fault(place, f"it does not fit into its place in {SMALLEST} points")])
    return best


def set_paragraph(text: str, face: Face, *, largest: float, width: float, lines: int) -> SetText:
    """Break a text into full lines, as large as lets it have so many of them; the smallest size may take more."""
    size = largest
    while True:
        measured = _Measured(_no_wider(text, face, width / size), face)
        broken = measured.broken(width / size)
        if len(broken) <= lines or size <= SMALLEST:
            return SetText(face, size, broken)
        size = max(SMALLEST, size - _STEP)


class _Measured:
    """Pieces of a text that stay whole, with their widths in type sizes; a space that ends a piece separates it."""

    def __init__(self, pieces: Sequence[str], face: Face) -> None:
        self._pieces = pieces
        self._widths = [width_of(piece.rstrip(" "), face, 1) for piece in pieces]
        self._gaps = [width_of(" ", face, 1) if piece.endswith(" ") else 0.0 for piece in pieces]

    def broken(self, width: float) -> tuple[str, ...]:
        """Fill lines of a width one after the other."""
        bounds = [*self._starts(width), len(self._pieces)]
        return tuple("".join(self._pieces[start:end]).rstrip(" ") for start, end in pairwise(bounds))

    def narrowest(self, line_count: int) -> float:
        """Return the least width (up to a millionth) in which so many lines hold everything."""
        low, high = max(self._widths), (sum(self._widths) + sum(self._gaps)) * (1 + _TOLERANCE)
        if len(self._starts(low)) <= line_count:
            return low
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            low, high = (low, middle) if len(self._starts(middle)) <= line_count else (middle, high)
        return high

    def _starts(self, width: float) -> list[int]:
        """Return the index of every line's first piece."""
        starts, end = [0], self._widths[0]
        for index in range(1, len(self._pieces)):
            extended = end + self._gaps[index - 1] + self._widths[index]
            if extended <= width:
                end = extended
            else:
                starts.append(index)
                end = self._widths[index]
        return starts


def _largest(pieces: Sequence[str], face: Face, *, largest: float, width: float, height: float) -> SetText:
    measured, best = _Measured(pieces, face), None
    for line_count in range(1, len(pieces) + 1):
        tallest = min(largest, height / (LEADING * line_count))
        if best is not None and tallest <= best.size:
            break
        narrowest = measured.narrowest(line_count)
        size = min(tallest, width / narrowest)
        if best is None or size > best.size:
            best = SetText(face, size, measured.broken(narrowest))
    assert best is not None  # a text has at least one piece
    return best


def _no_wider(text: str, face: Face, width: float) -> list[str]:
    """Take a text apart no further than needed for every piece to be at most so wide."""
    pieces = []
    for word in _words(text):
        for part in [word] if _fits(word, face, width) else _parts(word):
            pieces += [part] if _fits(part, face, width) else _clusters(part)
    return pieces


def _fits(piece: str, face: Face, width: float) -> bool:
    return width_of(piece.rstrip(" "), face, 1) <= width


def _words(text: str) -> list[str]:
    """Take a text apart at its spaces, each of which stays with the word before it."""
    *words, last = text.split(" ")
    return [*(f"{word} " for word in words), last]


def _parts(text: str) -> list[str]:
    """Take a text apart at its spaces, hyphens, dashes and slashes."""
    return [part for word in _words(text) for part in _HYPHENS.split(word)]


def _clusters(text: str) -> list[str]:
    """Take a text apart into letters, each with the marks and the space that follow it."""
    return list(_clustered(text))


def _clustered(text: str) -> Iterator[str]:
    cluster = ""
    for character in text:
        if cluster and character != " " and not unicodedata.category(character).startswith("M"):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster
