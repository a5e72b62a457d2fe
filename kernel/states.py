"""State machines as data: a table of legal moves and the one function that consults it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from kernel.errors import IllegalMove

State = TypeVar("State", bound=StrEnum)


def check_move(moves: Mapping[State, frozenset[State]], current: State, target: State, noun: str) -> None:
    """Refuse a move that the table does not hold.

    Raises:
        IllegalMove: naming the thing, where it stands, and where it may go.
    """
    legal = moves[current]
    if target not in legal:
        onward = ", ".join(sorted(legal)) or "nowhere: this is its end"
        message = f"{noun} is {current} and cannot become {target}; from here it can go to {onward}"
        raise IllegalMove(message, state=str(current))
