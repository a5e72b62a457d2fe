"""Recordings: MP3, Ogg with Opus or Vorbis, and WAV, followed from their first byte to their last, without tags.

One rule: whoever opens the file finds sound and nothing else: no names, no covers, nothing before, between or behind.
"""

from __future__ import annotations

import io
import struct
from types import MappingProxyType
from typing import Any

from mutagen import MutagenError, apev2, id3
from mutagen.mp3 import MP3
from mutagen.ogg import OggPage
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from kernel.sentences import say
from question_bank.uploads.upload import Upload, UploadRefused

MEDIA_TYPES = ("audio/mpeg", "audio/ogg", "audio/wav")
_DAMAGED = (MutagenError, ValueError, EOFError, IndexError, KeyError, OverflowError, struct.error, TypeError)
_MP3, _OGG, _WAV = "MP3", "Ogg", "WAV"
_OGG_CODECS = ((b"OpusHead", OggOpus), (b"\x01vorbis", OggVorbis))
_FRAMES_MIN = 10
_FRAME_BYTES_MAX = 1441
_KILOBITS = MappingProxyType(
    {
        True: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
        False: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    }
)
_HERTZ = (44100, 48000, 32000)
_OGG_FIRST_PACKET = 28
_WAV_CHUNKS = frozenset({b"fmt ", b"fact", b"data"})
_WAV_PLAIN = frozenset({1, 3})
"""Whole numbers and floating point numbers: what every browser plays."""


def read_mp3(content: bytes) -> Upload:
    """Return an MP3 without its tags; what remains must be frames from the start."""
    try:
        target = io.BytesIO(content)
        id3.delete(target)
        apev2.delete(target)
        kept = _frames_of(target.getvalue())
        return _upload(kept, "audio/mpeg", MP3(io.BytesIO(kept)).info)
    except _DAMAGED as error:
        raise _damaged(_MP3) from error


def read_ogg(content: bytes) -> Upload:
    """Return an Ogg file with one stream of sound and no comments."""
    _follow_pages(content)
    kind = next((kind for mark, kind in _OGG_CODECS if content[_OGG_FIRST_PACKET:].startswith(mark)), None)
    if kind is None:
        message = say("this Ogg file holds something else than Opus or Vorbis sound; save it as Opus or MP3")
        raise UploadRefused(message)
    try:
        target = io.BytesIO(content)
        _forget_tags(kind(target), target)
        kept = target.getvalue()
        _follow_pages(kept)
        return _upload(kept, "audio/ogg", kind(io.BytesIO(kept)).info)
    except _DAMAGED as error:
        raise _damaged(_OGG) from error


def _forget_tags(found: OggOpus | OggVorbis, target: io.BytesIO) -> None:
    tags: Any = found.tags
    tags.vendor = ""
    if isinstance(found, OggOpus):
        tags._pad_data = b""  # noqa: SLF001 - programs may note there what they like, and the library keeps it
    found.delete(target)


def read_wav(content: bytes) -> Upload:
    """Return a WAV file of its format and its samples alone."""
    chunks = dict(_wav_chunks(content))
    if not {b"fmt ", b"data"} <= chunks.keys() or int.from_bytes(chunks[b"fmt "][:2], "little") not in _WAV_PLAIN:
        message = say("this WAV file holds no plain sound; save it as PCM or as MP3")
        raise UploadRefused(message)
    body = b"".join(
        name + len(chunk).to_bytes(4, "little") + chunk + b"\0" * (len(chunk) % 2) for name, chunk in chunks.items()
    )
    kept = b"RIFF" + (4 + len(body)).to_bytes(4, "little") + b"WAVE" + body
    try:
        return _upload(kept, "audio/wav", WAVE(io.BytesIO(kept)).info)
    except _DAMAGED as error:
        raise _damaged(_WAV) from error


def _frames_of(content: bytes) -> bytes:
    """Return an MP3 from its first frame to its last whole one, which may be followed by the rest of one."""
    at = count = 0
    while (size := _frame_bytes(content[at : at + 4])) and at + size <= len(content):
        at, count = at + size, count + 1
    if count < _FRAMES_MIN or len(content) - at > _FRAME_BYTES_MAX:
        raise _damaged(_MP3)
    return content[:at]


def _frame_bytes(head: bytes) -> int:
    """Return the length of an MPEG 1 or 2 layer III frame by its head (ISO/IEC 11172-3, 13818-3); 0 where it is none."""
    word = int.from_bytes(head)
    if len(head) < 4 or word >> 20 != 0xFFF or word >> 17 & 3 != 1:  # noqa: PLR2004 - sync word and layer III
        return 0
    is_first = bool(word >> 19 & 1)
    rate, pace = word >> 12 & 15, word >> 10 & 3
    if rate in {0, 15} or pace == 3:  # noqa: PLR2004 - free format, and values that are not to be used
        return 0
    kilobits, hertz = _KILOBITS[is_first][rate - 1], _HERTZ[pace] // (1 if is_first else 2)
    return (144 if is_first else 72) * kilobits * 1000 // hertz + (word >> 9 & 1)


def _wav_chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    found, at, stop = [], 12, 8 + int.from_bytes(content[4:8], "little")
    while at < min(stop, len(content)):
        name, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        chunk = content[at + 8 : at + 8 + size]
        if len(chunk) < size or len(name) < len(b"data"):
            raise _damaged(_WAV)
        if name in _WAV_CHUNKS:
            found.append((name, chunk))
        at += 8 + size + size % 2
    if stop > len(content):
        raise _damaged(_WAV)
    return found


def _follow_pages(content: bytes) -> None:
    """Refuse an Ogg file whose pages do not follow each other to its end, or belong to more than one stream."""
    source = io.BytesIO(content)
    streams = set()
    try:
        while source.tell() < len(content):
            streams.add(OggPage(source).serial)
    except _DAMAGED as error:
        raise _damaged(_OGG) from error
    if len(streams) != 1:
        message = say("this Ogg file holds more than one stream; save its sound alone")
        raise UploadRefused(message)


def _upload(content: bytes, media_type: str, info: Any) -> Upload:  # noqa: ANN401 - each library class has its own
    milliseconds = round(info.length * 1000)
    if milliseconds <= 0:
        message = say("this recording has no sound in it")
        raise UploadRefused(message)
    return Upload(content, media_type, milliseconds=milliseconds)


def _damaged(kind: str) -> UploadRefused:
    return UploadRefused(say("this %(kind)s recording is damaged or cut off", kind=kind))
