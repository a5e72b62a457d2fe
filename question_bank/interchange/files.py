"""Files that come within a document: pictures, recordings and exhibits, which become media with the items that show them.

One rule: a preview names them as an import would and keeps nothing; an import keeps those that its items show.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from kernel.errors import TooLarge
from kernel.permissions import Actor
from kernel.sentences import say
from kernel.storage import Storage
from question_bank.media import (
    DESCRIPTION_CHARACTERS_MAX,
    FILE_NAME_CHARACTERS_MAX,
    StoredFile,
    add_medium,
    facts_of,
)
from question_bank.media_types import MEDIA_SUFFIXES
from question_bank.uploads import UploadRefused, pixels_to_decode, read_upload

BYTES_MAX: Final = 512 * 1024 * 1024
"""Of the files of one document: they wait in memory until it is read whole."""
FILES_MAX: Final = 2000
PIXELS_MAX: Final = 500_000_000
"""Of all pictures of one document; more of them would keep others from reading theirs for minutes."""
_REMEMBERED_MAX: Final = 10_000


class _Come(NamedTuple):
    """A file as it came, and what is said about it."""

    name: str
    content: bytes
    description: str


class _Judgements:
    """What files were found to be, by the hash of what came: a report is looked at often, a picture is decoded once."""

    def __init__(self) -> None:
        self._facts: OrderedDict[str, StoredFile | str] = OrderedDict()
        self._turn = Lock()

    def of(self, came: str, content: bytes) -> StoredFile:
        """Return what a file is, as it will be kept; UploadRefused where it cannot be taken."""
        with self._turn:
            found = self._facts.get(came)
            if found is not None:
                self._facts.move_to_end(came)
        if found is None:
            found = self._facts_of(content)
            with self._turn:
                self._facts[came] = found
                if len(self._facts) > _REMEMBERED_MAX:
                    self._facts.popitem(last=False)
        if isinstance(found, str):
            raise UploadRefused(found)
        return found

    @staticmethod
    def _facts_of(content: bytes) -> StoredFile | str:
        """Return what a file is, or why it cannot be taken."""
        try:
            upload = read_upload(content)
        except UploadRefused as refusal:
            return refusal.detail
        return facts_of(upload, hashlib.sha256(upload.content).hexdigest())


_judgements = _Judgements()


@dataclass(slots=True)
class FilesWithin:
    """The files of one document, as its items name them."""

    file: str = ""
    """The document, as refusals name it."""
    facts: dict[str, StoredFile] = field(default_factory=dict)
    """By the hash of what will be kept."""
    _come: dict[str, _Come] = field(default_factory=dict)
    _addresses: dict[str, str] = field(default_factory=dict)
    """By the hash of what came."""
    _seen: set[str] = field(default_factory=set)
    """The hashes of what came, also of what was refused."""
    _stored: set[str] = field(default_factory=set)
    _byte_size: int = 0
    _pixels: int = 0

    def __call__(self, name: str, content: bytes, description: str = "") -> str:
        """Return the address that a file has as a medium.

        Raises:
            UploadRefused: it cannot be taken.
            TooLarge: the document has more files, bytes or pixels than one may have; nothing of it is taken.
        """
        came = hashlib.sha256(content).hexdigest()
        if came not in self._seen:  # what is refused costs as much as what is taken
            self._seen.add(came)
            self._refuse_more(len(self._seen) > FILES_MAX, f"{FILES_MAX} files")
            self._byte_size += len(content)
            self._refuse_more(self._byte_size > BYTES_MAX, f"{BYTES_MAX // 1024**2} MiB of files")
            self._pixels += pixels_to_decode(content)
            self._refuse_more(self._pixels > PIXELS_MAX, f"{PIXELS_MAX} pixels in its pictures")
        if came not in self._addresses:
            facts = _judgements.of(came, content)
            self.facts[facts.sha256] = facts
            self._come[facts.sha256] = _Come(name, content, description)
            self._addresses[came] = f"media:{facts.sha256}.{MEDIA_SUFFIXES[facts.media_type]}"
        return self._addresses[came]

    def size_of(self, address: str) -> tuple[int, int] | None:
        """Return how wide and high a picture among these files is, in pixels; None for what is none."""
        facts = self.facts.get(address.removeprefix("media:").partition(".")[0])
        return (facts.width, facts.height) if facts and facts.width and facts.height else None

    def content_of(self, sha256: str) -> bytes:
        """Return the bytes of a file as they will be kept, for whoever looks at the document before it is taken in."""
        return read_upload(self._come[sha256].content).content

    def store(self, storage: Storage, shown: Iterable[str]) -> None:
        """Put the files of these hashes into the storage, each once. No transaction should be open: it takes time."""
        for sha256 in sorted((self.facts.keys() & set(shown)) - self._stored):
            storage.put(self.content_of(sha256))
            self._stored.add(sha256)

    def add(self, tx: Session, *, actor: Actor, now: datetime) -> None:
        """Add the files that were stored to the actor's bank."""
        for sha256 in sorted(self._stored):
            come = self._come[sha256]
            label = {
                "file_name": _printable(come.name, FILE_NAME_CHARACTERS_MAX),
                "description": _printable(come.description, DESCRIPTION_CHARACTERS_MAX),
            }
            add_medium(tx, self.facts[sha256], **label, actor=actor, now=now)

    def _refuse_more(self, is_more: bool, most: str) -> None:
        if is_more:
            message = say(
                "%(file)s: more than %(most)s, the most that one document may bring; split it",
                file=self.file,
                most=most,
            )
            raise TooLarge(message)


def _printable(text: str, characters_max: int) -> str:
    """A label is for people to find a file again: what cannot be printed of it, or is too long, is left out."""
    return "".join(sign for sign in text if sign.isprintable())[-characters_max:].strip()
