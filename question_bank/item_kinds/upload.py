"""Upload: an answer in files, marked by people along a rubric.

One rule: an answer names files by the hash of what is kept of them. That they were handed in at this place of this
attempt is for whoever keeps them to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel.errors import Fault
from kernel.sentences import say
from question_bank.documents import Place, quoted, refuse_repeats
from question_bank.item_kinds.answer_files import (
    FILE_BYTES_MAX,
    FILES_MAX,
    AnswerFile,
    FileLimits,
    neutral_name,
    shown_name,
)
from question_bank.item_kinds.judged import MEMBERS, RubricKind, read_for_markers
from question_bank.item_kinds.kind import Arrangement, Content, Draw, FileKind, Response
from question_bank.item_kinds.reading import faults_of, read_answer, stem_of
from question_bank.media_types import SUFFIXES

_FILE = ("hash", "name", "media_type", "bytes")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class UploadKind(RubricKind, FileKind):
    """The kind of item answered by files; see :class:`ItemKind`, :class:`JudgedKind` and :class:`FileKind`.

    Content: ``{"stem", "rubric", "guidance"?, "model_answer"?, "files": {"accepts": [media types], "count_max",
    "bytes_max"}, "rationale", "source"}``, of which :mod:`judged` reads what is for markers.
    Arrangement: ``{"accepts", "count_max", "bytes_max"}``, so that an answer is read without the item.
    Response: ``{"files": [{"hash", "name", "media_type", "bytes"}]}`` in the candidate's order.
    """

    name: str = "upload"

    def faults(self, content: Content) -> list[Fault]:
        """See :class:`ItemKind`."""
        return faults_of(content, (*MEMBERS, "files"), _read)

    def arrange(self, content: Content, draw: Draw) -> dict[str, Any]:
        """See :class:`ItemKind`; nothing is drawn."""
        del draw
        return _limits(content["files"])

    def candidate_content(self, content: Content, arrangement: Arrangement) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        return {"kind": self.name, "stem": stem_of(content), "files": _limits(arrangement)}

    def read_response(self, arrangement: Arrangement, value: object) -> dict[str, Any]:
        """See :class:`ItemKind`; every file is within the limits, and none is named twice."""
        limits = self.limits(arrangement)
        return read_answer(value, "files", lambda place: _read_files(place, limits))

    def limits(self, arrangement: Arrangement) -> FileLimits:
        """See :class:`FileKind`."""
        return FileLimits(frozenset(arrangement["accepts"]), arrangement["count_max"], arrangement["bytes_max"])

    def files(self, value: Response) -> list[AnswerFile]:
        """See :class:`FileKind`."""
        return [AnswerFile(*(file[name] for name in _FILE)) for file in value.get("files", ())]

    def marker_response(self, value: Response) -> dict[str, Any]:
        """See :class:`JudgedKind`; files by their number, since a name may be its sender's, and a hash can be told."""
        return {
            "files": [
                {
                    "number": number,
                    "name": neutral_name(number, file),
                    "media_type": file.media_type,
                    "bytes": file.byte_size,
                }
                for number, file in enumerate(self.files(value), 1)
            ]
        }


KIND = UploadKind()


def _limits(files: Mapping[str, Any]) -> dict[str, Any]:
    return {"accepts": list(files["accepts"]), "count_max": files["count_max"], "bytes_max": files["bytes_max"]}


def _read(place: Place) -> None:
    read_for_markers(place)
    files = place.member("files")
    files.shape("accepts", "count_max", "bytes_max")
    accepted = files.member("accepts").elements(at_least=1, at_most=len(SUFFIXES))
    for media_type in accepted:
        media_type.one_of(SUFFIXES, say("media type that can be checked"))
    refuse_repeats(accepted)
    files.member("count_max").whole(range(1, FILES_MAX + 1))
    files.member("bytes_max").whole(range(1, FILE_BYTES_MAX + 1))


def _read_files(place: Place, limits: FileLimits) -> list[dict[str, Any]]:
    places = place.elements(at_most=limits.count_max)
    files = [_read_file(element, limits) for element in places]
    refuse_repeats(element.member("hash") for element in places if isinstance(element.value, dict))
    return files


def _read_file(place: Place, limits: FileLimits) -> dict[str, Any]:
    # Its members are not named one by one: whoever sends others may have sent thousands.
    if not isinstance(place.value, dict) or place.value.keys() != set(_FILE):
        place.refuse(say('a file is written {"hash", "name", "media_type", "bytes"}, as it was acknowledged'))
        return {}
    sha256, name = place.member("hash"), place.member("name")
    if not _HASH.fullmatch(sha256.text()):
        sha256.refuse(say("%(value)s is no SHA-256 of 64 small hexadecimal digits", value=quoted(sha256.value)))
    media_type = place.member("media_type").one_of(limits.accepts, say("media type that is taken here"))
    if media_type in limits.accepts and name.text() != shown_name(str(name.value), media_type):
        name.refuse(
            say(
                "%(value)s is not how a file is called here; write the name as it was acknowledged",
                value=quoted(name.value),
            )
        )
    place.member("bytes").whole(range(1, limits.bytes_max + 1))
    return {member: place.value[member] for member in _FILE}
