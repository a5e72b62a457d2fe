"""Pictures: decoded whole, turned upright, in the colours of the web, without metadata.

One rule: what is kept shows the same pixels everywhere and says nothing about who took it, with what and where.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Literal

from PIL import Image, ImageCms, ImageOps

from kernel.sentences import say
from question_bank.uploads.jpeg import bare_jpeg
from question_bank.uploads.upload import Upload, UploadRefused

MEDIA_TYPES = ("image/png", "image/jpeg", "image/webp")
PIXELS_MAX = 4096 * 4096
SIDE_PIXELS_MAX = 8192
JPEG_QUALITY = 92
"""Where a JPEG has to be turned or its colours changed; otherwise it keeps the quality it came with."""
_Format = Literal["PNG", "JPEG", "WEBP"]
_ORIENTATION, _UPRIGHT = 0x0112, 1
_TURN = Lock()
# What a decoder of untrusted bytes may raise.
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, OverflowError, TypeError)


def read_png(content: bytes) -> Upload:
    """Return a PNG: one still picture, its pixels coded anew."""
    with _decoding():
        return _upload(_saved(_web_picture(_decoded(content, "PNG")), "PNG"), "image/png")


def read_webp(content: bytes) -> Upload:
    """Return a WebP: one still picture, its pixels coded anew, without a loss."""
    with _decoding():
        return _upload(_saved(_web_picture(_decoded(content, "WEBP")), "WEBP"), "image/webp")


def read_jpeg(content: bytes) -> Upload:
    """Return a JPEG: freed of all but the picture; decoded and coded anew only where it must be turned or converted."""
    bare = bare_jpeg(content)  # before the decoder takes a pass over all pixels for each scan
    with _decoding():
        picture = _decoded(content, "JPEG")
        is_plain = picture.mode in {"L", "RGB"} and _upright(picture) is picture and _is_web_coloured(picture)
        kept = bare if is_plain else bare_jpeg(_saved(_web_picture(picture), "JPEG"))
        _decoded(kept, "JPEG")
        return _upload(kept, "image/jpeg")


def pixels_to_decode(content: bytes) -> int:
    """Return how many pixels reading a file would decode, by what it says of itself; 0 for what is no such picture."""
    try:
        with _decoding(), Image.open(io.BytesIO(content), formats=["PNG", "JPEG", "WEBP"]) as picture:
            _refuse_size(*picture.size)
            return picture.width * picture.height
    except (UploadRefused, Image.DecompressionBombError, *_DAMAGED):
        return 0


@contextmanager
def _decoding() -> Iterator[None]:
    """One picture after the other, since each may take some hundred megabytes; broken metadata are nobody's concern."""
    with _TURN, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _decoded(content: bytes, image_format: _Format) -> Image.Image:
    """Open a picture, look at its size before anything is decoded, and decode it to its last pixel."""
    try:
        picture = Image.open(io.BytesIO(content), formats=[image_format])
        _refuse_size(*picture.size)
        if getattr(picture, "n_frames", 1) > 1 and picture.format != "MPO":
            message = say(
                "this picture moves, which takes attention and time from a candidate; save one still picture of it"
            )
            raise UploadRefused(message)
        picture.load()
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except _DAMAGED as error:
        message = say("this %(image_format)s picture is damaged or cut off", image_format=image_format)
        raise UploadRefused(message) from error
    return picture


def _web_picture(picture: Image.Image) -> Image.Image:
    """Return the same picture upright, in sRGB, with or without transparency, knowing nothing else."""
    turned = _upright(picture)
    if turned.mode.startswith(("I", "F")):  # sixteen bits of grey; a plain conversion would cut off what is bright
        turned = turned.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if not _is_web_coloured(turned):
        turned = _in_srgb(turned)
    plain = turned.convert(_mode_of(turned))
    bare = Image.frombytes(plain.mode, plain.size, plain.tobytes())
    return bare.convert("RGB") if bare.mode == "RGBA" and bare.getextrema()[-1] == (255, 255) else bare


def _mode_of(picture: Image.Image) -> str:
    if picture.has_transparency_data:
        return "LA" if picture.mode == "LA" else "RGBA"
    return "L" if picture.mode in {"1", "L"} else "RGB"


def _is_web_coloured(picture: Image.Image) -> bool:
    profile = picture.info.get("icc_profile")
    if picture.mode == "CMYK":
        return False
    if not profile:
        return True
    try:
        return "sRGB" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError):
        return True  # nobody can read the profile, so nobody sees its colours


def _in_srgb(picture: Image.Image) -> Image.Image:
    profile = picture.info.get("icc_profile")
    if not profile:
        return picture.convert("RGB")
    alpha = picture.getchannel("A") if "A" in picture.getbands() else None
    colours = picture if picture.mode in {"RGB", "CMYK", "L"} else picture.convert("RGB")
    try:
        found = ImageCms.profileToProfile(
            colours, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        found = colours.convert("RGB")
    assert found is not None  # a copy was asked for
    if alpha is not None:
        found.putalpha(alpha)
    return found


def _saved(picture: Image.Image, image_format: _Format) -> bytes:
    options: dict[_Format, dict[str, Any]] = {
        "PNG": {},
        "WEBP": {"lossless": True, "exact": True},
        "JPEG": {"quality": JPEG_QUALITY, "subsampling": 0, "optimize": True},
    }
    if image_format == "JPEG" and picture.mode not in {"L", "RGB"}:
        picture = picture.convert("RGB")
    target = io.BytesIO()
    picture.save(target, image_format, **options[image_format])
    return target.getvalue()


def _upload(content: bytes, media_type: str) -> Upload:
    with Image.open(io.BytesIO(content)) as picture:
        width, height = picture.size
    return Upload(content, media_type, width=width, height=height)


def _upright(picture: Image.Image) -> Image.Image:
    """Return the picture as it was meant to be seen; itself where it is so already, or nobody can tell."""
    try:
        is_turned = picture.getexif().get(_ORIENTATION, _UPRIGHT) != _UPRIGHT
        return ImageOps.exif_transpose(picture) if is_turned else picture
    except _DAMAGED:
        return picture


def _refuse_size(width: int, height: int) -> None:
    if width * height > PIXELS_MAX or max(width, height) > SIDE_PIXELS_MAX:
        raise _too_large()


def _too_large() -> UploadRefused:
    return UploadRefused(
        say(
            "this picture is too large: at most %(side_pixels_max)s pixels on a side and %(pixels_max)s in all are taken",
            side_pixels_max=SIDE_PIXELS_MAX,
            pixels_max=PIXELS_MAX,
        )
    )
