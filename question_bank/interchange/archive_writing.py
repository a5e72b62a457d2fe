"""Writing archives: ZIP files of our own, which wait on the disk until all of them is written.

One rule: the same files in the same order make the same bytes.
"""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_IN_MEMORY_BYTES_MAX = 16 * 1024 * 1024
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_PIECE = 1024 * 1024


def written_archive(write: Callable[[ZipFile], None]) -> Iterator[bytes]:
    """Yield the bytes of an archive that is filled by ``write`` with :func:`put`."""
    with waiting_file() as file:
        with ZipFile(file, "w", ZIP_DEFLATED) as archive:
            write(archive)
        yield from pieces_of(file)


def put(archive: ZipFile, name: str, pieces: Iterable[bytes]) -> None:
    """Put a file into an archive that is written."""
    entry = ZipInfo(name, _LONG_AGO)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    with archive.open(entry, "w") as file:
        file.writelines(pieces)


def waiting_file() -> IO[bytes]:
    """Return a file without a name, in memory while it is short; what is written to it waits until it is read."""
    return tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES_MAX)


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    """Yield what was written to a file from its beginning, a mebibyte at a time."""
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece
