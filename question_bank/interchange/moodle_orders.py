"""Orders of Moodle: elements in their right order, how many of them are asked for, and what of an order counts."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, Final

from kernel.sentences import say
from question_bank.interchange import questions
from question_bank.interchange.entries import Entry, Item
from question_bank.interchange.naming import plain_ids

_COUNTED: Final = MappingProxyType(
    {
        "ALL_OR_NOTHING": "whole",
        "-1": "whole",
        "ABS": "places",
        "ABSOLUTE": "places",
        "ABSOLUTE_POSITION": "places",
        "0": "places",
        "": "neighbours",  # what Moodle takes where nothing is said
        "REL": "neighbours",
        "RELATIVE": "neighbours",
        "RELATIVE_NEXT_EXCLUDE_LAST": "neighbours",
        "1": "neighbours",
    }
)
_ALL: Final = frozenset({"ALL", "EXACT", "0"})
_ASKED: Final = "6"
"""Of elements, where nothing is said."""


def ordering(entry: Entry, element: Any, stem: str, texts: Sequence[str]) -> Item:  # noqa: ANN401
    """Return an ordering of an ``ordering`` question with these elements in their right order."""
    counted = _COUNTED.get((element.findtext("gradingtype") or "").strip().upper())
    if counted is None:
        entry.refuse(say("counts the parts of an order in a way that is not known here"))
    if len(texts) > questions.THINGS_MAX:
        entry.refuse(
            say(
                "has %(count)s elements; at most %(things_max)s are read",
                count=len(texts),
                things_max=questions.THINGS_MAX,
            )
        )
    asked = (element.findtext("selectcount") or "").strip() or _ASKED
    chosen = (element.findtext("selecttype") or "").strip().upper()
    if chosen not in _ALL and not (asked.isdecimal() and (asked == "0" or int(asked) >= len(texts))):
        entry.refuse(
            say(
                "asks for %(asked)s of its %(count)s elements; say <selecttype>ALL</selecttype> to ask for all",
                asked=asked[:20],
                count=len(texts),
            )
        )
    elements = [{"id": id_, "text": text} for id_, text in zip(plain_ids(len(texts)), texts, strict=True)]
    item: Item = {"kind": "ordering", "stem": stem, "elements": elements, "key": [thing["id"] for thing in elements]}
    return item | ({} if counted == "whole" else {"counted": counted})
