"""An upload: a file from outside that was read whole, freed of whatever nobody asked for, and found harmless.

One rule: what a file is follows from its bytes, never from its name or from what its sender calls it.
"""

from __future__ import annotations

from dataclasses import dataclass

from kernel.errors import Invalid


class UploadRefused(Invalid):
    """A file that cannot be taken; the message says why, and what to do."""

    code = "upload_refused"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it will be kept.

    Attributes:
        content: the bytes that are kept and named by their hash; reading them again gives the same.
        media_type: such as ``image/png``.
        width: of a picture, in pixels; so is ``height``.
        milliseconds: how long a recording lasts.
    """

    content: bytes
    media_type: str
    width: int | None = None
    height: int | None = None
    milliseconds: int | None = None
