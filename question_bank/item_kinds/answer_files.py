"""Files as answers: what they may be, how many and how large, and the names that are shown for them.

One rule: a name is a label. What a file is follows from its bytes, and its name is made to say the same.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from question_bank.media_types import SUFFIXES

FILES_MAX = 5
FILE_BYTES_MAX = 20 * 1024 * 1024
"""Of one file, as it is sent and as it is kept; the reader of uploads takes no more."""
NAME_CHARACTERS_MAX = 100
_OTHER_SUFFIXES = MappingProxyType({"image/jpeg": "jpeg", "audio/ogg": "opus"})
_READ_CHARACTERS_MAX = 500
_FORBIDDEN = re.compile(r'[<>:"|?*]')
"""In the names of files on some system or other."""


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What may be handed in at one place of a paper."""

    accepts: frozenset[str]
    """Media types."""
    count_max: int
    bytes_max: int
    """Of each file."""


class AnswerFile(NamedTuple):
    """One file of an answer.

    Attributes:
        sha256: of the bytes that are kept, in hexadecimal.
        name: as it is shown to its sender.
    """

    sha256: str
    name: str
    media_type: str
    byte_size: int


def shown_name(name: str, media_type: str) -> str:
    """Return how a file is called to its sender: no folders, nothing that hides or turns letters, a fitting suffix.

    What it returns is its own shown name.
    """
    last = re.split(r"[/\\]", name)[-1][:_READ_CHARACTERS_MAX]
    visible = "".join(
        " " if letter.isspace() else letter
        for letter in last
        if letter.isspace() or not unicodedata.category(letter).startswith("C")
    )
    plain = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", visible))
    stem, dot, ending = " ".join(plain.split()).rpartition(".")
    fitting = {SUFFIXES[media_type], _OTHER_SUFFIXES.get(media_type, "")} - {""}
    if not dot or ending.casefold() not in fitting:
        stem, ending = f"{stem}{dot}{ending}", SUFFIXES[media_type]
    stem = stem.strip(" .")[: NAME_CHARACTERS_MAX - len(ending) - 1].strip(" .")
    return f"{stem or 'file'}.{ending}"


def neutral_name(number: int, file: AnswerFile) -> str:
    """Return how the n-th file of an answer is called to whoever must not know its sender."""
    return f"file-{number}.{SUFFIXES[file.media_type]}"
