"""Matching: each premise is to be given its counterpart; there may be more counterparts than premises."""

from __future__ import annotations

from question_bank.item_kinds.pairings import PairingKind

KIND = PairingKind(
    name="matching", left="premises", right="counterparts", answer="matched", draws_right=True, limits_use=True
)
