"""Multiple choice: several options, one or several of them right, all that apply to be chosen."""

from __future__ import annotations

from question_bank.item_kinds.choices import ChoiceKind, Choose

KIND = ChoiceKind(name="multiple_choice", choose=Choose.SEVERAL)
