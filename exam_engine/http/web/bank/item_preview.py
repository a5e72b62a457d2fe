"""Previews of items on pages: what the exam page's scripts are given, what the checks ask, and what an answer is worth.

One rule: what is shown to an author is made by the functions that make papers and marks, never drawn a second time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from exam_engine.http.web.bank.words import CHECKS, PROOF
from exam_engine.http.web.language import messages
from kernel.permissions import Actor
from question_bank.item_kinds import Mark
from question_bank.previews import shown_to_candidates
from question_bank.sketches import like_in_bank
from question_bank.writing_checks import findings_in

Line = dict[str, str]


def slot_of(kind: str, content: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return an item as the one slot of a paper, unanswered; None while it cannot be shown."""
    shown = shown_to_candidates(kind, content)
    return None if shown is None else {"slot": 1, **shown, "revision": 0, "response": {}}


def questions_about(
    tx: Session, actor: Actor, content: Mapping[str, Any], *, code: str, item_language: str, page_language: str
) -> list[Line]:
    """Return what the checks ask about an item: ``place``, ``words``, ``found`` and the ``href`` of an item meant."""
    words = messages(page_language).gettext
    asked = [
        {"place": finding.place, "words": words(CHECKS[finding.check.id]), "found": finding.found, "href": ""}
        for finding in findings_in(item_language, content)
    ]
    likes = like_in_bank(tx, actor, content, besides=code)
    return asked + [
        {
            "place": "/stem",
            "words": words(CHECKS["near_duplicate"]),
            "found": f"{like.version.item.code} ({round(100 * like.share)} %)",
            "href": f"/bank/items/{like.version.item.code}?version={like.version.number}",
        }
        for like in likes
    ]


def proof_lines(mark: Mark, page_language: str) -> list[Line]:
    """Return the proof of a mark line by line: ``name`` and ``value``."""
    words = messages(page_language).gettext
    return [
        {"name": words(PROOF[name]) if name in PROOF else name, "value": _in_words(value)}
        for name, value in mark.proof.items()
    ]


def outline(document: Mapping[str, Any]) -> str:
    """Write a document as lines that people can read and copy from: each place, and below it what stands there."""
    return "\n".join(f"{place}\n    {text}" for place, text in _leaves(document, ""))


def _leaves(value: object, place: str) -> Sequence[tuple[str, str]]:
    match value:
        case dict():
            return [leaf for name, member in value.items() for leaf in _leaves(member, f"{place}/{name}")]
        case list():
            return [leaf for index, member in enumerate(value) for leaf in _leaves(member, f"{place}/{index}")]
        case _:
            return [(place, str(value).replace("\n", "\n    "))]


def _in_words(value: object) -> str:
    match value:
        case None:
            return "–"  # noqa: RUF001 - as the other pages write nothing
        case str() | int():
            return str(value)
        case list() if all(isinstance(element, str) for element in value):
            return ", ".join(value) or "–"  # noqa: RUF001
        case dict() if all(isinstance(member, str) for member in value.values()):
            return "; ".join(f"{name}: {member}" for name, member in value.items()) or "–"  # noqa: RUF001
        case _:
            return json.dumps(value, ensure_ascii=False)
