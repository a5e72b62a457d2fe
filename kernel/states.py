"""State machines as data: a table of legal moves and the one function that consults it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from kernel.errors import IllegalMove
from kernel.sentences import say

State = TypeVar("State", bound=StrEnum)


def check_move(moves: Mapping[State, frozenset[State]], current: State, target: State, noun: str) -> None:
    """Refuse a move that the table does not hold.

    Raises:
        IllegalMove: naming the thing, where it stands, and where it may go.
    """
    legal = moves[current]
    if target not in legal:
        onward = tuple(map(say, sorted(legal))) or say("nowhere: this is its end")
        message = say(
            "%(noun)s is %(current)s and cannot become %(target)s; from here it can go to %(onward)s",
            noun=noun,
            current=say(current),
            target=say(target),
            onward=onward,
        )
        raise IllegalMove(message, state=str(current))
