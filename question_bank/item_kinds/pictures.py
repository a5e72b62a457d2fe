"""Pictures that an item is answered upon, with a description for whoever cannot see them.

One rule: a picture says its size in pixels, so that places on it can be judged without it; the bank compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.sentences import say
from question_bank.documents import Place, quoted
from question_bank.marked_text.dialect import MEDIA

SIDE_PIXELS = range(1, 8193)
_MEMBERS = ("media", "description", "width", "height")
_PICTURES = frozenset({"png", "jpg", "webp"})


def read_picture(place: Place) -> tuple[int, int]:
    """Read ``{"media": "media:<sha256>.png", "description", "width", "height"}`` and return its size; zeros for a fault."""
    before = len(place.faults)
    place.shape(*_MEMBERS)
    media = place.member("media")
    named = media.text()
    found = MEDIA.fullmatch(named)
    if found is None or found["suffix"] not in _PICTURES:
        media.refuse(
            say("%(named)s names no picture of the bank: write media:<sha256>.png, .jpg or .webp", named=quoted(named))
        )
    place.member("description").text()
    width, height = (place.member(side).whole(SIDE_PIXELS) for side in ("width", "height"))
    return (width, height) if len(place.faults) == before else (0, 0)


def shown_picture(picture: Mapping[str, Any]) -> dict[str, Any]:
    """Return a picture without faults as a candidate may see it."""
    return {name: picture[name] for name in _MEMBERS}
