"""Shapes on a picture: rectangles, circles and polygons of whole pixels, and whether two of them overlap.

One rule: everything is worked out in whole numbers, so a shape overlaps another or it does not, on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

from kernel.sentences import say
from question_bank.documents import Place

POLYGON_POINTS_MIN = 3
POLYGON_POINTS_MAX = 24
SHAPES = ("rectangle", "circle", "polygon")
Point = tuple[int, int]
Triangle = tuple[Point, Point, Point]
_BOX = 4


@dataclass(frozen=True, slots=True)
class Circle:
    """All points nearer to a centre than a radius, in pixels."""

    centre: Point
    radius: int


Piece = Circle | Triangle
"""What shapes are made of: a circle is one by itself, everything else is cut into triangles."""


def read_shape(place: Place, width: int, height: int) -> list[Piece]:
    """Read ``{"rectangle": [left, top, right, bottom]}``, ``{"circle": [x, y, radius]}`` or ``{"polygon": [[x, y], ...]}``.

    Pixels are counted from the upper left corner of a picture of this size; a shape may touch its edges.

    Returns:
        The pieces of the shape; none where it has a fault.
    """
    named = place.named()
    if len(named) != 1 or not named.keys() <= set(SHAPES):
        place.refuse(say("must be one of %(names)s", names=", ".join(SHAPES)))
        return []
    ((name, coordinates),) = named.items()
    match name:
        case "rectangle":
            return _read_rectangle(coordinates, width, height)
        case "circle":
            return _read_circle(coordinates, width, height)
        case _:
            return _read_polygon(coordinates, width, height)


def shown_shape(shape: Mapping[str, Any]) -> dict[str, Any]:
    """Return a shape without faults as a candidate may see it."""
    return {name: shape[name] for name in SHAPES if name in shape}


def place_of(shape: Mapping[str, Any]) -> Point:
    """Return where a shape without faults begins for a reader: its highest row, and there its leftmost pixel."""
    match shape:
        case {"rectangle": [left, top, *_]}:
            return top, left
        case {"circle": [x, y, radius]}:
            return y - radius, x
        case _:
            return min((y, x) for x, y in shape["polygon"])


def overlap(one: Sequence[Piece], other: Sequence[Piece]) -> bool:
    """Tell whether two shapes share more than their edges."""
    return any(_pieces_overlap(piece, another) for piece in one for another in other)


def _read_rectangle(place: Place, width: int, height: int) -> list[Piece]:
    coordinates = _read_numbers(place, (width, height, width, height))
    if len(coordinates) != _BOX:
        return []
    left, top, right, bottom = coordinates
    if left >= right or top >= bottom:
        place.refuse(say("is empty: write left, top, right, bottom, where right and bottom are the greater ones"))
        return []
    return [((left, top), (right, top), (right, bottom)), ((left, top), (right, bottom), (left, bottom))]


def _read_circle(place: Place, width: int, height: int) -> list[Piece]:
    coordinates = _read_numbers(place, (width, height, max(width, height)))
    if len(coordinates) != len(("x", "y", "radius")):
        return []
    x, y, radius = coordinates
    if radius == 0:
        place.refuse(say("is empty: the radius is 0"))
    elif x < radius or y < radius or x + radius > width or y + radius > height:
        place.refuse(
            say("reaches out of the picture, which is %(width)s by %(height)s pixels", width=width, height=height)
        )
    else:
        return [Circle((x, y), radius)]
    return []


def _read_polygon(place: Place, width: int, height: int) -> list[Piece]:
    before = len(place.faults)
    points = [
        (x, y)
        for x, y in (
            _read_numbers(point, (width, height)) or (0, 0)
            for point in place.elements(at_least=POLYGON_POINTS_MIN, at_most=POLYGON_POINTS_MAX)
        )
    ]
    if len(place.faults) > before or len(points) < POLYGON_POINTS_MIN:
        return []
    if _area(points) == 0 or _crosses_itself(points):
        place.refuse(
            say("crosses or touches itself, or is empty: write its corners in their order around it, each once")
        )
        return []
    return list(_triangles(points))


def _read_numbers(place: Place, greatest: Sequence[int]) -> list[int]:
    """Read so many whole numbers from 0 up to these; none where one of them has a fault."""
    before = len(place.faults)
    elements = place.elements(at_least=len(greatest), at_most=len(greatest))
    numbers = [element.whole(range(most + 1)) for element, most in zip(elements, greatest, strict=False)]
    return numbers if len(place.faults) == before and len(numbers) == len(greatest) else []


def _turn(one: Point, other: Point, third: Point) -> int:
    """Return twice the area of a triangle, below 0 where its corners run the other way round."""
    return (other[0] - one[0]) * (third[1] - one[1]) - (other[1] - one[1]) * (third[0] - one[0])


def _area(points: Sequence[Point]) -> int:
    return sum(_turn((0, 0), one, other) for one, other in pairwise([*points, points[0]]))


def _crosses_itself(points: Sequence[Point]) -> bool:
    edges = list(pairwise([*points, points[0]]))
    for (first, one), (second, other) in combinations(enumerate(edges), 2):
        if second - first == 1 or second - first == len(edges) - 1:
            before, after = (one, other) if second - first == 1 else (other, one)
            if before[1] == before[0] or _turns_back(before[0], before[1], after[1]):
                return True
        elif _touch(*one, *other):
            return True
    return False


def _turns_back(one: Point, corner: Point, third: Point) -> bool:
    ahead = (corner[0] - one[0]) * (third[0] - corner[0]) + (corner[1] - one[1]) * (third[1] - corner[1])
    return _turn(one, corner, third) == 0 and ahead <= 0


def _touch(one: Point, other: Point, third: Point, fourth: Point) -> bool:
    """Tell whether two edges share a point."""
    turns = _turn(one, other, third), _turn(one, other, fourth), _turn(third, fourth, one), _turn(third, fourth, other)
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    ends = zip(
        turns, ((one, other, third), (one, other, fourth), (third, fourth, one), (third, fourth, other)), strict=True
    )
    return any(turn == 0 and _is_between(*points) for turn, points in ends)


def _is_between(one: Point, other: Point, point: Point) -> bool:
    return all(min(a, b) <= c <= max(a, b) for a, b, c in zip(one, other, point, strict=True))


def _triangles(points: Sequence[Point]) -> Iterator[Triangle]:
    """Cut a polygon that does not cross itself into triangles, ear by ear."""
    rest = list(points) if _area(points) > 0 else list(reversed(points))
    while len(rest) > POLYGON_POINTS_MIN:
        # Every such polygon has an ear (Meisters' theorem); corners on a straight line are cut off as empty ones.
        ear = next(place for place in range(len(rest)) if _is_ear(rest, place))
        triangle = rest[ear - 1], rest[ear], rest[(ear + 1) % len(rest)]
        if _turn(*triangle):
            yield triangle
        del rest[ear]
    if _turn(rest[0], rest[1], rest[2]):
        yield rest[0], rest[1], rest[2]


def _is_ear(points: Sequence[Point], place: int) -> bool:
    one, corner, third = points[place - 1], points[place], points[(place + 1) % len(points)]
    turn = _turn(one, corner, third)
    if turn <= 0:
        return turn == 0
    others = [point for point in points if point not in {one, corner, third}]
    return not any(_is_inside((one, corner, third), point) for point in others)


def _is_inside(triangle: Triangle, point: Point) -> bool:
    """Tell whether a point is in a triangle or on its edge."""
    turns = [_turn(one, other, point) for one, other in pairwise([*triangle, triangle[0]])]
    return min(turns) >= 0 or max(turns) <= 0


def _pieces_overlap(one: Piece, other: Piece) -> bool:
    if isinstance(one, Circle):
        if isinstance(other, Circle):
            return _distance_squared(one.centre, other.centre) < (one.radius + other.radius) ** 2
        return _reaches_into(one, other)
    if isinstance(other, Circle):
        return _reaches_into(other, one)
    return not (_is_apart(one, other) or _is_apart(other, one))


def _is_apart(one: Triangle, other: Triangle) -> bool:
    """Tell whether an edge of one triangle has the other one wholly on its far side."""
    corners = one if _turn(*one) > 0 else one[::-1]
    return any(
        all(_turn(start, stop, point) <= 0 for point in other) for start, stop in pairwise([*corners, corners[0]])
    )


def _reaches_into(circle: Circle, triangle: Triangle) -> bool:
    if _is_inside(triangle, circle.centre):
        return True
    return any(_is_near(circle, start, stop) for start, stop in pairwise([*triangle, triangle[0]]))


def _is_near(circle: Circle, start: Point, stop: Point) -> bool:
    """Tell whether an edge has a point nearer to the centre than the radius."""
    length_squared = _distance_squared(start, stop)
    along = sum((c - a) * (b - a) for a, b, c in zip(start, stop, circle.centre, strict=True))
    if along <= 0 or along >= length_squared:
        return _distance_squared(circle.centre, start if along <= 0 else stop) < circle.radius**2
    return _turn(start, stop, circle.centre) ** 2 < circle.radius**2 * length_squared


def _distance_squared(one: Point, other: Point) -> int:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2
