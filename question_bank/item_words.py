"""Words of an item: what of its content is in a language, each text by its place. Pure.

One rule: whoever translates, finds or checks words asks here which members they are, and how they are written.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from question_bank.item_kinds.stimulus import MEMBER
from question_bank.marked_text import Shape, plain

MARKED: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "stem": Shape.BLOCKS,
        "rationale": Shape.BLOCKS,
        "passage": Shape.PASSAGE,
        "guidance": Shape.BLOCKS,
        "model_answer": Shape.BLOCKS,
        "feedback": Shape.BLOCKS,
        "title": Shape.LINE,
        "text": Shape.LINE,
    }
)
"""The members of any kind's content that are marked text, each with its shape; see also :func:`shape_at`."""
WORDS: Final[Mapping[str, Shape | None]] = MappingProxyType(
    {**MARKED, **dict.fromkeys(("source", "description", "accepted"))}
)
"""All members that are in a language, which is all that a translation may change; without marks where no shape stands."""
_ELSEWHERE: Final = MappingProxyType({f"/{MEMBER}/text": Shape.BLOCKS})
"""What is written in another shape than its namesakes."""


def words_of(content: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of a content by their pointers, in its order; of accepted forms, one on each line."""
    return dict(_words(content, ""))


def plain_texts(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield every text of a content as it is read, without marks."""
    for pointer, text in words_of(content).items():
        shape = shape_at(pointer)
        yield text if shape is None else plain(text, shape)


def is_worded(pointer: str) -> bool:
    """Tell whether a member of a content is in a language; a key is not, whatever the ids it is written by."""
    return pointer.rpartition("/")[2] in WORDS and not pointer.startswith("/key/")


def shape_at(pointer: str) -> Shape | None:
    """Return how the text at a pointer that :func:`words_of` gives is written; None where it has no marks."""
    return _ELSEWHERE.get(pointer) or WORDS[pointer.rpartition("/")[2]]


def in_other_words(content: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    """Return a content with other words at the pointers that :func:`words_of` gives; what is not named stays."""
    other = copy.deepcopy(dict(content))
    for pointer, text in words.items():
        *path, last = pointer.split("/")[1:]
        place: Any = other
        for name in path:
            place = place[int(name) if isinstance(place, list) else name]
        place[last] = text.split("\n") if isinstance(place[last], list) else text
    return other


def _words(value: object, pointer: str) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for name, member in value.items():
                yield from _words_of_member(member, f"{pointer}/{name}")
        case list():
            for index, element in enumerate(value):
                yield from _words(element, f"{pointer}/{index}")


def _words_of_member(member: object, pointer: str) -> Iterator[tuple[str, str]]:
    if is_worded(pointer) and isinstance(member, str):
        yield pointer, member
    elif is_worded(pointer) and isinstance(member, list):
        yield pointer, "\n".join(member)
    else:
        yield from _words(member, pointer)
