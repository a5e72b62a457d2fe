"""Aiken: single choices as bare lines, a stem, lettered options and the letter of the right one; both ways.

One rule: Aiken has words and nothing else, so everything else an item says is named as lost when it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise

from kernel.sentences import say
from question_bank.interchange import questions
from question_bank.interchange.entries import Entry, Item, Source, Target, taking
from question_bank.interchange.lines import lines_of
from question_bank.interchange.losses import LossKind
from question_bank.interchange.questions import Option
from question_bank.marked_text import Shape, has_marks, plain

_OPTION = re.compile(r"([A-Z])[.)][ \t]+(.*\S)\s*")
_ANSWER = re.compile(r"answer:\s*([A-Z])\s*", re.IGNORECASE)
_END = re.compile(r"answer:", re.IGNORECASE)
LINES_MAX = 200


def read_aiken(source: Source) -> Iterator[Entry]:
    """Yield the questions of an Aiken document."""
    return (_entry(source, lines) for lines in _blocks(source))


def _blocks(source: Source) -> Iterator[list[tuple[int, str]]]:
    lines: list[tuple[int, str]] = []
    after_blank = False
    for number, text in ((number, line.strip()) for number, line in lines_of(source)):
        if not text:
            after_blank = True
            continue
        is_next = not (_OPTION.fullmatch(text) or _END.match(text))
        if after_blank and is_next and any(_OPTION.fullmatch(line) for _, line in lines):
            yield lines  # its answer is missing, and the next question does not suffer for it
            lines = []
        after_blank = False
        lines.append((number, text))
        if len(lines) > LINES_MAX:
            source.refuse(
                f":{lines[0][0]}", say("has a question of more than %(lines_max)s lines", lines_max=LINES_MAX)
            )
        if _END.match(text):
            yield lines
            lines = []
    if lines:
        yield lines


def _entry(source: Source, lines: list[tuple[int, str]]) -> Entry:
    first, stem = lines[0]
    entry = Entry(source, f":{first}", f"the question in line {first}")
    with taking(entry):
        begin = next((index for index, (_, line) in enumerate(lines) if _OPTION.fullmatch(line)), len(lines))
        answer = _ANSWER.fullmatch(lines[-1][1])
        if answer is None:
            entry.refuse(
                say("has no line such as 'ANSWER: B' after its options; it ends with %(line)r", line=lines[-1][1][:60])
            )
        if begin >= len(lines) - 1:
            entry.refuse(
                say(
                    "has no options such as 'A. text' or 'A) text', each on a line with a space after the letter's sign"
                )
            )
        for (number, _), (after, _) in pairwise(lines[:begin]):
            if after != number + 1:
                entry.refuse(
                    say(
                        "has text before and after the blank line above line %(after)s; only one of them is the question",
                        after=after,
                    )
                )
        options: list[Option] = []
        for number, line in lines[begin:-1]:
            found = _OPTION.fullmatch(line)
            if found is None or found[1] != chr(ord("A") + len(options)):
                entry.refuse(
                    say(
                        "has in line %(number)s no option %(letter)s: %(line)r",
                        number=number,
                        letter=chr(ord("A") + len(options)),
                        line=line[:60],
                    )
                )
            weight = Fraction(100 if found[1] == answer[1].upper() else 0)
            options.append(Option(entry.text(found[2], "plain", Shape.LINE, "an option"), weight))
        stem = entry.text(" ".join(line for _, line in lines[:begin]), "plain", Shape.BLOCKS, "the stem")
        if not stem:
            entry.refuse(say("has no stem"))
        entry.item = questions.choice(entry, stem, options, several=False)
    return entry


def write_aiken(items: Iterable[Item], target: Target) -> Iterator[bytes]:
    """Yield items as Aiken; what it cannot say is noted in the report."""
    for item in items:
        if item["kind"] != "single_choice":
            target.lose(
                LossKind.REFUSED, item["code"], say("Aiken has no %(kind)s; it is not written", kind=item["kind"])
            )
            continue
        stem, texts = (
            plain(item["stem"], Shape.BLOCKS),
            [plain(option["text"], Shape.LINE) for option in item["options"]],
        )
        if fault := _unwritable(stem, texts):
            target.lose(LossKind.REFUSED, item["code"], say("%(reason)s; it is not written", reason=fault))
            continue
        target.report.take(item["code"])
        target.lose(LossKind.CHANGED, item["code"], say("its code, tags, rationale and feedback are not written"))
        if stem != item["stem"] or any(has_marks(option["text"], Shape.LINE) for option in item["options"]):
            target.lose(LossKind.CHANGED, item["code"], say("its texts are written as words without marks"))
        letters = [chr(ord("A") + index) for index in range(len(texts))]
        right = letters[[option["id"] for option in item["options"]].index(item["key"][0])]
        lines = [stem, *(f"{letter}. {text}" for letter, text in zip(letters, texts, strict=True)), f"ANSWER: {right}"]
        yield ("\n".join(lines) + "\n\n").encode()


def _unwritable(stem: str, texts: list[str]) -> str:
    if _OPTION.fullmatch(stem) or _END.match(stem):
        return "its stem looks like an option or an answer"
    if not stem or not all(texts):
        return "it has a text without words"
    return ""
