"""What questions of other systems become, what changes by that, and what is refused with its place."""

from __future__ import annotations

import base64
import hashlib
from io import BytesIO
from typing import Any

import pytest

from question_bank.interchange.entries import Source
from question_bank.interchange.formats import FORMATS
from question_bank.interchange.losses import LossReport


def keep(name: str, content: bytes) -> str | None:
    return f"media:{hashlib.sha256(content).hexdigest()}.png" if name.endswith(".png") else None


def reading(name: str, text: str, language: str = "en") -> tuple[list[dict[str, Any]], list[str]]:
    report = LossReport()
    source = Source(BytesIO(text.encode()), "in", language, report, keep)
    return [entry.item for entry in FORMATS[name].read(source) if entry.item], [str(loss) for loss in report.losses]


def moodle(kind: str, inside: str, text: str = "Q?") -> str:
    return (
        f'<quiz><question type="{kind}"><name><text>n</text></name>'
        f'<questiontext format="html"><text><![CDATA[{text}]]></text></questiontext>{inside}</question></quiz>'
    )


def answers(*pairs: tuple[str, str]) -> str:
    return "".join(f'<answer fraction="{weight}"><text>{text}</text></answer>' for text, weight in pairs)


GIFT = {
    "::Q1::Grant is {~buried =entombed ~living} there": {"stem": "Grant is _____ there", "key": ["b"]},
    "Two {T}": {"kind": "single_choice", "key": ["true"]},
    "Two {FALSE#no#yes}": {
        "key": ["false"],
        "options": [
            {"id": "true", "text": "True", "feedback": "no"},
            {"id": "false", "text": "False", "feedback": "yes"},
        ],
    },
    "When? {#1822:5}": {"kind": "numeric", "answer": "1822", "within": {"absolute": "5"}},
    "What? {#1..5}": {"answer": "3", "within": {"absolute": "2"}},
    "What? {#2.5}": {"answer": "2.5"},
    "Match {=a -> 1 =b -> 2 =c -> 1 = -> 3}": {
        "kind": "matching",
        "key": {"a": "a", "b": "b", "c": "a"},
        "use": "often",
    },
    "Which? {~%50%a ~%50%b ~%-100%c}": {"kind": "multiple_choice", "key": ["a", "b"]},
    "Which? {~%50%a ~%50%b ~%-50%c}": {"scoring": "plus_minus"},
    "Which? {~%33.333%a ~%33.333%b ~%33.333%c ~%-100%d}": {"key": ["a", "b", "c"]},
    "[html]<b>Bold</b> &amp; x {=a =b}": {"stem": "**Bold** & x", "accepted": ["a", "b"], "accents": "counts"},
    "[markdown]*x* and # y {=a ~b}": {"stem": "*x* and # y"},
    r"50\% of 2\=2\: \{x\}\n\nthen? {=a ~b}": {"stem": "50\\\\% of 2=2: {x}\n\nthen?"},
    "Why? {=a#yes ~b#no ####because}": {"rationale": "because"},
    r"a \(x^2\) {=a ~b}": {"stem": r"a \(x^2\)"},
    "How many riders? {seven}": {"kind": "short_text", "accepted": ["seven"]},
    "Who rides? {=[plain]Ann =[markdown]Bob}": {"accepted": ["Ann", "Bob"]},
    "Who rides? {=Ann =ann =ANN =Bob}": {"accepted": ["Ann", "Bob"]},
    "A lane is {=wide ~narrow}.": {"stem": "A lane is _____."},
    "[html]A lane is {=wide ~narrow}, here.": {"stem": "A lane is _____, here."},
}


