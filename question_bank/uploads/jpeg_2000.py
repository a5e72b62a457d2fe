"""JPEG 2000 files as documents hold them, box by box: only what a decoder needs of them is kept (ISO/IEC 15444-1, I.4).

One rule: the picture itself is not decoded and coded again, as with JPEG.
"""

from __future__ import annotations

from kernel.sentences import say
from question_bank.uploads.upload import UploadRefused

_CODESTREAM = b"\xff\x4f\xff\x51"
_SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
_NEEDED = frozenset({b"jP  ", b"ftyp", b"rreq", b"jp2h", b"jpch", b"jplh", b"jp2c"})
"""Who wrote it, where and with what stands in others: ``xml ``, ``uuid``, ``uinf`` and ``jp2i``."""
_HEAD, _WIDE_HEAD = 8, 16


def bare_jpeg_2000(content: bytes) -> bytes:
    """Return a JPEG 2000 picture without metadata; a bare codestream stays as it is.

    Raises:
        UploadRefused: its boxes do not follow each other to its end.
    """
    if content.startswith(_CODESTREAM):
        return content
    if not content.startswith(_SIGNATURE):
        raise _damaged()
    kept = []
    at = 0
    while at < len(content):
        length, name = int.from_bytes(content[at : at + 4]), content[at + 4 : at + _HEAD]
        if length == 0:  # it reaches to the end
            length = len(content) - at
        elif length == 1:
            length = max(int.from_bytes(content[at + _HEAD : at + _WIDE_HEAD]), _WIDE_HEAD)
        if length < _HEAD or at + length > len(content):
            raise _damaged()
        if name in _NEEDED:
            kept.append(content[at : at + length])
        at += length
    return b"".join(kept)


def _damaged() -> UploadRefused:
    return UploadRefused(say("this JPEG 2000 picture is damaged or cut off"))
