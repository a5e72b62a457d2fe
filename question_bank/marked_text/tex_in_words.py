r"""TeX between its delimiters in plain words, ``\(x^2\)``, as other systems write formulas.

One rule: what cannot be understood is refused, never shown as signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kernel.sentences import say
from question_bank.marked_text.formulas import NotUnderstood, mathml
from question_bank.marked_text.tree import Emphasised, Formula, Inline, Words

_TEX = re.compile(r"\\\((?P<inline>.+?)\\\)|\\\[(?P<display>.+?)\\\]|\$\$(?P<dollars>.+?)\$\$", re.DOTALL)


def with_formulas(parts: Sequence[Inline], refusals: list[str]) -> list[Inline]:
    """Return parts in which TeX is a formula; what is wrong with one is added to the refusals."""
    found: list[Inline] = []
    for part in parts:
        match part:
            case Words(text):
                found += _split(text, refusals)
            case Emphasised(tag, within):
                found.append(Emphasised(tag, tuple(with_formulas(within, refusals))))
            case _:
                found.append(part)
    return found


def _split(text: str, refusals: list[str]) -> Iterator[Inline]:
    begin = 0
    for match in _TEX.finditer(text):
        yield Words(text[begin : match.start()])
        latex = " ".join((match["inline"] or match["display"] or match["dollars"]).split())
        try:
            mathml(latex, display=False)
            yield Formula(latex, match["inline"] is None)
        except NotUnderstood as misunderstood:
            refusals.append(say("has a formula that %(why)s", why=misunderstood.args[0]))
        begin = match.end()
    yield Words(text[begin:])
