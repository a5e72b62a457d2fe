"""The page: where the words of a certificate stand on a sheet of A4, from its frame down to the symbol at its foot.

One rule: blocks are measured first and share the free height between them, so long texts push and never overlap; the
holder's name has a place of one height, so whatever fits one holder fits them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from certificates.ornament import draw_frame, draw_rosette
from certificates.symbol import draw_symbol, quiet_zone
from certificates.typefaces import Face, width_of
from certificates.typesetting import LEADING, SMALLEST, DoesNotFit, SetText, set_display, set_paragraph
from certificates.wording import Wording
from kernel.errors import Fault

PAGE_WIDTH, PAGE_HEIGHT = A4
INK, SOFT, LINE = HexColor(0x16283F), HexColor(0x5A6472), HexColor(0xC9CED6)
GOLD, WARNING, PALE = HexColor(0xA5843F), HexColor(0x9C2F2F), HexColor(0xF6EEEC)
MARGIN = 21 * mm
WIDTH = PAGE_WIDTH - 2 * MARGIN
DISPLAY_WIDTH = WIDTH - 8 * mm
CENTRE = PAGE_WIDTH / 2
TOP, BOTTOM = PAGE_HEIGHT - 17 * mm, 17 * mm
GUTTER = 9 * mm
COLUMN = (WIDTH - GUTTER) / 2
SYMBOL_SIDE = 27 * mm
SYMBOL_REGION = (0.0, 0.0, MARGIN + SYMBOL_SIDE + 10 * mm, BOTTOM + SYMBOL_SIDE + 30 * mm)
"""Where on the page the symbol is: left, bottom, right, top in points."""
ISSUER_SIZE, HOLDER_SIZE, TITLE_SIZE = 17.0, 42.0, 25.0
ISSUER_HEIGHT, TITLE_HEIGHT = 45.0, 62.0


@dataclass(frozen=True, slots=True)
class Density:
    """How closely a page is set, in points: its rosette, the holder's place, a listed area, and the white it leaves."""

    rosette: float
    holder: float
    """The height of the holder's place: room for any 200 letters in a size that can be read."""
    size: float
    padding: float
    free: float


DENSITIES = (
    Density(11.5 * mm, 80.0, 9.5, 7.0, 80.0),
    Density(11.5 * mm, 72.0, 8.0, 3.5, 50.0),
    Density(9 * mm, 62.0, 7.0, 1.5, 20.0),
    Density(6 * mm, 62.0, SMALLEST, 1.0, 0.0),
)
"""The airiest one that leaves its white is taken."""


@dataclass(frozen=True, slots=True)
class Block:
    """A measured piece of the page.

    ``draw`` receives the canvas and the height of the piece's upper edge; ``space`` is its share of the free height,
    which stands above it.
    """

    height: float
    space: float
    draw: Callable[[Canvas, float], None]


def draw_page(canvas: Canvas, wording: Wording, verify_url: str) -> None:
    """Draw the whole certificate.

    Raises:
        DoesNotFit: some text, or all of them together, need more room than the sheet has.
    """
    blocks, free = _laid_out(wording, verify_url)
    share = free / sum(block.space for block in blocks)
    draw_frame(canvas, PAGE_WIDTH, PAGE_HEIGHT, GOLD)
    if wording.watermark:
        _draw_watermark(canvas, wording.watermark)
    edge = TOP
    for block in blocks:
        edge -= share * block.space
        block.draw(canvas, edge)
        edge -= block.height


def holder_fits(name: str) -> bool:
    """Tell whether a holder's name has room in its place, which is smallest on the closest page."""
    return _has_room(name, HOLDER_SIZE, DENSITIES[-1].holder)


def issuer_fits(name: str) -> bool:
    """Tell whether an issuer's name has room in its place."""
    return _has_room(name, ISSUER_SIZE, ISSUER_HEIGHT)


