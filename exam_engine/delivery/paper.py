"""Papers: a form as one candidate sees it. Drawn once, stored and hashed; every order is equally likely.

What leaves for the candidate is put together from each kind's allow-list: what is not named there stays on the server.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_engine.delivery.attempts import own_attempt
from exam_engine.delivery.lifecycle import Attempt, AttemptState
from exam_engine.delivery.responses import Response, current_responses
from kernel.canonical import iso
from kernel.errors import Conflict
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.item_kinds import kind_named
from question_bank.item_kinds.stimulus import shown_stimulus
from question_bank.items import ItemVersion
from question_bank.media import ItemMedium, Medium, medium_for, no_such_medium, references_in

Thing = TypeVar("Thing")
_DRAW_BYTES = 4
_DRAW_VALUES = 2 ** (8 * _DRAW_BYTES)


class PaperSealed(Conflict):
    """Items are shown while the attempt is in progress, neither before nor after."""

    code = "paper_sealed"


def draw_paper(versions: Sequence[ItemVersion], seed: bytes) -> list[dict[str, Any]]:
    """Return the slots of a paper: items in a drawn order, sets kept whole, and of each item its options drawn.

    Pure: the drawing depends on the seed alone. The seed is used once and not kept; the evidence is the drawn paper
    itself, stored whole in ``attempts.paper`` and named by its hash in the audit log and on the receipt.

    Returns:
        ``[{"slot": 1.., "version": item version id, "kind": name, "arrangement": what its kind drew}, ...]``
    """
    draws = draws_from(seed)
    in_order = [version for block in shuffled(_blocks(versions), draws) for version in block]
    return [
        {
            "slot": slot,
            "version": str(version.id),
            "kind": version.kind,
            "arrangement": kind_named(version.kind).arrange(version.content, lambda ids: shuffled(ids, draws)),
        }
        for slot, version in enumerate(in_order, start=1)
    ]


def _blocks(versions: Sequence[ItemVersion]) -> list[list[ItemVersion]]:
    """Return items that stand alone and whole sets, each set in its form's order."""
    blocks: dict[object, list[ItemVersion]] = {}
    for version in versions:
        blocks.setdefault(version.set_code or version.id, []).append(version)
    return list(blocks.values())


def candidate_paper(tx: Session, attempt: Attempt) -> dict[str, Any]:
    """Return what a candidate may see of a running attempt, with the answers as they stand.

    Returns:
        ``{"attempt_id", "title", "deadline_at", "slots": [{"slot", "kind", ..., "revision", "response"}]}`` with
        what the kind of each item shows; revision 0 and an empty response where nothing was saved.

    Raises:
        PaperSealed: the attempt is not in progress.
    """
    deadline_at = refuse_sealed(attempt)
    versions = {str(version.id): version for version in paper_versions(tx, attempt)}
    current = current_responses(tx, attempt.id)
    return {
        "attempt_id": str(attempt.id),
        "title": attempt.booking.sitting.title,
        "deadline_at": iso(deadline_at),
        "slots": [_shown(slot, versions[slot["version"]], current.get(slot["slot"])) for slot in attempt.paper],
    }


def paper_versions(tx: Session, attempt: Attempt) -> list[ItemVersion]:
    """Return the item versions that a paper names, in the candidate's language, in no order."""
    ids = [uuid.UUID(slot["version"]) for slot in attempt.paper]
    return list(tx.scalars(select(ItemVersion).where(ItemVersion.id.in_(ids))))


def paper_medium(tx: Session, actor: Actor, attempt_id: uuid.UUID, sha256: str) -> Medium:
    """Return a medium that the acting candidate's running paper shows; one that only rationales name is not there.

    Raises:
        NotFound: it is not on the paper, or the attempt is a stranger's.
        PaperSealed: the attempt is not in progress.
    """
    attempt = own_attempt(tx, actor, attempt_id)
    refuse_sealed(attempt)
    medium = medium_for(tx, actor, sha256)
    arrangements = {uuid.UUID(slot["version"]): slot["arrangement"] for slot in attempt.paper}
    naming = (
        select(ItemVersion)
        .join(ItemMedium, ItemMedium.version_id == ItemVersion.id)
        .where(ItemVersion.id.in_(arrangements.keys()), ItemMedium.medium_id == medium.id)
    )
    for version in tx.scalars(naming):
        shown = _content(version, arrangements[version.id])
        if any(reference.sha256 == sha256 for reference in references_in(shown)):
            return medium
    raise no_such_medium()


def refuse_sealed(attempt: Attempt) -> datetime:
    """Return the deadline of an attempt in progress, or refuse to show anything of its paper.

    Raises:
        PaperSealed: the attempt is not in progress.
    """
    if attempt.state != AttemptState.IN_PROGRESS or attempt.deadline_at is None:
        message = say(
            "the attempt is %(state)s; its items are shown only while it is in progress", state=say(attempt.state)
        )
        raise PaperSealed(message)
    return attempt.deadline_at


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
        **_content(version, slot["arrangement"]),
        "revision": response.revision if response else 0,
        "response": response.value if response else {},
    }


def _content(version: ItemVersion, arrangement: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that a candidate may see of an item: what its kind shows, and its stimulus."""
    return {
        **shown_stimulus(version.content),
        **kind_named(version.kind).candidate_content(version.content, arrangement),
    }