@pytest.mark.parametrize("text", GIFT)
def test_gift_becomes_items_exactly(text: str) -> None:
    [item], losses = reading("gift", text)
    assert {name: item[name] for name in GIFT[text]} == GIFT[text]
    assert losses == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Write {}", "asks for an essay"),
        ("Just text", "no answers in braces"),
        ("Which? {~%60%a ~%20%b}", "not 100 percent together"),
        ("Which? {=a =b ~c}", "2 options marked with ="),
        ("Which? {=%50%a ~b}", "percent for its right option"),
        ("What? {#=1 =2}", "several numbers"),
        ("Who? {=%50%a =b}", "gives 50 percent for 'a'"),
        ("Who? {=a*}", "whatever fits 'a*'"),
        ("Who? {=a -> b =c}", "pairs beside answers"),
        ("Who? {a\nb}", "begin neither"),
        ("Who? {a -> b}", "begin neither"),
        ("Which? {=a ~%-33,3%b}", "the weight '%-33,3%'"),
        ("How many? {#5 ~6}", "numbers marked with ~"),
        ("Who? {=[html]<i>a</i> =b}", "nobody types"),
        ("What? {#x}", "where a number is needed"),
        ("[html]<script>x</script> {=a ~b}", "<script>"),
        ("[html]<img src='a.png' alt='x'> {=a ~b}", "did not come with"),
    ],
)
def test_gift_that_items_cannot_say_is_refused_with_its_line(text: str, told: str) -> None:
    items, [loss] = reading("gift", f"// a comment\n\n{text}\n")
    assert items == []
    assert loss.startswith("in:3: ")
    assert told in loss


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Which? {~%50%a ~%50%b ~c}", "cost nothing"),
        ("Which? {~%70%a ~%30%b ~%-100%c}", "different shares"),
        ("Which? {=a ~%-50%b}", "took credit away"),
        ("Who? {=a#fine}", "feedback to a typed answer"),
        ("How many? {#\n=5:1\n~#not so many}", "feedback to a typed answer"),
        ("[html]<h2>x</h2> {=a ~b}", "a heading becomes"),
        ("// [tag:colour=red]\nWho? {=a ~b}", "the tag 'colour=red'"),
    ],
)
def test_gift_that_says_something_else_here_is_a_change(text: str, told: str) -> None:
    items, [loss] = reading("gift", text)
    assert len(items) == 1
    assert told in loss


def test_true_and_false_are_said_in_the_language_of_the_document() -> None:
    assert reading("gift", "x {T}", "bg")[0][0]["options"][0]["text"] == "Вярно"
    assert "the words for true and false in 'fi'" in reading("gift", "x {T}", "fi")[1][0]


def test_aiken_is_read_with_its_lines() -> None:
    text = "What?\nA. one\nB) two\nANSWER: B\n\nBad?\nA. x\nC. y\nANSWER: A\n\nGood?\n\nA. 1 < 2\nB. *\nANSWER: A"
    items, [loss] = reading("aiken", text)
    assert [(item["stem"], item["key"]) for item in items] == [("What?", ["b"]), ("Good?", ["a"])]
    assert loss == "in:6: the question in line 6: has in line 8 no option B: 'C. y'"


def test_an_aiken_question_without_its_answer_leaves_the_next_one_alone() -> None:
    unfinished = "How wide?\nA. one metre\nB. two metres\n\n"
    unknown = "How long?\nA. one\nB. two\nANSWER: two\n\n"
    whole = "How high?\n\nA. low\n\nB. high\nANSWER: B\n\n"
    crowded = "How fast?\nA.slow\nB.fast\nANSWER: A\n"
    items, losses = reading("aiken", unfinished + whole + unknown + whole + crowded)
    assert [(item["stem"], item["key"]) for item in items] == [("How high?", ["b"])] * 2
    told = [(loss.split(":")[1], loss.split(": ")[2][:29]) for loss in losses]
    assert told == [
        ("1", "has no line such as 'ANSWER"),
        ("12", "has no line such as 'ANSWER"),
        ("24", "has no options such as 'A. te"),
    ]


def test_an_aiken_answer_ends_its_question_however_it_is_written() -> None:
    several = "How far?\nA. one\nB. two\nAnswer: A, B\n"
    small = "How near?\na) one\nb) two\nanswer: b\n\n"
    items, losses = reading(
        "aiken", "How wide?\nA. one\nB. two\nAnswer: b\n" + several + small + "Why?\nA. x\nB. y\nANSWER: A\n"
    )
    assert [(item["stem"], item["key"]) for item in items] == [("How wide?", ["b"]), ("Why?", ["a"])]
    told = [(loss.split(":")[1], loss.split(": ")[2][:29]) for loss in losses]
    assert told == [("5", "has no line such as 'ANSWER"), ("9", "has no options such as 'A. te")]


def test_what_stands_before_an_aiken_question_is_not_taken_into_it() -> None:
    stray = "A. one\nB. two\nANSWER: A\nHINT: the first\n\nHow high?\nA. low\nB. high\nANSWER: B\n"
    items, [loss] = reading("aiken", "How wide?\n" + stray)
    assert [item["stem"] for item in items] == ["How wide?"]
    assert "in:5: " in loss
    assert "before and after the blank line above line 7" in loss


