"""Preconditions: an edit names the state it was made on, so that nobody overwrites what they have not seen.

One rule: whatever replaces content needs ``If-Match`` (428 without, 412 when the state is another one by now;
``*`` is no answer there, since it names nothing that anybody has read). A step
along a table of moves overwrites nothing; there the header may be sent, and is then heeded. (RFC 9110, 13.1.1; RFC
6585, 3.)
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Header
from pydantic import BaseModel

from kernel.canonical import digest
from kernel.errors import Conflict, DomainError

HASH_CHARACTERS = 32
ETAG = {"ETag": {"description": "Names this state; send it as If-Match with an edit.", "schema": {"type": "string"}}}
"""For the description of a reply that carries one."""
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=1000, description="The ETag of the state that this was made on."),
]


class StateUnknown(DomainError):
    """The edit does not say which state it was made on."""

    code = "precondition_required"
    status = 428
    title = "Say which state you have seen"


class StateChanged(Conflict):
    """Somebody changed it after it was read; look at it again."""

    code = "precondition_failed"
    status = 412
    title = "It has changed in the meantime"


def etag_of(shown: BaseModel) -> str:
    """Return the strong entity tag of a thing as the API shows it, whoever asks and whichever database keeps it."""
    return f'"{digest(shown.model_dump(mode="json"))[:HASH_CHARACTERS]}"'


def refuse_unseen(shown: BaseModel, if_match: str | None, *, must_be_told: bool) -> None:
    """Refuse a change that was made on another state than the one that stands, held until the commit.

    Raises:
        StateUnknown: nothing was said, and it must be.
        StateChanged: naming the current state; ``*`` names none where it must be told.
    """
    if if_match is None:
        if must_be_told:
            message = "send the ETag of what you have read as If-Match, so that nobody's work is overwritten"
            raise StateUnknown(message)
        return
    current = etag_of(shown)
    named = {current} if must_be_told else {"*", current}  # "whatever stands" is not what anybody has seen
    if not named & {tag.strip() for tag in if_match.split(",")}:
        message = "it was changed after you read it; look at it again, and send its ETag with what you then want"
        raise StateChanged(message, etag=current, current=shown.model_dump(mode="json"))
