"""Matrix: a table of statements, each to be given one of the columns, such as true and false."""

from __future__ import annotations

from question_bank.item_kinds.pairings import PairingKind

KIND = PairingKind(name="matrix", left="rows", right="columns", answer="marked", draws_right=False, limits_use=False)
