"""Answers: what candidates send to a slot, checked and in canonical form, worked out once for all who answer alike.

One rule: whatever anybody sends is an answer or a refusal that names its place; nothing of it is stored unread.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from exam_engine.delivery.responses import ForeignResponse
from kernel.canonical import canonical_json, digest
from kernel.errors import Fault, Invalid
from kernel.sentences import say
from question_bank.documents import opened
from question_bank.item_kinds import file_kind, kind_named
from question_bank.item_kinds.answer_files import AnswerFile

ANSWERS_KEPT = 20_000
SHARED_BYTES_MAX = 256
_encode = msgspec.json.Encoder(order="deterministic").encode


class Slot(msgspec.Struct, frozen=True, eq=False):
    """What may be answered at one place of a paper. Papers share it, so it is told apart by being itself."""

    kind: str
    arrangement: dict[str, Any]


class Answer(msgspec.Struct, frozen=True):
    """A checked answer in canonical form."""

    value: msgspec.Raw
    value_hash: str


def shared_slot(kind: str, arrangement: Mapping[str, Any]) -> Slot:
    """Return the one slot of all papers on which the same may be answered, in whatever order it is shown."""
    return _slot_of(kind, _encode(_unordered(arrangement)))


def answer_to(slot: Slot, response: bytes) -> Answer:
    """Return the answer that a response in JSON gives to a slot.

    Raises:
        ForeignResponse: it cannot be read or stored, or it is no answer to this slot; places begin with ``response``.
    """
    # A long answer is written rather than chosen: nobody shares it, and many of them would fill the memory.
    return _known_answer(slot, response) if len(response) <= SHARED_BYTES_MAX else _read_answer(slot, response)


def files_named(slot: Slot, value: msgspec.Raw) -> list[AnswerFile]:
    """Return the files that an answer in canonical form names; none where the slot is answered otherwise."""
    kind = file_kind(slot.kind)
    return kind.files(msgspec.json.decode(value)) if kind else []


def _read_answer(slot: Slot, response: bytes) -> Answer:
    try:
        value = kind_named(slot.kind).read_response(slot.arrangement, _decoded(response))
        # Last, because a kind gives up at the first thing amiss, however much more a hostile sender has written.
        opened(value, "").settle()
    except Invalid as error:
        message = say("the response is no answer to this slot")
        faults = [Fault(f"response{fault.place}", fault.message) for fault in error.faults]
        raise ForeignResponse(message, faults=faults) from error
    return Answer(msgspec.Raw(canonical_json(value)), digest(value))


_known_answer = lru_cache(maxsize=ANSWERS_KEPT)(_read_answer)


@lru_cache(maxsize=ANSWERS_KEPT)
def _slot_of(kind: str, arrangement: bytes) -> Slot:
    return Slot(kind, msgspec.json.decode(arrangement))


def _unordered(arrangement: Any) -> Any:  # noqa: ANN401 - JSON is any of its types
    match arrangement:
        case dict():
            return {name: _unordered(value) for name, value in arrangement.items()}
        case list():
            return sorted(map(_unordered, arrangement), key=str)
        case _:
            return arrangement


def _decoded(response: bytes) -> object:
    try:
        return msgspec.json.decode(response)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = say("the response cannot be read")
        raise Invalid(message, faults=[Fault("", str(error))]) from error
