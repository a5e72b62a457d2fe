"""Response files: what candidates hand in as files, each kept under the hash of its bytes at one slot of one attempt.

One rule: a file is the bank's to nobody. Its candidate reads it while the attempt runs, whoever marks the script reads
it there, and a response names no other file than those that came to its own slot.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, func, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from exam_engine.delivery.attempts import own_attempt
from exam_engine.delivery.lifecycle import Attempt, AttemptState, Receipt
from exam_engine.delivery.paper import refuse_sealed
from exam_engine.delivery.responses import AttemptClosed, ForeignResponse, NotSaved, TooLate, receipted_responses
from exam_engine.delivery.timing import accepts_until
from kernel.canonical import iso
from kernel.db import Base, table_facts
from kernel.errors import Conflict, Fault, NotFound, TooLarge
from kernel.permissions import Actor
from kernel.sentences import say
from kernel.storage import Storage
from question_bank.item_kinds import file_kind
from question_bank.item_kinds.answer_files import FILES_MAX, AnswerFile, FileLimits, shown_name
from question_bank.uploads import Upload, read_response_file

CHANGES_OF_MIND = 4
"""So many times the files of a full answer may be sent to a slot: what was sent stays, also when another one is named."""
ATTEMPT_BYTES_ENOUGH = 500 * 1024 * 1024
"""When so much is kept of one attempt, a slot takes no more files than a full answer has; so much it always takes."""
Place = tuple[uuid.UUID, int]
"""One slot of an attempt."""


class TooManyFiles(Conflict):
    """More files were sent than anybody changes their mind about; those that are kept can be named."""

    code = "too_many_files"


class ResponseFile(Base):
    """The n-th file that came to one slot of an attempt; its bytes are in the storage, under ``sha256``."""

    __tablename__ = "response_files"
    __table_args__ = (
        UniqueConstraint("attempt_id", "slot", "sha256"),
        CheckConstraint(f"number BETWEEN 1 AND {CHANGES_OF_MIND * FILES_MAX}", name="counted_from_one"),
        CheckConstraint("byte_size > 0", name="has_bytes"),
        table_facts(
            pii={"name": "assessment", "sha256": "assessment", "sent_sha256": "assessment"},
            unowned="it is part of an attempt, which carries the organisation",
            append_only=True,
        ),
    )

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    """Of what is kept: the same document without what programs note beside it."""
    name: Mapped[str]
    media_type: Mapped[str]
    byte_size: Mapped[int]
    sent_sha256: Mapped[str]
    """Of what was sent, so that whoever holds the original can show that it is where this one came from."""
    received_at: Mapped[datetime]

    @property
    def named(self) -> AnswerFile:
        """How a response names it."""
        return AnswerFile(self.sha256, self.name, self.media_type, self.byte_size)


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file that was found harmless, and is kept nowhere yet."""

    upload: Upload
    sent_sha256: str


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that is durable in the storage, and is nobody's yet."""

    sha256: str
    media_type: str
    byte_size: int
    sent_sha256: str


def open_slot(tx: Session, actor: Actor, attempt_id: uuid.UUID, slot: int, *, now: datetime) -> FileLimits:
    """Return what the acting candidate may send to a slot now, before anything of it is read.

    Raises:
        NotFound: the attempt is a stranger's.
        ForeignResponse: there is no such slot, or it is not answered with files.
        AttemptClosed: the attempt is not in progress.
        TooLate: its time and the grace are over.
        TooManyFiles: too much came to this slot or attempt already.
    """
    attempt = own_attempt(tx, actor, attempt_id)
    return _opened(tx, attempt, slot, now)


def read_file(content: bytes, limits: FileLimits) -> FileRead:
    """Read a file without trust. No transaction should be open: it may take seconds.

    Raises:
        UploadRefused: it is damaged, or none of what is asked for.
        TooLarge: what would be kept of it is larger than what is asked for.
    """
    upload = read_response_file(content, limits.accepts)
    if len(upload.content) > limits.bytes_max:
        raise file_too_large(limits)
    return FileRead(upload, hashlib.sha256(content).hexdigest())


def keep_file(storage: Storage, found: FileRead) -> KeptFile:
    """Keep what is harmless of a file, once it is clear that its slot still takes it; StorageAway if it cannot be now."""
    upload = found.upload
    return KeptFile(storage.put(upload.content), upload.media_type, len(upload.content), found.sent_sha256)


def receive_file(
    tx: Session, actor: Actor, attempt_id: uuid.UUID, slot: int, kept: KeptFile, *, name: str, now: datetime
) -> ResponseFile:
    """Note that a kept file came to a slot; one that came before is found, under the name it had.

    Args:
        name: as its sender calls it.
        now: when its last byte reached the server.

    Raises:
        NotSaved: another file came to the slot in this very moment; sending it again is safe.
        DomainError: as :func:`open_slot`.
    """
    attempt = own_attempt(tx, actor, attempt_id)
    # Shared, as saves hold it: a hand-in waits for this row, or this one finds the attempt ended.
    tx.refresh(attempt, with_for_update={"read": True})
    if (there := _file(tx, attempt.id, slot, kept.sha256)) is not None:
        _refuse_closed(attempt, now)
        return there
    _opened(tx, attempt, slot, now)
    count, _ = _sent(tx, attempt.id, slot)
    row = ResponseFile(
        attempt_id=attempt.id,
        slot=slot,
        number=count + 1,
        sha256=kept.sha256,
        name=shown_name(name, kept.media_type),
        media_type=kept.media_type,
        byte_size=kept.byte_size,
        sent_sha256=kept.sent_sha256,
        received_at=now,
    )
    try:
        with tx.begin_nested():
            tx.add(row)
    except IntegrityError as error:
        message = say("another file came to this question in the same moment; please send this one again")
        raise NotSaved(message, retry_after_seconds=1) from error
    return row