def _has_room(text: str, largest: float, height: float) -> bool:
    try:
        set_display("", text, Face.SERIF, largest=largest, width=DISPLAY_WIDTH, height=height)
    except DoesNotFit:
        return False
    return True


def _laid_out(wording: Wording, verify_url: str) -> tuple[list[Block], float]:
    """Measure the blocks as airily as they fit, and return them with the height they leave free."""
    closing = [_facts(wording), _proof(wording, verify_url)]
    for density in DENSITIES:
        blocks = [*_headings(wording, density), *_areas(wording, density), *closing]
        free = TOP - BOTTOM - sum(block.height for block in blocks)
        if free >= density.free:
            return blocks, free
    message = "the texts of this certificate need more than one page; please shorten them"
    raise DoesNotFit(message, faults=[Fault("areas", f"{len(wording.areas)} areas and these texts do not fit")])


def _headings(wording: Wording, density: Density) -> list[Block]:
    def heading(place: str, text: str, largest: float, height: float) -> SetText:
        return set_display(place, text, Face.SERIF, largest=largest, width=DISPLAY_WIDTH, height=height)

    holder = heading("holder_name", wording.holder, HOLDER_SIZE, density.holder)
    blocks = [
        _rosette(density.rosette),
        _centred(heading("issuer", wording.issuer, ISSUER_SIZE, ISSUER_HEIGHT), INK, 0.6),
        _centred(SetText(Face.ITALIC, 13, (wording.certifies,)), SOFT, 0.9),
        _centred(holder, INK, 0.6, height=density.holder),
        _centred(SetText(Face.ITALIC, 13, (wording.meets,)), SOFT, 0.6),
        _centred(heading("title", wording.title, TITLE_SIZE, TITLE_HEIGHT), INK, 0.6),
    ]
    sample = [_centred(SetText(Face.SANS, 9.5, (wording.sample,)), WARNING, 0.5)] if wording.sample else []
    return blocks + sample


def _rosette(radius: float) -> Block:
    def draw(canvas: Canvas, top: float) -> None:
        draw_rosette(canvas, CENTRE, top - radius, radius, GOLD)

    return Block(2 * radius, 0.2, draw)


def _centred(text: SetText, colour: Color, space: float, *, height: float | None = None) -> Block:
    """Centre a text between the margins, and in a height of its own where it is given one."""
    spare = 0.0 if height is None else height - text.height

    def draw(canvas: Canvas, top: float) -> None:
        _write(canvas, text, colour, (CENTRE, top - spare / 2), align=0.5)

    return Block(text.height + spare, space, draw)


def _areas(wording: Wording, density: Density) -> list[Block]:
    columns, padding = wording.area_columns(), density.padding
    cells = [
        [set_paragraph(name, Face.SANS, largest=density.size, width=COLUMN - 30, lines=3) for name, _ in column]
        for column in columns
    ]
    heights = [max(cell.height for cell in row if cell) + padding for row in zip_longest(*cells)]
    heading = _label("").height + 5

    def draw(canvas: Canvas, top: float) -> None:
        for index, column in enumerate(columns):
            left = MARGIN + index * (COLUMN + GUTTER)
            right = left + COLUMN
            _write(canvas, _label(wording.area_heading), SOFT, (left, top))
            _write(canvas, _label(wording.level_heading), SOFT, (right, top), align=1)
            edge = top - heading
            _rule(canvas, left, right, edge, INK)
            for cell, height, (_, level) in zip(cells[index], heights, column, strict=False):
                _write(canvas, cell, INK, (left, edge - padding / 2))
                _write(canvas, SetText(Face.SANS, cell.size, (level,)), INK, (right, edge - padding / 2), align=1)
                edge -= height
                _rule(canvas, left, right, edge, LINE)

    notes = [
        _left(set_paragraph(note, Face.SANS, largest=7.5, width=WIDTH, lines=2), SOFT) for note in wording.level_notes
    ]
    return [Block(heading + sum(heights) + 6, 1.0, draw), *notes]


