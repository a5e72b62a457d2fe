"""Reading for checks: the texts of an item as it stands, finished or not, in words.

One rule: whatever is missing or has another shape is passed over; its faults are told elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from question_bank.documents import TEXT_CHARACTERS_MAX
from question_bank.item_words import MARKED
from question_bank.marked_text import Shape, plain

_OFFERED = ("options", "columns", "counterparts")


@dataclass(frozen=True)
class Text:
    """One marked text: where it stands, what was written, and its plain words."""

    place: str
    written: str
    shape: Shape

    @cached_property
    def words(self) -> str:
        """What a reader reads, without marks."""
        return plain(self.written, self.shape)


@dataclass(frozen=True)
class Things:
    """A list of which something is chosen: the texts in the author's order, and which of them are right.

    ``right`` is empty where no single thing is right by itself, as in the columns of a table.
    """

    place: str
    texts: tuple[Text, ...]
    right: tuple[Text, ...]

    @property
    def wrong(self) -> tuple[Text, ...]:
        """The distractors; none where nothing is right by itself."""
        return tuple(text for text in self.texts if text not in self.right) if self.right else ()


@dataclass(frozen=True)
class Draft:
    """An item as its checks see it: language (``de`` of ``de-AT``), what is asked, what is offered, every text."""

    language: str
    asked: tuple[Text, ...]
    offered: tuple[Things, ...]
    texts: tuple[Text, ...]

    @property
    def stem(self) -> Text | None:
        """The question, where there is one yet."""
        return next((text for text in self.asked if text.place == "/stem"), None)


def read_draft(language: str, content: Mapping[str, Any]) -> Draft:
    """Read an item's content, whatever state it is in."""
    named = [*_named(content)]
    offered = [things for name in _OFFERED if (things := _things(f"/{name}", content.get(name), content.get("key")))]
    gaps = content.get("gaps")
    for index, gap in enumerate(gaps if isinstance(gaps, list) else ()):
        if isinstance(gap, dict) and (things := _things(f"/gaps/{index}/options", gap.get("options"), gap.get("key"))):
            offered.append(things)
    listed = [text for name, value in content.items() for text in _texts_in(f"/{name}", value)]
    in_gaps = [text for things in offered if things.place.startswith("/gaps/") for text in things.texts]
    asked = tuple(text for text in named if text.place in {"/stem", "/passage"})
    return Draft(language.partition("-")[0].lower(), asked, tuple(offered), (*named, *listed, *in_gaps))


def _named(content: Mapping[str, Any]) -> Iterator[Text]:
    for name, shape in MARKED.items():
        if isinstance(value := content.get(name), str) and value.strip():
            yield Text(f"/{name}", value[:TEXT_CHARACTERS_MAX], shape)


def _things(place: str, things: object, key: object) -> Things | None:
    if not isinstance(things, list):
        return None
    right = key if isinstance(key, list) else [key]
    found = [(thing, _text(f"{place}/{index}/text", thing)) for index, thing in enumerate(things)]
    texts = tuple(text for _, text in found if text)
    rights = tuple(text for thing, text in found if text and thing.get("id") in right)
    return Things(place, texts, rights)


def _texts_in(place: str, value: object) -> Iterator[Text]:
    for index, thing in enumerate(value if isinstance(value, list) else ()):
        if text := _text(f"{place}/{index}/text", thing):
            yield text
        if isinstance(thing, dict) and isinstance(feedback := thing.get("feedback"), str) and feedback.strip():
            yield Text(f"{place}/{index}/feedback", feedback[:TEXT_CHARACTERS_MAX], MARKED["feedback"])


def _text(place: str, thing: object) -> Text | None:
    text = thing.get("text") if isinstance(thing, dict) else None
    return Text(place, text[:TEXT_CHARACTERS_MAX], MARKED["text"]) if isinstance(text, str) and text.strip() else None
