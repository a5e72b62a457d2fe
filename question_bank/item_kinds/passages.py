"""Passages: running text with gaps, written ``The [[1]] of a network``, and what kinds with gaps share.

One rule: every gap stands in the passage once, and the passage has no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kernel.sentences import say
from question_bank.documents import TEXT_CHARACTERS_MAX, Place, quoted, refuse_repeats
from question_bank.item_kinds.kind import Content
from question_bank.item_kinds.reading import read_text
from question_bank.marked_text import Shape, gaps_in, plain, shown

GAPS_MAX = 20


def read_gaps(place: Place, read_gap: Callable[[Place], None]) -> None:
    """Read ``passage`` and ``gaps``, each gap by its kind."""
    gaps = place.member("gaps").elements(at_least=1, at_most=GAPS_MAX)
    for gap in gaps:
        read_gap(gap)
    ids = [gap.member("id") for gap in gaps]
    refuse_repeats(ids)
    passage = place.member("passage")
    written = Counter(_read_passage(passage))
    for id_ in ids:
        if written[id_.code()] != 1:
            id_.refuse(
                say(
                    "stands %(count)s times in the passage; write [[%(gap)s]] once",
                    count=written[id_.code()],
                    gap=id_.code(),
                )
            )
    known = {id_.code() for id_ in ids}
    for name in written:
        if name not in known:
            passage.refuse(say("has a gap %(name)s that is not under gaps", name=quoted(name)))


def passage_of(content: Content, more: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a passage as what is shown: HTML with ``<span data-gap="id">``, and its gaps in their order.

    Args:
        more: what is shown of a gap besides its id, by id.
    """
    gaps = [{"id": gap, **more.get(gap, {})} for gap in gaps_in(content["passage"])]
    return {"passage": shown(content["passage"], Shape.PASSAGE), "gaps": gaps}


def _read_passage(place: Place) -> Sequence[str]:
    """Read a passage and return the names of its gaps as they stand."""
    text = read_text(place, Shape.PASSAGE)[:TEXT_CHARACTERS_MAX]
    words = plain(text, Shape.PASSAGE)
    if "[[" in words or "]]" in words:
        place.refuse(say("has square brackets that enclose no gap; write a gap [[id]]"))
    return gaps_in(text)
