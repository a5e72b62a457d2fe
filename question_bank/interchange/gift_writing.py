r"""GIFT written: items as Moodle reads them, with all that GIFT cannot say in the comment before each.

One rule: reading it again here gives the same item; what another system makes less of is noted in the report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction

from kernel.sentences import say
from question_bank.interchange.entries import Item, Target
from question_bank.interchange.losses import LossKind
from question_bank.interchange.percents import percents_of, what_changes
from question_bank.interchange.questions import decimal
from question_bank.interchange.tags import tagged
from question_bank.marked_text import Shape
from question_bank.marked_text.markdown_reading import shown_alike

_SIGNS = re.compile(r"[:#={}~\\]")


class _Unwritable(ValueError):
    """GIFT has no way to say this."""


def write_gift(items: Iterable[Item], target: Target) -> Iterator[bytes]:
    """Yield items as GIFT; what it cannot say is noted in the report."""
    for item in items:
        plain, tags = tagged(item)
        try:
            answers = _answers(plain)
        except _Unwritable as unwritable:
            target.lose(LossKind.REFUSED, item["code"], say("%(reason)s; it is not written", reason=unwritable.args[0]))
            continue
        target.report.take(item["code"])
        for change in (*what_changes(item, "GIFT"), *_changed_texts(item)):
            target.lose(LossKind.CHANGED, item["code"], change)
        notes = " ".join(f"[tag:{_noted(f'{name}={value}')}]" for name, value in tags.items())
        answers.append(f"####{_text(item['rationale'])}")
        body = "\n".join(f"\t{answer}" for answer in answers)
        written = f"// [id:{_noted(item['code'])}] {notes}\n::{_escaped(item['code'])}::{_text(item['stem'])} {{\n{body}\n}}\n\n"
        yield written.encode()


def _answers(item: Item) -> list[str]:
    match item["kind"]:
        case "single_choice" | "multiple_choice":
            return [
                _option(option, percent) for option, percent in zip(item["options"], percents_of(item), strict=True)
            ]
        case "matrix":
            return _pairs(item, "rows", "columns")
        case "matching":
            return _pairs(item, "premises", "counterparts")
        case "short_text":
            return [f"={_form(form)}" for form in item["accepted"]]
        case "numeric":
            return [_number(item)]
        case "essay":
            return []
    message = say("GIFT has no %(kind)s", kind=item["kind"])
    raise _Unwritable(message)


def _option(option: Item, percent: str) -> str:
    mark = {"100": "=", "0": "~"}.get(percent, f"~%{percent}%")
    feedback = f"#{_text(option['feedback'])}" if option.get("feedback") else ""
    return f"{mark}{_text(option['text'])}{feedback}"


def _pairs(item: Item, left: str, right: str) -> list[str]:
    texts = {thing["id"]: thing["text"] for thing in item[right]}
    if any("->" in thing["text"] for thing in item[left]):
        message = say("GIFT cannot write -> in what is matched")
        raise _Unwritable(message)
    used = set(item["key"].values())
    pairs = [f"={_text(thing['text'])} -> {_text(texts[item['key'][thing['id']]])}" for thing in item[left]]
    return [*pairs, *(f"= -> {_text(thing['text'])}" for thing in item[right] if thing["id"] not in used)]


def _form(form: str) -> str:
    if "->" in form or "\\*" in form or form != " ".join(form.split()):
        message = say("GIFT cannot write the accepted form %(form)r", form=form[:60])
        raise _Unwritable(message)
    if form.startswith(("%", "[")):
        message = say("GIFT would read the accepted form %(form)r as something else", form=form[:60])
        raise _Unwritable(message)
    return _escaped(form.replace("*", "\\*"), keep_stars=True)


def _number(item: Item) -> str:
    if item.get("units"):
        message = say("GIFT has no units")
        raise _Unwritable(message)
    answer, within = Fraction(item["answer"]), item.get("within", {"absolute": "0"})
    match within:
        case {"absolute": bound}:
            tolerance = Fraction(bound)
        case {"relative": share}:
            tolerance = Fraction(share) * abs(answer)
        case _:
            message = say("GIFT has no rounding to figures or places")
            raise _Unwritable(message)
    written, bound = decimal(answer), decimal(tolerance)
    if written is None or bound is None:
        message = say("its number has no exact decimal")
        raise _Unwritable(message)
    return f"#{written}:{bound}"


def _text(text: str) -> str:
    return f"[markdown]{_escaped(text)}"


def _escaped(text: str, *, keep_stars: bool = False) -> str:
    if keep_stars:  # the backslash before a star is Moodle's sign for a star that is no wildcard
        return "\\*".join(_escaped(part) for part in text.split("\\*"))
    return _SIGNS.sub(r"\\\g<0>", text).replace("\n", "\\n")


def _noted(text: str) -> str:
    return re.sub(r"[\\\]]", r"\\\g<0>", text).replace("\n", " ")


def _changed_texts(item: Item) -> Iterator[str]:
    texts = [(item["stem"], Shape.BLOCKS), (item["rationale"], Shape.BLOCKS)]
    texts += [(thing["text"], Shape.LINE) for name in ("options", "premises", "rows") for thing in item.get(name, ())]
    if not all(shown_alike(text, shape) for text, shape in texts):
        yield say("marks that Markdown lacks elsewhere (scripts, formulas, media) are shown there as signs")
