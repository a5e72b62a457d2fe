"""State tables: legal moves pass, others are named."""

from __future__ import annotations

from enum import StrEnum

import pytest

from kernel.errors import IllegalMove
from kernel.states import check_move


class Door(StrEnum):
    OPEN = "open"
    SHUT = "shut"
    WALLED = "walled"


MOVES = {
    Door.OPEN: frozenset({Door.SHUT}),
    Door.SHUT: frozenset({Door.OPEN, Door.WALLED}),
    Door.WALLED: frozenset[Door](),
}


@pytest.mark.parametrize("current", Door)
@pytest.mark.parametrize("target", Door)
def test_every_pair(current: Door, target: Door) -> None:
    if target in MOVES[current]:
        check_move(MOVES, current, target, "the door")
        return
    with pytest.raises(IllegalMove, match=f"the door is {current} and cannot become {target}"):
        check_move(MOVES, current, target, "the door")


def test_the_end_says_so() -> None:
    with pytest.raises(IllegalMove, match="its end"):
        check_move(MOVES, Door.WALLED, Door.OPEN, "the door")
