"""Items: the table of moves, walked pair by pair, and what the content hash depends on."""

from __future__ import annotations

import uuid
from datetime import datetime

import pytest

from kernel.errors import IllegalMove
from question_bank.items import MOVES, ItemState, Standing, content_hash

LEGAL = {
    ("draft", "in_review"),
    ("draft", "retired"),
    ("in_review", "draft"),
    ("in_review", "approved"),
    ("in_review", "retired"),
    ("approved", "pilot"),
    ("approved", "live"),
    ("approved", "retired"),
    ("approved", "compromised"),
    ("pilot", "live"),
    ("pilot", "resting"),
    ("pilot", "retired"),
    ("pilot", "compromised"),
    ("live", "resting"),
    ("live", "retired"),
    ("live", "compromised"),
    ("resting", "pilot"),
    ("resting", "live"),
    ("resting", "retired"),
    ("resting", "compromised"),
    ("retired", "compromised"),
}


@pytest.mark.parametrize("target", ItemState)
@pytest.mark.parametrize("start", ItemState)
def test_every_pair_of_states_is_a_legal_move_or_refused(start: ItemState, target: ItemState, now: datetime) -> None:
    standing = Standing(version_id=uuid.uuid4(), item_id=uuid.uuid4(), language="en", state=start.value, since=now)
    if (start.value, target.value) in LEGAL:
        standing.move(target, now)
        assert standing.state == target
    else:
        with pytest.raises(IllegalMove) as refusal:
            standing.move(target, now)
        assert standing.state == start
        assert refusal.value.facts == {"state": start.value}


def test_nothing_becomes_approved_except_out_of_review() -> None:
    assert [state for state in ItemState if ItemState.APPROVED in MOVES[state]] == [ItemState.IN_REVIEW]


def test_the_hash_names_kind_language_and_content() -> None:
    content = {"stem": "Why?", "key": ["a"]}
    first = content_hash("single_choice", "en", content)
    assert first == content_hash("single_choice", "en", {"key": ["a"], "stem": "Why?"})
    others = {
        content_hash("multiple_choice", "en", content),
        content_hash("single_choice", "bg", content),
        content_hash("single_choice", "en", content | {"stem": "Why now?"}),
    }
    assert len({first, *others}) == 4
