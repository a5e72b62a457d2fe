"""Media types: what files can be, and the suffix by which their names say it. Pure, and light to import."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

MEDIA_SUFFIXES: Mapping[str, str] = MappingProxyType(
    {
        "image/png": "png",
        "image/jpeg": "jpg",
        "image/webp": "webp",
        "audio/mpeg": "mp3",
        "audio/ogg": "ogg",
        "audio/wav": "wav",
        "application/pdf": "pdf",
    }
)
"""How the address of a medium, ``media:<sha256>.<suffix>``, says what it is; see :data:`marked_text.dialect.MEDIA`."""
SUFFIXES: Mapping[str, str] = MappingProxyType({**MEDIA_SUFFIXES, "text/plain": "txt", "text/csv": "csv"})
"""Of all files that this product can check: media, and what candidates hand in besides them."""
