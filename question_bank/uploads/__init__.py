"""Uploads: pictures, recordings and documents as they come from outside, told apart and made harmless. Pure.

One rule: each is one of a few formats that browsers show without running anything; all others are refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from types import MappingProxyType

from kernel.sentences import say
from question_bank.media_types import SUFFIXES
from question_bank.uploads import apart, exhibits, pictures, recordings, texts
from question_bank.uploads.pictures import pixels_to_decode
from question_bank.uploads.upload import Upload, UploadRefused

__all__ = [
    "MEDIA_TYPES",
    "RESPONSE_FILE_TYPES",
    "UPLOAD_BYTES_MAX",
    "Upload",
    "UploadRefused",
    "pixels_to_decode",
    "read_response_file",
    "read_upload",
]

UPLOAD_BYTES_MAX = 20 * 1024 * 1024
_Reader = Callable[[bytes], Upload]
_BEGINNINGS: tuple[tuple[bytes, str, _Reader], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png", pictures.read_png),
    (b"\xff\xd8\xff", "image/jpeg", pictures.read_jpeg),
    (b"OggS", "audio/ogg", recordings.read_ogg),
    (b"ID3", "audio/mpeg", recordings.read_mp3),
    *(
        (beginning, "audio/mpeg", recordings.read_mp3)
        for beginning in (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2")
    ),
    (b"%PDF-", "application/pdf", apart.read_pdf),
)
_RIFF = MappingProxyType({b"WEBP": ("image/webp", pictures.read_webp), b"WAVE": ("audio/wav", recordings.read_wav)})
_ADVICE: tuple[tuple[bytes, str], ...] = (
    (b"GIF8", say("a GIF picture; save it as PNG")),
    (b"BM", say("a BMP picture; save it as PNG")),
    (b"II*\0", say("a TIFF picture; save it as PNG")),
    (b"MM\0*", say("a TIFF picture; save it as PNG")),
    (b"PK\x03\x04", say("a ZIP archive or an office document; save what is in it as PDF")),
    (b"fLaC", say("a FLAC recording; save it as MP3")),
    (b"<", say("a text with tags, such as SVG or HTML, which may hold programs; save the picture as PNG")),
)
_ISO_MEDIA = slice(4, 8)
_TEXT_READERS = MappingProxyType({"text/csv": texts.read_table, "text/plain": texts.read_plain})
MEDIA_TYPES = (*pictures.MEDIA_TYPES, *recordings.MEDIA_TYPES, *exhibits.MEDIA_TYPES)
RESPONSE_FILE_TYPES = (*MEDIA_TYPES, *texts.MEDIA_TYPES)
"""What candidates may hand in, where an item asks for it."""


def read_upload(content: bytes) -> Upload:
    """Return a file as it will be kept: read whole, in one known format, without metadata.

    What it returns is a fixed point: kept bytes that are exported and taken in again keep their hash. It takes up to
    some seconds and some hundred megabytes of memory, so no transaction should be open meanwhile.

    Raises:
        UploadRefused: it is empty, too large, damaged, of another format, or holds what could act by itself.
    """
    if not content:
        message = say("the file is empty")
        raise UploadRefused(message)
    if len(content) > UPLOAD_BYTES_MAX:
        message = say(
            "the file has %(count)s bytes; at most %(most)s MiB are taken",
            count=len(content),
            most=UPLOAD_BYTES_MAX // 1024**2,
        )
        raise UploadRefused(message)
    upload = _reader_for(content)(content)
    if len(upload.content) > UPLOAD_BYTES_MAX:
        message = say(
            "the file would be kept with more than %(most)s MiB; make it smaller", most=UPLOAD_BYTES_MAX // 1024**2
        )
        raise UploadRefused(message)
    return upload


def read_response_file(content: bytes, accepts: AbstractSet[str]) -> Upload:
    """Return a file that a candidate hands in as it will be kept; see :func:`read_upload`.

    Texts say by nothing what they are: where no other reader knows the beginning, they are read as what is asked for,
    a table before a plain text.

    Args:
        accepts: media types out of :data:`RESPONSE_FILE_TYPES`.

    Raises:
        UploadRefused: it is none of them, or :func:`read_upload` would not take it.
    """
    media_type, _ = _known(content) or ("", None)
    asked = [reader for text_type, reader in _TEXT_READERS.items() if text_type in accepts]
    if asked and media_type not in accepts and texts.could_be_text(content):
        try:
            return _read_text(content, asked)
        except UploadRefused:
            if not media_type:
                raise
    if media_type and media_type not in accepts:  # before it is read, which takes time
        asked_for = ", ".join(sorted(SUFFIXES[name].upper() for name in accepts))
        message = say(
            "this is a %(format)s file; asked for here are %(asked_for)s",
            format=SUFFIXES[media_type].upper(),
            asked_for=asked_for,
        )
        raise UploadRefused(message)
    return read_upload(content)


def _read_text(content: bytes, readers: Sequence[_Reader]) -> Upload:
    for reader in readers[:-1]:
        with suppress(UploadRefused):
            return reader(content)
    return readers[-1](content)


def _known(content: bytes) -> tuple[str, _Reader] | None:
    """Return what a file claims to be by its beginning, and who reads that."""
    if content.startswith(b"RIFF"):
        return _RIFF.get(content[8:12])
    named = ((media_type, reader) for beginning, media_type, reader in _BEGINNINGS if content.startswith(beginning))
    return next(named, None)


def _reader_for(content: bytes) -> _Reader:
    if (known := _known(content)) is not None:
        return known[1]
    found = next(
        (told for beginning, told in _ADVICE if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(beginning)), ""
    )
    if content[_ISO_MEDIA] == b"ftyp":
        found = say("an MP4, M4A, HEIC or AVIF file; save recordings as MP3 and pictures as JPEG or PNG")
    message = say(
        "this is %(found)s; taken are %(taken)s",
        found=found or say("a file of a format that is not known here"),
        taken=_TAKEN,
    )
    raise UploadRefused(message)


_TAKEN = say("PNG, JPEG and WebP pictures, MP3, Ogg (Opus or Vorbis) and WAV recordings, and PDF documents")
