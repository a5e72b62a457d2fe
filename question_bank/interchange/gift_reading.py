"""GIFT, Moodle's text format for questions: read line by line, one entry for each question.

One rule: signs are escaped as Moodle escapes them; a question of a kind that items do not have is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from kernel.sentences import say
from question_bank.interchange import questions
from question_bank.interchange.entries import Entry, Item, Source, Written, taking
from question_bank.interchange.lines import lines_of
from question_bank.interchange.questions import Option
from question_bank.interchange.tags import OURS, with_tags
from question_bank.marked_text import Shape

QUESTION_CHARACTERS_MAX = 200_000
ESCAPED = ":#={}~n\\"
# Documents have no control characters: they stand for what was escaped until its place is known.
_HIDDEN = {sign: chr(1 + index) for index, sign in enumerate(ESCAPED)}
_SHOWN = str.maketrans({hidden: "\n" if sign == "n" else sign for sign, hidden in _HIDDEN.items()})
_ESCAPE = re.compile(r"\\([:#={}~n\\])")
_NOTE = re.compile(r"\[(id|tag):((?:[^\]\\]|\\.)*)\]")
_TITLE = re.compile(r"::(.*?)::", re.DOTALL)
_FORMAT = re.compile(r"\[(html|moodle|plain|markdown)\]")
_WHOLE, _NOTHING = Fraction(100), Fraction(0)
_PERCENT = re.compile(r"%(-?[0-9]{1,3}(?:\.[0-9]{1,10})?)%")
_NEARLY_PERCENT = re.compile(r"%[-+0-9., ]{1,20}%")
_TRUTH = {"T": True, "TRUE": True, "F": False, "FALSE": False}
_ANSWER = re.compile(r"(?=[=~])")


@dataclass(slots=True)
class _Block:
    """The lines of one question, the notes before it, and where it begins."""

    first: int = 0
    lines: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    size: int = 0


def read_gift(source: Source) -> Iterator[Entry]:
    """Yield the questions of a GIFT document."""
    return (_entry(source, block, category) for block, category in _blocks(source))


def _blocks(source: Source) -> Iterator[tuple[_Block, str]]:
    category, block = "", _Block()
    for number, line in lines_of(source):
        bare = line.strip()
        if bare.startswith("//"):
            block.notes += _NOTE.findall(bare)
        elif bare.startswith("$CATEGORY:") and not block.lines:
            category = bare.removeprefix("$CATEGORY:").strip()
        elif bare:
            block.first = block.first or number
            block.lines.append(line)
            block.size += len(line)
            if block.size > QUESTION_CHARACTERS_MAX:
                source.refuse(
                    f":{block.first}",
                    say(
                        "has a question of more than %(question_characters_max)s characters",
                        question_characters_max=QUESTION_CHARACTERS_MAX,
                    ),
                )
        elif block.lines:
            yield block, category
            block = _Block()
    if block.lines:
        yield block, category


def _entry(source: Source, block: _Block, category: str) -> Entry:
    text = _ESCAPE.sub(lambda found: _HIDDEN[found[1]], "\n".join(block.lines)).strip()
    title = _TITLE.match(text)
    name = _plain(title[1]) if title else ""
    notes = [(kind, re.sub(r"\\(.)", r"\1", value)) for kind, value in block.notes]
    tags = dict(value.partition("=")[::2] for kind, value in notes if kind == "tag")
    code = next((value for kind, value in notes if kind == "id"), name)
    entry = Entry(source, f":{block.first}", name or code or f"the question in line {block.first}", category, tags=tags)
    with taking(entry):
        item = _question(entry, text[title.end() :] if title else text)
        entry.item = with_tags(entry, item | ({"code": code} if code else {}))
    return entry


def _question(entry: Entry, text: str) -> Item:
    opening, closing = text.find("{"), text.rfind("}")
    if opening < 0 or closing < opening:
        entry.refuse(say("has no answers in braces; texts that ask nothing are no items"))
    before, inside, after = text[:opening].lstrip(), text[opening + 1 : closing], text[closing + 1 :].rstrip()
    if "{" in inside or "}" in inside:
        entry.refuse(say("has braces within braces; write \\{ for a brace that is shown"))
    if after:
        # A word is missing within the sentence; Moodle shows a line of five signs there.
        before = f"{before}_____{after}"
    form, before = _format(before, "moodle")
    inside, general = _general_feedback(inside)
    stem = _text(entry, before, form, Shape.BLOCKS, "the stem")
    rationale = _text(entry, general, form, Shape.BLOCKS, "the general feedback") if general else ""
    return _answers(entry, stem, inside.strip(), form) | ({"rationale": rationale} if rationale else {})


def _general_feedback(inside: str) -> tuple[str, str]:
    answers, _, general = inside.partition("####")
    return answers, general.strip()


def _answers(entry: Entry, stem: str, inside: str, form: Written) -> Item:
    if not inside:
        return questions.essay(entry, stem)
    if inside.startswith("#"):
        return _numeric(entry, stem, inside[1:].strip())
    word, *feedback = inside.split("#")
    if word.strip().upper() in _TRUTH:
        return _true_false(entry, stem, _TRUTH[word.strip().upper()], feedback, form)
    if not _ANSWER.search(inside) and "\n" not in inside and "->" not in inside:
        inside = f"={inside}"  # one right answer may stand there by itself
    if inside[0] not in "=~":
        entry.refuse(
            say("has the answers %(answers)r, which begin neither with = nor with ~", answers=_plain(inside)[:60])
        )
    parts = [part for part in _ANSWER.split(inside) if part.strip()]
    if any(part.startswith("~") for part in parts):
        return _choice(entry, stem, parts, form)
    if all("->" in part for part in parts):
        return _matching(entry, stem, parts, form)
    if any("->" in part for part in parts):
        entry.refuse(say("has pairs beside answers that are none"))
    answers = []
    for part in parts:
        words, percent, said = _split(entry, part)
        answers.append((_typed(entry, words), _WHOLE if percent is None else percent, said))
    return questions.short_text(entry, stem, answers, case_counts=False)


def _typed(entry: Entry, words: str) -> str:
    """Return what is to be typed, of which a format is no part."""
    form, words = _format(words, "plain")
    if form in {"html", "markdown"} and re.search(r"[<&*_`]", words):
        entry.refuse(
            say(
                "accepts %(words)r as %(form)s, which nobody types; write it as bare words",
                words=_plain(words)[:60],
                form=form,
            )
        )
    return _plain(words)


def _choice(entry: Entry, stem: str, parts: list[str], form: Written) -> Item:
    options = []
    right = sum(part.startswith("=") for part in parts)
    for part in parts:
        words, percent, feedback = _split(entry, part)
        options.append(
            Option(
                _text(entry, words, form, Shape.LINE, "an option"),
                (_WHOLE if part.startswith("=") else _NOTHING) if percent is None else percent,
                _text(entry, feedback, form, Shape.BLOCKS, "a feedback") if feedback else "",
            )
        )
    if right > 1:
        entry.refuse(
            say(
                "has %(right)s options marked with =; where several are right, each is written with its percent",
                right=right,
            )
        )
    return questions.choice(entry, stem, options, several=right == 0)


def _matching(entry: Entry, stem: str, parts: list[str], form: Written) -> Item:
    pairs = []
    for part in parts:
        one, _, other = part[1:].partition("->")
        premise = _text(entry, one, form, Shape.LINE, "a premise") if one.strip() else ""
        pairs.append((premise, _text(entry, other, form, Shape.LINE, "a counterpart")))
    return questions.matching(entry, stem, pairs)


def _true_false(entry: Entry, stem: str, is_true: bool, feedback: list[str], form: Written) -> Item:
    # First what is said to whoever is wrong, then to whoever is right.
    said = [_text(entry, text, form, Shape.BLOCKS, "a feedback") if text.strip() else "" for text in feedback]
    wrong, right = (*said, "", "")[:2]
    return questions.true_false(entry, stem, is_true=is_true, feedback=(right, wrong) if is_true else (wrong, right))


def _numeric(entry: Entry, stem: str, inside: str) -> Item:
    inside, _, other = inside.partition("~")  # Moodle writes there what is said to whoever gives another number
    if other.lstrip()[:1] not in {"", "#"}:
        entry.refuse(say("has numbers marked with ~; there, it only stands before what is said of all other numbers"))
    parts = [part for part in _ANSWER.split(inside) if part.strip()]
    if len(parts) != 1:
        entry.refuse(say("has several numbers as answers; an item has one, with a tolerance"))
    words, percent, feedback = _split(entry, parts[0] if parts[0].startswith("=") else f"={parts[0]}")
    if feedback or other:
        entry.change(say("feedback to a typed answer is not kept"))
    if percent not in {None, _WHOLE}:
        entry.refuse(say("gives part of the credit for a number; it is right or it is not"))
    if ".." in words:
        low, _, high = words.partition("..")
        return questions.interval(entry, stem, low, high)
    answer, _, tolerance = words.partition(":")
    return questions.numeric(entry, stem, answer, tolerance)


def _split(entry: Entry, part: str) -> tuple[str, Fraction | None, str]:
    """Return the words of an answer, its percent where it says one, and its feedback."""
    words, _, feedback = part[1:].strip().partition("#")
    percent = _PERCENT.match(words)
    if percent is None and (nearly := _NEARLY_PERCENT.match(words)):
        entry.refuse(say("has the weight %(weight)r, which is no percent such as %%-33.33333%%", weight=nearly[0]))
    if percent is None:
        return words.strip(), None, feedback.strip()
    return words[percent.end() :].strip(), Fraction(percent[1]), feedback.strip()


def _format(text: str, otherwise: Written) -> tuple[Written, str]:
    found = _FORMAT.match(text)
    if found is None:
        return otherwise, text
    form: dict[str, Written] = {"html": "html", "moodle": "moodle", "plain": "plain", "markdown": "markdown"}
    return form[found[1]], text[found.end() :].strip()


def _text(entry: Entry, text: str, form: Written, shape: Shape, what: str) -> str:
    own, text = _format(text.strip(), form)
    return entry.text(_plain(text), "marked" if OURS in entry.tags else own, shape, what)


def _plain(text: str) -> str:
    return text.strip().translate(_SHOWN)
