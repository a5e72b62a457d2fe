"""Moodle XML written: items as Moodle takes them in, with all that it cannot say in their tags.

One rule: reading it again here gives the same item; what Moodle makes less of is noted in the report.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from fractions import Fraction
from xml.sax.saxutils import escape

from kernel.sentences import say
from question_bank.interchange.entries import Item, MediumOf, Target
from question_bank.interchange.losses import LossKind
from question_bank.interchange.moodle_gaps import PASSAGE, STEM
from question_bank.interchange.percents import percents_of, what_changes
from question_bank.interchange.questions import decimal
from question_bank.interchange.tags import tagged
from question_bank.marked_text import Shape, gaps_in, media_in, read_html, shown

_COUNTED = {"whole": "ALL_OR_NOTHING", "places": "ABSOLUTE_POSITION", "neighbours": "RELATIVE_NEXT_EXCLUDE_LAST"}

_PLACE = "@@PLUGINFILE@@/"
"""Where Moodle finds the files of a text."""
_SHOWN = re.compile(r'"media:([0-9a-f]{64}\.[a-z0-9]+)"')


class _Unwritable(ValueError):
    """Moodle has no way to say this."""


def write_moodle(items: Iterable[Item], target: Target) -> Iterator[bytes]:
    """Yield items as Moodle XML; what it cannot say is noted in the report."""
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n'
    for item in items:
        plain, tags = tagged(item)
        try:
            body = "".join(_body(plain, target.medium))
        except _Unwritable as unwritable:
            target.lose(LossKind.REFUSED, item["code"], say("%(reason)s; it is not written", reason=unwritable.args[0]))
            continue
        target.report.take(item["code"])
        for change in what_changes(item, "Moodle"):
            target.lose(LossKind.CHANGED, item["code"], change)
        names = "".join(f"<tag>{_in_text(f'{name}={value}')}</tag>" for name, value in tags.items())
        yield f"{body}<idnumber>{escape(item['code'])}</idnumber><tags>{names}</tags></question>\n".encode()
    yield b"</quiz>\n"


def _body(item: Item, medium: MediumOf) -> Iterator[str]:
    kind, stem = _type(item), _texted("questiontext", item["stem"], Shape.BLOCKS, medium)
    if item["kind"] == "gap_select":
        stem = _passage(item, _gap_numbers(item), medium)
    elif item["kind"] == "gap_text":
        stem = _passage(item, _cloze_gaps(item), medium)
    yield f'<question type="{kind}"><name>{_in_text(item["code"])}</name>{stem}'
    yield f"{_texted('generalfeedback', item['rationale'], Shape.BLOCKS, medium)}<defaultgrade>1</defaultgrade>"
    match item["kind"]:
        case "single_choice" | "multiple_choice":
            yield f"<single>{'true' if item['kind'] == 'single_choice' else 'false'}</single>"
            yield from _options(item, medium)
        case "matrix":
            yield from _pairs(item, "rows", "columns", medium)
        case "matching":
            yield from _pairs(item, "premises", "counterparts", medium)
        case "ordering":
            yield f"<gradingtype>{_COUNTED[item.get('counted', 'whole')]}</gradingtype><selecttype>ALL</selecttype>"
            yield from (
                f'<answer fraction="1" {_texted_as(thing["text"], medium)}</answer>' for thing in item["elements"]
            )
        case "short_text":
            yield f"<usecase>{int(item.get('case') == 'counts')}</usecase>"
            yield from (f'<answer fraction="100">{_in_text(_form(form))}</answer>' for form in item["accepted"])
        case "numeric":
            yield from _number(item)
        case "gap_select" | "essay":
            yield from (_gap_choices if item["kind"] == "gap_select" else _essay)(item)


def _type(item: Item) -> str:
    types = {
        "single_choice": "multichoice",
        "multiple_choice": "multichoiceset" if item.get("scoring") == "all_or_nothing" else "multichoice",
        "matrix": "matching",
        "matching": "matching",
        "ordering": "ordering",
        "short_text": "shortanswer",
        "numeric": "numerical",
        "gap_select": "gapselect",
        "gap_text": "cloze",
        "essay": "essay",
    }
    if item["kind"] not in types:
        message = say("Moodle has no %(kind)s", kind=item["kind"])
        raise _Unwritable(message)
    return types[item["kind"]]


def _options(item: Item, medium: MediumOf) -> Iterator[str]:
    for option, percent in zip(item["options"], percents_of(item), strict=True):
        feedback = _texted("feedback", option["feedback"], Shape.BLOCKS, medium) if option.get("feedback") else ""
        yield f'<answer fraction="{percent}" {_texted_as(option["text"], medium)}{feedback}</answer>'


def _pairs(item: Item, left: str, right: str, medium: MediumOf) -> Iterator[str]:
    texts = {thing["id"]: thing["text"] for thing in item[right]}
    used = set(item["key"].values())
    for thing in item[left]:
        answer = _in_text(texts[item["key"][thing["id"]]])
        yield f"<subquestion {_texted_as(thing['text'], medium)}<answer>{answer}</answer></subquestion>"
    for id_, text in texts.items():
        if id_ not in used:
            yield f'<subquestion format="html"><text></text><answer>{_in_text(text)}</answer></subquestion>'


def _form(form: str) -> str:
    if form != " ".join(form.split()) or "\\*" in form:
        message = say("Moodle cannot write the accepted form %(form)r", form=form[:60])
        raise _Unwritable(message)
    return form.replace("*", "\\*")


def _number(item: Item) -> Iterator[str]:
    answer, within = Fraction(item["answer"]), item.get("within", {"absolute": "0"})
    match within:
        case {"absolute": bound}:
            tolerance = Fraction(bound)
        case {"relative": share}:
            tolerance = Fraction(share) * abs(answer)
        case _:
            message = say("Moodle has no rounding to figures or places")
            raise _Unwritable(message)
    yield f'<answer fraction="100"><text>{_exact(answer)}</text><tolerance>{_exact(tolerance)}</tolerance></answer>'
    if item.get("units"):
        yield "<unitgradingtype>1</unitgradingtype><unitpenalty>1</unitpenalty><showunits>2</showunits><units>"
        for unit in item["units"]:
            multiplier = _exact(1 / Fraction(unit["factor"]))
            yield f"<unit><multiplier>{multiplier}</multiplier><unit_name>{escape(unit['unit'])}</unit_name></unit>"
        yield "</units>"


def _essay(item: Item) -> Iterator[str]:
    yield "<responseformat>plain</responseformat><responserequired>1</responserequired>"
    words = item.get("words", {})
    yield "".join(f"<{name}wordlimit>{words[name]}</{name}wordlimit>" for name in ("min", "max") if name in words)
    rubric = "".join(_criterion(criterion) for criterion in item["rubric"])
    notes = "".join(shown(item[name], Shape.BLOCKS) for name in ("guidance", "model_answer") if name in item)
    yield f'<graderinfo format="html">{_in_text(rubric + notes)}</graderinfo>'


def _criterion(criterion: Item) -> str:
    levels = "".join(f"<li>{level['points']}: {shown(level['text'], Shape.LINE)}</li>" for level in criterion["levels"])
    return f"<p>{shown(criterion['text'], Shape.LINE)}</p><ul>{levels}</ul>"


def _exact(value: Fraction) -> str:
    written = decimal(value)
    if written is None:
        message = say("its number has no exact decimal")
        raise _Unwritable(message)
    return written


def _gap_numbers(item: Item) -> dict[str, str]:
    numbers, first = {}, 1
    for gap in item["gaps"]:
        position = [option["id"] for option in gap["options"]].index(gap["key"])
        numbers[gap["id"]] = f"[[{first + position}]]"
        first += len(gap["options"])
    return numbers


def _gap_choices(item: Item) -> Iterator[str]:
    for group, gap in enumerate(item["gaps"], 1):
        for option in gap["options"]:
            yield f"<selectoption>{_in_text(option['text'])}<group>{group}</group></selectoption>"


def _cloze_gaps(item: Item) -> dict[str, str]:
    sort = "SHORTANSWER_C" if item.get("case") == "counts" else "SHORTANSWER"
    gaps = {}
    for gap in item["gaps"]:
        forms = "~".join(f"={_cloze_form(form)}" for form in gap["accepted"])
        gaps[gap["id"]] = f"{{1:{sort}:{forms}}}"
    return gaps


def _cloze_form(form: str) -> str:
    written = _form(form)
    if "\\" in written.replace("\\*", ""):
        message = say("Moodle cannot write the accepted form %(form)r in a gap", form=form[:60])
        raise _Unwritable(message)
    return escape("".join(f"\\{sign}" if sign in '}#~/"{=' else sign for sign in written))


def _passage(item: Item, gaps: dict[str, str], medium: MediumOf) -> str:
    stem, html = shown(item["stem"], Shape.BLOCKS), shown(item["passage"], Shape.PASSAGE)
    if not (_comes_back(item["stem"], Shape.BLOCKS) and _comes_back(item["passage"], Shape.PASSAGE)):
        message = say("its text is not in the form that comes back from HTML")
        raise _Unwritable(message)
    if "{" in html or "[[" in html or "[[" in item["stem"] or "{" in item["stem"]:
        message = say("it has braces or double brackets beside its gaps")
        raise _Unwritable(message)
    for id_ in gaps_in(item["passage"]):
        html = html.replace(f'<span data-gap="{id_}"></span>', gaps[id_])
    written = _with_files(f"{STEM}{stem}</div>{PASSAGE}{html}</div>", medium)
    return f'<questiontext format="html">{written}</questiontext>'


def _texted(tag: str, text: str, shape: Shape, medium: MediumOf) -> str:
    return f"<{tag} {_texted_as(text, medium, shape)}</{tag}>"


def _texted_as(text: str, medium: MediumOf, shape: Shape = Shape.LINE) -> str:
    """Return a text with its format: HTML, which Moodle shows best, unless that would come back spelled otherwise."""
    if _comes_back(text, shape, tex=True):
        return f'format="html">{_with_files(shown(text, shape), medium)}'
    if media_in(text, shape):
        message = say("its pictures, recordings or exhibits stand in a text that HTML would spell otherwise")
        raise _Unwritable(message)
    return f'format="markdown">{_in_text(text)}'


def _comes_back(text: str, shape: Shape, *, tex: bool = False) -> bool:
    return read_html(shown(text, shape), shape, lambda name: name, tex=tex).text == text


def _with_files(html: str, medium: MediumOf) -> str:
    """Return HTML as a text of Moodle, followed by the files that it shows."""
    names = dict.fromkeys(found[1] for found in _SHOWN.finditer(html))
    files = (
        f'<file name="{name}" path="/" encoding="base64">{_base64(medium(f"media:{name}"))}</file>' for name in names
    )
    return _in_text(_SHOWN.sub(rf'"{_PLACE}\1"', html)) + "".join(files)


def _base64(content: bytes) -> str:
    return b64encode(content).decode()


def _in_text(text: str) -> str:
    return f"<text>{escape(text)}</text>"