def own_file(tx: Session, actor: Actor, attempt_id: uuid.UUID, slot: int, sha256: str) -> ResponseFile:
    """Return a file that the acting candidate sent to a slot of their running attempt.

    Afterwards it is closed to them like the paper: a file could carry what was asked out of the exam.

    Raises:
        NotFound: no such file came to this slot, or the attempt is a stranger's.
        PaperSealed: the attempt is not in progress.
    """
    attempt = own_attempt(tx, actor, attempt_id)
    refuse_sealed(attempt)
    return file_at(tx, attempt.id, slot, sha256)


def file_at(tx: Session, attempt_id: uuid.UUID, slot: int, sha256: str) -> ResponseFile:
    """Return a file that came to one slot of an attempt, for whoever may see that answer; NotFound otherwise."""
    found = _file(tx, attempt_id, slot, sha256)
    if found is None:
        message = say("there is no such file")
        raise NotFound(message)
    return found


def handed_in_files(tx: Session, receipt: Receipt) -> dict[int, list[AnswerFile]]:
    """Return by slot the files that the responses of a receipt name; their hashes are part of its own."""
    paper = tx.get_one(Attempt, receipt.attempt_id).paper
    kinds = {place["slot"]: kind for place in paper if (kind := file_kind(place["kind"]))}
    listed = [row for row in receipt.responses if row["slot"] in kinds]
    rows = receipted_responses(tx, receipt.attempt_id, listed) if listed else {}
    return {
        slot: kind.files(rows[slot].value) for slot, kind in sorted(kinds.items()) if slot in rows and rows[slot].value
    }


def refusals_of_foreign_files(tx: Session, named: Mapping[Place, Sequence[AnswerFile]]) -> dict[Place, ForeignResponse]:
    """Return by place why answers are refused that name what did not come to that slot of that attempt."""
    found = tx.scalars(select(ResponseFile).where(tuple_(ResponseFile.attempt_id, ResponseFile.slot).in_(list(named))))
    known = {(row.attempt_id, row.slot, row.named) for row in found}
    refused: dict[Place, ForeignResponse] = {}
    for place, files in named.items():
        faults = [
            Fault(
                f"response/files/{index}",
                say("did not come to this question; send the file first, then name it as told"),
            )
            for index, file in enumerate(files)
            if (*place, file) not in known
        ]
        if faults:
            message = say("the response names files that were not handed in here")
            refused[place] = ForeignResponse(message, faults=faults)
    return refused


def file_too_large(limits: FileLimits) -> TooLarge:
    """Return the refusal of a file that has more bytes than its slot takes."""
    return TooLarge(
        say("a file sent here has at most %(bytes_max)s bytes", bytes_max=limits.bytes_max), bytes_max=limits.bytes_max
    )


def _opened(tx: Session, attempt: Attempt, slot: int, now: datetime) -> FileLimits:
    _refuse_closed(attempt, now)
    place = next((place for place in attempt.paper if place["slot"] == slot), None)
    kind = file_kind(place["kind"]) if place else None
    if place is None or kind is None:
        message = say("this question is not answered with files")
        raise ForeignResponse(message, faults=[Fault("slot", say("%(slot)s takes no files", slot=slot))])
    limits = kind.limits(place["arrangement"])
    count, size = _sent(tx, attempt.id, slot)
    files_max = limits.count_max * (1 if size >= ATTEMPT_BYTES_ENOUGH else CHANGES_OF_MIND)
    if count >= files_max:
        message = say("no more files can be sent to this question; those that are kept can still be handed in")
        raise TooManyFiles(message, files_max=files_max)
    return limits


def _refuse_closed(attempt: Attempt, now: datetime) -> None:
    if attempt.state != AttemptState.IN_PROGRESS or attempt.deadline_at is None:
        message = say(
            "the attempt is %(state)s; files are taken only while it is in progress", state=say(attempt.state)
        )
        raise AttemptClosed(message, state=attempt.state)
    if now > accepts_until(attempt.deadline_at):
        message = say(
            "the time was over at %(deadline_at)s; this file came at %(now)s",
            deadline_at=iso(attempt.deadline_at),
            now=iso(now),
        )
        raise TooLate(message, deadline_at=attempt.deadline_at)


def _sent(tx: Session, attempt_id: uuid.UUID, slot: int) -> tuple[int, int]:
    """Return how many files came to a slot, and how many bytes are kept of the whole attempt."""
    rows = select(func.count()).where(ResponseFile.attempt_id == attempt_id, ResponseFile.slot == slot)
    size = select(func.coalesce(func.sum(ResponseFile.byte_size), 0)).where(ResponseFile.attempt_id == attempt_id)
    return tx.scalars(rows).one(), int(tx.scalars(size).one())


def _file(tx: Session, attempt_id: uuid.UUID, slot: int, sha256: str) -> ResponseFile | None:
    return tx.scalar(select(ResponseFile).filter_by(attempt_id=attempt_id, slot=slot, sha256=sha256))