MOODLE = [
    (moodle("multichoice", "<single>true</single>" + answers(("a", "100"), ("b", "0"))), {"kind": "single_choice"}),
    (
        moodle("multichoiceset", answers(("a", "100"), ("b", "0"), ("c", "100"))),
        {"scoring": "all_or_nothing", "key": ["a", "c"]},
    ),
    (moodle("truefalse", answers(("true", "0"), ("false", "100"))), {"key": ["false"]}),
    (moodle("shortanswer", "<usecase>1</usecase>" + answers(("a", "100"))), {"accepted": ["a"], "case": "counts"}),
    (
        moodle(
            "numerical",
            '<answer fraction="100"><text>2.5</text><tolerance>0.1</tolerance></answer><unitgradingtype>1</unitgradingtype>'
            "<units><unit><multiplier>1</multiplier><unit_name>km</unit_name></unit>"
            "<unit><multiplier>1000</multiplier><unit_name>m</unit_name></unit></units>",
        ),
        {"answer": "2.5", "units": [{"unit": "km", "factor": "1"}, {"unit": "m", "factor": "1/1000"}]},
    ),
    (
        moodle(
            "matching",
            '<subquestion format="html"><text>x</text><answer><text>1</text></answer></subquestion>'
            '<subquestion format="html"><text>y</text><answer><text>2</text></answer></subquestion>',
        ),
        {"key": {"a": "a", "b": "b"}, "use": "often"},
    ),
    (
        moodle(
            "ordering",
            "<gradingtype>RELATIVE_NEXT_EXCLUDE_LAST</gradingtype>" + answers(("a", "1"), ("b", "2"), ("c", "3")),
        ),
        {"key": ["a", "b", "c"], "counted": "neighbours"},
    ),
    (
        moodle(
            "gapselect",
            "<selectoption><text>cat</text><group>1</group></selectoption>"
            "<selectoption><text>dog</text><group>1</group></selectoption>",
            "<p>Choose.</p><p>The [[2]] barks.</p>",
        ),
        {
            "stem": "Choose.",
            "passage": "The [[1]] barks.",
            "gaps": [{"id": "1", "options": [{"id": "a", "text": "cat"}, {"id": "b", "text": "dog"}], "key": "b"}],
        },
    ),
    (
        moodle("cloze", "", "<p>Fill.</p><p>First {1:SHORTANSWER:=demand~=traffic} then {1:SA:%100%lane}.</p>"),
        {
            "passage": "First [[1]] then [[2]].",
            "gaps": [{"id": "1", "accepted": ["demand", "traffic"]}, {"id": "2", "accepted": ["lane"]}],
        },
    ),
    (moodle("cloze", "", "<p>Fill.</p><p>A {1:MC:=a~b}.</p>"), {"kind": "gap_select"}),
    (
        moodle("cloze", "", "<p>Fill.</p><p>A {1:MC:=a <br />\n~<span dir='ltr'>b</span>~&lt;c&gt;}.</p>"),
        {
            "gaps": [
                {
                    "id": "1",
                    "options": [{"id": "a", "text": "a"}, {"id": "b", "text": "b"}, {"id": "c", "text": "<c>"}],
                    "key": "a",
                }
            ]
        },
    ),
    (moodle("shortanswer", "<usecase>\n1\n</usecase>" + answers(("a", "100"))), {"case": "counts"}),
    (
        moodle(
            "shortanswer",
            "<usecase>0</usecase><shuffleanswers>0</shuffleanswers>" + answers(("Lane", "100"), ("lane", "100")),
        ),
        {"accepted": ["Lane"]},
    ),
    (moodle("shortanswer", "<image></image><image_base64/>" + answers(("a", "100"))), {"accepted": ["a"]}),
    (
        moodle("multichoice", answers(("`a`", "100"), ("b", "0"))).replace('format="html"', 'format="markdown"'),
        {"options": [{"id": "a", "text": "`a`"}, {"id": "b", "text": "b"}]},
    ),
    (moodle("ordering", answers(("a", "1"), ("b", "2"), ("c", "3"))), {"counted": "neighbours"}),
    (
        moodle(
            "ordering",
            "<selecttype>RANDOM</selecttype><selectcount>0</selectcount><gradingtype>ABS</gradingtype>"
            + answers(("a", "1"), ("b", "2"), ("c", "3")),
        ),
        {"counted": "places"},
    ),
]


