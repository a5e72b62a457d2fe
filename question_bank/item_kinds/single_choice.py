"""Single choice: several options, exactly one of them right, one to be chosen."""

from __future__ import annotations

from question_bank.item_kinds.choices import ChoiceKind, Choose

KIND = ChoiceKind(name="single_choice", choose=Choose.ONE)
