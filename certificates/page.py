"""The page: where the words of a certificate stand on a sheet of A4, from its frame down to the symbol at its foot.

One rule: blocks are measured first and share the free height between them, so long texts push and never overlap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from math import inf

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from certificates.ornament import draw_frame, draw_rosette
from certificates.symbol import draw_symbol, quiet_zone
from certificates.typefaces import DoesNotFit, Face, SetText, set_display, set_paragraph, width_of
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
_LEADING = 1.32
_ROW_STYLES = ((8, 9.5, 7.0), (12, 8.0, 3.5), (inf, 7.0, 1.5))  # rows up to, type size, padding


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
    blocks = _blocks(wording, verify_url)
    free = TOP - BOTTOM - sum(block.height for block in blocks)
    if free < 0:
        message = "the texts of this certificate need more than one page; please shorten them"
        raise DoesNotFit(message, faults=[Fault("areas", f"{len(wording.areas)} areas and these texts do not fit")])
    share = free / sum(block.space for block in blocks)
    draw_frame(canvas, PAGE_WIDTH, PAGE_HEIGHT, GOLD)
    if wording.watermark:
        _draw_watermark(canvas, wording.watermark)
    edge = TOP
    for block in blocks:
        edge -= share * block.space
        block.draw(canvas, edge)
        edge -= block.height


def _blocks(wording: Wording, verify_url: str) -> list[Block]:
    issuer = set_display("issuer", wording.issuer, Face.SERIF, sizes=(17, 10), width=DISPLAY_WIDTH, lines_max=2)
    holder = set_display("holder_name", wording.holder, Face.SERIF, sizes=(42, 19), width=DISPLAY_WIDTH, lines_max=2)
    title = set_display("title", wording.title, Face.SERIF, sizes=(25, 13), width=DISPLAY_WIDTH, lines_max=2)
    blocks = [
        _rosette(),
        _centred(issuer, INK, 0.6),
        _centred(SetText(Face.ITALIC, 13, (wording.certifies,)), SOFT, 0.9),
        _centred(holder, INK, 0.6),
        _centred(SetText(Face.ITALIC, 13, (wording.meets,)), SOFT, 0.7),
        _centred(title, INK, 0.6),
    ]
    if wording.sample:
        blocks.append(_centred(SetText(Face.SANS, 9.5, (wording.sample,)), WARNING, 0.5))
    return [*blocks, *_areas(wording), _facts(wording), _proof(wording, verify_url)]


def _rosette() -> Block:
    radius = 11.5 * mm

    def draw(canvas: Canvas, top: float) -> None:
        draw_rosette(canvas, CENTRE, top - radius, radius, GOLD)

    return Block(2 * radius, 0.2, draw)


def _centred(text: SetText, colour: Color, space: float) -> Block:
    def draw(canvas: Canvas, top: float) -> None:
        _write(canvas, text, colour, (CENTRE, top), align=0.5)

    return Block(_height(text), space, draw)


def _areas(wording: Wording) -> list[Block]:
    columns = wording.area_columns()
    size, padding = next((size, padding) for rows, size, padding in _ROW_STYLES if len(columns[0]) <= rows)
    cells = [
        [_area_name(f"areas/{first + index}/name", name, size) for index, (name, _) in enumerate(column)]
        for first, column in zip((0, len(columns[0])), columns, strict=False)
    ]
    heights = [max(_height(cell) for cell in row if cell) + padding for row in zip_longest(*cells)]
    heading = _height(_label("")) + 5

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
                _write(canvas, SetText(Face.SANS, size, (level,)), INK, (right, edge - padding / 2), align=1)
                edge -= height
                _rule(canvas, left, right, edge, LINE)

    notes = [
        _left(set_paragraph("statement", note, Face.SANS, size=7.5, width=WIDTH, lines_max=3), SOFT)
        for note in wording.level_notes
    ]
    return [Block(heading + sum(heights) + 6, 1.0, draw), *notes]


def _area_name(place: str, name: str, size: float) -> SetText:
    return set_paragraph(place, name, Face.SANS, size=size, width=COLUMN - 30, lines_max=3)


def _facts(wording: Wording) -> Block:
    cells = [
        (_label(label), set_paragraph(label, value, Face.SANS, size=9.5, width=COLUMN, lines_max=3))
        for label, value in wording.facts
    ]
    rows = [cells[index : index + 2] for index in range(0, len(cells), 2)]
    heights = [max(_height(label) + _height(value) for label, value in row) + 7 for row in rows]

    def draw(canvas: Canvas, top: float) -> None:
        edge = top
        for row, height in zip(rows, heights, strict=True):
            for index, (label, value) in enumerate(row):
                left = MARGIN + index * (COLUMN + GUTTER)
                _write(canvas, label, SOFT, (left, edge))
                _write(canvas, value, INK, (left, edge - _height(label)))
            edge -= height

    return Block(sum(heights) - 7, 0.9, draw)


def _proof(wording: Wording, verify_url: str) -> Block:
    left = MARGIN + SYMBOL_SIDE + quiet_zone(SYMBOL_SIDE) + 3 * mm
    width = PAGE_WIDTH - MARGIN - left

    def paragraph(place: str, text: str, size: float) -> SetText:
        return set_paragraph(place, text, Face.SANS, size=size, width=width, lines_max=4)

    texts = [
        (_label(wording.number_label), SOFT, 0),
        (SetText(Face.SANS, 15, (wording.number,)), INK, 6),
        (paragraph("check", wording.check, 7.5), SOFT, 0),
        (set_display("public_url", wording.address, Face.SANS, sizes=(8.5, 5), width=width, lines_max=1), INK, 6),
        (paragraph("signature", wording.signature, 6.5), SOFT, 0),
        (paragraph("signature", wording.fingerprint, 6.5), SOFT, 0),
    ]
    height = max(SYMBOL_SIDE + quiet_zone(SYMBOL_SIDE), sum(_height(text) + gap for text, _, gap in texts) + 8)

    def draw(canvas: Canvas, top: float) -> None:
        _rule(canvas, MARGIN, PAGE_WIDTH - MARGIN, top, LINE)
        edge = top - 8
        for text, colour, gap in texts:
            _write(canvas, text, colour, (left, edge))
            edge -= _height(text) + gap
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
    return Block(_height(text), 0, lambda canvas, top: _write(canvas, text, colour, (MARGIN, top)))


def _rule(canvas: Canvas, left: float, right: float, y: float, colour: Color) -> None:
    canvas.setStrokeColor(colour)
    canvas.setLineWidth(0.5)
    canvas.line(left, y, right, y)


def _height(text: SetText) -> float:
    return len(text.lines) * text.size * _LEADING


def _write(canvas: Canvas, text: SetText, colour: Color, at: tuple[float, float], *, align: float = 0) -> None:
    """Write lines whose upper edge is at ``at`` (x, y); ``align`` puts x at their start (0), middle or end (1)."""
    x, top = at
    canvas.setFillColor(colour)
    canvas.setFont(text.face.value, text.size)
    for index, line in enumerate(text.lines):
        start = x - align * width_of(line, text.face, text.size) if align else x
        canvas.drawString(start, top - text.size * (1 + index * _LEADING), line)
