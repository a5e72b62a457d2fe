"""Passages of Moodle: text with numbered places, ``[[1]]``, and words of a group to choose from."""

from __future__ import annotations

import re

from kernel.sentences import say
from question_bank.interchange.entries import Entry, Item, Written
from question_bank.interchange.naming import plain_ids
from question_bank.interchange.questions import COMPLETE
from question_bank.marked_text import Shape

_GAP = re.compile(r"\[\[(\d{1,3})\]\]")
GAPS_MAX = 20
STEM, PASSAGE = '<div class="stem">', '<div class="passage">'


def gap_select(entry: Entry, kind: str, raw: tuple[str, Written], choices: list[tuple[str, str]]) -> Item:
    """Return a gap select of a ``gapselect`` or ``ddwtos`` question; each gap gets the words of its group."""
    del kind
    gaps: list[dict[str, object]] = []

    def place(found: re.Match[str]) -> str:
        number = int(found[1])
        if not 1 <= number <= len(choices):
            entry.refuse(say("has a gap [[%(number)s]] without a choice of this number", number=number))
        group = choices[number - 1][1]
        words = list(dict.fromkeys(text for text, other in choices if other == group))
        ids = plain_ids(min(len(words), 26))
        options = [{"id": id_, "text": text} for id_, text in zip(ids, words, strict=False)]
        gaps.append({"id": str(len(gaps) + 1), "options": options, "key": ids[words.index(choices[number - 1][0])]})
        return f'<span data-gap="{len(gaps)}"></span>'

    if len(_GAP.findall(raw[0])) > GAPS_MAX:
        entry.refuse(say("has more than %(gaps_max)s gaps", gaps_max=GAPS_MAX))
    stem, passage = stem_and_passage(entry, _GAP.sub(place, raw[0]), raw[1])
    return {"kind": "gap_select", "stem": stem, "passage": passage, "gaps": gaps}


def stem_and_passage(entry: Entry, html: str, written: Written) -> tuple[str, str]:
    """Return what is asked and the text with gaps: parted by our own marks, or by the first paragraph with a gap."""
    if STEM in html and PASSAGE in html:
        before, _, after = html.partition(PASSAGE)
        stem = entry.text(before.partition(STEM)[2].strip().removesuffix("</div>"), "html", Shape.BLOCKS, "the stem")
        return stem, entry.text(after.strip().removesuffix("</div>"), "html", Shape.PASSAGE, "the passage")
    paragraphs = entry.text(html, written, Shape.PASSAGE, "the passage").split("\n\n")
    first = next((index for index, text in enumerate(paragraphs) if "[[" in text), len(paragraphs))
    if first == len(paragraphs):
        entry.refuse(say("has no gap"))
    if first == 0:
        asked = COMPLETE.get(entry.source.language.partition("-")[0])
        if asked is None:
            entry.refuse(say("asks nothing before its first gap; put a paragraph that says what to do before it"))
        entry.change(say("asks nothing before its first gap; %(asked)r is put before it", asked=asked))
        return asked, "\n\n".join(paragraphs)
    return "\n\n".join(paragraphs[:first]), "\n\n".join(paragraphs[first:])
