"""Ornament: the fine lines of a certificate that carry no meaning: its frame and the guilloche rosette at its head."""

from __future__ import annotations

from functools import cache
from math import cos, pi, sin

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

_FRAME_INSETS = ((22.0, 0.9), (25.5, 0.3))  # distance from the paper's edge, line width; points
_UNITS = 1000  # of the rosette's own grid in its radius; whole numbers keep every certificate's file small
# Closed curves r(t) = middle + swing * cos(lobes * t + phase), as engraving lathes drew them: middle, swing, phases.
_BANDS = ((800, 200, 4), (500, 150, 4), (250, 90, 3))
_LOBES = 12
_ARCS_PER_LOBE = 4


def draw_frame(canvas: Canvas, width: float, height: float, colour: Color) -> None:
    """Draw the double hairline around the page."""
    canvas.setStrokeColor(colour)
    for inset, line_width in _FRAME_INSETS:
        canvas.setLineWidth(line_width)
        canvas.rect(inset, inset, width - 2 * inset, height - 2 * inset)


def draw_rosette(canvas: Canvas, x: float, y: float, radius: float, colour: Color) -> None:
    """Draw the rosette around a centre."""
    canvas.saveState()
    canvas.translate(x, y)
    canvas.scale(radius / _UNITS, radius / _UNITS)
    canvas.setStrokeColor(colour)
    canvas.setLineWidth(0.3 * _UNITS / radius)
    canvas.drawPath(_rosette(), stroke=1, fill=0)
    canvas.restoreState()


@cache
def _rosette() -> PDFPathObject:
    """Return the path of the rosette, worked out once: its curves would cost more than the rest of the page."""
    path = PDFPathObject()
    for middle, swing, phases in _BANDS:
        for step in range(phases):
            _add_curve(path, middle, swing, 2 * pi * step / phases)
    return path


def _add_curve(path: PDFPathObject, middle: float, swing: float, phase: float) -> None:
    arc = 2 * pi / (_LOBES * _ARCS_PER_LOBE)

    def place(angle: float, along: float) -> tuple[int, int]:
        """Return the curve's point, moved along its tangent by a fraction of the arc."""
        radius = middle + swing * cos(_LOBES * angle + phase)
        slope = -_LOBES * swing * sin(_LOBES * angle + phase)
        x = radius * cos(angle) + along * arc * (slope * cos(angle) - radius * sin(angle))
        y = radius * sin(angle) + along * arc * (slope * sin(angle) + radius * cos(angle))
        return round(x), round(y)

    path.moveTo(*place(0, 0))
    for index in range(_LOBES * _ARCS_PER_LOBE):
        start, end = index * arc, (index + 1) * arc
        path.curveTo(*place(start, 1 / 3), *place(end, -1 / 3), *place(end, 0))
    path.close()
