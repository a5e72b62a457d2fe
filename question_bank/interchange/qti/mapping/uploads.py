"""Uploads: upload is uploadInteraction, marked by people.

One rule: QTI takes one file and says its type at most; how many files and how large is read from the manifest alone.
"""

from __future__ import annotations

from typing import Any, Final

from kernel.sentences import say
from question_bank.interchange.qti.bodies import Written, declared, read_stem, refuse_feedback
from question_bank.interchange.qti.conditions import RESPONSE
from question_bank.interchange.qti.items import Item
from question_bank.interchange.qti.mapping.rubrics import read_marking, written_marking
from question_bank.interchange.qti.xml_trees import made
from question_bank.interchange.xml_reading import Element
from question_bank.item_kinds.answer_files import FILE_BYTES_MAX
from question_bank.media_types import SUFFIXES

Json = dict[str, Any]
TAG: Final = "qti-upload-interaction"
_MEBIBYTE = 1024 * 1024


def read_upload(item: Item, interaction: Element) -> tuple[str, Json]:
    """Read what is answered by a file, and by what people mark it."""
    item.only(interaction, "response-identifier", "type")
    item.declared(interaction, "single", "file")
    refuse_feedback(item)
    files = {"accepts": _read_types(item, interaction), "count_max": 1, "bytes_max": FILE_BYTES_MAX}
    item.change(
        interaction,
        say("says no size of its file; here one has at most %(most)s MiB", most=FILE_BYTES_MAX // _MEBIBYTE),
    )
    marking = read_marking(item, interaction)
    return "upload", {"stem": read_stem(item, interaction), "files": files} | marking


def _read_types(item: Item, interaction: Element) -> list[str]:
    named = interaction.get("type", "").split()
    if strange := [name for name in named if name not in SUFFIXES]:
        raise item.stop(
            interaction,
            say("takes files of the type %(media_type)r, which are not taken here", media_type=strange[0][:60]),
        )
    if not named:
        item.change(interaction, say("takes any file; here it is one of %(types)s", types=", ".join(SUFFIXES.values())))
    return named or list(SUFFIXES)


def write_upload(content: Json) -> Written:
    """Write what is answered by files; of several types none is named."""
    declaration = declared(RESPONSE, "single", "file", [])
    accepts = content["files"]["accepts"]
    expected = {"type": accepts[0]} if len(accepts) == 1 else {}
    points, told = written_marking(content)
    return Written(
        [declaration], [made(TAG, response_identifier=RESPONSE, **expected)], points=points, for_scorers=told
    )


def with_limits(files: Json, original: Json) -> Json:
    """Return the limits of an upload that was changed elsewhere: those it had, but for a type that it names."""
    return original | ({"accepts": files["accepts"]} if len(files["accepts"]) == 1 else {})
