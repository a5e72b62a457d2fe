"""The simulated candidate: knows most of the sample bank, guesses the rest, and sits the exam like anybody else."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from exam_engine.demo.client import Caller

Json = dict[str, Any]

SHARE_KNOWN = 0.86
"""How many items the candidate knows: enough to pass clearly, not enough to look unreal."""


def sit(caller: Caller, attempt_id: str, exam_token: str, answers: Mapping[str, Json]) -> Iterator[int]:
    """Answer the whole paper slot by slot, yielding each slot after its answer was acknowledged.

    Args:
        answers: right responses by stem, as the sample bank's files give them: the candidate has studied.
    """
    for slot in caller.get(f"/api/v1/attempts/{attempt_id}/paper")["slots"]:
        caller.put(
            f"/api/v1/attempts/{attempt_id}/responses/{slot['slot']}",
            {"base_revision": 0, "save_id": str(uuid.uuid4()), "response": respond(slot, answers[slot["stem"]])},
            token=exam_token,
        )
        yield slot["slot"]


def respond(slot: Mapping[str, Any], right: Json) -> Json:
    """Answer rightly where the item is known, else by guessing; the same on every run, however a paper is drawn."""
    chance = random.Random(slot["stem"])  # noqa: S311 - a candidate's luck is no secret
    return right if chance.random() < SHARE_KNOWN else guess(slot, chance)


def guess(slot: Mapping[str, Any], chance: random.Random) -> Json:
    """Answer without knowing: anything of what is offered, and nothing where words or a number must be typed."""
    match slot["kind"]:
        case "single_choice" | "multiple_choice" | "hotspot":
            return {"chosen": [chance.choice(_ids(slot["options"] if "options" in slot else slot["spots"]))]}
        case "matrix":
            return {"marked": {row: chance.choice(_ids(slot["columns"])) for row in _ids(slot["rows"])}}
        case "matching":
            premises = _ids(slot["premises"])
            return {"matched": dict(zip(premises, _shuffled(slot["counterparts"], chance), strict=False))}
        case "ordering":
            return {"ordered": _shuffled(slot["elements"], chance)}
        case "gap_select":
            gaps = sorted(slot["gaps"], key=lambda gap: str(gap["id"]))
            return {"filled": {gap["id"]: chance.choice(_ids(gap["options"])) for gap in gaps}}
        case _:
            return {}


def _ids(things: list[Json]) -> list[str]:
    return sorted(thing["id"] for thing in things)


def _shuffled(things: list[Json], chance: random.Random) -> list[str]:
    ids = _ids(things)
    return chance.sample(ids, len(ids))
