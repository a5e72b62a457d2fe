"""Cloze, Moodle's embedded answers: ``{1:SHORTANSWER:=demand~=traffic}`` within a text.

One rule: all gaps of a question are of one sort, typed or chosen, and count alike; anything else is refused.
"""

from __future__ import annotations

import html
import re
from fractions import Fraction

from kernel.sentences import say
from question_bank.interchange.entries import Entry, Item, Written
from question_bank.interchange.moodle_gaps import GAPS_MAX, stem_and_passage
from question_bank.interchange.naming import plain_ids
from question_bank.interchange.questions import accepted, typed_weights

_LIKE_GAP = re.compile(r"\{\s*\d*\s*:\s*[A-Za-z_]{1,40}\s*[:}]")
_GAP = re.compile(r"\{(\d*):([A-Z_]+):((?:[^{}\\]|\\.)*)\}")
_TYPED = {"SHORTANSWER": False, "SA": False, "MW": False, "SHORTANSWER_C": True, "SAC": True, "MWC": True}
_LISTS = frozenset({"MULTICHOICE", "MC", "MCS", "MULTICHOICE_S"})
_BUTTONS = frozenset(
    {"MULTICHOICE_V", "MCV", "MULTICHOICE_H", "MCH", "MULTICHOICE_VS", "MCVS", "MULTICHOICE_HS", "MCHS"}
)
_TAG = re.compile(r"<(?=[A-Za-z/!])")
_BARE_TAG = re.compile(r"\0/?(?:br|p|span)\b[^>]*>")
_ESCAPE = re.compile(r"\\([}#~/\"\\{=*])")
_ANSWER = re.compile(r"(?<!\\)~")
_FEEDBACK = re.compile(r"(?<!\\)#")
_PERCENT = re.compile(r"(?:=|%(-?\d{1,3}(?:\.\d{1,10})?)%)?")


def cloze(entry: Entry, raw: tuple[str, Written]) -> Item:
    """Return a gap text or a gap select of a ``cloze`` question."""
    found = _GAP.findall(raw[0])
    if not found:
        entry.refuse(say("has no gap"))
    if len(found) > GAPS_MAX:
        entry.refuse(say("has more than %(gaps_max)s gaps", gaps_max=GAPS_MAX))
    if len({weight or "1" for weight, _, _ in found}) > 1:
        entry.change(say("its gaps counted for different marks; here each counts alike"))
    sorts = {sort for _, sort, _ in found}
    numbers = iter(range(1, len(found) + 1))
    text = _GAP.sub(lambda _: f'<span data-gap="{next(numbers)}"></span>', raw[0])
    if left := _LIKE_GAP.search(text):
        entry.refuse(
            say("has %(gap)r, which is no gap that can be read; candidates would see its answers", gap=left[0])
        )
    if sorts <= _TYPED.keys() and len({_TYPED[sort] for sort in sorts}) == 1:
        weights = typed_weights(case_counts=_TYPED[found[0][1]])
        gaps = [
            {"id": str(at), "accepted": accepted(entry, _answers(entry, body), weights)}
            for at, (_, _, body) in enumerate(found, 1)
        ]
        more: Item = {"kind": "gap_text", "gaps": gaps} | weights
    elif sorts <= _LISTS | _BUTTONS:
        if sorts & _BUTTONS:
            entry.change(say("its choices stood beside each other or below, and are chosen from lists here"))
        more = {
            "kind": "gap_select",
            "gaps": [_chosen(entry, str(at), body) for at, (_, _, body) in enumerate(found, 1)],
        }
    else:
        entry.refuse(
            say("has gaps of the sorts %(names)s, which no kind of item has together", names=", ".join(sorted(sorts)))
        )
    stem, passage = stem_and_passage(entry, text, raw[1])
    return {"stem": stem, "passage": passage} | more


def _answers(entry: Entry, body: str) -> list[tuple[str, Fraction, str]]:
    answers = []
    # Tags are told from words that look like one before entities become signs.
    for part in _ANSWER.split(html.unescape(_TAG.sub("\0", body))):
        mark = _PERCENT.match(part)
        weight = Fraction(mark[1]) if mark and mark[1] else Fraction(100 if part.startswith("=") else 0)
        words, feedback = [*_FEEDBACK.split(part[mark.end() if mark else 0 :], maxsplit=1), ""][:2]
        words = " ".join(_BARE_TAG.sub(" ", words).split())
        if "\0" in words:
            entry.refuse(
                say("has HTML in a gap, %(words)r; there stand words alone", words=words.replace(chr(0), "<")[:60])
            )
        answers.append((_ESCAPE.sub(_unescaped, words), weight, feedback.strip()))
    return answers


def _unescaped(found: re.Match[str]) -> str:
    # A star keeps its backslash, by which it is no wildcard.
    return found[0] if found[1] == "*" else found[1]


def _chosen(entry: Entry, id_: str, body: str) -> Item:
    answers = _answers(entry, body)
    right = [index for index, (_, weight, _) in enumerate(answers) if weight == 100]  # noqa: PLR2004 - percent
    if len(right) != 1 or any(weight not in {0, 100} for _, weight, _ in answers) or len(answers) > GAPS_MAX:
        entry.refuse(say("has a gap of which not exactly one choice is right"))
    if any(feedback for _, _, feedback in answers):
        entry.change(say("feedback to a choice in a gap is not kept"))
    ids = plain_ids(len(answers))
    options = [{"id": one, "text": words} for one, (words, _, _) in zip(ids, answers, strict=True)]
    return {"id": id_, "options": options, "key": ids[right[0]]}
