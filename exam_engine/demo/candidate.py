"""The simulated candidate: knows most of the sample bank, guesses the rest, and sits the exam like anybody else."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from exam_engine.demo.client import Caller

SHARE_KNOWN = 0.86
"""How many items the candidate knows: enough to pass clearly, not enough to look unreal."""


def sit(caller: Caller, attempt_id: str, exam_token: str, keys: Mapping[str, frozenset[str]]) -> Iterator[int]:
    """Answer the whole paper slot by slot, yielding each slot after its answer was acknowledged.

    Args:
        keys: right option texts by stem, as in the sample bank's files: the candidate has studied.
    """
    for slot in caller.get(f"/api/v1/attempts/{attempt_id}/paper")["slots"]:
        chosen = choose(slot, keys[slot["stem"]])
        caller.put(
            f"/api/v1/attempts/{attempt_id}/responses/{slot['slot']}",
            {"base_revision": 0, "save_id": str(uuid.uuid4()), "response": {"chosen": chosen}},
            token=exam_token,
        )
        yield slot["slot"]


def choose(slot: Mapping[str, Any], right: frozenset[str]) -> list[str]:
    """Choose options: the right ones where the item is known, else one at random; the same on every run."""
    chance = random.Random(slot["stem"])  # noqa: S311 - a candidate's luck is no secret
    options = sorted(slot["options"], key=lambda option: option["text"])
    if chance.random() < SHARE_KNOWN:
        return [option["id"] for option in options if option["text"] in right]
    return [chance.choice(options)["id"]]
