"""Archives: ZIP files from anybody, opened so that nothing in them can harm.

One rule: what an archive says of itself is judged before one byte is unpacked, and no name in it reaches a file system.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, LargeZipFile, ZipFile, ZipInfo

from kernel.errors import Fault
from kernel.sentences import say
from question_bank.documents import FAULTS_SHOWN_MAX, DocumentRefused, quoted

ENTRIES_MAX = 250_000
ENTRY_BYTES_MAX = 64 * 1024 * 1024
ARCHIVE_BYTES_MAX = 2 * 1024 * 1024 * 1024
RATIO_MAX = 200
"""XML of many alike items shrinks to a fiftieth; what shrinks more than this was made to burst."""
TAGS_FREE = 100_000
TAGS_PER_BYTE = 1
"""Tags cost a thousand times what it costs to send them packed, so their number is bounded by what was sent."""
_SMALL = 1024 * 1024
_PIECE = 1024 * 1024
_NAME_BYTES_MAX = 500
_LOCAL_HEADER_BYTES = 30
_ENCRYPTED = 0x1
_UNIX_MODE = 16
_STRANGE_NAME = re.compile(r'^$|[\x00-\x1f\x7f\\:*?"<>|]|^/|^~|(^|/)\.\.?(/|$)|//')
_BROKEN = (
    BadZipFile,
    LargeZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
    EOFError,
    struct.error,
    zlib.error,
)


class Archive:
    """A ZIP file whose table of contents has been judged."""

    def __init__(
        self,
        source: BinaryIO,
        *,
        file: str,
        entry_bytes_max: int = ENTRY_BYTES_MAX,
        larger: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """Open an archive.

        Args:
            source: seekable, opened by the caller and closed by it.
            file: its name, for messages.
            entry_bytes_max: of one file in it, unpacked.
            larger: files that are read in pieces, and how many bytes each of them may have instead.

        Raises:
            DocumentRefused: it is no ZIP file, or holds what no package needs.
        """
        self._file = file
        try:
            self._zip = ZipFile(source)
            entries = [entry for entry in self._zip.infolist() if not entry.filename.endswith("/")]
            packed = source.seek(0, os.SEEK_END)  # what entries say of their packed sizes need not be so
        except _BROKEN as error:
            raise refused(file, [Fault(file, say("is no ZIP file that can be read"))]) from error
        faults = list(_faults(entries, lambda name: larger.get(name, entry_bytes_max), packed))
        if faults:
            raise refused(file, [Fault(f"{file}/{name}" if name else file, message) for name, message in faults])
        self._entries = {entry.filename: entry for entry in entries}
        self.tags_left = TAGS_FREE + TAGS_PER_BYTE * packed
        """Of XML: whoever reads some takes its tags away (:meth:`spend`)."""

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    @property
    def names(self) -> list[str]:
        """The names of the files in it, in their order."""
        return list(self._entries)

    def read(self, name: str, bytes_max: int = ENTRY_BYTES_MAX) -> bytes:
        """Return what stands in one file.

        Raises:
            DocumentRefused: it is damaged or larger than this place takes.
        """
        entry = self._entries[name]
        if entry.file_size > bytes_max:
            message = say("has %(count)s bytes; at most %(most)s are taken", count=entry.file_size, most=bytes_max)
            raise refused(self._file, [Fault(f"{self._file}/{name}", message)])
        return b"".join(self.pieces(name))

    def spend(self, xml: bytes) -> bool:
        """Take the tags of XML that is about to be read from what the archive may have; False when it has no more."""
        self.tags_left -= xml.count(b"<")
        return self.tags_left >= 0

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield what stands in one file, a mebibyte at a time.

        Raises:
            DocumentRefused: it is damaged.
        """
        try:
            with self._zip.open(self._entries[name]) as unpacked:
                while piece := unpacked.read(_PIECE):
                    yield piece
        except _BROKEN as error:
            raise refused(
                self._file, [Fault(f"{self._file}/{name}", say("is damaged and cannot be unpacked"))]
            ) from error


def refused(file: str, faults: list[Fault]) -> DocumentRefused:
    """Return the refusal of an archive, with the first hundred of its faults."""
    told = say("1 fault") if len(faults) == 1 else say("%(count)s faults", count=len(faults))
    return DocumentRefused(
        say("%(file)s: %(told)s; nothing was changed", file=file, told=told), faults=faults[:FAULTS_SHOWN_MAX]
    )


def _faults(entries: list[ZipInfo], bytes_max_of: Callable[[str], int], packed: int) -> Iterator[tuple[str, str]]:
    if len(entries) > ENTRIES_MAX:
        yield "", say("has %(count)s files; at most %(most)s are taken", count=len(entries), most=ENTRIES_MAX)
        return
    total = sum(entry.file_size for entry in entries)
    if total > ARCHIVE_BYTES_MAX:
        yield (
            "",
            say(
                "holds %(total)s bytes once it is unpacked; at most %(most)s are taken",
                total=total,
                most=ARCHIVE_BYTES_MAX,
            ),
        )
    if total > max(_SMALL, RATIO_MAX * packed):
        yield "", say("would grow more than %(most)s times when it is unpacked", most=RATIO_MAX)
    for entry in entries:
        yield from ((entry.filename[:100], fault) for fault in _faults_of(entry, bytes_max_of(entry.filename)))
    for name, count in Counter(entry.filename for entry in entries).items():
        if count > 1:
            yield name[:100], say("stands %(count)s times in the archive", count=count)
    in_order = sorted(entries, key=lambda entry: entry.header_offset)
    for entry, following in pairwise(in_order):
        if entry.header_offset + _LOCAL_HEADER_BYTES + entry.compress_size > following.header_offset:
            yield (
                following.filename[:100],
                say("lies over %(other)s, as in archives made to burst", other=quoted(entry.filename)),
            )


def _faults_of(entry: ZipInfo, bytes_max: int) -> Iterator[str]:
    if _STRANGE_NAME.search(entry.filename) or len(entry.filename.encode("utf-8", "replace")) > _NAME_BYTES_MAX:
        yield say("has a name that leads out of the package or cannot be one")
    if entry.flag_bits & _ENCRYPTED:
        yield say("is encrypted")
    if stat.S_IFMT(entry.external_attr >> _UNIX_MODE) not in {0, stat.S_IFREG}:
        yield say("is a link or a device, not a file")
    if entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        yield say("is packed in a way that is not taken; use Deflate")
    if entry.file_size > bytes_max:
        yield say("has %(count)s bytes; at most %(most)s are taken", count=entry.file_size, most=bytes_max)
    elif entry.file_size > _SMALL and entry.file_size > RATIO_MAX * entry.compress_size:
        yield say("would grow more than %(most)s times when it is unpacked", most=RATIO_MAX)