def _facts(wording: Wording) -> Block:
    cells = [
        (_label(label), set_paragraph(value, Face.SANS, largest=9.5, width=COLUMN, lines=2))
        for label, value in wording.facts
    ]
    rows = [cells[index : index + 2] for index in range(0, len(cells), 2)]
    heights = [max(label.height + value.height for label, value in row) + 7 for row in rows]

    def draw(canvas: Canvas, top: float) -> None:
        edge = top
        for row, height in zip(rows, heights, strict=True):
            for index, (label, value) in enumerate(row):
                left = MARGIN + index * (COLUMN + GUTTER)
                _write(canvas, label, SOFT, (left, edge))
                _write(canvas, value, INK, (left, edge - label.height))
            edge -= height

    return Block(sum(heights) - 7, 0.9, draw)


def _proof(wording: Wording, verify_url: str) -> Block:
    left = MARGIN + SYMBOL_SIDE + quiet_zone(SYMBOL_SIDE) + 3 * mm
    width = PAGE_WIDTH - MARGIN - left

    def paragraph(text: str, largest: float, lines: int) -> SetText:
        return set_paragraph(text, Face.SANS, largest=largest, width=width, lines=lines)

    texts = [
        (_label(wording.number_label), SOFT, 0),
        (SetText(Face.SANS, 15, (wording.number,)), INK, 6),
        (paragraph(wording.check, 7.5, 2), SOFT, 0),
        (paragraph(wording.address, 8.5, 1), INK, 6),
        (paragraph(wording.signature, SMALLEST, 4), SOFT, 0),
        (paragraph(wording.fingerprint, SMALLEST, 2), SOFT, 0),
    ]
    height = max(SYMBOL_SIDE + quiet_zone(SYMBOL_SIDE), sum(text.height + gap for text, _, gap in texts) + 8)

    def draw(canvas: Canvas, top: float) -> None:
        _rule(canvas, MARGIN, PAGE_WIDTH - MARGIN, top, LINE)
        edge = top - 8
        for text, colour, gap in texts:
            _write(canvas, text, colour, (left, edge))
            edge -= text.height + gap
        draw_symbol(canvas, verify_url, x=MARGIN, y=top - quiet_zone(SYMBOL_SIDE) - SYMBOL_SIDE, side=SYMBOL_SIDE)

    return Block(height, 0.9, draw)


def _draw_watermark(canvas: Canvas, text: str) -> None:
    size = WIDTH / width_of(text, Face.SANS, 1) * 1.25
    canvas.saveState()
    canvas.translate(CENTRE, PAGE_HEIGHT / 2)
    canvas.rotate(52)
    canvas.setFillColor(PALE)
    canvas.setFont(Face.SANS.value, size)
    canvas.drawCentredString(0, -size * 0.36, text)
    canvas.restoreState()


def _label(text: str) -> SetText:
    return SetText(Face.SANS, 7.5, (text,))


def _left(text: SetText, colour: Color) -> Block:
    return Block(text.height, 0, lambda canvas, top: _write(canvas, text, colour, (MARGIN, top)))


def _rule(canvas: Canvas, left: float, right: float, y: float, colour: Color) -> None:
    canvas.setStrokeColor(colour)
    canvas.setLineWidth(0.5)
    canvas.line(left, y, right, y)


def _write(canvas: Canvas, text: SetText, colour: Color, at: tuple[float, float], *, align: float = 0) -> None:
    """Write lines whose upper edge is at ``at`` (x, y); ``align`` puts x at their start (0), middle or end (1)."""
    x, top = at
    canvas.setFillColor(colour)
    canvas.setFont(text.face.value, text.size)
    for index, line in enumerate(text.lines):
        start = x - align * width_of(line, text.face, text.size) if align else x
        canvas.drawString(start, top - text.size * (1 + index * LEADING), line)
