"""Files as people upload them, made on the spot: pictures, recordings and documents, sound and hostile."""

from __future__ import annotations

import io
import wave
from typing import Any

import pikepdf
from mutagen.ogg import OggPage
from obstore.store import MemoryStore
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from kernel.storage import ObjectStorage

STORAGE = ObjectStorage(MemoryStore())
"""Holds media by their hash, so tests that share it cannot meet."""
OPUS_SECOND = 50
"""Packets of 20 ms."""


def picture(width: int = 600, height: int = 400, mode: str = "RGB") -> Image.Image:
    """Four fields of different colours with a frame around them."""
    drawn = Image.new("RGB", (width, height), "#f5f4f0")
    pen = ImageDraw.Draw(drawn)
    for number, colour in enumerate(("#1c4b78", "#a5843f", "#14603b", "#962a22")):
        left, top = number % 2 * width // 2 + width // 10, number // 2 * height // 2 + height // 10
        pen.rectangle((left, top, left + width * 3 // 10, top + height * 3 // 10), fill=colour)
    return drawn.convert(mode)


def saved(image: Image.Image, image_format: str, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, image_format, **options)
    return target.getvalue()


def png(width: int = 600, height: int = 400, *, comment: str = "") -> bytes:
    info = PngInfo()
    if comment:
        info.add_text("Comment", comment)
    return saved(picture(width, height), "PNG", pnginfo=info)


def jpeg(width: int = 600, height: int = 400, *, orientation: int = 1, place: str = "") -> bytes:
    """A JPEG with the metadata a telephone writes: how it was held, and where."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "A telephone"
    if place:
        exif[0x9286] = place
    return saved(picture(width, height), "JPEG", exif=exif, comment=place.encode(), quality=85)


def wav(seconds: int = 1) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(range(250)) * 64 * seconds)
    return target.getvalue()


def mp3(frames: int = 100) -> bytes:
    """Frames of silence: 128 kbit/s at 44.1 kHz, 417 bytes for 1152 samples."""
    return (bytes.fromhex("fffb9000") + bytes(413)) * frames


def opus(seconds: int = 2) -> bytes:
    """Silence in Opus: a head, tags with a title, and one page of packets."""
    head = b"OpusHead" + bytes([1, 1]) + (0).to_bytes(2, "little") + (48000).to_bytes(4, "little") + bytes(3)
    title = b"TITLE=A secret"
    tags = b"OpusTags" + (4).to_bytes(4, "little") + b"test" + (1).to_bytes(4, "little")
    tags += len(title).to_bytes(4, "little") + title
    pages = []
    for number, packets in enumerate(([head], [tags], [b"\xf8\xff\xfe"] * OPUS_SECOND * seconds)):
        page = OggPage()
        page.serial, page.sequence, page.packets = 7, number, list(packets)
        page.position = 48000 * seconds if number == 2 else 0
        page.first, page.last = number == 0, number == 2
        pages.append(page.write())
    return b"".join(pages)


def pdf(*, pages: int = 1, **root: Any) -> bytes:
    """A document whose catalogue has further members."""
    document = pikepdf.new()
    for _ in range(pages):
        document.add_blank_page()
    document.docinfo["/Author"] = "A secret author"
    for name, value in root.items():
        document.Root[f"/{name}"] = value
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()
