"""Spots: hotspot is hotspotInteraction, its shapes and their names the same in both.

One rule: the size of a picture is known, because shapes are judged by it; a place without a name cannot be chosen by everybody.
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

from kernel.sentences import say
from question_bank.interchange.qti.bodies import Written, read_stem, refuse_feedback
from question_bank.interchange.qti.conditions import RESPONSE
from question_bank.interchange.qti.items import Item, code_of, identifier_of
from question_bank.interchange.qti.mapping.choices import read_scored_choice, scored_choice
from question_bank.interchange.qti.texts import MEDIA_TYPES, entry_of
from question_bank.interchange.qti.xml_trees import line_of, made
from question_bank.interchange.xml_reading import Element
from question_bank.item_kinds.choices import Choose
from question_bank.marked_text import Shape, plain

Json = dict[str, Any]
TAG = "qti-hotspot-interaction"
_WHOLE = re.compile(r"\d{1,5}")


def read_spots(item: Item, interaction: Element) -> tuple[str, Json]:
    """Read places on a picture, and return the kind it is and its content."""
    item.only(interaction, "response-identifier", "max-choices", "min-choices")
    response = item.declared(interaction, base_type="identifier")
    refuse_feedback(item)
    picture = _read_picture(item, interaction)
    choices = list(interaction.iterchildren("qti-hotspot-choice"))
    identifiers = [choice.get("identifier", "") for choice in choices]
    spots = [_read_spot(item, choice, index) for index, choice in enumerate(choices)]
    kind, key, scoring = read_scored_choice(item, interaction, response, identifiers)
    choose = {"choose": Choose.SEVERAL.value} if kind == "multiple_choice" else {}
    stem = read_stem(item, interaction)
    return "hotspot", {"stem": stem, "picture": picture, "spots": spots, "key": key} | choose | scoring


def _read_picture(item: Item, interaction: Element) -> Json:
    shown = [element for element in interaction if element.tag in {"object", "img"}]
    if len(shown) != 1:
        raise item.stop(interaction, say("has no picture, or several, to point at"))
    element = shown[0]
    name = element.get("data") or element.get("src") or ""
    address = item.resolve(name)
    if address is None:
        raise item.stop(element, say("shows %(name)r, which did not come with the document", name=name[:80]))
    sides = [element.get(side, "") for side in ("width", "height")]
    if not any(sides):
        sides = [str(side) for side in item.size_of(address) or sides]
    if not all(_WHOLE.fullmatch(side) for side in sides):
        raise item.stop(element, say("does not say in whole pixels how wide and high its picture is"))
    words = " ".join((element.get("alt") or "".join(element.itertext())).split())
    item.lines["/picture"] = line_of(element)
    if not words:
        item.refuse(element, say("shows %(name)r without a text alternative", name=name[:80]))
    return {"media": address, "description": words, "width": int(sides[0]), "height": int(sides[1])}


def _read_spot(item: Item, choice: Element, index: int) -> Json:
    item.only(choice, "identifier", "shape", "coords", "hotspot-label")
    item.lines[f"/spots/{index}"] = line_of(choice)
    words = " ".join(choice.get("hotspot-label", "").split())
    if not words:
        item.refuse(choice, say("has no label, by which whoever cannot see or point chooses it"))
    written = [part.strip() for part in choice.get("coords", "").split(",")]
    if not all(_WHOLE.fullmatch(part) for part in written):
        raise item.stop(choice, say("has places that are no whole pixels"))
    shape = _shape(choice.get("shape", ""), [int(part) for part in written])
    if shape is None:
        raise item.stop(
            choice, say("has the shape %(shape)r, for which there is none here", shape=choice.get("shape", "")[:40])
        )
    text = item.text(made("p", words), Shape.LINE, f"/spots/{index}/text")
    item.lines[f"/spots/{index}/text"] = line_of(choice)
    return {"id": code_of(choice.get("identifier", "")), "text": text, "shape": shape}


def _shape(name: str, places: list[int]) -> Json | None:
    match name, len(places):
        case "rect", 4:
            return {"rectangle": places}
        case "circle", 3:
            return {"circle": places}
        case "poly", count if count % 2 == 0:
            points = [[x, y] for x, y in zip(places[::2], places[1::2], strict=True)]
            # The last corner may repeat the first, to close the line around.
            return {"polygon": points[:-1] if len(points) > 1 and points[0] == points[-1] else points}
    return None


def write_spots(content: Json) -> Written:
    """Write places on a picture."""
    picture, several = content["picture"], content.get("choose") == Choose.SEVERAL.value
    suffix = posixpath.splitext(picture["media"])[1].removeprefix(".")
    shown = made(
        "object",
        picture["description"],
        data=entry_of(picture["media"]),
        type=MEDIA_TYPES[suffix],
        width=str(picture["width"]),
        height=str(picture["height"]),
    )
    spots = (
        made(
            "qti-hotspot-choice",
            identifier=identifier_of(s["id"]),
            hotspot_label=plain(s["text"], Shape.LINE),
            **_written_shape(s["shape"]),
        )
        for s in content["spots"]
    )
    declaration, score = scored_choice(content, [spot["id"] for spot in content["spots"]], is_several=several)
    interaction = made(TAG, shown, *spots, response_identifier=RESPONSE, max_choices="0" if several else "1")
    return Written([declaration], [interaction], score)


def _written_shape(shape: Json) -> dict[str, str]:
    match shape:
        case {"rectangle": places}:
            return {"shape": "rect", "coords": ",".join(map(str, places))}
        case {"circle": places}:
            return {"shape": "circle", "coords": ",".join(map(str, places))}
        case _:
            return {"shape": "poly", "coords": ",".join(f"{x},{y}" for x, y in shape["polygon"])}
