"""Errors of the domain: small classes with a stable ``code`` and an HTTP status; the doors turn them into replies.

A fault names its place (a JSON pointer, a field, ``file:line``), so that whoever sent the input can mend it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

RESERVED = frozenset({"type", "title", "status", "code", "instance"})
"""Members of every problem document (RFC 9457, and ours); no fact of one refusal may stand in their place."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input: where, and what to change."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class DomainError(Exception):
    """Something the product refuses, for a reason the caller may read."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request was refused"

    def __init__(self, detail: str, *, faults: Sequence[Fault] = (), **facts: Any) -> None:  # noqa: ANN401
        if taken := RESERVED & facts.keys():
            message = (
                f"{', '.join(sorted(taken))}: a problem document says this of every refusal; name the fact otherwise"
            )
            raise TypeError(message)
        super().__init__(detail)
        self.detail = detail
        self.faults = tuple(faults)
        self.facts = facts
        """Extra members of the problem document, such as the current state after a conflict."""

    def __str__(self) -> str:
        return "\n".join([self.detail, *(f"  {fault}" for fault in self.faults)])


class Invalid(DomainError):
    """The input itself is wrong; nothing was changed."""

    code = "invalid"
    status = 422
    title = "The input is not valid"


class NotFound(DomainError):
    """There is no such thing, or the caller may not know that there is."""

    code = "not_found"
    status = 404
    title = "Not found"


class Conflict(DomainError):
    """The input is well formed but does not fit the current state."""

    code = "conflict"
    status = 409
    title = "This does not fit the current state"


class IllegalMove(Conflict):
    """A state machine was asked for a move its table does not hold."""

    code = "illegal_move"
    title = "This step is not possible now"


class Forbidden(DomainError):
    """The caller is known and may not do this."""

    code = "forbidden"
    status = 403
    title = "You may not do this"


class Unauthenticated(DomainError):
    """Nobody is signed in, or the token does not hold."""

    code = "unauthenticated"
    status = 401
    title = "Please sign in"


class TooMany(DomainError):
    """A rate limit was reached."""

    code = "too_many_requests"
    status = 429
    title = "Too many requests"


class TooLarge(DomainError):
    """The body is larger than this place accepts."""

    code = "too_large"
    status = 413
    title = "The body is too large"
