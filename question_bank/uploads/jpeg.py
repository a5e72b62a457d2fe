"""JPEG files, segment by segment: only what a decoder needs of them is kept.

One rule: the picture itself is not decoded and coded again, which would change it a little each time.
"""

from __future__ import annotations

import re

from kernel.sentences import say
from question_bank.uploads.upload import UploadRefused

SCANS_MAX = 32
"""A progressive picture has about ten; each costs a pass over all pixels, and may have no bytes of its own."""
SEGMENTS_MAX = 5000
"""Some hundred, where a telephone notes all it can; each may have no bytes of its own as well."""
_END, _SCAN = 0xD9, 0xDA
# A marker may be preceded by any number of bytes like its first one.
_MARKER = re.compile(rb"\xff+([^\xff])")
# Coded data end at the next marker that is neither a stuffed byte nor a restart.
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7]")
_JFIF = bytes.fromhex("ffe0 0010 4a46494600 0101 00 0001 0001 00 00")
_JFIF_SEGMENT, _ADOBE_SEGMENT = 0xE0, 0xEE
# Tables, frames, restart intervals. Arithmetic coding is not among them.
_NEEDED = frozenset({0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD, _SCAN})
_NOTES = frozenset({*range(0xE0, 0xF0), 0xFE})
"""Application segments and comments."""


def bare_jpeg(content: bytes) -> bytes:
    """Return a JPEG without metadata, comments, further pictures, and whatever follows its end.

    Nothing is decoded, and a decoder finds the segments that are found here: what it could take otherwise is refused.

    Raises:
        UploadRefused: its segments do not follow each other to an end, or there are too many scans.
    """
    kept = [content[:2]]
    at, scans = 2, 0
    for _ in range(SEGMENTS_MAX):
        marker, at = _marker_at(content, at)
        if marker == _END:
            kept.append(b"\xff\xd9")
            return b"".join(kept)
        length = int.from_bytes(content[at : at + 2])
        if length < 2 or marker not in _NEEDED | _NOTES:  # noqa: PLR2004 - it counts its own two bytes
            raise _damaged()
        stop = at + length
        if marker == _SCAN:
            scans += 1
            stop = _end_of_scan(content, stop)
        if scans > SCANS_MAX:
            message = say("this JPEG has more than %(most)s scans; save it anew", most=SCANS_MAX)
            raise UploadRefused(message)
        kept.append(_kept(marker, content[at:stop]))
        at = stop
    message = say("this JPEG has more than %(most)s segments; save it anew", most=SEGMENTS_MAX)
    raise UploadRefused(message)


def _marker_at(content: bytes, at: int) -> tuple[int, int]:
    """Return a marker, and where what it marks begins."""
    found = _MARKER.match(content, at)
    if found is None:
        raise _damaged()
    return found[1][0], found.end()


def _end_of_scan(content: bytes, at: int) -> int:
    found = _END_OF_SCAN.search(content, at)
    if found is None:
        raise _damaged()
    return found.start()


def _kept(marker: int, segment: bytes) -> bytes:
    if marker in _NEEDED:
        return bytes((0xFF, marker)) + segment
    if marker == _JFIF_SEGMENT and segment[2:7] == b"JFIF\0":
        return _JFIF
    if marker == _ADOBE_SEGMENT and segment[2:7] == b"Adobe":
        return b"\xff\xee\x00\x0e" + segment[2:14]
    return b""


def _damaged() -> UploadRefused:
    return UploadRefused(say("this JPEG is damaged or cut off"))
