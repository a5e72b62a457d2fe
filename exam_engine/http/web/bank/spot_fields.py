"""Places on a picture, as the authoring form has them: which pictures there are, new places, and how they are drawn.

One rule: coordinates are whole pixels of the picture; the numbers in the fields are the item, the drawing only shows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from kernel.permissions import Actor
from question_bank.marked_text.dialect import MEDIA
from question_bank.media import Medium, address_of, media_named, media_page

PICTURES_SHOWN = 100
_COLUMNS, _ROWS = 4, 4
"""New places stand in so many columns and rows, with as much room between them, so that none covers another."""


class Drawn(NamedTuple):
    """A place to be drawn: the element with its attributes, and where its number stands."""

    number: int
    tag: str
    attributes: Mapping[str, int | str]
    x: int
    y: int


def complete_picture(tx: Session, actor: Actor, document: dict[str, Any]) -> None:
    """Write down the size of the picture that was chosen, and propose its description where none was said."""
    picture = document.get("picture")
    if not isinstance(picture, dict):
        return
    named = MEDIA.fullmatch(str(picture.get("media", "")))
    medium = media_named(tx, actor.organisation_id, [named["sha256"]]).get(named["sha256"]) if named else None
    if medium is None or medium.width is None:
        picture.pop("width", None)
        picture.pop("height", None)
        return
    picture["width"], picture["height"] = medium.width, medium.height
    if medium.description:
        picture.setdefault("description", medium.description)


def pictures_for(tx: Session, actor: Actor, document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the newest pictures of the bank as choices of a list, and the chosen one if it is none of them."""
    pictures = media_page(tx, actor, after=None, limit=PICTURES_SHOWN, family="image")
    choices = [(address_of(one), _told(one)) for one in pictures]
    chosen = str(_named(document.get("picture")).get("media", ""))
    known = {address for address, _ in choices}
    return choices if not chosen or chosen in known else [(chosen, chosen), *choices]


def new_spot(document: Mapping[str, Any], shape: str, number: int) -> dict[str, Any]:
    """Return the shape of a new place, where no other new one stands; without a picture its numbers are left open."""
    picture = _named(document.get("picture"))
    width, height = picture.get("width"), picture.get("height")
    if not isinstance(width, int) or not isinstance(height, int):
        left = top = right = bottom = middle_x = middle_y = radius = None
    else:
        wide, high = width // (2 * _COLUMNS + 1), height // (2 * _ROWS + 1)
        left, top = wide * (1 + 2 * (number % _COLUMNS)), high * (1 + 2 * (number // _COLUMNS % _ROWS))
        right, bottom, radius = left + wide, top + high, max(1, min(wide, high) // 2)
        middle_x, middle_y = left + wide // 2, top + high // 2
    match shape:
        case "circle":
            return {"circle": [middle_x, middle_y, radius]}
        case "polygon":
            return {"polygon": [[left, bottom], [middle_x, top], [right, bottom]]}
        case _:
            return {"rectangle": [left, top, right, bottom]}


def new_corner(corners: Sequence[Any]) -> list[Any]:
    """Return another corner of a polygon: halfway between the last and the first."""
    match corners:
        case [[int() as x, int() as y], *_, [int() as last_x, int() as last_y]]:
            return [(x + last_x) // 2, (y + last_y) // 2]
        case _:
            return [None, None]


def shape_of(spot: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return the name of a shape and its coordinates as the form can show them, whatever a program has saved there."""
    shape = _named(spot.get("shape"))
    match shape:
        case {"circle": list() as numbers}:
            return "circle", _padded(numbers, 3)
        case {"polygon": list() as corners}:
            return "polygon", [_padded(corner, 2) if isinstance(corner, list) else [None, None] for corner in corners]
        case {"rectangle": list() as numbers}:
            return "rectangle", _padded(numbers, 4)
        case _:
            return "rectangle", [None] * 4


def drawn_places(document: Mapping[str, Any]) -> list[Drawn]:
    """Return the places whose numbers are all there."""
    spots = document.get("spots")
    rows = [spot for spot in spots if isinstance(spot, dict)] if isinstance(spots, list) else []
    return [found for number, spot in enumerate(rows, 1) if (found := _drawn(number, *shape_of(spot)))]


def _drawn(number: int, shape: str, numbers: list[Any]) -> Drawn | None:
    match shape, numbers:
        case "circle", [int() as x, int() as y, int() as radius]:
            return Drawn(number, "circle", {"cx": x, "cy": y, "r": max(0, radius)}, x, y)
        case "rectangle", [int() as left, int() as top, int() as right, int() as bottom]:
            wide, high = max(0, right - left), max(0, bottom - top)
            attributes: dict[str, int | str] = {"x": left, "y": top, "width": wide, "height": high}
            return Drawn(number, "rect", attributes, left + wide // 2, top + high // 2)
        case "polygon", [[int(), int()], *_] if all(isinstance(one, int) for corner in numbers for one in corner):
            across, down = [sum(corner[axis] for corner in numbers) // len(numbers) for axis in (0, 1)]
            points = " ".join(f"{x},{y}" for x, y in numbers)
            return Drawn(number, "polygon", {"points": points}, across, down)
        case _:
            return None


def _told(picture: Medium) -> str:
    return f"{picture.file_name or picture.sha256[:12]} ({picture.width} × {picture.height})"  # noqa: RUF001


def _padded(numbers: list[Any], count: int) -> list[Any]:
    return [*numbers, *[None] * count][:count]


def _named(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
