"""Tables of HTML as rows of cells, before anybody reads what stands in them.

One rule: every row is as wide as the widest, and the first one is the head.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from kernel.sentences import say
from question_bank.marked_text.tree import Side

_SIDES: dict[str, Side] = {"left": "left", "center": "center", "right": "right"}


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a table by row, None where a row has none; to which side each column is set; what is not kept."""

    rows: list[list[Any]]
    sides: tuple[Side, ...] = ()
    changes: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()


def grid_of(table: Any) -> Grid:  # noqa: ANN401
    """Return the cells of a table; no rows where it has none, or is refused."""
    if any(tag_of(inner) == "table" for inner in table.iterdescendants()):
        return Grid([], refusals=(say("has a table within a table"),))
    rows = [[cell for cell in row if tag_of(cell) in {"td", "th"}] for row in table.iter() if tag_of(row) == "tr"]
    rows = [row for row in rows if row]
    if not rows:
        return Grid([])
    if any(number_in(cell.get(span), 1) != 1 for row in rows for cell in row for span in ("colspan", "rowspan")):
        return Grid([], refusals=(say("has cells that span columns or rows"),))
    changes = []
    # An empty cell of the head is shown as a cell like all others.
    if any(tag_of(cell) == "td" and (len(cell) or (cell.text or "").strip()) for cell in rows[0]):
        changes.append(say("the first row of a table becomes its headings"))
    if any(tag_of(cell) == "th" for row in rows[1:] for cell in row):
        changes.append(say("headings of rows become cells like all others"))
    width = max(map(len, rows))
    sides = tuple(_side(rows[0][index]) if index < len(rows[0]) else "" for index in range(width))
    return Grid([[*row, *[None] * (width - len(row))] for row in rows], sides, tuple(changes))


def tag_of(element: Any) -> str:  # noqa: ANN401
    """Return the name of an element without its namespace; nothing for comments and instructions."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def number_in(written: str | None, otherwise: int) -> int:
    """Return the number that an attribute holds, or another where it holds none."""
    return int(written) if written and re.fullmatch(r"[0-9]{1,9}", written.strip()) else otherwise


def _side(cell: Any) -> Side:  # noqa: ANN401
    styled = re.search(r"text-align:\s*(left|center|right)", cell.get("style") or "")
    classed = re.search(r"\balign-(left|center|right)\b", cell.get("class") or "")
    return _SIDES.get(styled[1] if styled else classed[1] if classed else (cell.get("align") or "").lower(), "")
