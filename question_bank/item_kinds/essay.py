"""Essay: a text of one's own, marked by people along a rubric.

One rule: candidates are told how long to write; whether an answer suffers from its length is for its markers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from kernel.errors import Fault
from kernel.sentences import say
from question_bank.documents import Place
from question_bank.item_kinds.judged import MEMBERS, RubricKind, read_for_markers
from question_bank.item_kinds.kind import Arrangement, Content, Draw
from question_bank.item_kinds.reading import faults_of, read_answer, stem_of

WRITTEN_BYTES_MAX = 15_000
"""Of a text as JSON in UTF-8: what one save carries (``saves.BODY_BYTES_MAX``) less what stands around it."""
WORDS_MAX = 1000
"""So many words fit into a save in any of the product's languages and scripts."""


@dataclass(frozen=True, slots=True)
class EssayKind(RubricKind):
    """The kind of item answered by a text; see :class:`ItemKind` and :class:`JudgedKind` for its verbs.

    Content: ``{"stem", "rubric", "guidance"?, "model_answer"?, "words"?: {"min"?, "max"?}, "rationale", "source"}``,
    of which :mod:`judged` reads what is for markers. The limits on words are told, not enforced.
    Response: ``{"text": what was written}``.
    """

    name: str = "essay"

    def faults(self, content: Content) -> list[Fault]:
        """See :class:`ItemKind`."""
        return faults_of(content, (*MEMBERS, "words"), _read)

    def arrange(self, content: Content, draw: Draw) -> dict[str, Any]:
        """See :class:`ItemKind`; nothing is drawn."""
        del content, draw
        return {}

    def candidate_content(self, content: Content, arrangement: Arrangement) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        del arrangement
        words = content.get("words", {})
        limits = {name: words[name] for name in ("min", "max") if name in words}
        return {"kind": self.name, "stem": stem_of(content), "words": limits}

    def read_response(self, arrangement: Arrangement, value: object) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        del arrangement
        return read_answer(value, "text", _read_written)


KIND = EssayKind()


def _read(place: Place) -> None:
    read_for_markers(place)
    if place.member("words").is_given:
        _read_limits(place.member("words"))


def _read_limits(place: Place) -> None:
    place.shape("min", "max")
    limits = {
        name: place.member(name).whole(range(1, WORDS_MAX + 1))
        for name in ("min", "max")
        if place.member(name).is_given
    }
    if not limits:
        place.refuse(say("says neither min nor max; leave it out where any length is welcome"))
    if limits.get("min", 1) > limits.get("max", WORDS_MAX):
        place.member("max").refuse(say("is less than min"))


def _read_written(place: Place) -> str:
    """Read a text as it was written, without space around it; what one save cannot carry is refused."""
    if not isinstance(place.value, str):
        return place.text()
    # Not brought into one Unicode form: people read it, and nothing compares it.
    size = len(json.dumps(place.value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if size > WRITTEN_BYTES_MAX:
        place.refuse(say("takes %(size)s bytes; at most %(most)s are taken", size=size, most=WRITTEN_BYTES_MAX))
        return ""
    return place.value.replace("\r\n", "\n").strip()
