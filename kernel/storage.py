"""Storage: bytes kept under their own SHA-256, in a folder or in a bucket of whatever speaks S3.

One rule: a name is given back only once its bytes are durable; so whatever has a name can be read, and reads the same.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import url2pathname

from obstore.exceptions import BaseError
from obstore.store import LocalStore, MemoryStore, S3Store

from kernel.errors import DomainError, NotFound
from kernel.sentences import say

CHUNK_BYTES = 256 * 1024
_PATIENCE = timedelta(seconds=20)
"""How long one request to a bucket is tried again; a person is waiting for it."""
_SHARD_CHARACTERS = 2


class StorageAway(DomainError):
    """What is stored cannot be reached now; nothing was changed."""

    code = "storage_away"
    status = 503
    title = "Please try again in a moment"


class NotStored(NotFound):
    """Nothing is stored under this name."""

    code = "not_stored"


class StorageDamaged(DomainError):
    """What is stored is no longer what its name says; it has to be restored from a copy."""

    code = "storage_damaged"
    status = 500
    title = "What is stored here is damaged"


class Storage(Protocol):
    """Where bytes are kept. A name is the lower-case hexadecimal SHA-256 of what it names."""

    def put(self, content: bytes) -> str:
        """Keep bytes and return their name; keeping them again changes nothing."""
        ...

    def get(self, name: str) -> bytes:
        """Return what has a name.

        Raises:
            NotStored: there is nothing.
            StorageDamaged: it is not what the name says.
        """
        ...

    def stream(self, name: str, start: int, stop: int) -> Iterator[bytes]:
        """Return the bytes from ``start`` up to, not including, ``stop``, in pieces as they come.

        Raises:
            NotStored: there is nothing; said before the first piece.
        """
        ...

    def verify(self, name: str) -> int:
        """Read what has a name once through, in pieces, and return how many bytes it has.

        Raises:
            DomainError: as :meth:`get`.
        """
        ...

    def exists(self, name: str) -> bool:
        """Tell whether something is stored under a name."""
        ...


class ObjectStorage:
    """A store of objects, each under its name below a folder of two characters."""

    def __init__(self, store: LocalStore | S3Store | MemoryStore) -> None:
        self._store = store

    def put(self, content: bytes) -> str:
        """See :class:`Storage`."""
        name = hashlib.sha256(content).hexdigest()
        with _reached():
            # What stands there may be the rest of a write that a power cut ended: it is compared, not believed.
            if self._read(name) != content:
                self._store.put(_path_of(name), content, use_multipart=False)
            self._settle(name)
        return name

    def get(self, name: str) -> bytes:
        """See :class:`Storage`."""
        with _reached():
            content = self._read(name)
        if content is None:
            raise _not_stored(name)
        _refuse_damaged(name, hashlib.sha256(content).hexdigest())
        return content

    def stream(self, name: str, start: int, stop: int) -> Iterator[bytes]:
        """See :class:`Storage`."""
        with _reached():
            try:
                found = self._store.get(_path_of(name), options={"range": (start, stop)})
            except FileNotFoundError as error:
                raise _not_stored(name) from error
        return (bytes(piece) for piece in found.stream(min_chunk_size=CHUNK_BYTES))

    def verify(self, name: str) -> int:
        """See :class:`Storage`."""
        found, size = hashlib.sha256(), 0
        with _reached():
            try:
                pieces = self._store.get(_path_of(name)).stream(min_chunk_size=CHUNK_BYTES)
            except FileNotFoundError as error:
                raise _not_stored(name) from error
            for piece in pieces:
                found.update(piece)
                size += len(piece)
        _refuse_damaged(name, found.hexdigest())
        return size

    def exists(self, name: str) -> bool:
        """See :class:`Storage`."""
        with _reached():
            try:
                self._store.head(_path_of(name))
            except FileNotFoundError:
                return False
        return True

    def _read(self, name: str) -> bytes | None:
        try:
            return bytes(self._store.get(_path_of(name)).bytes())
        except FileNotFoundError:
            return None

    def _settle(self, name: str) -> None:
        """Wait until what was put is durable; a bucket answers only then."""


class FolderStorage(ObjectStorage):
    """A folder of this machine. Files are renamed into place whole, and waited for until the disk has them."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(LocalStore(folder))
        self._folder = folder

    def _settle(self, name: str) -> None:
        path = self._folder / _path_of(name)
        for place in (path, path.parent, self._folder):
            descriptor = os.open(place, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def open_storage(url: str) -> Storage:
    """Open the storage that a URL names: ``file:///folder`` or ``s3://bucket/prefix``.

    Address, region and keys of a bucket come from the environment, under the names that other S3 clients read.

    Raises:
        ValueError: no storage is named like this.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc == "" and parts.path.strip("/"):
        return FolderStorage(Path(url2pathname(parts.path)))
    if parts.scheme == "s3" and parts.netloc:
        return ObjectStorage(
            S3Store(
                parts.netloc,
                prefix=parts.path.strip("/") or None,
                retry_config={"max_retries": 5, "retry_timeout": _PATIENCE},
            )
        )
    message = f"EXAM_ENGINE_STORAGE_URL: {url!r} names no storage; write file:///folder or s3://bucket/prefix"
    raise ValueError(message)


@contextmanager
def _reached() -> Iterator[None]:
    """Turn what the store complains of into a refusal; its own messages name keys and addresses, and stay in the log."""
    try:
        yield
    except (BaseError, OSError) as error:
        message = say("the storage of pictures, recordings and documents does not answer")
        raise StorageAway(message, retry_after_seconds=5) from error


def _path_of(name: str) -> str:
    return f"{name[:_SHARD_CHARACTERS]}/{name}"


def _not_stored(name: str) -> NotStored:
    return NotStored(say("nothing is stored as %(name)s", name=name))


def _refuse_damaged(name: str, found: str) -> None:
    if found != name:
        message = say(
            "what is stored as %(name)s is something else; put the file from a backup in its place", name=name
        )
        raise StorageDamaged(message)
