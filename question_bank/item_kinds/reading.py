"""Reading what kinds have in common: the texts of every item, lists of things with an id, and responses.

One rule: every fault is found and named by its place; of a response nothing is read beyond what its item can hold.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from kernel.errors import Fault, Invalid
from kernel.sentences import say
from question_bank.documents import TEXT_CHARACTERS_MAX, Place, opened, quoted, refuse_repeats
from question_bank.item_kinds.kind import Content
from question_bank.item_kinds.stimulus import MEMBER
from question_bank.marked_text import Shape, faults_in, plain, shown

MARKED_TEXTS: Final = ("stem", "rationale")
TEXTS: Final = (*MARKED_TEXTS, "source")
TYPED_CHARACTERS_MAX = 200


class ForeignAnswer(Invalid):
    """A response that this item cannot have: it names what is not offered, or has another shape."""

    code = "foreign_answer"


def faults_of(content: Content, members: Sequence[str], read: Callable[[Place], None]) -> list[Fault]:
    """Return every fault of an item's content: its texts are read here, and its own members by ``read``.

    Args:
        members: what this kind has besides :data:`TEXTS` and a stimulus.
    """
    place = opened(content, "")
    place.shape(*TEXTS, MEMBER, *members)
    for name in MARKED_TEXTS:
        read_text(place.member(name), Shape.BLOCKS)
    place.member("source").text()
    if place.member(MEMBER).is_given:
        _read_stimulus(place.member(MEMBER))
    read(place)
    return [Fault(*fault) for fault in place.faults.items()]


def _read_stimulus(place: Place) -> None:
    place.shape("code", "title", "text")
    place.member("code").code()
    read_text(place.member("title"), Shape.LINE)
    read_text(place.member("text"), Shape.BLOCKS)


def read_text(place: Place, shape: Shape) -> str:
    """Read marked text; every fault of its marks is one of its place."""
    text = place.text()
    for fault in faults_in(text[:TEXT_CHARACTERS_MAX], shape):
        place.refuse(fault)
    return text


def read_things(place: Place, at_least: int, at_most: int, *extra: str, members: Sequence[str] = ()) -> list[str]:
    """Read ``[{"id", "text"}]``: ids that differ, and texts that differ to a reader. Returns the ids.

    Args:
        extra: further members, optional texts of blocks.
        members: further members that the kind reads itself.
    """
    places = place.elements(at_least=at_least, at_most=at_most)
    said: dict[str, str] = {}
    for thing in places:
        thing.shape("id", "text", *extra, *members)
        for name in extra:
            if thing.member(name).is_given:
                read_text(thing.member(name), Shape.BLOCKS)
        text = thing.member("text")
        earlier = said.setdefault(_as_read(read_text(text, Shape.LINE)), text.pointer)
        if earlier != text.pointer:
            text.refuse(say("says the same as %(earlier)s", earlier=earlier))
    ids = [thing.member("id") for thing in places]
    refuse_repeats(ids)
    return [id_.code() for id_ in ids]


def read_ids(place: Place, ids: Sequence[str], noun: str, at_least: int = 0) -> list[str]:
    """Read a list of ids of things that the item has, none of them twice, and return them as they stand."""
    places = place.elements(at_least=at_least, at_most=max(at_least, len(ids)))
    named = [read_id(element, ids, noun) for element in places]
    refuse_repeats(places)
    return named


def read_named(place: Place, ids: Collection[str], noun: str) -> dict[str, Place]:
    """Return the members of an object that are named by ids of things that the item has."""
    if isinstance(place.value, dict) and len(place.value) > len(ids):
        place.refuse(
            say(
                "has %(count)s members, where at most %(most)s are possible",
                count=len(place.value),
                most=len(ids),
            )
        )
        return {}
    named = place.named()
    for id_, member in named.items():
        if id_ not in ids:
            member.refuse(say("%(id)s is no %(noun)s of this item", id=quoted(id_), noun=noun))
    return named


def read_id(place: Place, ids: Collection[str], noun: str) -> str:
    """Read the id of a thing that the item has."""
    id_ = place.text()
    if id_ not in ids:
        place.refuse(say("%(id)s is no %(noun)s of this item", id=quoted(id_), noun=noun))
    return id_


def read_one_of(place: Place, allowed: Sequence[str], noun: str) -> str:
    """Read an optional word; the first one allowed is meant where none is given."""
    return place.one_of(allowed, noun) if place.is_given else allowed[0]


def ids_of(things: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the ids of things in the author's order."""
    return [thing["id"] for thing in things]


def stem_of(content: Content) -> str:
    """Return what is asked as HTML."""
    return shown(content["stem"], Shape.BLOCKS)


def texts_of(things: Sequence[Mapping[str, Any]], order: Sequence[str]) -> list[dict[str, str]]:
    """Return things as a candidate may see them, id and text (HTML) alone, in an order that names each of them once.

    Raises:
        Invalid: the order belongs to another item.
    """
    texts = {thing["id"]: thing["text"] for thing in things}
    if sorted(order) != sorted(texts):
        message = say("the order must name each thing of the item once")
        raise Invalid(message)
    return [{"id": id_, "text": shown(texts[id_], Shape.LINE)} for id_ in order]


def read_answer(value: object, member: str, read: Callable[[Place], Any]) -> dict[str, Any]:
    """Return a response that is ``{member: ...}`` as ``read`` reads it; empty where that is nothing.

    Raises:
        ForeignAnswer: naming every fault by its place within the response.
    """
    if value == {}:
        return {}
    # Not a place of its own: whoever sends another shape may have sent thousands of members.
    if not isinstance(value, dict) or value.keys() != {member}:
        raise _foreign({"": say('a response is written {"%(member)s": ...}', member=member)})
    place = Place(value[member], f"/{member}", {})
    answer = read(place)
    if place.faults:
        raise _foreign(place.faults)
    return {member: answer} if answer else {}


def read_typed(place: Place) -> str:
    """Read what a person typed into a field: in one Unicode form, without space around it; empty is allowed."""
    typed = place.value if isinstance(place.value, str) else place.text()
    # Before it is normalised, which takes a time that grows with the square of the length, and after, when it is kept.
    if len(typed) <= TYPED_CHARACTERS_MAX:
        typed = unicodedata.normalize("NFC", typed).strip()
    if len(typed) > TYPED_CHARACTERS_MAX:
        place.refuse(
            say("has %(count)s characters; at most %(most)s are taken", count=len(typed), most=TYPED_CHARACTERS_MAX)
        )
        return ""
    return typed


def _as_read(text: str) -> str:
    """Return a text as a reader takes it in: without marks, case, spacing or the many spellings of one letter."""
    words = plain(text[:TEXT_CHARACTERS_MAX], Shape.LINE)
    return " ".join(unicodedata.normalize("NFKC", words).casefold().split())


def _foreign(faults: Mapping[str, str]) -> ForeignAnswer:
    message = say("this response does not fit the item")
    return ForeignAnswer(message, faults=[Fault(*fault) for fault in faults.items()])