@pytest.mark.parametrize(("text", "facts"), MOODLE)
def test_moodle_becomes_items_exactly(text: str, facts: dict[str, Any]) -> None:
    [item], losses = reading("moodle", text)
    assert {name: item[name] for name in facts} == facts
    assert losses == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (moodle("essay", "<graderinfo><text>x</text></graderinfo>"), "needs a rubric here"),
        (moodle("description", ""), "of the type 'description'"),
        (
            moodle("multichoice", answers(("a", "100"), ("b", "100"), ("c", "0"))),
            "credit for several options, where one",
        ),
        (moodle("multichoice", answers(("a", "50"), ("c", "0"))), "gives 50 percent for its right option"),
        (
            moodle(
                "multichoice", "<single>false</single>" + answers(("a", "50"), ("b", "50"), ("c", "-40"), ("d", "0"))
            ),
            "takes 0, 40 percent away for a wrong option; it can take all away, or what a right one earns (50)",
        ),
        (moodle("multichoice", "<surprise/>"), "<surprise>, which is not known"),
        (moodle("cloze", "", "<p>x</p><p>{1:SA:=a} {1:MC:=a~b}</p>"), "no kind of item has together"),
        (moodle("cloze", "", "<p>x</p><p>{1:SA:=a} {1:sa:=key}</p>"), "{1:sa:', which is no gap that can be read"),
        (moodle("cloze", "", "<p>x</p><p>{1:SA:=a} {1:SA:=f{x}}</p>"), "candidates would see its answers"),
        (moodle("cloze", "", "<p>x</p><p>{1:SA:=H<sub>2</sub>O}</p>"), "has HTML in a gap, 'H<sub>2</sub>O'"),
        (
            moodle("gapselect", "<selectoption><text>a</text></selectoption>", "<p>x</p><p>[[1]]</p>").replace(
                'format="html"', 'format="markdown"'
            ),
            "gaps in Markdown",
        ),
        (
            moodle("shortanswer", answers(("a", "100"))).replace("<![CDATA[Q?]]>", "10<sup>2</sup>?"),
            "HTML stands in CDATA",
        ),
        (moodle("shortanswer", "<image>plan.png</image>" + answers(("a", "100"))), "beside its text (<image>); put it"),
        (
            moodle("shortanswer", '<answer fraction="100"><text>a</text><weight>2</weight></answer>'),
            "<weight>, which is not known",
        ),
        (moodle("gapselect", "", "<p>x</p><p>[[1]]</p>"), "without a choice"),
        (moodle("ordering", "<gradingtype>7</gradingtype>"), "not known here"),
        (moodle("ordering", answers(*((str(n), "1") for n in range(7)))), "asks for 6 of its 7 elements"),
        (moodle("numerical", answers(("1", "100"), ("2", "100"))), "2 numbers"),
        (
            moodle("numerical", '<answer fraction="100"><text>1</text><tolerancetype>1</tolerancetype></answer>'),
            "<tolerancetype> 2",
        ),
    ],
)
def test_moodle_that_items_cannot_say_is_refused(text: str, told: str) -> None:
    items, [loss] = reading("moodle", text)
    assert items == []
    assert told in loss


def test_what_is_dragged_in_moodle_is_matched_from_lists_and_that_is_named() -> None:
    pairs = (
        "<subquestion><text><![CDATA[<p>up<sub>1</sub></p>]]></text><answer><text>&lt;b&gt;lift&lt;/b&gt;</text>"
        "</answer></subquestion><subquestion><text/><answer><text>stairs</text></answer></subquestion>"
    )
    [item], [loss] = reading("moodle", moodle("ddmatch", pairs))
    assert item["kind"] == "matching"
    assert item["premises"] == [{"id": "a", "text": "up~1~"}]
    assert item["counterparts"] == [{"id": "a", "text": "**lift**"}, {"id": "b", "text": "stairs"}]
    assert item["key"] == {"a": "a"}
    assert "chosen from lists instead of being dragged" in loss


def test_what_moodle_says_beside_the_question_is_kept_or_named() -> None:
    more = (
        "<generalfeedback format='html'><text>because</text></generalfeedback><defaultgrade>2</defaultgrade>"
        "<idnumber>A.1-7</idnumber><tags><tag><text>level=5</text></tag><tag><text>nice</text></tag></tags>"
        "<correctfeedback format='html'><text>Well done</text></correctfeedback><single>true</single>"
    )
    [item], losses = reading("moodle", moodle("multichoice", more + answers(("a", "100"), ("b", "0"))))
    assert (item["code"], item["level"], item["rationale"]) == ("A.1-7", 5, "because")
    assert [loss.partition(": n: ")[2] for loss in losses] == [
        "hints and feedback on the whole answer are not kept",
        "its mark is not kept; every item weighs the same",
        "the tag 'nice' is not kept",
    ]


