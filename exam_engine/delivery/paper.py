"""Papers: a form as one candidate sees it. Drawn once, stored and hashed; every order is equally likely.

What leaves for the candidate is put together from each kind's allow-list: what is not named there stays on the server.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from exam_engine.assembly.forms import form_versions
from exam_engine.delivery.lifecycle import Attempt, AttemptState
from exam_engine.delivery.responses import Response, current_responses
from kernel.canonical import iso
from kernel.errors import Conflict
from question_bank.item_kinds import kind_named
from question_bank.items import ItemVersion

Thing = TypeVar("Thing")
_DRAW_BYTES = 4
_DRAW_VALUES = 2 ** (8 * _DRAW_BYTES)


class PaperSealed(Conflict):
    """Items are shown while the attempt is in progress, neither before nor after."""

    code = "paper_sealed"


def draw_paper(versions: Sequence[ItemVersion], seed: bytes) -> list[dict[str, Any]]:
    """Return the slots of a paper: items in a drawn order, and of each item its options in a drawn order.

    Pure: the drawing depends on the seed alone. The seed is used once and not kept; the evidence is the drawn paper
    itself, stored whole in ``attempts.paper`` and named by its hash in the audit log and on the receipt.

    Returns:
        ``[{"slot": 1.., "version": item version id, "kind": name, "arrangement": what its kind drew}, ...]``
    """
    draws = draws_from(seed)
    return [
        {
            "slot": slot,
            "version": str(version.id),
            "kind": version.kind,
            "arrangement": kind_named(version.kind).arrange(version.content, lambda ids: shuffled(ids, draws)),
        }
        for slot, version in enumerate(shuffled(versions, draws), start=1)
    ]


def candidate_paper(tx: Session, attempt: Attempt) -> dict[str, Any]:
    """Return what a candidate may see of a running attempt, with the answers as they stand.

    Returns:
        ``{"attempt_id", "title", "deadline_at", "slots": [{"slot", "kind", ..., "revision", "response"}]}`` with
        what the kind of each item shows; revision 0 and an empty response where nothing was saved.

    Raises:
        PaperSealed: the attempt is not in progress.
    """
    if attempt.state != AttemptState.IN_PROGRESS or attempt.deadline_at is None:
        message = f"the attempt is {attempt.state}; its items are shown only while it is in progress"
        raise PaperSealed(message)
    versions = {str(version.id): version for version in form_versions(tx, attempt.form_id)}
    current = current_responses(tx, attempt.id)
    return {
        "attempt_id": str(attempt.id),
        "title": attempt.booking.sitting.title,
        "deadline_at": iso(attempt.deadline_at),
        "slots": [_shown(slot, versions[slot["version"]], current.get(slot["slot"])) for slot in attempt.paper],
    }


def shuffled(things: Sequence[Thing], draws: Iterator[int]) -> list[Thing]:
    """Return the things in an order drawn uniformly from all orders (Fisher and Yates)."""
    order = list(things)
    for last in range(len(order) - 1, 0, -1):
        chosen = _below(last + 1, draws)
        order[last], order[chosen] = order[chosen], order[last]
    return order


def draws_from(seed: bytes) -> Iterator[int]:
    """Yield uniform 32-bit numbers without end: SHA-256 over the seed and a counter."""
    for block in count():
        stream = hashlib.sha256(seed + block.to_bytes(8, "big")).digest()
        for start in range(0, len(stream), _DRAW_BYTES):
            yield int.from_bytes(stream[start : start + _DRAW_BYTES], "big")


def _below(bound: int, draws: Iterator[int]) -> int:
    # A plain remainder would favour small numbers; what lies beyond the last whole multiple is drawn again.
    fair = _DRAW_VALUES - _DRAW_VALUES % bound
    return next(draw for draw in draws if draw < fair) % bound


def _shown(slot: Mapping[str, Any], version: ItemVersion, response: Response | None) -> dict[str, Any]:
    return {
        "slot": slot["slot"],
        **kind_named(version.kind).candidate_content(version.content, slot["arrangement"]),
        "revision": response.revision if response else 0,
        "response": response.value if response else {},
    }
