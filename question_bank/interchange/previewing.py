"""Previewing: what an import of a document would bring in, change and refuse, told before anything is saved.

One rule: the agreement names all that was shown, so whoever repeats it agrees to this and to nothing else.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import BinaryIO

from sqlalchemy.orm import Session

from kernel.canonical import canonical_json, digest
from kernel.db import portions
from kernel.errors import NotFound, TooLarge
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.competences import Framework, competence_ids
from question_bank.interchange.completion import Completion, Supplied
from question_bank.interchange.entries import Entry, Item, Source
from question_bank.interchange.files import FilesWithin
from question_bank.interchange.formats import ItemFormat, format_named
from question_bank.interchange.judging import Judged, Judging
from question_bank.interchange.losses import LossKind, LossReport

_PIECE = 1024 * 1024
AGREED_KINDS = (LossKind.CHANGED, LossKind.OPEN, LossKind.REFUSED)
PROGRESS_EVERY = 1000
ITEMS_MAX = 5000
"""Of a document that is taken in while somebody waits, and others wait to write."""
Progress = Callable[[str, int], None]
"""Told now and then what is done, ``reading`` or ``taking in``, and with how many questions."""


def quietly(step: str, count: int) -> None:
    """Tell nobody."""
    del step, count


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do.

    Attributes:
        framework_id: into which it was previewed.
        items: those that would be taken, in the shape of the bank file, with the place of each in the document. They
            are in a temporary file: whoever walks through them holds one at a time.
        becoming: by name ``new``, ``next`` (another version of an item of the bank) or ``same``; the name is the code,
            and of a translation its language too (:attr:`Judged.name`).
        enemies: by code, of those that have some.
        agreement: names the document, its format and language, what was supplied, the framework, what each item would
            become, and the report; an import with losses repeats it.
    """

    framework_id: uuid.UUID
    file: str
    format_name: str
    report: LossReport
    items: Sequence[Judged]
    becoming: dict[str, str]
    enemies: dict[str, tuple[str, ...]]
    agreement: str
    language: str
    document: str
    files: FilesWithin

    @property
    def is_lossless(self) -> bool:
        """Whether nothing of the document is lost or changed."""
        return not any(self.report.counts[kind] for kind in AGREED_KINDS)


def preview_items(
    tx: Session,
    framework: Framework,
    stream: BinaryIO,
    *,
    file: str,
    format_name: str,
    supplied: Supplied,
    actor: Actor,
    items_max: int | None = None,
    progress: Progress = quietly,
) -> Preview:
    """Read a document whole and tell what an import would bring in, change and refuse; nothing is saved.

    Args:
        stream: of the document's bytes; it can be read from its beginning again.
        items_max: how many questions, refused ones included, a document may have that is sent by somebody who waits.

    Raises:
        UnknownFormat: items are not exchanged in this format.
        TooLarge: more bytes than the format takes, or more questions.
        DocumentRefused: it cannot be read in this format at all.
        NotFound: the framework is another organisation's.
    """
    refuse_strangers(framework, actor)
    form = format_named(format_name)
    document = _measured(stream, form, file)
    report = LossReport()
    language = supplied.language or framework.language
    files = FilesWithin(file)
    source = Source(stream, file, language, report, files, framework, files.size_of)
    competences = competence_ids(tx, framework)
    completion = Completion(supplied, competences, report, file)
    judging = Judging(tx, framework, language, competences, report, files.facts)
    for portion in portions(_completed(_counted(form.read(source), file, items_max), completion, progress)):
        judging.take(portion)
    completion.tell()
    judging.settle()
    for subject in judging.subjects:
        report.take(subject)
    facts = {"format": format_name, "language": language, "framework": str(framework.id), "supplied": asdict(supplied)}
    return Preview(
        framework_id=framework.id,
        file=file,
        format_name=format_name,
        report=report,
        items=judging.spool,
        becoming=judging.becoming,
        enemies=judging.enemies,
        agreement=digest({"document": document, **facts, "shown": _told(report, judging.becoming)}),
        language=language,
        document=document,
        files=files,
    )


def _counted(entries: Iterable[Entry], file: str, items_max: int | None) -> Iterator[Entry]:
    for number, entry in enumerate(entries, 1):
        refuse_many(number, file, items_max)
        yield entry


def refuse_many(count: int, file: str, items_max: int | None) -> None:
    """Raise TooLarge where a document has more questions than are taken while somebody waits."""
    if items_max is not None and count > items_max:
        message = say(
            "%(file)s: more than %(items_max)s questions; split it, or let an operator run exam-engine import-items",
            file=file,
            items_max=items_max,
        )
        raise TooLarge(message)


def _completed(
    entries: Iterable[Entry], completion: Completion, progress: Progress
) -> Iterator[tuple[Entry, Item | None]]:
    """Yield all entries, numbered as they stand: what is given up or incomplete has no item, and keeps its number."""
    for number, entry in enumerate(entries, 1):
        if entry.translates or not entry.item:
            yield entry, entry.item or None
        else:
            yield entry, completion.completed(entry, number)
        if number % PROGRESS_EVERY == 0:
            progress("reading", number)


def refuse_strangers(framework: Framework, actor: Actor) -> None:
    """Raise NotFound where the framework is another organisation's."""
    if framework.organisation_id != actor.organisation_id:
        message = say("there is no framework %(code)r", code=framework.code)
        raise NotFound(message)


def _measured(stream: BinaryIO, form: ItemFormat, file: str) -> str:
    """Return the SHA-256 of a document that is not too large, and go back to its beginning."""
    found, size = hashlib.sha256(), 0
    while piece := stream.read(_PIECE):
        size += len(piece)
        if size > form.bytes_max:
            message = say(
                "%(file)s: more than the %(bytes_max)s bytes that %(name)s takes; split it",
                file=file,
                bytes_max=form.bytes_max,
                name=form.name,
            )
            raise TooLarge(message)
        found.update(piece)
    stream.seek(0)
    return found.hexdigest()


def _told(report: LossReport, becoming: Mapping[str, str]) -> str:
    told = hashlib.sha256()
    for code, what in becoming.items():
        told.update(canonical_json([code, what]))
    for loss in report.losses:
        told.update(canonical_json([loss.kind.value, loss.place, loss.subject, loss.message]))
    return told.hexdigest()


def counted(becoming: Iterable[str]) -> dict[str, int]:
    """Return how many items are new, the next version of one, or the same as before."""
    count = Counter(becoming)
    return {name: count[name] for name in ("new", "next", "same")}
