"""Reasons: why somebody did what others must be able to understand later."""

from __future__ import annotations

from kernel.errors import Fault, Invalid
from kernel.sentences import say

REASON_CHARACTERS_MIN, REASON_CHARACTERS_MAX = 10, 2000


class ReasonMissing(Invalid):
    """This step needs a reason in words."""

    code = "reason_missing"


def said(reason: str) -> str:
    """Return a reason without the blanks around it.

    Raises:
        ReasonMissing: it is too short to say anything, or too long to be read.
    """
    words = reason.strip()
    if not REASON_CHARACTERS_MIN <= len(words) <= REASON_CHARACTERS_MAX:
        message = say("this step needs a reason that others can understand later")
        bounds = say(
            "say why, in %(least)s to %(most)s characters", least=REASON_CHARACTERS_MIN, most=REASON_CHARACTERS_MAX
        )
        raise ReasonMissing(message, faults=[Fault("reason", bounds)])
    return words
