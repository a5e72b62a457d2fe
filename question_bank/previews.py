"""Previews: a draft as candidates would see it, what is wrong with it, and what an answer to it would be worth.

One rule: nothing is kept. What is shown goes the way of a paper: the kind's own allow-list, in the author's order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from kernel.errors import DomainError, Fault, Invalid
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.competences import Framework, competence_ids
from question_bank.documents import opened
from question_bank.drafts import TAGS, codes_named, read_drafts
from question_bank.item_kinds import KINDS, CreditTable, Mark, kind_named
from question_bank.item_kinds.stimulus import MEMBER, shown_stimulus
from question_bank.items import newest_editions

OPEN: Final = "\u2026"
"""Stands in a preview where the author has written nothing yet."""


class Unfinished(Invalid):
    """An answer can be marked only where the item itself has no faults."""

    code = "unfinished_item"


def content_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of an item's document belongs to its kind: everything but its tags."""
    return {name: value for name, value in item.items() if name not in TAGS}


def draft_faults(tx: Session, framework: Framework, item: object, *, language: str, actor: Actor) -> list[Fault]:
    """Return everything that would keep a document from being kept as a draft, each with a pointer into it."""
    place = opened(item, "")
    read_drafts(
        [place],
        language=language,
        framework_code=framework.code,
        competences=competence_ids(tx, framework),
        editions=newest_editions(tx, actor.organisation_id, codes_named([item])),
    )
    return [Fault(*fault) for fault in place.faults.items()]


def shown_to_candidates(kind_name: str, content: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a paper would show of an item and of its stimulus, finished or not; None while that cannot be said."""
    kind = KINDS.get(kind_name)
    if kind is None:
        return None
    completed = {"stem": OPEN, "passage": OPEN, **{name: _completed(value) for name, value in content.items()}}
    if isinstance(begun := completed.get(MEMBER), dict):
        completed[MEMBER] = {"title": OPEN, "text": OPEN, **begun}
    try:
        return shown_stimulus(completed) | kind.candidate_content(completed, kind.arrange(completed, list))
    except (DomainError, KeyError, TypeError, ValueError, AttributeError):
        return None  # a member is missing or has another shape: it is told among the faults


def trial_mark(kind_name: str, content: Mapping[str, Any], response: object) -> Mark:
    """Mark an answer to an item exactly, as a paper would, and keep nothing.

    Raises:
        Unfinished: the item has faults.
        Invalid: the answer does not fit the item.
    """
    kind = kind_named(kind_name)
    if kind.faults(content):
        message = say("the item has faults; an answer can be marked when they are mended")
        raise Unfinished(message)
    read = kind.read_response(kind.arrange(content, list), response)
    return kind.mark(content, read, CreditTable.EXACT)


def _completed(value: object) -> object:
    match value:
        case dict() if "id" in value and not {"options", "accepted", "key"} & value.keys():
            return {"text": OPEN, **value}
        case dict() if "media" in value:
            return {"description": OPEN, **value}
        case dict():
            return {name: _completed(member) for name, member in value.items()}
        case list():
            return [_completed(element) for element in value]
        case _:
            return value
