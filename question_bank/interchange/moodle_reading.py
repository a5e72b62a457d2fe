"""Moodle XML: questions as Moodle exports them, read one after the other with their files, tags and feedback.

One rule: an element or a type of question that is not known here is refused, whatever it may mean in a newer Moodle.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from types import MappingProxyType
from typing import Any

from kernel.sentences import say
from question_bank.interchange import questions
from question_bank.interchange.cloze import cloze
from question_bank.interchange.entries import Entry, Item, Source, Written, taking
from question_bank.interchange.moodle_files import files_in
from question_bank.interchange.moodle_gaps import gap_select
from question_bank.interchange.moodle_numbers import numerical
from question_bank.interchange.moodle_orders import ordering
from question_bank.interchange.questions import Option
from question_bank.interchange.tags import OURS, with_tags
from question_bank.interchange.xml_reading import Element, NotRead, local_name
from question_bank.interchange.xml_streams import elements_in
from question_bank.marked_text import Shape

_PIECE = 1024 * 1024
_FORMATS: dict[str, Written] = {
    "html": "html",
    "moodle_auto_format": "moodle",
    "plain_text": "plain",
    "markdown": "markdown",
}
_ABOUT = frozenset(
    ["name", "questiontext", "generalfeedback", "defaultgrade", "penalty", "hidden", "idnumber", "tags", "coursetags"]
)
_FEEDBACK = frozenset({"correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"})
_HARMLESS = frozenset(
    {"answernumbering", "showstandardinstruction", "shownumcorrect", "shuffleanswers", "single", "usecase"}
)
_OF_ANSWER = frozenset({"text", "feedback", "file", "fraction", "tolerance", "tolerancetype", "answer"})
"""Moodle 1.9 says the weight twice; the attribute is what it reads."""
_OLD_PICTURES = frozenset({"image", "image_base64"})
_NOMINAL = "2"
_OF_TYPE = MappingProxyType(
    {
        "multichoice": frozenset({"answer", "shuffleanswers"}),
        "multichoiceset": frozenset({"answer", "shuffleanswers"}),
        "truefalse": frozenset({"answer"}),
        "shortanswer": frozenset({"answer"}),
        "numerical": frozenset(
            ["answer", "units", "unitgradingtype", "unitpenalty", "showunits", "unitsleft", "instructions"]
        ),
        "matching": frozenset({"subquestion", "shuffleanswers"}),
        "ddmatch": frozenset({"subquestion", "shuffleanswers"}),
        "ordering": frozenset(
            ["answer", "layouttype", "selecttype", "selectcount", "gradingtype", "showgrading", "numberingstyle"]
        ),
        "gapselect": frozenset({"selectoption", "shuffleanswers"}),
        "ddwtos": frozenset({"dragbox", "shuffleanswers"}),
        "cloze": frozenset[str](),
        "essay": frozenset(
            {
                *("responseformat", "responserequired", "responsefieldlines", "minwordlimit", "maxwordlimit"),
                *("attachments", "attachmentsrequired", "maxbytes", "filetypeslist", "graderinfo", "responsetemplate"),
            }
        ),
    }
)


def read_moodle(source: Source) -> Iterator[Entry]:
    """Yield the questions of a Moodle XML document, which is read as it comes; none of it is kept."""
    category = ""
    pieces = iter(partial(source.stream.read, _PIECE), b"")
    try:
        for _, element in elements_in(pieces, _is_question):
            if element.get("type") == "category":
                category = _said(element, "category/text").removeprefix("$course$/").removeprefix("$system$/")
            else:
                yield _entry(source, element, "" if category == "top" else category)
    except NotRead as unread:
        source.refuse(f":{unread.line}" if unread.line else "", unread.message)


def _is_question(path: Sequence[Element]) -> bool:
    name = local_name(path[-1])
    if len(path) == 1 and name != "quiz":
        message = say("begins with <%(name)s>; it must be <%(root)s>", name=name[:40], root="quiz")
        raise NotRead(message, path[0].sourceline)
    if len(path) > 1 and name != "question":
        message = say("has <%(name)s>, which is not known here", name=name[:40])
        raise NotRead(message, path[-1].sourceline)
    return name == "question"


def _entry(source: Source, element: Any, category: str) -> Entry:  # noqa: ANN401
    name = _said(element, "name/text")
    tags = dict(_text_of(tag).strip().partition("=")[::2] for tag in element.findall("tags/tag/text"))
    line = element.sourceline
    entry = Entry(source, f":{line}", name or f"the question in line {line}", category, tags=tags)
    code = _said(element, "idnumber") or name
    with taking(entry):
        item = _question(entry, element)
        rationale = text_in(entry, element.find("generalfeedback"), Shape.BLOCKS, "the general feedback")
        item |= ({"rationale": rationale} if rationale else {}) | ({"code": code} if code else {})
        entry.item = with_tags(entry, item)
    return entry


def _question(entry: Entry, element: Any) -> Item:  # noqa: ANN401
    kind = element.get("type") or ""
    if kind not in _OF_TYPE:
        entry.refuse(say("is of the type %(kind)r, which is no kind of item here", kind=kind[:40]))
    _check_members(entry, element, _OF_TYPE[kind])
    stem = element.find("questiontext")
    if kind == "cloze":
        return cloze(entry, _raw(entry, stem))
    if kind in {"gapselect", "ddwtos"}:
        return gap_select(entry, kind, _raw(entry, stem), _choices(entry, element, kind))
    text = text_in(entry, stem, Shape.BLOCKS, "the stem")
    return _READERS[kind](entry, element, text)


def _check_members(entry: Entry, element: Any, own: frozenset[str]) -> None:  # noqa: ANN401
    for member in element:
        name = local_name(member)
        if name in _FEEDBACK or name == "hint":
            if _said(member, "text").strip():
                entry.change(say("hints and feedback on the whole answer are not kept"))
        elif name in _OLD_PICTURES:
            # Moodle 1.9 names the picture of every question, also where there is none.
            if _text_of(member).strip():
                entry.refuse(say("shows a picture beside its text (<%(name)s>); put it into the text", name=name))
        elif name and name not in _ABOUT | own | _HARMLESS:
            entry.refuse(say("has <%(name)s>, which is not known here", name=name[:40]))
    _check_answers(entry, element)
    if Fraction(questions.number(entry, _said(element, "defaultgrade") or "1")) != 1:
        entry.change(say("its mark is not kept; every item weighs the same"))
    if _said(element, "hidden") in {"1", "true"}:
        entry.change(say("it was hidden, and comes in as a draft like all others"))
    if "shuffleanswers" in own and _said(element, "shuffleanswers") in {"0", "false"}:
        entry.change(say("its answers stood in one order, and are shown in any order here"))


def _check_answers(entry: Entry, element: Any) -> None:  # noqa: ANN401
    """Refuse texts that are elements, of which nothing but words would be read, and what answers say that nobody reads."""
    for text in element.iter("text"):
        if len(text):
            entry.refuse(say("has <%(name)s> within <text>; HTML stands in CDATA there", name=local_name(text[0])[:40]))
    for answer in element.iter("answer", "subquestion"):
        for member in answer:
            if local_name(member) not in _OF_ANSWER:
                entry.refuse(
                    say("has an answer with <%(name)s>, which is not known here", name=local_name(member)[:40])
                )
        if _said(answer, "tolerancetype") not in {"", _NOMINAL}:
            entry.refuse(say("has a tolerance that is not that of a number as it stands (<tolerancetype> 2)"))


def _multichoice(entry: Entry, element: Any, stem: str) -> Item:  # noqa: ANN401
    options = [
        Option(
            text_in(entry, answer, Shape.LINE, "an option"),
            _percent(entry, answer),
            text_in(entry, answer.find("feedback"), Shape.BLOCKS, "a feedback"),
        )
        for answer in element.findall("answer")
    ]
    return questions.choice(entry, stem, options, several=_said(element, "single") in {"false", "0"})


def _multichoiceset(entry: Entry, element: Any, stem: str) -> Item:  # noqa: ANN401
    answers = element.findall("answer")
    right = [_percent(entry, answer) > 0 for answer in answers]
    share = Fraction(100, sum(right) or 1)
    options = [
        Option(
            text_in(entry, answer, Shape.LINE, "an option"),
            share if is_right else Fraction(-100),
            text_in(entry, answer.find("feedback"), Shape.BLOCKS, "a feedback"),
        )
        for answer, is_right in zip(answers, right, strict=True)
    ]
    return questions.choice(entry, stem, options, several=True) | {"scoring": "all_or_nothing"}


def _truefalse(entry: Entry, element: Any, stem: str) -> Item:  # noqa: ANN401
    answers = {_said(answer, "text").strip().lower(): answer for answer in element.findall("answer")}
    if answers.keys() != {"true", "false"}:
        entry.refuse(say("has other answers than true and false"))
    weights = {name: _percent(entry, answer) for name, answer in answers.items()}
    if sorted(weights.values()) != [0, 100]:
        entry.refuse(say("is neither true nor false"))
    feedback = (
        text_in(entry, answers["true"].find("feedback"), Shape.BLOCKS, "a feedback"),
        text_in(entry, answers["false"].find("feedback"), Shape.BLOCKS, "a feedback"),
    )
    return questions.true_false(entry, stem, is_true=weights["true"] > 0, feedback=feedback)


def _shortanswer(entry: Entry, element: Any, stem: str) -> Item:  # noqa: ANN401
    answers = [
        (_said(answer, "text").strip(), _percent(entry, answer), _said(answer, "feedback/text").strip())
        for answer in element.findall("answer")
    ]
    return questions.short_text(entry, stem, answers, case_counts=_said(element, "usecase") in {"1", "true"})


def _numerical(entry: Entry, element: Any, stem: str) -> Item:  # noqa: ANN401
    return numerical(entry, element, stem)


def _matching(entry: Entry, element: Any, stem: str) -> Item:  # noqa: ANN401
    pairs = []
    for pair in element.findall("subquestion"):
        answer = entry.text(
            _said(pair, "answer/text"), "plain" if OURS not in entry.tags else "marked", Shape.LINE, "a counterpart"
        )
        pairs.append((text_in(entry, pair, Shape.LINE, "a premise"), answer))
    return questions.matching(entry, stem, pairs)


def _ddmatch(entry: Entry, element: Any, stem: str) -> Item:  # noqa: ANN401
    entry.change(say("counterparts are chosen from lists instead of being dragged"))
    pairs = [
        (
            text_in(entry, pair, Shape.LINE, "a premise"),
            text_in(entry, pair.find("answer"), Shape.LINE, "a counterpart"),
        )
        for pair in element.findall("subquestion")
    ]
    return questions.matching(entry, stem, pairs)


def _ordering(entry: Entry, element: Any, stem: str) -> Item:  # noqa: ANN401
    texts = [text_in(entry, answer, Shape.LINE, "an element") for answer in element.findall("answer")]
    return ordering(entry, element, stem, texts)


def _essay(entry: Entry, element: Any, stem: str) -> Item:  # noqa: ANN401
    del element  # what it says for graders and of words stands in our tags as well
    return questions.essay(entry, stem)


_READERS: MappingProxyType[str, Callable[[Entry, Any, str], Item]] = MappingProxyType(
    {
        "multichoice": _multichoice,
        "multichoiceset": _multichoiceset,
        "truefalse": _truefalse,
        "shortanswer": _shortanswer,
        "numerical": _numerical,
        "matching": _matching,
        "ddmatch": _ddmatch,
        "ordering": _ordering,
        "essay": _essay,
    }
)


def _choices(entry: Entry, element: Any, kind: str) -> list[tuple[str, str]]:  # noqa: ANN401
    """Return the words to choose from, each with its group."""
    tag = "selectoption" if kind == "gapselect" else "dragbox"
    if kind == "ddwtos":
        entry.change(say("words are chosen from lists instead of being dragged"))
    found = []
    for choice in element.findall(tag):
        words = entry.text(_said(choice, "text"), "marked" if OURS in entry.tags else "html", Shape.LINE, "a choice")
        found.append((words, _said(choice, "group") or "1"))
    return found


def text_in(entry: Entry, element: Any, shape: Shape, what: str) -> str:  # noqa: ANN401
    """Return the text of an element as marked text; nothing where there is none."""
    if element is None or not _said(element, "text"):
        return ""
    entry.resolve = files_in(entry, element)
    return entry.text(_said(element, "text"), _written(entry, element, what), shape, what)


def _raw(entry: Entry, element: Any) -> tuple[str, Written]:  # noqa: ANN401
    """Return a text with gaps as it is written: in HTML, or our own."""
    if element is None:
        entry.refuse(say("has no text"))
    entry.resolve = files_in(entry, element)
    text, written = _said(element, "text"), _written(entry, element, "the text")
    if written == "markdown":
        entry.refuse(say("has gaps in Markdown; write its text in HTML"))
    return (html.escape(text, quote=False), "moodle") if written == "plain" else (text, written)


def _written(entry: Entry, element: Any, what: str) -> Written:  # noqa: ANN401
    """Return how a text is written: as it says, as the text of its question says, or in HTML."""
    asked = next(element.iterancestors("question")).find("questiontext")
    form = element.get("format") or (asked is not None and asked.get("format")) or "html"
    if form not in _FORMATS:
        entry.refuse(say("%(what)s is written as %(form)r, which is not known here", what=say(what), form=form[:40]))
    return "marked" if OURS in entry.tags and _FORMATS[form] == "markdown" else _FORMATS[form]


def _percent(entry: Entry, answer: Any) -> Fraction:  # noqa: ANN401
    return Fraction(questions.number(entry, answer.get("fraction") or "0"))


def _said(element: Any, path: str) -> str:  # noqa: ANN401
    found = element.find(path)
    return "" if found is None else _text_of(found).strip()


def _text_of(element: Any) -> str:  # noqa: ANN401
    return "".join(element.itertext()) if element is not None else ""