@pytest.mark.parametrize(
    ("text", "language", "stem"),
    [
        (moodle("cloze", "", "A lane is {1:SA:=wide}."), "en", "Complete the text."),
        (
            moodle("gapselect", "<selectoption><text>a</text></selectoption>", "[[1]]"),
            "de-AT",
            "Ergänzen Sie den Text.",
        ),
    ],
)
def test_a_text_with_gaps_that_asks_nothing_is_completed_in_the_language_of_the_document(
    text: str, language: str, stem: str
) -> None:
    [item], [loss] = reading("moodle", text, language)
    assert item["stem"] == stem
    assert f"{stem!r} is put before it" in loss
    assert "asks nothing before its first gap; put a paragraph" in reading("moodle", text, "fi")[1][0]


def test_a_number_that_is_worth_nothing_is_no_second_answer() -> None:
    worthless = answers(("*", "0.00000"), ("7", ""))
    [item], losses = reading("moodle", moodle("numerical", answers(("5", "100")) + worthless))
    assert item["answer"] == "5"
    assert ["worth nothing" in loss for loss in losses] == [True]
    items, losses = reading("moodle", moodle("numerical", worthless))
    assert items == []
    assert "0 numbers" in losses.pop()


def test_choices_that_are_buttons_in_a_text_become_lists() -> None:
    [item], [loss] = reading("moodle", moodle("cloze", "", "<p>x</p><p>{1:MCV:=a~b} {1:MULTICHOICE_HS:a~=b}</p>"))
    assert [gap["key"] for gap in item["gaps"]] == ["a", "b"]
    assert "chosen from lists here" in loss


def test_files_of_one_name_are_told_by_their_path_and_pictures_may_stand_in_their_address() -> None:
    one, other = (base64.b64encode(content).decode() for content in (b"one", b"other"))
    shown = (
        '<p><img src="@@PLUGINFILE@@/a/plan.png" alt="one"><img src="@@PLUGINFILE@@/b/plan.png" alt="other">'
        f'<img src="data:image/png;base64,{one}" alt="one again"></p>'
    )
    files = "".join(
        f'<file name="plan.png" path="/{path}/" encoding="base64">{content}</file>'
        for path, content in (("a", one), ("b", other))
    )
    text = moodle("shortanswer", answers(("a", "100")), shown)
    [item], losses = reading("moodle", text.replace("</text></questiontext>", f"</text>{files}</questiontext>"))
    addresses = [keep("x.png", content) for content in (b"one", b"other", b"one")]
    told = zip(("one", "other", "one again"), addresses, strict=True)
    assert item["stem"] == "".join(f"![{words}]({address})" for words, address in told)
    assert losses == []


def test_files_within_a_document_go_through_whoever_keeps_them() -> None:
    picture = base64.b64encode(b"a picture").decode()
    shown = '<p>See <img src="@@PLUGINFILE@@/my%20map.png" alt="A map"></p>'
    files = f'<file name="my map.png" path="/" encoding="base64">{picture}</file>'
    text = moodle("shortanswer", answers(("a", "100")), shown).replace(
        "</text></questiontext>", f"</text>{files}</questiontext>"
    )
    [item], losses = reading("moodle", text)
    assert item["stem"] == f"See ![A map]({keep('x.png', b'a picture')})"
    assert losses == []
    assert "did not come with" in reading("moodle", text.replace(files, ""))[1][0]


def test_a_table_of_every_column_set() -> None:
    table = (
        "code;kind;stem;key;part_1;part_2;note_1;match_1;match_2;answer;within;passage\n"
        "a;multiple_choice;Which?;1, 2;x;y;good;;;;;\n"
        'b;short_text;What?;;;;;"one\ntwo";;;;\n'
        "c;numeric;How many?;;;;;;;2.5;relative 1/100;\n"
        'd;gap_select;Fill.;;cat;;;"cat\ndog";;;;A [[1]].\n'
        "e;ordering;Order?;7;x;y;;;;;;\n"
        "f;single_choice;Which?;3;x;y;;;;;;\n"
        "g;essay;Why?;;;;;;;;;\n"
    )
    items, losses = reading("csv", table)
    assert [item["code"] for item in items] == ["a", "b", "c", "d"]
    assert items[0]["options"][0] == {"id": "a", "text": "x", "feedback": "good"}
    assert items[1]["accepted"] == ["one", "two"]
    assert items[2]["within"] == {"relative": "1/100"}
    assert items[3]["gaps"][0]["key"] == "a"
    assert losses.pop() == (
        "in:10: g: says 'essay' for its kind; tables have single_choice, multiple_choice, matrix, matching, ordering, "
        "gap_select, gap_text, short_text, numeric"
    )
    assert losses == [
        "in:8: e: says something in key, which a ordering does not have",
        "in:9: f: says in its key a number that none of its options has",
    ]
