"""Passages: running text with gaps, written ``The [[1]] of a network``, and what kinds with gaps share.

One rule: every gap stands in the passage once, and the passage has no other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from question_bank.documents import TEXT_CHARACTERS_MAX, Place, quoted, refuse_repeats
from question_bank.item_kinds.kind import Content

GAPS_MAX = 20
_GAP = re.compile(r"\[\[([^\[\]]*)\]\]")


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
            id_.refuse(f"stands {written[id_.code()]} times in the passage; write [[{id_.code()}]] once")
    known = {id_.code() for id_ in ids}
    for name in written:
        if name not in known:
            passage.refuse(f"has a gap {quoted(name)} that is not under gaps")


def passage_parts(content: Content) -> list[dict[str, Any]]:
    """Return a passage as what is shown one after the other: ``{"text": ...}`` and ``{"gap": id}``."""
    pieces = enumerate(_GAP.split(content["passage"]))
    return [{"gap" if index % 2 else "text": piece} for index, piece in pieces if piece]


def _read_passage(place: Place) -> list[str]:
    """Read a passage and return the names of its gaps as they stand."""
    pieces = _GAP.split(place.text()[:TEXT_CHARACTERS_MAX])
    if any("[[" in text or "]]" in text for text in pieces[::2]):
        place.refuse("has square brackets that enclose no gap; write a gap [[id]]")
    return pieces[1::2]
