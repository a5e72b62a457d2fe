"""The symbol: a verification address as a QR code, drawn as one path of black modules."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np
import zxingcpp
from reportlab.pdfgen.canvas import Canvas

MODULES_MIN = 25
QUIET_ZONE_MODULES = 4
_BLACK = 0


def draw_symbol(canvas: Canvas, url: str, *, x: float, y: float, side: float) -> None:
    """Draw the QR symbol of an address (error correction M) with its lower left corner at x, y.

    Args:
        side: of the symbol in points, without its quiet zone, which the caller keeps white. No address gives a
            symbol of fewer than ``MODULES_MIN`` modules, so ``quiet_zone`` is wide enough for every one.
    """
    rows = _matrix(url)
    path = canvas.beginPath()
    for row_index, row in enumerate(rows):
        for start, length in _dark_runs(row):
            path.rect(start, len(rows) - 1 - row_index, length, 1)
    canvas.saveState()
    canvas.translate(x, y)
    canvas.scale(side / len(rows), side / len(rows))
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.restoreState()


def quiet_zone(side: float) -> float:
    """Return the white margin in points that a symbol of this side needs all around (ISO/IEC 18004: four modules)."""
    return QUIET_ZONE_MODULES * side / MODULES_MIN


def _matrix(url: str) -> list[list[int]]:
    symbol = zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: Any = symbol.to_image(scale=1, add_quiet_zones=False)
    rows: list[list[int]] = np.asarray(image).tolist()
    return rows


def _dark_runs(row: list[int]) -> Iterator[tuple[int, int]]:
    start = 0
    for value, run in groupby(row):
        length = len(list(run))
        if value == _BLACK:
            yield start, length
        start += length
